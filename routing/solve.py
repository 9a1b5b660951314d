"""Plan a day: split, first plan, improve, explain. The one entry point for callers."""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from routing.annealing import Cooling, anneal, anneal_in_rounds
from routing.assemble import Run, assembled
from routing.bound import lower_bound_fen
from routing.day import Day
from routing.explain import explain
from routing.haul import ABSENT, BEST, COST, MOST_SMALL_LOADS
from routing.haul import Plan as HaulPlan
from routing.haul_columns import full_truck_orders
from routing.haul_day import MOST_MATERIALS, Layout, layout
from routing.haul_moves import restore
from routing.haul_search import search
from routing.orders import Order, by_name, carried_over
from routing.ortools_model import ReferenceModel
from routing.parameters import OnProgress, Parameters, Progress, ShouldStop, Stage
from routing.plan import Plan, Route
from routing.problem import DayProblem, ProblemError
from routing.rivals import SEED_STEP, Rivals
from routing.schedule import timetable
from routing.warm import warm_hauls

# The reference model gives the first plan of small days; for larger ones its matrices take
# longer than the compiled search needs for a better plan. Small days are searched in rounds, larger
# ones once for as long as there is time.
REFERENCE_SHARE = 0.15
MOST_REFERENCE_S = 3.0
# Time for a first plan of the full loads on larger days.
COLUMNS_SHARE = 0.4
LEAST_COLUMNS_S = 4.0
MOST_COLUMNS_S = 15.0
# Time kept for the bound and for saying why loads are left out: some, and more for each kind of
# load that the first plan leaves out, each up to a share of the run.
CLOSING_SHARE = 0.25
CLOSING_S = 1.5
REASONS_SHARE = 0.05
REASON_S = 0.02
# So long it may take at any rate: a load left out without its reason helps nobody.
LEAST_CLOSING_S = 0.2
# Temperatures as shares of the mean cost of a task in the first plan; found by trying. On small
# days each round starts hot enough to leave the plan it comes from; from whole shifts of full
# loads the search starts cooler, so as not to undo them.
SMALL_HOT_SHARE = 2.0
HOT_SHARE = 0.5
WARM_SHARE = 0.1
COLD_SHARE = 0.005


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
    run = _Run(problem, parameters or Parameters(), on_progress, should_stop)
    return run.plan()


def improve(
    day: Day,
    orders: Sequence[Order],
    parameters: Parameters,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> tuple[list[Order], Run]:
    """Search on from orders that are given, with the loads cut as the day has them.

    The day has loads and trucks. What stays left out is for the caller to explain.
    """
    run = _Run(day.problem, parameters, on_progress, should_stop, day)
    run.known = carried_over(orders, day, run.searched_day)
    return run.searched(), Run(parameters.seed, run.iterations, run.seconds())


class _Run:
    def __init__(
        self,
        problem: DayProblem,
        parameters: Parameters,
        on_progress: OnProgress | None,
        should_stop: ShouldStop | None,
        day: Day | None = None,
    ) -> None:
        if len(problem.materials) > MOST_MATERIALS:
            raise ProblemError("materials", f"more than {MOST_MATERIALS} in one day")
        self.parameters = parameters
        self.on_progress = on_progress or (lambda _: None)
        self.should_stop = should_stop or (lambda: False)
        warm_hauls()
        self.started = time.perf_counter()
        self.tell(Stage.SPLIT, 0.0)
        self.day = day or Day.of(problem)
        self.searched_day = by_name(self.day)
        self.known: list[Order] = []
        self.iterations = 0

    def seconds(self) -> float:
        return time.perf_counter() - self.started

    def tell(
        self,
        stage: Stage,
        share: float,
        cost_fen: int | None = None,
        unserved: int | None = None,
    ) -> None:
        self.on_progress(Progress(stage, share, self.seconds(), cost_fen, unserved))

    def plan(self) -> Plan:
        orders: list[Order] = []
        if self.day.loads and self.day.problem.vehicles:
            orders = self.searched()
        left_out = self.left_out(orders)
        until = self.until(self.closing_s(self.day, left_out))
        unserved = explain(self.day, orders, left_out, until)
        bound_fen = self.bound_fen(left_out, until)
        run = Run(self.parameters.seed, self.iterations, self.seconds(), bound_fen)
        plan = assembled(self.day, _routes(self.day, orders), unserved, run)
        self.tell(Stage.CHECK, 1.0, plan.cost_fen, len(plan.unserved))
        return plan

    def closing_s(self, day: Day, left_out: Iterable[int]) -> float:
        """Say how long the end of the run takes; loads alike are left out for one reason."""
        kinds = {(day.loads[i].collection, day.loads[i].mass_kg) for i in left_out}
        limit_s = self.parameters.time_limit_s
        reasons_s = min(REASON_S * len(kinds), REASONS_SHARE * limit_s)
        return min(CLOSING_S + reasons_s, CLOSING_SHARE * limit_s)

    def until(self, closing_s: float) -> float:
        """Say when the run must end: a stop from outside leaves the time kept for closing."""
        limit_s = self.parameters.time_limit_s
        if self.parameters.max_iterations is None:
            limit_s = min(limit_s, self.seconds() + closing_s)
        return max(self.started + limit_s, time.perf_counter() + LEAST_CLOSING_S)

    def bound_fen(self, left_out: Sequence[int], until: float) -> int | None:
        """Bound the cost of what is served."""
        served = sorted(set(range(len(self.day.loads))) - set(left_out))
        return lower_bound_fen(self.day, served, until)

    def searched(self) -> list[Order]:
        """Take the better of two first plans and improve it until time is up."""
        self.tell(Stage.FIRST_PLAN, 0.0)
        dense = layout(self.searched_day)
        seeds = [self.parameters.seed + SEED_STEP * i for i in range(self.parameters.workers)]
        plans = [dense.empty(seed) for seed in seeds]
        plan = plans[0]
        search(dense.jobs, dense.trucks, dense.rules, plan, 1, 1.0, 1.0)
        self.tell_best(dense, plan, Stage.FIRST_PLAN, 0.0)
        taken = self.offer(dense, plan, self.sound(self.known) or self.other_orders(dense))
        small = len(self.day.loads) <= MOST_SMALL_LOADS
        hot_share = SMALL_HOT_SHARE if small else WARM_SHARE if taken else HOT_SHARE
        worth = dense.jobs.penalty[plan.absent[: plan.num[ABSENT]]].sum()
        tasks = 2 * (len(self.day.loads) - int(plan.num[ABSENT])) + 1
        mean = max(1.0, float(plan.value[COST] - worth) / tasks)
        closing_s = self.closing_s(self.searched_day, plan.absent[: plan.num[ABSENT]])
        left_s = max(1e-3, self.parameters.time_limit_s - closing_s - self.seconds())

        arrays = (dense.jobs, dense.trucks, dense.rules)
        own = frozenset({"random"})
        team = Rivals(plans, lambda own_plan, *given: search(*arrays, own_plan, *given), own)
        limits = replace(self.parameters, time_limit_s=left_s)
        cooling = Cooling(hot_share * mean, COLD_SHARE * mean)

        def tell(share: float, _: float) -> None:
            self.tell_best(dense, plan, Stage.IMPROVE, share)

        def begin(number: int) -> None:
            """Start each round but the first from nothing or from the best plan, in turn."""
            for own_plan in plans:
                known = own_plan.value[BEST], own_plan.best_size.copy()
                if number % 2:
                    own_plan.value[BEST], own_plan.best_size[:] = dense.jobs.penalty.sum(), 0
                restore(*arrays, own_plan)
                own_plan.value[BEST], own_plan.best_size[:] = known

        if small:
            self.iterations = anneal_in_rounds(
                limits, cooling, begin, team.run, tell, self.should_stop
            )
        else:
            self.iterations = anneal(limits, cooling, team.run, tell, self.should_stop)
        return carried_over(dense.orders(plan), self.searched_day, self.day)

    def tell_best(self, dense: Layout, plan: HaulPlan, stage: Stage, share: float) -> None:
        """Tell of the plan that a stop would keep, not of the one the search is trying."""
        absent = dense.left_out(plan)
        cost_fen = round(float(plan.value[BEST] - dense.jobs.penalty[absent].sum()))
        self.tell(stage, share, cost_fen, len(absent))

    def offer(self, dense: Layout, plan: HaulPlan, orders: Sequence[Order]) -> bool:
        """Start the search from the orders if they cost less than its own first plan."""
        if not orders:
            return False
        known = plan.value[BEST], plan.best_tour.copy(), plan.best_size.copy()
        dense.start_from(plan, orders)
        arrays = (dense.jobs, dense.trucks, dense.rules, plan)
        restore(*arrays)
        cost = float(plan.truck[0, np.flatnonzero(plan.size)].sum())
        cost += float(dense.jobs.penalty[plan.absent[: plan.num[ABSENT]]].sum())
        if cost < known[0]:
            plan.value[BEST] = plan.value[COST] = cost
            return True
        plan.value[BEST], plan.best_tour[:], plan.best_size[:] = known
        restore(*arrays)
        return False

    def other_orders(self, dense: Layout) -> list[Order]:
        """Find another first plan: by the reference model on small days, else by columns.

        Columns take the time they are given, which a run that ends by count has no say in.
        """
        if len(self.day.loads) <= MOST_SMALL_LOADS:
            return self.reference_orders()
        if self.parameters.max_iterations is not None:
            return []
        seconds = min(MOST_COLUMNS_S, COLUMNS_SHARE * self.parameters.time_limit_s)
        if seconds < LEAST_COLUMNS_S:
            return []
        until = time.perf_counter() + seconds
        return self.sound(full_truck_orders(dense, until, self.should_stop))

    def reference_orders(self) -> list[Order]:
        """Ask OR-Tools on small days; orders that rests would break are left out.

        A run that ends by count gives it time to end by itself, so that the clock decides nothing.
        """
        if self.parameters.max_iterations == 0:
            return []
        by_count = self.parameters.max_iterations is not None
        share_s = REFERENCE_SHARE * self.parameters.time_limit_s
        limit_s = share_s if by_count else min(MOST_REFERENCE_S, share_s)
        model = ReferenceModel(self.searched_day)
        found = model.solve(limit_s, self.should_stop) or []
        return self.sound([Order(vehicle, tasks) for vehicle, tasks in found])

    def sound(self, orders: Sequence[Order]) -> list[Order]:
        day = self.searched_day
        return [row for row in orders if isinstance(timetable(day, row.vehicle, row.tasks), Route)]

    def left_out(self, orders: Sequence[Order]) -> list[int]:
        carried = {task.load for order in orders for task in order.tasks}
        return [load for load in range(len(self.day.loads)) if load not in carried]


def _routes(day: Day, orders: Sequence[Order]) -> list[Route]:
    routes = []
    for order in orders:
        route = timetable(day, order.vehicle, order.tasks)
        assert isinstance(route, Route), (order, route)
        routes.append(route)
    return routes
