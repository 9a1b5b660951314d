"""Raw mixes as rows of the allocation's linear programme, with feeds as columns of their own.

Per line and period, x dry tonnes of each lot or feed and p = clinker - shortfall tonnes made:
closure sum (1 - LOI) x + ash p = p, and each modulus, cap and share of `rawmix` times p.

x is what is delivered, what is burnt of contracts (the rest is set aside), and of a silo what was
in it before less what is in it after.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from matching.allocate import Model
from matching.candidates import Pairs, Rows
from matching.compatibility import usual_ranges
from matching.economics import storage_weight
from matching.geography import Flags, Floats, Ints
from matching.kiln import CARBONATE, RawMixLine
from matching.kiln_stock import Promised, Silos
from matching.limits import unfavourable
from matching.linear import Entries
from matching.problem import Limit, Objective, Operator, Parameters, Problem, Supply
from matching.rawmix import MixRow, RawMaterial, closure, process_co2, rows_of, share_row


@dataclass(frozen=True, slots=True)
class Kiln:
    """A line with the lots that may come (index of supply) and everything it can be made of.

    `materials` are the lots, then the feeds; `rows` begin with the closure. `arcs` are the kept
    pairs into its slots, `lot_of_arc` places them among the lots, `dry` is their dry share.
    `promised_lot` places the lots of contracts, `promised_dry` is their dry share; `unknown` are
    those whose analysis nobody knows, which are set aside.
    """

    line: RawMixLine
    lots: Ints
    materials: tuple[RawMaterial, ...]
    rows: tuple[MixRow, ...]
    arcs: Ints
    lot_of_arc: Ints
    dry: Floats
    promised: Promised
    promised_lot: Ints
    promised_dry: Floats
    unknown: Promised
    silos: Silos

    @property
    def beside(self) -> tuple[slice, slice, slice, slice]:
        """Columns of a period beside the arcs: feeds, contracts burnt and set aside, stocks.

        Amounts are dry but for stocks. The clinker that is not made comes last.
        """
        sizes = (
            len(self.line.feeds),
            len(self.promised_lot),
            len(self.promised_lot),
            len(self.silos.into),
        )
        ends = np.cumsum((0, *sizes)).tolist()
        one, two, three, four = (slice(*ends[n : n + 2]) for n in range(4))
        return one, two, three, four

    @property
    def columns(self) -> int:
        return int(self.beside[-1].stop) + 1


@dataclass(frozen=True, slots=True)
class Kilns:
    """Columns beside the arcs: line by line, period by period. `entries` count rows from 0.

    `group` numbers line and period of each row. `arc_cost` comes on top of an arc's cost; `short`
    marks clinker not made and contracts set aside.
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
        _kiln(
            problem,
            parameters,
            rows,
            lines[line_id],
            arcs,
            supply_of_arc[arcs],
            Silos.of(pairs, model, arcs),
        )
        for line_id, slots in by_line.items()
        for arcs in (np.nonzero(np.isin(slot_of_arc, slots))[0],)
    )
    return _programme(kilns, parameters, model)


def _kiln(
    problem: Problem,
    parameters: Parameters,
    rows: Rows,
    line: RawMixLine,
    arcs: Ints,
    givers: Ints,
    silos: Silos,
) -> Kiln:
    promised, unknown = _promised(problem, parameters, rows, line)
    lots, lot_of_all = np.unique(np.concatenate((givers, promised.lots)), return_inverse=True)
    lot_of_arc, promised_lot = np.split(lot_of_all, [len(givers)])
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
    dry = np.array([1.0 - row.moisture_share for row in materials[: len(supplies)]])
    return Kiln(
        line,
        lots,
        materials,
        mix_rows,
        arcs,
        lot_of_arc,
        dry[lot_of_arc],
        promised,
        promised_lot,
        dry[promised_lot],
        unknown,
        silos,
    )


def _promised(
    problem: Problem, parameters: Parameters, rows: Rows, line: RawMixLine
) -> tuple[Promised, Promised]:
    """Part contracts into those of a known analysis and the others."""
    every = Promised.of(problem, rows, line)
    read = [lot_of(problem, parameters, rows.supplies[lot], line) for lot in every.lots.tolist()]
    known = np.array([lot is not None for lot in read], np.bool_)
    return every.only(known), every.only(~known)


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


@dataclass(frozen=True, slots=True)
class _Rows:
    """Rows of one kiln and period: entries in coordinate form, and the ends."""

    row: Ints
    column: Ints
    factor: Floats
    low: Floats
    high: Floats


def _programme(kilns: tuple[Kiln, ...], parameters: Parameters, model: Model) -> Kilns:
    arcs, kept = len(model.network.tail), len(model.kept)
    parts: list[_Rows] = []
    cost: list[Floats] = []
    most: list[Floats] = []
    short: list[Flags] = []
    arc_cost, first = np.zeros(arcs), arcs
    for kiln in kilns:
        priced = cost_of(kiln, parameters)
        for period in range(model.periods):
            parts.append(_rows_of(kiln, period, first, kept))
            arc_cost[kiln.arcs + period * kept] = priced[kiln.lot_of_arc] * kiln.dry
            cost.append(_costs(kiln, priced))
            most.append(_most(kiln, period))
            short.append(_short(kiln))
            first += kiln.columns
    if not parts:
        return _no_kilns(arcs)
    sizes = [len(part.low) for part in parts]
    starts = np.cumsum([0, *sizes[:-1]])
    return Kilns(
        kilns,
        Entries(
            np.concatenate([p.row + start for p, start in zip(parts, starts, strict=True)]),
            np.concatenate([part.column for part in parts]),
            np.concatenate([part.factor for part in parts]),
        ),
        np.concatenate([part.low for part in parts]),
        np.concatenate([part.high for part in parts]),
        np.repeat(np.arange(len(parts)), sizes),
        arc_cost,
        np.concatenate(cost),
        np.concatenate(most),
        np.concatenate(short),
    )


def _costs(kiln: Kiln, priced: Floats) -> Floats:
    """Price the columns of a period; what a silo holds was priced when it was delivered."""
    feeds, burnt, _, _ = kiln.beside
    cost = np.zeros(kiln.columns)
    cost[feeds] = priced[len(kiln.lots) :]
    cost[burnt] = priced[kiln.promised_lot]
    return cost


def _most(kiln: Kiln, period: int) -> Floats:
    feeds, burnt, aside, stock = kiln.beside
    clinker_t = kiln.line.clinker_t[period]
    most = np.full(kiln.columns, clinker_t)
    most[feeds] /= np.array([1 - feed.loss_on_ignition / 100 for feed in kiln.line.feeds])
    most[burnt] = most[aside] = kiln.promised.tonnes[period] * kiln.promised_dry
    most[stock] = kiln.silos.room[period]
    return most


def _short(kiln: Kiln) -> Flags:
    short = np.zeros(kiln.columns, np.bool_)
    short[kiln.beside[2]] = short[-1] = True
    return short


def _rows_of(kiln: Kiln, period: int, first: int, kept: int) -> _Rows:
    """Write mix, contracts, and what each lot in a silo can be; own columns begin at `first`."""
    parts = [
        _mix_rows(kiln, period, first, kept),
        _promise_rows(kiln, period, first),
        *_silo_rows(kiln, period, first, kept),
    ]
    starts = np.cumsum([0, *(len(part.low) for part in parts[:-1])])
    return _Rows(
        np.concatenate([part.row + start for part, start in zip(parts, starts, strict=True)]),
        np.concatenate([part.column for part in parts]),
        np.concatenate([part.factor for part in parts]),
        np.concatenate([part.low for part in parts]),
        np.concatenate([part.high for part in parts]),
    )


def _mix_rows(kiln: Kiln, period: int, first: int, kept: int) -> _Rows:
    clinker_t = kiln.line.clinker_t[period]
    low = np.array([row.low - row.constant for row in kiln.rows])
    high = np.array([row.high - row.constant for row in kiln.rows])
    factors = np.array([row.factors for row in kiln.rows], np.float64)
    feeds, burnt, _, stock = kiln.beside
    own = np.zeros((len(kiln.rows), kiln.columns))
    own[:, feeds] = factors[:, len(kiln.lots) :]
    own[:, burnt] = factors[:, kiln.promised_lot]
    arcs = factors[:, kiln.lot_of_arc] * kiln.dry
    kept_back = arcs[:, kiln.silos.into]
    own[:, stock] = -kept_back
    own[:, -1] = np.where(np.isfinite(low), low, high)
    columns = np.concatenate((kiln.arcs + period * kept, first + np.arange(kiln.columns)))
    table = np.concatenate((arcs, own), axis=1)
    if period:
        columns = np.concatenate((columns, _before(kiln, first)))
        table = np.concatenate((table, kept_back), axis=1)
    rows = np.arange(len(kiln.rows))
    for end in (low, high):
        end[np.isfinite(end)] *= clinker_t
    return _Rows(
        np.repeat(rows, len(columns)), np.tile(columns, len(rows)), table.ravel(), low, high
    )


def _before(kiln: Kiln, first: int) -> Ints:
    """List the columns of what the silos held a period before."""
    stock = kiln.beside[3]
    return np.arange(first + stock.start, first + stock.stop) - kiln.columns


def _promise_rows(kiln: Kiln, period: int, first: int) -> _Rows:
    """Burn or set aside what contracts bring."""
    _, burnt, aside, _ = kiln.beside
    count = len(kiln.promised_lot)
    row = np.tile(np.arange(count), 2)
    column = first + np.arange(burnt.start, aside.stop)
    dry = kiln.promised.tonnes[period] * kiln.promised_dry
    return _Rows(row, column, np.ones(2 * count), dry, dry)


def _silo_rows(kiln: Kiln, period: int, first: int, kept: int) -> Iterator[_Rows]:
    """Keep of a lot no more than there is, and of all lots together what the silo carries on."""
    silos, count = kiln.silos, len(kiln.silos.into)
    lot, one = np.arange(count), np.ones(count)
    stock = first + np.arange(kiln.beside[3].start, kiln.beside[3].stop)
    before = _before(kiln, first) if period else stock[:0]
    row = np.concatenate((lot, lot, lot[: len(before)]))
    column = np.concatenate((kiln.arcs[silos.into] + period * kept, stock, before))
    factor = np.concatenate((one, -one, one[: len(before)]))
    yield _Rows(row, column, factor, np.zeros(count), np.full(count, np.inf))
    yards, silo = np.unique(silos.yard[period], return_inverse=True)
    used = silos.yard[period] >= 0
    silo -= int((yards < 0).any())
    yards = yards[yards >= 0]
    none = np.zeros(len(yards))
    yield _Rows(
        np.concatenate((silo[used], np.arange(len(yards)))),
        np.concatenate((stock[used], yards)),
        np.concatenate((one[used], none - 1.0)),
        none,
        none,
    )


def _no_kilns(arcs: int) -> Kilns:
    ids, none = np.zeros(0, np.int64), np.zeros(0)
    short = np.zeros(0, np.bool_)
    entries = Entries(ids, ids, none)
    return Kilns((), entries, none, none, ids, np.zeros(arcs), none, none, short)
