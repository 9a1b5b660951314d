"""What one page of the catalogue shows, put together from rows; knows no words and no Flask."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import TypeVar
from unicodedata import normalize

from sqlalchemy.orm import Session

from market.catalogue import queries
from market.catalogue.models import (
    Acceptance,
    Composition,
    Factor,
    Limit,
    Material,
    PolicyRule,
    Process,
    Stoppage,
    VatRow,
)
from market.catalogue.rules import Allowed, FactorKind, Family, MaterialKind, Sector, Topic

Row = TypeVar("Row")
Key = TypeVar("Key", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class LimitRow:
    """The limits of one property, one per set of grades; ``anchors`` are the ids they stand for."""

    limits: tuple[Limit, ...]
    anchors: tuple[str, ...]

    @property
    def first(self) -> Limit:
        return self.limits[0]

    @property
    def grounds(self) -> tuple[tuple[tuple[str, ...], Limit], ...]:
        """Return each different source and check once, with the grades it is the ground of."""
        grades: dict[tuple[str, ...], list[str]] = {}
        for row in self.limits:
            grades.setdefault(_ground(row), []).extend(row.grades)
        firsts = {_ground(row): row for row in reversed(self.limits)}
        return tuple((tuple(names), firsts[ground]) for ground, names in grades.items())


@dataclass(frozen=True, slots=True)
class LimitGroup:
    """Owners (process or material ids; None: any material) whose limits are the same."""

    owners: tuple[str | None, ...]
    rows: tuple[LimitRow, ...]


@dataclass(frozen=True, slots=True)
class RangeBar:
    """Where a component's range lies on the common axis, in per cent of its length."""

    row: Composition
    start: float | None
    length: float | None
    typical: float | None


@dataclass(frozen=True, slots=True)
class Uses:
    """The rows of one material or process, parted by what is allowed."""

    allowed: tuple[Acceptance, ...]
    conditional: tuple[Acceptance, ...]
    forbidden: tuple[Acceptance, ...]


@dataclass(frozen=True, slots=True)
class Span:
    low: float
    high: float
    unit: str


@dataclass(frozen=True, slots=True)
class MaterialSheet:
    material: Material
    uses: Uses
    bars: tuple[RangeBar, ...]
    limits: tuple[LimitGroup, ...]
    limit_counts: Mapping[str, int]
    factors: tuple[tuple[FactorKind, tuple[Factor, ...]], ...]
    rules: tuple[PolicyRule, ...]
    processes: Mapping[str, Process]
    materials: Mapping[str, Material]

    def span_of(self, kind: str) -> Span | None:
        """Return the range over all factors of a kind; None where there are none."""
        rows = dict(self.factors).get(FactorKind(kind), ())
        lows = [row.value if row.low is None else row.low for row in rows]
        highs = [row.value if row.high is None else row.high for row in rows]
        return Span(min(lows), max(highs), rows[0].unit) if rows else None


@dataclass(frozen=True, slots=True)
class ProcessSheet:
    process: Process
    uses: Uses
    limits: tuple[LimitGroup, ...]
    limit_counts: Mapping[str, int]
    factors: tuple[tuple[FactorKind, tuple[Factor, ...]], ...]
    materials: Mapping[str, Material]


@dataclass(frozen=True, slots=True)
class Home:
    """``uses`` is keyed by material id and by process id."""

    families: tuple[tuple[Family, tuple[Material, ...]], ...]
    virgin: tuple[Material, ...]
    sectors: tuple[tuple[Sector, tuple[Process, ...]], ...]
    uses: Mapping[str, Uses]
    family_counts: Mapping[str, int]

    @property
    def found(self) -> bool:
        return bool(self.families or self.virgin or self.sectors)


@dataclass(frozen=True, slots=True)
class RuleBook:
    on: date
    in_force: tuple[tuple[Topic, tuple[PolicyRule, ...]], ...]
    other: tuple[PolicyRule, ...]
    stoppages: tuple[Stoppage, ...]
    vat: tuple[VatRow, ...]
    factors: tuple[tuple[FactorKind, tuple[Factor, ...]], ...]
    materials: Mapping[str, Material]
    processes: Mapping[str, Process]

    @property
    def count(self) -> int:
        return sum(len(rows) for _, rows in self.in_force)


def material_sheet(session: Session, material_id: str, on: date) -> MaterialSheet:
    material = queries.material(session, material_id)
    limits = queries.limits_for_material(session, material_id)
    return MaterialSheet(
        material,
        parted(queries.acceptance_for_material(session, material_id)),
        range_bars(queries.compositions_for(session, material_id)),
        limit_groups(limits, lambda row: row.process_id),
        _count(row.process_id for row in limits),
        _by_kind(
            row for row in queries.factors(session).values() if material_id in row.material_ids
        ),
        tuple(
            row for row in queries.policy_rules(session, on=on) if material_id in row.material_ids
        ),
        {row.id: row for row in queries.processes(session)},
        {row.id: row for row in queries.materials(session)},
    )


def process_sheet(session: Session, process_id: str) -> ProcessSheet:
    process = queries.process(session, process_id)
    limits = queries.limits_for_process(session, process_id)
    return ProcessSheet(
        process,
        parted(queries.acceptance_for_process(session, process_id)),
        limit_groups(limits, lambda row: row.material_id),
        _count(row.material_id for row in limits if row.material_id is not None),
        _by_kind(row for row in queries.factors(session).values() if process_id in row.process_ids),
        {row.id: row for row in queries.materials(session)},
    )


def home(session: Session, words: str = "", families: frozenset[Family] = frozenset()) -> Home:
    """Return what matches every word, in the families asked for (none: all)."""
    terms = folded(words).split()
    materials = [row for row in queries.materials(session) if matches(row, terms)]
    shown = [row for row in materials if not families or row.family in families]
    wastes = [row for row in shown if row.kind == MaterialKind.WASTE]
    by_process = [] if families else [p for p in queries.processes(session) if matches(p, terms)]
    return Home(
        _grouped(wastes, Family, lambda row: row.family),
        tuple(row for row in shown if row.kind == MaterialKind.VIRGIN),
        _grouped(by_process, Sector, lambda row: row.sector),
        _uses_by_owner(queries.acceptances(session)),
        _count(row.family for row in materials),
    )


def rule_book(session: Session, on: date) -> RuleBook:
    rules = queries.policy_rules(session)
    return RuleBook(
        on,
        _grouped([row for row in rules if row.holds_on(on)], Topic, lambda row: row.topic),
        tuple(row for row in rules if not row.holds_on(on)),
        tuple(queries.stoppages(session)),
        tuple(queries.vat_rows(session)),
        _by_kind(queries.factors(session).values()),
        {row.id: row for row in queries.materials(session)},
        {row.id: row for row in queries.processes(session)},
    )


def folded(text: str) -> str:
    return normalize("NFKC", text).casefold()


def matches(row: Material | Process, terms: Iterable[str]) -> bool:
    parts = [row.id, row.name_zh, row.name_en, row.source]
    if isinstance(row, Material):
        parts += [row.waste_code or "", row.waste_family or "", *row.hw_codes]
    else:
        parts += [row.product_zh, row.product_en]
    haystack = folded(" ".join(parts))
    return all(term in haystack for term in terms)


def parted(rows: Iterable[Acceptance]) -> Uses:
    known = list(rows)

    def of(allowed: Allowed) -> tuple[Acceptance, ...]:
        return tuple(row for row in known if row.allowed == allowed)

    return Uses(of(Allowed.YES), of(Allowed.CONDITIONAL), of(Allowed.NO))


def range_bars(rows: Sequence[Composition]) -> tuple[RangeBar, ...]:
    """Place every range on one axis from 0, or below it, to the largest value in per cent."""
    measured = [row for row in rows if row.unit == "%"]
    low = min([0.0, *(row.low for row in measured)])
    span = max((row.high for row in measured), default=1.0) - low or 1.0
    return tuple(_bar(row, low, span) if row.unit == "%" else _no_bar(row) for row in rows)


def _bar(row: Composition, low: float, span: float) -> RangeBar:
    def place(value: float) -> float:
        return round((value - low) / span * 100, 2)

    return RangeBar(
        row,
        place(row.low),
        round(place(row.high) - place(row.low), 2),
        None if row.typical is None else place(row.typical),
    )


def _no_bar(row: Composition) -> RangeBar:
    return RangeBar(row, None, None, None)


def limit_groups(
    limits: Iterable[Limit], owner_of: Callable[[Limit], str | None]
) -> tuple[LimitGroup, ...]:
    """Group by owner, then let owners with the same limits share one group."""
    by_owner: dict[str | None, list[Limit]] = {}
    for row in limits:
        by_owner.setdefault(owner_of(row), []).append(row)
    alike: dict[tuple[object, ...], list[str | None]] = {}
    for owner, rows in by_owner.items():
        alike.setdefault(tuple(_signature(row) for row in rows), []).append(owner)
    return tuple(
        LimitGroup(tuple(owners), _rows([by_owner[owner] for owner in owners]))
        for owners in alike.values()
    )


def _signature(row: Limit) -> tuple[object, ...]:
    return (
        *_subject(row),
        *_ground(row),
        tuple(row.grades),
        row.value,
        row.value_high,
    )


def _ground(row: Limit) -> tuple[str, ...]:
    return (row.source, row.verified, row.confidence, row.note_en)


def _subject(row: Limit) -> tuple[object, ...]:
    return (
        row.property, row.variant, row.scope, row.unit, row.operator, row.standard, row.clause,
        row.severity, row.standing, row.successor,
    )  # fmt: skip


def _rows(copies: Sequence[Sequence[Limit]]) -> tuple[LimitRow, ...]:
    """Join what differs by grade alone; ``copies`` are equal lists, one per owner."""
    joined: dict[tuple[object, ...], list[int]] = {}
    for index, row in enumerate(copies[0]):
        joined.setdefault(_subject(row), []).append(index)
    return tuple(
        LimitRow(
            tuple(copies[0][index] for index in indices),
            tuple(copy[index].id for copy in copies for index in indices),
        )
        for indices in joined.values()
    )


def _uses_by_owner(rows: Iterable[Acceptance]) -> dict[str, Uses]:
    by_owner: dict[str, list[Acceptance]] = {}
    for row in rows:
        by_owner.setdefault(row.material_id, []).append(row)
        by_owner.setdefault(row.process_id, []).append(row)
    return {owner: parted(of) for owner, of in by_owner.items()}


def _grouped(
    rows: Iterable[Row], order: Iterable[Key], key_of: Callable[[Row], str]
) -> tuple[tuple[Key, tuple[Row, ...]], ...]:
    """Return (key, rows) for each key of ``order`` that has any."""
    known = list(rows)
    pairs = ((key, tuple(row for row in known if key_of(row) == key)) for key in order)
    return tuple(pair for pair in pairs if pair[1])


def _by_kind(rows: Iterable[Factor]) -> tuple[tuple[FactorKind, tuple[Factor, ...]], ...]:
    return _grouped(rows, FactorKind, lambda row: row.kind)


def _count(keys: Iterable[str | None]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for key in keys:
        if key is not None:
            counts[key] = counts.get(key, 0) + 1
    return counts
