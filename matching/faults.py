"""What a checker may find wrong, and when two figures are the same."""

import math
from dataclasses import dataclass
from enum import StrEnum

from matching.result import Flow

_ABSOLUTE_T = 1e-6
RELATIVE = 1e-9


class Fault(StrEnum):
    UNKNOWN_ID = "unknown_id"
    REPEATED_FLOW = "repeated_flow"
    BAD_TONNES = "bad_tonnes"
    WRONG_DISTANCE = "wrong_distance"
    OUT_OF_RADIUS = "out_of_radius"
    REFUSED_PAIR = "refused_pair"
    WRONG_VALUE = "wrong_value"
    SUPPLY_EXCEEDED = "supply_exceeded"
    SLOT_EXCEEDED = "slot_exceeded"
    YARD_EXCEEDED = "yard_exceeded"
    UNBALANCED = "unbalanced"
    WRONG_TOTAL = "wrong_total"
    MIX_EXCEEDED = "mix_exceeded"
    DOSAGE_EXCEEDED = "dosage_exceeded"
    LOT_TOO_SMALL = "lot_too_small"
    TOO_MANY_SUPPLIERS = "too_many_suppliers"
    QUOTA_EXCEEDED = "quota_exceeded"
    RAW_MIX_BROKEN = "raw_mix_broken"
    CONTRACT_BROKEN = "contract_broken"
    WRONG_BOUND = "wrong_bound"
    WRONG_PRICE = "wrong_price"


@dataclass(frozen=True, slots=True)
class Violation:
    """What is wrong, with whom, and the figure found beside the figure expected."""

    fault: Fault
    owner: str
    period: str = ""
    found: float | None = None
    expected: float | None = None


def same(found: float, expected: float, *, absolute: float = _ABSOLUTE_T) -> bool:
    return math.isclose(found, expected, rel_tol=RELATIVE, abs_tol=absolute)


def pair_name(flow: Flow) -> str:
    return f"{flow.supply_id} -> {flow.slot_id}"
