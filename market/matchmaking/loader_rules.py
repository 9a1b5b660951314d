"""The catalogue's rows as the engine wants them: uses with their limits, usual ranges, borders."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import date

from sqlalchemy.orm import Session

import matching.problem as engine
from market.catalogue import models as catalogue
from market.catalogue import queries as catalogue_queries
from market.catalogue.rules import Allowed, Behaviour, Scope, Severity
from market.matchmaking.valuation import Valuation

BORDER_RULES = {"T2": False, "T2-C": False, "T3": True, "T3-C": True}
"""Rules on use outside the province, and whether they are about hazardous waste."""
CLASS_F, CLASS_C, DRY_FGD = "class F", "class C", "dry FGD"
SPLIT_VARIANTS = (CLASS_F, CLASS_C, DRY_FGD)
"""Kinds of the lot; a variant that only names the use (``retarder``) binds every lot of it."""
SITE_CLASSES = ("class I", "class II")
"""Classes of a fill site, the stricter first: they sort a lot as grades do."""


def uses_of(
    session: Session, valuation: Valuation, on: date
) -> Mapping[str, Mapping[str, engine.Acceptance]]:
    limits: dict[tuple[str, str | None], list[engine.Limit]] = defaultdict(list)
    for row in catalogue_queries.limits(session):
        if _in_force(row, on):
            limits[row.process_id, row.material_id].append(_limit(row))
    uses: dict[str, dict[str, engine.Acceptance]] = defaultdict(dict)
    for use in catalogue_queries.acceptances(session):
        own = (*limits[use.process_id, use.material_id], *limits[use.process_id, None])
        uses[use.process_id][use.material_id] = _use(use, own, valuation)
    return uses


def _in_force(row: catalogue.Limit, on: date) -> bool:
    return (row.valid_from is None or row.valid_from <= on) and (
        row.valid_to is None or on <= row.valid_to
    )


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


def _limit(row: catalogue.Limit) -> engine.Limit:
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


def known_materials(session: Session) -> tuple[engine.Material, ...]:
    ranges: dict[str, list[engine.Bound]] = defaultdict(list)
    for row in catalogue_queries.compositions(session):
        if not row.part:
            ranges[row.material_id].append(engine.Bound(row.component, row.low, row.high, row.unit))
    return tuple(engine.Material(key, tuple(bounds)) for key, bounds in ranges.items())


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
