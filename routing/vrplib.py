"""CVRPLIB / VRPLIB text, with the sections of PyVRP's dialect for mixed fleets and several depots.

Reads: EUC_2D, CEIL_2D, FLOOR_2D, EXACT_2D and explicit full matrices; demands, time windows,
service times; per-vehicle capacities, fixed and unit costs and depots; with one depot, release
times, backhauls and reloading. Section names and meanings of that dialect are those of
https://pyvrp.org/dev/supported_vrplib_fields.html. Anything else that would change the problem is
refused by name instead of being passed over.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from routing.instances import Family, Floats, Instance, InstanceError, Kind, euclidean, untimed
from routing.reading import Line, Token

_ROUNDING: dict[str, Callable[[Floats], Floats]] = {
    "EUC_2D": lambda distance: np.floor(distance + 0.5),
    "CEIL_2D": np.ceil,
    "FLOOR_2D": np.floor,
    "EXACT_2D": lambda distance: np.floor(distance * 1000),
}
_KEYWORD = re.compile(r"[A-Z][A-Z_]*")
_PASSED_OVER = {"NAME", "COMMENT", "TYPE", "NODE_COORD_TYPE", "DISPLAY_DATA_TYPE"}
_HEADERS = {
    "DIMENSION",
    "CAPACITY",
    "VEHICLES",
    "EDGE_WEIGHT_TYPE",
    "EDGE_WEIGHT_FORMAT",
    "SERVICE_TIME",
    "VEHICLES_MAX_RELOADS",
}
_SECTIONS = {
    "NODE_COORD_SECTION",
    "DEMAND_SECTION",
    "LINEHAUL_SECTION",
    "BACKHAUL_SECTION",
    "RELEASE_TIME_SECTION",
    "DEPOT_SECTION",
    "EDGE_WEIGHT_SECTION",
    "TIME_WINDOW_SECTION",
    "SERVICE_TIME_SECTION",
    "CAPACITY_SECTION",
    "VEHICLES_DEPOT_SECTION",
    "VEHICLES_FIXED_COST_SECTION",
    "VEHICLES_UNIT_DISTANCE_COST_SECTION",
    "VEHICLES_RELOAD_DEPOT_SECTION",
    "VEHICLES_MAX_RELOADS_SECTION",
}
_REMEDIES = {
    "DEPOT_SECTION": ": add it with the depot's number and -1, also for a tour of one salesman"
}
_OF_TRIPS = {"BACKHAUL_SECTION", "RELEASE_TIME_SECTION", "VEHICLES_RELOAD_DEPOT_SECTION"}


@dataclass(slots=True)
class _Text:
    """The file taken apart: header values and section rows by name."""

    first: Line
    headers: dict[str, Token] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    sections: dict[str, list[Line]] = field(default_factory=dict)
    heads: dict[str, Line] = field(default_factory=dict)

    def header(self, name: str) -> Token:
        if name not in self.headers:
            raise self.first.fault(f"{name} is missing")
        return self.headers[name]

    def rows(self, name: str) -> list[Line]:
        if name not in self.sections:
            raise self.first.fault(f"{name} is missing{_REMEDIES.get(name, '')}")
        return self.sections[name]


def parse(lines: list[Line]) -> Instance:
    """Read the whole text; raises InstanceError with line and column."""
    text = _taken_apart(lines)
    nodes = text.header("DIMENSION").whole()
    if nodes < 2:
        raise text.header("DIMENSION").fault("a depot and a customer are the least")
    depots = _depots(text, nodes)
    order = np.array(
        depots + [node for node in range(nodes) if node not in set(depots)], dtype=np.int64
    )
    cost = _matrix(text, nodes)[np.ix_(order, order)]
    demand = _demand(text, nodes)[order]
    ready, due, service, timed = _times(text, nodes)
    kinds, order_of_kinds = _kinds(text, nodes, depots)
    # Solution files count customers from 1, the first node after the depots.
    labels = order - len(depots) + 1
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
        labels,
        kinds,
        len(depots),
        timed,
        horizon=float(due[depots].max()),
        order=order_of_kinds,
    )
    if _OF_TRIPS.isdisjoint(text.sections):
        return instance
    return _with_trips(text, instance, order)


def _with_trips(text: _Text, instance: Instance, order: NDArray[np.int64]) -> Instance:
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


def _demand(text: _Text, nodes: int) -> Floats:
    for name in ("DEMAND_SECTION", "LINEHAUL_SECTION"):
        if name in text.sections:
            return _column(text, name, nodes)
    return np.zeros(nodes)


def _reloads(text: _Text, count: int, depot: int) -> NDArray[np.bool_]:
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


def _taken_apart(lines: list[Line]) -> _Text:
    text = _Text(lines[0])
    section: list[Line] | None = None
    for line in lines:
        name, colon, _ = line.text.partition(":")
        word = name.strip()
        if word == "EOF":
            break
        if word.endswith("_SECTION"):
            if word not in _SECTIONS:
                raise _unsupported(line, word)
            section = text.sections[word] = []
            text.heads[word] = line
        elif colon and word in _PASSED_OVER:
            text.names[word] = line.text[len(name) + 1 :]
        elif colon and word in _HEADERS:
            values = line.tokens(len(name) + 1)
            if not values:
                raise line.fault(f"{word} has no value", len(line.text) + 1)
            text.headers[word] = values[0]
        elif section is not None and not colon:
            section.append(line)
        elif colon and _KEYWORD.fullmatch(word):
            raise _unsupported(line, word)
        else:
            raise line.fault(f"{word or line.text.strip()!r} is not understood")
    return text


def _unsupported(line: Line, word: str) -> InstanceError:
    known = ", ".join(sorted(_HEADERS | _SECTIONS))
    return line.fault(
        f"{word} is not supported and would change the problem; "
        f"take it out, with what belongs to it, if the plan may do without; read are {known}"
    )


def _column(text: _Text, section: str, rows: int, *, value: int = 1) -> Floats:
    """Read `index value...` rows for the indices 1 to `rows`, each once."""
    values = np.full(rows, np.nan)
    for line in text.rows(section):
        tokens = line.fields(value + 1)
        index = tokens[0].whole()
        if not 1 <= index <= rows:
            raise tokens[0].fault(f"{index} is outside 1..{rows}")
        if not np.isnan(values[index - 1]):
            raise tokens[0].fault(f"{index} appears twice in {section}")
        values[index - 1] = tokens[value].amount()
    missing = np.flatnonzero(np.isnan(values))
    if len(missing):
        raise text.heads[section].fault(f"{section} has no entry for {missing[0] + 1}")
    return values


def _coordinates(text: _Text, nodes: int) -> Floats:
    points = np.full((nodes, 2), np.nan)
    for line in text.rows("NODE_COORD_SECTION"):
        tokens = line.fields(3, 3)
        index = tokens[0].whole()
        if not 1 <= index <= nodes:
            raise tokens[0].fault(f"{index} is outside 1..{nodes}")
        if not np.isnan(points[index - 1, 0]):
            raise tokens[0].fault(f"{index} appears twice")
        points[index - 1] = tokens[1].number(), tokens[2].number()
    missing = np.flatnonzero(np.isnan(points[:, 0]))
    if len(missing):
        head = text.heads["NODE_COORD_SECTION"]
        raise head.fault(f"NODE_COORD_SECTION has no entry for {missing[0] + 1}")
    return points


def _matrix(text: _Text, nodes: int) -> Floats:
    how = text.header("EDGE_WEIGHT_TYPE")
    if how.text in _ROUNDING:
        return np.asarray(_ROUNDING[how.text](euclidean(_coordinates(text, nodes))))
    if how.text != "EXPLICIT":
        raise how.fault(f"EDGE_WEIGHT_TYPE {how.text} is not supported")
    form = text.header("EDGE_WEIGHT_FORMAT")
    tokens = [token for line in text.rows("EDGE_WEIGHT_SECTION") for token in line.tokens()]
    if form.text == "FULL_MATRIX":
        _expect(text, tokens, nodes * nodes)
        return np.array([token.amount() for token in tokens]).reshape(nodes, nodes)
    if form.text == "LOWER_ROW":
        _expect(text, tokens, nodes * (nodes - 1) // 2)
        matrix = np.zeros((nodes, nodes))
        matrix[np.tril_indices(nodes, -1)] = [token.amount() for token in tokens]
        return matrix + matrix.T
    raise form.fault(f"EDGE_WEIGHT_FORMAT {form.text} is not supported")


def _expect(text: _Text, tokens: list[Token], count: int) -> None:
    if len(tokens) != count:
        head = text.heads["EDGE_WEIGHT_SECTION"]
        raise head.fault(f"EDGE_WEIGHT_SECTION has {len(tokens)} values where {count} belong")


def _depots(text: _Text, nodes: int) -> list[int]:
    depots: list[int] = []
    for line in text.rows("DEPOT_SECTION"):
        for token in line.tokens():
            number = token.whole()
            if number == -1:
                break
            if not 1 <= number <= nodes:
                raise token.fault(f"depot {number} is outside 1..{nodes}")
            depots.append(number - 1)
    if not depots:
        raise text.heads["DEPOT_SECTION"].fault("DEPOT_SECTION names no depot")
    return depots


def _times(text: _Text, nodes: int) -> tuple[Floats, Floats, Floats, bool]:
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


def _kinds(text: _Text, nodes: int, depots: list[int]) -> tuple[tuple[Kind, ...], tuple[int, ...]]:
    """Group vehicles of one description; without VEHICLES there are always enough."""
    count = text.headers["VEHICLES"].whole() if "VEHICLES" in text.headers else nodes - 1
    if count < 1:
        raise text.headers["VEHICLES"].fault("there is no vehicle")
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


def _per_vehicle(text: _Text, section: str, count: int) -> NDArray[np.float64] | None:
    return _column(text, section, count) if section in text.sections else None


__all__ = ["InstanceError", "parse"]
