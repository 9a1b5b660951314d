"""What wastes bring into the product of a line, against the limits on it, for a reader."""

from collections.abc import Mapping
from dataclasses import dataclass

from flask_babel import gettext as _

from market.catalogue.phrases import clause_text, unit_name
from market.listings.labels import property_label
from market.matchmaking.summary import DosageLine
from market.orgs.models import Line
from market.web.filters import trimmed
from market.web.language import pick

DIGITS = 3
"""Of a sum of reports and usual ranges; the exact figure stands in the title."""


@dataclass(frozen=True, slots=True)
class Dosed:
    """One limit of one line; ``parts`` name what brings it, the most first."""

    line: str
    row: DosageLine
    what: str
    unit: str
    value: str
    exact: str
    limit: str
    parts: str
    source: str

    @classmethod
    def of(cls, row: DosageLine, line: Line, names: Mapping[str, str]) -> "Dosed":
        unit = unit_name(row.unit)
        parts = (
            f"{names.get(key, key)} {trimmed(value, DIGITS)}" for key, value in row.parts.items()
        )
        return cls(
            line=f"{pick(line.site)} · {pick(line)}",
            row=row,
            what=property_label(row.name),
            unit=unit,
            value=trimmed(row.value, DIGITS),
            exact=f"{row.value!r} {unit}",
            limit=trimmed(row.limit, DIGITS + 1),
            parts=_(", ").join(parts),
            source=clause_text(row.standard, row.clause),
        )
