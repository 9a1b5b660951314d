"""Mixtures: hand-solved, found by trying shares on a grid, and filled as a second solver does."""

import itertools
import random
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from matching.blending import offers_of, sides_of
from matching.mixes import mixtures
from matching.problem import (
    Acceptance,
    BorderRule,
    Bound,
    Commitment,
    Dosage,
    Limit,
    Operator,
    Problem,
    ProblemError,
    Rule,
    Scope,
    Severity,
)
from tests.matching.build import KM_PER_DEGREE, TONNES, VALUE, slot, supply


def at_most(name: str, value: float, **more) -> Limit:
    return Limit(name, Operator.AT_MOST, value, **more)


def lot(row_id: str, tonnes: float, loi: float, so3: float = 0.0, **more):
    assay = (Bound("LOI", loi, loi), Bound("SO3", so3, so3))
    return supply(row_id, tonnes, assay=assay, **more)


USE = Acceptance("fly_ash", limits=(at_most("LOI", 5.0),))


def test_good_ash_carries_burnt_ash():
    # LOI 3 and 9 for at most 5: 3 (1 - s) + 9 s <= 5, the burnt share s is at most a third.
    # 6 t of good ash carry 3 t of burnt.
    problem = Problem(
        (lot("good", 6, 3), lot("burnt", 20, 9, east=1)), (slot("k", 50, accepts=(USE,)),)
    )
    (mix,) = mixtures(problem, TONNES, "k")
    good, burnt = mix.parts
    assert (good.tonnes, burnt.tonnes) == pytest.approx((6, 3))
    assert (burnt.share, burnt.least_share, burnt.most_share) == pytest.approx((1 / 3, 0, 1 / 3))
    assert (good.least_share, good.most_share) == pytest.approx((2 / 3, 1))
    assert mix.tonne_km == pytest.approx(3 * KM_PER_DEGREE)
    (limit,) = mix.binding
    assert (limit.name, limit.value, limit.margin) == pytest.approx(("LOI", 5, 0), abs=1e-6)


def test_a_small_room_takes_the_nearer_ash_first():
    # 2 t of room: all good ash, which stands next door; it passes alone and no burnt is needed.
    problem = Problem(
        (lot("good", 6, 3), lot("burnt", 20, 9, east=1)), (slot("k", 2, accepts=(USE,)),)
    )
    (mix,) = mixtures(problem, TONNES, "k")
    assert mix.parts[0].tonnes == pytest.approx(2)
    assert mix.binding == ()


def test_the_dry_mix_counts():
    # The burnt lot is half water: its dry half counts. 3 g + 9 b / 2 <= 5 (g + b / 2): b <= g.
    wet = replace(lot("burnt", 20, 9), moisture_share=0.5)
    problem = Problem((lot("good", 6, 3), wet), (slot("k", 50, accepts=(USE,)),))
    (mix,) = mixtures(problem, TONNES, "k")
    assert {part.supply_id: part.tonnes for part in mix.parts} == pytest.approx(
        {"good": 6, "burnt": 6}
    )


def test_two_that_fail_may_pass_together():
    # a breaks LOI, b breaks SO3; half and half keeps both: (8 + 2) / 2 = 5, (1 + 5) / 2 = 3.
    use = Acceptance("fly_ash", limits=(at_most("LOI", 5.0), at_most("SO3", 3.0)))
    problem = Problem((lot("a", 4, 8, 1), lot("b", 9, 2, 5)), (slot("k", 50, accepts=(use,)),))
    (mix,) = mixtures(problem, TONNES, "k")
    assert [part.tonnes for part in mix.parts] == pytest.approx([4, 4])
    assert [(part.least_share, part.most_share) for part in mix.parts] == [
        pytest.approx((0.5, 0.5))
    ] * 2
    assert len(mix.binding) == 2


THREE = tuple(at_most(name, 4.0) for name in ("x", "y", "z"))


def corner(row_id: str, high: str, tonnes: float = 3.0):
    """10 of one property, 1 of the two others; the limit of each is 4."""
    return supply(
        row_id,
        tonnes,
        assay=tuple(Bound(n, v, v) for n in "xyz" for v in [10.0 if n == high else 1.0]),
    )


def test_three_that_fail_in_pairs_may_pass_together():
    # A third of each: (10 + 1 + 1) / 3 = 4 everywhere; any pair has (10 + 1) / 2 = 5.5 at best.
    use = Acceptance("fly_ash", limits=THREE)
    problem = Problem(
        (corner("a", "x"), corner("b", "y"), corner("c", "z", 2)),
        (slot("k", 50, accepts=(use,)),),
    )
    (mix,) = mixtures(problem, TONNES, "k")
    assert [part.supply_id for part in mix.parts] == ["a", "b", "c"]
    assert [part.tonnes for part in mix.parts] == pytest.approx([2, 2, 2])
    assert len(mix.binding) == 3
    assert mixtures(problem, TONNES, "k", most_offers=2) == ()


def test_a_window_is_kept_on_both_sides():
    use = Acceptance("fly_ash", limits=(Limit("LOI", Operator.BETWEEN, 4.0, value_high=6.0),))
    problem = Problem((lot("low", 5, 2), lot("high", 9, 10)), (slot("k", 50, accepts=(use,)),))
    # 2 (1 - s) + 10 s in 4..6: s from a quarter to a half.
    (mix,) = mixtures(problem, TONNES, "k")
    high = next(part for part in mix.parts if part.supply_id == "high")
    assert (high.least_share, high.most_share) == pytest.approx((0.25, 0.5))
    assert mix.tonnes == pytest.approx(10)


def test_a_blend_limit_joins_materials_and_an_acceptance_does_not():
    ash = Acceptance("fly_ash", limits=(at_most("LOI", 5.0),))
    problem = Problem(
        (lot("ash", 4, 9), lot("slag", 9, 1, material_id="bf_slag")),
        (slot("k", 50, accepts=(ash, Acceptance("bf_slag"))),),
    )
    # Slag does not dilute what the ash must keep as ash ...
    assert mixtures(problem, TONNES, "k") == ()
    # ... but it does dilute what the whole slot must keep.
    blended = slot(
        "k",
        50,
        accepts=(Acceptance("fly_ash"), Acceptance("bf_slag")),
        blend=(at_most("LOI", 5.0),),
    )
    (mix,) = mixtures(replace(problem, slots=(blended,)), TONNES, "k")
    assert [(part.supply_id, part.tonnes) for part in mix.parts] == [
        ("ash", pytest.approx(4)),
        ("slag", pytest.approx(9)),
    ]


def test_nothing_illegal_or_unknown_is_mixed_in():
    rule = BorderRule(hazardous=False, severity=Severity.BLOCK, rule=Rule("border"))
    unknown = supply("unknown", 9)
    abroad = replace(lot("abroad", 9, 1), province="Shanxi")
    home = replace(slot("k", 50, accepts=(USE,)), province="Henan")
    problem = Problem((lot("burnt", 9, 9), unknown, abroad), (home,), border_rules=(rule,))
    assert mixtures(problem, TONNES, "k") == ()
    far = Problem((lot("burnt", 9, 9), lot("good", 9, 1, east=30)), (home,))
    assert mixtures(far, TONNES, "k") == ()
    with pytest.raises(ProblemError, match="'ghost'"):
        mixtures(problem, TONNES, "ghost")


def test_what_the_receivers_own_figures_forbid_no_mixing_cures():
    own = Limit("IRa", Operator.AT_MOST, 0.7, "-", scope=Scope.PRODUCT)
    use = replace(USE, limits=(*USE.limits, own))
    lots = (lot("good", 6, 3), lot("burnt", 20, 9))
    for figure, mixes in ((0.6, 1), (0.8, 0)):
        taker = slot("k", 50, accepts=(use,), figures=(Bound("IRa", figure, figure, "-"),))
        assert len(mixtures(Problem(lots, (taker,)), TONNES, "k")) == mixes


def test_the_lowest_grade_is_enough():
    graded = Acceptance(
        "fly_ash", limits=(at_most("LOI", 5.0, grades=("I",)), at_most("LOI", 8.0, grades=("II",)))
    )
    problem = Problem(
        (lot("good", 6, 6), lot("burnt", 20, 12)), (slot("k", 50, accepts=(graded,)),)
    )
    (mix,) = mixtures(problem, TONNES, "k")
    # 6 (1 - s) + 12 s <= 8: a third.
    assert mix.parts[0].tonnes + mix.parts[1].tonnes == pytest.approx(9)


def test_a_mix_for_money_takes_what_pays():
    # burnt: 60 yuan/t disposal less 2 + 0.5 km; the limit lets a third of it in.
    problem = Problem(
        (
            lot("good", 6, 3, disposal_yuan_per_t=10.0),
            lot("burnt", 20, 9, disposal_yuan_per_t=60.0),
        ),
        (slot("k", 50, accepts=(USE,)),),
    )
    (mix,) = mixtures(problem, VALUE, "k")
    assert mix.merit == pytest.approx(6 * 8 + 3 * 58)


def _random(seed: int) -> Problem:
    dice = random.Random(seed)
    names = ("x", "y", "z")
    limits = tuple(
        Limit(n, dice.choice((Operator.AT_MOST, Operator.AT_LEAST)), dice.uniform(3, 6))
        for n in names
    )
    split = dice.randint(0, 3)
    return Problem(
        tuple(
            supply(
                f"s{i}",
                dice.randint(1, 9),
                east=dice.uniform(0, 3),
                moisture_share=dice.choice((None, 0.3)),
                assay=tuple(
                    Bound(n, v, v + dice.choice((0.0, 1.0)))
                    for n in names
                    for v in [dice.uniform(0, 9)]
                ),
            )
            for i in range(6)
        ),
        (
            slot(
                "k",
                dice.randint(3, 20),
                accepts=(Acceptance("fly_ash", limits=limits[:split]),),
                blend=limits[split:],
            ),
        ),
    )


def _excess(problem: Problem) -> dict[str, list[float]]:
    offers = offers_of(problem, TONNES, problem.slots[0], 99)
    sides = sides_of(problem.slots[0], offers)
    return {offer.supply.id: [side.excess(offer) for side in sides] for offer in offers}


def _on_grid(rows: list[list[float]], steps: int) -> bool:
    """Try all shares that use each offer."""
    for cut in itertools.product(range(1, steps), repeat=len(rows) - 1):
        last = steps - sum(cut)
        if last > 0:
            shares = np.array([*cut, last]) / steps
            if np.all(shares @ np.array(rows) <= 1e-12):
                return True
    return False


@pytest.mark.parametrize("seed", range(60))
def test_every_mixture_on_a_grid_is_found_and_every_one_found_keeps_its_limits(seed: int):
    problem = _random(seed)
    excess = _excess(problem)
    found = {
        tuple(sorted(p.supply_id for p in m.parts)): m
        for m in mixtures(problem, TONNES, "k", top=999)
    }
    passes = {name for name, row in excess.items() if max(row) <= 0}
    for pair in itertools.combinations(sorted(excess), 2):
        if not passes.issuperset(pair) and _on_grid([excess[name] for name in pair], 60):
            assert pair in found
    for triple in itertools.combinations(sorted(excess), 3):
        smaller = any(pair in found for pair in itertools.combinations(triple, 2))
        if not smaller and not passes & set(triple) and _on_grid([excess[n] for n in triple], 40):
            assert triple in found
    for mix in found.values():
        assert all(limit.margin >= -1e-6 for limit in mix.limits)
        amounts = np.array([part.tonnes for part in mix.parts])
        rows = np.array([excess[part.supply_id] for part in mix.parts])
        assert np.all(amounts @ rows <= 1e-6)
        for part in mix.parts:
            assert part.least_share - 1e-6 <= part.share <= part.most_share + 1e-6


@pytest.mark.parametrize("seed", range(40))
def test_amounts_are_the_most_a_second_solver_finds(seed: int):
    problem = _random(seed)
    excess = _excess(problem)
    tonnes = {row.id: row.tonnes[0] for row in problem.supplies}
    km = {o.supply.id: o.distance_km for o in offers_of(problem, TONNES, problem.slots[0], 99)}
    for mix in mixtures(problem, TONNES, "k", top=999):
        names = [part.supply_id for part in mix.parts]
        rows = np.array([excess[name] for name in names]).T
        table = np.vstack((rows, np.ones(len(names))))
        room = [*[0.0] * len(rows), problem.slots[0].tonnes[0]]
        bounds = [(0, tonnes[name]) for name in names]
        most = linprog(-np.ones(len(names)), table, room, bounds=bounds)
        assert mix.tonnes == pytest.approx(-most.fun, rel=1e-5)
        way = linprog(
            [km[name] for name in names],
            np.vstack((table, -np.ones(len(names)))),
            [*room, most.fun * (1 - 1e-7)],
            bounds=bounds,
        )
        assert mix.tonne_km == pytest.approx(way.fun, rel=1e-4, abs=1e-3)


def _chlorine(name: str, tonnes: float, percent: float, **more):
    return supply(name, tonnes, assay=(Bound("Cl", percent, percent),), **more)


def _dosed(*supplies, product_t=100.0, **more) -> Problem:
    """A kiln whose clinker may take 0.04 % of chlorine from all its wastes, room for 50 t."""
    return Problem(
        supplies,
        (slot("k", 50, line_id="line"), slot("k2", 50, line_id="line")),
        dosages=(Dosage("line", (product_t,), (at_most("Cl", 0.04, scope=Scope.MIX),)),),
        **more,
    )


def test_a_dosage_of_the_line_caps_what_is_mixed():
    # 0.04 % of 100 t of clinker are 40 kg of chlorine. 20 t of clean ash at 0.05 % bring 10 kg;
    # the 30 kg left are 6 t of salty ash at 0.5 %, though both pass alone and there is room.
    problem = _dosed(_chlorine("clean", 20, 0.05), _chlorine("salty", 20, 0.5))
    (mix,) = mixtures(problem, TONNES, "k")
    assert {part.supply_id: part.tonnes for part in mix.parts} == pytest.approx(
        {"clean": 20, "salty": 6}
    )
    (limit,) = mix.binding
    assert (limit.name, limit.line_id) == ("Cl", "line")
    assert (limit.value, limit.limit) == pytest.approx((0.04, 0.04))
    # A contract of 4 t of salty ash into the line's other slot brings 20 of the 40 kg.
    bound = replace(problem, commitments=(Commitment("salty", "k2", "year", 4.0),))
    (mix,) = mixtures(bound, TONNES, "k")
    assert {part.supply_id: part.tonnes for part in mix.parts} == pytest.approx(
        {"clean": 20, "salty": 2}
    )


def test_a_dosage_with_room_for_all_asks_for_no_mixing():
    problem = _dosed(_chlorine("clean", 20, 0.05), _chlorine("salty", 20, 0.5), product_t=1000.0)
    assert mixtures(problem, TONNES, "k") == ()
    unknown = _dosed(_chlorine("clean", 20, 0.05), supply("dark", 20))
    assert mixtures(unknown, TONNES, "k") == ()


@pytest.mark.parametrize("seed", range(20))
def test_amounts_under_a_dosage_are_those_of_a_second_solver(seed: int):
    dice = random.Random(seed)
    lots = [_chlorine(f"s{n}", dice.randint(2, 30), dice.uniform(0, 1)) for n in range(5)]
    problem = _dosed(*lots, product_t=dice.uniform(50, 400))
    (dosage,) = problem.dosages
    room = dosage.limits[0].value * dosage.product_t[0]
    percent = {row.id: row.assay[0].high for row in lots}
    tonnes = {row.id: row.tonnes[0] for row in lots}
    whole = {name for name in tonnes if tonnes[name] * percent[name] <= room}
    found = mixtures(problem, TONNES, "k", most_offers=2, top=99)
    assert {frozenset(part.supply_id for part in mix.parts) for mix in found} == {
        frozenset(pair) for pair in itertools.combinations(tonnes, 2) if not whole.issuperset(pair)
    }
    for mix in found:
        names = [part.supply_id for part in mix.parts]
        table = [[percent[name] for name in names], [1.0] * 2]
        bounds = [(0, tonnes[name]) for name in names]
        most = linprog([-1.0] * 2, table, [room, 50.0], bounds=bounds)
        assert mix.tonnes == pytest.approx(-most.fun, rel=1e-6)


def test_shares_reach_exactly_as_far_as_the_limits_allow():
    for seed in range(40):
        problem = _random(seed)
        excess = _excess(problem)
        for mix in mixtures(problem, TONNES, "k", top=5):
            names = [part.supply_id for part in mix.parts]
            rows = np.array([excess[name] for name in names]).T
            for place, part in enumerate(mix.parts):
                ends = []
                for sign in (1, -1):
                    goal = np.zeros(len(names))
                    goal[place] = sign
                    answer = linprog(goal, rows, np.zeros(len(rows)), [[1.0] * len(names)], [1.0])
                    ends.append(sign * answer.fun)
                assert (part.least_share, part.most_share) == pytest.approx(ends, abs=1e-6)
