"""Sheets of the network file beside its flows."""

from flask_babel import gettext

from market.matchmaking.exports import Sheet
from market.parks.indicators import Indicators
from market.parks.network import Network
from market.quantities import KG_PER_TONNE
from market.web.language import pick


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


def material_sheet(found: Network) -> Sheet:
    return Sheet(
        _("By material"),
        (_("Material"), _("Offered, t/a"), _("Potential, t/a"), _("Unplaced, t/a")),
        [
            (
                pick(row),
                row.offered_kg / KG_PER_TONNE,
                row.placed_kg / KG_PER_TONNE,
                row.unplaced_kg / KG_PER_TONNE,
            )
            for row in found.materials
        ],
    )


def indicator_sheet(values: Indicators) -> Sheet:
    return Sheet(
        _("Structure"),
        (_("Name"), _("Value")),
        [
            (_("Sites"), values.sites),
            (_("Links"), values.arcs),
            (_("Density"), values.density),
            (_("Connectance"), values.connectance),
            (_("Separate parts"), values.components),
            (_("Share of the largest part"), values.largest_component_share),
            (_("Partners of a site, mean"), values.partners),
            (_("Partners of a site, most"), values.busiest),
        ],
    )
