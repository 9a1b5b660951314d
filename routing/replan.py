"""Plan again what may still change: locks hold, what is done stays, and nothing gets worse."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from routing.assemble import Run, assembled
from routing.bound import bounded
from routing.day import Day
from routing.hand import Hand, taken_up
from routing.locks import BoundDay
from routing.operate import Situation
from routing.orders import Order
from routing.parameters import OnProgress, Parameters, Progress, ShouldStop
from routing.plan import Plan, Route
from routing.problem import DayProblem
from routing.refill import reasons, refilled
from routing.remainder import Remainder, remainder
from routing.schedule import Breach, timetable
from routing.steady import steady

Worth = tuple[int, int]
# What leaving out a load costs the search that must go but is on no truck yet: more than any day's
# driving, and a tenth of what a load costs that is on board or locked to its truck.
_FREE_FEN = 10**9


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
    # From nothing, the search's own first plan comes sooner than one put together load by load.
    kept = refilled(hand, hand.left_out) if situation.plan.routes else hand
    run = Run(limits.seed, 0, 0.0)
    rest = remainder(kept)
    if rest.number and rest.day.problem.vehicles:
        told = on_progress and _of_the_whole_day(kept, rest, on_progress)
        orders, run = improve(_urgent_first(rest), rest.orders, limits, told, should_stop)
        changed = _with_tasks(kept, rest, orders)
        if changed is not None and worth(changed) < worth(kept):
            kept = steady(hand, changed) if situation.plan.routes else changed
    closed = kept.closed(reasons(kept, kept.left_out), run)
    return replace(closed, plan=bounded(closed.problem, closed.plan))


def solve_from(
    problem: DayProblem,
    now_s: int,
    parameters: Parameters | None = None,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Plan:
    """Plan a day of which `now_s` seconds are over, as `routing.solve.solve` plans a whole one.

    No truck leaves and no load is taken up or put down before then.
    """
    nothing = assembled(Day.of(problem), (), (), Run(0, 0, 0.0))
    situation = Situation(problem, nothing, now_s=now_s)
    return replan(situation, parameters, on_progress, should_stop).plan


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


def _with_tasks(hand: Hand, rest: Remainder, orders: Iterable[Order]) -> Hand | None:
    """Give the open trucks the tasks that were found for them.

    None when a load on board, or locked to a truck, would be lost.
    """
    carried = {task.load for row in orders for task in row.tasks}
    fixed = {i for i in rest.day.bound if rest.day.loads[i].id in hand.carrier}
    if not carried >= rest.begun.done | fixed:
        return None
    tasks = rest.tasks(orders)
    for truck in hand.trucks:
        if not truck.held:
            own = tasks.get(truck.vehicle.id, ())
            route = hand.timed(truck, own)
            assert not isinstance(route, Breach), (truck.vehicle.id, own, route)
            hand = hand.given(truck, own, route)
    return hand


def _urgent_first(rest: Remainder) -> BoundDay:
    """Let the search rather leave out loads that must go than those that cannot be left."""
    problem, bound = rest.day.problem, rest.day.bound
    kept = {rest.day.loads[load].collection for load in bound}
    rows = tuple(
        replace(row, skip_fen=_FREE_FEN) if row.skip_fen is None and row.id not in kept else row
        for row in problem.collections
    )
    return rest.day.under(replace(problem, collections=rows))
