"""Plan again what may still change: locks hold, what is done stays, and nothing gets worse."""

from __future__ import annotations

from dataclasses import replace

from routing.assemble import Run
from routing.bound import bounded
from routing.hand import Hand, Truck, taken_up
from routing.operate import Situation
from routing.parameters import OnProgress, Parameters, Progress, ShouldStop
from routing.plan import Route
from routing.refill import reasons, refilled
from routing.remainder import Remainder, remainder
from routing.schedule import Breach, Task, timetable

Worth = tuple[int, int]


def replan(
    situation: Situation,
    parameters: Parameters | None = None,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Situation:
    """Search for a better plan within the locks and from now on; never return a worse one.

    A plan is better when fewer loads that must go are left out, then when cost and what is
    forgone for optional loads sum to less. The same parameters give the same plan as in
    `routing.solve`.
    """
    from routing.solve import improve

    limits = parameters or Parameters()
    hand = taken_up(situation)
    kept = refilled(hand, hand.left_out)
    run = Run(limits.seed, 0, 0.0)
    rest = remainder(kept)
    if rest.number and rest.day.problem.vehicles:
        told = on_progress and _of_the_whole_day(kept, rest, on_progress)
        found = improve(rest.day, rest.orders, limits, told, should_stop)
        run = Run(limits.seed, found.iterations, found.seconds)
        changed = _with_tasks(kept, rest.tasks(kept, found))
        if changed is not None and worth(changed) < worth(kept):
            kept = changed
    closed = kept.closed(reasons(kept, kept.left_out), run)
    return replace(closed, plan=bounded(closed.problem, closed.plan))


def _of_the_whole_day(kept: Hand, rest: Remainder, on_progress: OnProgress) -> OnProgress:
    """Tell what the whole day costs; the search itself knows only what is still open."""
    now_fen = sum(row.route.cost_fen for row in kept.trucks if row.route is not None)
    orders = (timetable(rest.day, row.vehicle, row.tasks) for row in rest.orders)
    closed_fen = now_fen - sum(row.cost_fen for row in orders if isinstance(row, Route))

    def tell(now: Progress) -> None:
        cost_fen = None if now.cost_fen is None else now.cost_fen + closed_fen
        on_progress(replace(now, cost_fen=cost_fen))

    return tell


def worth(hand: Hand) -> Worth:
    """Measure a hand, less is better: must-go loads left out, then fen spent and forgone."""
    skips = [hand.day.collection(load).skip_fen for load in hand.left_out]
    cost_fen = sum(row.route.cost_fen for row in hand.trucks if row.route is not None)
    forgone_fen = sum(row for row in skips if row is not None)
    return sum(row is None for row in skips), cost_fen + forgone_fen


def _with_tasks(hand: Hand, tasks: dict[str, tuple[Task, ...]]) -> Hand | None:
    """Give the open trucks these tasks, timed with their hours so far.

    The search knows no washing after what was carried before now, and counts rests on the road
    roughly; where that breaks a truck's day, loads are taken off it and put in where they fit.
    None when a load on board, or locked to a truck, would be lost.
    """
    rows = [
        row if row.held else _timed(hand, row, tasks.get(row.vehicle.id, ())) for row in hand.trucks
    ]
    if any(row is None for row in rows):
        return None
    changed = Hand(hand.situation, hand.day, tuple(row for row in rows if row is not None))
    changed = refilled(changed, changed.left_out)
    lost = set(changed.left_out)
    if any(load in lost and hand.day.loads[load].id in hand.carrier for load in hand.day.bound):
        return None
    return changed


def _timed(hand: Hand, truck: Truck, tasks: tuple[Task, ...]) -> Truck | None:
    aboard = tuple(task for task in truck.tasks if Task(task.load) not in truck.tasks)
    if not set(aboard) <= set(tasks):
        return None
    route = hand.timed(truck, tasks)
    if route is None or isinstance(route, Route):
        return replace(truck, tasks=tasks, route=route)
    while len(tasks) > len(aboard):
        tasks, shorter = _shortened(hand, truck, tasks, aboard)
        if shorter is None or isinstance(shorter, Route):
            return replace(truck, tasks=tasks, route=shorter)
    return None


def _shortened(
    hand: Hand, truck: Truck, tasks: tuple[Task, ...], aboard: tuple[Task, ...]
) -> tuple[tuple[Task, ...], Route | Breach | None]:
    """Take off the lightest load without which the day holds, or, where none is, the last one."""
    fixed = {task.load for task in aboard}
    free = [task.load for task in tasks if task.receiver is None and task.load not in fixed]
    rows = []
    for load in sorted(free, key=lambda row: (row in hand.day.bound, hand.mass_kg(row))):
        rest = tuple(task for task in tasks if task.load != load)
        rows.append((rest, hand.timed(truck, rest)))
        if not isinstance(rows[-1][1], Breach):
            return rows[-1]
    last = tuple(task for task in tasks if task.load != free[-1])
    return last, hand.timed(truck, last)
