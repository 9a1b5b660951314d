"""Sheets of the network file beside its flows."""

from itertools import zip_longest

from flask_babel import gettext

from market.matchmaking.exports import Sheet
from market.matchmaking.presenting import Names
from market.parks import chain_words, labels
from market.parks.chains import Chains
from market.parks.indicators import Structure
from market.parks.network import Network
from market.quantities import KG_PER_TONNE
from market.web.language import pick


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


def material_sheet(found: Network) -> Sheet:
    return Sheet(
        _("By material"),
        (
            _("Material"), _("Arising, t/a"), _("From store, t"), _("Potential, t/a"),
            _("Left in store, t"), _("Unplaced, t/a"),
        ),
        [
            (
                pick(row),
                row.generated_kg / KG_PER_TONNE,
                row.opening_kg / KG_PER_TONNE,
                row.placed_kg / KG_PER_TONNE,
                row.closing_kg / KG_PER_TONNE,
                row.unplaced_kg / KG_PER_TONNE,
            )
            for row in found.materials
        ],
    )  # fmt: skip


def indicator_sheet(found: Structure) -> Sheet:
    """List each figure with its formula and the work it is taken from."""
    counts = (
        (_("Sites"), found.sites, "n", ""),
        (_("Links"), found.links, "L", ""),
        (_("Separate parts"), len(found.parts), "", ""),
        (_("Bridges"), len(found.bridges), "", ""),
        (_("Keystone places"), len(found.keystones), "", ""),
        (_("Communities"), len(found.communities), "", ""),
    )
    figures = (
        (str(words.name), row.value, str(words.formula), row.work)
        for row in found.figures
        for words in (labels.INDICATORS[row.name],)
    )
    return Sheet(
        _("Structure"),
        (_("Name"), _("Value"), _("Formula"), _("Source")),
        [*counts, *figures],
    )


def chain_sheet(found: Chains, names: Names) -> Sheet:
    """List the steps of each chain of the page, with the yield of what follows."""
    return Sheet(
        _("Chains"),
        (
            _("Chain"), _("Step"), _("Material"), _("From"), _("To"), _("Process"),
            _("Can pass, t/a"), _("In the plan, t/a"), _("Yield of the next, t/t"),
            _("Where the yield comes from"),
        ),
        [
            (
                number, step, pick(leg.flow, "material"), names.marked(leg.flow.offer),
                names.marked(leg.flow.want), pick(leg.flow, "process"),
                round(leg.mass_kg / KG_PER_TONNE, 3), leg.plan_kg / KG_PER_TONNE,
                via.yield_share if via else None, chain_words.ground(via) if via else "",
            )
            for number, row in enumerate(found.rows, 1)
            for step, (leg, via) in enumerate(zip_longest(row.legs, row.via), 1)
        ],
    )  # fmt: skip
