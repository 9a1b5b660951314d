"""Chains in the plan of a run: waste to a works that declares what it makes, and on to a user."""

import functools
import itertools
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from market.matchmaking.flows import FlowRow
from market.parks.network import Cut
from market.parks.queries import Declared
from market.quantities import KG_PER_TONNE
from matching.chains import Chain, Conversion, Processing, Step, chains, processing
from matching.graph import Node, NodeKind

SHOWN = 10
CLOSE_T = 1e-6
"""A gram: what passes a step within it fills the step."""


@dataclass(frozen=True, slots=True)
class Leg:
    """One exchange of a chain: ``mass_kg`` of the ``plan_kg`` in the plan can pass the chain.

    ``flow`` is the largest of the flows it stands for; ``full`` where nothing more can pass.
    """

    flow: FlowRow
    plan_kg: float
    mass_kg: float
    full: bool


@dataclass(frozen=True, slots=True)
class ChainRow:
    """``via`` stand between the legs; ``held_by`` is the one that cannot take in more, if any."""

    legs: Sequence[Leg]
    via: Sequence[Declared]
    held_by: Declared | None
    closed: bool

    @property
    def entered_kg(self) -> float:
        return self.legs[0].mass_kg

    @property
    def delivered_kg(self) -> float:
        return self.legs[-1].mass_kg

    @property
    def narrowest(self) -> Leg | None:
        return next((leg for leg in self.legs if leg.full), None)


@dataclass(frozen=True, slots=True)
class Processor:
    """One thing a site makes of what comes to it, over all chains; masses are kg a year."""

    declared: Sequence[Declared]
    taken_kg: float
    made_kg: float
    sent_kg: float

    @property
    def through_kg(self) -> float:
        return min(self.made_kg, self.sent_kg)

    @property
    def unused_kg(self) -> float:
        return max(0.0, self.made_kg - self.sent_kg)

    @property
    def short_kg(self) -> float:
        return max(0.0, self.sent_kg - self.made_kg)


@dataclass(frozen=True, slots=True)
class Chains:
    """The largest chains of a cut, and every processor there is; ``more`` are left out."""

    rows: Sequence[ChainRow]
    more: bool
    processors: Sequence[Processor]

    @property
    def through_kg(self) -> float:
        """Mass that processors make of what comes to them and have a user for."""
        return sum(row.through_kg for row in self.processors)

    @property
    def sites(self) -> int:
        return len({row.declared[0].site_id for row in self.processors})


def find_chains(flows: Iterable[FlowRow], declared: Sequence[Declared], cut: Cut) -> Chains:
    """Join the flows of a run at the sites that declare what they make.

    A cut keeps the chains whose first waste is in it.
    """
    if not declared:
        return Chains((), more=False, processors=())
    trade = _Trade.of(flows)
    known = {_conversion(row): row for row in declared}
    found = chains(trade.steps, known, begins=functools.partial(trade.is_in, cut))
    rows = [_row(chain, trade, known) for chain in itertools.islice(found, SHOWN + 1)]
    return Chains(
        rows[:SHOWN],
        more=len(rows) > SHOWN,
        processors=_processors(processing(trade.steps, known), declared),
    )


@dataclass(frozen=True, slots=True)
class _Trade:
    """The steps between sites, with the flows each stands for, largest first."""

    flows: dict[Step, Sequence[FlowRow]]

    @classmethod
    def of(cls, flows: Iterable[FlowRow]) -> "_Trade":
        grouped: dict[tuple[int, int, str, str], list[FlowRow]] = defaultdict(list)
        for row in flows:
            start, end = row.offer.site_id, row.want.site_id
            if start != end:
                grouped[start, end, row.material_id, row.process_id].append(row)
        return cls(
            {
                Step(
                    _site(start), _site(end), material_id,
                    sum(row.mass_kg for row in rows) / KG_PER_TONNE, process_id,
                ): sorted(rows, key=lambda row: -row.mass_kg)
                for (start, end, material_id, process_id), rows in grouped.items()
            }
        )  # fmt: skip

    @property
    def steps(self) -> list[Step]:
        return list(self.flows)

    def is_in(self, cut: Cut, step: Step) -> bool:
        return any(cut.holds(row.offer, row.material_id) for row in self.flows[step])


def _site(site_id: int) -> Node:
    return Node(NodeKind.PLANT, str(site_id))


def _conversion(row: Declared) -> Conversion:
    capacity = row.capacity_kg_per_year
    return Conversion(
        str(row.site_id),
        row.takes_id,
        row.makes_id,
        row.yield_share,
        None if capacity is None else capacity / KG_PER_TONNE,
        row.process_id,
    )


def _row(chain: Chain, trade: _Trade, known: dict[Conversion, Declared]) -> ChainRow:
    legs = [
        Leg(
            trade.flows[step][0],
            plan_kg=step.tonnes * KG_PER_TONNE,
            mass_kg=tonnes * KG_PER_TONNE,
            full=tonnes > step.tonnes - CLOSE_T,
        )
        for step, tonnes in zip(chain.steps, chain.tonnes, strict=True)
    ]
    held = (
        known[row]
        for row, tonnes in zip(chain.conversions, chain.tonnes, strict=False)
        if tonnes > row.most_t - CLOSE_T and row.most_t < math.inf
    )
    via = [known[row] for row in chain.conversions]
    return ChainRow(legs, via, next(held, None), chain.closed)


def _processors(rows: Iterable[Processing], declared: Sequence[Declared]) -> list[Processor]:
    by_place: dict[tuple[str, str], list[Declared]] = defaultdict(list)
    for row in declared:
        by_place[str(row.site_id), row.makes_id].append(row)
    found = [
        Processor(
            by_place[row.plant.id, row.makes],
            taken_kg=row.taken_t * KG_PER_TONNE,
            made_kg=row.made_t * KG_PER_TONNE,
            sent_kg=row.sent_t * KG_PER_TONNE,
        )
        for row in rows
    ]
    return sorted(found, key=lambda row: -row.taken_kg)
