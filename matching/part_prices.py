"""Prices of one part of the linear programme: of its rows, and of the room of its stores."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from matching.geography import Floats, Ints
from matching.linear import Entries, Programme
from matching.part import Part
from matching.ranges import Ends, ends_of

_GRAM = 1e-6


@dataclass(frozen=True, slots=True)
class PartEnds:
    """Ends of the programme's rows, and of the part's rooms in the order of their `places`."""

    rows: Ends
    rooms: Ends


def ends_in(
    part: Part,
    goals: Sequence[Floats],
    flow: Floats,
    duals: Sequence[Floats],
    *,
    single: bool = False,
) -> PartEnds:
    """Price from both sides, in two levels; `single` takes the solver's dual as it is.

    So it is where clinker is missing, which one more tonne makes first and the goals do not price.
    Full rooms become rows for it: what stands in them is then held by nothing else.
    """
    programme, rooms = part.programme, part.rooms
    high = programme.high[rooms.columns]
    full = flow[rooms.columns] >= high - _GRAM * np.maximum(1.0, high)
    columns, count = rooms.columns[full], len(programme.row_low)
    pairs = zip(duals, _reduced(part, duals, columns), strict=True)
    rooms_too = np.stack([np.append(level, price) for level, price in pairs])
    place = np.where(full, count + np.cumsum(full) - 1, -1)
    bundles = [place[full & (rooms.store == store)] for store in range(rooms.stores)]
    if single or part.one_dual:
        rows = Ends.single(rooms_too, np.zeros(rooms_too.shape[1], np.bool_))
        wholes = rows.summed(bundles)
    else:
        asked = np.arange(rooms_too.shape[1])
        rows, wholes = ends_of(
            _with_rows(programme, columns),
            np.stack(goals),
            flow,
            rooms_too,
            (asked < part.priced) | (asked >= count),
            bundles,
        )
    found = Ends.none(len(rooms.places))
    if len(duals) == 1:
        rows, wholes = rows.below_nothing(), wholes.below_nothing()
    found.put(np.nonzero(full)[0], rows, slice(count, None))
    found.put(len(place) + np.arange(rooms.stores), wholes, slice(None))
    return PartEnds(rows, found)


def _reduced(part: Part, duals: Sequence[Floats], columns: Ints) -> list[Floats]:
    """Price columns by what they would save beyond their room: the last goal alone has costs."""
    programme, entries = part.programme, part.programme.entries
    width = len(programme.cost)
    costs = [np.zeros(width)] * (len(duals) - 1) + [programme.cost]
    return [
        (cost - np.bincount(entries.column, entries.factor * level[entries.row], width))[columns]
        for cost, level in zip(costs, duals, strict=True)
    ]


def _with_rows(programme: Programme, columns: Ints) -> Programme:
    """Turn the upper bounds of some columns into rows."""
    high = programme.high.copy()
    high[columns] = np.inf
    entries = programme.entries
    row = len(programme.row_low) + np.arange(len(columns))
    return replace(
        programme,
        high=high,
        entries=Entries(
            np.append(entries.row, row),
            np.append(entries.column, columns),
            np.append(entries.factor, np.ones(len(columns))),
        ),
        row_low=np.append(programme.row_low, np.full(len(columns), -np.inf)),
        row_high=np.append(programme.row_high, programme.high[columns]),
    )
