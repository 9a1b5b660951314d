"""Seasons: yards, silos, kiln stoppages, and the same proof over time."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from scipy.optimize import linprog

from matching.check import Fault, check
from matching.economics import factors_of, net_value, waterfall
from matching.problem import Parameters, Problem, ProblemError, Slot, Storage, Supply
from matching.result import Side, Status, Worth
from matching.solve import solve
from tests.matching.build import KM_PER_DEGREE, TONNES, VALUE, arc_km, slot, supply

QUARTER = ("January", "February", "March")


def _quarter(yard: Storage | None) -> Problem:
    return Problem(
        (
            supply("a", 5, 5, 5, storage=yard),
            supply("b", 4, 0, 0, east=1),
            supply("c", 0, 3, 3, east=2),
        ),
        (slot("k", 10, 0, 10, east=1), slot("m", 0, 5, 0, east=3)),
        periods=QUARTER,
    )


def test_three_sources_two_sinks_three_months_with_a_yard():
    # The kiln k stands still in February. January: a's 5 t (1 deg) and b's 4 t (0 deg) go to k.
    # February: m takes 5 t; c gives its 3 t (1 deg), a 2 t (3 deg) and yards 2 or 3 t.
    # March: k takes 10 t, all from 1 deg away: a's 5 t, the yard's 2 or 3 t, c's 3 or 2 t.
    # 9 + 5 + 10 = 24 t; 5 * 1 + (3 * 1 + 2 * 3) + 10 * 1 = 24 t deg; 1 t is left.
    problem = _quarter(Storage(room_t=5))
    result = solve(problem, TONNES)
    assert result.status is Status.OPTIMAL
    assert result.tonnes == 24
    assert result.tonne_km == pytest.approx(24 * KM_PER_DEGREE)
    assert result.gap == 0
    kept = {(s.id, s.period): s.tonnes for s in result.stocks}
    assert 2 <= kept["a", "February"] <= 3
    assert check(problem, TONNES, result) == ()


def test_without_the_yard_march_goes_short():
    # March has a's 5 t and c's 3 t alone: 9 + 5 + 8 = 22 t.
    problem = _quarter(None)
    result = solve(problem, TONNES)
    assert result.tonnes == 22
    assert result.stocks == ()
    assert check(problem, TONNES, result) == ()


def test_a_tonne_of_room_has_its_price_in_its_own_month():
    result = solve(_quarter(Storage(room_t=5)), TONNES)
    dual = {(row.id, row.period): row for row in result.duals}
    assert dual["k", "February"].less is None
    assert dual["k", "March"].more.tonnes == 1
    assert dual["k", "March"].more.tonne_km == pytest.approx(-KM_PER_DEGREE, abs=1e-6)
    assert dual["a", "March"].more == Worth()


def _silo(cost: float = 0.0) -> Problem:
    return Problem(
        (supply("a", 5, 0, 0, disposal_yuan_per_t=100.0),),
        (slot("k", 1, 0, 4, east=1, storage=Storage(2, 3, cost)),),
        periods=QUARTER,
    )


def test_a_silo_uses_its_opening_stock_first_and_bridges_the_stoppage():
    # January eats 1 t of the 2 t in the silo; 1 t stays, so 2 t of deliveries fit and wait for
    # March, when the kiln takes 4 t: the last old tonne and the 2 t delivered; 1 t it goes short.
    problem = _silo()
    result = solve(problem, TONNES)
    assert [(f.period, f.tonnes) for f in result.flows] == [("January", 2.0)]
    kept = [(s.side, s.period, s.tonnes) for s in result.stocks]
    assert kept == [(Side.SLOT, "January", 3.0), (Side.SLOT, "February", 3.0)]
    assert [(u.used_t, u.spare_t) for u in result.slot_uses] == [(1, 0), (0, 0), (3, 1)]
    assert check(problem, TONNES, result) == ()


@pytest.mark.parametrize(("cost", "tonnes"), [(10.0, 2.0), (30.0, 0.0)])
def test_storage_is_paid_for_or_not_used(cost, tonnes):
    # A tonne is worth 100 - 2 - 0.5 * 111.195 = 42.4 yuan and waits two months.
    problem = _silo(cost)
    result = solve(problem, VALUE)
    assert result.tonnes == tonnes
    assert result.storage_yuan == 2 * cost * tonnes
    value = tonnes * (98 - 0.5 * KM_PER_DEGREE) - 2 * cost * tonnes
    assert result.bound == pytest.approx(value, abs=1e-6)
    assert check(problem, VALUE, result) == ()


def test_what_the_yard_can_hold_at_the_end_is_stock_and_the_rest_left_over():
    problem = Problem(
        (supply("a", 9, storage=Storage(room_t=4)),), (slot("k", 2),), periods=("May",)
    )
    result = solve(problem, TONNES)
    assert [(s.period, s.tonnes) for s in result.stocks] == [("May", 4.0)]
    assert [u.tonnes for u in result.unmatched] == [3.0]
    assert check(problem, TONNES, result) == ()


def test_opening_stock_is_on_offer():
    problem = Problem(
        (supply("a", 0, 0, storage=Storage(6, 6)),), (slot("k", 2, 3),), periods=("May", "June")
    )
    result = solve(problem, TONNES)
    assert [(f.period, f.tonnes) for f in result.flows] == [("May", 2.0), ("June", 3.0)]
    assert check(problem, TONNES, result) == ()


def _random(seed: int) -> Problem:
    dice = np.random.default_rng(seed)
    periods = int(dice.integers(2, 5))

    def yard() -> Storage | None:
        room = int(dice.integers(0, 6))
        opening = int(dice.integers(0, room + 1)) if dice.random() < 0.4 else 0
        return Storage(opening, room, float(dice.integers(0, 8))) if room else None

    def amounts(most: int) -> list[int]:
        return (dice.integers(0, most, periods) * (dice.random(periods) < 0.7)).tolist()

    def place() -> dict[str, float]:
        return {"north": float(dice.uniform(0, 6)), "east": float(dice.uniform(0, 6))}

    return Problem(
        tuple(
            supply(
                f"s{i}",
                *amounts(9),
                storage=yard(),
                disposal_yuan_per_t=float(dice.uniform(50, 400)),
                **place(),
            )
            for i in range(int(dice.integers(1, 5)))
        ),
        tuple(
            slot(f"k{j}", *amounts(12), storage=yard(), **place())
            for j in range(int(dice.integers(1, 4)))
        ),
        periods=tuple(f"month {t}" for t in range(periods)),
    )


class _Programme:
    """The same plan written out from its definition: stocks as balances, solved by HiGHS."""

    def __init__(self, problem: Problem, parameters: Parameters) -> None:
        self.names: dict[tuple, int] = {}
        self.upper: dict[int, float] = {}
        self.cost: dict[int, float] = {}
        self.km: dict[int, float] = {}
        self.rows: list[dict[int, float]] = []
        self.right: list[float] = []
        self.months = range(len(problem.periods))
        for s in problem.supplies:
            for k in problem.slots:
                self._add_flows(parameters, s, k)
        for s in problem.supplies:
            self._add_supply(s)
        for k in problem.slots:
            self._add_slot(k)

    def variable(self, *name: object) -> int:
        return self.names.setdefault(name, len(self.names))

    def flows(self, place: int, row_id: str, t: int, factor: float) -> dict[int, float]:
        return {
            column: factor
            for name, column in self.names.items()
            if name[0] == "flow" and name[place] == row_id and name[3] == t
        }

    def _add_flows(self, parameters: Parameters, s: Supply, k: Slot) -> None:
        way = arc_km(s.position, k.position)
        value = net_value(waterfall(parameters, factors_of(s, k.accepts[0], way)))[0]
        for t in self.months if way <= parameters.radius_km else ():
            column = self.variable("flow", s.id, k.id, t)
            self.km[column], self.cost[column] = way, -float(value)

    def _balance(self, row: dict[int, float], stock: str, row_id: str, t: int, come: float):
        before = {self.variable(stock, row_id, t - 1): -1.0} if t else {}
        self.rows.append(row | before)
        self.right.append(come)

    def _add_supply(self, s: Supply) -> None:
        yard = s.storage or Storage()
        for t in self.months:
            left, keep = self.variable("left", s.id, t), self.variable("keep", s.id, t)
            self.upper[keep] = yard.room_t
            self.cost[keep] = yard.cost_yuan_per_t if t != self.months[-1] else 0.0
            row = {left: 1.0, keep: 1.0} | self.flows(1, s.id, t, 1.0)
            self._balance(row, "keep", s.id, t, s.tonnes[t] + (0 if t else yard.opening_t))

    def _add_slot(self, k: Slot) -> None:
        silo = k.storage or Storage()
        stock = silo.opening_t
        for t in self.months:
            eaten = min(stock, k.tonnes[t])
            stock -= eaten
            use, hold = self.variable("use", k.id, t), self.variable("hold", k.id, t)
            self.upper[use] = k.tonnes[t] - eaten
            self.upper[hold] = silo.room_t - stock if t != self.months[-1] else 0.0
            self.cost[hold] = silo.cost_yuan_per_t
            row = {use: 1.0, hold: 1.0} | self.flows(2, k.id, t, -1.0)
            self._balance(row, "hold", k.id, t, 0.0)

    def least(self, costs: dict[int, float], sent: float | None = None) -> float:
        equal = np.zeros((len(self.rows), len(self.names)))
        for index, row in enumerate(self.rows):
            equal[index, list(row)] = list(row.values())
        right = list(self.right)
        if sent is not None:
            total = np.zeros(len(self.names))
            total[list(self.km)] = 1.0
            equal, right = np.vstack((equal, total)), [*right, sent]
        goal = [costs.get(column, 0.0) for column in range(len(self.names))]
        bounds = [(0, self.upper.get(column)) for column in range(len(self.names))]
        return linprog(goal, A_eq=equal, b_eq=right, bounds=bounds, method="highs").fun


@pytest.mark.parametrize("seed", range(60))
def test_most_tonnes_over_months_agree_with_a_linear_programme(seed):
    problem = _random(seed)
    parameters = Parameters(radius_km=400)
    result = solve(problem, parameters)
    programme = _Programme(problem, parameters)
    tonnes = -programme.least(dict.fromkeys(programme.km, -1.0))
    tonne_km = programme.least(programme.km, sent=tonnes)
    assert result.tonnes == pytest.approx(tonnes, abs=1e-7)
    assert result.tonne_km == pytest.approx(tonne_km, rel=1e-7, abs=1e-6)
    assert check(problem, parameters, result) == ()


@pytest.mark.parametrize("seed", range(60))
def test_most_value_over_months_agrees_with_a_linear_programme(seed):
    problem = _random(seed)
    result = solve(problem, VALUE)
    programme = _Programme(problem, VALUE)
    value = -programme.least(programme.cost)
    assert result.value_yuan - result.storage_yuan == pytest.approx(value, rel=1e-7, abs=1e-6)
    assert check(problem, VALUE, result) == ()


def test_a_yard_fuller_than_it_is_large_is_found():
    problem = _quarter(Storage(room_t=5))
    result = solve(problem, TONNES)
    stocks = tuple(replace(row, tonnes=6.0) for row in result.stocks)
    faults = {v.fault for v in check(problem, TONNES, replace(result, stocks=stocks))}
    assert {Fault.YARD_EXCEEDED, Fault.UNBALANCED} <= faults


def test_more_room_in_the_yard_never_hurts():
    tonnes = [
        solve(_quarter(Storage(room_t=room) if room else None), TONNES).tonnes for room in range(5)
    ]
    assert all(less <= more for less, more in pairwise(tonnes))


def test_amounts_must_match_the_periods():
    with pytest.raises(ProblemError, match="2 amounts for 3 periods"):
        Problem((supply("a", 1, 2),), (), periods=QUARTER)


def test_an_opening_stock_above_the_room_is_refused():
    with pytest.raises(ProblemError, match="opening stock"):
        Storage(5, 4)
