"""The account of a plan: hand-solved, and equal to the plan's own totals whatever the problem."""

from dataclasses import replace

import pytest

from matching.account import Entry, account_of
from matching.check import check
from matching.explain import explain_pair
from matching.problem import (
    Acceptance,
    FreightBand,
    Objective,
    Parameters,
    Problem,
    Storage,
)
from matching.result import LineKind, Status
from matching.solve import solve
from tests.matching.build import KM_PER_DEGREE, VALUE, random_problem, slot, supply
from tests.matching.test_kilns import VALUE as KILN_VALUE
from tests.matching.test_kilns import _alone as kiln
from tests.matching.test_kilns import _wastes as wastes

CEMENT = Acceptance(
    "fly_ash",
    replaced_yuan_per_t=200.0,
    treatment_yuan_per_t=10.0,
    avoided_co2_kg_per_t=800.0,
    avoided_co2_range=(700.0, 850.0),
    sources=(("replaced_material", "price list"), ("avoided_carbon", "factor table")),
)
BACKFILL = Acceptance("fly_ash", replaced_yuan_per_t=20.0)
MONEY = Parameters(
    objective=Objective.NET_VALUE,
    radius_km=1000,
    freight=(FreightBand(1000, 0.5, 2.0),),
    carbon_yuan_per_t=50.0,
    transport_co2_kg_per_t_km=0.1,
    transport_co2_range=(0.08, 0.2),
    sources=(("freight", "haulier"), ("avoided_carbon", "exchange"), ("transport_carbon", "GB/T")),
)


def _two() -> Problem:
    return Problem(
        (supply("a", 10, disposal_yuan_per_t=60.0, sources=(("avoided_disposal", "landfill"),)),),
        (
            slot("works", 6, north=1, accepts=(CEMENT,)),
            slot("mine", 9, north=0.5, accepts=(BACKFILL,)),
        ),
    )


def test_every_line_by_hand():
    # 6 t go 1 degree (D km) to the works, 4 t half as far to the mine.
    problem = _two()
    result = solve(problem, MONEY)
    account = account_of(problem, MONEY, result)
    way = KM_PER_DEGREE
    assert {row.kind: row for row in account.entries} == {
        LineKind.AVOIDED_DISPOSAL: _entry("avoided_disposal", 600, 0, "landfill"),
        LineKind.REPLACED_MATERIAL: _entry("replaced_material", 1280, 0, "price list"),
        LineKind.TREATMENT: _entry("treatment", -60, 4),
        LineKind.FREIGHT: _entry("freight", -(20 + 0.5 * way * 8), 0, "haulier"),
        LineKind.AVOIDED_CARBON: _entry("avoided_carbon", 240, 4, "factor table; exchange"),
        LineKind.TRANSPORT_CARBON: _entry("transport_carbon", -0.005 * way * 8, 0, "GB/T"),
    }
    total = 600 + 1280 - 60 - 20 - 0.5 * way * 8 + 240 - 0.005 * way * 8
    assert account.net_value_yuan == pytest.approx(total)
    assert (account.storage_yuan, account.raw_mix_yuan) == (0, 0)
    # Low: 700 kg less 0.2 a km; high: 850 less 0.08. The mine avoids nothing anybody knows.
    co2 = account.co2_kg
    assert (co2.low, co2.central, co2.high) == pytest.approx(
        (4200 - 1.6 * way, 4800 - 0.8 * way, 5100 - 0.64 * way)
    )
    assert co2.missing


def _entry(kind: str, yuan: float, missing_t: float, *sources: str) -> Entry:
    return Entry(LineKind(kind), pytest.approx(yuan), missing_t, sources)


def test_what_changes_hands_is_no_line_but_a_range():
    # The producer would pay 60 to be rid of it. The works can pay 200 - 10 + 40 - .005 D less the
    # freight 2 + .5 D; the mine 20 - .0025 D less 2 + .25 D, which is negative: it must be paid.
    problem, way = _two(), KM_PER_DEGREE
    paid = account_of(problem, MONEY, solve(problem, MONEY)).transfer
    most = 6 * (228 - 0.505 * way) + 4 * (18 - 0.2525 * way)
    assert (paid.low_yuan, paid.high_yuan) == pytest.approx((-600, most))
    assert paid.even_yuan == pytest.approx((most - 600) / 2)
    assert paid.unknown_t == 0
    nobody = replace(problem, supplies=(replace(problem.supplies[0], disposal_yuan_per_t=None),))
    unknown = account_of(nobody, MONEY, solve(nobody, MONEY)).transfer
    assert unknown.unknown_t == solve(nobody, MONEY).tonnes > 0


def test_a_plan_that_loses_carbon_says_so():
    # Most tonnes are sent however far: 9 degrees at 0.1 kg cost 100 kg a tonne and save 20.
    problem = Problem(
        (supply("a", 5),),
        (slot("k", 5, north=9, accepts=(Acceptance("fly_ash", avoided_co2_kg_per_t=20.0),)),),
    )
    far = replace(MONEY, objective=Objective.TONNES, radius_km=2000)
    result = solve(problem, far)
    net = account_of(problem, far, result).co2_kg
    # The haul's range is 0.08 to 0.2 kg; the use has none.
    way = 9 * KM_PER_DEGREE
    assert (net.low, net.central, net.high) == pytest.approx(
        (5 * (20 - 0.2 * way), 5 * (20 - 0.1 * way), 5 * (20 - 0.08 * way))
    )
    assert net.high < 0
    assert not net.missing
    assert result.co2_kg == pytest.approx(net.central)
    # Asked for the most CO2 saved, nobody drives.
    assert solve(problem, replace(far, objective=Objective.NET_CO2)).flows == ()


def test_storage_and_a_kilns_own_feeds_are_taken_off():
    # 4 t wait one month at 3 yuan for the slot that opens in May.
    problem = Problem(
        (supply("a", 4, 0, disposal_yuan_per_t=60.0, storage=Storage(0, 10, 3.0)),),
        (slot("k", 0, 4, accepts=(CEMENT,)),),
        periods=("April", "May"),
    )
    account = account_of(problem, MONEY, solve(problem, MONEY))
    assert account.storage_yuan == pytest.approx(12)
    assert account.net_value_yuan == pytest.approx(4 * (60 + 200 - 10 - 2 + 40) - 12)
    burnt = kiln(wastes())
    result = solve(burnt, KILN_VALUE)
    account = account_of(burnt, KILN_VALUE, result)
    assert account.raw_mix_yuan == sum(use.cost_yuan for use in result.raw_mixes) > 0
    lines = sum(row.yuan for row in account.entries)
    assert account.net_value_yuan == pytest.approx(lines - account.raw_mix_yuan)


@pytest.mark.parametrize("seed", range(60))
def test_the_entries_add_up_to_the_plan_and_to_its_pairs(seed):
    problem = random_problem(seed, most=5, worth=True)
    parameters = replace(MONEY, objective=VALUE.objective)
    result = solve(problem, parameters)
    account = account_of(problem, parameters, result)
    assert sum(row.yuan for row in account.entries) == pytest.approx(result.net_value_yuan)
    for entry in account.entries:
        pairs = [explain_pair(problem, parameters, f.supply_id, f.slot_id) for f in result.flows]
        yuan = [
            flow.tonnes * (line.yuan_per_t or 0.0)
            for flow, pair in zip(result.flows, pairs, strict=True)
            for line in pair.lines
            if line.kind is entry.kind
        ]
        assert entry.yuan == pytest.approx(sum(yuan))
    assert result.status in {Status.OPTIMAL, Status.NOTHING}
    assert check(problem, parameters, result) == ()
