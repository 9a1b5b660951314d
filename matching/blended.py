"""Allocation under blends, quotas and choices of suppliers: a linear programme per part.

Most tonnes, then fewest tonne-km, takes two solves; net value one. Bounds are recomputed here
from the duals, so that a solver's tolerance can weaken a bound but never make it wrong.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from matching.allocate import Model
from matching.choices import Choices, Rules
from matching.choosing import SECONDS, Chosen, choose, is_large
from matching.deadline import Deadline, OutOfTimeError
from matching.geography import Flags, Floats
from matching.linear import Entries, Programme, Solution, Solver, optimum, weak_bound
from matching.part import Part, parts_of
from matching.part_prices import PartEnds, ends_in
from matching.ranges import Ends
from matching.repair import repaired
from matching.rooms import Rooms
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
_TRACE = 1e-3
"""Of a tonne, what the longest way costs beside it."""
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
    room_ends: Ends
    tonnes_bound: float | None
    cost_bound: float
    still_open: Flags
    complete: bool
    parts: int


def allocate_blended(model: Model, sides: Sides, rules: Rules, labour: Labour) -> Blended:
    network = model.network
    plan = np.concatenate((np.zeros(len(network.tail)), sides.kilns.most * sides.kilns.short))
    node_ends, side_ends = Ends.none(network.nodes), Ends.none(len(sides.room))
    room_ends = Ends.none(len(Rooms.of(model)))
    tonnes = cost = 0.0
    still_open = np.zeros(network.nodes, np.bool_)
    nodes, parts = parts_of(model, sides, rules)
    answers = labour.solved(
        _most_tonnes_of if network.lexicographic else _least_cost_of, parts, _effort, GRACE_S
    )
    for part, answer in zip(parts, answers, strict=True):
        if answer is None:
            still_open[part.nodes] = True
            if part.short.any() and labour.deadline.left_s() == 0.0:
                plan[part.columns] = _of_feeds_alone(part)
            continue
        plan[part.columns] = _tidy(answer.flow[: len(part.columns)], part.most)
        count = len(part.nodes)
        node_ends.put(part.nodes, answer.ends.rows, slice(count))
        side_ends.put(part.side_rows, answer.ends.rows, slice(count, count + len(part.side_rows)))
        room_ends.put(part.rooms.places, answer.ends.rooms, slice(None))
        tonnes, cost = tonnes + answer.tonnes_bound, cost + answer.cost_bound
    flow, beside = np.split(plan, [len(network.tail)])
    return Blended(
        nodes,
        flow,
        beside,
        node_ends,
        side_ends,
        room_ends,
        tonnes if network.lexicographic else None,
        cost,
        still_open,
        all(answer is not None for answer in answers),
        sum(answer is not None for answer in answers),
    )


def _of_feeds_alone(part: Part) -> Floats:
    """Plan for a kiln that time did not allow: nothing is delivered, its own feeds make clinker."""
    delivered = np.zeros(len(part.columns), np.bool_)
    delivered[: part.arcs] = True
    shut = replace(
        part,
        programme=replace(part.programme, high=np.where(delivered, 0.0, part.programme.high)),
        most=np.where(delivered, 0.0, part.most),
        choices=Choices.none(),
        one_dual=True,
    )
    flow = _solve_part(shut, _UNHURRIED, lexicographic=False).flow[: len(part.columns)]
    return _tidy(flow, shut.most)


def _effort(part: Part) -> float:
    return len(part.choices.arcs) / _MANY_CHOICES + len(part.columns) / _MANY_COLUMNS


def _tidy(flow: Floats, high: Floats) -> Floats:
    """Drop what is only the solver's tolerance: less than a gram flows nowhere."""
    return np.where(flow < _GRAM, 0.0, np.minimum(flow, high))


@dataclass(frozen=True, slots=True)
class _Answer:
    flow: Floats
    ends: PartEnds
    tonnes_bound: float
    cost_bound: float


def _most_tonnes_of(part: Part, seconds: float | None) -> Iterator[_Answer]:
    return _answers(part, Deadline.after(seconds), lexicographic=True)


def _least_cost_of(part: Part, seconds: float | None) -> Iterator[_Answer]:
    return _answers(part, Deadline.after(seconds), lexicographic=False)


def _answers(part: Part, deadline: Deadline, *, lexicographic: bool) -> Iterator[_Answer]:
    """Yield a plan, of chosen suppliers first without its own prices, or raise `OutOfTimeError`."""
    if deadline.passed():
        raise OutOfTimeError("no time is left for this part")
    if len(part.choices.arcs):
        yield from _with_choices(part, deadline, lexicographic=lexicographic)
    else:
        yield _solve_part(part, deadline, lexicographic=lexicographic)


def _solve_part(part: Part, deadline: Deadline, *, lexicographic: bool) -> _Answer:
    """Solve a part without choices."""
    part = _prepared(part, deadline)
    large = len(part.programme.cost) > _LARGE and not part.exact
    if lexicographic:
        return _most_tonnes_largely(part, deadline) if large else _most_tonnes(part, deadline)
    best = optimum(part.programme, Solver.PDLP if large else Solver.GLOP, deadline)
    flow = (
        repaired(part.programme, best.values, part.most, len(part.nodes)) if large else best.values
    )
    ends = ends_in(part, [part.programme.cost], flow, [best.duals], single=large)
    return _Answer(flow, ends, 0.0, weak_bound(part.programme, best.duals, part.most))


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
    values = _reached(_with_cost(wider, left), part, most, deadline)
    ceiling = float(left @ values) * (1 + _SLACK) + _SLACK
    return replace(
        part,
        programme=_with_floor(wider, -left, -ceiling),
        pairs=np.append(part.pairs, none),
        short=np.append(part.short, none),
        most=most,
        owing=part.owing[:0],
        one_dual=True,
        known=values,
    )


def _with_clinker_first(part: Part, deadline: Deadline) -> Part:
    """Bind the part to as much clinker as its windows and lots allow, whatever that costs."""
    goal = _with_cost(part.programme, part.short)
    values = _reached(goal, part, part.most, deadline)
    missing = float(part.short @ values)
    if missing <= _CLINKER * (part.most @ part.short):
        most = np.where(part.short > 0, 0.0, part.most)
        high = np.where(part.short > 0, 0.0, part.programme.high)
        programme = replace(part.programme, high=high)
        return replace(part, programme=programme, most=most, short=0 * part.short, known=values)
    floor = -missing * (1 + _SLACK)
    bound = _with_floor(part.programme, -part.short, floor)
    return replace(part, programme=bound, short=0 * part.short, one_dual=True, known=values)


def _reached(goal: Programme, part: Part, most: Floats, deadline: Deadline) -> Floats:
    """Return the best plan for a goal that comes before the others."""
    if len(part.choices.arcs):
        return choose(goal, part.choices, most, deadline, known=part.known).flow
    return optimum(goal, Solver.GLOP, deadline).values


def _most_tonnes(part: Part, deadline: Deadline) -> _Answer:
    """Solve for tonnes, then for the shortest ways at as many.

    Tonnes have a price in the second solve too, so that the slack is not used up to save a way.
    """
    most = _with_cost(part.programme, -part.pairs)
    first = _optimum_of_tonnes(most, part, deadline)
    floor = float(part.pairs @ first.values) * (1 - _SLACK)
    price, priced = _tonne_price(part), _with_cost(part.programme, _priced_tonnes(part))
    shortest = _with_floor(priced, part.pairs, floor)
    second = optimum(shortest, Solver.GLOP, deadline)
    duals = [first.duals, second.duals[:-1] - (second.duals[-1] + price) * first.duals]
    proven = weak_bound(shortest, second.duals, part.most)
    return _Answer(
        second.values,
        ends_in(part, [most.cost, part.programme.cost], second.values, duals),
        -weak_bound(most, first.duals, part.most),
        proven + price * float(part.pairs @ second.values),
    )


def _optimum_of_tonnes(goal: Programme, part: Part, deadline: Deadline) -> Solution:
    """Solve for tonnes with a trace of the ways, which parts the many optima and is far quicker.

    The duals at two traces, where the optimal basis is one, give those at none; where it is not,
    they prove less than what was reached, and tonnes are solved for alone.
    """
    if not is_large(goal):
        return optimum(goal, Solver.GLOP, deadline)
    way = _TRACE * part.programme.cost / float(np.max(part.programme.cost, initial=1.0))
    one, two = (
        optimum(_with_cost(goal, goal.cost + times * way), Solver.GLOP, deadline)
        for times in (1, 2)
    )
    found = replace(one, duals=2 * one.duals - two.duals)
    reached = float(goal.cost @ found.values)
    if reached - weak_bound(goal, found.duals, part.most) > _SLACK * abs(reached):
        return optimum(goal, Solver.GLOP, deadline)
    return found


def _most_tonnes_largely(part: Part, deadline: Deadline) -> _Answer:
    """Price a tonne at a few of the longest ways, and repair what the solver leaves broken.

    What any plan of at least the tonnes reached must drive follows from the priced bound:
    min (km - price) x >= B gives km x >= B + price * tonnes.
    """
    most = _with_cost(part.programme, -part.pairs)
    first = optimum(most, Solver.PDLP, deadline)
    price, priced = _tonne_price(part), _with_cost(part.programme, _priced_tonnes(part))
    second = optimum(priced, Solver.PDLP, deadline)
    flow = repaired(priced, second.values, part.most, len(part.nodes))
    proven = weak_bound(priced, second.duals, part.most) + price * float(part.pairs @ flow)
    duals = [first.duals, second.duals - price * first.duals]
    return _Answer(
        flow,
        ends_in(part, [], flow, duals, single=True),
        -weak_bound(most, first.duals, part.most),
        proven,
    )


def _with_choices(whole: Part, deadline: Deadline, *, lexicographic: bool) -> Iterator[_Answer]:
    """Choose the suppliers by branch and bound, then price the plan with the choice as it is.

    Before that, or where time is too short for it, the prices are those without the rules.
    """
    part = _prepared(whole, deadline)
    if lexicographic:
        chosen, most, duals = _choose_most_tonnes(part, deadline)
    else:
        chosen = choose(part.programme, part.choices, part.most, deadline, known=part.known)
        most = 0.0
        duals = np.stack((np.zeros_like(chosen.duals), chosen.duals))
    left = deadline.left_s()
    if left is not None:
        rows = len(whole.programme.row_low)
        ends = ends_in(whole, [], chosen.flow, list(duals[:, :rows]), single=True)
        yield _Answer(chosen.flow, ends, most, chosen.bound)
    if left is not None and left < chosen.seconds:
        return
    own = slice(len(whole.most))
    high = chosen.high[own]
    fixed = replace(
        whole,
        programme=replace(whole.programme, low=chosen.low[own], high=high),
        most=np.minimum(whole.most, high),
        choices=Choices.none(),
        exact=True,
        one_dual=part.one_dual or not chosen.settled,
    )
    answer = _solve_part(fixed, _UNHURRIED, lexicographic=lexicographic)
    yield replace(answer, tonnes_bound=most, cost_bound=chosen.bound)


def _choose_most_tonnes(part: Part, deadline: Deadline) -> tuple[Chosen, float, Floats]:
    """Return the shortest ways of the most tonnes found, the most there can be, and duals.

    The rules rarely cost a tonne: as many as without them are tried before anything else. In a
    large part a few tonnes may be given up for many tonne-km.
    """
    goal, started = _with_cost(part.programme, -part.pairs), time.monotonic()
    relaxed = _optimum_of_tonnes(goal, part, deadline)
    most = -weak_bound(goal, relaxed.duals, part.most)
    own = partial(_choose_shortest, part, deadline=deadline, spent_s=time.monotonic() - started)
    half = Deadline.after((deadline.left_s(SECONDS) or 0.0) / 2, deadline.asked)
    if is_large(goal):
        goal = _with_cost(goal, _priced_tonnes(part))
        found = choose(goal, part.choices, part.most, half, known=part.known)
    else:
        try:
            chosen = own(relaxed.values, patient=False)
            return chosen, most, _levels(relaxed.duals, chosen)
        except OutOfTimeError:
            found = choose(goal, part.choices, part.most, half, known=part.known)
            most = -found.bound
    best = own(found.flow, known=found.flow)
    return best, most, _levels(relaxed.duals, best)


def _levels(first: Floats, second: Chosen) -> Floats:
    """Part the duals of the second goal, whose last row keeps the first, into two levels."""
    return np.stack((first, second.duals[:-1] - second.duals[-1] * first))


def _tonne_price(part: Part) -> float:
    """Price a tonne at a few of the longest ways."""
    return _TONNE_IN_LONGEST_WAYS * float(np.max(part.programme.cost, initial=1.0))


def _priced_tonnes(part: Part) -> Floats:
    """Return the costs with each tonne at its price."""
    priced: Floats = part.programme.cost - _tonne_price(part) * part.pairs
    return priced


def _choose_shortest(part: Part, tonnes: Floats, *, deadline: Deadline, **how: Any) -> Chosen:
    """Choose the shortest ways of no fewer tonnes than a plan has."""
    floor = float(part.pairs @ tonnes) * (1 - _SLACK)
    shortest = _with_floor(part.programme, part.pairs, floor)
    return choose(shortest, part.choices, part.most, deadline, **how)


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
