"""The tables of answers as sheets for a file; units in the headers, km to tenths."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from flask_babel import gettext

from market.matchmaking import presenting_questions as presenting
from market.matchmaking.exports import Sheet, km
from market.matchmaking.labels_span import haul_unit, mass_unit, money_unit, per_span
from market.matchmaking.presenting_losses import LossLine
from market.matchmaking.presenting_mixes import binding_text
from market.matchmaking.presenting_questions import Says
from market.matchmaking.presenting_what_if import (
    FigureLine,
    FlowChange,
    LeftOver,
    PairLine,
    PartyLine,
)
from market.matchmaking.questions_places import Place
from market.matchmaking.reading import BalanceRow
from market.web.language import pick
from matching.result import Side

if TYPE_CHECKING:
    from matching.location import Site
    from matching.mixes import Mixture
    from matching.reach import UseReach


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


def _in(what: str, unit: str) -> str:
    return _("%(what)s, %(unit)s", what=what, unit=unit)


def what_if(
    figures: Sequence[FigureLine],
    flows: Sequence[FlowChange],
    parties: Sequence[PartyLine],
    pairs: Mapping[str, Sequence[PairLine]],
    left: Sequence[LeftOver],
    months: int,
) -> Sheet:
    """List the figures of both plans, every flow that differs, who gains and loses, the pairs.

    At the end stands what is left over, more or less than before, and why.
    """
    return Sheet(
        _("What if?"),
        (_("Figure"), _("From"), _("To"), _("Material"), _("Unit"), _("Before"), _("After"),
         _("Difference"), _("Why it is left")),
        [
            *(
                (row.label, "", "", "", row.unit, row.before, row.after, row.after - row.before, "")
                for row in figures
            ),
            *(
                (row.kind, row.giver, row.taker, row.material, mass_unit(months), row.before_t,
                 row.after_t, row.change_t, "")
                for row in flows
            ),
            *(
                (row.role, row.name, "", "", unit, None, None, value, "")
                for row in parties
                for unit, value in (
                    (mass_unit(months), row.tonnes),
                    (money_unit(months), row.yuan),
                    (_("t CO₂") + per_span(months), row.co2_t),
                )
            ),
            *(
                (what, row.giver, row.taker, row.material, "", None, None, None, "")
                for what, rows in pairs.items()
                for row in rows
            ),
            *(
                (_("Tonnes left over"), row.giver, "", row.material, mass_unit(months),
                 row.before_t, row.after_t, row.after_t - row.before_t, row.reason)
                for row in left
            ),
        ],
    )  # fmt: skip


def loss(lines: Sequence[LossLine], says: Says, side: Side) -> Sheet:
    of_plants, mass = side is Side.SLOT, mass_unit(says.months)
    return Sheet(
        _("Who is hard to replace?"),
        (_("Receiver") if of_plants else _("Offer"), _("Place"), _("Number"),
         _in(_("Takes") if of_plants else _("Gives"), mass),
         _in(_("Stranded") if of_plants else _("Missing"), mass), _in(_("Moved"), mass),
         _in(_("More haul"), haul_unit(says.months)), _("Second best"), _("Farther by, km"),
         _("Who takes over")),
        [
            (
                says.names.marked(line.row.end), says.names.place(line.row.end),
                says.names.ref(line.row.end), line.loss.took_t,
                line.loss.stranded_t, line.loss.rerouted_t, line.loss.extra_tonne_km,
                line.second, km(line.second_km), _("; ").join(line.turns),
            )
            for line in lines
        ],
    )  # fmt: skip


def site(found: Sequence[tuple[Place, "Site"]], says: Says) -> Sheet:
    return Sheet(
        _("Where should a new plant stand?"),
        (_("Rank"), _("Place"), _in(_("Takes"), mass_unit(says.months)),
         _in(_("Newly placed"), mass_unit(says.months)),
         _in(_("Saves"), haul_unit(says.months)), _("Largest suppliers")),
        [
            (
                rank, presenting.place_name(place, says.names),
                sum(flow.tonnes for flow in row.feeds),
                None if row.gain is None else row.gain.tonnes,
                None if row.gain is None else row.gain.tonne_km, presenting.feeds_text(row, says),
            )
            for rank, (place, row) in enumerate(found, 1)
        ],
    )  # fmt: skip


def reach(rows: Sequence[tuple[BalanceRow, "UseReach"]], says: Says) -> Sheet:
    return Sheet(
        _("How far is it worth driving?"),
        (_("Want"), _("To"), _("Process"), _("km by road"), _("Break-even, km"), _("Spare, km"),
         _("Pays at, km")),
        [
            (
                says.names.ref(row.end), says.names.marked(row.end), pick(row, "process"),
                km(use.distance_km), km(use.reach.break_even_km), km(use.spare_km),
                presenting.ring_text(use),
            )
            for row, use in rows
        ],
    )  # fmt: skip


def mix(found: Sequence["Mixture"], says: Says) -> Sheet:
    """Give each part of each mixture a line."""
    return Sheet(
        _("What could be mixed?"),
        (_("Rank"), _("Offer"), _("%(unit)s, wet", unit=mass_unit(says.months)), _("Share, %"),
         _("Least share, %"), _("Most share, %"), _("Limits without room"),
         _("Mean haul by road, km")),
        [
            (
                rank, says.listing(int(part.supply_id)), part.tonnes, part.share * 100,
                part.least_share * 100, part.most_share * 100, binding_text(row),
                km(row.mean_haul_km),
            )
            for rank, row in enumerate(found, 1)
            for part in row.parts
        ],
    )  # fmt: skip
