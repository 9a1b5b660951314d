"""The raw mix of a works' kiln with the offers around it: least cost, or what makes it impossible.

Feeds are the kiln's own virgin materials; a lot is an offer that passes. One lot of each material
is mixed, the cheapest at the gate, up to its greatest share of the raw meal and to its tonnes.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from sqlalchemy.orm import Session

from market.catalogue import queries as catalogue
from market.catalogue.models import Composition
from market.catalogue.rules import Allowed, MaterialKind, Operator, Scope
from market.listings.values import ListingSummary
from market.matchmaking import loader
from market.matchmaking.line_offers import LineOffer, offers_for_line
from market.matchmaking.rules import DEFAULT_RADIUS_KM, Objective
from market.quantities import m_from_km
from matching.problem import Supply
from matching.rawmix import (
    Basis,
    Cap,
    RawMaterial,
    RawMix,
    Target,
    Window,
    needed_components,
    raw_mix,
)

KILN_PROCESS = "clinker"
PERCENT = "%"
LOI = "LOI"
COAL_ASH = "coal_ash_fuel"
ROUNDS = 6
"""Times the tonnes on offer are turned into shares of a raw meal whose mass they change."""
MEAL_GUESS = 1.5
"""t of dry raw meal per t of clinker to begin with; the rounds correct it."""


@dataclass(frozen=True, slots=True)
class Feed:
    """A virgin material as the works knows it: percent of dry mass, yuan per dry tonne.

    What is not known is left out of ``analysis`` or None; such a feed cannot be mixed.
    """

    material_id: str
    analysis: Mapping[str, float]
    price: float | None
    carbonate_share: float | None


@dataclass(frozen=True, slots=True)
class MixAsked:
    """``ash_share`` is kg of coal ash per kg of clinker; ``clinker_t`` a year."""

    windows: tuple[Window, ...]
    caps: tuple[Cap, ...]
    feeds: tuple[Feed, ...]
    clinker_t: float
    ash_share: float = 0.0
    ash: Mapping[str, float] = field(default_factory=dict)

    @property
    def target(self) -> Target:
        return Target(self.windows, self.caps, self.ash_share, dict(self.ash))

    @property
    def components(self) -> tuple[str, ...]:
        """Return what must be known of everything mixed, in percent of dry mass."""
        return tuple(dict.fromkeys((LOI, *needed_components(self.target), "CaO", "MgO")))


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
        feed.material_id: missing for feed in asked.feeds if (missing := _lacks(feed, asked))
    }
    feeds = [_feed(row) for row in asked.feeds if row.material_id not in incomplete]
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


def _lacks(feed: Feed, asked: MixAsked) -> tuple[str, ...]:
    missing = [name for name in asked.components if name not in feed.analysis]
    return (*missing, *(("price",) if feed.price is None else ()))


def _feed(feed: Feed) -> RawMaterial:
    assert feed.price is not None
    return RawMaterial(
        id=feed.material_id,
        analysis={name: value for name, value in feed.analysis.items() if name != LOI},
        loss_on_ignition=feed.analysis[LOI],
        price_yuan_per_t=feed.price,
        carbonate_share=1.0 if feed.carbonate_share is None else feed.carbonate_share,
    )


@dataclass(frozen=True, slots=True)
class Usual:
    """What the catalogue says of a material where a lot's own report does not."""

    values: Mapping[tuple[str, str], Composition]
    moisture: Mapping[str, float]

    @classmethod
    def read(cls, session: Session) -> "Usual":
        rows = catalogue.compositions(session)
        kinds = catalogue.materials(session)
        return cls(
            {(row.material_id, row.component): row for row in rows if not row.part},
            {
                kind.id: (kind.moisture_share_min + kind.moisture_share_max) / 2
                for kind in kinds
                if kind.moisture_share_min is not None and kind.moisture_share_max is not None
            },
        )

    def of(self, material_id: str, name: str) -> tuple[float, float, float] | None:
        """Return low, typical and high; without a typical value the middle stands for it."""
        row = self.values.get((material_id, name))
        if row is None or row.unit != PERCENT:
            return None
        middle = (row.low + row.high) / 2 if row.typical is None else row.typical
        return row.low, middle, row.high

    def carbonate_share(self, material_id: str) -> float | None:
        row = self.values.get((material_id, "CaO"))
        return None if row is None else row.carbonate_share


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


def default_feeds(session: Session, on: date) -> tuple[Feed, ...]:
    """Return the virgin materials the catalogue knows for the kiln, with its values and prices.

    A component it does not know is put at the standard's limit for that material, if there is one:
    its unfavourable end. What neither knows stays out.
    """
    valuation = loader.Rulebook.read(session, on).valuation
    usual = Usual.read(session)
    limits = _upper_limits(session)
    feeds = []
    for kind in catalogue.materials(session, kind=MaterialKind.VIRGIN):
        use = catalogue.acceptance(session, KILN_PROCESS, kind.id)
        if use is None or use.allowed == Allowed.NO:
            continue
        analysis = {}
        for name in (LOI, "SiO2", "Al2O3", "Fe2O3", "CaO", "MgO", "Na2O", "K2O", "SO3", "Cl"):
            known = usual.of(kind.id, name)
            value = known[1] if known else limits.get((kind.id, name))
            if value is not None:
                analysis[name] = value
        price = valuation.traded_yuan_per_t(kind.id)
        feeds.append(Feed(kind.id, analysis, price, usual.carbonate_share(kind.id)))
    return tuple(feeds)


def _upper_limits(session: Session) -> dict[tuple[str, str], float]:
    return {
        (row.material_id, row.property): row.value
        for row in catalogue.limits_for_process(session, KILN_PROCESS)
        if row.material_id
        and row.scope == Scope.MATERIAL
        and row.unit == PERCENT
        and row.operator in {Operator.AT_MOST, Operator.BELOW}
    }


def default_caps(session: Session) -> dict[str, float]:
    """Return the standard's greatest percentages in the clinker."""
    return {
        row.property: row.value
        for row in catalogue.limits_for_process(session, KILN_PROCESS)
        if row.material_id is None
        and row.scope == Scope.PRODUCT
        and not row.variant
        and row.unit == PERCENT
        and row.operator == Operator.AT_MOST
    }


def cap(name: str, high: float, *, of_meal: bool = False) -> Cap:
    return Cap(name, None, high, Basis.RAW_MEAL if of_meal else Basis.CLINKER)


def coal_ash(session: Session) -> dict[str, float]:
    """Return the catalogue's usual analysis of the ash of coal, in percent."""
    rows = catalogue.compositions_for(session, COAL_ASH)
    return {
        row.component: (row.low + row.high) / 2 if row.typical is None else row.typical
        for row in rows
        if row.unit == PERCENT and not row.part
    }
