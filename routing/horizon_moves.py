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
    days themselves are searched again afterwards. What is still missed may take the place of a load
    that goes on another day.
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
        while self._one() or self._one_instead():
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

    def _one_instead(self) -> bool:
        """Let a load that is missed take another's place, if the other can go elsewhere."""
        for goal, gone, other, after in self._exchanges():
            if self.should_stop() or self.tries == 0:
                return False
            extra = None if other is None else self._cost(other)
            if other is not None and extra is None:
                continue
            state = self._instead(goal, gone)
            if state is not None:
                changed = {goal[1]: state}
                if other is not None and extra is not None:
                    changed[other[1]] = extra.state
                self._take(after, changed)
                return True
        return False

    def _exchanges(self) -> Iterator[tuple[Key, Key, Key | None, dict[Key, int]]]:
        """Yield what could come, what would go for it and where to, if less is missed so."""
        now = self.ledger.price(self.assigned)
        assert now is not None
        for goal in list(self._additions()) if now[0] and not self.should_stop() else []:
            more = self._after(_Change(goal, None, 0))
            alone = self.ledger.price(more)
            if alone is None or alone[0] >= now[0]:
                continue
            for gone in [key for key in sorted(self.assigned) if key[1] == goal[1] and key != goal]:
                for other in self._elsewhere(gone):
                    after = self._swapped(more, gone, other)
                    price = self.ledger.price(after)
                    if price is not None and price[0] < now[0]:
                        yield goal, gone, other, after

    def _elsewhere(self, gone: Key) -> list[Key | None]:
        """Return where else a load could go: on another day, or, out of a tank, on none."""
        options = self.offers.options
        parcel = options[gone[0]].parcel
        found: list[Key | None] = [
            (position, day)
            for position, option in enumerate(options)
            if option.parcel == parcel and option.vehicles
            for day in self._days(position)
            if day != gone[1]
        ]
        return [None, *found] if self.offers.parcels[parcel].most is None else found

    def _swapped(self, more: dict[Key, int], gone: Key, other: Key | None) -> dict[Key, int]:
        after = dict(more)
        after[gone] -= 1
        if other is not None:
            after[other] = after.get(other, 0) + 1
        return {key: count for key, count in after.items() if count}

    def _instead(self, goal: Key, gone: Key) -> PlannedDay | None:
        """Return the day with one load in the place of another; None when it does not fit."""
        if self.tries is not None:
            self.tries -= 1
        number = goal[1]
        wanted = self._swapped(self._after(_Change(goal, None, 0)), gone, None)
        day = day_of(self.offers, wanted, number, self.on_duty[number])
        removal = dearest(self.days[number], *self._name(gone))
        if removal is None or not is_cut_as_assigned(self.offers, wanted, number, day):
            return None
        found = added(day, removal.sketches, *self._name(goal))
        return None if found is None else found.state

    def _additions(self) -> Iterator[Key]:
        """Yield where one more load of what is late, or of a tank, could go."""
        late = self.ledger.late(self.assigned)
        options, parcels = self.offers.options, self.offers.parcels
        for position, option in enumerate(options):
            if option.vehicles and (parcels[option.parcel].most is None or late.get(option.parcel)):
                yield from ((position, day) for day in self._days(position))

    def _changes(self) -> Iterator[_Change]:
        """Yield additions first, then moves from where leaving saves most."""
        yield from (_Change(goal, None, 0) for goal in self._additions())
        options = self.offers.options
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
        self._take(after, days)

    def _take(self, after: dict[Key, int], days: dict[int, PlannedDay]) -> None:
        self.assigned = after
        for number, state in days.items():
            self.days[number] = state
            for known in (self.costs, self.savings):
                for key in [key for key in known if key[1] == number]:
                    del known[key]
