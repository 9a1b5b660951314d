"""Tours for a benchmark instance: their file format and an independent check of their claims."""

from __future__ import annotations

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
    """Add up fixed and travelled cost in the family's own unit."""
    total = 0.0
    for tour in tours:
        kind = instance.kinds[tour.kind]
        stops = (kind.depot, *tour.nodes, kind.depot)
        length = sum(instance.cost[a, b] for a, b in pairwise(stops))
        total += kind.fixed + kind.unit * length / instance.scale
    return float(total)


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
    clock, last = 0.0, kind.depot
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
    if instance.timed and clock > instance.horizon + TOLERANCE:
        yield f"is back at {clock}, after {instance.horizon}"


def written(instance: Instance, solution: Tours) -> str:
    """Return the solution as CVRPLIB text: a line a route, then the cost."""
    lines = []
    for number, tour in enumerate(solution.tours, start=1):
        names = " ".join(str(instance.labels[node]) for node in tour.nodes)
        lines.append(f"Route #{number}: {names}")
    lines.append(f"Cost {cost_text(instance, solution.cost)}")
    return "\n".join(lines) + "\n"


def cost_text(instance: Instance, cost: float) -> str:
    """Write a cost with the decimals of its family."""
    if instance.family in {Family.CVRP, Family.TRIPS}:
        return f"{cost:.10g}"
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
    nodes = {label: node for node, label in enumerate(instance.labels.tolist())}
    if instance.family is Family.TRUCKLOAD or not any(routes):
        return stated
    if any(label not in nodes for route in routes for label in route):
        return stated
    tours = tuple(
        Tour(
            instance.order[number] if number < len(instance.order) else 0,
            tuple(nodes[label] for label in route),
        )
        for number, route in enumerate(routes)
        if route
    )
    return cost_of(instance, tours)
