"""Between days: put in what was left, and move loads to days on which they cost less."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from routing.horizon_days import (
    Addition,
    PlannedDay,
    added,
    arranged,
    day_of,
    dearest,
    is_cut_as_assigned,
)
from routing.horizon_levels import Ledger
from routing.horizon_loads import Offers

Key = tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Change:
    """One load more at `goal`, and one less at `start` if there is one; (option, day) each."""

    goal: Key
    start: Key | None
    saving_fen: int


class Mover:
    """Takes the first change that misses less, or as much for less money, until none is left.

    Changes are tried in the order of what leaving saves, with the days' orders as they are; the
    days themselves are searched again afterwards.
    """

    def __init__(
        self,
        offers: Offers,
        ledger: Ledger,
        on_duty: list[frozenset[str]],
        should_stop: Callable[[], bool],
        tries: int | None,
    ) -> None:
        self.offers, self.ledger, self.on_duty = offers, ledger, on_duty
        self.should_stop, self.tries = should_stop, tries
        self.assigned: dict[Key, int] = {}
        self.days: list[PlannedDay] = []
        self.costs: dict[Key, Addition | None] = {}
        self.savings: dict[Key, int | None] = {}

    def start(self, assigned: dict[Key, int], days: list[PlannedDay]) -> None:
        self.assigned, self.days = dict(assigned), list(days)

    def run(self) -> None:
        while self._one():
            pass

    def _one(self) -> bool:
        """Make one change; False when none is worth it or the time is up."""
        now = self.ledger.price(self.assigned)
        assert now is not None
        for change in self._changes():
            if self.should_stop() or self.tries == 0:
                return False
            after = self._priced(change)
            # A change may not miss more, and one more load has to be worth its way.
            if after is None or after[0] > now[0] or (change.start is None and after >= now):
                continue
            extra = self._cost(change.goal)
            if extra is None:
                continue
            fen = after[1] - now[1] + extra.extra_fen - change.saving_fen
            if (after[0], fen) < (now[0], 0):
                self._make(change, extra)
                return True
        return False

    def _changes(self) -> Iterator[_Change]:
        """Yield additions first, then moves from where leaving saves most."""
        late = self.ledger.late(self.assigned)
        options, parcels = self.offers.options, self.offers.parcels
        for position, option in enumerate(options):
            if option.vehicles and (parcels[option.parcel].most is None or late.get(option.parcel)):
                for day in self._days(position):
                    yield _Change((position, day), None, 0)
        leaving = [(self._saving(key), key) for key in self.assigned]
        moves = [(fen, key) for fen, key in leaving if fen is not None and fen > 0]
        for fen, start in sorted(moves, key=lambda row: (-row[0], row[1])):
            parcel = options[start[0]].parcel
            for position, option in enumerate(options):
                if option.parcel != parcel or not option.vehicles:
                    continue
                for day in self._days(position):
                    # Within a day the day's own search moves loads; another receiver is ours.
                    if day != start[1]:
                        yield _Change((position, day), start, fen)

    def _days(self, position: int) -> list[int]:
        return [day for day in range(len(self.days)) if self.ledger.may_go(position, day)]

    def _after(self, change: _Change) -> dict[Key, int]:
        after = dict(self.assigned)
        after[change.goal] = after.get(change.goal, 0) + 1
        if change.start is not None:
            after[change.start] -= 1
        return {key: count for key, count in after.items() if count}

    def _priced(self, change: _Change) -> tuple[int, int] | None:
        return self.ledger.price(self._after(change))

    def _name(self, key: Key) -> tuple[str, int]:
        option = self.offers.options[key[0]]
        return self.offers.collection_id(option), self.offers.parcels[option.parcel].mass_kg

    def _saving(self, key: Key) -> int | None:
        if key not in self.savings:
            found = dearest(self.days[key[1]], *self._name(key))
            self.savings[key] = None if found is None else found.saving_fen
        return self.savings[key]

    def _cost(self, key: Key) -> Addition | None:
        """Price one load more on a day; this is what takes time, and is remembered."""
        if key not in self.costs:
            if self.tries is not None:
                self.tries -= 1
            more = {**self.assigned, key: self.assigned.get(key, 0) + 1}
            day = day_of(self.offers, more, key[1], self.on_duty[key[1]])
            fits = is_cut_as_assigned(self.offers, more, key[1], day)
            sketches = self.days[key[1]].sketches()
            self.costs[key] = added(day, sketches, *self._name(key)) if fits else None
        return self.costs[key]

    def _make(self, change: _Change, extra: Addition) -> None:
        days = {change.goal[1]: extra.state}
        after = self._after(change)
        if change.start is not None:
            number = change.start[1]
            removal = dearest(self.days[number], *self._name(change.start))
            assert removal is not None
            left = arranged(
                day_of(self.offers, after, number, self.on_duty[number]), removal.sketches
            )
            assert left is not None
            days[number] = left
        self.assigned = after
        for number, state in days.items():
            self.days[number] = state
            for known in (self.costs, self.savings):
                for key in [key for key in known if key[1] == number]:
                    del known[key]
