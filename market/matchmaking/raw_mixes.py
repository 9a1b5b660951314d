"""The raw mix of a works' kiln with the offers around it: least cost, or what makes it impossible.

Feeds are the kiln's own virgin materials; a lot is an offer that passes. One lot of each material
is mixed, the cheapest at the gate, up to its greatest share of the raw meal and to its tonnes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from sqlalchemy.orm import Session

from market.catalogue import queries as catalogue
from market.catalogue.rules import Allowed, MaterialKind
from market.listings.values import ListingSummary
from market.matchmaking import loader
from market.matchmaking.line_offers import LineOffer, offers_for_line
from market.matchmaking.raw_mix_data import (
    KILN_PROCESS,
    LOI,
    PERCENT,
    MixAsked,
    Usual,
    feed_material,
    lacks,
)
from market.matchmaking.rules import DEFAULT_RADIUS_KM, Objective
from market.quantities import m_from_km
from matching.problem import Supply
from matching.rawmix import RawMaterial, RawMix, raw_mix

ROUNDS = 6
"""Times the tonnes on offer are turned into shares of a raw meal whose mass they change."""
MEAL_GUESS = 1.5
"""t of dry raw meal per t of clinker to begin with; the rounds correct it."""


@dataclass(frozen=True, slots=True)
class Lot:
    """An offer as raw material; ``assayed`` tells values all its own from the usual range's."""

    offer: LineOffer
    material: RawMaterial
    assayed: bool


@dataclass(frozen=True, slots=True)
class Unused:
    """An offer that was not mixed: what is not known of it, or a cheaper one of its kind."""

    offer: LineOffer
    missing: tuple[str, ...] = ()
    carbonate_unknown: bool = False


@dataclass(frozen=True, slots=True)
class MixAnswer:
    """``mix`` with the lots, ``virgin`` of feeds alone; either may be impossible."""

    mix: RawMix
    virgin: RawMix
    materials: Mapping[str, RawMaterial]
    lots: Mapping[str, Lot]
    unused: tuple[Unused, ...]
    refused: tuple[LineOffer, ...]
    incomplete: Mapping[str, tuple[str, ...]]  # feed -> what is not known of it


def solve_mix(
    session: Session, want: ListingSummary, asked: MixAsked, *, on: date, road_factor: float
) -> MixAnswer:
    """Mix the feeds with what passes around the works, and without."""
    scene = loader.Scene(Objective.VALUE, m_from_km(DEFAULT_RADIUS_KM), road_factor, (), on)
    uses = catalogue.acceptance_for_process(session, KILN_PROCESS)
    wastes = {m.id for m in catalogue.materials(session, kind=MaterialKind.WASTE)}
    taken = {row.material_id: row for row in uses if row.allowed != Allowed.NO}
    case = offers_for_line(session, want, taken.keys() & wastes, scene)
    usual = Usual.read(session)
    incomplete = {
        feed.material_id: missing for feed in asked.feeds if (missing := lacks(feed, asked))
    }
    feeds = [feed_material(row) for row in asked.feeds if row.material_id not in incomplete]
    lots, unused = _lots(case.offers, asked, usual, on)
    shares = {row.material_id: row.max_share for row in taken.values()}
    virgin = raw_mix(feeds, asked.target) if feeds else RawMix(conflict=("no feed",))
    mix, mixed = _mix(feeds, lots, shares, asked)
    return MixAnswer(
        mix=mix,
        virgin=virgin,
        materials={row.id: row for row in mixed},
        lots={lot.material.id: lot for lot in lots},
        unused=tuple(unused),
        refused=case.refused,
        incomplete=incomplete,
    )


def _mix(
    feeds: Sequence[RawMaterial],
    lots: Sequence[Lot],
    shares: Mapping[str, float | None],
    asked: MixAsked,
) -> tuple[RawMix, list[RawMaterial]]:
    """Solve with each lot's tonnes as a share of the meal, until that meal is the one solved."""
    meal = MEAL_GUESS
    mix, materials = RawMix(conflict=("no feed",)), list(feeds)
    for _ in range(ROUNDS):
        materials = [*feeds, *(_capped(lot, shares, meal * asked.clinker_t) for lot in lots)]
        if not materials:
            break
        mix = raw_mix(materials, asked.target)
        if not mix.possible:
            break
        meal = sum(mix.kg_per_kg.values())
    return mix, materials


def _capped(lot: Lot, shares: Mapping[str, float | None], meal_t: float) -> RawMaterial:
    supply = lot.offer.supply
    dry_t = sum(supply.tonnes) * (1 - lot.material.moisture_share)
    most = shares.get(supply.material_id)
    share = min(1.0 if most is None else most, dry_t / meal_t)
    return replace(lot.material, max_share=share)


def _lots(
    offers: Iterable[LineOffer], asked: MixAsked, usual: Usual, on: date
) -> tuple[list[Lot], list[Unused]]:
    """Take the cheapest usable offer of each material; say why another is not used."""
    lots: dict[str, Lot] = {}
    unused: list[Unused] = []
    for offer in sorted(offers, key=lambda row: (_dry_price(row, usual), row.supply.id)):
        material_id = offer.supply.material_id
        values, assayed = _values(offer.supply, asked.components, usual, on)
        missing = tuple(name for name in asked.components if name not in values)
        carbonate = usual.carbonate_share(material_id)
        if missing or carbonate is None:
            unused.append(Unused(offer, missing, carbonate is None))
        elif material_id in lots:
            unused.append(Unused(offer))
        else:
            lots[material_id] = Lot(offer, _material(offer, values, carbonate, usual), assayed)
    return list(lots.values()), unused


def _dry_price(offer: LineOffer, usual: Usual) -> float:
    return offer.delivered / (1 - _moisture(offer.supply, usual))


def _moisture(supply: Supply, usual: Usual) -> float:
    if supply.moisture_share is not None:
        return supply.moisture_share
    return usual.moisture.get(supply.material_id, 0.0)


def _values(
    supply: Supply, names: Iterable[str], usual: Usual, on: date
) -> tuple[dict[str, tuple[float, float, float]], bool]:
    """Return low, middle and high of what is known; a report that has expired is not."""
    own = {
        row.name: (row.low, (row.low + row.high) / 2, row.high)
        for row in supply.assay
        if row.unit == PERCENT and (row.expires_on is None or on <= row.expires_on)
    }
    found: dict[str, tuple[float, float, float]] = {}
    for name in names:
        known = own.get(name) or usual.of(supply.material_id, name)
        if known is not None:
            found[name] = known
    return found, all(name in own for name in found)


def _material(
    offer: LineOffer,
    values: Mapping[str, tuple[float, float, float]],
    carbonate: float,
    usual: Usual,
) -> RawMaterial:
    return RawMaterial(
        id=offer.supply.id,
        analysis={name: row[1] for name, row in values.items() if name != LOI},
        loss_on_ignition=values[LOI][1],
        price_yuan_per_t=_dry_price(offer, usual),
        carbonate_share=carbonate,
        moisture_share=_moisture(offer.supply, usual),
        low={name: row[0] for name, row in values.items() if name != LOI},
        high={name: row[2] for name, row in values.items() if name != LOI},
    )
