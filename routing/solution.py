"""Tours for a benchmark instance: their file format and an independent check of their claims."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from routing.instances import TOLERANCE, Family, Instance, Tour
from routing.reading import read_lines
from routing.trip_check import trip_faults

__all__ = ["Tour", "Tours", "best_known", "cost_of", "cost_text", "faults", "written"]


@dataclass(frozen=True, slots=True)
class Tours:
    """A solution. `cost` is in the family's own unit; `bound` a proven lower bound, if any."""

    tours: tuple[Tour, ...]
    absent: tuple[int, ...]
    cost: float
    seconds: float
    iterations: int
    bound: float | None = None

    @property
    def vehicles(self) -> int:
        return len(self.tours)


def cost_of(instance: Instance, tours: tuple[Tour, ...]) -> float:
    """Add up fixed and travelled cost in the family's own unit, the same in any order of tours."""
    return math.fsum(_tour_cost(instance, tour) for tour in tours)


def _tour_cost(instance: Instance, tour: Tour) -> float:
    kind = instance.kinds[tour.kind]
    stops = (kind.depot, *tour.nodes, kind.depot)
    length = sum(float(instance.cost[a, b]) for a, b in pairwise(stops))
    return kind.fixed + kind.unit * length / instance.scale


def faults(instance: Instance, solution: Tours) -> Iterator[str]:
    """Read every claim of the solution again; nothing comes out when all of them hold."""
    visits = Counter(
        node for tour in solution.tours for node in tour.nodes if node >= instance.depots
    )
    visits.update(solution.absent)
    for node in instance.customers.tolist():
        if visits[node] != 1:
            yield f"customer {instance.labels[node]} is placed {visits[node]} times"
    used = Counter(tour.kind for tour in solution.tours)
    for position, kind in enumerate(instance.kinds):
        if used[position] > kind.count:
            yield f"{used[position]} vehicles of kind {position}, there are {kind.count}"
    for number, tour in enumerate(solution.tours, start=1):
        read = trip_faults if instance.family is Family.TRIPS else _tour_faults
        yield from (f"route {number} {fault}" for fault in read(instance, tour))
    cost = cost_of(instance, solution.tours)
    if abs(cost - solution.cost) > TOLERANCE * max(1.0, cost):
        yield f"the cost is {cost}, not {solution.cost}"


def _tour_faults(instance: Instance, tour: Tour) -> Iterator[str]:
    kind = instance.kinds[tour.kind]
    load = peak = 0.0
    clock, last = float(instance.ready[kind.depot]), kind.depot
    done: set[int] = set()
    for node in tour.nodes:
        load += float(instance.demand[node])
        peak = max(peak, load)
        clock = max(clock + float(instance.time[last, node]), float(instance.ready[node]))
        if instance.timed and clock > instance.due[node] + TOLERANCE:
            yield f"reaches {instance.labels[node]} at {clock}, after {instance.due[node]}"
        clock += float(instance.service[node])
        mate = int(instance.partner[node])
        if mate >= 0 and instance.demand[node] <= 0 and mate not in done:
            yield f"delivers {instance.labels[node]} before its pick-up"
        if mate >= 0 and mate not in tour.nodes:
            yield f"has {instance.labels[node]} without its partner"
        done.add(node)
        last = node
    if peak > kind.capacity:
        yield f"carries {peak} of {kind.capacity}"
    clock += float(instance.time[last, kind.depot])
    if instance.timed and clock > instance.due[kind.depot] + TOLERANCE:
        yield f"is back at {clock}, after {instance.due[kind.depot]}"


def written(instance: Instance, solution: Tours) -> str:
    """Return the solution as CVRPLIB text: a line a route, then the cost.

    Where vehicles differ, route k is what vehicle k of the instance drives, perhaps nothing, as in
    the solutions of PyVRP/Instances.
    """
    lines = []
    for number, nodes in enumerate(_by_vehicle(instance, solution.tours), start=1):
        names = " ".join(str(instance.labels[node]) for node in nodes)
        lines.append(f"Route #{number}: {names}")
    lines.append(f"Cost {cost_text(instance, solution.cost)}")
    return "\n".join(lines) + "\n"


def _by_vehicle(instance: Instance, tours: tuple[Tour, ...]) -> list[tuple[int, ...]]:
    """Give the nodes of each vehicle, in the order of the instance's where these differ."""
    if len(instance.kinds) == 1 or not instance.order:
        return [tour.nodes for tour in tours]
    waiting = [
        iter([tour.nodes for tour in tours if tour.kind == position])
        for position in range(len(instance.kinds))
    ]
    rows = [next(waiting[position], ()) for position in instance.order]
    # There are always enough trucks for full loads: those after the last that drives go unsaid.
    while instance.family is Family.TRUCKLOAD and rows and not rows[-1]:
        rows.pop()
    return rows


def cost_text(instance: Instance, cost: float) -> str:
    """Write a cost with the decimals of its family."""
    if instance.family in {Family.CVRP, Family.TRIPS}:
        return f"{cost:.6f}".rstrip("0").rstrip(".")
    return f"{cost:.1f}" if instance.scale == 10 else f"{cost:.2f}"


def best_known(instance: Instance, path: Path) -> float | None:
    """Read the best-known cost from a `.sol` file.

    Its routes are costed by the instance itself where they are listed, since some files state the
    cost in another unit than their instance; None when the file holds neither. Raises
    InstanceError where a line is no number.
    """
    routes, stated = [], None
    for line in read_lines(path):
        head, colon, _ = line.text.partition(":")
        if colon and head.lower().startswith("route"):
            routes.append([token.whole() for token in line.tokens(len(head) + 1)])
        elif line.text.lower().startswith("cost"):
            stated = line.tokens()[-1].number()
    tours = _tours(instance, routes)
    return cost_of(instance, tours) if tours else stated


def _tours(instance: Instance, routes: list[list[int]]) -> tuple[Tour, ...] | None:
    """Name the nodes and the vehicle of each route; None where the instance lacks one of them."""
    # Only the loads of a flow share a label: they are alike. A flow may be called as a depot is.
    nodes = {label: node for node, label in enumerate(instance.labels.tolist())}
    tours = []
    for number, labels in enumerate(routes):
        if not labels:
            continue
        alike = len(instance.kinds) == 1
        if (number >= len(instance.order) and not alike) or not nodes.keys() >= set(labels):
            return None
        kind = 0 if alike else instance.order[number]
        tours.append(Tour(kind, tuple(nodes[label] for label in labels)))
    return tuple(tours)
