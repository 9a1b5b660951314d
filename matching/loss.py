"""What the loss of each receiving plant would strand, and where its suppliers would turn.

Pairs are found and judged once. Each loss then solves again only the independent part of the
network that the plant stands in; a plant that takes nothing in the plan costs nothing, because
what is best among more choices and uses none of the lost ones stays best.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

import numpy as np

from matching.allocate import Model, build
from matching.candidates import Pairs, Rows, find_pairs
from matching.changes import Case, RemovePlant
from matching.deadline import Deadline
from matching.economics import merit, net_value, require_factors, waterfall
from matching.geography import Flags, Floats, Ints
from matching.lookup import slots_of_plant
from matching.network import component_labels
from matching.network import solve as solve_network
from matching.problem import Objective, Parameters, Problem
from matching.result import Result
from matching.side_by_side import Labour
from matching.sides import is_linear
from matching.solve import Stop, solve

_WEIGHABLE_T = 1e-6
"""Beyond a gram nothing is weighed; smaller differences are rounding."""


@dataclass(frozen=True, slots=True)
class SecondBest:
    """The supply's best other slot by the run's own order, whether or not it has room.

    `extra_km` compares with the lost plant's nearest slot that took from it.
    """

    slot_id: str
    sink_id: str
    distance_km: float
    extra_km: float
    value_yuan_per_t: float


@dataclass(frozen=True, slots=True)
class Move:
    """A slot that takes more from this supply than before."""

    slot_id: str
    more_t: float


@dataclass(frozen=True, slots=True)
class Turn:
    """One supply that sent `lost_t` to the plant; `stranded_t` is what it places less in all.

    Supplies that sent nothing there but are pushed out by others stand with `lost_t` = 0.
    """

    supply_id: str
    lost_t: float
    stranded_t: float
    moves: tuple[Move, ...]
    second_best: SecondBest | None


@dataclass(frozen=True, slots=True)
class Loss:
    """All figures compare two best plans over all periods.

    `extra_tonne_km` may be negative, because stranded tonnes are not driven. `lost_yuan` is net
    of storage.
    """

    sink_id: str
    took_t: float
    stranded_t: float
    extra_tonne_km: float
    lost_yuan: float
    turns: tuple[Turn, ...]

    @property
    def rerouted_t(self) -> float:
        return self.took_t - self.stranded_t


def losses(
    problem: Problem,
    parameters: Parameters,
    sink_ids: Iterable[str] | None = None,
    on_progress: Callable[[float], None] | None = None,
    should_stop: Stop | None = None,
) -> tuple[Loss, ...]:
    """Take out each plant (or those named) in turn; most stranded first.

    `should_stop` is polled before each plant; those done by then are returned.
    """
    wanted = sorted(set(sink_ids) if sink_ids is not None else {k.sink_id for k in problem.slots})
    for sink_id in wanted:
        slots_of_plant(problem, sink_id)
    base = _Base.of(problem, parameters)
    found = []
    for done, sink_id in enumerate(wanted):
        if should_stop is not None and should_stop():
            break
        found.append(_loss(base, sink_id))
        if on_progress is not None:
            on_progress((done + 1) / len(wanted))
    return tuple(sorted(found, key=lambda loss: (-loss.stranded_t, -loss.took_t, loss.sink_id)))


@dataclass(frozen=True, slots=True)
class _Columns:
    """Pairs that may carry tonnes, in order of supply: what may be planned, and contracts."""

    supply: Ints
    slot: Ints
    distance_km: Floats
    value: Floats


@dataclass(frozen=True, slots=True)
class _Plan:
    """Tonnes per column over all periods, and what storing and virgin feeds cost."""

    tonnes: Floats
    beside_yuan: float


@dataclass(frozen=True, slots=True)
class _Base:
    """The problem as arrays and its best plan.

    `flow` is None where the plan is more than a network: a loss is then solved as a whole.
    `part` labels each arc with the independent part it belongs to.
    """

    problem: Problem
    parameters: Parameters
    rows: Rows
    pairs: Pairs
    value: Floats
    merit: Floats
    columns: _Columns
    model: Model
    part: Ints
    flow: Ints | None
    plan: _Plan

    @classmethod
    def of(cls, problem: Problem, parameters: Parameters) -> "_Base":
        require_factors(parameters)
        rows = Rows.of(problem)
        pairs = find_pairs(problem, parameters, rows)
        value = net_value(waterfall(parameters, pairs.factors))
        gain = merit(parameters, pairs.factors)
        model = build(pairs, gain, rows, len(problem.periods), parameters)
        network = model.network
        part = component_labels(network.nodes, network.tail, network.head)[network.tail]
        kept = model.kept
        columns = _Columns(
            pairs.supply[kept], pairs.slot[kept], pairs.distance_km[kept], value[kept]
        )
        if is_linear(problem) or problem.commitments:
            result = solve(problem, parameters)
            columns = _with_contracts(columns, result, rows)
            plan = _plan_of_result(result, rows, columns)
            flow = None
        else:
            flow = solve_network(network, Labour(Deadline())).flow
            plan = _plan_of_flow(model, flow)
        return cls(problem, parameters, rows, pairs, value, gain, columns, model, part, flow, plan)


def _with_contracts(columns: _Columns, result: Result, rows: Rows) -> _Columns:
    """Add the pairs that only a contract joins: the plan itself would not."""
    supply = {row.id: index for index, row in enumerate(rows.supplies)}
    slot = {row.id: index for index, row in enumerate(rows.slots)}
    known = set(zip(columns.supply.tolist(), columns.slot.tolist(), strict=True))
    more = {
        pair: (flow.distance_km, flow.value_yuan_per_t)
        for flow in result.flows
        if (pair := (supply[flow.supply_id], slot[flow.slot_id])) not in known
    }
    if not more:
        return columns
    ends, money = np.array(list(more), np.int64), np.array(list(more.values()), np.float64)
    joined = _Columns(
        np.concatenate((columns.supply, ends[:, 0])),
        np.concatenate((columns.slot, ends[:, 1])),
        np.concatenate((columns.distance_km, money[:, 0])),
        np.concatenate((columns.value, money[:, 1])),
    )
    order = np.lexsort((joined.slot, joined.supply))
    return _Columns(
        joined.supply[order], joined.slot[order], joined.distance_km[order], joined.value[order]
    )


def _plan_of_flow(model: Model, flow: Ints) -> _Plan:
    pairs = len(model.kept) * model.periods
    tonnes = flow[:pairs].reshape(model.periods, -1).sum(axis=0) / model.quanta_per_tonne
    held = float(flow[pairs:] @ model.storage_yuan) / model.quanta_per_tonne
    return _Plan(tonnes, held)


def _plan_of_result(result: Result, rows: Rows, columns: _Columns) -> _Plan:
    place = {
        (rows.supplies[i].id, rows.slots[j].id): column
        for column, (i, j) in enumerate(
            zip(columns.supply.tolist(), columns.slot.tolist(), strict=True)
        )
    }
    tonnes = np.zeros(len(columns.supply))
    for flow in result.flows:
        tonnes[place[flow.supply_id, flow.slot_id]] += flow.tonnes
    return _Plan(tonnes, result.value_yuan - result.net_value_yuan)


def _loss(base: _Base, sink_id: str) -> Loss:
    rows = np.array([slot.sink_id == sink_id for slot in base.rows.slots], np.bool_)
    lost = rows[base.columns.slot]
    took = float(base.plan.tonnes[lost].sum())
    after = _without(base, sink_id, rows) if took > _WEIGHABLE_T else base.plan
    change = after.tonnes - base.plan.tonnes
    stored = after.beside_yuan - base.plan.beside_yuan
    return Loss(
        sink_id,
        took,
        stranded_t=max(0.0, -float(change.sum())),
        extra_tonne_km=float(change @ base.columns.distance_km),
        lost_yuan=stored - float(change @ base.columns.value),
        turns=_turns(base, change, lost),
    )


def _without(base: _Base, sink_id: str, rows: Flags) -> _Plan:
    if base.flow is not None:
        return _plan_of_flow(base.model, _flow_without(base.model, base.part, base.flow, rows))
    rest = RemovePlant(sink_id).apply(Case(base.problem, base.parameters))
    return _plan_of_result(solve(rest.problem, base.parameters), base.rows, base.columns)


def _flow_without(model: Model, part: Ints, flow: Ints, rows: Flags) -> Ints:
    """Solve the touched parts again without the arcs of the lost slots' nodes."""
    network = model.network
    gone = np.zeros(network.nodes, np.bool_)
    gone[model.split :] = np.tile(rows, model.periods)
    touched = gone[network.tail] | gone[network.head]
    again = np.isin(part, np.unique(part[touched])) & ~touched
    rest = replace(
        network,
        tail=network.tail[again],
        head=network.head[again],
        capacity=network.capacity[again],
        scarce=network.scarce[again],
        cost=network.cost[again],
    )
    after = np.where(touched, 0, flow)
    after[again] = solve_network(rest, Labour(Deadline())).flow
    return after


def _turns(base: _Base, change: Floats, lost: Flags) -> tuple[Turn, ...]:
    """Tell of each supply that sent to the plant, or that places less without it."""
    supply = base.columns.supply
    sent = _per_supply(base, np.where(lost, base.plan.tonnes, 0.0))
    stranded = -_per_supply(base, change)
    hit = np.nonzero((sent > _WEIGHABLE_T) | (stranded > _WEIGHABLE_T))[0]
    first = np.searchsorted(supply, hit, side="left")
    last = np.searchsorted(supply, hit, side="right")
    turns = [
        Turn(
            base.rows.supplies[i].id,
            float(sent[i]),
            max(0.0, float(stranded[i])),
            _moves(base, change, range(a, b)),
            _second_best(base, lost, int(i), range(a, b)) if sent[i] > _WEIGHABLE_T else None,
        )
        for i, a, b in zip(hit.tolist(), first.tolist(), last.tolist(), strict=True)
    ]
    return tuple(sorted(turns, key=lambda turn: (-turn.lost_t, -turn.stranded_t, turn.supply_id)))


def _per_supply(base: _Base, tonnes: Floats) -> Floats:
    rows = len(base.rows.supplies)
    return np.bincount(base.columns.supply, tonnes, minlength=rows).astype(np.float64)


def _moves(base: _Base, change: Floats, columns: range) -> tuple[Move, ...]:
    moves = [
        Move(base.rows.slots[base.columns.slot[column]].id, float(change[column]))
        for column in columns
        if change[column] > _WEIGHABLE_T
    ]
    return tuple(sorted(moves, key=lambda move: (-move.more_t, move.slot_id)))


def _second_best(base: _Base, lost: Flags, supply: int, columns: range) -> SecondBest | None:
    """Look at every pair that may meet, also those whose slot is full or that lose money."""
    taken = [column for column in columns if lost[column] and base.plan.tonnes[column] > 0]
    was_km = min(float(base.columns.distance_km[column]) for column in taken)
    gone = {base.rows.slots[base.columns.slot[column]].sink_id for column in taken}
    start, end = np.searchsorted(base.pairs.supply, [supply, supply + 1]).tolist()
    others = [
        pair
        for pair in range(start, end)
        if base.pairs.passes[pair] and base.rows.slots[base.pairs.slot[pair]].sink_id not in gone
    ]
    if not others:
        return None
    by_tonnes = base.parameters.objective is Objective.TONNES
    km = base.pairs.distance_km
    best = min(others, key=lambda p: (km[p] if by_tonnes else -base.merit[p], km[p], p))
    slot = base.rows.slots[base.pairs.slot[best]]
    distance = float(km[best])
    return SecondBest(slot.id, slot.sink_id, distance, distance - was_km, float(base.value[best]))
