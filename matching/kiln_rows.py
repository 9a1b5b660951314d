"""Raw mixes as rows of the allocation's linear programme, with feeds as columns of their own.

Per line and period, x dry tonnes of each lot or feed and p = clinker - shortfall tonnes made:
closure sum (1 - LOI) x + ash p = p, and each modulus, cap and share of `rawmix` times p.
"""

from dataclasses import dataclass

import numpy as np

from matching.allocate import Model
from matching.candidates import Pairs, Rows
from matching.compatibility import usual_ranges
from matching.economics import storage_weight
from matching.geography import Flags, Floats, Ints
from matching.kiln import CARBONATE, RawMixLine
from matching.limits import unfavourable
from matching.linear import Entries
from matching.problem import Limit, Objective, Operator, Parameters, Problem, Supply
from matching.rawmix import MixRow, RawMaterial, closure, process_co2, rows_of, share_row


@dataclass(frozen=True, slots=True)
class Kiln:
    """A line with the lots that may come (index of supply) and everything it can be made of.

    `materials` are the lots, then the feeds; `rows` begin with the closure. `arcs` are the kept
    pairs into its slots, `lot_of_arc` places them among the lots, `dry` is their dry share.
    """

    line: RawMixLine
    lots: Ints
    materials: tuple[RawMaterial, ...]
    rows: tuple[MixRow, ...]
    arcs: Ints
    lot_of_arc: Ints
    dry: Floats

    @property
    def columns(self) -> int:
        """Columns of a period beside the arcs: the feeds, and the clinker that is not made."""
        return len(self.line.feeds) + 1


@dataclass(frozen=True, slots=True)
class Kilns:
    """Columns beside the arcs: line by line, period by period. `entries` count rows from 0.

    `group` numbers line and period of each row. `arc_cost` comes on top of an arc's cost; `short`
    marks clinker not made.
    """

    kilns: tuple[Kiln, ...]
    entries: Entries
    low: Floats
    high: Floats
    group: Ints
    arc_cost: Floats
    cost: Floats
    most: Floats
    short: Flags

    @property
    def only_cost(self) -> bool:
        """Whether nothing of the mixes adds to the objective: feeds and process CO2 cost."""
        return not (np.any(self.cost < 0) or np.any(self.arc_cost < 0))


def lot_of(
    problem: Problem, parameters: Parameters, supply: Supply, line: RawMixLine
) -> RawMaterial | None:
    """Read a lot's analysis: middles to design with, ends for the caps; None = one is unknown."""
    ranges = usual_ranges(problem, supply)

    def known(name: str, unit: str = "%") -> tuple[float, float] | None:
        limit = Limit(name, Operator.AT_MOST, 100.0, unit)
        bound = unfavourable(supply, ranges, limit, parameters.on)
        return None if bound is None else (bound.low, bound.high)

    found = {name: ends for name in line.components if (ends := known(name))}
    burnt = known("LOI")
    if burnt is None or len(found) < len(line.components):
        return None
    carbonate = known(CARBONATE, "share")
    return RawMaterial(
        supply.id,
        {name: (low + high) / 2 for name, (low, high) in found.items()},
        (burnt[0] + burnt[1]) / 2,
        0.0,
        carbonate_share=1.0 if carbonate is None else min(1.0, carbonate[1]),
        moisture_share=supply.moisture_share or 0.0,
        low={name: low for name, (low, _) in found.items()},
        high={name: high for name, (_, high) in found.items()},
    )


def kilns_of(
    problem: Problem, parameters: Parameters, rows: Rows, pairs: Pairs, model: Model
) -> Kilns:
    slot_of_arc, supply_of_arc = pairs.slot[model.kept], pairs.supply[model.kept]
    by_line: dict[str, list[int]] = {}
    lines: dict[str, RawMixLine] = {}
    for index, slot in enumerate(rows.slots):
        if slot.raw_mix is not None:
            by_line.setdefault(slot.raw_mix.id, []).append(index)
            lines[slot.raw_mix.id] = slot.raw_mix
    kilns = tuple(
        _kiln(problem, parameters, rows, lines[line_id], arcs, supply_of_arc[arcs])
        for line_id, slots in by_line.items()
        for arcs in (np.nonzero(np.isin(slot_of_arc, slots))[0],)
    )
    return _programme(kilns, parameters, model)


def _kiln(
    problem: Problem, parameters: Parameters, rows: Rows, line: RawMixLine, arcs: Ints, givers: Ints
) -> Kiln:
    lots, lot_of_arc = np.unique(givers, return_inverse=True)
    supplies = [rows.supplies[index] for index in lots.tolist()]
    read = [lot_of(problem, parameters, supply, line) for supply in supplies]
    materials = (*(lot for lot in read if lot is not None), *line.feeds)
    if len(materials) < len(supplies) + len(line.feeds):
        raise ArithmeticError(f"a lot without analysis was let into line {line.id}")
    caps = dict(line.max_shares)
    kinds = [supply.material_id for supply in supplies] + [""] * len(line.feeds)
    shares = [
        share_row([kind == name for kind in kinds], share, f"share of {name} <= {share:g}")
        for name, share in caps.items()
        if name in kinds
    ]
    mix_rows = (
        closure(materials, line.target),
        *rows_of(materials, line.target),
        *shares,
    )
    dry = np.array([1.0 - row.moisture_share for row in materials[: len(supplies)]])[lot_of_arc]
    return Kiln(line, lots, materials, mix_rows, arcs, lot_of_arc, dry)


def co2_of(kiln: Kiln) -> Floats:
    """Tonnes of process CO2 per dry tonne of each material."""
    return np.array([process_co2(row, kiln.line.target) for row in kiln.materials], np.float64)


def cost_of(kiln: Kiln, parameters: Parameters) -> Floats:
    """Price a dry tonne of each material at the kiln, in the objective."""
    yuan = storage_weight(parameters)
    kg = {
        Objective.NET_CO2: 1.0,
        Objective.WEIGHTED: parameters.weights.co2_kg,
    }.get(parameters.objective, 0.0)
    price = np.array([row.price_yuan_per_t for row in kiln.materials], np.float64)
    carbon = parameters.carbon_yuan_per_t or 0.0
    cost: Floats = yuan * price + (yuan * carbon + 1000 * kg) * co2_of(kiln)
    return cost


def _programme(kilns: tuple[Kiln, ...], parameters: Parameters, model: Model) -> Kilns:
    arcs, kept = len(model.network.tail), len(model.kept)
    parts: list[tuple[Ints, Ints, Floats]] = []
    low: list[float] = []
    high: list[float] = []
    group: list[int] = []
    cost: list[float] = []
    most: list[float] = []
    groups, arc_cost = 0, np.zeros(arcs)
    for kiln in kilns:
        priced = cost_of(kiln, parameters)
        ends = [(row.low - row.constant, row.high - row.constant) for row in kiln.rows]
        table = _table(kiln, ends)
        lots = len(kiln.lots)
        stay = np.array([1 - feed.loss_on_ignition / 100 for feed in kiln.line.feeds])
        for period, clinker_t in enumerate(kiln.line.clinker_t):
            columns = np.concatenate(
                (kiln.arcs + period * kept, arcs + len(cost) + np.arange(kiln.columns))
            )
            rows = len(low) + np.arange(len(ends))
            parts.append(
                (np.repeat(rows, len(columns)), np.tile(columns, len(rows)), table.ravel())
            )
            low += [end[0] * clinker_t if np.isfinite(end[0]) else end[0] for end in ends]
            high += [end[1] * clinker_t if np.isfinite(end[1]) else end[1] for end in ends]
            group += [groups] * len(rows)
            groups += 1
            arc_cost[kiln.arcs + period * kept] = priced[kiln.lot_of_arc] * kiln.dry
            cost += [*priced[lots:].tolist(), 0.0]
            most += [*(clinker_t / stay).tolist(), clinker_t]
    if not parts:
        return _no_kilns(arcs)
    row, column, factor = (np.concatenate(one) for one in zip(*parts, strict=True))
    short = np.concatenate(
        [np.arange(k.columns) == k.columns - 1 for k in kilns for _ in k.line.clinker_t]
    )
    return Kilns(
        kilns,
        Entries(row, column, factor),
        np.array(low),
        np.array(high),
        np.array(group),
        arc_cost,
        np.array(cost),
        np.array(most),
        short,
    )


def _table(kiln: Kiln, ends: list[tuple[float, float]]) -> Floats:
    """Write a period's coefficients: columns arcs, feeds and missing clinker."""
    factors = np.array([row.factors for row in kiln.rows], np.float64)
    level = np.array([end[0] if np.isfinite(end[0]) else end[1] for end in ends])
    arcs = factors[:, kiln.lot_of_arc] * kiln.dry
    return np.concatenate((arcs, factors[:, len(kiln.lots) :], level[:, None]), axis=1)


def _no_kilns(arcs: int) -> Kilns:
    ids, none = np.zeros(0, np.int64), np.zeros(0)
    short = np.zeros(0, np.bool_)
    entries = Entries(ids, ids, none)
    return Kilns((), entries, none, none, ids, np.zeros(arcs), none, none, short)
