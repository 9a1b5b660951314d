"""Ruin and recreate over all days at once, with drivers that may not work every day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from routing.annealing import Cooling, anneal_in_rounds
from routing.haul import ABSENT, BEST, CLASS, COST, FULL, TOUR_COST
from routing.haul_day import layout
from routing.haul_moves import restore
from routing.haul_search import search
from routing.horizon_week import Week
from routing.orders import Order
from routing.parameters import Parameters, ShouldStop

# Temperatures as shares of the mean cost of a task, as in a day's search.
HOT_SHARE = 0.5
COLD_SHARE = 0.005


class WeekSearch:
    """The compiled search of a day (doi 10.1287/trsc.2019.0914) on a week.

    Loads move between days as they do between trucks. A driver of limited days rests on days that
    are drawn anew in each round.
    """

    def __init__(self, week: Week, seed: int) -> None:
        self.week, self.dense = week, layout(week.day)
        self.plan = self.dense.empty(seed)
        # Weeks have few loads a truck: places are ranked by all that they add to the cost.
        self.plan.value[FULL] = 1.0
        self.arrays = (self.dense.jobs, self.dense.trucks, self.dense.rules, self.plan)
        self.draw = np.random.default_rng(seed)
        self.trucks_of: dict[str, list[int]] = defaultdict(list)
        goes = np.array([[day in turn.days for day in week.numbers] for turn in week.turns])
        for truck, vehicle in enumerate(self.dense.vehicles):
            number, name = week.truck[vehicle.id]
            self.trucks_of[name].append(truck)
            self.dense.jobs.may[:, self.dense.trucks.whole[truck, CLASS]] &= goes[:, number]

    def run(
        self, orders: Sequence[Order], limits: Parameters, should_stop: ShouldStop
    ) -> tuple[list[Order], int]:
        """Search on from the orders; return the best ones and the number of iterations."""
        plan, penalty = self.plan, self.dense.jobs.penalty
        self.dense.start_from(plan, orders)
        restore(*self.arrays)
        self.rest(plan.size)
        routes = float(plan.truck[TOUR_COST, np.flatnonzero(plan.size)].sum())
        absent = plan.absent[: plan.num[ABSENT]]
        plan.value[BEST] = plan.value[COST] = routes + float(penalty[absent].sum())
        # All that is absent goes where it fits before the first round begins.
        search(*self.arrays, 1, 1.0, 1.0)
        tasks = 2 * (len(penalty) - int(plan.num[ABSENT])) + 1
        left_out = penalty[plan.absent[: plan.num[ABSENT]]].sum()
        mean = max(1.0, float(plan.value[COST] - left_out) / tasks)

        def stretch(iterations: int, hot: float, cold: float) -> None:
            search(*self.arrays, iterations, hot, cold)

        cooling = Cooling(HOT_SHARE * mean, COLD_SHARE * mean)
        done = anneal_in_rounds(limits, cooling, self.begin, stretch, lambda *_: None, should_stop)
        return self.dense.orders(plan), done

    def begin(self, number: int) -> None:
        """Start each round from the best plan or, every other time, from nothing."""
        plan = self.plan
        known = plan.value[BEST], plan.best_size.copy()
        if number % 2:
            plan.value[BEST], plan.best_size[:] = self.dense.jobs.penalty.sum(), 0
        restore(*self.arrays)
        self.rest(plan.size)
        plan.value[BEST], plan.best_size[:] = known

    def rest(self, worked: NDArray[np.int64]) -> None:
        """Draw the days on which drivers of limited days stay in, of those not worked yet."""
        for row in self.week.offers.problem.rosters:
            trucks = self.trucks_of[row.vehicle]
            if row.most_days is None or row.most_days >= len(trucks):
                continue
            idle = [truck for truck in trucks if not worked[truck]]
            self.draw.shuffle(idle)
            self.plan.closed[trucks] = 0
            self.plan.closed[idle[max(0, row.most_days - len(trucks) + len(idle)) :]] = 1
