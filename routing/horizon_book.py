"""Plans the small days of a horizon, each by every order of its work."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from routing.horizon_days import (
    PlannedDay,
    Sketch,
    arranged,
    day_of,
    is_cut_as_assigned,
)
from routing.horizon_lessons import Lesson
from routing.horizon_loads import Assignment, Offers
from routing.horizon_small import Kind, SmallDay, small_day

Key = tuple[int, int]
"""Option and day."""


@dataclass(frozen=True)
class Held:
    """A day with the loads it holds; `refused` counts the others by option.

    `lesson`: what is proven of it; None where nothing is.
    """

    state: PlannedDay
    refused: Counter[int]
    lesson: Lesson | None


class DayBook:
    """Remembers small days, since rounds and changes of roster ask for the same ones again."""

    def __init__(self, offers: Offers) -> None:
        self.offers = offers
        self.tried: Counter[int] = Counter()
        self.known: dict[object, Held | None] = {}

    def empty(self, number: int, duty: frozenset[str]) -> Held:
        return Held(PlannedDay(day_of(self.offers, {}, number, duty), (), ()), Counter(), None)

    def exactly(self, assigned: Assignment, number: int, duty: frozenset[str]) -> Held | None:
        """Return what is proven best for the day; None when it has too many orders of work."""
        wanted = {key: count for key, count in assigned.items() if key[1] == number and count}
        if not wanted:
            return self.empty(number, duty)
        name = number, duty, frozenset(wanted.items())
        if name not in self.known:
            self.known[name] = self._tried(wanted, number, duty)
        return self.known[name]

    def _tried(self, wanted: Mapping[Key, int], number: int, duty: frozenset[str]) -> Held | None:
        day = day_of(self.offers, wanted, number, duty)
        if not is_cut_as_assigned(self.offers, wanted, number, day):
            return self._cut_otherwise(wanted, number, duty)
        found = small_day(day)
        if found is None:
            return None
        self.tried[number] += found.tried
        option_of = self.options_by_name(number, wanted)
        names = [(day.loads[i].collection, day.loads[i].mass_kg) for i in found.left]
        refused = Counter(option_of[name] for name in names)
        state = self._kept(found.state, wanted, number, duty, refused)
        return None if state is None else Held(state, refused, _lesson(found, option_of, number))

    def _cut_otherwise(
        self, wanted: Mapping[Key, int], number: int, duty: frozenset[str]
    ) -> Held | None:
        """Refuse a collection that the day's own trucks would cut into loads of other sizes."""
        for key, count in wanted.items():
            if self.cuts_otherwise({key: count}, number, duty):
                rest = {other: kept for other, kept in wanted.items() if other != key}
                held = self.exactly(rest, number, duty)
                if held is None:
                    return None
                lesson = Lesson(((key, 1),), None) if count == 1 else None
                return Held(held.state, held.refused + Counter({key[0]: count}), lesson)
        return None

    def _kept(
        self,
        state: PlannedDay,
        wanted: Mapping[Key, int],
        number: int,
        duty: frozenset[str],
        refused: Counter[int],
    ) -> PlannedDay | None:
        """Return the day without the loads that are refused; None when they are cut otherwise."""
        kept = {key: count - refused[key[0]] for key, count in wanted.items()}
        return arranged(day_of(self.offers, kept, number, duty), renumbered(state.sketches()))

    def cuts_otherwise(self, alone: Assignment, number: int, duty: frozenset[str]) -> bool:
        """Tell whether the day's own trucks would cut the loads in other sizes than the fleet."""
        day = day_of(self.offers, alone, number, duty)
        return not is_cut_as_assigned(self.offers, alone, number, day)

    def options_by_name(self, number: int, assigned: Assignment) -> dict[Kind, int]:
        options, parcels = self.offers.options, self.offers.parcels
        return {
            (self.offers.collection_id(options[at]), parcels[options[at].parcel].mass_kg): at
            for at, day in assigned
            if day == number
        }


def _lesson(found: SmallDay, option_of: Mapping[Kind, int], number: int) -> Lesson:
    if found.too_much:
        loads = [((option_of[kind], number), count) for kind, count in found.too_much.items()]
        return Lesson(tuple(loads), None)
    kinds = Counter((load.collection, load.mass_kg) for load in found.state.day.loads)
    loads = [((option_of[kind], number), count) for kind, count in kinds.items()]
    return Lesson(tuple(loads), found.state.cost_fen / 100)


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
