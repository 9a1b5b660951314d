"""CVRPLIB / VRPLIB text, with the sections of PyVRP's dialect for mixed fleets and several depots.

Reads: EUC_2D, CEIL_2D, FLOOR_2D, EXACT_2D and explicit full matrices; demands, time windows,
service times; per-vehicle capacities, fixed and unit costs and depots. Anything else that would
change the problem is refused by name instead of being passed over.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

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
_PASSED_OVER = {"NAME", "COMMENT", "TYPE", "NODE_COORD_TYPE", "DISPLAY_DATA_TYPE"}
_HEADERS = {
    "DIMENSION",
    "CAPACITY",
    "VEHICLES",
    "EDGE_WEIGHT_TYPE",
    "EDGE_WEIGHT_FORMAT",
    "SERVICE_TIME",
}
_SECTIONS = {
    "NODE_COORD_SECTION",
    "DEMAND_SECTION",
    "DEPOT_SECTION",
    "EDGE_WEIGHT_SECTION",
    "TIME_WINDOW_SECTION",
    "SERVICE_TIME_SECTION",
    "CAPACITY_SECTION",
    "VEHICLES_DEPOT_SECTION",
    "VEHICLES_FIXED_COST_SECTION",
    "VEHICLES_UNIT_DISTANCE_COST_SECTION",
}


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
            raise self.first.fault(f"{name} is missing")
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
    demand = np.zeros(nodes)
    if "DEMAND_SECTION" in text.sections:
        demand = _column(text, "DEMAND_SECTION", nodes)[order]
    ready, due, service, timed = _times(text, nodes)
    kinds, order_of_kinds = _kinds(text, nodes, depots)
    # Solution files count customers from 1, the first node after the depots.
    labels = order - len(depots) + 1
    return Instance(
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
                raise line.fault(f"{word} is not supported")
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
        else:
            raise line.fault(f"{word or line.text.strip()!r} is not understood")
    return text


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
    position = {depot + 1: place for place, depot in enumerate(depots)}
    described = [
        (
            float(capacity[row]),
            float(fixed[row]) if fixed is not None else 0.0,
            float(unit[row]) if unit is not None else 1.0,
            int(home[row]) if home is not None else depots[0] + 1,
        )
        for row in range(count)
    ]
    rows = Counter(described)
    for *_, depot in rows:
        if depot not in position:
            head = text.heads["VEHICLES_DEPOT_SECTION"]
            raise head.fault(f"a vehicle starts at {depot}, which is no depot")
    kinds = tuple(
        Kind(room, number, position[depot], fixed_cost, unit_cost)
        for (room, fixed_cost, unit_cost, depot), number in rows.items()
    )
    places = {description: place for place, description in enumerate(rows)}
    return kinds, tuple(places[row] for row in described)


def _per_vehicle(text: _Text, section: str, count: int) -> NDArray[np.float64] | None:
    return _column(text, section, count) if section in text.sections else None


__all__ = ["InstanceError", "parse"]
