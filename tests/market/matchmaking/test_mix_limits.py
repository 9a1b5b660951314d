"""Limits on a mix hold back what one waste may bring into it."""

import pytest

from market.catalogue.models import Composition
from market.catalogue.rules import Basis, Scope, Severity
from market.listings.rules import Side
from market.matchmaking import loader
from matching import solve
from matching.check import check
from matching.conditions import conditions
from matching.result import Reason
from tests.factories import make_assay, make_line, make_listing, make_process
from tests.market.matchmaking import scene
from tests.market.matchmaking.test_loader import TODAY, asked


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


def test_a_tenth_of_the_meal_may_hold_ten_times_the_limit_and_no_more(session):
    """Of 60 kt with 0.6 % only half fits beside 60 kt with 0.3 %: together they keep 0.4 %."""
    make_kiln(session, 0.6, 0.3)
    _, tonnes = sent(session)
    # x (0.6 - 0.4) <= 60,000 (0.4 - 0.3).
    assert tonnes == pytest.approx([30_000, 60_000])


def test_a_lot_that_alone_breaks_the_mix_goes_nowhere(session):
    make_kiln(session, 0.5)
    assert sent(session)[1] == []


def test_the_usual_range_stands_in_for_a_report(session):
    make_kiln(session, None)
    session.add(
        Composition(
            material_id="fly_ash", component="Cl", low=0.1, high=0.5, unit="%", basis=Basis.DRY,
            **scene.evidence(),
        )
    )  # fmt: skip
    session.commit()
    assert sent(session)[1] == []


def test_what_nobody_knows_blocks_nothing_and_stays_an_open_condition(session):
    make_kiln(session, None, 0.1)
    problem, tonnes = sent(session)
    assert sum(tonnes) == 100_000
    assert [slot.blend for slot in problem.slots] == [()]
    (slot,), (unknown, _) = problem.slots, problem.supplies
    parameters = loader.load(session, asked())[1]
    open_ones = conditions(problem, parameters, unknown, slot, slot.accepts[0])
    assert [(row.reason, row.name) for row in open_ones] == [(Reason.VALUE_UNKNOWN, "Cl")]


def test_a_limit_on_the_clinker_counts_in_milligrams(session):
    """500 mg/kg of clinker is 5,000 mg/kg of a tenth of it: 0.5 %."""
    make_kiln(session, 0.6, value=500.0, unit="mg/kg clinker")
    assert sent(session)[1] == []


def test_a_caution_binds_nothing(session):
    make_kiln(session, 0.6, severity=Severity.WARN)
    assert sent(session)[1] == [60_000]


def test_months_keep_the_mix_each(session):
    make_kiln(session, 0.6, 0.3)
    problem, tonnes = sent(session, first_month=TODAY.replace(day=1))
    assert len(problem.periods) == 12
    assert sum(tonnes) == pytest.approx(90_000)
