"""Sheets of the network file beside its flows."""

from flask_babel import gettext

from market.matchmaking.exports import Sheet
from market.parks import labels
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
        (_("Separate parts"), found.parts, "", ""),
        (_("Bridges"), found.bridges, "", ""),
        (_("Keystone places"), len(found.keystones), "", ""),
        (_("Communities"), found.communities, "", ""),
    )
    figures = (
        (str(labels.INDICATORS[row.name][0]), row.value, row.formula, row.work)
        for row in found.figures
    )
    return Sheet(
        _("Structure"),
        (_("Name"), _("Value"), _("Formula"), _("Source")),
        [*counts, *figures],
    )
