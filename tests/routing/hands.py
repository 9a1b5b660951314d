"""Plans written down by hand: who takes what, in which order."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import permutations

from routing.assemble import Run, assembled
from routing.check import check
from routing.day import Day
from routing.explain import explain
from routing.operate import Refusal, Situation
from routing.orders import Order
from routing.plan import Plan, Route
from routing.problem import DayProblem
from routing.schedule import Task, timetable


def written(problem: DayProblem, work: Mapping[str, Sequence[str]]) -> Situation:
    """`work` lists each truck's tasks: a load id to take up, "load>receiver" to put down."""
    day = Day.of(problem)
    trucks = {row.id: row for row in problem.vehicles}
    orders = [
        Order(trucks[name], tuple(_task(day, text) for text in texts))
        for name, texts in work.items()
        if texts
    ]
    routes = []
    for order in orders:
        route = timetable(day, order.vehicle, order.tasks)
        assert isinstance(route, Route), route
        routes.append(route)
    carried = {task.load for order in orders for task in order.tasks}
    left = [i for i in range(len(day.loads)) if i not in carried]
    plan = assembled(day, routes, explain(day, orders, left), Run(1, 0, 0.0))
    assert check(problem, plan) == ()
    return Situation(problem, plan)


def _task(day: Day, text: str) -> Task:
    load, _, receiver = text.partition(">")
    return Task(day.load_index[load], day.receiver_index[receiver] if receiver else None)


def granted(answer: Situation | Refusal) -> Situation:
    """The answer must be a plan, and the plan must hold."""
    assert isinstance(answer, Situation), answer
    assert check(answer.problem, answer.plan) == ()
    return answer


def refused(answer: Situation | Refusal) -> Refusal:
    assert isinstance(answer, Refusal)
    return answer


def route_of(plan: Plan, vehicle: str) -> Route:
    (route,) = [row for row in plan.routes if row.vehicle == vehicle]
    return route


def visits(plan: Plan, vehicle: str) -> list[tuple[str, str | None]]:
    return [(stop.kind.value, stop.site) for stop in route_of(plan, vehicle).stops]


def every_order(tasks: Sequence[Task]) -> list[tuple[Task, ...]]:
    """All orders in which each load is taken up before it is put down."""
    good = []
    for order in permutations(tasks):
        at = {(task.load, task.receiver is None): i for i, task in enumerate(order)}
        if all(at[load, True] < at[load, False] for load, picks in at if picks):
            good.append(order)
    return good


def same_work(one: Plan, other: Plan) -> bool:
    return replace(one, seconds=0.0, iterations=0) == replace(other, seconds=0.0, iterations=0)
