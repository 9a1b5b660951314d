"""CVRPLIB / VRPLIB text, with the sections of PyVRP's dialect for mixed fleets and several depots.

Reads: EUC_2D, CEIL_2D, FLOOR_2D, EXACT_2D and explicit full matrices; demands, time windows,
service times; per-vehicle capacities, fixed and unit costs and depots; with one depot, release
times, backhauls and reloading. Section names and meanings of that dialect are those of
https://pyvrp.org/dev/supported_vrplib_fields.html. Anything else that would change the problem is
refused by name instead of being passed over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from routing.instances import (
    MOST_NODES,
    Family,
    Floats,
    Instance,
    InstanceError,
    Kind,
    euclidean,
    untimed,
)
from routing.reading import Line, Token
from routing.vrplib_text import Text, taken_apart

_ROUNDING: dict[str, Callable[[Floats], Floats]] = {
    "EUC_2D": lambda distance: np.floor(distance + 0.5),
    "CEIL_2D": np.ceil,
    "FLOOR_2D": np.floor,
    "EXACT_2D": lambda distance: np.floor(distance * 1000),
}
_TYPES = {
    "TSP",
    "ATSP",
    "VRP",
    "CVRP",
    "ACVRP",
    "VRPTW",
    "CVRPTW",
    "VRPB",
    "HFVRP",
    "MDVRP",
    "MDVRPTW",
    "MTVRPTWR",
}
_OF_NODES = {
    "NODE_COORD_SECTION",
    "DEMAND_SECTION",
    "LINEHAUL_SECTION",
    "BACKHAUL_SECTION",
    "RELEASE_TIME_SECTION",
    "TIME_WINDOW_SECTION",
    "SERVICE_TIME_SECTION",
}
_OF_TRIPS = {"BACKHAUL_SECTION", "RELEASE_TIME_SECTION", "VEHICLES_RELOAD_DEPOT_SECTION"}


def parse(lines: list[Line]) -> Instance:
    """Read the whole text; raises InstanceError with line and column."""
    text = taken_apart(lines)
    _refuse_other_types(text)
    nodes = _nodes(text)
    matrix = _matrix(text, nodes)
    depots = _depots(text, nodes)
    order = np.array(
        depots + [node for node in range(nodes) if node not in set(depots)], dtype=np.int64
    )
    cost = matrix[np.ix_(order, order)]
    demand = _demand(text, nodes)[order]
    _refuse_cargo_without_trucks(text, depots)
    ready, due, service, timed = _times(text, nodes)
    kinds, order_of_kinds = _kinds(text, nodes, depots)
    instance = Instance(
        text.names.get("NAME", "").strip(),
        Family.VRPTW if timed else Family.CVRP,
        cost,
        cost,
        demand,
        ready[order],
        due[order],
        service[order],
        np.full(nodes, -1, dtype=np.int64),
        # Solution files count nodes from 0, depots first, as those of PyVRP/Instances do.
        np.arange(nodes, dtype=np.int64),
        kinds,
        len(depots),
        timed,
        order=order_of_kinds,
    )
    if _OF_TRIPS.isdisjoint(text.sections):
        return instance
    return _with_trips(text, instance, order)


def _refuse_other_types(text: Text) -> None:
    """Refuse a problem that its sections do not tell from another, as with split deliveries."""
    kind = text.names.get("TYPE", "").strip()
    if kind and kind not in _TYPES:
        raise text.heads["TYPE"].fault(
            f"TYPE {kind} is not supported; read are {', '.join(sorted(_TYPES))}; "
            "name one of these if the file holds no more than its sections say"
        )


def _nodes(text: Text) -> int:
    """Read DIMENSION and see that no section of a row for each node has fewer."""
    token = text.header("DIMENSION")
    nodes = token.whole()
    if nodes < 2:
        raise token.fault("a depot and a customer are the least")
    for name in sorted(_OF_NODES & text.sections.keys()):
        _refuse_too_few(text, name, nodes, "DIMENSION")
    if nodes > MOST_NODES:
        raise token.fault(f"{nodes} nodes are above {MOST_NODES:,}, the most that are read")
    return nodes


def _refuse_too_few(text: Text, section: str, count: int, header: str) -> None:
    rows = text.sections[section]
    if len(rows) < count:
        named = {line.text.split()[0] for line in rows}
        lacking = next(i for i in range(1, count + 1) if str(i) not in named)
        raise text.heads[section].fault(
            f"{section} has {len(rows)} rows where {header} is {count}: "
            f"it has no entry for {lacking}; add it or correct {header}"
        )


def _refuse_cargo_without_trucks(text: Text, depots: list[int]) -> None:
    """Refuse goods that would vanish at a depot, and goods for trucks of no stated capacity."""
    capacities = {"CAPACITY", "CAPACITY_SECTION"} & (text.headers.keys() | text.sections.keys())
    for section in ("DEMAND_SECTION", "LINEHAUL_SECTION", "BACKHAUL_SECTION"):
        for line in text.sections.get(section, ()):
            index, amount = line.fields(2)[:2]
            if amount.amount() == 0:
                continue
            if index.whole() - 1 in depots:
                fault = f"depot {index.text} has {amount.text} in {section}: put 0 there, or take"
                raise amount.fault(f"{fault} {index.text} out of DEPOT_SECTION")
            if not capacities:
                fault = f"{section} has goods and no vehicle a capacity: add CAPACITY"
                raise text.first.fault(fault)


def _with_trips(text: Text, instance: Instance, order: NDArray[np.int64]) -> Instance:
    """Add release times, what is fetched back, and the sequence that TYPE VRPB asks for."""
    nodes = len(order)
    if instance.depots > 1:
        head = next(text.heads[name] for name in sorted(_OF_TRIPS) if name in text.heads)
        raise head.fault("release times, backhauls and reloading are for one depot")
    columns = {}
    for name in ("BACKHAUL_SECTION", "RELEASE_TIME_SECTION"):
        known = name in text.sections
        columns[name] = _column(text, name, nodes)[order] if known else np.zeros(nodes)
    back = columns["BACKHAUL_SECTION"]
    both = np.flatnonzero((back > 0) & (instance.demand > 0))
    if len(both):
        head = text.heads["BACKHAUL_SECTION"]
        raise head.fault(f"{order[both[0]] + 1} has a delivery and a backhaul: not supported")
    waiting = np.flatnonzero((back > 0) & (columns["RELEASE_TIME_SECTION"] > 0))
    if len(waiting):
        head = text.heads["RELEASE_TIME_SECTION"]
        raise head.fault(f"{order[waiting[0]] + 1} is a backhaul and has a release time")
    return replace(
        instance,
        family=Family.TRIPS,
        timed=instance.timed or "RELEASE_TIME_SECTION" in text.sections,
        release=columns["RELEASE_TIME_SECTION"],
        backhaul=back,
        linehaul_first=text.names.get("TYPE", "").strip() == "VRPB",
    )


def _demand(text: Text, nodes: int) -> Floats:
    for name in ("DEMAND_SECTION", "LINEHAUL_SECTION"):
        if name in text.sections:
            return _column(text, name, nodes)
    return np.zeros(nodes)


def _reloads(text: Text, count: int, depot: int) -> NDArray[np.bool_]:
    """Tell which vehicles may load again: at their own depot, and any number of times or never."""
    name = "VEHICLES_RELOAD_DEPOT_SECTION"
    may = np.zeros(count, dtype=bool)
    if name not in text.sections:
        return may
    for line in text.rows(name):
        index, *where = line.fields(2)
        if not 1 <= index.whole() <= count:
            raise index.fault(f"{index.text} is outside 1..{count}")
        for token in where:
            if token.whole() != depot:
                raise token.fault(f"reloading at {token.text}, not the vehicle's depot {depot}")
        may[index.whole() - 1] = True
    most = _per_vehicle(text, "VEHICLES_MAX_RELOADS_SECTION", count)
    if most is None and "VEHICLES_MAX_RELOADS" in text.headers:
        most = np.full(count, text.headers["VEHICLES_MAX_RELOADS"].amount())
    if most is None:
        return may
    enough = text.header("DIMENSION").whole() - 2
    if ((most > 0) & (most < enough)).any():
        head = text.heads.get("VEHICLES_MAX_RELOADS_SECTION", text.heads[name])
        raise head.fault("a limit on reloads is supported only where it is 0 or cannot bind")
    return np.asarray(may & (most > 0))


def _column(text: Text, section: str, rows: int, *, value: int = 1) -> Floats:
    """Read `index value...` rows for the indices 1 to `rows`, each once."""
    _refuse_too_few(text, section, rows, "VEHICLES" if section not in _OF_NODES else "DIMENSION")
    values = np.full(rows, np.nan)
    for line in text.rows(section):
        tokens = line.fields(value + 1)
        index = tokens[0].whole()
        if not 1 <= index <= rows:
            raise tokens[0].fault(f"{index} is outside 1..{rows}")
        if not np.isnan(values[index - 1]):
            raise tokens[0].fault(f"{index} appears twice in {section}")
        values[index - 1] = tokens[value].amount()
    return values


def _coordinates(text: Text, nodes: int) -> Floats:
    points = np.full((nodes, 2), np.nan)
    for line in text.rows("NODE_COORD_SECTION"):
        tokens = line.fields(3, 3)
        index = tokens[0].whole()
        if not 1 <= index <= nodes:
            raise tokens[0].fault(f"{index} is outside 1..{nodes}")
        if not np.isnan(points[index - 1, 0]):
            raise tokens[0].fault(f"{index} appears twice")
        points[index - 1] = tokens[1].number(), tokens[2].number()
    return points


def _matrix(text: Text, nodes: int) -> Floats:
    how = text.header("EDGE_WEIGHT_TYPE")
    if how.text in _ROUNDING:
        return np.asarray(_ROUNDING[how.text](euclidean(_coordinates(text, nodes))))
    if how.text != "EXPLICIT":
        raise how.fault(f"EDGE_WEIGHT_TYPE {how.text} is not supported")
    form = text.header("EDGE_WEIGHT_FORMAT")
    tokens = [token for line in text.rows("EDGE_WEIGHT_SECTION") for token in line.tokens()]
    if form.text == "FULL_MATRIX":
        _expect(text, tokens, nodes * nodes)
        for node, token in enumerate(tokens[:: nodes + 1], start=1):
            if token.number() != 0:
                raise token.fault(f"{token.text} from {node} to itself; put 0 there")
        return np.array([token.amount() for token in tokens]).reshape(nodes, nodes)
    if form.text == "LOWER_ROW":
        _expect(text, tokens, nodes * (nodes - 1) // 2)
        matrix = np.zeros((nodes, nodes))
        matrix[np.tril_indices(nodes, -1)] = [token.amount() for token in tokens]
        return matrix + matrix.T
    raise form.fault(f"EDGE_WEIGHT_FORMAT {form.text} is not supported")


def _expect(text: Text, tokens: list[Token], count: int) -> None:
    if len(tokens) != count:
        head = text.heads["EDGE_WEIGHT_SECTION"]
        fault = f"EDGE_WEIGHT_SECTION has {len(tokens)} values where {count} belong"
        raise head.fault(f"{fault}; correct it, EDGE_WEIGHT_FORMAT or DIMENSION")


def _depots(text: Text, nodes: int) -> list[int]:
    depots: list[int] = []
    for line in text.rows("DEPOT_SECTION"):
        for token in line.tokens():
            number = token.whole()
            if number == -1:
                break
            if not 1 <= number <= nodes:
                raise token.fault(f"depot {number} is outside 1..{nodes}")
            if number - 1 in depots:
                raise token.fault(f"depot {number} appears twice in DEPOT_SECTION; take one out")
            depots.append(number - 1)
    if not depots:
        raise text.heads["DEPOT_SECTION"].fault("DEPOT_SECTION names no depot")
    if len(depots) == nodes:
        fault = f"all {nodes} nodes are depots; take those out that are customers"
        raise text.heads["DEPOT_SECTION"].fault(fault)
    return depots


def _times(text: Text, nodes: int) -> tuple[Floats, Floats, Floats, bool]:
    ready, due, service = untimed(nodes)
    timed = "TIME_WINDOW_SECTION" in text.sections
    if "SERVICE_TIME_SECTION" in text.sections:
        service = _column(text, "SERVICE_TIME_SECTION", nodes)
    elif "SERVICE_TIME" in text.headers:
        service[:] = text.headers["SERVICE_TIME"].amount()
        service[_depots(text, nodes)] = 0.0
    if timed:
        ready = _column(text, "TIME_WINDOW_SECTION", nodes)
        due = _column(text, "TIME_WINDOW_SECTION", nodes, value=2)
        for line in text.rows("TIME_WINDOW_SECTION"):
            index, opens, closes = line.fields(3, 3)
            if closes.amount() < opens.amount():
                raise closes.fault(f"{index.text} closes at {closes.text}, before it opens")
    return ready, due, service, timed


def _kinds(text: Text, nodes: int, depots: list[int]) -> tuple[tuple[Kind, ...], tuple[int, ...]]:
    """Group vehicles of one description; without VEHICLES there are always enough."""
    count = text.headers["VEHICLES"].whole() if "VEHICLES" in text.headers else nodes - 1
    if count < 1:
        raise text.headers["VEHICLES"].fault("there is no vehicle")
    if count > MOST_NODES:
        raise text.headers["VEHICLES"].fault(f"{count} vehicles are above {MOST_NODES:,}")
    capacity = _per_vehicle(text, "CAPACITY_SECTION", count)
    if capacity is None:
        capacity = np.full(count, np.inf)
        if "CAPACITY" in text.headers:
            capacity[:] = text.headers["CAPACITY"].amount()
    fixed = _per_vehicle(text, "VEHICLES_FIXED_COST_SECTION", count)
    unit = _per_vehicle(text, "VEHICLES_UNIT_DISTANCE_COST_SECTION", count)
    home = _per_vehicle(text, "VEHICLES_DEPOT_SECTION", count)
    reloads = _reloads(text, count, depots[0] + 1)
    position = {depot + 1: place for place, depot in enumerate(depots)}
    described = [
        (
            float(capacity[row]),
            float(fixed[row]) if fixed is not None else 0.0,
            float(unit[row]) if unit is not None else 1.0,
            int(home[row]) if home is not None else depots[0] + 1,
            bool(reloads[row]),
        )
        for row in range(count)
    ]
    rows = Counter(described)
    for *_, depot, _ in rows:
        if depot not in position:
            head = text.heads["VEHICLES_DEPOT_SECTION"]
            raise head.fault(f"a vehicle starts at {depot}, which is no depot")
    kinds = tuple(
        Kind(room, number, position[depot], fixed_cost, unit_cost, again)
        for (room, fixed_cost, unit_cost, depot, again), number in rows.items()
    )
    places = {description: place for place, description in enumerate(rows)}
    return kinds, tuple(places[row] for row in described)


def _per_vehicle(text: Text, section: str, count: int) -> NDArray[np.float64] | None:
    return _column(text, section, count) if section in text.sections else None


__all__ = ["InstanceError", "parse"]
