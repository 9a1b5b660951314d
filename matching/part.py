"""One independent part of the linear programme: its columns, its rows, and what it may choose."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from matching.allocate import Model
from matching.choices import Choices, Rules
from matching.geography import Flags, Floats, Ints
from matching.linear import Entries, Programme
from matching.network import component_labels, components
from matching.rooms import PartRooms, Rooms
from matching.sides import Sides


@dataclass(frozen=True, slots=True)
class Part:
    """One component: its rows are nodes first, then side rows.

    `columns` are arcs, then the kilns' own. `most` is what a column can ever carry; it bounds the
    bound, but is no row with a price. `short` weighs clinker that is not made. `owing` are the rows
    of blends that contracts break by themselves. `exact`: a smaller plan may break a row, so that
    only the simplex will do. The first `priced` rows are looked at by people, those of kilns are
    not; with `one_dual` there is no telling how far their prices reach. The first `arcs` of the
    columns are arcs, `rooms` those among them that are yards. `known` is a plan that keeps all of
    this.
    """

    nodes: Ints
    side_rows: Ints
    columns: Ints
    pairs: Floats
    short: Floats
    most: Floats
    programme: Programme
    choices: Choices
    owing: Ints
    exact: bool
    priced: int
    arcs: int
    rooms: PartRooms
    one_dual: bool = False
    known: Floats | None = None

    @classmethod
    def of(
        cls, model: Model, sides: Sides, arcs: Ints, rules: Rules, kiln_rows: Ints, rooms: Rooms
    ) -> "Part":
        network, scale, kilns = model.network, model.quanta_per_tonne, sides.kilns
        ends = np.concatenate((network.tail[arcs], network.head[arcs]))
        nodes, local = np.unique(ends, return_inverse=True)
        beside = _columns_beside(sides, len(network.tail), kiln_rows)
        columns = np.concatenate((arcs, beside))
        position = np.full(len(network.tail) + len(kilns.cost), -1)
        position[columns] = np.arange(len(columns))
        mine = position[sides.entries.column] >= 0
        side_rows, side_local = np.unique(sides.entries.row[mine], return_inverse=True)
        gives = nodes < model.split
        sign = np.where(gives, 1.0, -1.0)[local]
        sign[len(arcs) :] *= -1
        amount = np.where(gives, network.inject[nodes], network.absorb[nodes]) / scale
        entries = Entries(
            np.concatenate((local, len(nodes) + side_local)),
            np.append(np.tile(np.arange(len(arcs)), 2), position[sides.entries.column[mine]]),
            np.concatenate((sign, sides.entries.factor[mine])),
        )
        own = beside - len(network.tail)
        most = np.concatenate((network.capacity[arcs] / scale, kilns.most[own]))
        limited = np.concatenate((network.scarce[arcs], np.ones(len(own), np.bool_)))
        programme = Programme(
            cost=np.concatenate((network.cost[arcs] + kilns.arc_cost[arcs], kilns.cost[own])),
            low=np.zeros(len(columns)),
            high=np.where(limited, most, np.inf),
            entries=entries,
            row_low=np.concatenate((np.where(gives, -np.inf, 0.0), sides.low[side_rows])),
            row_high=np.concatenate((amount, sides.room[side_rows])),
        )
        none = np.zeros(len(own))
        priced = len(nodes) + int(np.searchsorted(side_rows, len(sides.room) - len(kilns.low)))
        owing = np.nonzero(programme.row_high[:priced] < 0)[0]
        return cls(
            nodes,
            side_rows,
            columns,
            np.concatenate((_is_pair(model, arcs), none)),
            np.concatenate((np.zeros(len(arcs)), kilns.short[own].astype(np.float64))),
            most,
            programme,
            rules.on(model, arcs),
            owing,
            bool(len(own) or len(owing)),
            priced,
            len(arcs),
            rooms.within(arcs),
        )


def _columns_beside(sides: Sides, arcs: int, kiln_rows: Ints) -> Ints:
    """List the columns that the kilns' rows have beside the arcs."""
    if not len(kiln_rows):
        return np.zeros(0, np.int64)
    entries = sides.entries
    mine = (entries.column >= arcs) & np.isin(entries.row, kiln_rows)
    return np.unique(entries.column[mine])


def _is_pair(model: Model, arcs: Ints) -> Floats:
    """One for pairs, nought for yards."""
    return (arcs < len(model.kept) * model.periods).astype(np.float64)


def parts_of(model: Model, sides: Sides, rules: Rules) -> tuple[Flags, list["Part"]]:
    """Return the nodes that programmes decide, and the parts they stand in."""
    links = (model.network.head[sides.links[0]], model.network.head[sides.links[1]])
    nodes, rooms = _touched(model, sides, rules, links), Rooms.of(model)
    return nodes, [
        Part.of(model, sides, arcs, rules, rows, rooms)
        for arcs, rows in _split(model, sides, nodes, links)
    ]


def _split(
    model: Model, sides: Sides, nodes: Flags, links: tuple[Ints, Ints]
) -> Iterator[tuple[Ints, Ints]]:
    """Yield the arcs of each part and the raw mix rows in it; kilns nothing comes to stand alone.

    The rows of one kiln and period are one group: they have the same columns.
    """
    network, kilns = model.network, sides.kilns
    first = len(sides.room) - len(kilns.low)
    group_of_arc = np.full(len(network.tail), -1)
    of_arcs = kilns.entries.column < len(network.tail)
    group_of_arc[kilns.entries.column[of_arcs]] = kilns.group[kilns.entries.row[of_arcs]]
    for arcs in components(network, links):
        if nodes[network.tail[arcs[0]]]:
            mine = np.isin(kilns.group, group_of_arc[arcs])
            yield arcs, first + np.nonzero(mine)[0]
    for group in np.setdiff1d(kilns.group, group_of_arc).tolist():
        yield np.zeros(0, np.int64), first + np.nonzero(kilns.group == group)[0]


def _touched(model: Model, sides: Sides, rules: Rules, links: tuple[Ints, Ints]) -> Flags:
    """Mark every node whose component has a side row or a choice in it."""
    network = model.network
    label = component_labels(
        network.nodes,
        np.concatenate((network.tail, links[0])),
        np.concatenate((network.head, links[1])),
    )
    choices = rules.on(model, np.arange(len(network.tail))).arcs
    columns = sides.entries.column
    arcs = np.concatenate((columns[columns < len(network.tail)], choices))
    return np.isin(label, label[network.tail[arcs]])
