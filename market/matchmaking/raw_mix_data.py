"""What a raw mix is made of: feeds and usual analyses of the catalogue, and what is asked of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from market.catalogue import queries as catalogue
from market.catalogue.models import Composition
from market.catalogue.rules import Allowed, MaterialKind, Operator, Scope, Severity
from market.matchmaking.valuation import Valuation
from matching.rawmix import Basis, Cap, RawMaterial, Target, Window, needed_components

KILN_PROCESS = "clinker"
PERCENT = "%"
LOI = "LOI"
COAL_ASH = "coal_ash_fuel"
STAYING = ("MgO", "SO3", "Cl", "F")


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


def lacks(feed: Feed, asked: MixAsked) -> tuple[str, ...]:
    """Name what is not known of a feed that the mix asks for; none = it may be mixed."""
    missing = [name for name in asked.components if name not in feed.analysis]
    return (*missing, *(("price",) if feed.price is None else ()))


def feed_material(feed: Feed) -> RawMaterial:
    """Return a feed that lacks nothing as the engine wants it."""
    assert feed.price is not None
    return RawMaterial(
        id=feed.material_id,
        analysis={name: value for name, value in feed.analysis.items() if name != LOI},
        loss_on_ignition=feed.analysis[LOI],
        price_yuan_per_t=feed.price,
        carbonate_share=1.0 if feed.carbonate_share is None else feed.carbonate_share,
    )


def default_feeds(session: Session, valuation: Valuation) -> tuple[Feed, ...]:
    """Return the virgin materials the catalogue knows for the kiln, with its values and prices.

    A component it does not know is put at the standard's limit for that material, if there is one:
    its unfavourable end. What neither knows stays out.
    """
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


def mix_caps(session: Session) -> list[Cap]:
    """Return the blocking percentages of what the whole meal, and of what the clinker may hold.

    Only of components that a kiln neither makes nor burns off.
    """
    bases = {Scope.MIX: Basis.RAW_MEAL, Scope.PRODUCT: Basis.CLINKER}
    return [
        Cap(row.property, None, row.value, bases[Scope(row.scope)])
        for row in catalogue.limits_for_process(session, KILN_PROCESS)
        if row.property in STAYING
        and row.material_id is None
        and row.scope in bases
        and row.severity == Severity.BLOCK
        and row.unit == PERCENT
        and row.operator == Operator.AT_MOST
    ]


def coal_ash(session: Session) -> dict[str, float]:
    """Return the catalogue's usual analysis of the ash of coal, in percent."""
    rows = catalogue.compositions_for(session, COAL_ASH)
    return {
        row.component: (row.low + row.high) / 2 if row.typical is None else row.typical
        for row in rows
        if row.unit == PERCENT and not row.part
    }
