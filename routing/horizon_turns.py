"""The days that each load of a horizon may go on, whatever the others do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from routing.horizon import MOST_DAYS, Level, Tank, Yard
from routing.horizon_levels import Ledger
from routing.horizon_loads import Offers, Parcel
from routing.parameters import ShouldStop

Key = tuple[int, int]
"""Option and day."""
ALL_DAYS = frozenset(range(MOST_DAYS))


@dataclass(frozen=True, slots=True)
class Turn:
    """One load: the options it has, the days it may go on, and what leaving it out costs.

    `given`: the option and day that it has in the assignment; None when it has none.
    """

    options: tuple[int, ...]
    days: frozenset[int]
    given: Key | None
    skip_fen: int | None


def turns(
    offers: Offers, ledger: Ledger, given: Mapping[Key, int], barred: frozenset[Key]
) -> list[Turn]:
    """Give every load its days, so that any plan that keeps to them keeps to all levels.

    Of a tank's loads the first to go must find its mass there in the morning and go before the tank
    runs over, then the second, and so on; of what is brought to a yard the first must find room and
    come before the yard runs short. What goes to a yard keeps to that yard. Loads of collections
    that the assignment leaves out come last; `barred` are options and days that may not be.
    """
    levels = ledger.levels(given)
    assert levels is not None, "the assignment breaks a level"
    keys = [key for key in sorted(given, key=_order(offers)) for _ in range(given[key])]
    spans: dict[int, frozenset[int]] = {}
    for tank, level in zip(offers.problem.tanks, levels[0], strict=True):
        here = [i for i, key in enumerate(keys) if _parcel(offers, key[0]).source == tank.id]
        _narrow(spans, offers, keys, here, *_tank_limits(tank, level))
    for yard, level in zip(offers.problem.yards, levels[1], strict=True):
        here = [i for i, key in enumerate(keys) if _receiver(offers, key[0]) == yard.receiver]
        _narrow(spans, offers, keys, here, *_yard_limits(yard, level))
    plain = {at: _turn(offers, _options(offers, at), barred) for at, _ in given}
    rows = [
        replace(plain[key[0]], given=key, days=plain[key[0]].days & spans.get(at, ALL_DAYS))
        for at, key in enumerate(keys)
    ]
    return [row for row in (*rows, *_left_out(offers, ledger, given, barred)) if row.days]


def _order(offers: Offers) -> Callable[[Key], tuple[int, bool, int, int]]:
    """Order loads by day; of one day first those that cannot go later, then the heavy ones.

    What a yard needs is there the sooner so, and all that comes after may come later.
    """

    def order(key: Key) -> tuple[int, bool, int, int]:
        option, day = key
        parcel = _parcel(offers, option)
        return day, parcel.days[-1] > day, -parcel.mass_kg, option

    return order


def _turn(offers: Offers, options: tuple[int, ...], barred: frozenset[Key]) -> Turn:
    """Let a load go on the days of its dates on which a gate is open at either end."""
    parcel = _parcel(offers, options[0])
    open_days = {day for at in options for day in offers.open_days(offers.options[at])}
    shut = {day for at, day in barred if at in options}
    days = frozenset(parcel.days) & open_days - shut
    return Turn(options, days, None, _skip_fen(offers, options[0]))


def _left_out(
    offers: Offers, ledger: Ledger, given: Mapping[Key, int], barred: frozenset[Key]
) -> Iterator[Turn]:
    for parcel, count in ledger.late(given).items():
        free = _off_yards(offers, parcel)
        if free:
            yield from [_turn(offers, free, barred)] * count


def _parcel(offers: Offers, option: int) -> Parcel:
    return offers.parcels[offers.options[option].parcel]


def _receiver(offers: Offers, option: int) -> str:
    return offers.problem.day.receivers[offers.options[option].receiver].id


def _is_yard(offers: Offers, option: int) -> bool:
    return any(row.receiver == _receiver(offers, option) for row in offers.problem.yards)


def _options(offers: Offers, option: int) -> tuple[int, ...]:
    if _is_yard(offers, option):
        return (option,)
    return _off_yards(offers, offers.options[option].parcel)


def _off_yards(offers: Offers, parcel: int) -> tuple[int, ...]:
    rows = [i for i, row in enumerate(offers.options) if row.parcel == parcel and row.vehicles]
    return tuple(at for at in rows if not _is_yard(offers, at))


def _skip_fen(offers: Offers, option: int) -> int | None:
    parcel = _parcel(offers, option)
    if parcel.most is not None:
        return parcel.collection.skip_fen
    price = next(row for row in offers.problem.tanks if row.id == parcel.source).overflow_fen_per_t
    return None if price is None else -(-price * parcel.mass_kg // 1000)


def _tank_limits(tank: Tank, level: Level) -> tuple[list[int], list[int]]:
    """Return by day how much may have left at the most, in sum, and how much at the least."""
    spilt_kg = list(accumulate(level.missed_kg))
    came_kg = list(accumulate(tank.inflow_kg))
    evening_kg = [
        tank.opening_kg + came - spilt for came, spilt in zip(came_kg, spilt_kg, strict=True)
    ]
    return [tank.opening_kg, *evening_kg[:-1]], [kg - tank.room_kg for kg in evening_kg]


def _yard_limits(yard: Yard, level: Level) -> tuple[list[int], list[int]]:
    """Return by day how much may have come at the most, in sum, and how much at the least."""
    short_kg = list(accumulate(level.missed_kg))
    used_kg = list(accumulate(yard.use_kg))
    went_kg = [used - short for used, short in zip(used_kg, short_kg, strict=True)]
    room_kg = yard.room_kg - yard.opening_kg
    least_kg = yard.minimum_kg - yard.opening_kg
    return [room_kg + kg for kg in (0, *went_kg[:-1])], [least_kg + kg for kg in went_kg]


def _narrow(
    spans: dict[int, frozenset[int]],
    offers: Offers,
    keys: Sequence[Key],
    here: Sequence[int],
    most_kg: Sequence[int],
    least_kg: Sequence[int],
) -> None:
    """Let each load of a store come when its mass is within the most, and before it is missed."""
    moved_kg, days = 0, range(len(most_kg))
    for at in here:
        last = next((day for day in days if least_kg[day] > moved_kg), days[-1])
        moved_kg += _parcel(offers, keys[at][0]).mass_kg
        span = frozenset(day for day in days if day <= last and most_kg[day] >= moved_kg)
        spans[at] = spans.get(at, span) & span


def relieved(
    offers: Offers, ledger: Ledger, assigned: Mapping[Key, int], should_stop: ShouldStop
) -> dict[Key, int]:
    """Add loads that lower what is missed, each where it does so most, whatever trucks hold.

    Of days that are as good, the last, which is where an assignment seldom puts them.
    """
    given = dict(assigned)
    for keys in _relieving(offers, ledger, given):
        while not should_stop():
            late = ledger.late(given)
            after = [
                {**given, key: given.get(key, 0) + 1}
                for key in keys
                if _parcel(offers, key[0]).most is None or offers.options[key[0]].parcel in late
            ]
            priced = [(price, -i) for i, row in enumerate(after) if (price := ledger.price(row))]
            least, at = min(priced, default=(None, 0))
            now = ledger.price(given)
            if least is None or now is None or least >= now:
                break
            given = after[-at]
    return given


def _relieving(offers: Offers, ledger: Ledger, given: Mapping[Key, int]) -> Iterator[list[Key]]:
    """Yield for each store that misses something, and each late load, where loads could go."""
    levels = ledger.levels(given)
    assert levels is not None, "the assignment breaks a level"
    late = ledger.late(given)
    causes = [row.store for rows in levels for row in rows if sum(row.missed_kg) or row.surplus_kg]
    for cause in dict.fromkeys([*causes, *(offers.parcels[at].source for at in late)]):
        yield [
            (at, day)
            for at, option in enumerate(offers.options)
            if option.vehicles and cause in {_parcel(offers, at).source, _receiver(offers, at)}
            for day in _parcel(offers, at).days
            if ledger.may_go(at, day)
        ]
