"""From a matching run, the listings' stores and a fleet to the routing problem of several days."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from sqlalchemy.orm import Session

from market.catalogue.models import Material
from market.catalogue.queries import materials as all_materials
from market.haulage import gate_queries, phoned_queries, queries, week_queries
from market.haulage.day import DayInput
from market.haulage.gate_rules import GateFacts
from market.haulage.loader import DayBook
from market.haulage.models import CargoRule, PlanWeek, Vehicle
from market.haulage.phoned_queries import Phoned
from market.haulage.queries import PickUp
from market.haulage.rules import DAYS_PER_YEAR, LeftOut, PlanParameters, loads_due, next_due
from market.haulage.week_rules import Calendar, Store, dated_name
from market.matchmaking.flows import FlowRow
from market.matchmaking.queries import flows as flows_of
from routing import problem as routing
from routing.horizon import Closure, Dated, HorizonProblem, Roster, Tank, Yard


@dataclass(frozen=True, slots=True)
class WeekInput:
    """What the days share, in ``day``; and what the week adds to it.

    ``away`` are the numbers of the trucks left at home: their shift ends at another depot, and
    on the next day they would not stand where they start. ``begun`` are those whose shift of the
    first day has begun: they stay in on that day.
    """

    day: DayInput
    days: int
    dated: tuple[Dated, ...]
    tanks: tuple[Tank, ...]
    yards: tuple[Yard, ...]
    rosters: tuple[Roster, ...]
    closures: tuple[Closure, ...]
    away: tuple[int, ...] = ()
    begun: tuple[int, ...] = ()

    @property
    def problem(self) -> HorizonProblem:
        return HorizonProblem(
            self.days,
            self.day.problem,
            self.dated,
            self.tanks,
            self.yards,
            self.rosters,
            self.closures,
        )


def load(session: Session, week: PlanWeek, from_s: int | None = None) -> WeekInput:
    """Read everything the days need; of the first ``from_s`` seconds are over, None: none are.

    Raises:
        routing.problem.ProblemError: the input makes no sense.

    """
    fleet = queries.fleet(session, week.depot_ids)
    away = tuple(truck.number for truck in fleet if truck.end_depot_id is not None)
    fleet = [truck for truck in fleet if truck.end_depot_id is None]
    known = {row.id: row for row in all_materials(session)}
    book = WeekBook(week, fleet, known, gate_queries.stated(session))
    flows = flows_of(session, week.run_id)
    ends = {name for flow in flows for name in (flow.offer_id, flow.want_id)}
    stores = week_queries.stores(session, ends)
    for flow in flows:
        book.add_stream(flow, stores)
    for number, day in enumerate(book.dates):
        for pick_up in queries.pick_ups(session, day) if number not in book.rest_days else ():
            book.add_visit(pick_up, number)
        for phoned in phoned_queries.to_fetch(session, day) if number not in book.rest_days else ():
            book.add_job(phoned, number)
    book.add_yards(stores)
    shut = Calendar.of(week.calendar).closed
    book.shut(shut, week_queries.sites_of_listings(session, {name for name, _days in shut}))
    found = replace(book.close_week(queries.cargo_rules(session)), away=away)
    return found if from_s is None else _kept_in(found, fleet, from_s)


def _kept_in(found: WeekInput, fleet: Sequence[Vehicle], from_s: int) -> WeekInput:
    """Send no truck out on the first day whose shift begins before the plan can be there."""
    begun = {f"V{truck.id}": truck.number for truck in fleet if truck.shift_starts_s < from_s}
    rosters = tuple(
        replace(row, off_days=row.off_days | {0}) if row.vehicle in begun else row
        for row in found.rosters
    )
    return replace(found, rosters=rosters, begun=tuple(begun.values()))


class WeekBook(DayBook):
    """Collects the week's streams: those with a store as tanks, the others as loads with dates."""

    def __init__(
        self,
        week: PlanWeek,
        fleet: Sequence[Vehicle],
        known: dict[str, Material],
        gates: Mapping[int, GateFacts],
    ) -> None:
        super().__init__(PlanParameters(**week.parameters), fleet, known, gates)
        calendar = Calendar.of(week.calendar)
        self.dates = [week.starts_on + timedelta(number) for number in range(week.days)]
        self.rest_days = {
            number
            for number, day in enumerate(self.dates)
            if day.isoweekday() in week.rest_weekdays or day in calendar.rest_dates
        }
        self.wait_days = calendar.wait_days
        self.driver_days = week.driver_days
        self.fetched_kg: dict[int, int] = defaultdict(int)
        self.yards: list[Yard] = []
        self.closures: dict[str, frozenset[int]] = {}
        self.tanks: list[Tank] = []
        self.dated: list[Dated] = []

    def add_stream(self, flow: FlowRow, stores: Mapping[int, Store]) -> None:
        """Take this fleet's part of a flow; with a store that a load fits into it may wait."""
        day_kg = flow.mass_kg_per_year // self.parameters.working_days
        reason = self.refusal(flow)
        if reason is not None:
            self._leave(flow, reason, day_kg)
            return
        material = self.material(flow.material_id, flow.form, flow.waste_code)
        full_kg = self._full_load_kg(material) or max(day_kg, 1)
        taken_kg = min(day_kg, self.parameters.loads_per_flow * full_kg)
        if taken_kg < day_kg:
            self._leave(flow, LeftOut.OTHER_CARRIERS, day_kg - taken_kg)
        year_kg = flow.mass_kg_per_year * taken_kg // day_kg if day_kg else 0
        store = stores.get(flow.offer_id)
        self.fetched_kg[flow.want_id] += year_kg
        stock_kg, room_kg = (0, 0) if store is None else store.part(year_kg)
        inflow_kg = year_kg // (DAYS_PER_YEAR - 1)
        if room_kg >= full_kg + inflow_kg:
            self._add_tank(flow, material, full_kg, (stock_kg, room_kg, inflow_kg))
        else:
            self._add_due(flow, material, full_kg, taken_kg)

    def _add_tank(
        self,
        flow: FlowRow,
        material: routing.Material,
        full_kg: int,
        store_kg: tuple[int, int, int],
    ) -> None:
        """Let the store fill day by day; by the end it may hold a truckload more than at first."""
        stock_kg, room_kg, inflow_kg = store_kg
        self.take(flow, material, room_kg)
        closing_kg = min(room_kg, stock_kg + full_kg)
        inflows = (inflow_kg,) * len(self.dates)
        self.tanks.append(Tank(self.collections.pop(), stock_kg, inflows, closing_kg))

    def _add_due(
        self, flow: FlowRow, material: routing.Material, full_kg: int, day_kg: int
    ) -> None:
        """Without a known store a load is fetched on the day that fills it, or the next at work."""
        found = False
        for number, day in enumerate(self.dates):
            due = loads_due(day_kg, full_kg, day)
            latest = next(
                (later for later in range(number, len(self.dates)) if later not in self.rest_days),
                None,
            )
            if not due or latest is None:
                continue
            found = True
            self.take(flow, material, due * full_kg)
            self._date(number, self._waited(latest))
        if not found:
            following = next_due(day_kg, full_kg, self.dates[-1])
            self._leave(flow, LeftOut.BELOW_ONE_LOAD, day_kg, following)

    def _waited(self, latest: int) -> int:
        """Let a load wait as long as it may, not beyond the last day."""
        return min(latest + self.wait_days, len(self.dates) - 1)

    def add_yards(self, stores: Mapping[int, Store]) -> None:
        """Let receivers that say what stands in their store, and how much fits, use it up evenly.

        As with offers, a yard is the part of the store that belongs to what this fleet brings, and
        one that a truckload does not fit into is left out.
        """
        for want_id, year_kg in self.fetched_kg.items():
            store, name = stores.get(want_id), f"W{want_id}"
            if store is None or store.stock_kg is None or name not in self.receivers:
                continue
            stock_kg, room_kg = store.part(year_kg)
            use_kg = year_kg // (DAYS_PER_YEAR - 1)
            heaviest_kg = max(vehicle.type.capacity_kg for vehicle in self.fleet)
            if room_kg >= heaviest_kg + use_kg:
                self.yards.append(Yard(name, stock_kg, (use_kg,) * len(self.dates), room_kg))

    def shut(self, closed: Iterable[tuple[int, frozenset[date]]], sites: Mapping[int, int]) -> None:
        """Shut the gates of listings' sites on the days named, as far as they lie in the week."""
        for listing, days in closed:
            site = f"S{sites[listing]}"
            numbers = frozenset(at for at, day in enumerate(self.dates) if day in days)
            if site in self.places and numbers:
                self.closures[site] = self.closures.get(site, frozenset()) | numbers

    def add_visit(self, pick_up: PickUp, number: int) -> None:
        self.add_pick_up(pick_up)
        self._date(number, number)

    def add_job(self, phoned: Phoned, number: int) -> None:
        self.add_phoned(phoned, phoned.receivers)
        self._date(number, number)

    def _date(self, earliest: int, latest: int) -> None:
        """Put dates on what was collected last, under a name that says which day's it is."""
        row = self.collections.pop()
        name = dated_name(row.id, earliest)
        self.cargoes[name] = self.cargoes.pop(row.id)
        self.dated.append(Dated(replace(row, id=name), earliest, latest))

    def close_week(self, rules: Sequence[CargoRule]) -> WeekInput:
        off = frozenset(self.rest_days)
        rosters = tuple(Roster(f"V{row.id}", off, self.driver_days) for row in self.fleet)
        return WeekInput(
            self.close(rules),
            len(self.dates),
            tuple(self.dated),
            tuple(self.tanks),
            tuple(self.yards),
            rosters,
            tuple(Closure(site, days) for site, days in self.closures.items()),
        )


def next_monday(day: date) -> date:
    """Return the Monday after a day."""
    return day + timedelta(8 - day.isoweekday())
