"""Chains in which one plant's product is the next one's raw material."""

import itertools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

import networkx as nx

from matching.graph import Node, NodeKind
from matching.problem import ProblemError


@dataclass(frozen=True, slots=True)
class Conversion:
    """A plant turns one material into another: `yield_share` tonnes out per tonne in (wet)."""

    plant_id: str
    takes: str
    makes: str
    yield_share: float = 1.0

    def __post_init__(self) -> None:
        if not 0 < self.yield_share <= 10:
            raise ProblemError(
                f"a yield of {self.yield_share} is not above 0 and at most 10",
                owner=self.plant_id,
                field_name="yield_share",
            )


@dataclass(frozen=True, slots=True)
class Step:
    giver: Node
    taker: Node
    material_id: str
    tonnes: float


@dataclass(frozen=True, slots=True)
class Chain:
    """`entered_t` of the first material can pass every step; `delivered_t` come out at its end."""

    steps: tuple[Step, ...]
    entered_t: float
    delivered_t: float

    @property
    def plants(self) -> tuple[Node, ...]:
        return (*(step.giver for step in self.steps), self.steps[-1].taker)

    @property
    def closed(self) -> bool:
        return self.steps[0].giver == self.steps[-1].taker


def chains(
    graph: "nx.DiGraph[Node]", conversions: Iterable[Conversion], most_steps: int = 5
) -> tuple[Chain, ...]:
    """List the chains of a plant graph with at least one processor in the middle.

    No plant stands twice in a chain, but the last may be the first. Chains that are a piece of a
    longer one are left out, unless it would have more than `most_steps`. Largest first.
    """
    walk = _Walk.of(graph, conversions, most_steps)
    found: dict[frozenset[Step], Chain] = {}
    for first in walk.steps:
        for path in walk.onward((first,)):
            if len(path) > 1 and not walk.continues_back(path):
                found.setdefault(frozenset(path), walk.chain(path))
    return tuple(sorted(found.values(), key=lambda c: (-c.entered_t, c.plants)))


@dataclass(frozen=True, slots=True)
class _Walk:
    """`leaving` and `arriving` by (plant, material); `makes` and `made_of` by the same."""

    steps: tuple[Step, ...]
    leaving: Mapping[tuple[Node, str], list[Step]]
    arriving: Mapping[tuple[Node, str], list[Step]]
    makes: Mapping[tuple[Node, str], list[Conversion]]
    made_of: Mapping[tuple[Node, str], list[Conversion]]
    most_steps: int

    @classmethod
    def of(
        cls, graph: "nx.DiGraph[Node]", conversions: Iterable[Conversion], most_steps: int
    ) -> "_Walk":
        steps = sorted(
            (
                Step(giver, taker, material_id, tonnes)
                for giver, taker, arc in graph.edges(data=True)
                for material_id, tonnes in arc["by_material"].items()
            ),
            key=lambda step: (step.giver, step.taker, step.material_id),
        )
        leaving, arriving = defaultdict(list), defaultdict(list)
        for step in steps:
            leaving[step.giver, step.material_id].append(step)
            arriving[step.taker, step.material_id].append(step)
        makes, made_of = defaultdict(list), defaultdict(list)
        for row in conversions:
            plant = Node(NodeKind.PLANT, row.plant_id)
            makes[plant, row.takes].append(row)
            made_of[plant, row.makes].append(row)
        return cls(tuple(steps), leaving, arriving, makes, made_of, most_steps)

    def continues_back(self, path: tuple[Step, ...]) -> bool:
        """Tell whether another plant could stand before the first: then a longer chain has it."""
        first = path[0]
        plants = {step.taker for step in path} | {first.giver}
        if first.giver == path[-1].taker or len(path) >= self.most_steps:
            return False
        return any(
            before.giver not in plants or before.giver == path[-1].taker
            for row in self.made_of.get((first.giver, first.material_id), ())
            for before in self.arriving.get((first.giver, row.takes), ())
        )

    def onward(self, path: tuple[Step, ...]) -> Iterator[tuple[Step, ...]]:
        last, plants = path[-1], {step.giver for step in path}
        grown = False
        if len(path) < self.most_steps and last.taker not in plants:
            for row in self.makes.get((last.taker, last.material_id), ()):
                for step in self.leaving.get((last.taker, row.makes), ()):
                    if step.taker == path[0].giver or step.taker not in plants:
                        grown = True
                        yield from self.onward((*path, step))
        if not grown:
            yield path

    def chain(self, path: tuple[Step, ...]) -> Chain:
        """Scale each step back to tonnes at the start: the narrowest one limits the chain."""
        entered, made = path[0].tonnes, 1.0
        for before, step in itertools.pairwise(path):
            made *= max(
                row.yield_share
                for row in self.makes[step.giver, before.material_id]
                if row.makes == step.material_id
            )
            entered = min(entered, step.tonnes / made)
        return Chain(path, entered, entered * made)
