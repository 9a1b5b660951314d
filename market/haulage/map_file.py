"""A plan as a map layer for other programs. Text is in the reader's language."""

import json
from itertools import pairwise
from typing import Any

from market.haulage.exports import StoredPlan
from market.haulage.labels import STOPS
from market.haulage.models import PlanRoute
from market.haulage.picture import StopLine, truck_name
from market.haulage.records import number_of
from market.haulage.rules import moment, whole_minute
from routing.plan import StopKind


def map_layer(stored: StoredPlan) -> bytes:
    """Return GeoJSON: a line for each leg and a point for each stop; WGS-84."""
    features = []
    for route in stored.routes:
        lines = [line for line in stored.lines(route) if line.site is not None]
        features += [_stop_feature(stored, route, line) for line in lines]
        features += [
            _leg_feature(stored, route, before, after)
            for before, after in pairwise(lines)
            if before.site != after.site
        ]
    text = json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)
    return text.encode()


def _position(stored: StoredPlan, line: StopLine) -> list[float]:
    place = stored.plan.places[str(line.site)]
    return [place["lon"], place["lat"]]


def _of_truck(stored: StoredPlan, route: PlanRoute) -> dict[str, Any]:
    """Return what tells a feature from those of other plans, days and trucks."""
    plan = stored.plan
    return {
        "plan": plan.ref,
        "draft": stored.draft,
        "day": plan.planned_on.isoformat(),
        "truck": route.number,
        "plate": route.vehicle["plate"],
    }


def _stop_feature(stored: StoredPlan, route: PlanRoute, line: StopLine) -> dict[str, Any]:
    begins, leaves = (
        whole_minute(moment(stored.plan.planned_on, second))
        for second in (line.start_s, line.depart_s)
    )
    what = str(STOPS[StopKind(line.kind)])
    if line.number is not None:
        what = f"{line.number} {what}"
    properties = {
        **_of_truck(stored, route),
        "name": f"{truck_name(route)} · {what} · {line.place}",
        "kind": line.kind,
        "stop": line.number,
        "place": line.place,
        "material": line.material,
        "loads": [number_of(stored.plan, key) for key in line.loads],
        "mass_kg": line.mass_kg,
        "start": begins.isoformat(),
        "leave": leaves.isoformat(),
    }
    geometry = {"type": "Point", "coordinates": _position(stored, line)}
    return {"type": "Feature", "geometry": geometry, "properties": properties}


def _leg_feature(
    stored: StoredPlan, route: PlanRoute, before: StopLine, after: StopLine
) -> dict[str, Any]:
    properties = {
        **_of_truck(stored, route),
        "name": f"{truck_name(route)} · {before.place} → {after.place}",
        "kind": "leg",
        "loaded": before.onboard_kg > 0,
        "onboard_kg": before.onboard_kg,
        "distance_m": after.distance_m,
    }
    ends = [_position(stored, before), _position(stored, after)]
    geometry = {"type": "LineString", "coordinates": ends}
    return {"type": "Feature", "geometry": geometry, "properties": properties}
