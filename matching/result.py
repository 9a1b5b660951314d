"""What a run gives back: frozen, self-contained, and without any solver's objects in it."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from matching import worths
from matching.problem import Origin, Rule, Scope, Severity

Side = worths.Side
Worth = worths.Worth
Dual = worths.Dual
RoomDual = worths.RoomDual


class Status(StrEnum):
    """`OPTIMAL`: proven. `FEASIBLE`: the plan holds and its proven gap is not closed.

    `NOTHING`: no pair may meet, the reasons are in `unmatched`. `STOPPED`: `should_stop`
    asked for it or time was up; `flows` hold the independent parts solved by then, feasible, and
    where time was up best ways first for the others. The bound is then a loose one for those:
    every tonne where it alone would do most.
    """

    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    NOTHING = "nothing"
    STOPPED = "stopped"


class Stage(StrEnum):
    CANDIDATES = "candidates"
    COMPATIBILITY = "compatibility"
    SOLVE = "solve"
    DUALS = "duals"
    CHECK = "check"
    EXPLAIN = "explain"


class Reason(StrEnum):
    """Why a pair may not meet, or what must be seen to before it does."""

    NOT_ACCEPTED = "not_accepted"
    PROHIBITED = "prohibited"
    CONDITIONAL = "conditional"
    LIMIT_EXCEEDED = "limit_exceeded"
    LIMIT_UNPROVEN = "limit_unproven"
    VALUE_UNKNOWN = "value_unknown"
    ASSAY_EXPIRED = "assay_expired"
    UNIT_MISMATCH = "unit_mismatch"
    CODE_NOT_LICENSED = "code_not_licensed"
    LICENCE_EXPIRED = "licence_expired"
    NOT_IDENTIFIED = "not_identified"
    PROVINCE_BORDER = "province_border"
    OUT_OF_RADIUS = "out_of_radius"
    DOSAGE = "dosage"
    WITHIN_LIMIT = "within_limit"


class LiftKind(StrEnum):
    """The kind of smallest single change that would let a refused pair pass."""

    IMPROVE = "improve"
    ASSAY = "assay"
    RENEW_ASSAY = "renew_assay"
    OBTAIN_LICENCE = "obtain_licence"
    RENEW_LICENCE = "renew_licence"
    IDENTIFY = "identify"
    WIDEN_RADIUS = "widen_radius"
    MEET_CONDITION = "meet_condition"
    INFORM_PROVINCES = "inform_provinces"
    OBTAIN_APPROVAL = "obtain_approval"


class Remainder(StrEnum):
    """Why tonnes of a supply stay unmatched.

    `NOT_ACCEPTED`: no slot takes the material, however near.
    `HELD_BACK`: slots in reach have room that a mix, licensed tonnes, minimum lots or the number
    of suppliers keep from it.
    `TOO_LITTLE`: less than a gram, finer than any plan.
    """

    NOT_ACCEPTED = "not_accepted"
    NO_SLOT_IN_RADIUS = "no_slot_in_radius"
    ALL_REFUSED = "all_refused"
    SLOTS_FULL = "slots_full"
    HELD_BACK = "held_back"
    NOT_WORTH_IT = "not_worth_it"
    NOT_SOLVED = "not_solved"
    TOO_LITTLE = "too_little"


class LineKind(StrEnum):
    """One bar of a pair's value waterfall, yuan/t for both sides together."""

    AVOIDED_DISPOSAL = "avoided_disposal"
    REPLACED_MATERIAL = "replaced_material"
    FREIGHT = "freight"
    TREATMENT = "treatment"
    AVOIDED_CARBON = "avoided_carbon"
    TRANSPORT_CARBON = "transport_carbon"


@dataclass(frozen=True, slots=True)
class Lift:
    """Change `name` from `current` to `target` (in `unit`) and this refusal is gone.

    A strict limit wants a hair beyond its `target`. Without one any value will do.
    """

    kind: LiftKind
    name: str = ""
    current: float | None = None
    target: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark on a pair. `value` is the unfavourable bound that was used.

    `margin` is in the limit's unit: positive = room left, negative = by how much it is broken.
    `scope` is what the limit speaks of; elsewhere it says nothing.
    """

    reason: Reason
    severity: Severity
    name: str = ""
    value: float | None = None
    limit: float | None = None
    operator: str = ""
    unit: str = ""
    margin: float | None = None
    origin: Origin | None = None
    rule: Rule | None = None
    note: str = ""
    lift: Lift | None = None
    scope: Scope = Scope.MATERIAL


@dataclass(frozen=True, slots=True)
class Verdict:
    """May this pair meet? `findings` block or caution; `margins` are the limits that hold.

    `grade` is the best quality grade the lot is shown to attain, empty where none is.
    """

    findings: tuple[Finding, ...] = ()
    margins: tuple[Finding, ...] = ()
    grade: str = ""

    @property
    def passes(self) -> bool:
        return not any(f.severity is Severity.BLOCK for f in self.findings)

    @property
    def near_miss(self) -> Finding | None:
        """The one refusal that stands alone between these two; its lift lets the pair pass."""
        blocking = [f for f in self.findings if f.severity is Severity.BLOCK]
        return blocking[0] if len(blocking) == 1 and blocking[0].lift else None


@dataclass(frozen=True, slots=True)
class Line:
    """`yuan_per_t` is None where a factor is missing: it counts as nothing, and is shown so.

    `source` is where its factors come from, as whoever gave them says.
    """

    kind: LineKind
    yuan_per_t: float | None
    source: str = ""


@dataclass(frozen=True, slots=True)
class Flow:
    """`value_yuan_per_t` sums the known lines of the pair's waterfall.

    `co2_kg_per_t` is what the use avoids less what the haulage gives off.
    """

    supply_id: str
    slot_id: str
    period: str
    tonnes: float
    distance_km: float
    value_yuan_per_t: float
    co2_kg_per_t: float = 0.0


@dataclass(frozen=True, slots=True)
class Unmatched:
    """`refused` and `in_radius` count the slots around this supply."""

    supply_id: str
    period: str
    tonnes: float
    reason: Remainder
    in_radius: int
    refused: int


@dataclass(frozen=True, slots=True)
class SlotUse:
    """What the slot took in a period, from deliveries and from its own silo."""

    slot_id: str
    period: str
    used_t: float
    spare_t: float


@dataclass(frozen=True, slots=True)
class Stock:
    """Tonnes in a supply's yard or a slot's silo at the end of a period."""

    side: Side
    id: str
    period: str
    tonnes: float


@dataclass(frozen=True, slots=True)
class Mix:
    """A blend limit of a slot in a period with deliveries: `value` of the dry mix and `margin`.

    `worth` is what the plan as it is gains, per unit, when the limit moves to the loose side,
    `tighter` what it loses on the other; `exact` as in `Dual`.
    """

    slot_id: str
    period: str
    name: str
    operator: str
    value: float
    limit: float
    margin: float
    unit: str
    worth: Worth
    tighter: Worth = field(default_factory=Worth)
    exact: bool = True


@dataclass(frozen=True, slots=True)
class DosageUse:
    """What a line's deliveries of a period bring into its product, by a limit on that.

    `value` is per tonne of product, in the limit's `unit`; `unknown_t` are tonnes delivered whose
    content nobody knows, which are not in it. `worth`, `tighter` and `exact` as in `Mix`.
    """

    line_id: str
    period: str
    name: str
    value: float
    limit: float
    unit: str
    unknown_t: float
    worth: Worth
    tighter: Worth = field(default_factory=Worth)
    exact: bool = True


@dataclass(frozen=True, slots=True)
class QuotaUse:
    """What a plant takes of the codes its licences limit together, in a year.

    `worth` is that of one tonne more, `less` the loss with one tonne less; `exact` as in `Dual`.
    """

    sink_id: str
    codes: tuple[str, ...]
    used_t: float
    tonnes: float
    worth: Worth
    less: Worth = field(default_factory=Worth)
    exact: bool = True
    year: str = ""


@dataclass(frozen=True, slots=True)
class RawMixUse:
    """What a line makes in a period, of deliveries and of `feeds` (dry tonnes of virgin material).

    `missing_t` is clinker that could not be made; `conflict` then names constraints that clash
    however much there is, and is empty where only tonnes run short. `clinker` is percent, on the
    middle of each range. `cost_yuan` is feeds and, at the run's carbon price, process CO2;
    `process_co2_kg` that of everything in the mix, by carbonate. `burnt` are tonnes as received of
    each lot in the mix: what was delivered or came out of a silo. `set_aside` is what contracts
    bring that no clinker within the windows can take.
    """

    line_id: str
    period: str
    clinker_t: float
    missing_t: float
    feeds: tuple[tuple[str, float], ...]
    clinker: Mapping[str, float]
    ratios: Mapping[str, float]
    cost_yuan: float
    process_co2_kg: float
    conflict: tuple[str, ...] = ()
    burnt: tuple[tuple[str, float], ...] = ()
    set_aside: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class StageSeconds:
    stage: Stage
    seconds: float


@dataclass(frozen=True, slots=True)
class Result:
    """`bound` is proven by the duals: on tonne-km under `TONNES`, else on `merit`.

    `merit` is the objective reached: yuan net of storage, kg of CO2, or points.

    Net value is `value_yuan` of the flows less `storage_yuan` of what waits between periods and,
    with raw mixes, less their cost: `net_value_yuan`.

    `gap` is |objective - bound| / |objective| of that objective; `tonnes_bound` belongs to the
    first objective of `Objective.TONNES`, where the gap is the wider of both. A stopped plan has
    no bound on tonne-km: its gap is of the tonnes.
    """

    status: Status
    tonnes: float
    tonne_km: float
    value_yuan: float
    tonnes_bound: float | None
    bound: float | None
    gap: float | None
    flows: tuple[Flow, ...]
    unmatched: tuple[Unmatched, ...]
    slot_uses: tuple[SlotUse, ...]
    duals: tuple[Dual, ...]
    edges: int
    components: int
    refused_pairs: int
    seconds: tuple[StageSeconds, ...]
    stocks: tuple[Stock, ...] = ()
    storage_yuan: float = 0.0
    mixes: tuple[Mix, ...] = ()
    quota_uses: tuple[QuotaUse, ...] = ()
    co2_kg: float = 0.0
    merit: float = 0.0
    raw_mixes: tuple[RawMixUse, ...] = ()
    dosages: tuple[DosageUse, ...] = ()
    room_duals: tuple[RoomDual, ...] = ()

    @property
    def net_value_yuan(self) -> float:
        """Yuan for both sides together, less storage, virgin feeds and their carbon."""
        clinker = math.fsum(use.cost_yuan for use in self.raw_mixes)
        return self.value_yuan - self.storage_yuan - clinker
