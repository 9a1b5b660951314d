"""Plan several days: assign loads to days, try small days out, search full weeks, explain."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from routing.assemble import Run
from routing.haul_day import MOST_MATERIALS
from routing.horizon import DayPlan, HorizonPlan, HorizonProblem, HorizonStatus
from routing.horizon_book import DayBook, Held
from routing.horizon_days import PlannedDay, cut_otherwise
from routing.horizon_explain import explain
from routing.horizon_lessons import Lesson
from routing.horizon_levels import Ledger
from routing.horizon_loads import Assignment, Offers
from routing.horizon_master import Answer, Master
from routing.horizon_search import WeekSearch
from routing.horizon_turns import Key, relieved, turns
from routing.horizon_week import Week
from routing.parameters import OnProgress, Parameters, Progress, ShouldStop, Stage
from routing.problem import ProblemError
from routing.warm import warm_hauls

# Shares of the time limit by which assigning, trying small days out, searching all days together,
# explaining and proving the bound are over.
ASSIGNED_SHARE = 0.3
TRIED_SHARE = 0.8
SEARCHED_SHARE = 0.95
EXPLAINED_SHARE = 1.1
PROVEN_SHARE = 1.15
# Of what is told as done by then.
ROUNDS_SHARE = 0.6
# Assigning anew with what small days have taught.
MOST_ROUNDS = 100
# Searches of all days together, each with the spans that the best plan so far gives.
SESSIONS = 4
# Rosters that are tried for one assignment.
MOST_RESTS = 100
# Without a clock: nodes of the programme's search tree.
NODES = 200
# However short the time limit is, an assignment and a search get this much.
LEAST_ASSIGN_S = 0.25
LEAST_SEARCH_S = 0.02


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
        if len(problem.day.materials) > MOST_MATERIALS:
            raise ProblemError("materials", f"more than {MOST_MATERIALS} in one day")
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
        self.book = DayBook(self.offers)
        self.iterations = 0
        self.lessons: list[Lesson] = []
        self.proven_yuan, self.tonne_yuan = 0.0, 1.0
        self.is_settled = False
        rosters = {row.vehicle: row for row in problem.rosters}
        self.most_days = {name: row.most_days for name, row in rosters.items()}
        self.free = [
            frozenset(
                row.id
                for row in problem.day.vehicles
                if row.id not in rosters or number not in rosters[row.id].off_days
            )
            for number in range(problem.days)
        ]
        self.barred = cut_otherwise(self.offers, self.free)

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
        first = self.assign(max(LEAST_ASSIGN_S, self.left_s(ASSIGNED_SHARE)))
        best = self.in_rounds(first)
        self.tell(Stage.IMPROVE, ROUNDS_SHARE, best)
        if not self.is_settled:
            best = self.between_days(best, {} if first is None else first.loads)
        return self.finished(best)

    def between_days(self, best: Standing, aim: Assignment) -> Standing:
        """Search all days as one, again and again.

        Spans of days come from the programme's assignment and, in turn, from the best plan so far
        with what would lower what it misses.
        """
        for session in range(SESSIONS):
            given = self.covering(aim, best.assigned)
            if session % 2 or not aim:
                over = self.until(TRIED_SHARE)
                given = relieved(self.offers, self.ledger, best.assigned, over)
            best = min(best, self.searched(given, best, session), key=lambda row: row.worth)
            share = ROUNDS_SHARE + (1 - ROUNDS_SHARE) * (session + 1) / SESSIONS
            self.tell(Stage.IMPROVE, share, best)
            if self.until(SEARCHED_SHARE)():
                break
        return best

    def searched(self, given: Assignment, best: Standing, session: int) -> Standing:
        """Search on from the best plan; return it when a day would cut loads otherwise."""
        asked = turns(self.offers, self.ledger, given, self.barred)
        if not asked:
            return best
        week = Week(self.offers, self.free, asked)
        most, limit_s = self.parameters.max_iterations, self.parameters.time_limit_s
        if most is None:
            limit_s = max(LEAST_SEARCH_S, self.left_s(SEARCHED_SHARE) / (SESSIONS - session))
        seed = self.parameters.seed + session
        limits = Parameters(limit_s, seed, most)
        search = WeekSearch(week, seed)
        orders, done = search.run(week.orders(best.days), limits, self.asked_to_stop)
        self.iterations += done
        assigned, rows = week.sketched(orders)
        duty = self.within_rosters([{row.vehicle for row in day} for day in rows], self.free)
        days = week.planned(assigned, rows, duty)
        if days is None or self.ledger.price(assigned) is None:
            return best
        return self.standing(assigned, duty, days)

    def covering(self, aim: Assignment, assigned: Assignment) -> dict[Key, int]:
        """Return the loads that go, and what the aim has more of where levels let it."""
        given = dict(assigned)
        more = self.of_parcels(aim)
        more.subtract(self.of_parcels(assigned))
        for key in sorted(aim, key=lambda row: row[::-1]):
            parcel = self.offers.options[key[0]].parcel
            while more[parcel] > 0 and given.get(key, 0) < aim[key]:
                after = {**given, key: given.get(key, 0) + 1}
                if self.ledger.price(after) is None:
                    break
                given, more[parcel] = after, more[parcel] - 1
        return given

    def of_parcels(self, assigned: Assignment) -> Counter[int]:
        counts: Counter[int] = Counter()
        for (option, _), count in assigned.items():
            counts[self.offers.options[option].parcel] += count
        return counts

    def assign(self, limit_s: float) -> Answer | None:
        """Return the assignment that misses least, then costs least; None if there is none."""
        master = Master(self.offers, lessons=self.lessons)
        answers = master.solve(limit_s, self.nodes, self.asked_to_stop)
        if not self.lessons:
            self.proven_yuan, self.tonne_yuan = master.bound, master.tonne_yuan()
        kept = [replace(row, loads=self.ledger.within(row.loads)) for row in answers]
        return min(kept, key=self.reckoned, default=None)

    def reckoned(self, answer: Answer) -> tuple[int, float]:
        price = self.ledger.price(answer.loads)
        assert price is not None, "the assignment breaks a level"
        return price[0], price[1] / 100 + answer.ways_yuan

    def in_rounds(self, answer: Answer | None) -> Standing:
        """Try out small days; what they cannot hold, or cost, is learned and loads given anew."""
        best = self.idle()
        seen = set[frozenset[tuple[Key, int]]]()
        while answer is not None and frozenset(answer.loads.items()) not in seen:
            seen.add(frozenset(answer.loads.items()))
            standing = self.rostered(answer.loads)
            if standing is None:
                break
            best = min(best, standing, key=lambda row: row.worth)
            self.rounds += 1
            self.tell(Stage.FIRST_PLAN, ROUNDS_SHARE * (1 - 1 / (1 + self.rounds)), best)
            self.is_settled = self.is_no_better(answer, best)
            over = self.until(TRIED_SHARE)
            if self.is_settled or self.rounds >= MOST_ROUNDS or over():
                break
            answer = self.assign(self.left_s(TRIED_SHARE))
        return best

    def is_no_better(self, answer: Answer, best: Standing) -> bool:
        """Tell whether even by the programme's reckoning nothing is left to gain."""
        must_kg, yuan = self.reckoned(answer)
        rounding = len(self.problem.day.vehicles) * self.problem.days
        return (must_kg, 100 * yuan + rounding) >= best.worth

    def idle(self) -> Standing:
        """Return the horizon on which no truck moves."""
        on_duty = self.within_rosters([set() for _ in self.free], self.free)
        days = [self.book.empty(number, duty).state for number, duty in enumerate(on_duty)]
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

    # -- days that are tried out ------------------------------------------------------------------

    def rostered(self, assigned: Assignment) -> Standing | None:
        """Plan small days as well as can be, rosters included, and learn from them.

        None when a day has too many orders of work, or the rosters leave too many choices.
        """
        found = self.tried_out(assigned, self.free)
        if found is None:
            return None
        standing, held = found
        self.lessons += [row.lesson for row in held if row.lesson is not None]
        best = self.rested(standing.assigned, self.free, [MOST_RESTS])
        if best is not None and best.worth > standing.worth:
            loads = tuple(sorted(standing.assigned.items()))
            yuan = None if best.must_kg > standing.must_kg else (best.fen - best.priced_fen) / 100
            self.lessons.append(Lesson(loads, yuan))
        return best

    def tried_out(
        self, assigned: Assignment, duty: list[frozenset[str]]
    ) -> tuple[Standing, list[Held]] | None:
        held = []
        for number, trucks in enumerate(duty):
            day = self.book.exactly(assigned, number, trucks)
            if day is None:
                return None
            held.append(day)
        kept = {
            (at, number): count - held[number].refused[at]
            for (at, number), count in assigned.items()
        }
        kept = {key: count for key, count in kept.items() if count}
        return self.standing(kept, duty, [row.state for row in held]), held

    def rested(
        self, assigned: Assignment, duty: list[frozenset[str]], tries: list[int]
    ) -> Standing | None:
        """Try who rests when, for drivers who may not work all the days they are sent out."""
        found, tries[0] = self.tried_out(assigned, duty), tries[0] - 1
        if found is None or tries[0] < 0:
            return None
        standing, _ = found
        out = Counter(route.vehicle for day in standing.days for route in day.routes)
        for name, most in sorted(self.most_days.items()):
            if most is None or out[name] <= most:
                continue
            best: Standing | None = None
            for number, day in enumerate(standing.days):
                if any(route.vehicle == name for route in day.routes):
                    fewer = [row - {name} if at == number else row for at, row in enumerate(duty)]
                    other = self.rested(assigned, fewer, tries)
                    if other is None:
                        return None
                    best = other if best is None or other.worth < best.worth else best
            return best
        used = [{route.vehicle for route in day.routes} for day in standing.days]
        tight = self.tried_out(assigned, self.within_rosters(used, duty))
        return None if tight is None else tight[0]

    def within_rosters(
        self, used: list[set[str]], duty: list[frozenset[str]]
    ) -> list[frozenset[str]]:
        """Send home who would work too many days if all who are on duty went out."""
        left = Counter({name: most for name, most in self.most_days.items() if most is not None})
        for out in used:
            left.subtract(name for name in out if name in left)
        kept = []
        for trucks, out in zip(duty, used, strict=True):
            spare = {name for name in trucks - out if left.get(name, 1) > 0}
            left.subtract(name for name in spare if name in left)
            kept.append(frozenset(out | spare))
        return kept

    # -- the answer -------------------------------------------------------------------------------

    def finished(self, best: Standing) -> HorizonPlan:
        self.tell(Stage.CHECK, 1.0, best)
        levels = self.ledger.levels(best.assigned)
        assert levels is not None, "the assignment breaks a level"
        tanks, yards = levels
        until = self.started + EXPLAINED_SHARE * self.parameters.time_limit_s
        stop = self.asked_to_stop, until
        unmet = explain(self.offers, self.ledger, best.assigned, best.days, self.nodes, *stop)
        runs = [
            Run(self.parameters.seed, self.iterations + tried, self.seconds())
            for tried in (self.book.tried[number] for number in range(len(best.days)))
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
        must_t = best.must_kg / 1000
        yuan = self.proven_yuan - self.tonne_yuan * must_t
        left_s = self.left_s(PROVEN_SHARE)
        if best.fen > 100 * yuan + 1:
            master = Master(self.offers)
            again = master.bound_yuan(must_t, left_s, self.nodes, self.asked_to_stop)
            yuan = max(yuan, again)
        # Routes are paid in whole fen: each may come out half a fen, and half again, below.
        rounding = len(self.problem.day.vehicles) * self.problem.days
        return max(0, int(100 * yuan) - rounding)
