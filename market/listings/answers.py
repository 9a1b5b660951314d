"""The answers of a draft: plain values, kept as JSON until they become a listing."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from typing import Any

from market.listings.rules import MONTHS_PER_YEAR, Form, Step


@dataclass(frozen=True, slots=True)
class Reading:
    """One measured property: bounds in ``unit``; a single result has both equal."""

    name: str
    low: float
    high: float
    unit: str


@dataclass(frozen=True, slots=True)
class Answers:
    """Masses are wet kilograms, prices fen per wet tonne; None is not answered."""

    material_id: str = ""
    process_id: str = ""
    line_id: int | None = None
    form: str = Form.DRY
    waste_code: str = ""
    hazard_read: bool = False
    mass_kg_per_year: int | None = None
    min_lot_kg: int | None = None
    stock_kg: int | None = None
    storage_kg: int | None = None
    storage_fen_per_t_month: int | None = None
    max_suppliers: int | None = None
    report_no: str = ""
    laboratory: str = ""
    sampled_on: date | None = None
    assay_expires_on: date | None = None
    readings: tuple[Reading, ...] = ()
    site_id: int | None = None
    price_fen_per_t: int | None = None
    disposal_fen_per_t: int | None = None
    note: str = ""
    done: frozenset[Step] = field(default_factory=frozenset)

    @property
    def mass_kg_per_month(self) -> float | None:
        year = self.mass_kg_per_year
        return None if year is None else year / MONTHS_PER_YEAR

    def with_step(self, step: Step, **changes: Any) -> "Answers":
        return replace(self, done=self.done | {step}, **changes)

    def missing_steps(self) -> tuple[Step, ...]:
        return tuple(step for step in Step if step not in self.done)

    def next_step(self) -> Step | None:
        """Return the first step not yet answered; None when all are."""
        return next(iter(self.missing_steps()), None)


def to_json(answers: Answers) -> dict[str, Any]:
    raw = {item.name: getattr(answers, item.name) for item in fields(answers)}
    for name in ("sampled_on", "assay_expires_on"):
        raw[name] = raw[name].isoformat() if raw[name] else None
    raw["readings"] = [asdict(reading) for reading in answers.readings]
    raw["done"] = [step.value for step in Step if step in answers.done]
    return raw


def from_json(raw: Mapping[str, Any]) -> Answers:
    """Read what ``to_json`` wrote; names that a later version dropped are left out."""
    known = {item.name for item in fields(Answers)}
    values = {name: value for name, value in raw.items() if name in known}
    for name in ("sampled_on", "assay_expires_on"):
        values[name] = date.fromisoformat(values[name]) if values.get(name) else None
    values["readings"] = tuple(Reading(**reading) for reading in values.get("readings", ()))
    values["done"] = frozenset(Step(step) for step in values.get("done", ()))
    return Answers(**values)
