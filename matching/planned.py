"""A part of a problem as arrays with its best plan, ready to be asked what it would do without one.

In a flow network that is a few shortest paths around what is gone (`residual`); with mixes,
licensed tonnages, choices or contracts the part is planned anew.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matching.allocate import Model, build
from matching.candidates import Pairs, Rows, find_pairs
from matching.changes import Case, RemovePlant, RemoveSupply
from matching.deadline import Deadline
from matching.economics import merit, net_value, waterfall
from matching.geography import Floats, Ints
from matching.network import prices
from matching.network import solve as solve_network
from matching.problem import Parameters, Problem
from matching.residual import Residual
from matching.result import Result, Side, Status
from matching.side_by_side import Labour
from matching.sides import is_linear
from matching.solve import Stop, solve


@dataclass(frozen=True, slots=True)
class Columns:
    """Pairs that may carry tonnes, in order of supply: what may be planned, and contracts."""

    supply: Ints
    slot: Ints
    distance_km: Floats
    value: Floats


@dataclass(frozen=True, slots=True)
class Plan:
    """Tonnes per column over all periods, and what storing and virgin feeds cost."""

    tonnes: Floats
    beside_yuan: float


@dataclass(frozen=True, slots=True)
class Owners:
    """Who can be lost: supplies, or plants with all their slots; `of_row` numbers them."""

    number: Mapping[str, int]
    of_row: Ints

    @classmethod
    def of(cls, names: Sequence[str]) -> "Owners":
        number: dict[str, int] = {}
        return cls(number, np.array([number.setdefault(n, len(number)) for n in names], np.int64))


@dataclass(frozen=True, slots=True)
class Planned:
    """`residual` has the network from both sides; None where the plan is more than a network."""

    problem: Problem
    parameters: Parameters
    rows: Rows
    pairs: Pairs
    value: Floats
    merit: Floats
    columns: Columns
    model: Model
    plan: Plan
    owners: Mapping[Side, Owners]
    residual: Mapping[Side, Residual] | None

    @classmethod
    def of(
        cls, problem: Problem, parameters: Parameters, should_stop: Stop | None = None
    ) -> "Planned | None":
        """Plan the part; None if asked to stop, or out of time, before its best plan is known."""
        rows = Rows.of(problem)
        pairs = find_pairs(problem, parameters, rows)
        value = net_value(waterfall(parameters, pairs.factors))
        gain = merit(parameters, pairs.factors)
        model = build(pairs, gain, rows, len(problem.periods), parameters)
        kept = model.kept
        columns = Columns(
            pairs.supply[kept], pairs.slot[kept], pairs.distance_km[kept], value[kept]
        )
        residual = None
        if is_linear(problem) or problem.commitments:
            result = solve(problem, parameters, should_stop=should_stop)
            if result.status is Status.STOPPED:
                return None
            columns = _with_contracts(columns, result, rows)
            plan = _plan_of_result(result, rows, columns)
        else:
            flow = solve_network(model.network, Labour(Deadline())).flow
            found = prices(model.network, flow)
            plan = _plan_of_flow(model, flow)
            residual = {
                Side.SLOT: Residual.of(model.network, flow, found, giving=False),
                Side.SUPPLY: Residual.of(model.network, flow, found, giving=True),
            }
        owners = {
            Side.SUPPLY: Owners.of([row.id for row in rows.supplies]),
            Side.SLOT: Owners.of([row.sink_id for row in rows.slots]),
        }
        return cls(
            problem, parameters, rows, pairs, value, gain, columns, model, plan, owners, residual
        )

    def moved(self, side: Side) -> dict[str, float]:
        """Return the tonnes that each supply gives, or each plant takes."""
        owners = self.owners[side]
        owner = owners.of_row[at(self.columns, side)]
        tonnes = np.bincount(owner, self.plan.tonnes, minlength=len(owners.number)).tolist()
        return {name: tonnes[number] for name, number in owners.number.items()}

    def without(self, side: Side, name: str, should_stop: Stop | None) -> Plan | None:
        """Return the best plan when this supply or plant is gone; None if asked to stop."""
        if self.residual is None:
            case = Case(self.problem, self.parameters)
            change = RemoveSupply(name) if side is Side.SUPPLY else RemovePlant(name)
            result = solve(change.apply(case).problem, self.parameters, should_stop=should_stop)
            if result.status is Status.STOPPED:
                return None
            return _plan_of_result(result, self.rows, self.columns)
        rows = np.nonzero(self.owners[side].of_row == self.owners[side].number[name])[0]
        count = len(self.rows.supplies if side is Side.SUPPLY else self.rows.slots)
        first = 0 if side is Side.SUPPLY else self.model.split
        periods = np.arange(self.model.periods)
        nodes = (first + periods[:, None] * count + rows[None, :]).ravel()
        return _plan_of_flow(self.model, self.residual[side].without(nodes))


def at(rows: Columns | Pairs, side: Side) -> Ints:
    return rows.supply if side is Side.SUPPLY else rows.slot


def _with_contracts(columns: Columns, result: Result, rows: Rows) -> Columns:
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
    joined = Columns(
        np.concatenate((columns.supply, ends[:, 0])),
        np.concatenate((columns.slot, ends[:, 1])),
        np.concatenate((columns.distance_km, money[:, 0])),
        np.concatenate((columns.value, money[:, 1])),
    )
    order = np.lexsort((joined.slot, joined.supply))
    return Columns(
        joined.supply[order], joined.slot[order], joined.distance_km[order], joined.value[order]
    )


def _plan_of_flow(model: Model, flow: Ints) -> Plan:
    pairs = len(model.kept) * model.periods
    tonnes = flow[:pairs].reshape(model.periods, -1).sum(axis=0) / model.quanta_per_tonne
    held = float(flow[pairs:] @ model.storage_yuan) / model.quanta_per_tonne
    return Plan(tonnes, held)


def _plan_of_result(result: Result, rows: Rows, columns: Columns) -> Plan:
    place = {
        (rows.supplies[i].id, rows.slots[j].id): column
        for column, (i, j) in enumerate(
            zip(columns.supply.tolist(), columns.slot.tolist(), strict=True)
        )
    }
    tonnes = np.zeros(len(columns.supply))
    for flow in result.flows:
        tonnes[place[flow.supply_id, flow.slot_id]] += flow.tonnes
    return Plan(tonnes, result.value_yuan - result.net_value_yuan)
