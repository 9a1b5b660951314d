"""Allocation under blends, quotas and choices of suppliers: a linear programme per part.

Most tonnes, then fewest tonne-km, takes two solves; net value one. Bounds are recomputed here
from the duals, so that a solver's tolerance can weaken a bound but never make it wrong.
"""

from dataclasses import dataclass, replace

import numpy as np

from matching.allocate import Model
from matching.choices import SECONDS, Choices, Rules, choose
from matching.deadline import Deadline, OutOfTimeError
from matching.geography import Flags, Floats
from matching.linear import Entries, Outcome, Programme, Solution, Solver, minimise
from matching.part import Part, parts_of
from matching.ranges import Ends, ends_of
from matching.repair import repaired
from matching.side_by_side import Labour
from matching.sides import Sides

_LARGE = 20_000
"""Arcs from which the first-order solver is taken; the simplex needs minutes there."""
_MANY_CHOICES = 30
_MANY_COLUMNS = 3_000
"""From about here on a part takes longer than a process takes to start."""
GRACE_S = 2.0
"""What a programme may take beyond the deadline: to price the choice that it has by then."""
_TONNE_IN_LONGEST_WAYS = 3.0
_GRAM = 1e-6
_UNHURRIED = Deadline()
_CLINKER = 1e-9
"""A shortfall of clinker below this share is the solver's tolerance."""
_SLACK = 1e-9
"""Relative room below the most tonnes, so that the second solve has a plan to stand on."""


@dataclass(frozen=True, slots=True)
class Blended:
    """`flow` tonnes per arc, `beside` per column of the kilns; bounds on tonnes and on cost.

    The tonnes have none for net value. `nodes` marks what the programmes decide; the rest is left
    to the network. Parts that time did not allow carry nothing, are `still_open` and in no bound.
    """

    nodes: Flags
    flow: Floats
    beside: Floats
    node_ends: Ends
    side_ends: Ends
    tonnes_bound: float | None
    cost_bound: float
    still_open: Flags
    complete: bool
    parts: int


def allocate_blended(model: Model, sides: Sides, rules: Rules, labour: Labour) -> Blended:
    network = model.network
    plan = np.concatenate((np.zeros(len(network.tail)), sides.kilns.most * sides.kilns.short))
    node_ends, side_ends = Ends.none(network.nodes), Ends.none(len(sides.room))
    tonnes = cost = 0.0
    still_open = np.zeros(network.nodes, np.bool_)
    nodes, parts = parts_of(model, sides, rules)
    answers = labour.solved(
        _most_tonnes_of if network.lexicographic else _least_cost_of, parts, _effort, GRACE_S
    )
    for part, answer in zip(parts, answers, strict=True):
        if answer is None:
            still_open[part.nodes] = True
            continue
        plan[part.columns] = _tidy(answer.flow[: len(part.columns)], part.most)
        count = len(part.nodes)
        node_ends.put(part.nodes, answer.ends, slice(count))
        side_ends.put(part.side_rows, answer.ends, slice(count, count + len(part.side_rows)))
        tonnes, cost = tonnes + answer.tonnes_bound, cost + answer.cost_bound
    flow, beside = np.split(plan, [len(network.tail)])
    return Blended(
        nodes,
        flow,
        beside,
        node_ends,
        side_ends,
        tonnes if network.lexicographic else None,
        cost,
        still_open,
        all(answer is not None for answer in answers),
        sum(answer is not None for answer in answers),
    )


def _effort(part: Part) -> float:
    return len(part.choices.arcs) / _MANY_CHOICES + len(part.columns) / _MANY_COLUMNS


def _tidy(flow: Floats, high: Floats) -> Floats:
    """Drop what is only the solver's tolerance: less than a gram flows nowhere."""
    return np.where(flow < _GRAM, 0.0, np.minimum(flow, high))


@dataclass(frozen=True, slots=True)
class _Answer:
    flow: Floats
    ends: Ends
    tonnes_bound: float
    cost_bound: float


def _most_tonnes_of(part: Part, seconds: float | None) -> _Answer:
    return _solve_part(part, Deadline.after(seconds), lexicographic=True)


def _least_cost_of(part: Part, seconds: float | None) -> _Answer:
    return _solve_part(part, Deadline.after(seconds), lexicographic=False)


def _solve_part(part: Part, deadline: Deadline, *, lexicographic: bool) -> _Answer:
    """Raise `OutOfTimeError` where time ends before there is a plan."""
    if deadline.passed():
        raise OutOfTimeError("no time is left for this part")
    if len(part.choices.arcs):
        return _with_choices(part, deadline, lexicographic=lexicographic)
    part = _prepared(part, deadline)
    large = len(part.programme.cost) > _LARGE and not part.exact
    if lexicographic:
        return _most_tonnes_largely(part, deadline) if large else _most_tonnes(part, deadline)
    best = _solved(part.programme, Solver.PDLP if large else Solver.GLOP, deadline)
    flow = (
        repaired(part.programme, best.values, part.most, len(part.nodes)) if large else best.values
    )
    ends = _ends(part, [part.programme.cost], flow, [best.duals], single=large)
    return _Answer(flow, ends, 0.0, weak_bound(part.programme, best.duals, part.most))


def _ends(
    part: Part, goals: list[Floats], flow: Floats, duals: list[Floats], *, single: bool = False
) -> Ends:
    """Price rows from both sides, in two levels; `single` takes the solver's dual as it is.

    So it is where clinker is missing, which one more tonne makes first and the goals do not price.
    """
    every = np.stack([np.zeros_like(duals[0])] * (2 - len(duals)) + duals)
    if single or part.one_dual:
        return Ends.single(every, np.zeros(every.shape[1], np.bool_))
    found = ends_of(part.programme, np.stack(goals), flow, np.stack(duals), part.priced)
    return found if len(goals) == 2 else found.below_nothing()


def _prepared(part: Part, deadline: Deadline) -> Part:
    """Bind the part to what comes before the goals: mended mixes, then clinker."""
    if len(part.owing):
        part = _with_mixes_mended(part, deadline)
    return _with_clinker_first(part, deadline) if part.short.any() else part


def _with_mixes_mended(part: Part, deadline: Deadline) -> Part:
    """Bind the part to mend as much as it can of what contracts break, whatever that costs.

    What cannot be mended is in a column per row at the end. Sending nothing keeps these rows too.
    """
    programme, count = part.programme, len(part.owing)
    last = len(programme.cost) + np.arange(count)
    broken = -programme.row_high[part.owing]
    entries = programme.entries
    wider = replace(
        programme,
        cost=np.append(programme.cost, np.zeros(count)),
        low=np.append(programme.low, np.zeros(count)),
        high=np.append(programme.high, broken),
        entries=Entries(
            np.append(entries.row, part.owing),
            np.append(entries.column, last),
            np.append(entries.factor, -np.ones(count)),
        ),
    )
    none = np.zeros(count)
    left = np.append(np.zeros(len(programme.cost)), np.ones(count))
    most = np.append(part.most, broken)
    goal = _with_cost(wider, left)
    if len(part.choices.arcs):
        values = choose(goal, part.choices, most, deadline.left_s(SECONDS))[0].flow
    else:
        values = _solved(goal, Solver.GLOP, deadline).values
    ceiling = float(left @ values) * (1 + _SLACK) + _SLACK
    return replace(
        part,
        programme=_with_floor(wider, -left, -ceiling),
        pairs=np.append(part.pairs, none),
        short=np.append(part.short, none),
        most=most,
        owing=part.owing[:0],
        one_dual=True,
    )


def _with_clinker_first(part: Part, deadline: Deadline) -> Part:
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
        high = np.where(part.short > 0, 0.0, part.programme.high)
        programme = replace(part.programme, high=high)
        return replace(part, programme=programme, most=most, short=0 * part.short)
    floor = -missing * (1 + _SLACK)
    bound = _with_floor(part.programme, -part.short, floor)
    return replace(part, programme=bound, short=0 * part.short, one_dual=True)


def _most_tonnes(part: Part, deadline: Deadline) -> _Answer:
    """Solve for tonnes, then for the shortest ways at as many."""
    most = _with_cost(part.programme, -part.pairs)
    first = _solved(most, Solver.GLOP, deadline)
    floor = float(part.pairs @ first.values) * (1 - _SLACK)
    shortest = _with_floor(part.programme, part.pairs, floor)
    second = _solved(shortest, Solver.GLOP, deadline)
    duals = [first.duals, second.duals[:-1] - second.duals[-1] * first.duals]
    return _Answer(
        second.values,
        _ends(part, [most.cost, part.programme.cost], second.values, duals),
        -weak_bound(most, first.duals, part.most),
        weak_bound(shortest, second.duals, part.most),
    )


def _most_tonnes_largely(part: Part, deadline: Deadline) -> _Answer:
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
    duals = [first.duals, second.duals + price * first.duals]
    return _Answer(
        flow,
        _ends(part, [], flow, duals, single=True),
        -weak_bound(most, first.duals, part.most),
        proven,
    )


def _with_choices(whole: Part, deadline: Deadline, *, lexicographic: bool) -> _Answer:
    """Choose the suppliers by branch and bound, then price the plan with the choice as it is.

    That pricing is one small programme and is not cut short: without it there is no plan.
    """
    part = _prepared(whole, deadline)
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
    own = slice(len(whole.most))
    high = chosen.high[own]
    fixed = replace(
        whole,
        programme=replace(whole.programme, low=chosen.low[own], high=high),
        most=np.minimum(whole.most, high),
        choices=Choices.none(),
        one_dual=part.one_dual or not chosen.settled,
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
