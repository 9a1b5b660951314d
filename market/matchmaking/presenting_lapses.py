"""Licences and reports that run out within a run's months, in words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext

from market.listings.labels import property_label
from market.matchmaking.exports import Sheet
from market.matchmaking.flows import End
from market.matchmaking.labels_reasons import PLAIN_REMEDIES
from market.matchmaking.presenting import Names
from market.matchmaking.summary import LapseLine
from market.web.filters import number
from matching.lapsing import LapseKind
from matching.result import LiftKind


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


@dataclass(frozen=True, slots=True)
class Lapsed:
    """What runs out at one end of the run's flows: who holds it, what follows, what to do."""

    end: End
    row: LapseLine
    tag: str
    sentence: str
    remedy: str

    @classmethod
    def of(cls, end: End, row: LapseLine) -> "Lapsed":
        if row.kind == LapseKind.LICENCE:
            return cls(
                end, row, _("Licence"), _licence(row), str(PLAIN_REMEDIES[LiftKind.RENEW_LICENCE])
            )
        return cls(end, row, _("Report"), _report(row), str(PLAIN_REMEDIES[LiftKind.RENEW_ASSAY]))


def lapsed(
    rows: Sequence[LapseLine], sites: Mapping[int, End], offers: Mapping[int, End]
) -> list[Lapsed]:
    """Leave out whose listings are no longer in the run."""
    found = []
    for row in rows:
        ends = sites if row.kind == LapseKind.LICENCE else offers
        if row.owner_id in ends:
            found.append(Lapsed.of(ends[row.owner_id], row))
    return found


def sheet(rows: Sequence[Lapsed], names: Names) -> Sheet:
    return Sheet(
        _("What runs out"),
        (_("Kind"), _("Firm"), _("Codes or properties"), _("Valid to"), _("First month after"),
         _("Last month after"), _("Planned after it, t"), _("Of it refused by the usual range, t"),
         _("Remedy")),
        [
            (
                line.tag, names.marked(line.end), " ".join(line.row.names), line.row.last_day,
                line.row.first, line.row.last, line.row.tonnes, line.row.refused_t, line.remedy,
            )
            for line in rows
        ],
    )  # fmt: skip


def _licence(row: LapseLine) -> str:
    return _(
        "The licence for %(codes)s is valid to %(day)s: nothing of these codes goes there in the"
        " months from %(first)s to %(last)s.",
        codes=_(", ").join(row.names), day=row.last_day, first=row.first, last=row.last,
    )  # fmt: skip


def _report(row: LapseLine) -> str:
    names = _(", ").join(map(property_label, row.names))
    told = _(
        "The report on %(names)s is valid to %(day)s: %(t)s t planned from %(first)s to %(last)s"
        " count on a new report that says the same.",
        names=names, day=row.last_day, t=number(row.tonnes), first=row.first, last=row.last,
    )  # fmt: skip
    if not row.refused_t:
        return told
    return told + _(
        " By the material's usual range alone %(t)s t of them would be refused.",
        t=number(row.refused_t),
    )
