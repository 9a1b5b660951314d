"""What wastes bring into the product of a line, against the limits on it, for a reader."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext

from market.catalogue.phrases import clause_text, unit_name
from market.listings.labels import property_label
from market.matchmaking.exports import Sheet
from market.matchmaking.summary import DosageLine
from market.orgs.models import Line
from market.web.filters import number, trimmed
from market.web.language import pick


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


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
            line=_name(line),
            row=row,
            what=property_label(row.name),
            unit=unit,
            value=trimmed(row.value, DIGITS),
            exact=f"{row.value!r} {unit}",
            limit=trimmed(row.limit, DIGITS + 1),
            parts=_(", ").join(parts),
            source=clause_text(row.standard, row.clause),
        )


@dataclass(frozen=True, slots=True)
class Dosages:
    """Limits that wastes bring something of, and in a sentence per line those nobody can reckon."""

    known: Sequence[Dosed]
    unknown: Sequence[str]

    @classmethod
    def of(
        cls, rows: Sequence[DosageLine], lines: Mapping[int, Line], names: Mapping[str, str]
    ) -> "Dosages":
        shown = [row for row in rows if row.line_id in lines]
        dark: dict[int, list[DosageLine]] = {}
        for row in shown:
            if not row.value:
                dark.setdefault(row.line_id, []).append(row)
        return cls(
            [Dosed.of(row, lines[row.line_id], names) for row in shown if row.value],
            [_unknown(lines[line_id], found) for line_id, found in dark.items()],
        )


def sheet(dosages: Dosages) -> Sheet:
    """Give each limit a line, as exact as it is known."""
    return Sheet(
        _("Limits on products"),
        (_("Line"), _("Property"), _("Value"), _("Limit"), _("Unit"), _("By material"),
         _("Tonnes of unknown content"), _("Source")),
        [
            (
                row.line, row.what, row.row.value, row.row.limit, row.unit, row.parts,
                row.row.unknown_t, row.source,
            )
            for row in dosages.known
        ],
    )  # fmt: skip


def _unknown(line: Line, rows: Sequence[DosageLine]) -> str:
    return _(
        "%(line)s: of up to %(tonnes)s t nobody knows what they hold of %(names)s.",
        line=_name(line), tonnes=number(max(row.unknown_t for row in rows)),
        names=_(", ").join(dict.fromkeys(property_label(row.name) for row in rows)),
    )  # fmt: skip


def _name(line: Line) -> str:
    return f"{pick(line.site)} · {pick(line)}"
