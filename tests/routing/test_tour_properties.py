"""What must hold of tours whatever the instance: more means never give worse ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from routing.instances import Family, Instance, Kind, euclidean
from routing.parameters import Parameters
from routing.solution import faults
from routing.tour_search import solve_tours
from tests.routing.test_pairs import pairs
from tests.routing.test_tours import delivery

FAMILIES = ("deliveries", "deliveries in windows", "pairs")
each = pytest.mark.parametrize(("family", "seed"), [(f, s) for f in FAMILIES for s in range(3)])
# Customers of every instance: for pairs the first half are pick-ups, the rest their deliveries.
COUNT = 14


def drawn(family: str, seed: int, vehicles: int = 8) -> tuple[Instance, np.ndarray]:
    """Return an instance on a plane and its points, whole numbers apart."""
    draw = np.random.default_rng(seed)
    points = draw.integers(0, 60, (COUNT + 1, 2)).astype(float)
    opens = np.sort(draw.integers(0, 250, COUNT))
    windows = [(0.0, 600.0), *((float(o), float(o + 180)) for o in opens)]
    rows = [(float(x), float(y)) for x, y in points]
    if family == "pairs":
        amounts = [float(amount) for amount in draw.integers(1, 7, COUNT // 2)]
        made = pairs(rows, amounts, windows, vehicles=vehicles)
    else:
        # All of one mass, so that one left out counts as much as any other.
        timed = None if family == "deliveries" else windows
        made = delivery(rows, [0.0, *[1.0] * COUNT], (Kind(4, vehicles, fixed=50),), timed)
    return on_plane(made, points), points


def on_plane(instance: Instance, points: np.ndarray, stretch: float = 1) -> Instance:
    """Put the same customers elsewhere; all times become `stretch` times as long."""
    cost = euclidean(points)
    times = {name: stretch * getattr(instance, name) for name in ("ready", "due", "service")}
    return replace(instance, cost=cost, time=cost, **times)


def outcome(instance: Instance, iterations: int = 3_000) -> tuple[int, int, float]:
    """Customers left out; vehicles, where they count first; cost: less is better."""
    found = solve_tours(instance, Parameters(time_limit_s=60, max_iterations=iterations))
    assert not list(faults(instance, found))
    counted = found.vehicles if instance.family is Family.PDPTW else 0
    return len(found.absent), counted, round(found.cost, 6)


@each
def test_more_iterations_never_end_worse_nor_worse_than_the_first_tours(
    family: str, seed: int
) -> None:
    instance, _ = drawn(family, seed)
    first, some, many = (outcome(instance, count) for count in (1, 300, 3_000))
    assert many <= some <= first


@each
def test_one_more_vehicle_never_makes_the_tours_worse(family: str, seed: int) -> None:
    ends = [outcome(drawn(family, seed, vehicles)[0]) for vehicles in (1, 2, 3, 4, 8)]
    assert ends == sorted(ends, reverse=True)
    assert ends[0][0] > 0, "one vehicle leaves somebody out"


@each
def test_the_order_of_the_customers_does_not_matter(family: str, seed: int) -> None:
    instance, points = drawn(family, seed)
    half = COUNT // 2
    # Both halves are turned round, so that partners stay partners.
    order = np.concatenate([[0], np.arange(half, 0, -1), np.arange(COUNT, half, -1)])
    names = ("demand", "ready", "due", "service")
    rows = {name: getattr(instance, name)[order] for name in names}
    assert outcome(on_plane(replace(instance, **rows), points[order])) == outcome(instance)


@pytest.mark.parametrize("timed", [False, True], ids=["no clock", "windows"])
@pytest.mark.parametrize("seed", [4, 5])
def test_the_order_of_many_customers_does_not_matter_either(seed: int, timed: bool) -> None:
    # Of 60 on a map some are as far from the depot, or from a third, as others: ties decide.
    draw = np.random.default_rng(seed)
    points, demand = draw.integers(0, 100, (61, 2)), [0.0, *draw.integers(1, 20, 60).astype(float)]
    opens = [0, *draw.integers(0, 200, 60).tolist()]

    def tours(order: np.ndarray) -> list[tuple[int, ...]]:
        rows = [(float(x), float(y)) for x, y in points[order]]
        windows = [(float(opens[node]), 600.0) for node in order] if timed else None
        made = delivery(rows, [demand[node] for node in order], (Kind(60, 60),), windows)
        found = solve_tours(made, Parameters(time_limit_s=60, max_iterations=1_000))
        return sorted(tuple(order[list(tour.nodes)].tolist()) for tour in found.tours)

    turned = np.concatenate([[0], np.arange(60, 0, -1)])
    assert tours(turned) == tours(np.arange(61))


@each
def test_moving_the_map_changes_nothing_and_stretching_it_stretches_the_length(
    family: str, seed: int
) -> None:
    instance, points = drawn(family, seed)
    instance = replace(instance, kinds=tuple(replace(row, fixed=0) for row in instance.kinds))
    here = outcome(instance)
    assert outcome(on_plane(instance, points + np.array([700.0, -300.0]))) == here
    # A mirror image is the same map seen from below.
    assert outcome(on_plane(instance, points * np.array([-1.0, 1.0]))) == here
    # Four times as far, with four times the time for everything.
    stretched = outcome(on_plane(instance, 4 * points, stretch=4))
    assert stretched == pytest.approx((*here[:2], 4 * here[2]))
