"""The whole model written out once more from its definition, for HiGHS' branch and bound.

Every feature at once: months, yards and silos, opening stock, blends, licensed tonnes, contracts,
minimum lots, numbers of suppliers. It shares no code with the library's allocation.
"""

import itertools
import math
from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp

from matching.compatibility import judge
from matching.economics import factors_of, net_co2_kg_per_t, net_value, waterfall
from matching.problem import Limit, Objective, Operator, Parameters, Problem, Slot, Storage, Supply
from tests.matching.build import arc_km


@dataclass
class Reference:
    """Columns with their bounds, rows with theirs, and what a column is worth."""

    problem: Problem
    parameters: Parameters
    high: list[float] = field(default_factory=list)
    whole: list[bool] = field(default_factory=list)
    tonnes: list[float] = field(default_factory=list)
    km: list[float] = field(default_factory=list)
    merit: list[float] = field(default_factory=list)
    rows: list[tuple[dict[int, float], float, float]] = field(default_factory=list)
    flows: dict[tuple[str, str, int], int] = field(default_factory=dict)
    unmended: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.months = range(len(self.problem.periods))
        self.bound = {
            (row.supply_id, row.slot_id, self.problem.periods.index(row.period)): row.tonnes
            for row in self.problem.commitments
        }
        for supply in self.problem.supplies:
            for slot in self.problem.slots:
                self._add_pair(supply, slot)
        for supply in self.problem.supplies:
            self._add_supply(supply)
        for slot in self.problem.slots:
            self._add_slot(slot)
        self._add_licences()

    def _column(self, high: float = math.inf, *, whole: bool = False, **worth: float) -> int:
        self.high.append(high)
        self.whole.append(whole)
        for name in ("tonnes", "km", "merit"):
            getattr(self, name).append(worth.get(name, 0.0))
        return len(self.high) - 1

    def _add_pair(self, supply: Supply, slot: Slot) -> None:
        way = arc_km(supply.position, slot.position)
        use = next((row for row in slot.accepts if row.material_id == supply.material_id), None)
        if use is None or way > self.parameters.radius_km:
            return
        if not judge(self.problem, self.parameters, supply, slot).passes:
            return
        factors = factors_of(supply, use, way)
        value = float(net_value(waterfall(self.parameters, factors))[0])
        co2 = float(net_co2_kg_per_t(self.parameters, factors)[0])
        weights = self.parameters.weights
        merit = {
            Objective.NET_CO2: co2,
            Objective.WEIGHTED: weights.yuan * value
            + weights.co2_kg * co2
            + weights.tonne
            + weights.tonne_km * way,
        }.get(self.parameters.objective, value)
        for month in self.months:
            column = self._column(tonnes=1.0, km=way, merit=merit)
            self.flows[supply.id, slot.id, month] = column

    def _holding(self, yard: Storage) -> float:
        weight = {
            Objective.NET_VALUE: 1.0,
            Objective.WEIGHTED: self.parameters.weights.yuan,
        }.get(self.parameters.objective, 0.0)
        return -weight * yard.cost_yuan_per_t

    def _of(self, place: int, row_id: str, month: int) -> list[int]:
        return [c for key, c in self.flows.items() if key[place] == row_id and key[2] == month]

    def _bound_of(self, place: int, row_id: str, month: int) -> float:
        return sum(t for key, t in self.bound.items() if key[place] == row_id and key[2] == month)

    def _add_supply(self, supply: Supply) -> None:
        """What was kept and came is sent, kept or disposed of."""
        yard = supply.storage or Storage()
        kept = None
        for month in self.months:
            last = month == self.months[-1]
            keep = self._column(yard.room_t, merit=0.0 if last else self._holding(yard))
            row = dict.fromkeys(self._of(0, supply.id, month), 1.0) | {keep: 1.0}
            there = supply.tonnes[month] - self._bound_of(0, supply.id, month)
            if kept is None:
                there += yard.opening_t
            else:
                row[kept] = -1.0
            row[self._column()] = 1.0  # disposed of
            self.rows.append((row, there, there))
            kept = keep

    def _add_slot(self, slot: Slot) -> None:
        """Opening stock and contracts are used first; the plan has what they leave of all room."""
        silo = slot.storage or Storage()
        stock, kept = silo.opening_t, None
        for month in self.months:
            takes = slot.tonnes[month]
            stock += self._bound_of(1, slot.id, month)
            eaten = min(stock, takes)
            stock -= eaten
            last = month == self.months[-1]
            keep = self._column(0.0 if last else silo.room_t - stock, merit=self._holding(silo))
            row = dict.fromkeys(self._of(1, slot.id, month), 1.0)
            row |= {keep: -1.0, self._column(takes - eaten): -1.0}
            if kept is not None:
                row[kept] = 1.0
            self.rows.append((row, 0.0, 0.0))
            kept = keep
            self._add_blend(slot, month)
            self._add_choices(slot, month)

    def _add_blend(self, slot: Slot, month: int) -> None:
        supplies = {row.id: row for row in self.problem.supplies}
        mine = {key[0]: c for key, c in self.flows.items() if key[1:] == (slot.id, month)}
        for limit in slot.blend:
            at_most = limit.operator is Operator.AT_MOST
            row = {}
            for supply_id, column in mine.items():
                lot = supplies[supply_id]
                ends = next(b for b in lot.assay if b.name == limit.name)
                value = ends.high if at_most else ends.low
                row[column] = (1 - (lot.moisture_share or 0.0)) * (value - limit.value)
            room = -self._fixed_excess(slot, month, limit)
            sign = 1.0 if at_most else -1.0
            if row and sign * room < 0:  # broken by contracts: mended as far as can be
                column = self._column(-sign * room)
                self.unmended.append(column)
                row[column] = -sign
            if row:
                self.rows.append((row, *((-math.inf, room) if at_most else (room, math.inf))))

    def _fixed_excess(self, slot: Slot, month: int, limit: Limit) -> float:
        """Dry tonnes under contract times what they are above the limit."""
        supplies = {row.id: row for row in self.problem.supplies}
        excess = 0.0
        for (supply_id, slot_id, when), tonnes in self.bound.items():
            if (slot_id, when) == (slot.id, month):
                lot = supplies[supply_id]
                ends = next(b for b in lot.assay if b.name == limit.name)
                value = ends.high if limit.operator is Operator.AT_MOST else ends.low
                excess += tonnes * (1 - (lot.moisture_share or 0.0)) * (value - limit.value)
        return excess

    def _add_choices(self, slot: Slot, month: int) -> None:
        lots = {row.id: max(row.min_lot_t, slot.min_lot_t) for row in self.problem.supplies}
        if slot.max_suppliers is None and not any(lots.values()):
            return
        switches = {}
        there = {k[0]: t for k, t in self.bound.items() if k[1:] == (slot.id, month) and t > 0}
        for (supply_id, slot_id, when), column in list(self.flows.items()):
            if (slot_id, when) != (slot.id, month):
                continue
            switch = self._column(1.0, whole=True)
            if supply_id not in there:
                switches[switch] = 1.0
            lot = lots[supply_id] - there.get(supply_id, 0.0)
            self.rows.append(({column: 1.0, switch: -1e3}, -math.inf, 0.0))
            self.rows.append(({column: 1.0, switch: -max(0.0, lot)}, 0.0, math.inf))
        if slot.max_suppliers is not None and switches:
            places = max(0, slot.max_suppliers - len(there))
            self.rows.append((switches, -math.inf, places))

    def _add_licences(self) -> None:
        """Assign each limited tonne, contracts first, to a licence that covers its code.

        The random problems have lots of one code, and contracts that their licences let in.
        """
        codes = {row.id: row.hazard_codes for row in self.problem.supplies}
        years = self.problem.years or ("",) * len(self.problem.periods)
        for slot in self.problem.slots:
            used: dict[tuple[str, str], dict[int, float]] = {}
            for key in {*self.flows, *self.bound}:
                covering = [x for x in slot.licences if any(map(x.covers, codes[key[0]]))]
                if key[1] != slot.id or not covering or any(x.tonnes is None for x in covering):
                    continue
                parts = {}
                for licence in covering:
                    parts[column := self._column()] = 1.0
                    used.setdefault((licence.number, years[key[2]]), {})[column] = 1.0
                row = parts | ({self.flows[key]: -1.0} if key in self.flows else {})
                due = self.bound.get(key, 0.0)
                self.rows.append((row, due, due))
            for licence, year in itertools.product(slot.licences, set(years)):
                if licence.tonnes is not None and (licence.number, year) in used:
                    self.rows.append((used[licence.number, year], -math.inf, licence.tonnes))

    def _most(self, worth: list[float], *more: tuple[dict[int, float], float, float]) -> float:
        rows = [*self.rows, *more]
        matrix = np.zeros((len(rows), len(self.high)))
        for index, (row, _, _) in enumerate(rows):
            matrix[index, list(row)] = list(row.values())
        answer = milp(
            -np.array(worth),
            integrality=np.array(self.whole, np.int64),
            bounds=Bounds(0, np.array(self.high)),
            constraints=LinearConstraint(matrix, [r[1] for r in rows], [r[2] for r in rows]),
            options={"mip_rel_gap": 1e-10},
        )
        assert answer.status == 0, answer.message
        return float(-answer.fun)

    def best(self) -> tuple[float, float]:
        """Most tonnes and least tonne-km at those, or the most merit and 0; contracts left out.

        Before either, mixes that contracts break are mended as far as can be.
        """
        if self.unmended:
            left = [-float(column in self.unmended) for column in range(len(self.high))]
            broken = -self._most(left)
            self.rows.append((dict.fromkeys(self.unmended, 1.0), -math.inf, broken + 1e-9))
        if self.parameters.objective is not Objective.TONNES:
            return self._most(self.merit), 0.0
        tonnes = self._most(self.tonnes)
        enough = ({i: 1.0 for i, t in enumerate(self.tonnes) if t}, tonnes - 1e-9, math.inf)
        return tonnes, -self._most([-way for way in self.km], enough)
