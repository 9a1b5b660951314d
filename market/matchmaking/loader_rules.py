"""The catalogue's rows as the engine wants them: uses with their limits, usual ranges, borders."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload

import matching.problem as engine
from market.catalogue import models as catalogue
from market.catalogue.rules import Allowed, Behaviour, Scope, Severity
from market.matchmaking.valuation import Valuation

BORDER_RULES = {"T2": False, "T2-C": False, "T3": True, "T3-C": True}
"""Rules on use outside the province, and whether they are about hazardous waste."""
FLY_ASH = "fly_ash"
CLASS_C_CAO_SHARE = 10.0
"""% CaO from which fly ash is class C, GB/T 1596-2017 clause 4."""
SULPHITE = "CaSO3.0.5H2O"
"""Only ash of dry flue-gas cleaning is tested for it."""
CLASS_F, CLASS_C, DRY_FGD = "class F", "class C", "dry FGD"
SPLIT_VARIANTS = (CLASS_F, CLASS_C, DRY_FGD)
"""Kinds of the lot; a variant that only names the use (``retarder``) binds every lot of it."""
SITE_CLASSES = ("class I", "class II")
"""Classes of a fill site, the stricter first: they sort a lot as grades do."""


@dataclass(frozen=True, slots=True)
class Part:
    """The part of the catalogue that speaks of these processes taking these materials.

    What a process may not take is always in it, whatever the material.
    """

    process_ids: frozenset[str]
    material_ids: frozenset[str]

    @classmethod
    def of_pairs(cls, named: Iterable[tuple[str, str]], *material_ids: str) -> "Part":
        """Take (process, material) pairs, and materials they might be mistaken for."""
        pairs = list(named)
        wanted = (material_id for _, material_id in pairs)
        return cls(frozenset(key for key, _ in pairs), frozenset((*wanted, *material_ids)))

    def uses(self) -> sa.ColumnElement[bool]:
        taken = catalogue.Acceptance.material_id.in_(self.material_ids)
        refused = catalogue.Acceptance.allowed == Allowed.NO
        own = catalogue.Acceptance.process_id.in_(self.process_ids)
        return sa.and_(own, sa.or_(taken, refused))

    def limits(self) -> sa.ColumnElement[bool]:
        of_any = catalogue.Limit.material_id.is_(None)
        own = catalogue.Limit.material_id.in_(self.material_ids)
        return sa.and_(catalogue.Limit.process_id.in_(self.process_ids), sa.or_(of_any, own))

    def ranges(self) -> sa.ColumnElement[bool]:
        return catalogue.Composition.material_id.in_(self.material_ids)


_own, _wanted = aliased(catalogue.Acceptance), aliased(catalogue.Acceptance)
_like, _other = aliased(catalogue.Material), aliased(catalogue.Material)
_NAMING = (
    sa.select(_wanted.process_id, _wanted.material_id)
    .join(_own, _own.process_id == _wanted.process_id)
    .join(_like, _like.id == _own.material_id)
    .join(_other, _other.id == _wanted.material_id)
    .where(_own.material_id == sa.bindparam("material_id"))
    .where(
        sa.or_(
            _wanted.material_id == _own.material_id,
            sa.and_(_own.allowed == Allowed.NO, _like.family == _other.family),
        )
    )
    .order_by(_wanted.position)
)


def named_by(session: Session, material_id: str) -> list[tuple[str, str]]:
    """List (process, material) of the wants that name this material, be it to refuse it."""
    found = session.execute(_NAMING, {"material_id": material_id})
    return [(process_id, wanted_id) for process_id, wanted_id in found]


def uses_of(
    session: Session, valuation: Valuation, on: date, part: Part | None = None
) -> Mapping[str, Mapping[str, engine.Acceptance]]:
    limits: dict[tuple[str, str | None], list[engine.Limit]] = defaultdict(list)
    for row in session.execute(_limits(on, part)):
        limits[row.process_id, row.material_id].append(_limit(row))
    uses: dict[str, dict[str, engine.Acceptance]] = defaultdict(dict)
    statement = sa.select(catalogue.Acceptance).order_by(catalogue.Acceptance.position)
    if part is not None:
        statement = statement.where(part.uses())
    rows = statement.options(joinedload(catalogue.Acceptance.process))
    for use in session.scalars(rows):
        own = (*limits[use.process_id, use.material_id], *limits[use.process_id, None])
        uses[use.process_id][use.material_id] = _use(use, own, valuation)
    return uses


def _limits(on: date, part: Part | None) -> sa.Select[Any]:
    """Ask for the columns the engine reads of the limits in force: a row object each is dear."""
    row = catalogue.Limit
    statement: Any = (
        sa.select(
            row.process_id, row.material_id, row.property, row.operator, row.value, row.value_high,
            row.unit, row.scope, row.severity, row.variant, row.grades, row.standard, row.clause,
        )
        .where(sa.or_(row.valid_from.is_(None), row.valid_from <= on))
        .where(sa.or_(row.valid_to.is_(None), row.valid_to >= on))
        .order_by(row.position)
    )  # fmt: skip
    found: sa.Select[Any] = statement if part is None else statement.where(part.limits())
    return found


def _use(
    row: catalogue.Acceptance, limits: tuple[engine.Limit, ...], valuation: Valuation
) -> engine.Acceptance:
    wanted = row.allowed != Allowed.NO
    return engine.Acceptance(
        material_id=row.material_id,
        allowed=engine.Allowed(row.allowed),
        note=row.note_en,
        rule=engine.Rule(row.standard, row.clause) if row.standard else None,
        limits=limits if wanted else (),
        variants=frozenset({row.role_en}),
        replaced_yuan_per_t=valuation.replaced_yuan_per_t(row) if wanted else None,
        avoided_co2_kg_per_t=valuation.avoided_co2_kg_per_t(row) if wanted else None,
        avoided_co2_range=valuation.avoided_co2_range(row) if wanted else None,
        sources=valuation.use_sources(row) if wanted else (),
    )


def _limit(row: sa.Row[Any]) -> engine.Limit:
    return engine.Limit(
        name=row.property,
        operator=engine.Operator(row.operator),
        value=row.value,
        unit=row.unit,
        value_high=row.value_high,
        scope=engine.Scope(row.scope),
        severity=(
            engine.Severity.INFO
            if row.severity == Severity.OPTIONAL
            else engine.Severity(row.severity)
        ),
        grades=(row.variant,) if row.variant in SITE_CLASSES else tuple(row.grades),
        variant=row.variant if row.scope != Scope.MATERIAL else _variant(row.variant),
        rule=engine.Rule(row.standard, row.clause),
    )


def _variant(text: str) -> str:
    """Keep what parts one lot or corrective from another; drop what only names the use."""
    for part in SPLIT_VARIANTS:
        if text.endswith(part):
            return part
    return text if text.endswith("corrective") else ""


def known_materials(session: Session, part: Part | None = None) -> tuple[engine.Material, ...]:
    row = catalogue.Composition
    statement = sa.select(row.material_id, row.component, row.low, row.high, row.unit).where(
        row.part == "", sa.true() if part is None else part.ranges()
    )
    ranges: dict[str, list[engine.Bound]] = defaultdict(list)
    for material_id, name, low, high, unit in session.execute(statement.order_by(row.position)):
        ranges[material_id].append(engine.Bound(name, low, high, unit))
    return tuple(engine.Material(key, tuple(bounds)) for key, bounds in ranges.items())


def factors(session: Session) -> Mapping[str, Any]:
    """Return every factor by id in the catalogue's order, as far as the valuation asks."""
    row = catalogue.Factor
    columns = (row.id, row.kind, row.value, row.low, row.high, row.unit, row.material_ids)
    return {
        found.id: found for found in session.execute(sa.select(*columns).order_by(row.position))
    }


def policies_of(
    session: Session, rule_ids: Iterable[str], on: date
) -> Sequence[catalogue.PolicyRule]:
    """Return those of the rules of law that hold on the day."""
    row = catalogue.PolicyRule
    statement = sa.select(row).where(row.id.in_(tuple(rule_ids))).order_by(row.position)
    return [found for found in session.scalars(statement) if found.holds_on(on)]


def border_rules(policies: Iterable[catalogue.PolicyRule]) -> tuple[engine.BorderRule, ...]:
    return tuple(
        engine.BorderRule(
            hazardous=BORDER_RULES[row.id],
            severity=(
                engine.Severity.BLOCK if row.behaviour == Behaviour.BLOCK else engine.Severity.WARN
            ),
            rule=law(row),
        )
        for row in policies
        if row.id in BORDER_RULES
    )


def law(row: catalogue.PolicyRule) -> engine.Rule:
    return engine.Rule(row.source, row.article)
