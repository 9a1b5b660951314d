"""The changes a what-if may make to a problem; each names exactly one thing and fails loudly.

A change of an id that is not there, or of a limit nobody set, raises `ProblemError`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol

from matching.lookup import find_slot, find_supply, slots_of_plant
from matching.problem import (
    Acceptance,
    FreightBand,
    Limit,
    Parameters,
    Problem,
    ProblemError,
    Slot,
    Storage,
    Supply,
)
from matching.result import Side


@dataclass(frozen=True, slots=True)
class Case:
    problem: Problem
    parameters: Parameters


class Change(Protocol):
    def apply(self, case: Case) -> Case: ...


def apply_all(case: Case, changes: Iterable[Change]) -> Case:
    """Apply changes in their order; a later one sees what an earlier one did."""
    for change in changes:
        case = change.apply(case)
    return case


class PriceKind(StrEnum):
    """The first two belong to a supply, the others to a slot; the last two to one acceptance."""

    DISPOSAL = "disposal"
    ASK = "ask"
    BID = "bid"
    REPLACED = "replaced"
    TREATMENT = "treatment"


@dataclass(frozen=True, slots=True)
class SetPrice:
    """`material_id` says which acceptance of the slot is meant; None = nobody knows any more."""

    kind: PriceKind
    id: str
    yuan_per_t: float | None
    material_id: str = ""

    def apply(self, case: Case) -> Case:
        worth = self.yuan_per_t
        match self.kind:
            case PriceKind.DISPOSAL:
                return _with_supply(case, self.id, lambda s: replace(s, disposal_yuan_per_t=worth))
            case PriceKind.ASK:
                return _with_supply(case, self.id, lambda s: replace(s, ask_yuan_per_t=worth))
            case PriceKind.BID:
                return _with_slot(case, self.id, lambda k: replace(k, bid_yuan_per_t=worth))
            case PriceKind.REPLACED:
                return self._use(case, lambda a: replace(a, replaced_yuan_per_t=worth))
            case PriceKind.TREATMENT:
                return self._use(case, lambda a: replace(a, treatment_yuan_per_t=worth))

    def _use(self, case: Case, change: Callable[[Acceptance], Acceptance]) -> Case:
        return _with_acceptance(case, self.id, self.material_id, change)


@dataclass(frozen=True, slots=True)
class SetLimit:
    """Set the limits of one name: of an acceptance, or of the slot's blend (no `material_id`).

    `grade` restricts it to the rows of that grade; `value_high` belongs to a window.
    """

    slot_id: str
    name: str
    value: float
    value_high: float | None = None
    material_id: str = ""
    grade: str = ""

    def apply(self, case: Case) -> Case:
        if not self.material_id:
            return _with_slot(case, self.slot_id, lambda k: replace(k, blend=self._set(k.blend)))
        return _with_acceptance(
            case, self.slot_id, self.material_id, lambda a: replace(a, limits=self._set(a.limits))
        )

    def _set(self, limits: tuple[Limit, ...]) -> tuple[Limit, ...]:
        if not any(map(self._means, limits)):
            raise ProblemError(
                f"slot {self.slot_id!r} has no limit of {self.name!r}", owner=self.slot_id
            )
        return tuple(
            replace(row, value=self.value, value_high=self.value_high) if self._means(row) else row
            for row in limits
        )

    def _means(self, limit: Limit) -> bool:
        return limit.name == self.name and (not self.grade or self.grade in limit.grades)


@dataclass(frozen=True, slots=True)
class SetDosage:
    """Set what all slots of a line may bring into its product: its limits of one name.

    The same limit stands in what the slots accept, where it tells of what is still to be shown.
    """

    line_id: str
    name: str
    value: float

    def apply(self, case: Case) -> Case:
        problem = case.problem
        old = {
            (row.scope, row.name, row.operator, row.value, row.rule)
            for dosage in problem.dosages
            if dosage.line_id == self.line_id
            for row in dosage.limits
            if row.name == self.name
        }
        if not old:
            text = f"line {self.line_id!r} has no dosage of {self.name!r}"
            raise ProblemError(text, owner=self.line_id)

        def moved(limits: tuple[Limit, ...]) -> tuple[Limit, ...]:
            return tuple(
                replace(row, value=self.value)
                if (row.scope, row.name, row.operator, row.value, row.rule) in old
                else row
                for row in limits
            )

        slots = tuple(
            replace(
                slot, accepts=tuple(replace(use, limits=moved(use.limits)) for use in slot.accepts)
            )
            if slot.line_id == self.line_id
            else slot
            for slot in problem.slots
        )
        dosages = tuple(
            replace(row, limits=moved(row.limits)) if row.line_id == self.line_id else row
            for row in problem.dosages
        )
        return _with(case, replace(problem, slots=slots, dosages=dosages))


@dataclass(frozen=True, slots=True)
class SetCalendar:
    """Tonnes that arise or are taken, one entry per period."""

    side: Side
    id: str
    tonnes: tuple[float, ...]

    def apply(self, case: Case) -> Case:
        return _with_row(
            case,
            self.side,
            self.id,
            lambda supply: replace(supply, tonnes=self.tonnes),
            lambda slot: replace(slot, tonnes=self.tonnes),
        )


@dataclass(frozen=True, slots=True)
class ScaleCapacity:
    """Multiply a row's tonnes by `share`: in all periods, or in those named."""

    side: Side
    id: str
    share: float
    periods: tuple[str, ...] = ()

    def apply(self, case: Case) -> Case:
        _require_periods(case.problem, self.id, set(self.periods))
        row = _row(case, self.side, self.id)
        scaled = tuple(
            tonnes * self.share if not self.periods or period in self.periods else tonnes
            for period, tonnes in zip(case.problem.periods, row.tonnes, strict=True)
        )
        return SetCalendar(self.side, self.id, scaled).apply(case)


@dataclass(frozen=True, slots=True)
class SetAmount:
    """Tonnes that arise or are taken in one period."""

    side: Side
    id: str
    period: str
    tonnes: float

    def apply(self, case: Case) -> Case:
        _require_periods(case.problem, self.id, {self.period})
        changed = tuple(
            self.tonnes if period == self.period else tonnes
            for period, tonnes in zip(
                case.problem.periods, _row(case, self.side, self.id).tonnes, strict=True
            )
        )
        return SetCalendar(self.side, self.id, changed).apply(case)


@dataclass(frozen=True, slots=True)
class SetStorage:
    side: Side
    id: str
    storage: Storage | None

    def apply(self, case: Case) -> Case:
        return _with_row(
            case,
            self.side,
            self.id,
            lambda supply: replace(supply, storage=self.storage),
            lambda slot: replace(slot, storage=self.storage),
        )


@dataclass(frozen=True, slots=True)
class SetParameters:
    """All parameters at once, objective and day too; what earlier changes made of them is gone."""

    parameters: Parameters

    def apply(self, case: Case) -> Case:
        return replace(case, parameters=self.parameters)


@dataclass(frozen=True, slots=True)
class SetReach:
    radius_km: float

    def apply(self, case: Case) -> Case:
        return _with_parameters(case, radius_km=self.radius_km)


@dataclass(frozen=True, slots=True)
class SetFreight:
    """Other bands of freight; none = nobody knows what a haul costs."""

    bands: tuple[FreightBand, ...]

    def apply(self, case: Case) -> Case:
        return _with_parameters(case, freight=self.bands)


@dataclass(frozen=True, slots=True)
class ScaleFreight:
    """Multiply what every haul costs by `share`."""

    share: float

    def apply(self, case: Case) -> Case:
        bands = tuple(
            replace(
                band,
                yuan_per_t_km=band.yuan_per_t_km * self.share,
                fixed_yuan_per_t=band.fixed_yuan_per_t * self.share,
            )
            for band in case.parameters.freight
        )
        return SetFreight(bands).apply(case)


@dataclass(frozen=True, slots=True)
class SetCarbonPrice:
    """None = carbon has no price."""

    yuan_per_t: float | None

    def apply(self, case: Case) -> Case:
        return _with_parameters(case, carbon_yuan_per_t=self.yuan_per_t)


@dataclass(frozen=True, slots=True)
class AddSupply:
    supply: Supply

    def apply(self, case: Case) -> Case:
        supplies = (*case.problem.supplies, self.supply)
        return _with(case, replace(case.problem, supplies=supplies))


@dataclass(frozen=True, slots=True)
class RemoveSupply:
    """Remove a supply and the contracts that bind it."""

    supply_id: str

    def apply(self, case: Case) -> Case:
        gone = find_supply(case.problem, self.supply_id)
        supplies = tuple(row for row in case.problem.supplies if row is not gone)
        bound = tuple(c for c in case.problem.commitments if c.supply_id != gone.id)
        return _with(case, replace(case.problem, supplies=supplies, commitments=bound))


@dataclass(frozen=True, slots=True)
class AddPlant:
    slots: tuple[Slot, ...]

    def apply(self, case: Case) -> Case:
        return _with(case, replace(case.problem, slots=(*case.problem.slots, *self.slots)))


@dataclass(frozen=True, slots=True)
class RemovePlant:
    """Remove all slots of one plant, and the contracts that bind them."""

    sink_id: str

    def apply(self, case: Case) -> Case:
        gone = {slot.id for slot in slots_of_plant(case.problem, self.sink_id)}
        slots = tuple(slot for slot in case.problem.slots if slot.id not in gone)
        bound = tuple(c for c in case.problem.commitments if c.slot_id not in gone)
        return _with(case, replace(case.problem, slots=slots, commitments=bound))


def _row(case: Case, side: Side, row_id: str) -> Supply | Slot:
    find: Callable[[Problem, str], Supply | Slot] = (
        find_supply if side is Side.SUPPLY else find_slot
    )
    return find(case.problem, row_id)


def _require_periods(problem: Problem, row_id: str, periods: set[str]) -> None:
    if unknown := periods - set(problem.periods):
        raise ProblemError(f"no period {min(unknown)!r}", owner=row_id, field_name="periods")


def _with(case: Case, problem: Problem) -> Case:
    return replace(case, problem=problem)


def _with_parameters(case: Case, **values: Any) -> Case:
    return replace(case, parameters=replace(case.parameters, **values))


def _with_supply(case: Case, supply_id: str, change: Callable[[Supply], Supply]) -> Case:
    old = find_supply(case.problem, supply_id)
    rows = tuple(change(row) if row is old else row for row in case.problem.supplies)
    return _with(case, replace(case.problem, supplies=rows))


def _with_slot(case: Case, slot_id: str, change: Callable[[Slot], Slot]) -> Case:
    old = find_slot(case.problem, slot_id)
    rows = tuple(change(row) if row is old else row for row in case.problem.slots)
    return _with(case, replace(case.problem, slots=rows))


def _with_row(
    case: Case,
    side: Side,
    row_id: str,
    supply: Callable[[Supply], Supply],
    slot: Callable[[Slot], Slot],
) -> Case:
    if side is Side.SUPPLY:
        return _with_supply(case, row_id, supply)
    return _with_slot(case, row_id, slot)


def _with_acceptance(
    case: Case, slot_id: str, material_id: str, change: Callable[[Acceptance], Acceptance]
) -> Case:
    def changed(slot: Slot) -> Slot:
        if not any(row.material_id == material_id for row in slot.accepts):
            raise ProblemError(f"slot {slot_id!r} does not accept {material_id!r}", owner=slot_id)
        accepts = tuple(
            change(row) if row.material_id == material_id else row for row in slot.accepts
        )
        return replace(slot, accepts=accepts)

    return _with_slot(case, slot_id, changed)
