"""Allocation under blends, quotas and choices of suppliers: a linear programme per part.

Most tonnes, then fewest tonne-km, takes two solves; net value one. Bounds are recomputed here
from the duals, so that a solver's tolerance can weaken a bound but never make it wrong.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from matching.allocate import Model
from matching.choices import SECONDS, Choices, Rules, choose
from matching.deadline import Deadline, OutOfTimeError
from matching.geography import Flags, Floats, Ints
from matching.linear import Entries, Outcome, Programme, Solution, Solver, minimise
from matching.network import component_labels, components
from matching.repair import repaired
from matching.sides import Sides

_LARGE = 40_000
"""Arcs from which the first-order solver is taken; the simplex needs minutes there."""
_TONNE_IN_LONGEST_WAYS = 3.0
_GRAM = 1e-6
_UNHURRIED = Deadline(lambda: False)
_CLINKER = 1e-9
"""A shortfall of clinker below this share is the solver's tolerance."""
_SLACK = 1e-9
"""Relative room below the most tonnes, so that the second solve has a plan to stand on."""


@dataclass(frozen=True, slots=True)
class Levels:
    """Duals in tonnes (first) and in cost (second) per node and per side row, as gains >= 0."""

    node_first: Floats
    node_second: Floats
    side_first: Floats
    side_second: Floats


@dataclass(frozen=True, slots=True)
class Blended:
    """`flow` tonnes per arc, `beside` per column of the kilns; bounds on tonnes and on cost.

    The tonnes have none for net value. `nodes` marks what the programmes decide; the rest is left
    to the network.
    """

    nodes: Flags
    flow: Floats
    beside: Floats
    levels: Levels
    tonnes_bound: float | None
    cost_bound: float
    complete: bool
    parts: int


def allocate_blended(model: Model, sides: Sides, rules: Rules, deadline: Deadline) -> Blended:
    network = model.network
    plan = np.concatenate((np.zeros(len(network.tail)), sides.kilns.most * sides.kilns.short))
    levels = Levels(*(np.zeros(n) for n in (network.nodes,) * 2 + (len(sides.room),) * 2))
    tonnes = cost = 0.0
    parts = 0
    links = (network.head[sides.links[0]], network.head[sides.links[1]])
    nodes = _touched(model, sides, rules, links)
    complete = True
    for arcs, rows in _parts(model, sides, nodes, links):
        part = _Part.of(model, sides, arcs, rules, rows)
        try:
            answer = _solve_part(part, deadline, lexicographic=network.lexicographic)
        except OutOfTimeError:
            complete = False
            break
        plan[part.columns] = _tidy(answer.flow, part.most)
        _store(levels, part, answer)
        tonnes, cost, parts = tonnes + answer.tonnes_bound, cost + answer.cost_bound, parts + 1
    bound = tonnes if network.lexicographic and complete else None
    flow, beside = np.split(plan, [len(network.tail)])
    return Blended(nodes, flow, beside, levels, bound, cost, complete=complete, parts=parts)


def _parts(
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


def _tidy(flow: Floats, high: Floats) -> Floats:
    """Drop what is only the solver's tolerance: less than a gram flows nowhere."""
    return np.where(flow < _GRAM, 0.0, np.minimum(flow, high))


@dataclass(frozen=True, slots=True)
class _Part:
    """One component: its rows are nodes first, then side rows.

    `columns` are arcs, then the kilns' own. `most` is what a column can ever carry; it bounds the
    bound, but is no row with a price. `short` weighs clinker that is not made.
    """

    nodes: Ints
    side_rows: Ints
    columns: Ints
    pairs: Floats
    short: Floats
    most: Floats
    programme: Programme
    choices: Choices
    kilns: bool

    @classmethod
    def of(
        cls, model: Model, sides: Sides, arcs: Ints, rules: Rules, kiln_rows: Ints | None = None
    ) -> "_Part":
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
            np.concatenate(
                (np.tile(np.arange(len(arcs)), 2), position[sides.entries.column[mine]])
            ),
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
        return cls(
            nodes,
            side_rows,
            columns,
            np.concatenate((_is_pair(model, arcs), none)),
            np.concatenate((np.zeros(len(arcs)), kilns.short[own].astype(np.float64))),
            most,
            programme,
            rules.on(model, arcs),
            len(own) > 0,
        )


def _columns_beside(sides: Sides, arcs: int, kiln_rows: Ints | None) -> Ints:
    """List the columns that the kilns' rows have beside the arcs."""
    if kiln_rows is None or not len(kiln_rows):
        return np.zeros(0, np.int64)
    entries = sides.entries
    mine = (entries.column >= arcs) & np.isin(entries.row, kiln_rows)
    return np.unique(entries.column[mine])


def _is_pair(model: Model, arcs: Ints) -> Floats:
    """One for pairs, nought for yards."""
    return (arcs < len(model.kept) * model.periods).astype(np.float64)


@dataclass(frozen=True, slots=True)
class _Answer:
    flow: Floats
    first: Floats
    second: Floats
    tonnes_bound: float
    cost_bound: float


def _solve_part(part: _Part, deadline: Deadline, *, lexicographic: bool) -> _Answer:
    """Raise `OutOfTimeError` where time ends before there is a plan."""
    if deadline.passed():
        raise OutOfTimeError("no time is left for this part")
    if part.short.any():
        part = _with_clinker_first(part, deadline)
    if len(part.choices.arcs):
        return _with_choices(part, deadline, lexicographic=lexicographic)
    large = len(part.programme.cost) > _LARGE and not part.kilns
    if lexicographic:
        return _most_tonnes_largely(part, deadline) if large else _most_tonnes(part, deadline)
    best = _solved(part.programme, Solver.PDLP if large else Solver.GLOP, deadline)
    flow = (
        repaired(part.programme, best.values, part.most, len(part.nodes)) if large else best.values
    )
    none = np.zeros(len(part.programme.row_high))
    return _Answer(flow, none, best.duals, 0.0, weak_bound(part.programme, best.duals, part.most))


def _with_clinker_first(part: _Part, deadline: Deadline) -> _Part:
    """Bind the part to as much clinker as its windows and lots allow, whatever that costs."""
    goal = _with_cost(part.programme, part.short)
    if len(part.choices.arcs):
        values = choose(goal, part.choices, part.most, deadline.left_s(SECONDS))[0].flow
    else:
        values = _solved(goal, Solver.GLOP, deadline).values
    missing = float(part.short @ values)
    whole = part.most @ part.short
    if missing <= _CLINKER * whole:
        most = np.where(part.short > 0, 0.0, part.most)
        high = np.minimum(part.programme.high, most)
        programme = replace(part.programme, high=high)
        return replace(part, programme=programme, most=most, short=0 * part.short)
    floor = -missing * (1 + _SLACK)
    bound = _with_floor(part.programme, -part.short, floor)
    return replace(part, programme=bound, short=0 * part.short)


def _most_tonnes(part: _Part, deadline: Deadline) -> _Answer:
    """Solve for tonnes, then for the shortest ways at as many."""
    most = _with_cost(part.programme, -part.pairs)
    first = _solved(most, Solver.GLOP, deadline)
    floor = float(part.pairs @ first.values) * (1 - _SLACK)
    shortest = _with_floor(part.programme, part.pairs, floor)
    second = _solved(shortest, Solver.GLOP, deadline)
    worth = second.duals[-1]
    return _Answer(
        second.values,
        first.duals,
        second.duals[:-1] - worth * first.duals,
        -weak_bound(most, first.duals, part.most),
        weak_bound(shortest, second.duals, part.most),
    )


def _most_tonnes_largely(part: _Part, deadline: Deadline) -> _Answer:
    """Price a tonne at a few of the longest ways, and repair what the solver leaves broken.

    What any plan of at least the tonnes reached must drive follows from the priced bound:
    min (km - price) x >= B gives km x >= B + price * tonnes.
    """
    most = _with_cost(part.programme, -part.pairs)
    first = _solved(most, Solver.PDLP, deadline)
    price = _TONNE_IN_LONGEST_WAYS * float(np.max(part.programme.cost, initial=1.0))
    priced = _with_cost(part.programme, part.programme.cost - price * part.pairs)
    second = _solved(priced, Solver.PDLP, deadline)
    flow = repaired(priced, second.values, part.most, len(part.nodes))
    proven = weak_bound(priced, second.duals, part.most) + price * float(part.pairs @ flow)
    return _Answer(
        flow,
        first.duals,
        second.duals + price * first.duals,
        -weak_bound(most, first.duals, part.most),
        proven,
    )


def _with_choices(part: _Part, deadline: Deadline, *, lexicographic: bool) -> _Answer:
    """Choose the suppliers by branch and bound, then price the plan with the choice as it is.

    That pricing is one small programme and is not cut short: without it there is no plan.
    """
    programme, most = part.programme, -np.inf
    seconds = deadline.left_s(SECONDS)
    if lexicographic:
        goal = _with_cost(programme, -part.pairs)
        half = None if seconds is None else seconds / 2
        chosen, most = choose(goal, part.choices, part.most, half)
        floor = float(part.pairs @ chosen.flow) * (1 - _SLACK)
        shortest = _with_floor(programme, part.pairs, floor)
        try:
            seconds = deadline.left_s(SECONDS)
            chosen, cost_bound = choose(shortest, part.choices, part.most, seconds)
        except OutOfTimeError:
            cost_bound = weak_bound(programme, np.zeros(len(programme.row_low)), part.most)
    else:
        chosen, cost_bound = choose(programme, part.choices, part.most, seconds)
    fixed = replace(
        part,
        programme=replace(programme, low=chosen.low, high=chosen.high),
        most=np.minimum(part.most, chosen.high),
        choices=Choices.none(),
    )
    answer = _solve_part(fixed, _UNHURRIED, lexicographic=lexicographic)
    return replace(answer, tonnes_bound=-most if lexicographic else 0.0, cost_bound=cost_bound)


def _solved(programme: Programme, solver: Solver, deadline: Deadline) -> Solution:
    solution = minimise(programme, solver, deadline.left_s())
    if solution.outcome is Outcome.UNSOLVED and deadline.passed():
        raise OutOfTimeError("the linear solver had no plan yet")
    if solution.outcome is not Outcome.OPTIMAL:
        raise ArithmeticError(f"the linear solver answered {solution.outcome}")
    return solution


def _with_cost(programme: Programme, cost: Floats) -> Programme:
    return replace(programme, cost=cost)


def _with_floor(programme: Programme, pairs: Floats, floor: float) -> Programme:
    """Add a last row: at least so much of what `pairs` weigh."""
    columns = np.nonzero(pairs)[0]
    entries = programme.entries
    row = np.full(len(columns), len(programme.row_low))
    return Programme(
        programme.cost,
        programme.low,
        programme.high,
        Entries(
            np.concatenate((entries.row, row)),
            np.concatenate((entries.column, columns)),
            np.concatenate((entries.factor, pairs[columns])),
        ),
        np.append(programme.row_low, floor),
        np.append(programme.row_high, np.inf),
    )


def weak_bound(programme: Programme, duals: Floats, most: Floats) -> float:
    """Prove a lower bound from any duals, no variable exceeding `most`.

    Duals of a wrong sign for their row count as zero.
    """
    usable = np.where(duals > 0, np.isfinite(programme.row_low), np.isfinite(programme.row_high))
    price = np.where(usable, duals, 0.0)
    side = np.where(price > 0, programme.row_low, programme.row_high)
    entries = programme.entries
    reduced = programme.cost - np.bincount(
        entries.column, entries.factor * price[entries.row], len(programme.cost)
    )
    used = price != 0
    ends = np.minimum(reduced, 0.0) @ most + np.maximum(reduced, 0.0) @ programme.low
    return float(price[used] @ side[used] + ends)


def _store(levels: Levels, part: _Part, answer: _Answer) -> None:
    """Turn duals into gains: relaxing a `<=` row by one lowers the cost by its negative dual."""
    count = len(part.nodes)
    levels.node_first[part.nodes] = np.maximum(0.0, -answer.first[:count])
    levels.node_second[part.nodes] = -answer.second[:count]
    sides = slice(count, count + len(part.side_rows))
    levels.side_first[part.side_rows] = np.maximum(0.0, -answer.first[sides])
    levels.side_second[part.side_rows] = -answer.second[sides]
