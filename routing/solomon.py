"""Solomon and Homberger text (windows) and Li and Lim text (pick-up and delivery with windows)."""

from __future__ import annotations

import numpy as np

from routing.instances import MOST_NODES, Family, Floats, Instance, Kind, euclidean
from routing.reading import Line, Token

# Distances and times are cut after one decimal, as the exact-method literature does.
SOLOMON_SCALE = 10


def parse_solomon(lines: list[Line]) -> Instance:
    """Read `CUST NO. XCOORD. YCOORD. DEMAND READY DUE SERVICE` after a VEHICLE block."""
    vehicles = _after(lines, "NUMBER")
    kind = _kind(*lines[vehicles].fields(2, 2))
    rows = lines[_after(lines, "CUST") :]
    table = _table(rows, 7)
    for line, demand in zip(rows, table[:, 3], strict=True):
        if demand < 0:
            raise line.tokens()[3].fault(f"demand {demand:g} is negative")
    distance = np.floor(euclidean(table[:, 1:3]) * SOLOMON_SCALE + 1e-9)
    times = table[:, 4:7] * SOLOMON_SCALE
    return Instance(
        lines[0].text.strip(),
        Family.VRPTW,
        distance,
        distance,
        table[:, 3],
        times[:, 0],
        times[:, 1],
        times[:, 2],
        np.full(len(table), -1, dtype=np.int64),
        np.arange(len(table), dtype=np.int64),
        (kind,),
        1,
        timed=True,
        scale=SOLOMON_SCALE,
    )


def parse_li_lim(lines: list[Line]) -> Instance:
    """Read `vehicles capacity speed`, then nine values a node: the last two are its partners."""
    count, capacity, _ = lines[0].fields(3, 3)
    kind = _kind(count, capacity)
    if len(lines) == 1:
        raise lines[0].fault("there is no node", len(lines[0].text) + 1)
    table = _table(lines[1:], 9)
    distance = euclidean(table[:, 1:3])
    partner = np.array([-1, *(_partner(line) for line in lines[2:])], dtype=np.int64)
    for node in range(1, len(table)):
        mate = partner[node]
        if not 1 <= mate < len(table) or mate == node or partner[mate] != node:
            fault = f"node {node} and its partner {mate} do not agree"
            raise lines[node + 1].fault(f"{fault}; let each of two nodes name the other")
        if table[node, 3] + table[mate, 3] != 0:
            fault = f"node {node} does not take up what {mate} puts down"
            raise lines[node + 1].fault(f"{fault}; give both the same demand, one of them negative")
    return Instance(
        "",
        Family.PDPTW,
        distance,
        distance,
        table[:, 3],
        table[:, 4],
        table[:, 5],
        table[:, 6],
        partner,
        np.arange(len(table), dtype=np.int64),
        (kind,),
        1,
        timed=True,
    )


def _partner(line: Line) -> int:
    """Read the node that a pick-up delivers to, or that a delivery comes from."""
    tokens = line.tokens()
    demand, pickup, delivery = tokens[3], tokens[7], tokens[8]
    if demand.number() == 0:
        raise demand.fault("nothing is taken up or put down here; give it a demand or take it out")
    other, own = (pickup, delivery) if demand.number() > 0 else (delivery, pickup)
    if other.whole() != 0:
        what = "picked up" if demand.number() > 0 else "put down"
        raise other.fault(f"{other.text} where 0 belongs, since {demand.text} is {what} here")
    return own.whole()


def _kind(count: Token, capacity: Token) -> Kind:
    if count.whole() < 1:
        raise count.fault("there is no vehicle")
    if count.whole() > MOST_NODES:
        raise count.fault(f"{count.text} vehicles are above {MOST_NODES:,}, the most that are read")
    if capacity.amount() == 0:
        raise capacity.fault("the vehicles hold nothing")
    return Kind(capacity.amount(), count.whole())


def _after(lines: list[Line], word: str) -> int:
    for index, line in enumerate(lines[:-1]):
        if line.text.split()[0].upper() == word:
            return index + 1
    raise lines[-1].fault(f"no line after {word}", len(lines[-1].text) + 1)


def _table(lines: list[Line], columns: int) -> Floats:
    """Read rows of whole or decimal numbers whose first column counts from 0."""
    if len(lines) < 2:
        raise lines[0].fault("there is no customer", len(lines[0].text) + 1)
    if len(lines) > MOST_NODES:
        raise lines[MOST_NODES].fault(f"more than {MOST_NODES:,} nodes, the most that are read")
    rows = []
    for index, line in enumerate(lines):
        tokens = line.fields(columns, columns)
        if tokens[0].whole() != index:
            raise tokens[0].fault(f"node {tokens[0].text} where {index} belongs")
        row = [token.number() for token in tokens]
        if index == 0 and row[3] != 0:
            raise tokens[3].fault(f"the depot has a demand of {tokens[3].text}; put 0 there")
        if row[6] < 0:
            raise tokens[6].fault(f"service takes {tokens[6].text}")
        if row[5] < row[4]:
            raise tokens[5].fault(f"closes at {tokens[5].text}, before it opens")
        rows.append(row)
    return np.array(rows)
