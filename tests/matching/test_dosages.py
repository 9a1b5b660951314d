"""What all slots of a line may together bring into its product."""

import random
from dataclasses import replace
from itertools import product

import pytest
from scipy.optimize import linprog

from matching.check import Fault, check
from matching.conditions import conditions
from matching.independent import independent
from matching.loss import losses
from matching.problem import (
    Acceptance,
    Bound,
    Commitment,
    Dosage,
    Limit,
    Material,
    Operator,
    Problem,
    ProblemError,
    Rule,
    Scope,
)
from matching.result import Reason, Side
from matching.solve import solve
from tests.matching.build import TONNES, VALUE, slot, supply

CHLORINE = Limit("Cl", Operator.AT_MOST, 0.04, scope=Scope.MIX, rule=Rule("HJ 662-2013", "6.6"))
SLAG = (Acceptance("slag"),)


def cl(percent, unit="%"):
    return (Bound("Cl", percent, percent, unit),)


def kiln(*supplies, product_t=(1000.0,), room=100.0, limits=(CHLORINE,), **more):
    """A kiln with a slot for ash and one for slag, of 100 t each."""
    rooms = (room,) * len(product_t)
    return Problem(
        supplies,
        (
            slot("k1", *rooms, line_id="line"),
            slot("k2", *rooms, line_id="line", accepts=SLAG),
        ),
        dosages=(Dosage("line", product_t, limits),),
        periods=tuple(f"m{number}" for number in range(len(product_t))),
        **more,
    )


def tonnes(result):
    found = {}
    for flow in result.flows:
        found[flow.supply_id] = found.get(flow.supply_id, 0.0) + flow.tonnes
    return found


def test_two_wastes_of_one_kiln_share_its_dosage():
    """0.04 % of 1000 t are 0.4 t of chlorine: 60 t of ash bring 0.3, so slag of 0.2 % has 50 t."""
    problem = kiln(
        supply("ash", 60, assay=cl(0.5)), supply("slag", 90, material_id="slag", assay=cl(0.2))
    )
    # One alone: the ash may send all its 60 t, the slag its 90 t. Together 0.5 a + 0.2 s <= 40.
    result = solve(problem, TONNES)
    assert check(problem, TONNES, result) == ()
    # Slag is the cleaner: all 90 t of it bring 18, and (40 - 18) / 0.5 = 44 t of ash.
    assert tonnes(result) == pytest.approx({"slag": 90, "ash": 44})
    (use,) = result.dosages
    assert (use.line_id, use.name, use.limit, use.unknown_t) == ("line", "Cl", 0.04, 0.0)
    assert use.value == pytest.approx(0.04)
    # A limit higher by 0.001 % lets in 1 t of unit chlorine more: 2 t of ash.
    assert use.worth.tonnes == pytest.approx(2000)


def test_dry_tonnes_count_and_units_are_converted():
    problem = kiln(
        supply("ash", 90, assay=cl(6000, "mg/kg"), moisture_share=0.2),
        limits=(replace(CHLORINE, value=400.0, unit="mg/kg"),),
    )
    # 0.6 % of the dry 80 %: 0.4 t of chlorine are in 83.33 t as received.
    assert tonnes(solve(problem, TONNES)) == pytest.approx({"ash": 400 / 4.8})


def test_a_lot_nobody_knows_flows_is_told_and_lets_nobody_else_off():
    problem = kiln(
        supply("ash", 90, assay=cl(0.8)),
        supply("dark", 90, material_id="slag"),
    )
    result = solve(problem, TONNES)
    assert check(problem, TONNES, result) == ()
    assert tonnes(result) == pytest.approx({"ash": 50, "dark": 90})
    assert result.dosages[0].unknown_t == pytest.approx(90)
    use = Acceptance("slag", limits=(replace(CHLORINE, unit="% clinker"),))
    slots = tuple(replace(row, accepts=(replace(use, material_id=row.accepts[0].material_id),))
                  for row in problem.slots)  # fmt: skip
    problem = replace(problem, slots=slots)
    ash, dark = problem.supplies
    told = conditions(problem, TONNES, dark, slots[1], slots[1].accepts[0])
    assert [(row.reason, row.name) for row in told] == [(Reason.VALUE_UNKNOWN, "Cl")]
    # All 90 t of ash would bring 0.72 t where 0.4 t may come; of 40 t nothing need be said.
    told = conditions(problem, TONNES, ash, slots[0], slots[0].accepts[0])
    assert [(row.reason, row.value, row.limit) for row in told] == [(Reason.DOSAGE, 0.8, 0.04)]
    little = replace(ash, tonnes=(40.0,))
    assert conditions(problem, TONNES, little, slots[0], slots[0].accepts[0]) == ()


def test_the_usual_range_counts_with_its_unfavourable_end():
    problem = kiln(supply("ash", 90), materials=(Material("fly_ash", (Bound("Cl", 0.1, 0.8),)),))
    assert tonnes(solve(problem, TONNES)) == pytest.approx({"ash": 50})


def test_each_period_has_its_own_product_and_a_standstill_takes_none_of_it():
    problem = kiln(supply("ash", 90, 90, assay=cl(1.0)), product_t=(1000.0, 0.0))
    result = solve(problem, TONNES)
    assert check(problem, TONNES, result) == ()
    assert tonnes(result) == pytest.approx({"ash": 40})
    assert [use.period for use in result.dosages] == ["m0"]


def test_contracts_use_the_dosage_up_and_may_alone_break_it():
    bound = Commitment("ash", "k1", "m0", 60.0)
    slag = supply("slag", 90, material_id="slag", assay=cl(0.2))
    problem = kiln(supply("ash", 60, assay=cl(0.5)), slag, commitments=(bound,))
    result = solve(problem, TONNES)
    assert check(problem, TONNES, result) == ()
    assert tonnes(result) == pytest.approx({"ash": 60, "slag": 50})
    above = replace(problem, dosages=(Dosage("line", (500.0,), (CHLORINE,)),))
    result = solve(above, TONNES)
    assert check(above, TONNES, result) == ()
    assert tonnes(result) == pytest.approx({"ash": 60})
    assert result.dosages[0].value == pytest.approx(0.06)


def test_the_judge_finds_a_broken_dosage_and_a_wrong_figure():
    problem = kiln(supply("ash", 60, assay=cl(0.5)))
    loose = solve(replace(problem, dosages=()), TONNES)
    strict = replace(problem, dosages=(Dosage("line", (500.0,), (CHLORINE,)),))
    assert Fault.DOSAGE_EXCEEDED in {row.fault for row in check(strict, TONNES, loose)}
    result = solve(problem, TONNES)
    lie = replace(result, dosages=tuple(replace(row, value=0.01) for row in result.dosages))
    assert Fault.WRONG_VALUE in {row.fault for row in check(problem, TONNES, lie)}


def test_rows_that_share_a_dosage_are_one_part_and_lose_together():
    """Ash and slag meet at the dosage alone: without the ash the slag has all of it."""
    problem = kiln(
        supply("ash", 60, assay=cl(0.5)), supply("slag", 90, material_id="slag", assay=cl(0.6))
    )
    assert len(independent(problem, TONNES)) == 1
    # 60 t of ash bring 0.3 of 0.4 t, so 16.7 t of slag fit; alone the slag has 66.7 t.
    (loss,) = losses(problem, TONNES, ["ash"], side=Side.SUPPLY)
    assert loss.took_t == pytest.approx(60)
    assert loss.stranded_t == pytest.approx(10)


@pytest.mark.parametrize("seed", range(25))
def test_plans_under_dosages_are_the_linear_programmes(seed):
    """Two lots of each of two materials, two months, two properties; HiGHS on rows written here."""
    dice = random.Random(seed)
    names = ("Cl", "Hg")
    lots = [
        supply(
            f"{kind}{n}", *(dice.uniform(0, 60) for _ in range(2)), east=dice.uniform(0, 5),
            material_id=kind, moisture_share=dice.choice((0.0, 0.25)),
            disposal_yuan_per_t=dice.uniform(0, 600),
            assay=tuple(Bound(name, 0.0, dice.uniform(0, 1)) for name in names),
        )
        for kind in ("fly_ash", "slag") for n in range(2)
    ]  # fmt: skip
    limits = tuple(
        Limit(name, Operator.AT_MOST, dice.uniform(0, 0.05), scope=Scope.MIX) for name in names
    )
    made = tuple(dice.uniform(200, 1500) for _ in range(2))
    problem = kiln(*lots, product_t=made, room=dice.uniform(20, 120), limits=limits)
    result = solve(problem, VALUE)
    assert check(problem, VALUE, result) == ()
    free = solve(replace(problem, dosages=()), VALUE)
    worth = {flow.supply_id: flow.value_yuan_per_t for flow in (*free.flows, *result.flows)}
    columns = [(lot, t) for lot, t in product(lots, range(2))]
    gain = [max(0.0, worth.get(lot.id, 0.0)) for lot, _ in columns]
    rows, room = [], []
    for index, t in product(range(2), range(2)):
        dry = [1 - (lot.moisture_share or 0) for lot, _ in columns]
        rows.append(
            [
                d * lot.assay[index].high * (month == t)
                for d, (lot, month) in zip(dry, columns, strict=True)
            ]
        )
        room.append(limits[index].value * made[t])
    for kind, t in product(("fly_ash", "slag"), range(2)):
        rows.append([float(lot.material_id == kind and month == t) for lot, month in columns])
        room.append(problem.slots[0].tonnes[t])
    best = linprog(
        [-value for value in gain], A_ub=rows, b_ub=room,
        bounds=[(0, lot.tonnes[t]) for lot, t in columns],
    )  # fmt: skip
    assert result.merit == pytest.approx(-best.fun, rel=1e-6, abs=1e-6)


def test_only_upper_limits_of_every_period_make_a_dosage():
    with pytest.raises(ProblemError, match="upper end"):
        Dosage("line", (1.0,), (replace(CHLORINE, operator=Operator.AT_LEAST),))
    with pytest.raises(ProblemError, match="every period"):
        Problem((), (), dosages=(Dosage("line", (1.0, 2.0), ()),))
