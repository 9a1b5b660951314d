"""Chains in which one plant's product is the next one's raw material."""

import heapq
import itertools
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import networkx as nx

from matching.graph import Node, NodeKind
from matching.problem import ProblemError

MOST_YIELD = 10.0
"""Tonnes out of a tonne in; more is a mistaken unit, such as per cent."""


@dataclass(frozen=True, slots=True)
class Conversion:
    """A plant turns one material into another: `yield_share` tonnes out per tonne in (wet).

    What comes out of the same tonne together (wire and rubber of a tyre) are conversions side by
    side, each with its own yield. `capacity_t` is the most it takes in, in the time of the flows;
    None: as much as comes. `use` narrows it to what comes for that use; empty: all that comes.
    """

    plant_id: str
    takes: str
    makes: str
    yield_share: float = 1.0
    capacity_t: float | None = None
    use: str = ""

    def __post_init__(self) -> None:
        if not 0 < self.yield_share <= MOST_YIELD:
            raise ProblemError(
                f"a yield of {self.yield_share} is not above 0 and at most {MOST_YIELD:g}",
                owner=self.plant_id,
                field_name="yield_share",
            )
        if self.capacity_t is not None and not self.capacity_t > 0:
            raise ProblemError(
                f"a capacity of {self.capacity_t} t is not above 0",
                owner=self.plant_id,
                field_name="capacity_t",
            )

    @property
    def plant(self) -> Node:
        return Node(NodeKind.PLANT, self.plant_id)

    @property
    def most_t(self) -> float:
        return math.inf if self.capacity_t is None else self.capacity_t

    def takes_of(self, step: "Step") -> bool:
        return step.material_id == self.takes and self.use in {"", step.use}


@dataclass(frozen=True, slots=True)
class Step:
    """Tonnes of one material between two plants; `use` is what the taker does with it."""

    giver: Node
    taker: Node
    material_id: str
    tonnes: float
    use: str = ""


@dataclass(frozen=True, slots=True)
class Chain:
    """`entered_t` of the first material can pass every step; `delivered_t` come out at its end.

    `conversions` stand between the steps. Each chain is measured as if it had its steps to
    itself: chains that share one do not add up, see `processing`.
    """

    steps: tuple[Step, ...]
    conversions: tuple[Conversion, ...]
    entered_t: float

    @property
    def delivered_t(self) -> float:
        return self.tonnes[-1]

    @property
    def tonnes(self) -> tuple[float, ...]:
        """Return what passes each step, in tonnes of its own material."""
        yields = (row.yield_share for row in self.conversions)
        return tuple(itertools.accumulate(yields, lambda t, y: t * y, initial=self.entered_t))

    @property
    def plants(self) -> tuple[Node, ...]:
        return (*(step.giver for step in self.steps), self.steps[-1].taker)

    @property
    def closed(self) -> bool:
        return self.steps[0].giver == self.steps[-1].taker


@dataclass(frozen=True, slots=True)
class Processing:
    """What a plant could make of what comes to it, beside what it sends on, in tonnes (wet).

    All chains over the plant together: `taken_t` go into conversions to `makes`, which yield
    `made_t` of it; `sent_t` leave for others.
    """

    plant: Node
    makes: str
    taken_t: float
    made_t: float
    sent_t: float

    @property
    def through_t(self) -> float:
        """Tonnes that come out of what is taken and have a user."""
        return min(self.made_t, self.sent_t)

    @property
    def unused_t(self) -> float:
        """Tonnes it could make that nobody takes."""
        return max(0.0, self.made_t - self.sent_t)

    @property
    def short_t(self) -> float:
        """Tonnes it sends on that must be made of something else than what comes to it."""
        return max(0.0, self.sent_t - self.made_t)


def steps_of(graph: "nx.DiGraph[Node]") -> tuple[Step, ...]:
    """List the exchanges of a plant graph, each material apart, in order."""
    found = (
        Step(giver, taker, material_id, tonnes)
        for giver, taker, arc in graph.edges(data=True)
        for material_id, tonnes in arc["by_material"].items()
    )
    return tuple(sorted(found, key=_place))


def chains(
    steps: Iterable[Step],
    conversions: Iterable[Conversion],
    most_steps: int = 5,
    begins: Callable[[Step], bool] = lambda _: True,
) -> Iterator[Chain]:
    """Find chains with at least one processor in the middle, those that take in most first.

    No plant stands twice in a chain, but the last may be the first. Chains that are a piece of a
    longer one are left out, unless it would have more than `most_steps`. `begins` tells which
    first steps are asked for. There may be very many; they are searched for as they are asked for.

    Raises `ProblemError` where a plant has the same conversion twice.
    """
    return _Walk.of(steps, conversions, most_steps).found(begins)


def processing(steps: Iterable[Step], conversions: Iterable[Conversion]) -> tuple[Processing, ...]:
    """Compare what each plant could make of each material with what it sends on, in order.

    Raises `ProblemError` where a plant has the same conversion twice.
    """
    walk = _Walk.of(steps, conversions, most_steps=2)
    return tuple(walk.processing(*place) for place in sorted(walk.made_of))


def _place(step: Step) -> tuple[Node, Node, str, str]:
    return step.giver, step.taker, step.material_id, step.use


_Place = tuple[Node, str]
"""A plant and one of its materials."""


@dataclass(frozen=True, slots=True)
class _Walk:
    steps: tuple[Step, ...]
    leaving: Mapping[_Place, list[Step]]
    arriving: Mapping[_Place, list[Step]]
    makes: Mapping[_Place, list[Conversion]]
    made_of: Mapping[_Place, list[Conversion]]
    most_steps: int

    @classmethod
    def of(
        cls, steps: Iterable[Step], conversions: Iterable[Conversion], most_steps: int
    ) -> "_Walk":
        ordered = tuple(sorted(steps, key=_place))
        leaving, arriving = defaultdict(list), defaultdict(list)
        for step in ordered:
            leaving[step.giver, step.material_id].append(step)
            arriving[step.taker, step.material_id].append(step)
        makes, made_of = defaultdict(list), defaultdict(list)
        for row in _once(conversions):
            makes[row.plant, row.takes].append(row)
            made_of[row.plant, row.makes].append(row)
        return cls(ordered, leaving, arriving, makes, made_of, most_steps)

    def found(self, begins: Callable[[Step], bool]) -> Iterator[Chain]:
        """Yield chains in order: what can enter never grows with another step."""
        count = itertools.count()
        firsts = (Chain((step,), (), step.tonnes) for step in self.steps if begins(step))
        heap = [self._queued(chain, count) for chain in firsts]
        heapq.heapify(heap)
        seen: set[frozenset[Step]] = set()
        while heap:
            chain = heapq.heappop(heap)[-1]
            longer = list(self._onward(chain))
            for other in longer:
                heapq.heappush(heap, self._queued(other, count))
            whole = frozenset(chain.steps)
            if not longer and len(chain.steps) > 1 and whole not in seen:
                seen.add(whole)
                if not self._continues_back(chain.steps):
                    yield chain

    @staticmethod
    def _queued(chain: Chain, count: Iterator[int]) -> tuple[float, tuple[Node, ...], int, Chain]:
        return -chain.entered_t, chain.plants, next(count), chain

    def _onward(self, chain: Chain) -> Iterator[Chain]:
        last, plants = chain.steps[-1], {step.giver for step in chain.steps}
        if len(chain.steps) >= self.most_steps or last.taker in plants:
            return
        made = math.prod(row.yield_share for row in chain.conversions)
        for row in self.makes.get((last.taker, last.material_id), ()):
            if not row.takes_of(last):
                continue
            limit = min(chain.entered_t, row.most_t / made)
            for step in self.leaving.get((last.taker, row.makes), ()):
                if step.taker == chain.steps[0].giver or step.taker not in plants:
                    entered = min(limit, step.tonnes / (made * row.yield_share))
                    yield Chain((*chain.steps, step), (*chain.conversions, row), entered)

    def _continues_back(self, path: tuple[Step, ...]) -> bool:
        """Tell whether another plant could stand before the first: then a longer chain has it."""
        first = path[0]
        plants = {step.taker for step in path} | {first.giver}
        if first.giver == path[-1].taker or len(path) >= self.most_steps:
            return False
        return any(
            before.giver not in plants or before.giver == path[-1].taker
            for row in self.made_of.get((first.giver, first.material_id), ())
            for before in self.arriving.get((first.giver, row.takes), ())
            if row.takes_of(before)
        )

    def processing(self, plant: Node, makes: str) -> Processing:
        taken = [(self._taken_t(row), row.yield_share) for row in self.made_of[plant, makes]]
        return Processing(
            plant,
            makes,
            taken_t=sum(tonnes for tonnes, _ in taken),
            made_t=sum(tonnes * yield_share for tonnes, yield_share in taken),
            sent_t=sum(step.tonnes for step in self.leaving.get((plant, makes), ())),
        )

    def _taken_t(self, row: Conversion) -> float:
        arriving = self.arriving.get((row.plant, row.takes), ())
        return min(row.most_t, sum(step.tonnes for step in arriving if row.takes_of(step)))


def _once(conversions: Iterable[Conversion]) -> list[Conversion]:
    """Return the conversions; the same one twice would count its tonnes twice."""
    rows = list(conversions)
    uses: dict[tuple[str, str, str], set[str]] = defaultdict(set)
    for row in rows:
        known = uses[row.plant_id, row.takes, row.makes]
        if known and (row.use in known or "" in {row.use, *known}):
            raise ProblemError(f"{row.takes} is turned into {row.makes} twice", owner=row.plant_id)
        known.add(row.use)
    return rows
