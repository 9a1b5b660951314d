"""If one receiver stops: the run's own problem solved again without it."""

import functools
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from market.matchmaking.codec import thaw
from market.matchmaking.flows import FlowRow
from market.quantities import kg_from_tonnes, m_from_km
from matching.problem import Parameters, Problem
from matching.result import Result, Status

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Move:
    """Tonnes of one offer that find another place (``want_id`` None: they find none)."""

    offer_id: int
    want_id: int | None
    mass_kg: int
    road_m: int | None


@dataclass(frozen=True, slots=True)
class Stop:
    """What one receiver's stop does to the plan. Masses are wet kilograms a year.

    ``lost_kg`` went to it before; its suppliers place ``moved_kg`` of it elsewhere, the rest is
    ``stranded_kg``. Where they move others may have to yield: ``region_kg`` is what the whole
    region places less, ``yielded_kg`` the part of it that others bear. ``more_tonne_km`` compares
    both plans as wholes, by road. ``moves`` are of its suppliers, the largest first.
    """

    lost_kg: int
    stranded_kg: int
    region_kg: int
    more_tonne_km: float
    moves: Sequence[Move]
    seconds: float
    proven: bool

    @property
    def moved_kg(self) -> int:
        return self.lost_kg - self.stranded_kg

    @property
    def yielded_kg(self) -> int:
        return max(0, self.region_kg - self.stranded_kg)


def stop_receiver(frozen: bytes, flows: Sequence[FlowRow], site_id: int) -> Stop:
    """Solve a run's frozen input without the slots of one site, and compare with its flows.

    The comparison is fair only if the flows are the whole optimum of that input.
    """
    started = time.perf_counter()
    result, parameters = _solved_without(frozen, site_id)
    before = {(flow.offer_id, flow.want_id): flow.mass_kg for flow in flows}
    after = masses(result)
    hit = {flow.offer_id for flow in flows if flow.want.site_id == site_id}
    moves = _moves(before, after, hit, _roads(result, parameters))
    return Stop(
        lost_kg=sum(flow.mass_kg for flow in flows if flow.want.site_id == site_id),
        stranded_kg=sum(move.mass_kg for move in moves if move.want_id is None),
        region_kg=sum(before.values()) - sum(after.values()),
        more_tonne_km=result.tonne_km - sum(flow.tonne_km for flow in flows),
        moves=moves,
        seconds=time.perf_counter() - started,
        proven=result.status is Status.OPTIMAL,
    )


@functools.lru_cache(maxsize=64)
def _solved_without(frozen: bytes, site_id: int) -> tuple[Result, Parameters]:
    """Solve once for each receiver of a run: the input is frozen, so is the answer."""
    from matching import solve

    problem, parameters = thaw(frozen)
    return solve(without(problem, site_id), parameters), parameters


def without(problem: Problem, site_id: int) -> Problem:
    slots = tuple(slot for slot in problem.slots if slot.sink_id != str(site_id))
    return replace(problem, slots=slots)


def masses(result: Result) -> Mapping[Pair, int]:
    sums: dict[Pair, int] = defaultdict(int)
    for flow in result.flows:
        sums[int(flow.supply_id), int(flow.slot_id)] += kg_from_tonnes(flow.tonnes)
    return sums


def _roads(result: Result, parameters: Parameters) -> Mapping[Pair, int]:
    """Return road metres of each pair, rounded as the stored flows are."""
    return {
        (int(flow.supply_id), int(flow.slot_id)): round(
            m_from_km(flow.distance_km / parameters.road_factor) * parameters.road_factor
        )
        for flow in result.flows
    }


def _moves(
    before: Mapping[Pair, int],
    after: Mapping[Pair, int],
    offers: Iterable[int],
    roads: Mapping[Pair, int],
) -> list[Move]:
    moves = []
    for offer_id in sorted(offers):
        gained = {
            pair: mass - before.get(pair, 0)
            for pair, mass in after.items()
            if pair[0] == offer_id and mass > before.get(pair, 0)
        }
        moves += [Move(offer_id, pair[1], mass, roads[pair]) for pair, mass in gained.items()]
        left = _sum_of(before, offer_id) - _sum_of(after, offer_id)
        if left > 0:
            moves.append(Move(offer_id, None, left, None))
    return sorted(moves, key=lambda move: (-move.mass_kg, move.offer_id))


def _sum_of(masses_kg: Mapping[Pair, int], offer_id: int) -> int:
    return sum(mass for (offer, _want), mass in masses_kg.items() if offer == offer_id)
