"""The truckload day as JSON: flows of full trucks, several depots, one kind of truck, one shift."""

from __future__ import annotations

import numpy as np

from routing.instances import Family, Floats, Instance, Kind
from routing.jsontext import Located
from routing.reading import MOST

# More loads than this in one file is a mistyped count, as is a longer shift: this is a week.
MOST_LOADS = 20_000
MOST_MIN = 10_080
_FLOW = frozenset({"id", "source", "receiver", "loads"})
_DAY = frozenset(
    {"depots", "receivers", "flows", "road_factor", "speed_km_h"}
    | {"shift_min", "load_min", "unload_min"}
)
# What a file may say beside the problem: sums of it, and what others found.
_REMARKS = frozenset({"name", "comment", "description", "truck_t", "loads", "loaded_km", "known"})


def parse_truckload(text: Located) -> Instance:
    """Make each load a node: entered at its source, left at its receiver, worked on in between.

    Costs are empty kilometres between loads. Minutes are rounded up per leg, as the format asks;
    the service of a load is loading, the loaded drive and unloading.
    """
    text.only(_DAY | _REMARKS)
    factor = text.member("road_factor").number(1)
    text.member("speed_km_h").number(1)
    depots = [row.pair() for row in text.member("depots").items()]
    receivers = [row.pair() for row in text.member("receivers").items()]
    starts, ends, labels = list(depots), list(depots), [0] * len(depots)
    seen: set[int] = set()
    for flow in text.member("flows").items():
        flow.only(_FLOW)
        name = flow.member("id")
        if name.whole() in seen:
            raise name.fault(f"flow {name.whole()} appears twice; give each a number of its own")
        seen.add(name.whole())
        place = flow.member("receiver")
        if not 0 <= place.whole() < len(receivers):
            raise place.fault(f"there is no receiver {place.whole()}")
        count = flow.member("loads").whole(0)
        if len(starts) + count > MOST_LOADS:
            raise flow.fault(f"more than {MOST_LOADS} loads")
        starts += [flow.member("source").pair()] * count
        ends += [receivers[place.whole()]] * count
        labels += [name.whole()] * count
    if not depots or len(starts) == len(depots):
        raise text.fault("a depot and a load are the least")
    return _instance(text, np.array(starts), np.array(ends), labels, len(depots), factor)


def _instance(
    text: Located, starts: Floats, ends: Floats, labels: list[int], depots: int, factor: float
) -> Instance:
    nodes = len(starts)
    speed_km_h = text.member("speed_km_h").number()
    horizon = text.member("shift_min").whole(1, MOST_MIN)
    work_min = sum(text.member(name).whole(0, MOST_MIN) for name in ("load_min", "unload_min"))
    empty = factor * np.sqrt(((ends[:, None] - starts[None]) ** 2).sum(axis=2))
    loaded = factor * np.sqrt(((ends - starts) ** 2).sum(axis=1))
    service = work_min + _minutes(loaded, speed_km_h)
    service[:depots] = 0.0
    return Instance(
        "",
        Family.TRUCKLOAD,
        empty,
        _minutes(empty, speed_km_h),
        np.zeros(nodes),
        np.zeros(nodes),
        np.full(nodes, float(horizon)),
        service,
        np.full(nodes, -1, dtype=np.int64),
        np.array(labels, dtype=np.int64),
        tuple(Kind(1.0, nodes - depots, depot) for depot in range(depots)),
        depots,
        timed=True,
        # Trucks are counted by turns: the first of each depot, then the second of each.
        order=tuple(range(depots)) * (nodes - depots),
        loaded=loaded,
    )


def _minutes(kilometres: Floats, speed_km_h: float) -> Floats:
    return np.minimum(np.ceil(kilometres / speed_km_h * 60 - 1e-9), MOST)
