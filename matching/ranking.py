"""The top proposals for one listing among very many, from an index prepared once.

The answers are those of `explain.rank_for_supply` and `rank_for_slot`. Rows of one material lie in
arrays; a question measures its distances at once, orders by merit, and judges from the best down
until enough pass, each kind of pair once.
"""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

import numpy as np

from matching.compatibility import acceptance_of, judge, slot_kind, supply_kind
from matching.economics import Factors, merit
from matching.explain import PairView, rank_for_slot, rank_for_supply
from matching.geography import EARTH_RADIUS_KM, Floats, Ints, great_circle_km
from matching.problem import (
    Acceptance,
    Material,
    Objective,
    Parameters,
    Position,
    Problem,
    ProblemError,
    Slot,
    Supply,
)
from matching.result import Verdict
from matching.screen import Lots

Row = TypeVar("Row", Supply, Slot)

_REACH = 1.25
"""Near misses are looked for as far beyond the radius as `explain` does."""

_KM_PER_DEGREE = 2 * np.pi * EARTH_RADIUS_KM / 360


@dataclass(frozen=True, slots=True)
class _Side(Generic[Row]):
    """Rows that give or take one material, in order of id.

    `kinds` number what a verdict depends on, `rank` is the place of the id among all ids. `money`
    has shape (4, rows): disposal, replaced material, treatment, avoided CO2; NaN where nobody
    knows and where the factor belongs to the other side.
    """

    rows: tuple[Row, ...]
    lat: Floats
    lon: Floats
    rank: Ints
    kinds: Ints
    money: Floats

    @classmethod
    def of(
        cls,
        rows: list[Row],
        rank: Mapping[str, int],
        kind: Callable[[Row], Hashable],
        money: Callable[[Row], tuple[float | None, ...]],
    ) -> "_Side[Row]":
        ordered = tuple(sorted(rows, key=lambda row: row.id))
        return cls(
            ordered,
            np.array([row.position.lat for row in ordered], np.float64),
            np.array([row.position.lon for row in ordered], np.float64),
            np.array([rank[row.id] for row in ordered], np.int64),
            _numbered(map(kind, ordered)),
            np.array([money(row) for row in ordered], np.float64).reshape(-1, 4).T,
        )


@dataclass(frozen=True, slots=True)
class _Layer:
    supplies: _Side[Supply]
    slots: _Side[Slot]
    lots: Lots


@dataclass(frozen=True, slots=True)
class Index:
    """A problem prepared for questions about single listings; it must not change meanwhile.

    `frame` is the problem without its rows, materials and contracts.
    """

    frame: Problem
    materials: Mapping[str, Material]
    supplies: Mapping[str, Supply]
    slots: Mapping[str, Slot]
    layers: Mapping[str, _Layer]

    @classmethod
    def of(cls, problem: Problem) -> "Index":
        supplies: dict[str, list[Supply]] = defaultdict(list)
        slots: dict[str, list[Slot]] = defaultdict(list)
        for supply in problem.supplies:
            supplies[supply.material_id].append(supply)
        for slot in problem.slots:
            for use in slot.accepts:
                slots[use.material_id].append(slot)
        ranks = _ranks(problem.supplies), _ranks(problem.slots)
        return cls(
            replace(problem, supplies=(), slots=(), materials=(), commitments=()),
            {row.id: row for row in problem.materials},
            {row.id: row for row in problem.supplies},
            {row.id: row for row in problem.slots},
            {
                name: _layer(name, supplies[name], slots[name], ranks)
                for name in supplies.keys() | slots.keys()
            },
        )

    def small(self, supplies: tuple[Supply, ...], slots: tuple[Slot, ...]) -> Problem:
        """Make a problem of a few rows, with the catalogue ranges of their materials."""
        names = {row.material_id for row in supplies}
        known = tuple(self.materials[name] for name in sorted(names) if name in self.materials)
        return replace(self.frame, supplies=supplies, slots=slots, materials=known)


def top_for_supply(
    index: Index, parameters: Parameters, supply_id: str, top: int = 20
) -> tuple[PairView, ...]:
    """List slots for this supply: passing ones by worth, then near misses."""
    supply = _listed(index.supplies, supply_id)
    frame = index.small((supply,), ())
    side = index.layers[supply.material_id].slots
    pool = _pool(
        parameters,
        side,
        supply.position,
        parameters.radius_of(supply.material_id),
        parameters.radius_of(supply.material_id),
        _supply_money(supply),
        np.zeros(len(side.rows), np.int64),
        lambda slot: judge(frame, parameters, supply, slot),
    )
    chosen = _chosen(parameters, [pool], top)
    small = index.small((supply,), tuple(side.rows[row] for _, row in chosen))
    return rank_for_supply(small, parameters, supply_id, top)


def top_for_slot(
    index: Index, parameters: Parameters, slot_id: str, top: int = 20
) -> tuple[PairView, ...]:
    """List supplies for this slot: passing ones by worth, then near misses."""
    slot = _listed(index.slots, slot_id)
    layers = [index.layers[use.material_id] for use in slot.accepts]
    pools = [
        _pool(
            parameters,
            layer.supplies,
            slot.position,
            parameters.radius_km,
            parameters.radius_of(use.material_id),
            _use_money(use),
            layer.lots.certain_breaks(use, parameters.on),
            _judge_of(index.small(layer.supplies.rows[:1], ()), parameters, slot),
        )
        for use, layer in zip(slot.accepts, layers, strict=True)
    ]
    chosen = _chosen(parameters, pools, top)
    supplies = tuple(layers[number].supplies.rows[row] for number, row in chosen)
    return rank_for_slot(index.small(supplies, (slot,)), parameters, slot_id, top)


@dataclass(frozen=True, slots=True)
class _Pool:
    """Candidates of one material: arrays of one entry each, and how to judge a row of its side.

    `breaks` counts limits that are certainly broken: with one a pair can only be a near miss, with
    more it is nothing.
    """

    rows: Ints
    distance_km: Floats
    merit: Floats
    rank: Ints
    kinds: Ints
    breaks: Ints
    radius_km: float
    judge: Callable[[int], Verdict]


def _pool(
    parameters: Parameters,
    side: _Side[Row],
    centre: Position,
    reach_km: float,
    radius_km: float,
    money: Floats,
    breaks: Ints,
    verdict: Callable[[Row], Verdict],
) -> _Pool:
    """Collect the rows within reach; `money` is the other end's, shape (4, 1).

    `breaks` has an entry for each row of the side.
    """
    straight_km = reach_km / parameters.road_factor * _REACH
    band = np.nonzero(np.abs(side.lat - centre.lat) * _KM_PER_DEGREE <= straight_km * 1.0001)[0]
    here = np.array([centre.lat]), np.array([centre.lon])
    straight = great_circle_km(*here, side.lat[band], side.lon[band])
    inside = straight <= straight_km
    rows, km = band[inside], straight[inside] * parameters.road_factor
    mine = np.broadcast_to(money, (4, len(rows)))
    known = np.where(np.isnan(mine), side.money[:, rows], mine)
    return _Pool(
        rows,
        km,
        merit(parameters, Factors(known[0], known[1], known[2], known[3], km)),
        side.rank[rows],
        side.kinds[rows],
        breaks[rows],
        radius_km,
        lambda row: verdict(side.rows[row]),
    )


def _chosen(parameters: Parameters, pools: Sequence[_Pool], top: int) -> list[tuple[int, int]]:
    """Pick (pool, row) of the best that pass, then of the best near misses, `top` in all."""
    passing: list[tuple[int, int]] = []
    misses: list[tuple[int, int]] = []
    known: dict[tuple[int, int], Verdict] = {}
    for number, at in _by_merit(parameters, pools):
        pool = pools[number]
        beyond = bool(pool.distance_km[at] > pool.radius_km)
        blocks = int(pool.breaks[at]) + beyond
        if blocks > 1 or (blocks and len(misses) >= top):
            continue
        row, kind = int(pool.rows[at]), (number, int(pool.kinds[at]))
        if kind not in known:
            known[kind] = pool.judge(row)
        verdict = known[kind]
        if verdict.passes and not beyond:
            passing.append((number, row))
            if len(passing) >= top:
                break
        elif len(misses) < top and (verdict.passes or (verdict.near_miss and not beyond)):
            misses.append((number, row))
    return [*passing, *misses][:top]


def _by_merit(parameters: Parameters, pools: Sequence[_Pool]) -> Iterable[tuple[int, int]]:
    """Order all candidates as `explain` does: merit or nearness, then distance, then id."""
    if not pools:
        return ()
    km = np.concatenate([pool.distance_km for pool in pools])
    merits = np.concatenate([pool.merit for pool in pools])
    rank = np.concatenate([pool.rank for pool in pools])
    number = np.concatenate([np.full(len(pool.rows), n) for n, pool in enumerate(pools)])
    at = np.concatenate([np.arange(len(pool.rows)) for pool in pools])
    first = km if parameters.objective is Objective.TONNES else -merits
    order = np.lexsort((rank, km, first))
    return zip(number[order].tolist(), at[order].tolist(), strict=True)


def _layer(
    material_id: str,
    supplies: list[Supply],
    slots: list[Slot],
    ranks: tuple[Mapping[str, int], Mapping[str, int]],
) -> _Layer:
    def slot_money(slot: Slot) -> tuple[float | None, ...]:
        use = acceptance_of(slot, material_id) or Acceptance(material_id)
        return _money_of_use(use)

    givers = _Side.of(supplies, ranks[0], supply_kind, _money_of_supply)
    return _Layer(
        givers,
        _Side.of(slots, ranks[1], lambda slot: slot_kind(slot, material_id), slot_money),
        Lots.of(givers.rows),
    )


def _money_of_supply(supply: Supply) -> tuple[float | None, ...]:
    return supply.disposal_yuan_per_t, None, None, None


def _money_of_use(use: Acceptance) -> tuple[float | None, ...]:
    return None, use.replaced_yuan_per_t, use.treatment_yuan_per_t, use.avoided_co2_kg_per_t


def _supply_money(supply: Supply) -> Floats:
    return np.array(_money_of_supply(supply), np.float64).reshape(4, 1)


def _use_money(use: Acceptance) -> Floats:
    return np.array(_money_of_use(use), np.float64).reshape(4, 1)


def _judge_of(frame: Problem, parameters: Parameters, slot: Slot) -> Callable[[Supply], Verdict]:
    return lambda supply: judge(frame, parameters, supply, slot)


def _ranks(rows: Sequence[Supply] | Sequence[Slot]) -> dict[str, int]:
    return {row_id: place for place, row_id in enumerate(sorted(row.id for row in rows))}


def _numbered(keys: Iterable[Hashable]) -> Ints:
    number: dict[Hashable, int] = {}
    return np.array([number.setdefault(key, len(number)) for key in keys], np.int64)


def _listed(rows: Mapping[str, Row], row_id: str) -> Row:
    if row_id not in rows:
        raise ProblemError(f"{row_id!r} is not in the problem", owner=row_id, field_name="id")
    return rows[row_id]
