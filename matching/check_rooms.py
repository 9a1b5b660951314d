"""Holds the worth of room against the plan: nothing where it is not full, and never negative."""

from collections import defaultdict
from collections.abc import Iterator

from matching.faults import Fault, Violation
from matching.problem import Problem, Slot, Supply
from matching.result import Result, RoomDual, Side, Status, Worth

_FULL = 1e-4
"""Share of the room, or tonnes, below which it counts as not full; flows are good to 1e-6."""
_ROUNDING = 1e-4

_Row = tuple[float, float]
_Key = tuple[Side, str]


def check_rooms(problem: Problem, result: Result) -> Iterator[Violation]:
    """Hold each price to its own store's stock, and the one of all periods to the others' sums.

    A plan that was stopped may lack prices, none may be of room there is not.
    """
    rows: tuple[Supply | Slot, ...] = (*problem.supplies, *problem.slots)
    free = {
        (_side(row), row.id): row.storage.free_t(len(problem.periods))
        for row in rows
        if row.storage is not None and row.storage.room_t > 0
    }
    asked = {
        (*key, period)
        for key in free
        for period in (*problem.periods[:-1], *([""] if len(problem.periods) > 1 else []))
    }
    stated = {(dual.side, dual.id, dual.period): dual for dual in result.room_duals}
    missing = result.status is not Status.STOPPED and asked != stated.keys()
    if missing or not stated.keys() <= asked or len(stated) != len(result.room_duals):
        yield Violation(Fault.WRONG_PRICE, "room_duals")
        return
    stock = {(row.side, row.id, row.period): row.tonnes for row in result.stocks}
    by_store: dict[_Key, list[RoomDual]] = defaultdict(list)
    for (side, row_id, period), dual in stated.items():
        by_store[side, row_id].append(dual)
        if period:
            room = free[side, row_id][problem.periods.index(period)]
            empty = room - stock.get((side, row_id, period), 0.0)
            if empty > _FULL * max(1.0, room) and dual.more != Worth():
                yield _wrong(dual, dual.more, Worth())
            if empty > _FULL * max(1.0, room) and dual.less not in {Worth(), None}:
                yield _wrong(dual, dual.less, Worth())
    for duals in by_store.values():
        yield from _check_store(duals)


def _side(row: Supply | Slot) -> Side:
    return Side.SUPPLY if isinstance(row, Supply) else Side.SLOT


def _check_store(duals: list[RoomDual]) -> Iterator[Violation]:
    for dual in duals:
        if _below(_levels(dual.more), (0.0, 0.0)):
            yield _wrong(dual, dual.more, Worth())
        if dual.exact and dual.less is not None and _below(_levels(dual.less), _levels(dual.more)):
            yield _wrong(dual, dual.less, dual.more)
    whole = next((dual for dual in duals if not dual.period), None)
    if whole is None or not all(dual.exact for dual in duals):
        return
    months = [dual for dual in duals if dual.period]
    least = _summed(_levels(dual.more) for dual in months)
    if _below(_levels(whole.more), least):
        yield _wrong(whole, whole.more, Worth(*least))
    losses = [_levels(dual.less) for dual in months if dual.less is not None]
    if whole.less is not None and _below(_summed(losses), _levels(whole.less)):
        yield _wrong(whole, whole.less, Worth(*_summed(losses)))


def _levels(worth: Worth) -> _Row:
    return worth.tonnes, worth.tonne_km + worth.yuan


def _summed(rows: Iterator[_Row] | list[_Row]) -> _Row:
    first, second = zip((0.0, 0.0), *rows, strict=True)
    return sum(first), sum(second)


def _below(one: _Row, other: _Row) -> bool:
    """Compare level by level, beyond what a linear solver's tolerance can make."""
    short = [b - a for a, b in zip(one, other, strict=True)]
    near = [_ROUNDING * max(1.0, abs(a), abs(b)) for a, b in zip(one, other, strict=True)]
    return short[0] > near[0] or (abs(short[0]) <= near[0] and short[1] > near[1])


def _wrong(dual: RoomDual, found: Worth | None, expected: Worth) -> Violation:
    return Violation(
        Fault.WRONG_PRICE,
        dual.id,
        dual.period,
        None if found is None else sum(_levels(found)),
        sum(_levels(expected)),
    )
