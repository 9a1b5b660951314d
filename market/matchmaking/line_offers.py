"""One want's line against every open offer its process may take, whatever the want itself names."""

from collections.abc import Collection
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

import matching.problem as engine
from market.listings import queries as listings
from market.listings.values import ListingSummary
from market.matchmaking import loader
from matching.explain import PairView, rank_for_slot
from matching.result import LineKind


@dataclass(frozen=True, slots=True)
class LineOffer:
    """An offer in reach of a line. Yuan are per wet tonne at the line's gate.

    ``price`` is what the offer asks ex works; None: it names none, and ``delivered`` then counts
    the platform's price of the material, or nothing (``usual`` None).
    """

    listing: ListingSummary
    supply: engine.Supply
    view: PairView
    price: float | None
    usual: float | None
    freight: float

    @property
    def delivered(self) -> float:
        named = self.price if self.price is not None else self.usual
        return (named or 0.0) + self.freight


@dataclass(frozen=True, slots=True)
class LineCase:
    """A line with what it may take: ``offers`` pass, nearest to be worth most first."""

    slot: engine.Slot
    parameters: engine.Parameters
    problem: engine.Problem
    offers: tuple[LineOffer, ...]
    refused: tuple[LineOffer, ...]


def offers_for_line(
    session: Session,
    want: ListingSummary,
    material_ids: Collection[str],
    scene: loader.Scene,
    *,
    tonnes: float = engine.MAX_TONNES,
) -> LineCase:
    """Judge every open offer of these materials for the want's process at the want's place."""
    rules = loader.Rulebook.read(session, scene.on)
    problem, parameters = loader.load(session, replace(scene, material_ids=tuple(material_ids)))
    (own,) = loader.load_some(session, rules, [want.id], scene.on).slots
    uses = rules.uses.get(want.process_id or "", {})
    slot = replace(
        own,
        tonnes=(tonnes,),
        accepts=tuple(
            use
            for material_id, use in uses.items()
            if material_id in material_ids and use.allowed is not engine.Allowed.NO
        ),
    )
    problem = replace(problem, slots=(slot,))
    views = rank_for_slot(problem, parameters, slot.id, max(1, len(problem.supplies)))
    found = listings.summaries(session, [int(view.supply_id) for view in views])
    supplies = {row.id: row for row in problem.supplies}
    rows = [_offer(view, supplies[view.supply_id], found, rules) for view in views]
    return LineCase(
        slot,
        parameters,
        problem,
        tuple(row for row in rows if row.view.verdict.passes),
        tuple(row for row in rows if not row.view.verdict.passes),
    )


def _offer(
    view: PairView,
    supply: engine.Supply,
    found: dict[int, ListingSummary],
    rules: loader.Rulebook,
) -> LineOffer:
    freight = next((row.yuan_per_t for row in view.lines if row.kind is LineKind.FREIGHT), None)
    return LineOffer(
        listing=found[int(supply.id)],
        supply=supply,
        view=view,
        price=supply.ask_yuan_per_t,
        usual=rules.valuation.traded_yuan_per_t(supply.material_id),
        freight=-(freight or 0.0),
    )
