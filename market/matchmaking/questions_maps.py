"""The maps of answers; anonymous firms stand on a grid, as on every other map."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from flask_babel import gettext

from market.listings.links import listing_url
from market.matchmaking.presenting import Names
from market.matchmaking.presenting_questions import Says, feeds, place_name
from market.matchmaking.questions import NEW_PLANT, Read
from market.matchmaking.questions_places import Place
from market.matchmaking.reading import BalanceRow
from market.quantities import M_PER_KM
from market.web.filters import number
from market.web.language import pick

if TYPE_CHECKING:
    from matching.location import Site
    from matching.reach import UseReach

CIRCLES = 4
"""More rings on one map could not be told apart."""
FARTHEST_KM = 400
"""A ring beyond it would leave nothing of the region to be seen."""


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


def _place_position(place: Place, names: Names) -> tuple[float, float]:
    if place.end is not None:
        return names.position(place.end)
    return place.candidate.position.lat, place.candidate.position.lon


def site_map(found: Sequence[tuple[Place, "Site"]], says: Says) -> dict[str, Any]:
    """Return the ranked places, and the flows into the best of them."""
    points = [
        _point(_place_position(place, says.names), shape="number", number=rank,
               title=place_name(place, says.names))
        for rank, (place, _site) in enumerate(found, 1)
    ]  # fmt: skip
    if not found:
        return {"points": points, "flows": [], "fit": "points"}
    here = _place_position(found[0][0], says.names)
    flows = [(says.row(offer_id), tonnes) for offer_id, tonnes in feeds(found[0][1])]
    return {
        "points": [*points, *(_listing(row, says.names) for row, _t in flows)],
        "flows": [
            {
                "from": list(says.names.position(row.end)),
                "to": list(here),
                "tonnes": tonnes,
                "family": row.family,
                "line": "potential",
                "title": _("%(name)s: %(moved)s", name=says.names.marked(row.end),
                           moved=says.moved(tonnes)),
            }
            for row, tonnes in flows
        ],
        "fit": "points",
    }  # fmt: skip


def reach_map(
    asked: Read, offer: BalanceRow, found: Sequence["UseReach"], says: Says
) -> dict[str, Any]:
    """Draw each distance once; the radius on the map is the road distance over the road factor."""
    lat, lon = says.names.position(offer.end)
    rings: dict[int, str] = {}
    for use in found:
        km = round(use.reach.break_even_km)
        if 0 < km <= FARTHEST_KM:
            rings.setdefault(km, pick(says.row(int(use.slot_id)), "process"))
    factor = asked.case.parameters.road_factor
    return {
        "points": [
            _listing(offer, says.names, shape="home"),
            *(
                _listing(says.row(int(use.slot_id)), says.names, shape="ring")
                for use in found
                if use.slot_id != NEW_PLANT
            ),
        ],
        "flows": [],
        "circles": [
            {
                "lat": lat,
                "lon": lon,
                "radius_m": round(km * M_PER_KM / factor),
                "label": f"{process} {number(km)} km",
                "dashed": True,
            }
            for km, process in sorted(rings.items())[-CIRCLES:]
        ],
        "fit": "points",
    }


def _listing(row: BalanceRow, names: Names, shape: str = "square") -> dict[str, Any]:
    return _point(
        names.position(row.end), shape=shape, title=names.marked(row.end),
        family=row.family if shape == "square" else None, estimate=names.is_estimate(row.end),
        url=listing_url(row.end.listing_id) if names.links(row.end) else "",
    )  # fmt: skip


def _point(position: tuple[float, float], **fields: Any) -> dict[str, Any]:
    lat, lon = position
    return {"lat": lat, "lon": lon, "family": None, "label": "", **fields}
