"""Every feature at once, at random: against the same model written out a second time, and by
what must not change or must change in step.
"""

import math
from dataclasses import replace

import numpy as np
import pytest

from matching import Objective, Parameters, Problem, Result, Status, check, solve
from matching.commitments import less_commitments, without_commitments
from matching.problem import (
    Acceptance,
    Bound,
    Commitment,
    FreightBand,
    Licence,
    Limit,
    Operator,
    ProblemError,
    Storage,
    Weights,
)
from matching.result import Side
from tests.matching.build import slot, supply
from tests.matching.reference import Reference

DROSS = frozenset({"321-024-48"})
PARAMETERS = Parameters(
    radius_km=500, freight=(FreightBand(500, 0.5, 2.0),), transport_co2_kg_per_t_km=0.12
)
RUNS = {
    "tonnes": PARAMETERS,
    "net_value": replace(PARAMETERS, objective=Objective.NET_VALUE),
    "net_co2": replace(PARAMETERS, objective=Objective.NET_CO2),
    "weighted": replace(
        PARAMETERS,
        objective=Objective.WEIGHTED,
        weights=Weights(yuan=1.0, co2_kg=0.5, tonne=20.0, tonne_km=-0.1),
    ),
}
MATERIALS = ("fly_ash", "bf_slag")
LIMITS = (Limit("LOI", Operator.AT_MOST, 6.0), Limit("CaO", Operator.AT_LEAST, 5.0))


class Dice:
    """Draws every feature with some chance, each from whole or tenth tonnes."""

    def __init__(self, seed: int) -> None:
        self.dice = np.random.default_rng(seed)
        self.months = int(self.dice.integers(1, 4))

    def may(self, share: float) -> bool:
        return bool(self.dice.random() < share)

    def amount(self, most: float) -> float:
        return round(float(self.dice.uniform(0, most)), 1)

    def amounts(self, most: float) -> list[float]:
        return [self.amount(most) if self.may(0.8) else 0.0 for _ in range(self.months)]

    def place(self) -> dict[str, float]:
        return {"north": float(self.dice.uniform(0, 4)), "east": float(self.dice.uniform(0, 4))}

    def yard(self) -> Storage | None:
        room = self.amount(6)
        opening = min(room, self.amount(4)) if self.may(0.4) else 0.0
        return Storage(opening, room, float(self.dice.uniform(0, 8))) if self.may(0.6) else None

    def lot(self, number: int):
        ends = [
            (float(low), float(low + self.dice.uniform(0, 2))) for low in self.dice.uniform(1, 9, 2)
        ]
        return supply(
            f"s{number}",
            *self.amounts(9),
            material_id=MATERIALS[int(self.may(0.3))],
            assay=tuple(Bound(r.name, *e) for r, e in zip(LIMITS, ends, strict=True)),
            moisture_share=float(self.dice.uniform(0, 0.4)) if self.may(0.5) else None,
            hazard_codes=DROSS if self.may(0.3) else frozenset(),
            disposal_yuan_per_t=float(self.dice.uniform(0, 300)),
            storage=self.yard(),
            min_lot_t=self.amount(4) if self.may(0.2) else 0.0,
            **self.place(),
        )

    def use(self, material_id: str) -> Acceptance:
        return Acceptance(
            material_id,
            limits=(Limit("LOI", Operator.AT_MOST, 8.0),) if self.may(0.2) else (),
            replaced_yuan_per_t=float(self.dice.uniform(-50, 200)),
            avoided_co2_kg_per_t=float(self.dice.uniform(0, 120)),
        )

    def slot(self, number: int):
        both = MATERIALS if self.may(0.5) else MATERIALS[:1]
        return slot(
            f"k{number}",
            *self.amounts(12),
            accepts=tuple(self.use(name) for name in both),
            licences=(Licence(DROSS, tonnes=self.amount(8) if self.may(0.6) else None),),
            storage=self.yard(),
            blend=tuple(limit for limit in LIMITS if self.may(0.3)),
            min_lot_t=self.amount(4) if self.may(0.25) else 0.0,
            max_suppliers=int(self.dice.integers(1, 3)) if self.may(0.25) else None,
            **self.place(),
        )

    def problem(self) -> Problem:
        supplies = tuple(self.lot(n) for n in range(self.dice.integers(1, 5)))
        slots = tuple(self.slot(n) for n in range(self.dice.integers(1, 4)))
        periods = tuple(f"month {t}" for t in range(self.months))
        years = tuple(str(t // 2) for t in range(self.months)) if self.may(0.5) else ()
        free = Problem(supplies, slots, periods=periods, years=years)
        return replace(free, commitments=self.contracts(free)) if self.may(0.3) else free

    def contracts(self, problem: Problem) -> tuple[Commitment, ...]:
        """One contract for a part of what both ends have in a month and the licence lets in."""
        giver, taker = self.dice.choice(len(problem.supplies)), self.dice.choice(len(problem.slots))
        lot, to = problem.supplies[giver], problem.slots[taker]
        month = int(self.dice.integers(self.months))
        most = min(lot.tonnes[month], to.tonnes[month], to.licences[0].tonnes or 0.0)
        tonnes = round(most * float(self.dice.random()), 1)
        return (Commitment(lot.id, to.id, problem.periods[month], min(most, tonnes)),)


CODES = (frozenset({"HW48"}), DROSS | {"321-025-48"}, frozenset({"321-025-48"}))


class Overlapping(Dice):
    """Draws lots of several codes, and plants with licences that share them."""

    def lot(self, number: int):
        made = super().lot(number)
        codes = (DROSS, frozenset({"321-025-48"}))[int(self.may(0.5))]
        return replace(made, hazard_codes=codes if self.may(0.7) else frozenset())

    def slot(self, number: int):
        made = super().slot(number)
        more = tuple(
            Licence(codes, tonnes=self.amount(6) if self.may(0.9) else None, number=str(index))
            for index, codes in enumerate(CODES)
            if self.may(0.5)
        )
        return replace(made, licences=(*made.licences, *more))


class Promised(Dice):
    """Draws several contracts, most of them into slots with rules of their own."""

    def slot(self, number: int):
        row = super().slot(number)
        limits = tuple(limit for limit in LIMITS if self.may(0.6))
        return replace(row, blend=row.blend or limits)

    def problem(self) -> Problem:
        free = replace(super().problem(), commitments=())
        drawn = [self.contracts(free)[0] for _ in range(3)]
        apart = {(row.supply_id, row.slot_id, row.period): row for row in drawn}
        thirds = tuple(replace(row, tonnes=round(row.tonnes / 3, 1)) for row in apart.values())
        return replace(free, commitments=tuple(row for row in thirds if self._fits(free, row)))

    def _fits(self, problem: Problem, row: Commitment) -> bool:
        """Leave out what rounding made more than a third."""
        month = problem.periods.index(row.period)
        ends = [
            r for r in (*problem.supplies, *problem.slots) if r.id in (row.supply_id, row.slot_id)
        ]
        return all(3 * row.tonnes <= end.tonnes[month] for end in ends)


class Stocked(Promised):
    """Draws contracts beyond a month's own tonnes, as far as stock and silos allow."""

    def contracts(self, problem: Problem) -> tuple[Commitment, ...]:
        (row,) = super().contracts(problem)
        more = replace(row, tonnes=round(3 * row.tonnes + self.amount(6), 1))
        return (more if self._kept(problem, more) else row,)

    def problem(self) -> Problem:
        free = replace(Dice.problem(self), commitments=())
        bound = free
        for _ in range(3):
            (row,) = self.contracts(free)
            apart = all(
                (row.supply_id, row.slot_id) != (c.supply_id, c.slot_id) for c in bound.commitments
            )
            if apart and self._kept(bound, row):
                bound = replace(bound, commitments=(*bound.commitments, row))
        return bound

    def _kept(self, problem: Problem, row: Commitment) -> bool:
        """Leave out what stock, silos or licences cannot do."""
        slot = next(one for one in problem.slots if one.id == row.slot_id)
        lot = next(one for one in problem.supplies if one.id == row.supply_id)
        rows = (*problem.commitments, row)
        into = sum(c.tonnes for c in rows if c.slot_id == row.slot_id)
        licensed = slot.licences[0].tonnes
        if lot.hazard_codes and licensed is not None and into > licensed:
            return False
        try:
            without_commitments(replace(problem, commitments=rows))
        except ProblemError:
            return False
        return True


def _waiting_cost(problem: Problem, parameters: Parameters, result: Result, free: Result) -> float:
    """Price what waits for contracts in the suppliers' yards; the model written out includes it."""
    weight = {Objective.NET_VALUE: 1.0, Objective.WEIGHTED: parameters.weights.yuan}
    yuan = {row.id: row.storage.cost_yuan_per_t for row in problem.supplies if row.storage}
    total = sum(
        sign * row.tonnes * yuan[row.id]
        for sign, rows in ((1, result.stocks), (-1, free.stocks))
        for row in rows
        if row.side is Side.SUPPLY and row.period != problem.periods[-1]
    )
    return weight.get(parameters.objective, 0.0) * total


def _agrees(problem: Problem, parameters: Parameters, seed: int) -> None:
    result = solve(problem, parameters)
    assert check(problem, parameters, result) == (), seed
    free = less_commitments(problem, parameters, result)
    most, km = Reference(problem, parameters).best()
    if parameters.objective is Objective.TONNES:
        assert free.tonnes == pytest.approx(most, rel=1e-6, abs=1e-5), seed
        assert free.tonne_km == pytest.approx(km, rel=1e-5, abs=1e-2), seed
    else:
        merit = free.merit - _waiting_cost(problem, parameters, result, free)
        assert merit == pytest.approx(most, rel=1e-6, abs=1e-3), seed
    assert result.status in {Status.OPTIMAL, Status.NOTHING}, seed
    assert result.gap is not None, seed
    assert result.gap <= 1e-6, seed


@pytest.mark.parametrize("objective", RUNS)
@pytest.mark.parametrize("block", range(5))
def test_all_features_together_agree_with_the_model_written_out(block, objective):
    for seed in range(100 * block, 100 * block + 100):
        _agrees(Dice(seed).problem(), RUNS[objective], seed)


@pytest.mark.parametrize("objective", RUNS)
def test_licences_that_overlap_agree_with_the_model_written_out(objective):
    for seed in range(7000, 7040):
        _agrees(Overlapping(seed).problem(), RUNS[objective], seed)


@pytest.mark.parametrize("objective", RUNS)
def test_contracts_count_in_every_rule_of_the_model_written_out(objective):
    for seed in range(2000, 2120):
        _agrees(Promised(seed).problem(), RUNS[objective], seed)


@pytest.mark.parametrize("objective", RUNS)
def test_contracts_out_of_stock_and_into_silos_agree_with_the_model_written_out(objective):
    waited = 0
    for seed in range(5000, 5120):
        problem = Stocked(seed).problem()
        _agrees(problem, RUNS[objective], seed)
        rest = without_commitments(problem)
        waited += any(row.storage and row.storage.held_t for row in (*rest.supplies, *rest.slots))
    assert waited > 20


@pytest.mark.parametrize("objective", RUNS)
def test_a_contract_for_a_flow_of_the_optimum_changes_nothing(objective):
    # Into a silo it would: a contract's tonnes are used in their own month. What is left beside a
    # contract is cut to grams, so one of a fraction more could leave too little for a full lot.
    tried = 0
    for seed in range(3000, 3080):
        free = replace(Promised(seed).problem(), commitments=())
        best = solve(free, RUNS[objective])
        own = {
            (row.id, t): row.tonnes[free.periods.index(t)]
            for row in free.supplies
            for t in free.periods
        }
        silos = {row.id for row in free.slots if row.storage}
        promised = tuple(
            Commitment(
                flow.supply_id, flow.slot_id, flow.period, math.floor(flow.tonnes * 1e6) / 1e6
            )
            for flow in best.flows
            if flow.slot_id not in silos and flow.tonnes <= own[flow.supply_id, flow.period]
        )[::2]
        bound = replace(free, commitments=promised)
        tried += bool(promised)
        assert _close(_goal(bound, RUNS[objective]), _goal(free, RUNS[objective])), seed
        assert check(bound, RUNS[objective], solve(bound, RUNS[objective])) == (), seed
    assert tried > 10


def _goal(problem: Problem, parameters: Parameters) -> tuple[float, float]:
    """What is sought, larger being better: tonnes then tonne-km saved, or the merit."""
    result = solve(problem, parameters)
    if parameters.objective is Objective.TONNES:
        return result.tonnes, -result.tonne_km
    return result.merit, 0.0


def _close(found: tuple[float, float], expected: tuple[float, float]) -> bool:
    return found == (
        pytest.approx(expected[0], rel=1e-6, abs=1e-3),
        pytest.approx(expected[1], rel=1e-5, abs=1e-1),
    )


def _scaled(problem: Problem, by: float) -> Problem:
    """Say every amount in another unit of mass; prices of it change the other way."""

    def yard(row):
        own = row.storage
        return own and Storage(own.opening_t * by, own.room_t * by, own.cost_yuan_per_t)

    def rows(given):
        return [
            replace(row, tonnes=tuple(t * by for t in row.tonnes), storage=yard(row))
            for row in given
        ]

    supplies = tuple(replace(row, min_lot_t=row.min_lot_t * by) for row in rows(problem.supplies))
    slots = tuple(
        replace(
            row,
            min_lot_t=row.min_lot_t * by,
            licences=tuple(
                replace(one, tonnes=None if one.tonnes is None else one.tonnes * by)
                for one in row.licences
            ),
        )
        for row in rows(problem.slots)
    )
    contracts = tuple(replace(row, tonnes=row.tonnes * by) for row in problem.commitments)
    return replace(problem, supplies=supplies, slots=slots, commitments=contracts)


def test_no_amount_is_a_solvers_tolerance():
    for seed in range(1000, 1040):
        result = solve(Dice(seed).problem(), RUNS["tonnes"])
        amounts = [flow.tonnes for flow in result.flows]
        amounts += [row.tonnes for row in (*result.unmatched, *result.stocks)]
        amounts += [tonnes for use in result.slot_uses for tonnes in (use.used_t, use.spare_t)]
        assert [tonnes for tonnes in amounts if 0 < abs(tonnes) < 1e-6] == [], seed


@pytest.mark.parametrize("objective", RUNS)
def test_more_supply_never_hurts(objective):
    for seed in range(1000, 1040):
        problem = Dice(seed).problem()
        first, *others = problem.supplies
        richer = replace(first, tonnes=tuple(t + 1.5 for t in first.tonnes))
        before = _goal(problem, RUNS[objective])
        after = _goal(replace(problem, supplies=(richer, *others)), RUNS[objective])
        assert after[0] >= before[0] - 1e-4, seed


@pytest.mark.parametrize("objective", RUNS)
def test_the_order_of_the_rows_is_irrelevant(objective):
    for seed in range(1000, 1040):
        problem = Dice(seed).problem()
        turned = replace(problem, supplies=problem.supplies[::-1], slots=problem.slots[::-1])
        assert solve(turned, RUNS[objective]).flows == solve(problem, RUNS[objective]).flows, seed


@pytest.mark.parametrize("objective", RUNS)
def test_another_unit_of_mass_scales_the_answer(objective):
    for seed in range(1000, 1040):
        problem = Dice(seed).problem()
        found, scaled = (_goal(p, RUNS[objective]) for p in (problem, _scaled(problem, 20.0)))
        assert _close((scaled[0] / 20, scaled[1] / 20), found), seed


@pytest.mark.parametrize("objective", RUNS)
def test_removing_an_unused_plant_changes_nothing(objective):
    for seed in range(1000, 1040):
        problem = Dice(seed).problem()
        used = {flow.slot_id for flow in solve(problem, RUNS[objective]).flows}
        bound = {row.slot_id for row in problem.commitments}
        kept = tuple(row for row in problem.slots if row.id in used | bound)
        without = _goal(replace(problem, slots=kept), RUNS[objective])
        assert _close(without, _goal(problem, RUNS[objective])), seed
