"""From the database to the engine's problem: listings, sites, assays, catalogue, factors.

One short read transaction; what comes out holds no database object. Each want is one slot, each
offer one supply; their ids are the listings' ids as text.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

import matching.problem as engine
from market.catalogue import models as catalogue
from market.catalogue import queries as catalogue_queries
from market.catalogue.rules import LegalClass
from market.listings.models import Assay, AssayValue, Listing
from market.listings.rules import HW_CODE, Side, State
from market.matchmaking.calendar import Calendar, Horizon
from market.matchmaking.dosages import with_dosages
from market.matchmaking.kiln_lines import with_raw_mixes
from market.matchmaking.loader_rules import (
    BORDER_RULES,
    CLASS_C,
    CLASS_C_CAO_SHARE,
    CLASS_F,
    DRY_FGD,
    FLY_ASH,
    SULPHITE,
    Part,
    border_rules,
    factors,
    known_materials,
    law,
    policies_of,
    uses_of,
)
from market.matchmaking.rules import DEFAULT_MONTHS, Objective
from market.matchmaking.shares import ShareCap, share_caps
from market.matchmaking.stops import Place, Stops
from market.matchmaking.valuation import Valuation
from market.money import FEN_PER_YUAN
from market.orgs.models import Licence, Line, Site
from market.quantities import KG_PER_TONNE, M_PER_KM

ENGINE_OBJECTIVE = {
    Objective.TONNES: engine.Objective.TONNES,
    Objective.VALUE: engine.Objective.NET_VALUE,
    Objective.CO2: engine.Objective.NET_CO2,
    Objective.WEIGHTED: engine.Objective.WEIGHTED,
}
LICENCE_RULES = ("H1", "H1-C")
IDENTIFY_RULE = "S3"
FEW = 500
"""Up to so many rows are asked for by id; a database takes only so many parameters."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Which run is asked for; ``on`` is the day licences and reports must be valid.

    ``first_month`` is the first of ``months``; None takes the year as one.
    """

    objective: Objective
    radius_m: int
    road_factor: float
    material_ids: tuple[str, ...]
    on: date
    first_month: date | None = None
    months: int = DEFAULT_MONTHS
    weights: engine.Weights = field(default_factory=engine.Weights)

    def calendar(self, session: Session) -> Calendar:
        if self.first_month is None:
            return Calendar()
        return Calendar(Horizon(self.first_month, self.months, Stops.read(session)))


def load(session: Session, scene: Scene) -> tuple[engine.Problem, engine.Parameters]:
    """Build the problem of all open, unexpired listings; estimates take part like any other."""
    rules = Rulebook.read(session, scene.on, scene.calendar(session))
    rows = listed(session, scene)
    parameters = rules.parameters(scene)
    problem = problem_of(session, rules, rows, scene.on)
    fed = with_raw_mixes(session, problem, rows, rules.calendar, rules.valuation)
    return with_dosages(session, fed, rows, rules.made_by), parameters


def listed(session: Session, scene: Scene) -> list[tuple[Listing, Site]]:
    """Return the open listings of the run's materials with where they stand."""
    return [
        row
        for row in _open_listings(session, scene.on)
        if not scene.material_ids or row[0].material_id in scene.material_ids
    ]


def load_some(
    session: Session,
    rules: "Rulebook",
    listing_ids: Sequence[int],
    on: date,
) -> engine.Problem:
    """Build the problem of just these listings, open or not: a firm may look ahead."""
    rows = rows_of(session, listing_ids)
    problem = problem_of(session, rules, rows, on)
    return with_dosages(session, problem, rows, rules.made_by)


def rows_of(session: Session, listing_ids: Sequence[int]) -> list[tuple[Listing, Site]]:
    statement = (
        sa.select(Listing, Site)
        .join(Site, Site.id == Listing.site_id)
        .where(Listing.id.in_(listing_ids))
        .order_by(Listing.id)
    )
    return [(listing, site) for listing, site in session.execute(statement)]


def problem_of(
    session: Session, rules: "Rulebook", rows: Sequence[tuple[Listing, Site]], on: date
) -> engine.Problem:
    caps = share_caps(session, [listing for listing, _ in rows if listing.side == Side.WANT], on)
    assays = _newest_assays(session, [row.id for row, _ in rows if row.side == Side.OFFER])
    licences = licences_of(session, {site.id for row, site in rows if row.side == Side.WANT})
    return engine.Problem(
        supplies=tuple(
            rules.supply(listing, site, assays.get(listing.id, ()))
            for listing, site in rows
            if listing.side == Side.OFFER
        ),
        slots=tuple(
            rules.slot(listing, site, licences.get(site.id, ()), caps.get(listing.id))
            for listing, site in rows
            if listing.side == Side.WANT
        ),
        materials=rules.known_materials,
        border_rules=rules.border_rules,
        licence_rule=rules.licence_rule,
        identify_rule=rules.identify_rule,
        periods=rules.calendar.periods,
        years=rules.calendar.years,
    )


def _open_listings(session: Session, on: date) -> list[tuple[Listing, Site]]:
    statement = (
        sa.select(Listing, Site)
        .join(Site, Site.id == Listing.site_id)
        .where(Listing.state == State.OPEN, Listing.expires_on >= on)
        .order_by(Listing.id)
    )
    return [(listing, site) for listing, site in session.execute(statement)]


def _newest_assays(
    session: Session, listing_ids: Sequence[int]
) -> Mapping[int, tuple[engine.Bound, ...]]:
    """Return the values of each listing's newest report; an expired one is passed on as expired."""
    if not listing_ids:
        return {}
    newest = (
        sa.select(Assay.id)
        .where(Assay.listing_id == Listing.id)
        .order_by(Assay.sampled_on.desc(), Assay.id.desc())
        .limit(1)
        .correlate(Listing)
        .scalar_subquery()
    )
    wanted = set(listing_ids)
    few = Listing.id.in_(wanted) if len(wanted) <= FEW else sa.true()
    statement = (
        sa.select(
            Assay.listing_id, Assay.expires_on, AssayValue.property, AssayValue.low,
            AssayValue.high, AssayValue.unit,
        )
        .join(Listing, Listing.id == Assay.listing_id)
        .join(AssayValue, AssayValue.assay_id == Assay.id)
        .where(Assay.id == newest, few)
        .order_by(Assay.listing_id, AssayValue.property)
    )  # fmt: skip
    bounds: dict[int, list[engine.Bound]] = defaultdict(list)
    for listing_id, expires_on, name, low, high, unit in session.execute(statement):
        if listing_id in wanted:
            bounds[listing_id].append(engine.Bound(name, low, high, unit, expires_on))
    return {listing_id: tuple(values) for listing_id, values in bounds.items()}


def licences_of(
    session: Session, site_ids: Collection[int]
) -> Mapping[int, tuple[engine.Licence, ...]]:
    if not site_ids:
        return {}
    few = Licence.site_id.in_(site_ids) if len(site_ids) <= FEW else sa.true()
    found: dict[int, tuple[engine.Licence, ...]] = {}
    for row in session.scalars(sa.select(Licence).where(few).order_by(Licence.id)):
        licence = engine.Licence(
            frozenset(row.hw_codes), row.valid_to, row.mass_kg_per_year / KG_PER_TONNE, row.number
        )
        found[row.site_id] = (*found.get(row.site_id, ()), licence)
    return found


@dataclass(frozen=True, slots=True)
class Rulebook:
    """The catalogue as the engine wants it, each acceptance built once and shared by its slots."""

    valuation: Valuation
    uses: Mapping[str, Mapping[str, engine.Acceptance]]  # process -> material -> use
    known_materials: tuple[engine.Material, ...]
    border_rules: tuple[engine.BorderRule, ...]
    licence_rule: engine.Rule | None
    identify_rule: engine.Rule | None
    calendar: Calendar

    @classmethod
    def read(
        cls,
        session: Session,
        on: date,
        calendar: Calendar | None = None,
        part: Part | None = None,
    ) -> "Rulebook":
        """Read the catalogue as it holds on a day, or the part of it a question is about."""
        materials = {row.id: row for row in catalogue_queries.materials(session)}
        valuation = Valuation(factors(session), materials)
        policies = policies_of(session, (*BORDER_RULES, *LICENCE_RULES, IDENTIFY_RULE), on)
        return cls(
            valuation=valuation,
            uses=uses_of(session, valuation, on, part),
            known_materials=known_materials(session, part),
            border_rules=border_rules(policies),
            licence_rule=next((law(row) for row in policies if row.id in LICENCE_RULES), None),
            identify_rule=next((law(row) for row in policies if row.id == IDENTIFY_RULE), None),
            calendar=calendar or Calendar(),
        )

    def parameters(self, scene: Scene) -> engine.Parameters:
        return engine.Parameters(
            objective=ENGINE_OBJECTIVE[scene.objective],
            radius_km=scene.radius_m / M_PER_KM,
            road_factor=scene.road_factor,
            on=scene.on,
            freight=self.valuation.freight(),
            carbon_yuan_per_t=self.valuation.carbon_yuan_per_t(),
            transport_co2_kg_per_t_km=self.valuation.transport_co2_kg_per_t_km(),
            transport_co2_range=self.valuation.transport_co2_range(),
            material_radius_km=self.valuation.radii_km(),
            weights=scene.weights,
            sources=self.valuation.run_sources(),
        )

    def supply(self, offer: Listing, site: Site, assay: tuple[engine.Bound, ...]) -> engine.Supply:
        material = self.valuation.materials[offer.material_id]
        tonnes = self.calendar.coming(offer)
        return engine.Supply(
            id=str(offer.id),
            material_id=offer.material_id,
            position=engine.Position(site.lat, site.lon),
            tonnes=tonnes,
            name=site.name_en,
            province=site.province,
            assay=assay,
            tags=_tags(offer.material_id, assay),
            hazard_codes=_hazard_codes(material, offer.waste_code or ""),
            moisture_share=offer.moisture_share,
            disposal_yuan_per_t=self.valuation.disposal_yuan_per_t(offer.material_id),
            sources=self.valuation.disposal_sources(offer.material_id),
            ask_yuan_per_t=_yuan(offer.price_fen_per_t),
            storage=self.calendar.yard(offer),
            min_lot_t=self.calendar.lot(offer, tonnes),
            identified=material.legal_class != LegalClass.IDENTIFY or bool(offer.waste_code),
        )

    def slot(
        self,
        want: Listing,
        site: Site,
        licences: tuple[engine.Licence, ...],
        cap: ShareCap | None,
    ) -> engine.Slot:
        mass_kg = want.mass_kg_per_year if cap is None else cap.most_kg
        stops = self.calendar.stops_of(Place.at(site, want.process_id or ""))
        tonnes = self.calendar.taken(mass_kg, stops)
        return engine.Slot(
            id=str(want.id),
            sink_id=str(site.id),
            position=engine.Position(site.lat, site.lon),
            tonnes=tonnes,
            accepts=self.accepted_by(want),
            name=site.name_en,
            province=site.province,
            licences=licences,
            bid_yuan_per_t=_yuan(want.price_fen_per_t),
            storage=self.calendar.yard(want),
            min_lot_t=self.calendar.lot(want, tonnes),
            max_suppliers=self.calendar.suppliers(want),
        )

    def made_by(self, line: Line, site: Site) -> tuple[float, ...]:
        """Return the tonnes of product of a line in each period."""
        stops = self.calendar.stops_of(Place.at(site, line.process_id))
        return self.calendar.taken(line.output_kg_per_year, stops)

    def accepted_by(self, want: Listing) -> tuple[engine.Acceptance, ...]:
        """Return what is wanted, and what the process may not take though it looks like it.

        The second never flows; it is there so that its holder is told why: ash from a fluidised
        bed is not fly ash, however near the cement mill stands.
        """
        wanted = want.material_id
        uses = self.uses.get(want.process_id or "", {})
        own = uses.get(wanted)
        if own is None:
            return ()
        family = self.valuation.materials[wanted].family
        look_alikes = tuple(
            use
            for material_id, use in uses.items()
            if use.allowed is engine.Allowed.NO
            and material_id != wanted
            and self.valuation.materials[material_id].family == family
        )
        return (own, *look_alikes)


def _yuan(fen: int | None) -> float | None:
    return None if fen is None else fen / FEN_PER_YUAN


def _hazard_codes(material: catalogue.Material, waste_code: str) -> frozenset[str]:
    """Take the offer's own code; without one, those the kind may have; a general code is none."""
    if HW_CODE.fullmatch(waste_code):
        return frozenset({waste_code})
    unsettled = not waste_code or material.legal_class == LegalClass.HAZARDOUS
    return frozenset(material.hw_codes if unsettled else ())


def _tags(material_id: str, assay: Iterable[engine.Bound]) -> frozenset[str]:
    if material_id != FLY_ASH:
        return frozenset()
    high = {bound.name: bound.high for bound in assay}
    kind = CLASS_C if high.get("CaO", 0.0) >= CLASS_C_CAO_SHARE else CLASS_F
    return frozenset({kind, DRY_FGD} if SULPHITE in high else {kind})
