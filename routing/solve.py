"""Plan a day: split, first plan, improve, explain. The one entry point for callers."""

from __future__ import annotations

import time
from collections.abc import Sequence

from routing.day import Day
from routing.explain import explain
from routing.insertion import Order, best_insertion, placed
from routing.ortools_model import ReferenceModel
from routing.parameters import OnProgress, Parameters, Progress, ShouldStop, Stage
from routing.plan import Plan, PlanStatus, Route, StopKind
from routing.problem import DayProblem
from routing.schedule import timetable


def solve(
    problem: DayProblem,
    parameters: Parameters | None = None,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> Plan:
    """Return the best plan found within the time limit; what does not fit is listed with reasons.

    `on_progress` is called from this thread between pieces of work; `should_stop` is asked as often
    and ends the search with the best plan so far. Raises ProblemError for a problem that cannot be
    read as one day's work.
    """
    return _Run(problem, parameters or Parameters(), on_progress, should_stop).plan()


class _Run:
    def __init__(
        self,
        problem: DayProblem,
        parameters: Parameters,
        on_progress: OnProgress | None,
        should_stop: ShouldStop | None,
    ) -> None:
        self.parameters = parameters
        self.on_progress = on_progress or (lambda _: None)
        self.should_stop = should_stop or (lambda: False)
        self.started = time.perf_counter()
        self.tell(Stage.SPLIT, 0.0)
        self.day = Day.of(problem)
        self.iterations = 0

    def seconds(self) -> float:
        return time.perf_counter() - self.started

    def tell(self, stage: Stage, share: float, orders: Sequence[Order] | None = None) -> None:
        cost_fen = unserved = None
        if orders is not None:
            routes = [timetable(self.day, row.vehicle, row.tasks) for row in orders]
            cost_fen = sum(route.cost_fen for route in routes if isinstance(route, Route))
            unserved = len(self.day.loads) - sum(len(row.tasks) for row in orders) // 2
        self.on_progress(Progress(stage, share, self.seconds(), cost_fen, unserved))

    def plan(self) -> Plan:
        self.tell(Stage.FIRST_PLAN, 0.0)
        orders = self.first_orders()
        self.tell(Stage.CHECK, 1.0, orders)
        return self.finished(orders)

    def first_orders(self) -> list[Order]:
        """OR-Tools' plan, less the orders that rests break, with the leavings put in one by one."""
        if not self.day.loads or not self.day.problem.vehicles:
            return []
        model = ReferenceModel(self.day)
        found = model.solve(self.parameters.time_limit_s, self.should_stop) or []
        orders = [Order(vehicle, tasks) for vehicle, tasks in found]
        orders = [
            row for row in orders if isinstance(timetable(self.day, row.vehicle, row.tasks), Route)
        ]
        return self.filled(orders)

    def filled(self, orders: list[Order]) -> list[Order]:
        for load in self.left_out(orders):
            insertion = best_insertion(self.day, orders, load)
            skip_fen = self.day.collection(load).skip_fen
            if insertion and (skip_fen is None or insertion.extra_fen <= skip_fen):
                orders = placed(orders, insertion)
        return orders

    def left_out(self, orders: Sequence[Order]) -> list[int]:
        carried = {task.load for order in orders for task in order.tasks}
        return [load for load in range(len(self.day.loads)) if load not in carried]

    def finished(self, orders: Sequence[Order]) -> Plan:
        routes = []
        for order in orders:
            route = timetable(self.day, order.vehicle, order.tasks)
            assert isinstance(route, Route), (order, route)
            routes.append(route)
        left = self.left_out(orders)
        position = {row.id: i for i, row in enumerate(self.day.problem.vehicles)}
        shuttle_m, shuttle_empty_m = self.shuttle(routes)
        status = PlanStatus.PARTIAL if left and routes else PlanStatus.COMPLETE
        return Plan(
            PlanStatus.EMPTY if not routes else status,
            tuple(sorted(routes, key=lambda route: position[route.vehicle])),
            self.day.loads,
            explain(self.day, orders, left),
            shuttle_m,
            shuttle_empty_m,
            self.parameters.seed,
            self.iterations,
            self.seconds(),
        )

    def shuttle(self, routes: Sequence[Route]) -> tuple[int, int]:
        """Metres, and empty metres, if each load were brought alone and the truck sent back."""
        travel = self.day.problem.travel
        collections = {row.id: row.collection for row in self.day.loads}
        out_m = back_m = 0
        for route in routes:
            for stop in route.stops:
                if stop.kind is not StopKind.UNLOAD or stop.site is None:
                    continue
                for load in stop.loads:
                    site = self.day.collections[collections[load]].site
                    out_m += travel.metres(site, stop.site)
                    back_m += travel.metres(stop.site, site)
        return out_m + back_m, back_m
