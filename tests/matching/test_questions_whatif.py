"""What-ifs: each kind of change, hand-solved, and laws that hold on random problems."""

import random
from dataclasses import replace

import pytest

from matching.changes import (
    AddPlant,
    AddSupply,
    Case,
    Change,
    PriceKind,
    RemovePlant,
    RemoveSupply,
    ScaleCapacity,
    ScaleFreight,
    SetAmount,
    SetCalendar,
    SetCarbonPrice,
    SetDosage,
    SetFreight,
    SetLimit,
    SetParameters,
    SetPrice,
    SetReach,
    SetStorage,
    apply_all,
)
from matching.check import check
from matching.problem import (
    Acceptance,
    Bound,
    Commitment,
    Dosage,
    FreightBand,
    Limit,
    Objective,
    Operator,
    Problem,
    ProblemError,
    Scope,
    Storage,
)
from matching.result import Side
from matching.solve import solve
from matching.whatif import Figure, what_if
from tests.matching.build import KM_PER_DEGREE, TONNES, VALUE, random_problem, slot, supply

STRICT = Acceptance(
    "fly_ash", limits=(Limit("LOI", Operator.AT_MOST, 5.0),), replaced_yuan_per_t=60.0
)
PROBLEM = Problem(
    (
        supply("good", 10, assay=(Bound("LOI", 3, 4),), disposal_yuan_per_t=40.0),
        supply("burnt", 6, assay=(Bound("LOI", 7, 8),), disposal_yuan_per_t=40.0),
    ),
    (slot("near", 4, east=1, accepts=(STRICT,)), slot("far", 20, east=2, accepts=(STRICT,))),
)


def test_a_looser_limit_opens_pairs_and_moves_tonnes():
    # Before: near 4 t, far 6 t of the good ash. With far's limit at 8 the burnt 6 t go there too.
    found = what_if(PROBLEM, TONNES, [SetLimit("far", "LOI", 8.0, material_id="fly_ash")])
    assert found.change_of(Figure.TONNES) == 6
    assert found.change_of(Figure.TONNE_KM) == pytest.approx(6 * 2 * KM_PER_DEGREE)
    assert found.change_of(Figure.UNMATCHED_T) == -6
    assert found.opened == (("burnt", "far"),)
    assert found.closed == ()
    (grown,) = found.flows
    assert (grown.supply_id, grown.slot_id, grown.before_t, grown.after_t) == ("burnt", "far", 0, 6)
    (placed,) = found.unmatched
    assert (placed.supply_id, placed.before_t, placed.after_t) == ("burnt", 6, 0)


def test_a_price_changes_what_is_worth_driving():
    # far: 40 + 60 - (2 + 0.5 * 222.4) = -13 yuan/t; 20 yuan more and it pays.
    before = solve(PROBLEM, VALUE)
    found = what_if(PROBLEM, VALUE, [SetPrice(PriceKind.REPLACED, "far", 80.0, "fly_ash")], before)
    assert found.before is before
    assert found.change_of(Figure.TONNES) == 6
    assert found.change_of(Figure.NET_VALUE_YUAN) == pytest.approx(6 * (118 - KM_PER_DEGREE))


def test_losing_a_plant_and_its_pairs():
    found = what_if(PROBLEM, TONNES, [RemovePlant("near")])
    assert found.change_of(Figure.TONNES) == 0
    assert found.change_of(Figure.TONNE_KM) == pytest.approx(4 * KM_PER_DEGREE)
    assert found.closed == (("good", "near"),)


def test_a_calendar_a_yard_and_a_share():
    year = Problem((supply("a", 5, 5),), (slot("k", 5, 5, east=1),), periods=("one", "two"))
    halted = what_if(year, TONNES, [SetCalendar(Side.SLOT, "k", (0, 8))])
    assert halted.change_of(Figure.TONNES) == -5
    kept = what_if(
        year,
        TONNES,
        [SetCalendar(Side.SLOT, "k", (0, 8)), SetStorage(Side.SUPPLY, "a", Storage(room_t=2))],
    )
    assert kept.change_of(Figure.TONNES) == -3
    assert kept.change_of(Figure.STORED_TONNE_PERIODS) == 2
    half = what_if(year, TONNES, [ScaleCapacity(Side.SUPPLY, "a", 0.5, ("two",))])
    assert [(row.period, row.change_t) for row in half.flows] == [("two", -2.5)]
    # Two months set one after the other leave each other alone: 3 + 0 t can be taken.
    both = [SetAmount(Side.SLOT, "k", "one", 3.0), SetAmount(Side.SLOT, "k", "two", 0.0)]
    assert what_if(year, TONNES, both).after.tonnes == 3


def test_other_parameters():
    near = replace(TONNES, radius_km=1.5 * KM_PER_DEGREE)
    found = what_if(PROBLEM, TONNES, [SetParameters(near)])
    assert found.closed == (("good", "far"),)
    assert found.change_of(Figure.TONNES) == -6


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (SetPrice(PriceKind.BID, "ghost", 1.0), "'ghost'"),
        (SetPrice(PriceKind.TREATMENT, "near", 1.0, "bf_slag"), "does not accept 'bf_slag'"),
        (SetLimit("near", "SO3", 1.0, material_id="fly_ash"), "no limit of 'SO3'"),
        (SetLimit("near", "LOI", 1.0), "no limit of 'LOI'"),
        (SetCalendar(Side.SUPPLY, "good", (1, 2)), "2 amounts for 1 periods"),
        (ScaleCapacity(Side.SUPPLY, "good", -1), "not between"),
        (ScaleCapacity(Side.SLOT, "near", 2, ("May",)), "no period 'May'"),
        (SetAmount(Side.SLOT, "near", "May", 2.0), "no period 'May'"),
        (RemovePlant("ghost"), "'ghost'"),
        (RemoveSupply("near"), "'near'"),
        (AddSupply(PROBLEM.supplies[0]), "given twice"),
        (AddPlant(PROBLEM.slots[:1]), "given twice"),
    ],
)
def test_a_change_of_what_is_not_there_is_named(change: Change, words: str):
    with pytest.raises(ProblemError, match=words):
        change.apply(Case(PROBLEM, TONNES))


def test_each_price_lands_where_it_belongs():
    changes = [
        SetPrice(PriceKind.DISPOSAL, "good", 1.0),
        SetPrice(PriceKind.ASK, "good", 2.0),
        SetPrice(PriceKind.BID, "near", 3.0),
        SetPrice(PriceKind.REPLACED, "near", 4.0, "fly_ash"),
        SetPrice(PriceKind.TREATMENT, "near", 5.0, "fly_ash"),
    ]
    changed = apply_all(Case(PROBLEM, TONNES), changes).problem
    giver, taker = changed.supplies[0], changed.slots[0]
    assert (giver.disposal_yuan_per_t, giver.ask_yuan_per_t, taker.bid_yuan_per_t) == (1, 2, 3)
    use = taker.accepts[0]
    assert (use.replaced_yuan_per_t, use.treatment_yuan_per_t) == (4, 5)
    assert changed.supplies[1:] == PROBLEM.supplies[1:]
    assert changed.slots[1:] == PROBLEM.slots[1:]


def test_a_limit_of_one_grade_or_of_the_blend():
    graded = Acceptance(
        "fly_ash",
        limits=(
            Limit("LOI", Operator.AT_MOST, 5.0, grades=("I",)),
            Limit("LOI", Operator.AT_MOST, 8.0, grades=("II",)),
        ),
    )
    mixed = slot("k", 1, accepts=(graded,), blend=(Limit("SO3", Operator.AT_MOST, 3.0),))
    case = Case(Problem((), (mixed,)), TONNES)
    second = SetLimit("k", "LOI", 9.0, material_id="fly_ash", grade="II").apply(case)
    assert [row.value for row in second.problem.slots[0].accepts[0].limits] == [5, 9]
    assert SetLimit("k", "SO3", 2.0).apply(case).problem.slots[0].blend[0].value == 2


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("parameters", [TONNES, VALUE], ids=["tonnes", "value"])
def test_laws_on_random_problems(seed: int, parameters):
    problem = random_problem(seed, worth=parameters is VALUE)
    dice = random.Random(seed)
    before = solve(problem, parameters)
    same = what_if(problem, parameters, [], before)
    assert (same.flows, same.unmatched, same.opened, same.closed) == ((), (), (), ())
    taker = dice.choice(problem.slots)
    more = what_if(problem, parameters, [ScaleCapacity(Side.SLOT, taker.id, 2)], before)
    goal = Figure.TONNES if parameters.objective is Objective.TONNES else Figure.NET_VALUE_YUAN
    assert more.change_of(goal) >= -1e-9
    less = what_if(problem, parameters, [RemovePlant(taker.sink_id)], before)
    assert less.change_of(goal) <= 1e-9
    if not any(flow.slot_id == taker.id for flow in before.flows):
        assert less.change_of(goal) == pytest.approx(0)
    back = what_if(less.case.problem, parameters, [AddPlant((taker,))], less.after)
    assert back.change_of(goal) == pytest.approx(-less.change_of(goal))
    for found in (more, less, back):
        assert check(found.case.problem, found.case.parameters, found.after) == ()
        moved = sum(row.change_t for row in found.flows)
        assert moved == pytest.approx(found.change_of(Figure.TONNES))


def test_contracts_fall_with_the_plant_or_the_supply_they_bind():
    bound = replace(PROBLEM, commitments=(Commitment("good", "near", "year", 3.0),))
    for change in (RemovePlant("near"), RemoveSupply("good")):
        found = what_if(bound, TONNES, [change])
        assert found.case.problem.commitments == ()
        assert found.before.tonnes == 10
    assert what_if(bound, TONNES, [RemovePlant("far")]).case.problem == replace(
        bound, slots=bound.slots[:1]
    )


def test_freight_carbon_and_reach_change_beside_each_other():
    # far at 60 + 40 - 2 - 0.5 * 222.4 = -13.2 yuan/t; at half the freight 43.4, and 200 kg of CO2
    # avoided at 100 yuan/t add 20.
    greener = replace(PROBLEM.slots[1], accepts=(replace(STRICT, avoided_co2_kg_per_t=200.0),))
    problem = replace(PROBLEM, slots=(PROBLEM.slots[0], greener))
    found = what_if(
        problem, VALUE, [ScaleFreight(0.5), SetCarbonPrice(100.0), SetReach(2.5 * KM_PER_DEGREE)]
    )
    assert found.change_of(Figure.TONNES) == 6
    near = 4 * (100 - 1 - 0.25 * KM_PER_DEGREE)
    far = 6 * (100 + 20 - 1 - 0.5 * KM_PER_DEGREE)
    assert found.after.net_value_yuan == pytest.approx(near + far)
    assert found.case.parameters.radius_km == 2.5 * KM_PER_DEGREE
    closed = what_if(problem, VALUE, [ScaleFreight(0.5), SetReach(1.5 * KM_PER_DEGREE)])
    assert closed.change_of(Figure.TONNES) == 0
    # One rate to 150 km, none beyond: far is out of the bands, near at 30 yuan/t.
    flat = what_if(
        problem, replace(VALUE, radius_km=150), [SetFreight((FreightBand(150, 0.0, 30.0),))]
    )
    assert flat.after.net_value_yuan == pytest.approx(4 * 70)


def test_who_gains_and_who_loses_by_hand():
    # Without near, good's 4 t drive to far: good and far deal in 10 t over 2 degrees, near in none.
    found = what_if(PROBLEM, TONNES, [RemovePlant("near")])
    rows = {(row.side, row.id): row for row in found.parties}
    near, far, good = rows[Side.SLOT, "near"], rows[Side.SLOT, "far"], rows[Side.SUPPLY, "good"]
    assert (near.before.tonnes, near.after.tonnes) == (4, 0)
    assert (far.before.tonnes, far.after.tonnes) == (6, 10)
    assert good.change_t == 0
    assert good.after.tonne_km - good.before.tonne_km == pytest.approx(4 * KM_PER_DEGREE)
    assert [row.id for row in found.parties] == ["near", "good", "far"]
    assert far.after.value_yuan == pytest.approx(10 * 100)


def _undone(case: Case, dice: random.Random) -> tuple[Change, Change]:
    """Draw a change and the one that takes it back."""
    giver, taker = dice.choice(case.problem.supplies), dice.choice(case.problem.slots)
    own = case.parameters
    return dice.choice((
        (SetPrice(PriceKind.DISPOSAL, giver.id, 7.0),
         SetPrice(PriceKind.DISPOSAL, giver.id, giver.disposal_yuan_per_t)),
        (SetCalendar(Side.SLOT, taker.id, (9.0,)),
         SetCalendar(Side.SLOT, taker.id, taker.tonnes)),
        (ScaleCapacity(Side.SUPPLY, giver.id, 4.0), ScaleCapacity(Side.SUPPLY, giver.id, 0.25)),
        (SetStorage(Side.SUPPLY, giver.id, Storage(1, 2, 3)),
         SetStorage(Side.SUPPLY, giver.id, giver.storage)),
        (ScaleFreight(2.0), ScaleFreight(0.5)),
        (SetFreight((FreightBand(1000, 0.1),)), SetFreight(own.freight)),
        (SetCarbonPrice(80.0), SetCarbonPrice(own.carbon_yuan_per_t)),
        (SetReach(123.0), SetReach(own.radius_km)),
        (RemoveSupply(giver.id), AddSupply(giver)),
        (RemovePlant(taker.sink_id), AddPlant((taker,))),
    ))  # fmt: skip


@pytest.mark.parametrize("seed", range(30))
def test_a_change_and_its_inverse_leave_no_difference(seed: int):
    dice, problem = random.Random(seed), random_problem(seed, worth=True)
    found = what_if(problem, VALUE, _undone(Case(problem, VALUE), dice))
    assert (found.figures, found.opened, found.closed) == (
        what_if(problem, VALUE, []).figures, (), (),
    )  # fmt: skip
    assert (found.flows, found.unmatched, found.parties) == ((), (), ())


@pytest.mark.parametrize("seed", range(30))
def test_several_changes_are_one_problem_solved_from_scratch(seed: int):
    dice, problem = random.Random(seed), random_problem(seed, worth=True)
    case, changes = Case(problem, VALUE), []
    for _ in range(3):
        change = _undone(case, dice)[0]
        try:
            case = change.apply(case)
        except ProblemError:
            continue
        changes.append(change)
        if not case.problem.supplies or not case.problem.slots:
            break
    found = what_if(problem, VALUE, changes)
    anew = solve(case.problem, case.parameters)
    assert found.after.merit == anew.merit
    for side in Side:
        mine = [row for row in found.parties if row.side is side]
        for of, figure in (
            (lambda share: share.tonnes, Figure.TONNES),
            (lambda share: share.co2_kg, Figure.NET_CO2_KG),
        ):
            change = sum(of(row.after) - of(row.before) for row in mine)
            assert change == pytest.approx(found.change_of(figure), abs=1e-6)


def test_another_dosage_lets_more_into_a_line():
    # 0.04 % of 100 t of clinker are 40 kg of chlorine, 8 t of ash at 0.5 %; at 0.05 % ten.
    most = Limit("Cl", Operator.AT_MOST, 0.04, scope=Scope.MIX)
    use = Acceptance("fly_ash", limits=(most,))
    problem = Problem(
        (supply("ash", 20, assay=(Bound("Cl", 0.5, 0.5),)),),
        (slot("k", 50, line_id="line", accepts=(use,)),),
        dosages=(Dosage("line", (100.0,), (most,)),),
    )
    found = what_if(problem, TONNES, [SetDosage("line", "Cl", 0.05)])
    tonnes = next(row for row in found.figures if row.figure is Figure.TONNES)
    assert (tonnes.before, tonnes.after) == pytest.approx((8, 10))
    changed = SetDosage("line", "Cl", 0.05).apply(Case(problem, TONNES)).problem
    assert changed.dosages[0].limits == changed.slots[0].accepts[0].limits
    for missing in (SetDosage("line", "F", 1.0), SetDosage("other", "Cl", 1.0)):
        with pytest.raises(ProblemError, match="no dosage"):
            missing.apply(Case(problem, TONNES))
