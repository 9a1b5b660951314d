"""Where one new plant would do most: exact over the candidate positions, most of them pruned.

Each candidate has a proven upper bound on its gain. Supplies are priced at their worth in today's
plan (its duals); a new slot can then gain no more than the best tonnes within its capacity are
worth above that price (weak duality with the capacity and each supply's tonnes kept as limits).
Candidates are solved in the order of their bounds until none left could beat the best one found.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from matching.candidates import Pairs, Rows, find_pairs
from matching.economics import merit
from matching.geography import Floats
from matching.problem import (
    Objective,
    Parameters,
    Position,
    Problem,
    ProblemError,
    Slot,
    Storage,
    Supply,
)
from matching.result import Flow, Result, Side, Status, Worth
from matching.sides import is_linear
from matching.solve import Stop, solve

_WEIGHABLE = 1e-6
"""Gains in tonnes closer than a gram are equal; the next level then decides."""

_PROVEN = (Status.OPTIMAL, Status.NOTHING)

_NOTHING = Storage()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place where the plant could stand; `province` decides on border rules."""

    position: Position
    province: str = ""


@dataclass(frozen=True, slots=True)
class Site:
    """`gain` and `bound` are in the run's objective, tonne-km saved negative when driven more.

    `gain` is None where the bound alone told that another place does more. `feeds` are the flows
    into the new plant in the plan with it, largest first.
    """

    candidate: Candidate
    bound: Worth
    gain: Worth | None = None
    feeds: tuple[Flow, ...] = ()


@dataclass(frozen=True, slots=True)
class Siting:
    """Solved sites best first, then the others by bound; `proven` = no other can do more.

    Nothing is proven where one of the plans compared, today's among them, is not.
    """

    sites: tuple[Site, ...]
    solved: int
    proven: bool

    @property
    def best(self) -> Site | None:
        return self.sites[0] if self.sites and self.sites[0].gain is not None else None


def best_site(
    problem: Problem,
    parameters: Parameters,
    plant: Sequence[Slot],
    candidates: Sequence[Candidate],
    should_stop: Stop | None = None,
) -> Siting:
    """Try one plant, given as its slots (their position is not used), at each candidate.

    `should_stop` is polled before each candidate's solve; the answer is then not proven.
    """
    _require_new(problem, plant)
    today = solve(problem, parameters)
    bounds = _bounds(problem, parameters, today, plant, candidates)
    waiting = _best_first(dict(enumerate(bounds)))
    solved: dict[int, Site] = {}
    gains: dict[int, Worth] = {}
    best: Worth | None = None
    proven = today.status in _PROVEN
    for number in waiting:
        if best is not None and not _beats(bounds[number], best):
            continue
        if should_stop is not None and should_stop():
            proven = False
            break
        after = _with_plant(problem, parameters, plant, candidates[number])
        proven &= after.status in _PROVEN
        gain = gains[number] = _gain(parameters, today, after)
        solved[number] = Site(candidates[number], bounds[number], gain, _feeds(after, plant))
        if best is None or _beats(gain, best):
            best = gain
    rest = [Site(candidates[n], bounds[n]) for n in waiting if n not in solved]
    ranked = (solved[number] for number in _best_first(gains))
    return Siting((*ranked, *rest), len(solved), proven)


def _require_new(problem: Problem, plant: Sequence[Slot]) -> None:
    known = {slot.id for slot in problem.slots}
    for slot in plant:
        if slot.id in known:
            raise ProblemError(f"slot {slot.id!r} is already there", owner=slot.id)
        if len(slot.tonnes) != len(problem.periods):
            raise ProblemError(
                f"{slot.id}: {len(slot.tonnes)} amounts for {len(problem.periods)} periods",
                owner=slot.id,
                field_name="tonnes",
            )


def _with_plant(
    problem: Problem, parameters: Parameters, plant: Sequence[Slot], candidate: Candidate
) -> Result:
    placed = tuple(_at(slot, candidate) for slot in plant)
    return solve(replace(problem, slots=(*problem.slots, *placed)), parameters)


def _feeds(after: Result, plant: Sequence[Slot]) -> tuple[Flow, ...]:
    ours = {slot.id for slot in plant}
    feeds = (flow for flow in after.flows if flow.slot_id in ours)
    return tuple(sorted(feeds, key=lambda f: (-f.tonnes, f.supply_id, f.slot_id, f.period)))


def _at(slot: Slot, candidate: Candidate, suffix: str = "") -> Slot:
    return replace(
        slot,
        id=slot.id + suffix,
        position=candidate.position,
        province=candidate.province or slot.province,
    )


def _gain(parameters: Parameters, before: Result, after: Result) -> Worth:
    if parameters.objective is not Objective.TONNES:
        return Worth(yuan=after.merit - before.merit)
    return Worth(tonnes=after.tonnes - before.tonnes, tonne_km=before.tonne_km - after.tonne_km)


def _levels(worth: Worth) -> tuple[float, float]:
    return worth.tonnes, worth.tonne_km + worth.yuan


def _best_first(worths: Mapping[int, Worth]) -> list[int]:
    """Order by tonnes, those equal to the gram by the next level, then by number.

    A step of more than a gram ends a run of equals, so that the order is one.
    """
    by_tonnes = sorted(worths, key=lambda n: -worths[n].tonnes)
    tonnes = np.array([worths[n].tonnes for n in by_tonnes])
    run = np.concatenate(([0], np.cumsum(tonnes[:-1] - tonnes[1:] > _WEIGHABLE)))
    rank = dict(zip(by_tonnes, run.tolist(), strict=False))
    return sorted(worths, key=lambda n: (rank[n], -_levels(worths[n])[1], n))


def _beats(one: Worth, other: Worth) -> bool:
    """Compare level by level, beyond what rounding of duals and sums can make."""
    first, second = (a - b for a, b in zip(_levels(one), _levels(other), strict=True))
    if abs(first) > _WEIGHABLE:
        return first > 0
    return second > 1e-9 * max(1.0, abs(_levels(other)[1]))


def _bounds(
    problem: Problem,
    parameters: Parameters,
    today: Result,
    plant: Sequence[Slot],
    candidates: Sequence[Candidate],
) -> list[Worth]:
    """Bound all candidates at once: their slots are one crowd for the pairing."""
    slots = tuple(
        _at(slot, candidate, f"@{number}")
        for number, candidate in enumerate(candidates)
        for slot in plant
    )
    crowd = replace(problem, slots=slots)
    rows = Rows.of(crowd)
    pairs = find_pairs(crowd, parameters, rows)
    place = {slot.id: index for index, slot in enumerate(rows.slots)}
    prices = _prices(problem, today, rows.supplies)
    gains = _gains(parameters, pairs)
    chosen = {j: np.nonzero((pairs.slot == j) & pairs.passes)[0] for j in range(len(rows.slots))}
    totals = []
    for number in range(len(candidates)):
        total = np.zeros(2)
        for slot in plant:
            at = chosen[place[f"{slot.id}@{number}"]]
            total += _most(problem, prices, pairs.supply[at].tolist(), gains[at], rows, slot)
        by_tonnes = parameters.objective is Objective.TONNES
        first, second = total.tolist()
        totals.append(Worth(first, second) if by_tonnes else Worth(yuan=second))
    return totals


def _gains(parameters: Parameters, pairs: Pairs) -> Floats:
    """Return what one tonne of each pair gains in both levels; shape (pairs, 2)."""
    if parameters.objective is not Objective.TONNES:
        gains = merit(parameters, pairs.factors)
        return np.column_stack((np.zeros(len(gains)), gains))
    return np.column_stack((np.ones(len(pairs.distance_km)), -pairs.distance_km))


def _prices(
    problem: Problem, today: Result, supplies: Sequence[Supply]
) -> Mapping[tuple[int, int], tuple[float, float] | None]:
    """Price (supply, period) in both levels of gain; None = no tonne can stand there.

    Where a programme was solved, or nothing to the end, there are no network prices: nothing is
    charged then, which still bounds, for a plan without the new plant's flows is a plan of today.
    """
    prices = {(row.id, row.period): row.price for row in today.duals if row.side is Side.SUPPLY}
    free = Worth() if is_linear(problem) else None
    found = {
        (i, t): (prices[supply.id, period] or free) if prices else Worth()
        for i, supply in enumerate(supplies)
        for t, period in enumerate(problem.periods)
    }
    return {key: _charged(price) for key, price in found.items()}


def _charged(price: Worth | None) -> tuple[float, float] | None:
    """Return the gain forgone with a tonne of the supply; costs it would add count as gain lost."""
    return None if price is None else (price.tonnes, price.yuan + price.tonne_km)


def _most(
    problem: Problem,
    prices: Mapping[tuple[int, int], tuple[float, float] | None],
    givers: Sequence[int],
    gains: Floats,
    rows: Rows,
    slot: Slot,
) -> Floats:
    """Fill the slot in every period with the tonnes worth most above their price."""
    total = np.zeros(2)
    for period in range(len(problem.periods)):
        room = sum(slot.tonnes[period:]) if slot.storage else slot.tonnes[period]
        offers = []
        for giver, (first, second) in zip(givers, gains.tolist(), strict=True):
            charge = prices[giver, period]
            tonnes = _there(rows.supplies[giver], period)
            if charge is not None and tonnes > 0:
                offers.append(((first - charge[0], second - charge[1]), tonnes))
        for surplus, tonnes in sorted(offers, reverse=True):
            if room <= 0 or surplus <= (0.0, 0.0):
                break
            taken = min(room, tonnes)
            room -= taken
            total += np.array(surplus) * taken
    return total


def _there(supply: Supply, period: int) -> float:
    """Return the most tonnes that can stand ready in a period, with a yard also earlier ones."""
    yard = supply.storage or _NOTHING
    arriving = sum(supply.tonnes[: period + 1]) if yard.room_t else supply.tonnes[period]
    return arriving + yard.opening_t
