"""A kiln that keeps a raw mix takes part in a run as one mix, and only its own people see it."""

import pytest
import sqlalchemy as sa

from market.accounts.rules import Role
from market.catalogue.models import Composition
from market.catalogue.rules import Basis, FactorKind, Scope
from market.matchmaking import loader
from market.matchmaking.models import MatchFlow, MatchRefusal, RawMixTarget
from market.matchmaking.rules import Objective
from market.matchmaking.summary import RunSummary
from matching import solve
from matching.check import check
from matching.rawmix import Basis as MixBasis
from matching.rawmix import Cap
from tests.conftest import NOW
from tests.factories import make_listing, make_org
from tests.market.matchmaking import kilns, scene
from tests.market.matchmaking.test_worker import make_run, request


def keep(session, want):
    facts = dict(kilns.ASKED)
    for name, (row, _carbonate, price) in kilns.FEEDS.items():
        facts |= {f"{name}-{part}": v for part, v in zip(kilns.COMPONENTS, row, strict=True)}
        facts[f"{name}-price"] = price
    session.add(RawMixTarget(line_id=want.line_id, facts=facts, updated_at=NOW))
    session.commit()


@pytest.fixture
def kiln(session):
    """The works of vector D with fly ash beside it, wanted up to 500 kt a year."""
    want = kilns.make_kiln(session, kilns.NATURAL)
    want.material_id, want.mass_kg_per_year = "fly_ash", 500_000_000
    scene.make_factor(session, "pr_cea", FactorKind.PRICE, 0.0001, unit="yuan/tCO2")
    keep(session, want)
    return want


def run_of(session, sessions):
    return make_run(
        session, sessions, request(session, scene.actor_of(session), objective=Objective.VALUE)
    )


def test_the_runs_mix_is_the_references(session, sessions, kiln):
    """8.036 % of 1,502.79 kt of meal is 120.77 kt of fly ash, but it may now bring its disposal."""
    run = run_of(session, sessions)
    (mix,) = RunSummary.of(run.summary).kilns
    assert (mix.line_id, mix.missing_t, mix.conflict) == (kiln.line_id, 0, ())
    assert mix.clinker_t == pytest.approx(1_000_000)
    assert 0.89 - 1e-6 <= mix.ratios["KH"][0] <= mix.ratios["KH"][1] <= 0.91 + 1e-6
    assert 2.4 - 1e-6 <= mix.ratios["SM"][0] <= mix.ratios["SM"][1] <= 2.6 + 1e-6
    ash_t = session.scalars(sa.select(MatchFlow.mass_kg)).one() / 1000
    meal_t = sum(mix.feeds.values()) + ash_t
    assert 0 < ash_t <= 0.10 * meal_t + 1
    assert run.status == "optimal"


def test_a_lot_whose_carbonate_nobody_knows_is_refused_for_it(session, sessions, client, kiln):
    session.execute(
        sa.update(kilns.Composition)
        .where(kilns.Composition.material_id == "fly_ash")
        .values(carbonate_share=None)
    )
    session.commit()
    run = run_of(session, sessions)
    client.set_cookie("lang", "en")
    page = client.get(f"/runs/{run.id}/refusals").text
    assert "Nobody knows how much of its CaO is carbonate" in page
    assert "Have the carbonate part of its CaO measured" in page
    refusal = session.scalars(sa.select(MatchRefusal)).one()
    assert (refusal.code, refusal.reasons[0]["name"]) == (
        "value_unknown", "carbonate_share_of_CaO",
    )  # fmt: skip


def test_without_a_kept_mix_a_kilns_want_stands_alone(session, kiln):
    session.execute(sa.delete(RawMixTarget))
    session.commit()
    today = NOW.date()
    problem, _ = loader.load(session, loader.Scene(Objective.VALUE, 200_000, 1.3, (), today))
    assert [slot.raw_mix for slot in problem.slots] == [None]


def test_a_works_own_prices_do_not_enter_the_run(session, kiln):
    """The platform knows a price of limestone and none of sandstone: that counts nothing."""
    target = session.get(RawMixTarget, kiln.line_id)
    target.facts = {**target.facts, "limestone-price": 77.25, "sandstone-price": 88.5}
    session.execute(sa.delete(scene.Factor).where(scene.Factor.id == "pr_sandstone"))
    session.commit()
    today = NOW.date()
    problem, _ = loader.load(session, loader.Scene(Objective.VALUE, 200_000, 1.3, (), today))
    prices = {feed.id: feed.price_yuan_per_t for feed in problem.slots[0].raw_mix.feeds}
    assert (prices["limestone"], prices["sandstone"]) == (40, 0)


def test_how_a_kiln_is_fed_is_its_works_and_overseers_to_see(
    session, sessions, client, sign_in, kiln
):
    run = run_of(session, sessions)
    other = make_org(session)
    make_listing(session)
    session.commit()
    client.set_cookie("lang", "en")

    def section():
        return client.get(f"/runs/{run.id}").text.split('id="kilns"')[1].split("</section>")[0]

    sign_in(Role.RECEIVER, other.id)
    assert "1 kiln mixes its raw meal" in section()
    assert "limestone" not in section()
    sign_in(Role.RECEIVER, kiln.org_id)
    assert "limestone" in section()
    sign_in(Role.PARK_MANAGER)
    assert "limestone" in section()


def know_sulphur(session, want, **known):
    """Limit SO3 in the clinker to 1.5 % and give what each of these holds of it, in percent."""
    scene.make_limit(
        session, "clinker", None, property="SO3", value=1.5, scope=Scope.PRODUCT, standard="GB"
    )
    for material_id, percent in known.items():
        session.add(
            Composition(
                material_id=material_id, component="SO3", low=percent, high=percent, unit="%",
                basis=Basis.DRY, **scene.evidence(),
            )
        )  # fmt: skip
    target = session.get(RawMixTarget, want.line_id)
    target.facts = {**target.facts, **{f"{name}-SO3": 0.1 for name in kilns.FEEDS}}
    session.commit()


def test_the_catalogues_caps_bind_a_mix_that_is_known_in_them(session, kiln):
    """With 14 % of SO3 in the ash, less of it comes than the 120.77 kt the mix would take."""
    know_sulphur(session, kiln, fly_ash=14.0, coal_ash_fuel=0.5)
    problem, parameters = loader.load(
        session, loader.Scene(Objective.VALUE, 200_000, 1.3, (), NOW.date())
    )
    assert Cap("SO3", None, 1.5, MixBasis.CLINKER) in problem.slots[0].raw_mix.target.caps
    result = solve(problem, parameters)
    assert not check(problem, parameters, result)
    ash_t = sum(flow.tonnes for flow in result.flows)
    (use,) = result.raw_mixes
    feeds_t = sum(tonnes for _, tonnes in use.feeds)
    # Coal ash, 3,100 kJ x 25 % / 23,000 kJ of the clinker, brings 0.5 % of itself.
    coal_t = 1_000_000 * 3100 * 0.25 / 23000
    assert 0.14 * ash_t + 0.001 * feeds_t + 0.005 * coal_t == pytest.approx(15_000)
    assert ash_t < 100_000


def test_a_cap_that_cannot_be_reckoned_blocks_no_lot(session, kiln):
    know_sulphur(session, kiln, coal_ash_fuel=0.5)
    problem, parameters = loader.load(
        session, loader.Scene(Objective.VALUE, 200_000, 1.3, (), NOW.date())
    )
    assert {cap.name for cap in problem.slots[0].raw_mix.target.caps} == {"MgO", "Na2Oeq"}
    assert sum(flow.tonnes for flow in solve(problem, parameters).flows) > 100_000
