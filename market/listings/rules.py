"""Closed sets and limits of listings."""

import re
from enum import StrEnum

EXPIRY_DAYS = 90
MAX_MASS_KG_PER_YEAR = 100_000_000_000  # 100 Mt: above any single works; catches unit mistakes
MONTHS_PER_YEAR = 12
MAX_SUPPLIERS = 1000
MAX_STORAGE_FEN_PER_T_MONTH = 1_000_000  # 10,000 yuan; catches unit mistakes
MAX_PRICE_FEN_PER_T = 100_000_000  # 1,000,000 yuan/t: above copper; catches unit mistakes
ASSAY_DAYS = 180  # our default for the age a report may reach; the poster may state another
MAX_ASSAY_DAYS = 731  # two years: nobody may keep a report alive for longer
SAMPLE_DAYS = 1827  # five years: an older sample says nothing of what leaves today
MAX_NOTE_CHARS = 2000

HW_CODE = re.compile(r"\d{3}-\d{3}-\d{2}")  # 国家危险废物名录: 8 digits, e.g. 321-024-48
WASTE_CODE = re.compile(r"\d{3}-\d{3}-S\d{2}")  # 固体废物分类与代码目录, e.g. 900-001-S02


class Side(StrEnum):
    OFFER = "offer"
    WANT = "want"


class State(StrEnum):
    """Of a published listing; what is not yet published is a ``ListingDraft``."""

    OPEN = "open"
    WITHDRAWN = "withdrawn"


TRANSITIONS: dict[State, frozenset[State]] = {
    State.OPEN: frozenset({State.WITHDRAWN}),
    State.WITHDRAWN: frozenset({State.OPEN}),
}


class Step(StrEnum):
    """The five topics of posting, in the order they are asked."""

    WHAT = "what"
    AMOUNT = "amount"
    QUALITY = "quality"
    PLACE = "place"
    TERMS = "terms"


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
