"""A proven lower bound on what the loads of a day's plan cost at the least.

The relaxation: every take-up and put-down has one task before and one after it, a depot counting as
such for each truck used, but the legs need not join up into days (an assignment problem). A leg is
priced by the cheapest type of truck that may drive it, to the best receiver at either end; waiting
and rests are free. Legs are left out that no day can hold: between loads that cannot share a truck,
or whose gates are shut by then. What a type of truck may work in all, its shifts, is brought in by
a multiplier (Lagrangian relaxation), which spreads the trucks' fixed cost over their hours. Every
value of the multipliers gives a bound. Another, better where few trucks go out, counts how many the
work needs at least, each from and to the depot that suits best. The highest of all is kept.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from routing.day import Day
from routing.plan import Plan
from routing.problem import DayProblem, VehicleType, Window

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

# Matrices are square in the tasks; beyond this many loads they would fill gigabytes.
MOST_LOADS = 1000
QUICK_LOADS = 100
MOST_STEPS = 8
# Time to lay out and solve one assignment, by the cells of its matrix: 0.4 s for 450 loads and 40
# trucks. It cannot be broken off, so it is not begun with less time left.
SECONDS_A_CELL = 4.5e-7
# How long a person who changed a plan by hand waits for its bound at the most.
BOUNDED_S = 1.0
# A leg that no day can hold costs more than any plan, in fen.
BARRED_FEN = 1e12
# Whole fen of a route's kilometres and of its hours: rounding saves at most a half of each.
ROUNDING_FEN = 1.0
NEVER_S = 1e9


def lower_bound_fen(day: Day, loads: Sequence[int], until: float) -> int | None:
    """Bound the cost of any plan that serves all these loads; None when there is no time for it.

    Small days are bounded even then, at least once, since that takes no time to speak of.
    """
    if not loads or len(loads) > MOST_LOADS:
        return None
    cells = (2 * len(loads) + len(day.problem.vehicles)) ** 2
    quick = len(loads) <= QUICK_LOADS
    if not quick and time.perf_counter() + SECONDS_A_CELL * cells > until:
        return None
    legs = _laid_out(day, loads)
    if not quick and time.perf_counter() > until:
        return None
    weights, before = legs.first_weights(), time.perf_counter()
    best, slack = legs.relaxed(weights)
    # Each step from here on solves an assignment as large as this one.
    until -= time.perf_counter() - before
    if quick or time.perf_counter() < until:
        best = max(best, legs.by_count())
    for step in range(1, MOST_STEPS):
        if not slack.any() or time.perf_counter() > until:
            break
        # A subgradient: work beyond the shifts makes hours dearer, idle shifts cheaper.
        weights = np.maximum(0.0, weights + slack / np.abs(slack).max() * legs.stride / step)
        total, slack = legs.relaxed(weights)
        best = max(best, total)
    return int(np.ceil(best - 1e-6))


def bounded(problem: DayProblem, plan: Plan) -> Plan:
    """Return the plan with the bound of the loads it serves, where it has none.

    Locks, the clock and trucks that are out narrow the choice further: the bound holds all the
    more.
    """
    if plan.bound_fen is not None:
        return plan
    day = Day(problem, plan.loads)
    served = sorted(day.load_index[load] for route in plan.routes for load in route.load_ids)
    until = time.perf_counter() + BOUNDED_S
    return replace(plan, bound_fen=lower_bound_fen(day, served, until))


@dataclass(frozen=True, slots=True)
class _Legs:
    """Rows and columns are take-ups, then put-downs of the loads, then the trucks.

    `seconds` (n, n): driving and the work at the leg's end. Per type of truck t: `fen[t]` (n, n),
    BARRED_FEN where the type cannot drive the leg. `fixed_fen` and `shift_s` are per truck.
    """

    seconds: Floats
    fen: Floats
    kind: Ints
    fixed_fen: Floats
    shift_s: Floats

    @property
    def stride(self) -> float:
        """Length of the first step of the multipliers, in fen a second."""
        return float(0.2 * (self.fixed_fen / self.shift_s).max() + 0.05)

    def first_weights(self) -> Floats:
        """Spread each type's fixed cost over a shift: right where there are trucks to spare."""
        share = np.maximum(0.0, self.fixed_fen) / self.shift_s
        return np.array([share[self.kind == t].min() for t in range(len(self.fen))])

    def by_count(self) -> float:
        """Bound the cost with as many trucks as the work takes at least, whichever they are."""
        trucks = len(self.kind)
        least = self.fen.min(axis=0)
        seconds = np.where(least < BARRED_FEN, self.seconds, BARRED_FEN)
        rows, columns = linear_sum_assignment(seconds)
        work_s = float(seconds[rows, columns].sum())
        shifts_s = np.cumsum(np.sort(self.shift_s)[::-1])
        needed = min(trucks, 1 + int((shifts_s < work_s - 1e-6).sum()))
        least[-trucks:, :-trucks] = (least[-trucks:, :-trucks] + self.fixed_fen[:, None]).min(
            axis=0
        )
        least[:-trucks, -trucks:] = least[:-trucks, -trucks:].min(axis=1, keepdims=True)
        out = np.arange(len(least) - trucks, len(least))[:needed]
        least[out, out] = BARRED_FEN
        rows, columns = linear_sum_assignment(least)
        return float(least[rows, columns].sum())

    def relaxed(self, weights: Floats) -> tuple[float, Floats]:
        """Solve the assignment: (its cost, seconds of work beyond the shifts used, per type)."""
        trucks = len(self.kind)
        by_type = self.fen + weights[:, None, None] * self.seconds
        chosen = by_type.argmin(axis=0)
        cost = np.take_along_axis(by_type, chosen[None], axis=0)[0]
        use = self.fixed_fen - weights[self.kind] * self.shift_s
        cost[-trucks:, :-trucks] += use[:, None]
        rows, columns = linear_sum_assignment(cost)
        total = float(cost[rows, columns].sum())
        slack = np.zeros(len(weights))
        np.add.at(slack, chosen[rows, columns], self.seconds[rows, columns])
        used = (rows >= len(cost) - trucks) & (columns < len(cost) - trucks)
        numbers = rows[used] - (len(cost) - trucks)
        np.add.at(slack, self.kind[numbers], -self.shift_s[numbers])
        return total, slack


@dataclass(frozen=True, slots=True)
class _Stand:
    """One way to do a task: the matrix row, the load (-1: a truck), the receiver (-1: none).

    A truck's row is where it starts. `work_s` is done each time, `weighing_s` unless the stop
    before is the same receiver.
    """

    row: int
    load: int
    receiver: int
    work_s: float
    weighing_s: float


def _stands(day: Day, loads: Sequence[int]) -> list[list[_Stand]]:
    """All ways of each task, in the order of the rows of `_Legs`."""
    travel = day.problem.travel
    ups, downs = [], []
    for position, load in enumerate(loads):
        collection, mass_kg = day.collection(load), day.loads[load].mass_kg
        work_s = float(collection.loading_s + collection.weighing_s)
        ups.append([_Stand(travel.index(collection.site), position, -1, work_s, 0.0)])
        rows = [(number, day.receiver(number)) for number in day.allowed[load]]
        downs.append(
            [
                _Stand(
                    travel.index(row.site),
                    position,
                    number,
                    row.unload_s_per_t * mass_kg / 1000,
                    float(row.weighing_s),
                )
                for number, row in rows
            ]
        )
    starts = [travel.index(day.start_site(row)) for row in day.problem.vehicles]
    return [*ups, *downs, *([_Stand(start, -1, -1, 0.0, 0.0)] for start in starts)]


def _laid_out(day: Day, loads: Sequence[int]) -> _Legs:
    groups = _stands(day, loads)
    first = np.cumsum([0, *(len(group) for group in groups)])[:-1]
    flat = [stand for group in groups for stand in group]
    row, receiver = np.array([s.row for s in flat]), np.array([s.receiver for s in flat])
    travel, vehicles = day.problem.travel, day.problem.vehicles
    arrived = row.copy()
    arrived[-len(vehicles) :] = [travel.index(day.end_site(vehicle)) for vehicle in vehicles]
    pair = np.ix_(row, arrived)
    drive_s = travel.duration_s[pair].astype(np.float64)
    again = (receiver[:, None] == receiver) & (receiver >= 0)
    work_s = np.array([s.work_s for s in flat]) + np.where(
        again, 0.0, np.array([s.weighing_s for s in flat])
    )

    def least(matrix: Floats) -> Floats:
        """Take the best receiver at either end."""
        by_row = np.minimum.reduceat(matrix, first, axis=0)
        return np.asarray(np.minimum.reduceat(by_row, first, axis=1), dtype=np.float64)

    seconds = least(drive_s + work_s)
    up, down = slice(0, len(loads)), slice(len(loads), 2 * len(loads))
    seconds[down, up] += _washing_s(day, loads)
    metres = least(travel.distance_m[pair].astype(np.float64))
    soonest_s = least(_soonest_s(travel.duration_s, row, arrived))
    work_least_s = [min(s.work_s for s in group) for group in groups]
    held = _in_time(day, loads, least(drive_s), soonest_s, work_least_s)
    names = sorted({vehicle.type for vehicle in vehicles})
    fen = np.stack([_fen(day, loads, day.types[name], metres, seconds, held) for name in names])
    trucks = np.arange(len(groups))[2 * len(loads) :]
    seconds[trucks, trucks] = fen[:, trucks, trucks] = 0.0
    return _Legs(
        seconds,
        fen,
        np.array([names.index(vehicle.type) for vehicle in vehicles]),
        np.array([day.kind(vehicle).fixed_fen - ROUNDING_FEN for vehicle in vehicles]),
        np.array([max(1.0, float(v.shift.closes_s - v.shift.opens_s)) for v in vehicles]),
    )


def _soonest_s(duration_s: Ints, leave: Ints, arrive: Ints) -> Floats:
    """Driving between these rows of the matrix, over others of them where that is quicker."""
    known, at = np.unique(np.concatenate([leave, arrive]), return_inverse=True)
    over = duration_s[np.ix_(known, known)].astype(np.float64)
    for stop in range(len(known)):
        np.minimum(over, over[:, stop, None] + over[stop], out=over)
    return np.asarray(over[np.ix_(at[: len(leave)], at[len(leave) :])])


def _washing_s(day: Day, loads: Sequence[int]) -> Floats:
    """Time the cleaning between bringing one load and taking up another (rows, columns: loads)."""
    names = [day.loads[load].material for load in loads]
    return np.array([[day.cleaning_s.get((a, b), 0) for b in names] for a in names], dtype=float)


def _fen(
    day: Day, loads: Sequence[int], kind: VehicleType, metres: Floats, seconds: Floats, held: Flags
) -> Floats:
    """Cost of the legs for one type of truck, barred where it cannot drive them."""
    fen = metres * (kind.fen_per_km / 1000) + seconds * (kind.fen_per_h / 3600)
    return np.where(held & _drivable(day, loads, kind), fen, BARRED_FEN)


def _drivable(day: Day, loads: Sequence[int], kind: VehicleType) -> Flags:
    """Legs between loads that the type may carry, together where both are on board."""
    cargo, vehicles = [day.loads[load] for load in loads], day.problem.vehicles
    own = np.array([vehicle.type == kind.id for vehicle in vehicles])
    trucks = [vehicle for vehicle in vehicles if vehicle.type == kind.id]
    may = np.array([any(day.fits(vehicle, load) for vehicle in trucks) for load in loads])
    mass_kg, volume_l = np.array([x.mass_kg for x in cargo]), np.array([x.volume_l for x in cargo])
    names = [x.material for x in cargo]
    apart = np.array([[(a, b) in day.cleaning_s for b in names] for a in names])
    both = may[:, None] & may
    together = both & ~apart & (mass_kg[:, None] + mass_kg <= kind.capacity_kg)
    if kind.capacity_l is not None:
        together &= volume_l[:, None] + volume_l <= kind.capacity_l
    self = np.eye(len(loads), dtype=bool)
    none = np.zeros((len(loads), len(vehicles)), dtype=bool)
    with_truck = may[:, None] & own
    return np.block(
        [
            [together & ~self, (together & ~self) | (both & self), none],
            [both & ~self, together & ~self, with_truck],
            [with_truck.T, none.T, np.zeros((len(vehicles), len(vehicles)), dtype=bool)],
        ]
    )


def _in_time(
    day: Day, loads: Sequence[int], drive_s: Floats, soonest_s: Floats, work_s: Sequence[float]
) -> Flags:
    """Legs that reach the next gate before it shuts for good, at the earliest that is thinkable."""
    count, vehicles = len(loads), day.problem.vehicles
    opens_s, closes_s = np.zeros(len(work_s)), np.full(len(work_s), NEVER_S)
    ups = [day.collection(load).windows for load in loads]
    downs = [
        tuple(w for r in day.allowed[load] for w in day.put_windows(load, day.receiver(r)))
        for load in loads
    ]
    for task, windows in enumerate((*ups, *downs)):
        opens_s[task], closes_s[task] = _span(windows)
    leaving = np.array([float(vehicle.shift.opens_s) for vehicle in vehicles])
    opens_s[2 * count :] = leaving
    come = (leaving[:, None] + soonest_s[2 * count :, :count]).min(axis=0)
    opens_s[:count] = np.maximum(opens_s[:count], come)
    own = np.arange(count)
    brought = opens_s[:count] + np.array(work_s[:count]) + soonest_s[own, own + count]
    opens_s[count : 2 * count] = np.maximum(opens_s[count : 2 * count], brought)
    return np.asarray((opens_s + np.array(work_s))[:, None] + drive_s <= closes_s)


def _span(windows: Sequence[Window]) -> tuple[float, float]:
    if not windows:
        return 0.0, -1.0
    return float(min(row.opens_s for row in windows)), float(max(row.closes_s for row in windows))
