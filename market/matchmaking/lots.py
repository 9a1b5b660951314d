"""Which lots no limit of a use can tell apart, so that one verdict serves them all.

A verdict asks of each limit on which side of it a lot lies, and whether its report still counts.
Lots alike in that are of one kind, however their figures differ. Only what the use limits is read.
"""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.listings.models import Assay, AssayValue
from market.matchmaking.loader_rules import CLASS_C_CAO_SHARE, FLY_ASH, SULPHITE
from matching.geography import Flags, Floats
from matching.limits import in_unit_of, terms_of
from matching.problem import Acceptance, Bound, Limit, Operator, Scope, Severity

MOISTURE = "moisture"
"""What an offer states of itself where its report does not."""
CALCIUM = "CaO"
Rows = Sequence[sa.Row[Any]]
"""Offers with ``id``, ``waste_code``, ``moisture_share`` and ``province``."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What lots report, (lots, properties), NaN where nothing is; ``odd`` fit no column's unit."""

    low: Floats
    high: Floats
    expired: Flags
    odd: Flags


@dataclass(frozen=True, slots=True)
class Sieve:
    """What a use asks of lots of one material.

    ``asked`` has a limit for each property that counts: the unit of its column. Those in ``fixed``
    may come in no other unit. ``usual`` are the catalogue's ranges.
    """

    limits: tuple[Limit, ...]
    asked: Mapping[str, Limit]
    fixed: frozenset[str]
    usual: Mapping[str, Bound]
    fly_ash: bool

    @classmethod
    def of(cls, use: Acceptance, usual: Sequence[Bound]) -> "Sieve":
        limits = tuple(
            limit
            for limit in use.limits
            if limit.scope is Scope.MATERIAL and limit.severity is not Severity.INFO
        )
        fly_ash = bool(limits) and use.material_id == FLY_ASH
        asked: dict[str, Limit] = {}
        for limit in limits:
            for name in (limit.name, *(part for _, part in terms_of(limit.name))):
                asked.setdefault(name, limit)
        fixed = {part for limit in limits for _, part in terms_of(limit.name)}
        if fly_ash:
            for name in (CALCIUM, SULPHITE):
                asked.setdefault(name, Limit(name, Operator.AT_MOST, CLASS_C_CAO_SHARE))
                fixed.add(name)
        return cls(limits, asked, frozenset(fixed), {bound.name: bound for bound in usual}, fly_ash)

    def kinds(self, session: Session, rows: Rows, on: date) -> list[Hashable]:
        """Return the kind of each offer, two questions at most."""
        legal = [(row.waste_code, row.province) for row in rows]
        if not self.limits:
            return list(legal)
        figures = self._figures(session, rows, on)
        sides = np.packbits(np.column_stack(self._sides(figures)), axis=1)
        return [
            (*own, row.id if odd else side.tobytes())
            for own, row, odd, side in zip(legal, rows, figures.odd.tolist(), sides, strict=True)
        ]

    def _sides(self, figures: Figures) -> list[Flags]:
        """Say all that a verdict may ask: what is reported, still counts, and exceeds what."""
        counts = ~figures.expired
        sides: list[Flags] = [counts, ~np.isnan(figures.low)]
        if self.fly_ash:
            sides.append(self._column(figures.high, CALCIUM) >= CLASS_C_CAO_SHARE)
        for limit in self.limits:
            edges = {limit.value, limit.value if limit.value_high is None else limit.value_high}
            for values, end in ((figures.low, "low"), (figures.high, "high")):
                known = self._known(values, end, limit)
                for edge in edges:
                    sides += [(known < edge) & counts, (known <= edge) & counts]
        return sides

    def _known(self, values: Floats, end: str, limit: Limit) -> Floats:
        """Return one end of what is known, as the judge finds it: reported, summed, usual."""
        known = self._column(values, limit.name)
        terms = terms_of(limit.name)
        if not terms:
            return known
        parts = [(factor, self._column(values, name)) for factor, name in terms]
        known = np.where(np.isnan(known), sum(factor * part for factor, part in parts), known)
        if limit.name in self.usual:
            return known
        filled = [
            (factor, np.where(np.isnan(part), self._usual(name, end, limit), part))
            for (factor, part), (_, name) in zip(parts, terms, strict=True)
        ]
        return np.where(np.isnan(known), sum(factor * part for factor, part in filled), known)

    def _usual(self, name: str, end: str, limit: Limit) -> float:
        bound = self.usual.get(name)
        if bound is None or bound.unit != limit.unit:
            return float("nan")
        return bound.low if end == "low" else bound.high

    def _column(self, values: Floats, name: str) -> Floats:
        return values[:, list(self.asked).index(name)]

    def _figures(self, session: Session, rows: Rows, on: date) -> Figures:
        """Read the newest report of each offer, as far as the use asks."""
        place = {row.id: index for index, row in enumerate(rows)}
        reports = sa.select(Assay.id, Assay.listing_id, (Assay.expires_on < on).label("expired"))
        reports = reports.where(Assay.listing_id.in_(place)).order_by(Assay.sampled_on, Assay.id)
        newest = {offer_id: (key, old) for key, offer_id, old in session.execute(reports)}
        lot_of = {key: place[offer_id] for offer_id, (key, _) in newest.items()}
        expired = np.zeros(len(rows), np.bool_)
        for offer_id, (_, old) in newest.items():
            expired[place[offer_id]] = old
        shape = len(rows), len(self.asked)
        figures = Figures(
            np.full(shape, np.nan), np.full(shape, np.nan), expired, np.zeros(len(rows), np.bool_)
        )
        value = AssayValue
        statement: Any = sa.select(
            value.assay_id, value.property, value.low, value.high, value.unit
        ).where(value.assay_id.in_(lot_of), value.property.in_(list(self.asked)))
        self._enter(figures, lot_of, session.execute(statement).all())
        self._state_moisture(figures, rows)
        return figures

    def _enter(self, figures: Figures, lot_of: Mapping[int, int], found: Sequence[Any]) -> None:
        columns = {name: index for index, name in enumerate(self.asked)}
        units = {name: limit.unit for name, limit in self.asked.items()}
        plain = [row for row in found if row[4] == units[row[1]]]
        at = [lot_of[row[0]] for row in plain], [columns[row[1]] for row in plain]
        figures.low[at] = [row[2] for row in plain]
        figures.high[at] = [row[3] for row in plain]
        if len(plain) == len(found):
            return
        for key, name, low, high, unit in found:
            if unit == units[name]:
                continue
            bound = in_unit_of(self.asked[name], Bound(name, low, high, unit))
            if bound is None or name in self.fixed:
                figures.odd[lot_of[key]] = True
            else:
                figures.low[lot_of[key], columns[name]] = bound.low
                figures.high[lot_of[key], columns[name]] = bound.high

    def _state_moisture(self, figures: Figures, rows: Rows) -> None:
        """Take what an offer states itself; beside a report that has run out it is a case apart."""
        if MOISTURE not in self.asked:
            return
        column = list(self.asked).index(MOISTURE)
        for lot, row in enumerate(rows):
            if row.moisture_share is None or not np.isnan(figures.low[lot, column]):
                continue
            percent = row.moisture_share * 100
            bound = in_unit_of(self.asked[MOISTURE], Bound(MOISTURE, percent, percent))
            if bound is None or figures.expired[lot]:
                figures.odd[lot] = True
            else:
                figures.low[lot, column] = bound.low
                figures.high[lot, column] = bound.high
