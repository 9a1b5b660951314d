"""Closed sets and limits of listings."""

from enum import StrEnum

EXPIRY_DAYS = 90
MAX_MASS_KG_PER_YEAR = 100_000_000_000  # 100 Mt: above any single works; catches unit mistakes


class Side(StrEnum):
    OFFER = "offer"
    WANT = "want"


class State(StrEnum):
    DRAFT = "draft"
    OPEN = "open"
    WITHDRAWN = "withdrawn"


TRANSITIONS: dict[State, frozenset[State]] = {
    State.DRAFT: frozenset({State.OPEN, State.WITHDRAWN}),
    State.OPEN: frozenset({State.WITHDRAWN}),
    State.WITHDRAWN: frozenset({State.OPEN}),
}


class Basis(StrEnum):
    """How sure the tonnage is: a firm says so, or we derived it from public facts."""

    DECLARED = "declared"
    ESTIMATE = "estimate"


class Form(StrEnum):
    """How the material leaves the gate; decides the vehicle."""

    DRY = "dry"
    WET = "wet"
    LUMP = "lump"
    BALED = "baled"
    PACKED = "packed"
