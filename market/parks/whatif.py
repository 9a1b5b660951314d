"""If one receiver stops: the run's frozen market matched again without it."""

import functools
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from market.matchmaking.codec import thaw
from market.matchmaking.quotas import without_lots
from market.quantities import kg_from_tonnes, m_from_km
from matching.geography import great_circle_km
from matching.loss import Loss, Turn
from matching.problem import Position, Problem


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

    @property
    def moved_kg(self) -> int:
        return self.lost_kg - self.stranded_kg

    @property
    def yielded_kg(self) -> int:
        return max(0, self.region_kg - self.stranded_kg)


@functools.lru_cache(maxsize=64)
def stop_receiver(frozen: bytes, site_id: int) -> Stop:
    """Match a run's frozen input again without the slots of one site.

    The input never changes, so neither does the answer, and it is worked out once. Both plans
    are best plans of that input, lots left aside: the figures are about the run only if its own
    plan is about as good.
    """
    from matching.loss import losses

    started = time.perf_counter()
    problem, parameters = thaw(frozen)
    (loss,) = losses(without_lots(problem), parameters, [str(site_id)])
    moves = _moves(loss, _Roads(problem, parameters.road_factor))
    return Stop(
        lost_kg=kg_from_tonnes(loss.took_t),
        stranded_kg=sum(move.mass_kg for move in moves if move.want_id is None),
        region_kg=kg_from_tonnes(loss.stranded_t),
        more_tonne_km=loss.extra_tonne_km,
        moves=moves,
        seconds=time.perf_counter() - started,
    )


class _Roads:
    """Road metres between a supply and a slot, rounded as stored flows are."""

    def __init__(self, problem: Problem, road_factor: float) -> None:
        self.supplies: Mapping[str, Position] = {s.id: s.position for s in problem.supplies}
        self.slots: Mapping[str, Position] = {s.id: s.position for s in problem.slots}
        self.road_factor = road_factor

    def road_m(self, supply_id: str, slot_id: str) -> int:
        start, end = self.supplies[supply_id], self.slots[slot_id]
        degrees = (np.array([x]) for x in (start.lat, start.lon, end.lat, end.lon))
        km = float(great_circle_km(*degrees)[0])
        return round(m_from_km(km) * self.road_factor)


def _moves(loss: Loss, roads: _Roads) -> list[Move]:
    moves = [move for turn in loss.turns if turn.lost_t for move in _moves_of(turn, roads)]
    return sorted(moves, key=lambda move: (-move.mass_kg, move.offer_id))


def _moves_of(turn: Turn, roads: _Roads) -> list[Move]:
    """List where one supplier turns, and last what it cannot place."""
    offer_id = int(turn.id)
    found = [
        Move(
            offer_id,
            int(move.other_id),
            kg_from_tonnes(move.more_t),
            roads.road_m(turn.id, move.other_id),
        )
        for move in turn.moves
    ]
    if turn.stranded_t > 0:
        found.append(Move(offer_id, None, kg_from_tonnes(turn.stranded_t), None))
    return found
