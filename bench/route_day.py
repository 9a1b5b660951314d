"""A real day's size: 300 truckloads and 150 small collections on 40 trucks, by seconds of search.

    python bench/route_day.py [--workers N] [seconds ...]

Prints the cost, what is left out (full loads, which must go if they can, and small lots, worth 400
yuan each) and the empty share after each time limit, with the same seed.
"""

from __future__ import annotations

import argparse
import time

import numpy as np

from routing.check import check
from routing.parameters import Parameters, Progress
from routing.problem import (
    Body,
    Collection,
    DayProblem,
    Depot,
    Material,
    Receiver,
    Segregation,
    Site,
    Vehicle,
    VehicleType,
    Window,
)
from routing.solve import solve
from routing.travel import great_circle_travel
from routing.warm import warm_hauls

HOUR = 3600
BULK = ("ash", "slag", "mud", "gypsum")
SMALL = ("scrap", "tyres", "rubble")


class Maker:
    """Draws sites around Luoyang and what is fetched from them."""

    def __init__(self, seed: int) -> None:
        self.draw = np.random.default_rng(seed)
        self.sites: list[Site] = []

    def spot(self, name: str, spread_deg: float) -> str:
        north, east = self.draw.normal(0, spread_deg, 2)
        self.sites.append(Site(name, 34.65 + float(north), 112.43 + float(east)))
        return name

    def receiver(self, i: int) -> Receiver:
        site = self.spot(f"works{i}", 0.08)
        return Receiver(site, site, (Window(6 * HOUR, (17 + i % 4) * HOUR),), 300, 40)

    def flow(self, i: int) -> Collection:
        """Five full loads for one receiver."""
        site = self.spot(f"plant{i}", 0.08)
        goal = (f"works{self.draw.integers(25)}",)
        return Collection(site, site, BULK[i % len(BULK)], 150_000, goal, 0, 900, 300)

    def lot(self, i: int) -> Collection:
        """Draw a small lot that either of two receivers takes, worth 400 yuan."""
        site = self.spot(f"shop{i}", 0.12)
        goal = tuple(f"works{k}" for k in self.draw.choice(25, 2, replace=False))
        mass = int(self.draw.integers(400, 4000))
        opens = int(self.draw.integers(6, 12)) * HOUR
        gate = (Window(opens, opens + 5 * HOUR),)
        return Collection(site, site, SMALL[i % 3], mass, goal, 4 * mass, 600, 0, gate, 40_000)


def made_up_day(seed: int = 1, flows: int = 60, small: int = 150, trucks: int = 40) -> DayProblem:
    """Draw a day: 300 loads in 60 flows, 150 small lots, 40 trucks in three depots."""
    maker = Maker(seed)
    depots = tuple(Depot(f"depot{i}", maker.spot(f"depot{i}", 0.06)) for i in range(3))
    receivers = tuple(maker.receiver(i) for i in range(25))
    collections = (*map(maker.flow, range(flows)), *map(maker.lot, range(small)))
    bulk = [Material(name, frozenset({Body.TIPPER})) for name in BULK]
    loose = [Material(name, frozenset({Body.FLATBED, Body.TIPPER})) for name in SMALL]
    types = (
        VehicleType("tipper", Body.TIPPER, 30_000, None, 60_000, 480, 6_000),
        VehicleType("flatbed", Body.FLATBED, 12_000, 50_000, 40_000, 320, 5_000),
    )
    shift = Window(6 * HOUR, 18 * HOUR)
    vehicles = tuple(
        Vehicle(f"truck{i}", "flatbed" if i % 5 == 4 else "tipper", f"depot{i % 3}", shift)
        for i in range(trucks)
    )
    places = [(site.id, site.latitude_deg, site.longitude_deg) for site in maker.sites]
    travel = great_circle_travel(places, road_factor=1.3, speed_km_h=50)
    apart = (Segregation("mud", "gypsum", 1800), Segregation("rubble", "scrap", 0))
    return DayProblem(
        tuple(maker.sites),
        depots,
        (*bulk, *loose),
        receivers,
        collections,
        types,
        vehicles,
        travel,
        apart,
    )


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("seconds", nargs="*", type=float, default=[2.0, 10.0, 30.0, 300.0])
    options.add_argument("--workers", type=int, default=1)
    given = options.parse_args()
    problem = made_up_day()
    warm_hauls()
    print(
        "limit s | cost yuan | full + small left out | empty % | trucks | first plan s "
        "| iterations | above bound | wall / processor s"
    )
    for limit_s in given.seconds:
        first: list[float] = []

        def tell(progress: Progress, seen: list[float] = first) -> None:
            if progress.cost_fen is not None and not seen:
                seen.append(progress.seconds)

        started, busy = time.perf_counter(), time.process_time()
        plan = solve(problem, Parameters(time_limit_s=limit_s, workers=given.workers), tell)
        wall_s, busy_s = time.perf_counter() - started, time.process_time() - busy
        bound = f"{100 * plan.bound_gap:.1f} %" if plan.bound_gap is not None else "none"
        assert not check(problem, plan)
        full = sum(row.collection.startswith("plant") for row in plan.unserved)
        left_out = f"{full} + {len(plan.unserved) - full}"
        print(
            f"{limit_s:7.1f} | {plan.cost_fen / 100:9.0f} | {left_out:>21s} "
            f"| {100 * plan.empty_share:7.1f} | {len(plan.routes):6d} | {first[0]:12.2f} "
            f"| {plan.iterations:10d} | {bound:>11s} | {wall_s:.1f} / {busy_s:.1f}"
        )


if __name__ == "__main__":
    main()
