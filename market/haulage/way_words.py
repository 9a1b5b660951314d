"""Where a plan's kilometres and minutes come from, in full. View-side only."""

from typing import Any

from flask_babel import gettext as _

from market.catalogue.citations import cited
from market.catalogue.labels import VERIFIED
from market.catalogue.rules import Verified
from market.haulage.models import CollectionPlan
from market.haulage.picture import named, way_words
from market.haulage.rules import PlanParameters, Ways


def way_row(plan: CollectionPlan) -> str:
    """Say in full where kilometres and minutes come from."""
    parameters = PlanParameters(**plan.parameters)
    if parameters.road is not None and parameters.ways == Ways.GREAT_CIRCLE:
        return _regional(parameters, parameters.road)
    if parameters.ways == Ways.GREAT_CIRCLE:
        return str(
            _(
                "great circle × %(factor)s (the run's road factor) at %(speed)s km/h (assumption)",
                factor=f"{parameters.road_factor:.2f}",
                speed=parameters.speed_km_h,
            )
        )
    return str(
        _(
            "%(source)s; only the reach is judged by great circle × %(factor)s",
            source=way_words(plan),
            factor=f"{parameters.road_factor:.2f}",
        )
    )


def _regional(parameters: PlanParameters, road: dict[str, Any]) -> str:
    """Say whose road factor it is, of which years, how well it is verified, and what is wider."""
    factor = {
        "factor": f"{parameters.road_factor:.2f}",
        "name": named(road, "name"),
        "region": named(road, "region"),
        "years": road["years"],
        "verified": VERIFIED[Verified(road["verified"])],
        "source": cited(road["source"]),
        "speed": parameters.speed_km_h,
    }
    words = _(
        "great circle × %(factor)s at %(speed)s km/h (assumption). %(name)s; %(region)s, "
        "%(years)s; %(verified)s; %(source)s",
        **factor,
    )
    if not road["wider"]:
        return str(words)
    wider = _(
        "No factor is known for %(home)s; that of %(region)s is used.",
        home=named(road, "home"),
        region=factor["region"],
    )
    return f"{words}. {wider}"
