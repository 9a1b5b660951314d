"""The road factor of a plan's region and year, from the catalogue's dated rows."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from market.catalogue.models import Factor
from market.catalogue.queries import factors
from market.haulage import queries
from market.haulage.rules import PlanParameters
from routing.road_factors import NoRoadFactorError, RoadFactor, road_factor_for

ROWS = "circ_"
"""How the ids of the catalogue's road factors begin."""
WIDEST = ("全国", "China")
"""The region, as the catalogue names it, of rows for places that have none of their own."""


def by_region(
    session: Session, parameters: PlanParameters, depot_ids: Sequence[int], day: date
) -> PlanParameters:
    """Return the parameters with the factor of the county of the depots, or else of the country.

    What is used, whose it is and how well it is verified is frozen with them in ``road``.
    Where the catalogue has no row for either, the factor stays the run's, which the page says too.
    """
    known = {row.id: row for row in factors(session).values() if row.id.startswith(ROWS)}
    rows = [
        RoadFactor(row.id, region.strip(), row.value, row.year_from, row.year_to, row.source)
        for row in known.values()
        for region in row.region_zh.split("；")
    ]
    depots = [row for row in queries.depots(session) if row.id in set(depot_ids)]
    counties = {(row.county_zh, row.county_en) for row in depots}
    home = counties.pop() if len(counties) == 1 else WIDEST
    try:
        found = road_factor_for(rows, [home[0], WIDEST[0]], day.year)
    except NoRoadFactorError:
        return parameters
    road = _record(known[found.id], found, home)
    return replace(parameters, road_factor=found.value, road=road)


def _record(row: Factor, found: RoadFactor, home: tuple[str, str]) -> dict[str, Any]:
    """Return what the plan's page says of the row, as it was when the plan was asked for."""
    return {
        "id": row.id,
        "name_zh": row.name_zh,
        "name_en": row.name_en,
        "region_zh": row.region_zh,
        "region_en": row.region_en,
        "years": found.years,
        "source": row.source,
        "verified": row.verified,
        "home_zh": home[0],
        "home_en": home[1],
        "wider": found.region != home[0],
    }
