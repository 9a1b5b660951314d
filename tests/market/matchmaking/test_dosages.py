"""What all wants of a line may bring into its product together."""

import io
import zipfile

import pytest
import sqlalchemy as sa

from market.accounts.rules import Role
from market.catalogue.models import Composition
from market.catalogue.rules import Basis, Scope, Severity
from market.listings.models import Listing
from market.listings.rules import Side
from market.matchmaking import loader
from market.matchmaking.dosages import dosage_lines, full_for
from market.orgs.models import Line, Site
from matching import solve
from matching.check import check
from matching.conditions import conditions
from matching.result import Reason
from tests.factories import make_assay, make_line, make_listing, make_material, make_process
from tests.market.matchmaking import scene
from tests.market.matchmaking.test_loader import TODAY, asked
from tests.market.matchmaking.test_worker import make_run, request


def make_kiln(session, *lots, **limit):
    """A kiln of 1 Mt of clinker wants 100 kt of ash; ``lots`` are Cl in %, None: not measured."""
    scene.make_catalogue(session)
    make_process(session, "clinker")
    scene.make_acceptance(session, "clinker", "fly_ash", max_share=0.2)
    scene.make_limit(
        session, "clinker", None,
        **{
            "property": "Cl", "value": 0.04, "scope": Scope.MIX, "variant": "co-processing",
            "standard": "HJ 662-2013", "clause": "6.6", **limit,
        },
    )  # fmt: skip
    site = scene.place(session, 0.1, "Works")
    line = make_line(session, site=site, process_id="clinker", output_kg_per_year=1_000_000_000)
    make_listing(
        session, site=site, side=Side.WANT, process_id="clinker", line_id=line.id,
        mass_kg_per_year=100_000_000,
    )  # fmt: skip
    for number, chlorine in enumerate(lots):
        offer = make_listing(
            session, site=scene.place(session, 0.01 * number, f"Plant {number}"),
            mass_kg_per_year=60_000_000, moisture_share=0.0,
        )  # fmt: skip
        if chlorine is not None:
            make_assay(session, offer, {"Cl": (chlorine, chlorine, "%")})
    session.commit()


def sent(session, **fields):
    problem, parameters = loader.load(session, asked(**fields))
    result = solve(problem, parameters)
    assert not check(problem, parameters, result)
    return problem, [flow.tonnes for flow in sorted(result.flows, key=lambda f: int(f.supply_id))]


def test_what_a_line_makes_bounds_what_all_its_wastes_bring(session):
    """0.04 % of 1 Mt of clinker are 400 t of Cl: 60 kt with 0.3 % bring 180, so 220 / 0.6 % fit."""
    make_kiln(session, 0.6, 0.3)
    _, tonnes = sent(session)
    assert tonnes == pytest.approx([220 / 0.006, 60_000])


def test_two_wants_of_one_kiln_share_the_limit(session):
    """The slag's 40 kt with 0.5 % bring 200 t of Cl; ash of 0.5 % finds room for 40 kt beside."""
    make_kiln(session, 0.5)
    make_material(session, "slag", name_en="Slag")
    scene.make_acceptance(session, "clinker", "slag", max_share=0.2)
    line = session.scalars(sa.select(Line)).one()
    site = session.get(Site, line.site_id)
    make_listing(
        session, site=site, side=Side.WANT, process_id="clinker", line_id=line.id,
        material_id="slag", mass_kg_per_year=100_000_000,
    )  # fmt: skip
    slag = make_listing(
        session, site=scene.place(session, 0.0, "Mill"), material_id="slag",
        mass_kg_per_year=40_000_000, moisture_share=0.0,
    )  # fmt: skip
    make_assay(session, slag, {"Cl": (0.5, 0.5, "%")})
    session.commit()
    problem, tonnes = sent(session)
    assert sum(tonnes) == pytest.approx(80_000)
    parameters = loader.load(session, asked())[1]
    result = solve(problem, parameters)
    (row,) = dosage_lines(problem, parameters, result)
    assert (row.line_id, row.name, row.standard) == (line.id, "Cl", "HJ 662-2013")
    assert row.share == pytest.approx(1.0)
    assert sum(row.parts.values()) == pytest.approx(0.04)
    rest = next(supply for supply in problem.supplies if supply.id != str(slag.id))
    assert full_for(problem, parameters, result, rest) == ("Cl",)


def test_the_usual_range_stands_in_for_a_report(session):
    """Its unfavourable end, 0.8 %, leaves room for 50 kt of 60 kt."""
    make_kiln(session, None)
    session.add(
        Composition(
            material_id="fly_ash", component="Cl", low=0.1, high=0.8, unit="%", basis=Basis.DRY,
            **scene.evidence(),
        )
    )  # fmt: skip
    session.commit()
    assert sent(session)[1] == pytest.approx([50_000])


def test_what_nobody_knows_stays_an_open_condition_and_lets_nobody_else_off(session):
    make_kiln(session, None, 0.8)
    problem, tonnes = sent(session)
    assert tonnes == pytest.approx([50_000, 50_000]) or sum(tonnes) == pytest.approx(100_000)
    (slot,), (unknown, known) = problem.slots, problem.supplies
    parameters = loader.load(session, asked())[1]
    open_ones = conditions(problem, parameters, unknown, slot, slot.accepts[0])
    assert [(row.reason, row.name) for row in open_ones] == [(Reason.VALUE_UNKNOWN, "Cl")]
    told = conditions(problem, parameters, known, slot, slot.accepts[0])
    assert [(row.reason, row.value, row.limit) for row in told] == [(Reason.DOSAGE, 0.8, 0.04)]
    (row,) = dosage_lines(problem, parameters, solve(problem, parameters))
    assert row.unknown_t > 0


def test_a_limit_on_the_clinker_counts_in_milligrams(session):
    """500 mg/kg of 1 Mt are 500 t: 60 kt with 1 % would bring 600."""
    make_kiln(session, 1.0, value=500.0, unit="mg/kg clinker")
    assert sent(session)[1] == pytest.approx([50_000])


def test_a_caution_binds_nothing(session):
    make_kiln(session, 6.0, severity=Severity.WARN)
    problem, tonnes = sent(session)
    assert tonnes == [60_000]
    assert problem.dosages == ()


def test_months_keep_the_limit_each(session):
    make_kiln(session, 0.6, 0.3)
    problem, tonnes = sent(session, first_month=TODAY.replace(day=1))
    assert len(problem.periods) == 12
    assert sum(problem.dosages[0].product_t) == pytest.approx(1_000_000)
    assert sum(tonnes) == pytest.approx(60_000 + 220 / 0.006)


def _workbook(client, address):
    """Return the texts of a run's workbook."""
    book = zipfile.ZipFile(io.BytesIO(client.get(f"{address}/download/run.xlsx").data))
    return book.read("xl/sharedStrings.xml").decode()


def test_the_run_page_shows_it_to_the_works_alone(session, sessions, client, sign_in):
    make_kiln(session, 0.6, 0.3)
    run = make_run(session, sessions, request(session, scene.actor_of(session)))
    want = session.scalars(sa.select(Listing).where(Listing.side == Side.WANT)).one()
    client.set_cookie("lang", "en")
    address = f"/runs/{run.id}"
    assert 'id="dosages"' not in client.get(address).text
    assert "HJ 662-2013" not in _workbook(client, address)
    sign_in(Role.RECEIVER, want.org_id)
    text = client.get(address).text
    assert "HJ 662-2013" in _workbook(client, address)
    table = text.split('id="dosages"')[1].split("</table>")[0]
    assert "HJ 662-2013" in table
    assert "0.04" in table
    assert "used up" in text
