"""Plan several days: assign loads to days, plan each day, move loads between days, explain."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from routing.assemble import Run
from routing.horizon import DayPlan, HorizonPlan, HorizonProblem, HorizonStatus
from routing.horizon_days import (
    PlannedDay,
    Sketch,
    arranged,
    day_of,
    duty_roster,
    is_cut_as_assigned,
    orders_of,
)
from routing.horizon_explain import explain
from routing.horizon_levels import Ledger
from routing.horizon_loads import Offers
from routing.horizon_master import Answer, Master
from routing.horizon_moves import Mover
from routing.parameters import OnProgress, Parameters, Progress, ShouldStop, Stage
from routing.solve import improve
from routing.warm import warm_hauls

# Shares of the time limit by which assigning, planning the days and moving loads are over.
ASSIGNED_SHARE = 0.3
ROUNDS_SHARE = 0.6
MOVED_SHARE = 0.8
# Explaining and proving the bound come after the limit, as in a day's plan, each with its share.
EXPLAIN_SHARE = 0.3
BOUND_SHARE = 0.2
# Assigning anew with what the days could not hold; more rounds hardly ever find more.
MOST_ROUNDS = 4
# Without a clock: nodes of the programme's search tree, and loads tried on other days.
NODES = 200
MOVE_TRIES = 200
# However short the time limit is, an assignment and a day's search get this much.
LEAST_ASSIGN_S = 0.5
LEAST_DAY_S = 0.02


def solve_horizon(
    problem: HorizonProblem,
    parameters: Parameters | None = None,
    on_progress: OnProgress | None = None,
    should_stop: ShouldStop | None = None,
) -> HorizonPlan:
    """Return the best plan of all days found within the time limit.

    What overflows, runs short or goes on no day is listed with what blocks it. With
    `max_iterations` set, each day's search makes as many iterations and the assignment stops by
    nodes, so that the plan does not hang on the clock. Raises ProblemError as `routing.solve` does.
    """
    return _Search(problem, parameters or Parameters(), on_progress, should_stop).plan()


@dataclass(frozen=True)
class Standing:
    """Loads by day, the trucks on duty and the days planned with them."""

    assigned: dict[tuple[int, int], int]
    on_duty: list[frozenset[str]]
    days: list[PlannedDay]
    must_kg: int
    priced_fen: int
    fen: int

    @property
    def worth(self) -> tuple[int, int]:
        return self.must_kg, self.fen


class _Search:
    def __init__(
        self,
        problem: HorizonProblem,
        parameters: Parameters,
        on_progress: OnProgress | None,
        should_stop: ShouldStop | None,
    ) -> None:
        warm_hauls()
        self.started = time.perf_counter()
        self.parameters = parameters
        self.on_progress = on_progress or (lambda _: None)
        self.asked_to_stop = should_stop or (lambda: False)
        self.tell(Stage.SPLIT, 0.0)
        self.problem = problem
        self.offers = Offers.of(problem)
        self.ledger = Ledger(self.offers)
        self.rounds = 0
        self.iterations: Counter[int] = Counter()

    # -- the clock --------------------------------------------------------------------------------

    def seconds(self) -> float:
        return time.perf_counter() - self.started

    def tell(self, stage: Stage, share: float, standing: Standing | None = None) -> None:
        cost_fen = None if standing is None else standing.fen
        self.on_progress(Progress(stage, min(share, 1.0), self.seconds(), cost_fen))

    def left_s(self, share: float) -> float:
        return share * self.parameters.time_limit_s - self.seconds()

    def until(self, share: float) -> Callable[[], bool]:
        return lambda: self.asked_to_stop() or self.left_s(share) <= 0

    @property
    def nodes(self) -> int | None:
        return None if self.parameters.max_iterations is None else NODES

    # -- the search -------------------------------------------------------------------------------

    def plan(self) -> HorizonPlan:
        self.tell(Stage.FIRST_PLAN, 0.0)
        first = self.assign({}, self.left_s(ASSIGNED_SHARE))
        best = self.in_rounds(first)
        self.tell(Stage.IMPROVE, ROUNDS_SHARE, best)
        tries = None if self.parameters.max_iterations is None else MOVE_TRIES
        mover = Mover(self.offers, self.ledger, best.on_duty, self.until(MOVED_SHARE), tries)
        mover.start(best.assigned, best.days)
        mover.run()
        days = self.polished(mover.assigned, mover.days)
        best = self.standing(mover.assigned, best.on_duty, days)
        return self.finished(best)

    def assign(self, most: dict[tuple[int, int], int], limit_s: float) -> Answer | None:
        """Return the assignment that misses least, then costs least; None if there is none."""
        limit_s = max(limit_s, LEAST_ASSIGN_S)
        answers = Master(self.offers, most=most).solve(limit_s, self.nodes, self.asked_to_stop)
        kept = [replace(row, loads=self.ledger.within(row.loads)) for row in answers]
        return min(kept, key=self.reckoned, default=None)

    def reckoned(self, answer: Answer) -> tuple[int, float]:
        price = self.ledger.price(answer.loads)
        assert price is not None, "the assignment breaks a level"
        return price[0], price[1] / 100 + answer.ways_yuan

    def in_rounds(self, answer: Answer | None) -> Standing:
        """Plan the days; what they cannot hold is assigned anew, and not asked of them again."""
        best, most = self.idle(), dict[tuple[int, int], int]()
        while answer is not None:
            standing, refused = self.planned(answer)
            if standing.worth < best.worth:
                best = standing
            self.rounds += 1
            self.tell(Stage.FIRST_PLAN, self.rounds / (MOST_ROUNDS + 1) * ROUNDS_SHARE, best)
            if not refused or self.rounds == MOST_ROUNDS or self.until(ROUNDS_SHARE)():
                break
            most |= refused
            answer = self.assign(most, self.left_s(ROUNDS_SHARE) / 3)
        return best

    def idle(self) -> Standing:
        """Return the horizon on which no truck moves."""
        on_duty = duty_roster(self.problem, {})
        days = [
            PlannedDay(day_of(self.offers, {}, number, duty), (), ())
            for number, duty in enumerate(on_duty)
        ]
        return self.standing({}, on_duty, days)

    def standing(
        self,
        assigned: dict[tuple[int, int], int],
        on_duty: list[frozenset[str]],
        days: list[PlannedDay],
    ) -> Standing:
        price = self.ledger.price(assigned)
        assert price is not None, "the assignment breaks a level"
        must_kg, fen = price
        return Standing(
            assigned, on_duty, days, must_kg, fen, fen + sum(day.cost_fen for day in days)
        )

    def planned(self, answer: Answer) -> tuple[Standing, dict[tuple[int, int], int]]:
        """Plan each day for itself; also say the most they held of what they were too full for."""
        needed: Counter[tuple[str, int]] = Counter()
        for (_, depot, number), count in answer.trucks.items():
            needed[depot, number] += count
        on_duty = duty_roster(self.problem, needed)
        assigned, held = dict(answer.loads), dict[tuple[int, int], int]()
        total = sum(assigned.values()) or 1
        days = []
        for number, duty in enumerate(on_duty):
            here = sum(count for (_, day), count in assigned.items() if day == number)
            share = (ROUNDS_SHARE - ASSIGNED_SHARE) / 2 * here / total
            limit_s = max(LEAST_DAY_S, share * self.parameters.time_limit_s)
            day, refused = self.one_day(assigned, number, duty, limit_s)
            for position, count in refused.items():
                assigned[position, number] -= count
                held[position, number] = assigned[position, number]
            days.append(day)
        kept = {key: count for key, count in assigned.items() if count}
        return self.standing(kept, on_duty, days), held

    def one_day(
        self,
        assigned: dict[tuple[int, int], int],
        number: int,
        duty: frozenset[str],
        limit_s: float,
    ) -> tuple[PlannedDay, Counter[int]]:
        """Plan a day; count by option the loads that it cannot hold."""
        wanted = {key: count for key, count in assigned.items() if key[1] == number}
        refused = Counter(self.cut_otherwise(wanted, number, duty))
        kept = {key: count - refused[key[0]] for key, count in wanted.items()}
        day = day_of(self.offers, kept, number, duty)
        plan = improve(day, (), self.limits(limit_s), None, self.asked_to_stop)
        self.iterations[number] += plan.iterations
        option_of = self.options_by_name(number, kept)
        left = Counter(option_of[row.collection, row.mass_kg] for row in plan.unserved)
        kept = {key: count - left[key[0]] for key, count in kept.items()}
        sketches = PlannedDay(day, tuple(orders_of(day, plan)), plan.routes).sketches()
        state = arranged(day_of(self.offers, kept, number, duty), renumbered(sketches))
        if state is None:
            # The loads that are left would be cut otherwise: none of this day's plan can be kept.
            state = PlannedDay(day_of(self.offers, {}, number, duty), (), ())
            return state, Counter({key[0]: count for key, count in wanted.items()})
        return state, refused + left

    def cut_otherwise(
        self, wanted: dict[tuple[int, int], int], number: int, duty: frozenset[str]
    ) -> dict[int, int]:
        """Return the loads of collections that the day's own trucks would cut in other sizes."""
        found: dict[int, int] = {}
        for key, count in wanted.items():
            alone = {key: count}
            if not is_cut_as_assigned(
                self.offers, alone, number, day_of(self.offers, alone, number, duty)
            ):
                found[key[0]] = count
        return found

    def options_by_name(
        self, number: int, assigned: dict[tuple[int, int], int]
    ) -> dict[tuple[str, int], int]:
        options, parcels = self.offers.options, self.offers.parcels
        return {
            (self.offers.collection_id(options[at]), parcels[options[at].parcel].mass_kg): at
            for at, day in assigned
            if day == number
        }

    def limits(self, limit_s: float) -> Parameters:
        most = self.parameters.max_iterations
        if most is not None:
            limit_s = self.parameters.time_limit_s
        return Parameters(limit_s, self.parameters.seed, most)

    def polished(
        self, assigned: dict[tuple[int, int], int], days: list[PlannedDay]
    ) -> list[PlannedDay]:
        """Search on in every day, each for its share of the time that is left."""
        total = sum(assigned.values()) or 1
        left_s = self.left_s(1.0)
        better = []
        for number, state in enumerate(days):
            limit_s = max(LEAST_DAY_S, left_s * len(state.day.loads) / total)
            better.append(self.searched(number, state, limit_s))
            share = MOVED_SHARE + (1 - MOVED_SHARE) * (number + 1) / len(days)
            self.tell(Stage.IMPROVE, share)
        return better

    def searched(self, number: int, state: PlannedDay, limit_s: float) -> PlannedDay:
        """Return the day after more search, or as it was when that found nothing better."""
        if not state.orders:
            return state
        plan = improve(state.day, state.orders, self.limits(limit_s), None, self.asked_to_stop)
        self.iterations[number] += plan.iterations
        if plan.unserved or plan.cost_fen >= state.cost_fen:
            return state
        return PlannedDay(state.day, tuple(orders_of(state.day, plan)), plan.routes)

    # -- the answer -------------------------------------------------------------------------------

    def finished(self, best: Standing) -> HorizonPlan:
        self.tell(Stage.CHECK, 1.0, best)
        levels = self.ledger.levels(best.assigned)
        assert levels is not None, "the assignment breaks a level"
        tanks, yards = levels
        late = self.until(1.0 + EXPLAIN_SHARE)
        stop = self.asked_to_stop if self.nodes else late
        unmet = explain(self.offers, self.ledger, best.assigned, best.days, self.nodes, stop)
        runs = [
            Run(self.parameters.seed, self.iterations[number], self.seconds())
            for number in range(len(best.days))
        ]
        return HorizonPlan(
            HorizonStatus.PARTIAL if unmet else HorizonStatus.COMPLETE,
            tuple(
                DayPlan(row.day.problem, row.plan(run))
                for row, run in zip(best.days, runs, strict=True)
            ),
            tuple(tanks),
            tuple(yards),
            unmet,
            best.priced_fen,
            self.bound_fen(best),
            self.parameters.seed,
            self.rounds,
            self.seconds(),
        )

    def bound_fen(self, best: Standing) -> int:
        """Bound the cost of all plans that miss no more than the best one does."""
        limit_s = max(LEAST_ASSIGN_S, BOUND_SHARE * self.parameters.time_limit_s)
        must_t = best.must_kg / 1000
        yuan = Master(self.offers).bound_yuan(must_t, limit_s, self.nodes, self.asked_to_stop)
        # Routes are paid in whole fen: each may come out half a fen, and half again, below.
        rounding = len(self.problem.day.vehicles) * self.problem.days
        return max(0, int(100 * yuan) - rounding)


def renumbered(sketches: list[Sketch]) -> list[Sketch]:
    """Count the loads that are left of each kind from nought, in the order of their numbers."""
    places: dict[tuple[str, int], list[int]] = {}
    for sketch in sketches:
        for name, mass_kg, place, down in sketch.steps:
            if not down:
                places.setdefault((name, mass_kg), []).append(place)
    new = {
        (*kind, old): place for kind, row in places.items() for place, old in enumerate(sorted(row))
    }
    return [
        Sketch(
            row.vehicle,
            tuple((name, kg, new[name, kg, place], down) for name, kg, place, down in row.steps),
        )
        for row in sketches
    ]
