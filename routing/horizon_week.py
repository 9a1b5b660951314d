"""All days of a horizon laid behind one another as one day, and read back as days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from routing.day import Day
from routing.horizon_days import PlannedDay, Sketch, arranged, day_of, is_cut_as_assigned
from routing.horizon_loads import Offers
from routing.horizon_turns import Key, Turn
from routing.orders import Order
from routing.plan import Load, Route
from routing.problem import Collection, Receiver, Vehicle, Window
from routing.schedule import Task, timetable
from routing.travel import MOST_TRAVEL


class Week:
    """A day as long as the horizon, with each truck once for each day on which it may work.

    Loads go by their turn's position. A receiver whose intake of a day is limited stands there
    once for each day.
    """

    def __init__(
        self, offers: Offers, free: Sequence[frozenset[str]], asked: Sequence[Turn]
    ) -> None:
        self.offers, self.turns = offers, asked
        base = offers.problem.day
        self.numbers = range(offers.problem.days)
        longest_s = 1 + max((row.shift.closes_s for row in base.vehicles), default=0)
        self.day_s = min(longest_s, MOST_TRAVEL // offers.problem.days)
        self.shut = {row.site: row.days for row in offers.problem.closures}
        # Positions in the week by receiver of the day and day, and back.
        self.standing: dict[tuple[int, int], int] = {}
        self.receiver_of: list[int] = []
        # Day and truck by the name of the truck in the week.
        self.truck: dict[str, tuple[int, str]] = {}
        self.day = self._day(free)

    # -- days behind one another ------------------------------------------------------------------

    def _windows(self, windows: Iterable[Window], site: str, days: Iterable[int]) -> list[Window]:
        """Return the windows of the days on which no gate shuts, up to the last shift's end."""
        last_s, shut = self.day_s - 1, self.shut.get(site, frozenset())
        rows = [row for row in windows if row.opens_s <= last_s]
        return [
            Window(day * self.day_s + row.opens_s, day * self.day_s + min(row.closes_s, last_s))
            for day in sorted(days)
            if day not in shut
            for row in rows
        ]

    def _day(self, free: Sequence[frozenset[str]]) -> Day:
        receivers = tuple(self._receivers())
        problem = replace(
            self.offers.problem.day,
            receivers=receivers,
            collections=tuple(self._collections(receivers)),
            vehicles=tuple(self._vehicles(free)),
        )
        loads = (
            Load(f"{row.id}#1", row.id, 1, row.material, row.mass_kg, row.volume_l)
            for row in problem.collections
        )
        return Day(problem, tuple(loads))

    def _receivers(self) -> Iterator[Receiver]:
        for position, row in enumerate(self.offers.problem.day.receivers):
            is_limited = row.daily_intake_kg is not None
            groups = [[day] for day in self.numbers] if is_limited else [self.numbers]
            for days in groups:
                windows = self._windows(row.windows, row.site, days)
                if windows:
                    self.standing |= dict.fromkeys(
                        ((position, day) for day in days), len(self.receiver_of)
                    )
                    self.receiver_of.append(position)
                    yield replace(row, id=f"{row.id} {days[0]}", windows=tuple(windows))

    def _collections(self, receivers: Sequence[Receiver]) -> Iterator[Collection]:
        options, parcels = self.offers.options, self.offers.parcels
        for at, turn in enumerate(self.turns):
            parcel = parcels[options[turn.options[0]].parcel]
            row, goals = parcel.collection, {options[i].receiver for i in turn.options}
            own = row.unload_windows
            yield replace(
                row,
                id=str(at),
                mass_kg=parcel.mass_kg,
                volume_l=parcel.volume_l,
                receivers=tuple(
                    receiver.id
                    for receiver, goal in zip(receivers, self.receiver_of, strict=True)
                    if goal in goals
                ),
                windows=tuple(self._windows(row.windows, row.site, turn.days)),
                skip_fen=turn.skip_fen,
                unload_windows=None if own is None else tuple(self._windows(own, "", self.numbers)),
            )

    def _vehicles(self, free: Sequence[frozenset[str]]) -> Iterator[Vehicle]:
        for day in self.numbers:
            for row in self.offers.problem.day.vehicles:
                for shift in self._windows([row.shift], "", [day] if row.id in free[day] else []):
                    name = f"{day} {row.id}"
                    self.truck[name] = day, row.id
                    yield replace(row, id=name, shift=shift)

    # -- there and back ---------------------------------------------------------------------------

    def orders(self, days: Sequence[PlannedDay]) -> list[Order]:
        """Say the days' orders in loads of the week, those that still can be driven.

        A load that may go on no day has no turn, and its truck's order is left out.
        """
        load_of: dict[tuple[Key, int], int] = {}
        seen: Counter[Key] = Counter()
        for at, turn in enumerate(self.turns):
            if turn.given is not None:
                load_of[turn.given, seen[turn.given]] = at
                seen[turn.given] += 1
        option_of = {self.name(at): at for at in range(len(self.offers.options))}
        vehicles = {self.truck[row.id]: row for row in self.day.problem.vehicles}
        found = []
        for number, state in enumerate(days):
            for sketch in state.sketches():
                tasks = []
                for name, mass_kg, place, down in sketch.steps:
                    option = option_of[name, mass_kg]
                    goal = self.standing[self.offers.options[option].receiver, number]
                    load = load_of.get(((option, number), place))
                    if load is not None:
                        tasks.append(Task(load, goal if down else None))
                vehicle = vehicles[number, sketch.vehicle]
                is_whole = len(tasks) == len(sketch.steps)
                if is_whole and isinstance(timetable(self.day, vehicle, tasks), Route):
                    found.append(Order(vehicle, tuple(tasks)))
        return found

    def name(self, option: int) -> tuple[str, int]:
        """Name an option's loads as a day does: by collection and mass."""
        row = self.offers.options[option]
        return self.offers.collection_id(row), self.offers.parcels[row.parcel].mass_kg

    def sketched(self, orders: Sequence[Order]) -> tuple[dict[Key, int], list[list[Sketch]]]:
        """Return the loads by option and day, and each day's orders."""
        options = self.offers.options
        option_of = {(row.parcel, row.receiver): at for at, row in enumerate(options)}
        assigned: Counter[Key] = Counter()
        rows: list[list[Sketch]] = [[] for _ in self.numbers]
        for order in orders:
            number, vehicle = self.truck[order.vehicle.id]
            named: dict[int, tuple[str, int, int]] = {}
            for task in order.tasks:
                if task.receiver is not None:
                    parcel = options[self.turns[task.load].options[0]].parcel
                    option = option_of[parcel, self.receiver_of[task.receiver]]
                    named[task.load] = (*self.name(option), assigned[option, number])
                    assigned[option, number] += 1
            steps = tuple((*named[task.load], task.receiver is not None) for task in order.tasks)
            rows[number].append(Sketch(vehicle, steps))
        return dict(assigned), rows

    def planned(
        self, assigned: Mapping[Key, int], rows: Sequence[Sequence[Sketch]],
        duty: Sequence[frozenset[str]],
    ) -> list[PlannedDay] | None:  # fmt: skip
        """Return the days with these trucks; None when one of them would cut loads otherwise."""
        days = []
        for number, sketches in enumerate(rows):
            day = day_of(self.offers, assigned, number, duty[number])
            state = arranged(day, sketches)
            if state is None or not is_cut_as_assigned(self.offers, assigned, number, day):
                return None
            days.append(state)
        return days
