"""The account of a whole plan: each line of its worth in yuan, its price and its carbon.

Both sides together, as the waterfall of a pair; what one side pays the other is a transfer, told
as a range and added to nothing. Refunds of tax are the line's own matter: `refund`.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matching.compatibility import acceptance_of
from matching.economics import (
    Co2Range,
    factors_of_pairs,
    lines_of_pair,
    sources_of,
    waterfall,
)
from matching.explain import co2_range_kg
from matching.geography import Floats
from matching.problem import Parameters, Problem, Slot, Supply
from matching.result import LineKind, Result
from matching.split import split_of_lines


@dataclass(frozen=True, slots=True)
class Entry:
    """`yuan` of all flows whose factor is known; `missing_t` tonnes have none and count nothing."""

    kind: LineKind
    yuan: float
    missing_t: float
    sources: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Transfer:
    """What receivers pay producers at the gate: the least and most both sides still gain by.

    Negative = the producers pay. `unknown_t` tonnes have no range: a factor of theirs is missing,
    or no price suits both.
    """

    low_yuan: float
    even_yuan: float
    high_yuan: float
    unknown_t: float


@dataclass(frozen=True, slots=True)
class Account:
    """`net_value_yuan` is the sum of the entries less storage and what kilns spend on their mix."""

    entries: tuple[Entry, ...]
    storage_yuan: float
    raw_mix_yuan: float
    net_value_yuan: float
    transfer: Transfer
    co2_kg: Co2Range


def account_of(problem: Problem, parameters: Parameters, result: Result) -> Account:
    """Add the plan's flows up, line by line; negative totals are shown as they are."""
    supplies = {row.id: row for row in problem.supplies}
    slots = {row.id: row for row in problem.slots}
    ends = [(supplies[flow.supply_id], slots[flow.slot_id]) for flow in result.flows]
    uses = [acceptance_of(slot, supply.material_id) for supply, slot in ends]
    distances = [flow.distance_km for flow in result.flows]
    lines = waterfall(parameters, factors_of_pairs([supply for supply, _ in ends], uses, distances))
    sources = [
        sources_of(parameters, supply, use) for (supply, _), use in zip(ends, uses, strict=True)
    ]
    tonnes = np.array([flow.tonnes for flow in result.flows], np.float64)
    return Account(
        tuple(_entries(lines, tonnes, sources)),
        result.storage_yuan,
        sum(use.cost_yuan for use in result.raw_mixes),
        result.net_value_yuan,
        _transfer(lines, tonnes, ends),
        co2_range_kg(problem, parameters, result),
    )


def _entries(
    lines: Mapping[LineKind, Floats], tonnes: Floats, sources: Sequence[Mapping[str, str]]
) -> Iterator[Entry]:
    for kind, yuan_per_t in lines.items():
        missing = np.isnan(yuan_per_t)
        known = (row for row, gone in zip(sources, missing.tolist(), strict=True) if not gone)
        yield Entry(
            kind,
            float(tonnes @ np.nan_to_num(yuan_per_t)),
            float(tonnes[missing].sum()),
            tuple(sorted({row[kind] for row in known if kind in row})),
        )


def _transfer(
    lines: dict[LineKind, Floats], tonnes: Floats, ends: Sequence[tuple[Supply, Slot]]
) -> Transfer:
    low = even = high = unknown = 0.0
    for row, (amount, (supply, slot)) in enumerate(zip(tonnes.tolist(), ends, strict=True)):
        split = split_of_lines(lines_of_pair(lines, row, {}), supply, slot)
        if split.low is None or split.high is None or split.fair is None:
            unknown += amount
            continue
        low += amount * split.low
        even += amount * split.fair
        high += amount * split.high
    return Transfer(low, even, high, unknown)
