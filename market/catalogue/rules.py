"""Closed sets of the catalogue: what a column may hold, and what follows from it."""

from datetime import date
from enum import StrEnum


class Family(StrEnum):
    """灰 渣 泥 膏 矿 化 金 危: the kind a seal shows. A material has exactly one."""

    ASH = "ash"
    SLAG = "slag"
    MUD = "mud"
    GYPSUM = "gypsum"
    MINE = "mine"
    CHEM = "chem"
    METAL = "metal"
    HAZARD = "hazard"


class MaterialKind(StrEnum):
    WASTE = "waste"
    VIRGIN = "virgin"


class LegalClass(StrEnum):
    """General industrial solid waste unless listed; ``IDENTIFY`` must be tested first."""

    GENERAL = "general"
    IDENTIFY = "identify"
    HAZARDOUS = "hazardous"
    NOT_WASTE = "not_waste"


class PhysicalForm(StrEnum):
    POWDER = "powder"
    GRANULAR = "granular"
    LUMP = "lump"
    SLURRY = "slurry"
    UNIT = "unit"


class Sector(StrEnum):
    CEMENT = "cement"
    CONCRETE = "concrete"
    BUILDING_MATERIAL = "building_material"
    ROAD = "road"
    MINE = "mine"
    METAL = "metal"
    BATTERY = "battery"
    REMANUFACTURE = "remanufacture"
    RECYCLING = "recycling"
    NEW_ENERGY = "new_energy"
    GLASS = "glass"
    CHEMICAL = "chemical"
    ENVIRONMENT = "environment"


class Verified(StrEnum):
    """How well a row is checked; it says nothing about the size of the value's own scatter."""

    SEEN = "seen"
    PARTLY_SEEN = "partly_seen"
    RECALLED = "recalled"
    COMPUTED = "computed"


class Confidence(StrEnum):
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


class Allowed(StrEnum):
    YES = "yes"
    CONDITIONAL = "conditional"
    NO = "no"


class LimitType(StrEnum):
    """``STANDARD`` is a hard rule; ``PRACTICE`` a default that the receiver may override."""

    STANDARD = "standard"
    PRACTICE = "practice"


class ShareBasis(StrEnum):
    """Of what the share is taken, always by dry mass except ``UNIT``."""

    DRY_RAW_MEAL = "dry_raw_meal"
    CEMENT_MASS = "cement_mass"
    BINDER_MASS = "binder_mass"
    PRODUCT = "product"
    GYPSUM_FEED = "gypsum_feed"
    DRY_BODY = "dry_body"
    DRY_MIX = "dry_mix"
    AGGREGATE = "aggregate"
    FILL = "fill"
    CHARGE = "charge"
    UNIT = "unit"
    FIBRE = "fibre"
    BATCH = "batch"
    RAW_MATERIAL = "raw_material"
    REAGENT = "reagent"


class Scope(StrEnum):
    """What a limit is compared with: the lot, the blended feed, the product, the plant, a test."""

    MATERIAL = "material"
    MIX = "mix"
    PRODUCT = "product"
    PLANT = "plant"
    EFFECT = "effect"


class Operator(StrEnum):
    AT_MOST = "<="
    AT_LEAST = ">="
    BELOW = "<"
    ABOVE = ">"
    BETWEEN = "between"


class Severity(StrEnum):
    """``OPTIONAL`` binds only where buyer and seller agree on it."""

    BLOCK = "block"
    WARN = "warn"
    INFO = "info"
    OPTIONAL = "optional"


class Standing(StrEnum):
    """Whether the edition a limit is taken from still holds."""

    IN_FORCE = "in_force"
    CHECK_SUCCESSOR = "check_successor"
    SUPERSEDED = "superseded"
    INDUSTRY = "industry"


class Basis(StrEnum):
    """What a composition is a share of."""

    DRY = "dry"
    AS_RECEIVED = "as_received"


class FactorKind(StrEnum):
    PROCESS_CO2 = "process_co2"
    EMBODIED = "embodied"
    AVOIDED = "avoided"
    ENERGY = "energy"
    TRANSPORT_CO2 = "transport_co2"
    PRICE = "price"
    DISPOSAL_COST = "disposal_cost"
    LOGISTICS = "logistics"
    RADIUS = "radius"
    TAX = "tax"
    GENERATION = "generation"
    TARGET = "target"


PLACEHOLDER_KINDS = frozenset(
    {
        FactorKind.PRICE,
        FactorKind.DISPOSAL_COST,
        FactorKind.LOGISTICS,
        FactorKind.RADIUS,
    }
)
"""No published series stands behind these: people are asked for their own value."""


class Topic(StrEnum):
    LEGAL_FRAME = "legal_frame"
    WASTE_STATUS = "waste_status"
    CLASSIFICATION = "classification"
    EXEMPTION = "exemption"
    TRANSFER = "transfer"
    HAZARDOUS = "hazardous"
    CONTRACT = "contract"
    LEDGER = "ledger"
    BACKFILL = "backfill"
    KILN = "kiln"
    BATTERY = "battery"
    SCRAP = "scrap"
    REMANUFACTURE = "remanufacture"
    VAT = "vat"
    CIT = "cit"
    ENV_TAX = "env_tax"
    EMISSION = "emission"
    ALERT = "alert"
    PENALTY = "penalty"


class Behaviour(StrEnum):
    """What the platform does when the rule applies."""

    BLOCK = "block"
    REQUIRE_EVIDENCE = "require_evidence"
    WARN = "warn"
    CALCULATE = "calculate"
    INFORM = "inform"


class VatKind(StrEnum):
    """A row of the catalogue, a definition from its notes, or the income-tax counterpart."""

    ROW = "row"
    NOTE = "note"
    INCOME_TAX = "income_tax"


UNITS = frozenset({
    "-", "%", "mg/kg", "mg/L", "MJ/kg", "g/cm3", "t/m3", "kg/m3", "m2/kg", "cm2/g", "mm", "h",
    "mg/kg clinker", "mg/kg cement", "kgce/t", "t/a", "µGy/h", "µSv/h", "Bq/cm2", "count",
    "class", "× limit",
    "t/t", "kg/t", "t/tce", "ratio", "×", "index", "km", "h/a", "d/a", "Mt/a", "Mt", "t/MW",
    "t/MWh",
    "kgCO2/kWh", "kgCO2e/kWh", "kgCO2/L", "kgCO2/kg", "kgCO2/m3", "tCO2/GJ", "kgCO2e/(t·km)",
    "yuan/t", "yuan/tCO2", "yuan/(t·km)",
})  # fmt: skip
"""Every unit a limit, composition or factor may be given in."""


def in_force(valid_from: date | None, valid_to: date | None, on: date) -> bool:
    """Tell whether ``on`` lies within both dates, themselves included; None does not bound."""
    return (valid_from is None or valid_from <= on) and (valid_to is None or on <= valid_to)
