"""Mixtures in words: whether mixing is needed, what it gives, and what each offer lacks alone."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from flask_babel import gettext

from market.listings.labels import property_label
from market.matchmaking import labels
from market.matchmaking.presenting_questions import Says, limit_text
from market.matchmaking.questions import Obstacle
from market.quantities import KG_PER_TONNE
from market.web.filters import number

if TYPE_CHECKING:
    from matching.mixes import Mixture


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


def mix_sentence(
    found: Sequence["Mixture"], by_itself: Sequence[Obstacle], says: Says, want_id: int
) -> str:
    """Say first whether one offer alone would do, then what the best mixture gives."""
    wanted_t = says.row(want_id).available_kg / KG_PER_TONNE
    enough = next((o for o in by_itself if not o.findings and o.dosed_t >= wanted_t), None)
    alone = "" if enough is None else _(
        "%(name)s alone would fill it without mixing.", name=says.listing(enough.offer_id)
    )  # fmt: skip
    if not found:
        return alone or _(
            "No mixture of two or three offers helps here; below is what each does alone."
        )
    best = found[0]
    return labels.paragraph(
        alone,
        _("%(names)s, mixed, keep every limit: %(t)s of %(all)s.",
          names=_(" and ").join(says.listing(int(part.supply_id)) for part in best.parts),
          t=number(best.tonnes), all=says.moved(wanted_t)),
        _("Short of room: %(limits)s.", limits=binding_text(best)) if best.binding else "",
    )  # fmt: skip


def binding_text(mix: "Mixture") -> str:
    return labels.joined(
        _("%(limit)s of the line's product", limit=limit_text(row)) if row.line_id
        else limit_text(row)
        for row in mix.binding
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class AloneLine:
    name: str
    road_km: float
    tonnes: float
    reasons: tuple[labels.ReasonWords, ...]
    passes: str
    """What is said where nothing refuses it."""


def alone_lines(found: Iterable[Obstacle], says: Says) -> list[AloneLine]:
    return [
        AloneLine(
            says.firm(item.offer_id),
            item.road_km,
            item.tonnes,
            tuple(labels.reason_words(finding) for finding in item.findings),
            _passes(item),
        )
        for item in found
    ]


def _passes(item: Obstacle) -> str:
    if not item.dosages:
        return _("Passes by itself; it needs no mixing.")
    return _(
        "Passes by itself, but %(t)s t bring all that the line may take of %(names)s in.",
        t=number(item.dosed_t), names=labels.joined(map(property_label, item.dosages)),
    )  # fmt: skip
