"""What is matched: supplies, slots, the rules between them, and the parameters of a run.

Every value is frozen and checked as it is built (`ProblemError`). Masses are tonnes as received
(wet); properties and limits carry their own unit and basis.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from matching import parameters, validation
from matching.kiln import RawMixLine
from matching.months import last_day

ProblemError = validation.ProblemError
MAX_TONNES = validation.MAX_TONNES
Objective = parameters.Objective
FreightBand = parameters.FreightBand
Weights = parameters.Weights
Parameters = parameters.Parameters


class Allowed(StrEnum):
    YES = "yes"
    NO = "no"
    CONDITIONAL = "conditional"


class Operator(StrEnum):
    AT_MOST = "<="
    AT_LEAST = ">="
    BELOW = "<"
    ABOVE = ">"
    BETWEEN = "between"


class Scope(StrEnum):
    """What a limit is compared with: the lot's report, the mix, or a figure of the receiver's."""

    MATERIAL = "material"
    MIX = "mix"
    PRODUCT = "product"
    PLANT = "plant"
    EFFECT = "effect"


class Severity(StrEnum):
    BLOCK = "block"
    WARN = "warn"
    INFO = "info"


class Origin(StrEnum):
    """Where a property's range comes from: a lot's own report, or the catalogue's usual range."""

    ASSAY = "assay"
    CATALOGUE = "catalogue"


@dataclass(frozen=True, slots=True)
class Rule:
    """Where a limit or a prohibition is written."""

    standard: str
    clause: str = ""


@dataclass(frozen=True, slots=True)
class Position:
    """WGS-84 degrees."""

    lat: float
    lon: float

    def __post_init__(self) -> None:
        validation.require_within(self.lat, -90, 90, "latitude")
        validation.require_within(self.lon, -180, 180, "longitude")


@dataclass(frozen=True, slots=True)
class Bound:
    """A property known to lie between `low` and `high`; equal bounds are a single measurement.

    `expires_on` is the last day on which a report counts; after it the value is unknown.
    """

    name: str
    low: float
    high: float
    unit: str = "%"
    expires_on: date | None = None

    def __post_init__(self) -> None:
        validation.require_finite(self.low, f"{self.name} low")
        validation.require_finite(self.high, f"{self.name} high")
        if self.low > self.high:
            raise ProblemError(f"{self.name}: low {self.low} is above high {self.high}")


@dataclass(frozen=True, slots=True)
class Limit:
    """One limit of one acceptance.

    `grades` are the quality grades this row describes; none = every grade. Grades classify a lot:
    it is refused only if it attains none of them. `variant` restricts the row to supplies or
    acceptances that carry that tag (say `class F`, `retarder`). `value_high` is used by `BETWEEN`
    alone.
    """

    name: str
    operator: Operator
    value: float
    unit: str = "%"
    value_high: float | None = None
    scope: Scope = Scope.MATERIAL
    severity: Severity = Severity.BLOCK
    grades: tuple[str, ...] = ()
    variant: str = ""
    rule: Rule | None = None

    def __post_init__(self) -> None:
        validation.require_finite(self.value, f"limit of {self.name}")
        if (self.operator is Operator.BETWEEN) != (self.value_high is not None):
            raise ProblemError(f"limit of {self.name}: an upper value belongs to 'between' alone")
        if self.value_high is not None and not self.value <= self.value_high:
            raise ProblemError(
                f"limit of {self.name}: nothing lies between {self.value:g} and {self.value_high:g}"
            )


@dataclass(frozen=True, slots=True)
class Acceptance:
    """How a slot takes one material: the row of law or practice, and what the use is worth.

    `replaced_yuan_per_t` is the price of the virgin material that one tonne as received replaces;
    `treatment_yuan_per_t` what the receiver spends to make it fit;
    `avoided_co2_kg_per_t` the receiver's emissions that one tonne avoids, between the two of
    `avoided_co2_range`. None = nobody knows, and it is shown as missing. `sources` say where these
    come from, by the value of their `LineKind`.
    """

    material_id: str
    allowed: Allowed = Allowed.YES
    note: str = ""
    rule: Rule | None = None
    limits: tuple[Limit, ...] = ()
    variants: frozenset[str] = frozenset()
    replaced_yuan_per_t: float | None = None
    treatment_yuan_per_t: float | None = None
    avoided_co2_kg_per_t: float | None = None
    avoided_co2_range: tuple[float, float] | None = None
    sources: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        validation.require_range(self.avoided_co2_range, self.avoided_co2_kg_per_t, "avoided CO2")
        validation.require_optional(self.replaced_yuan_per_t, "replaced material value")
        validation.require_optional(self.treatment_yuan_per_t, "treatment cost")
        validation.require_optional(self.avoided_co2_kg_per_t, "avoided CO2")


@dataclass(frozen=True, slots=True)
class Licence:
    """Hazardous-waste codes a receiver may take, to the last day they are valid.

    A code of four characters (`HW48`) covers every code of that class (`321-024-48`). `tonnes` is
    what it lets in in each of `Problem.years`, None = no limit; `number` tells licences apart.
    """

    codes: frozenset[str]
    valid_to: date | None = None
    tonnes: float | None = None
    number: str = ""

    def __post_init__(self) -> None:
        if self.tonnes is not None:
            validation.require_within(self.tonnes, 0, MAX_TONNES, "licensed tonnes", self.number)

    def covers(self, code: str) -> bool:
        return code in self.codes or f"HW{code[-2:]}" in self.codes


@dataclass(frozen=True, slots=True)
class Storage:
    """A yard or silo: tonnes in it at the start, room, and cost per tonne left over a period.

    `held_t` is the part of the room that contracts take up at the end of each period; none = 0.
    """

    opening_t: float = 0.0
    room_t: float = 0.0
    cost_yuan_per_t: float = 0.0
    held_t: tuple[float, ...] = ()

    def free_t(self, periods: int) -> tuple[float, ...]:
        """Return the room that is left at the end of each period."""
        return tuple(self.room_t - held for held in self.held_t or (0.0,) * periods)

    def __post_init__(self) -> None:
        for name, value in (("opening stock", self.opening_t), ("room", self.room_t)):
            validation.require_within(value, 0, MAX_TONNES, name)
        validation.require_within(self.cost_yuan_per_t, 0, 1e6, "storage cost")
        if self.opening_t > self.room_t:
            raise ProblemError("opening stock is above the room of the yard")


@dataclass(frozen=True, slots=True)
class Material:
    """A kind of material and the catalogue's usual range of its properties."""

    id: str
    ranges: tuple[Bound, ...] = ()


@dataclass(frozen=True, slots=True)
class Supply:
    """A stream on offer. `tonnes` has one entry per period of the problem.

    `disposal_yuan_per_t` is what getting rid of it otherwise costs; `ask_yuan_per_t` the
    producer's lowest price (negative = it pays a gate fee up to that). In a period a slot gets at
    least `min_lot_t` of it or nothing; of the lots of both ends the larger holds. `identified` is
    False where the law asks whether it is hazardous and nobody has answered; `cleared` are the
    provinces it may already be moved into, by approval or by information given. `sources` say
    where the cost of disposal comes from.
    """

    id: str
    material_id: str
    position: Position
    tonnes: tuple[float, ...]
    name: str = ""
    province: str = ""
    assay: tuple[Bound, ...] = ()
    tags: frozenset[str] = frozenset()
    hazard_codes: frozenset[str] = frozenset()
    moisture_share: float | None = None
    disposal_yuan_per_t: float | None = None
    ask_yuan_per_t: float | None = None
    storage: Storage | None = None
    min_lot_t: float = 0.0
    identified: bool = True
    cleared: frozenset[str] = frozenset()
    sources: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        validation.require_tonnes(self.tonnes, self.id)
        validation.require_optional(self.disposal_yuan_per_t, "disposal cost", self.id)
        validation.require_optional(self.ask_yuan_per_t, "asking price", self.id)
        validation.require_within(self.min_lot_t, 0, MAX_TONNES, "minimum lot", self.id)
        if self.moisture_share is not None:
            validation.require_within(self.moisture_share, 0, 0.99, "moisture share", self.id)


@dataclass(frozen=True, slots=True)
class Slot:
    """A receiver's use of material with its own capacity; `tonnes` has one entry per period.

    `sink_id` joins the slots of one plant. `bid_yuan_per_t` is the highest price it would pay at
    its gate. `blend` are limits on the dry mix of everything delivered in a period: a lot above
    one may come if others make up for it, so `accepts` should not repeat them. In a period each
    supplier sends at least `min_lot_t` or nothing, and at most `max_suppliers` send anything.
    `raw_mix` is the kiln line whose clinker everything delivered becomes part of; `line_id` says in
    whose dosage it counts. `figures` are the receiver's own: recoveries of the plant, tests of its
    product.
    """

    id: str
    sink_id: str
    position: Position
    tonnes: tuple[float, ...]
    accepts: tuple[Acceptance, ...]
    name: str = ""
    province: str = ""
    licences: tuple[Licence, ...] = ()
    bid_yuan_per_t: float | None = None
    storage: Storage | None = None
    blend: tuple[Limit, ...] = ()
    min_lot_t: float = 0.0
    max_suppliers: int | None = None
    raw_mix: RawMixLine | None = None
    figures: tuple[Bound, ...] = ()
    line_id: str = ""

    @property
    def has_choices(self) -> bool:
        """Whether it is a matter of yes or no who supplies it."""
        return self.min_lot_t > 0 or self.max_suppliers is not None

    def __post_init__(self) -> None:
        validation.require_tonnes(self.tonnes, self.id)
        validation.require_within(self.min_lot_t, 0, MAX_TONNES, "minimum lot", self.id)
        if self.max_suppliers is not None:
            validation.require_within(self.max_suppliers, 0, 1e6, "number of suppliers", self.id)
        validation.require_optional(self.bid_yuan_per_t, "bid price", self.id)
        materials = [row.material_id for row in self.accepts]
        if len(set(materials)) != len(materials):
            raise ProblemError(f"slot {self.id} accepts a material twice", owner=self.id)


@dataclass(frozen=True, slots=True)
class BorderRule:
    """What crossing a provincial border does to a pair."""

    hazardous: bool
    severity: Severity
    rule: Rule


@dataclass(frozen=True, slots=True)
class Commitment:
    """Tonnes a contract in force sends in a period, whatever the plan would rather do."""

    supply_id: str
    slot_id: str
    period: str
    tonnes: float

    def __post_init__(self) -> None:
        validation.require_within(self.tonnes, 0, MAX_TONNES, "committed tonnes", self.supply_id)


@dataclass(frozen=True, slots=True)
class Dosage:
    """What all slots of a line together may bring into the `product_t` tonnes of a period.

    Each of `limits` is an upper one, by mass of the product; what else goes into it is not counted,
    nor is a lot of unknown content.
    """

    line_id: str
    product_t: tuple[float, ...]
    limits: tuple[Limit, ...]

    def __post_init__(self) -> None:
        validation.require_tonnes(self.product_t, self.line_id)
        for row in self.limits:
            if row.operator not in {Operator.AT_MOST, Operator.BELOW} or row.value < 0:
                raise ProblemError(f"line {self.line_id}: a dosage of {row.name} has an upper end")


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything that is matched in one run. Ids are unique among supplies and among slots.

    `years` names the year of each period that licensed tonnages count by; none = all in one. A
    period named as a month (2026-12) ends with it, and licences that lapse before let nothing in.
    `fixed` are contracts that supplies and slots are already lowered by: they still count in mixes,
    minimum lots and numbers of suppliers. `dosages` hold the slots of a line together.
    """

    supplies: tuple[Supply, ...]
    slots: tuple[Slot, ...]
    materials: tuple[Material, ...] = ()
    border_rules: tuple[BorderRule, ...] = ()
    licence_rule: Rule | None = None
    identify_rule: Rule | None = None
    periods: tuple[str, ...] = ("year",)
    commitments: tuple[Commitment, ...] = ()
    years: tuple[str, ...] = ()
    fixed: tuple[Commitment, ...] = ()
    dosages: tuple[Dosage, ...] = ()

    def __post_init__(self) -> None:
        validation.require_unique((row.id for row in self.supplies), "supply")
        validation.require_unique((row.id for row in self.slots), "slot")
        validation.require_unique((row.id for row in self.materials), "material")
        validation.require_unique(self.periods, "period")
        validation.require_unique((row.line_id for row in self.dosages), "dosage")
        if any(len(row.product_t) != len(self.periods) for row in self.dosages):
            raise ProblemError("give a line's product of every period", field_name="product_t")
        rows: tuple[Supply | Slot, ...] = (*self.supplies, *self.slots)
        for row in rows:
            if len(row.tonnes) != len(self.periods):
                counts = f"{len(row.tonnes)} amounts for {len(self.periods)} periods"
                raise ProblemError(f"{row.id}: {counts}", owner=row.id, field_name="tonnes")
        if self.years and len(self.years) != len(self.periods):
            raise ProblemError("give the year of every period or of none", field_name="years")
        self._require_lines()

    @property
    def year_of(self) -> dict[str, str]:
        """The year of each period; the same for all where nothing else is known."""
        return dict(zip(self.periods, self.years or ("",) * len(self.periods), strict=True))

    @property
    def ends(self) -> tuple[date | None, ...]:
        """The last day of each period that is named as a month."""
        return tuple(last_day(name) for name in self.periods)

    def _require_lines(self) -> None:
        """Hold each line to be one thing for all its slots, and their silos to begin empty."""
        lines: dict[str, RawMixLine] = {}
        for slot in self.slots:
            own, silo = slot.raw_mix, slot.storage or Storage()
            if own is not None:
                line = lines.setdefault(own.id, own)
                line.require_slot(slot.id, own, len(self.periods), opening_t=silo.opening_t)
