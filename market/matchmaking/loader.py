"""From the database to the engine's problem: listings, sites, assays, catalogue, factors.

One short read transaction; what comes out holds no database object. Each want is one slot, each
offer one supply; their ids are the listings' ids as text.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

import matching.problem as engine
from market.catalogue import models as catalogue
from market.catalogue import queries as catalogue_queries
from market.catalogue.rules import Allowed, Behaviour, LegalClass, Scope, Severity
from market.listings.models import Assay, AssayValue, Listing
from market.listings.rules import HW_CODE, Side, State
from market.matchmaking.calendar import Calendar
from market.matchmaking.dosages import with_dosages
from market.matchmaking.kiln_lines import with_raw_mixes
from market.matchmaking.rules import Objective
from market.matchmaking.shares import ShareCap, share_caps
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
BORDER_RULES = {"T2": False, "T2-C": False, "T3": True, "T3-C": True}
"""Rules on use outside the province, and whether they are about hazardous waste."""
CLASS_C_CAO_SHARE = 10.0
"""% CaO from which fly ash is class C, GB/T 1596-2017 clause 4."""
CLASS_F, CLASS_C, DRY_FGD = "class F", "class C", "dry FGD"
SPLIT_VARIANTS = (CLASS_F, CLASS_C, DRY_FGD)
"""Kinds of the lot; a variant that only names the use (``retarder``) binds every lot of it."""
SULPHITE = "CaSO3.0.5H2O"
"""Only ash of dry flue-gas cleaning is tested for it."""
SITE_CLASSES = ("class I", "class II")
"""Classes of a fill site, the stricter first: they sort a lot as grades do."""


@dataclass(frozen=True, slots=True)
class Scene:
    """Which run is asked for; ``on`` is the day licences and reports must be valid.

    ``first_month`` is the first of twelve months; None takes the year as one.
    """

    objective: Objective
    radius_m: int
    road_factor: float
    material_ids: tuple[str, ...]
    on: date
    first_month: date | None = None
    weights: engine.Weights = field(default_factory=engine.Weights)


def load(session: Session, scene: Scene) -> tuple[engine.Problem, engine.Parameters]:
    """Build the problem of all open, unexpired listings; estimates take part like any other."""
    rules = Rulebook.read(session, scene.on, scene.first_month)
    rows = [
        row
        for row in _open_listings(session, scene.on)
        if not scene.material_ids or row[0].material_id in scene.material_ids
    ]
    parameters = rules.parameters(scene)
    problem = _problem(session, rules, rows, scene.on)
    fed = with_raw_mixes(session, problem, rows, rules.calendar, rules.valuation)
    return with_dosages(session, fed, rows, rules.made_by), parameters


def load_around(
    session: Session, listing_id: int, scene: Scene
) -> tuple[engine.Problem, engine.Parameters]:
    """Build the problem of one listing against every open counterpart of its family.

    The listing itself takes part whether or not it is open, so that its firm may look ahead.
    """
    rules = Rulebook.read(session, scene.on)
    own = session.execute(
        sa.select(Listing, Site)
        .join(Site, Site.id == Listing.site_id)
        .where(Listing.id == listing_id)
    ).one()
    family = rules.valuation.materials[own[0].material_id].family
    others = [
        row
        for row in _open_listings(session, scene.on)
        if row[0].side != own[0].side
        and rules.valuation.materials[row[0].material_id].family == family
    ]
    rows = [(own[0], own[1]), *others]
    parameters = rules.parameters(scene)
    problem = _problem(session, rules, rows, scene.on)
    return with_dosages(session, problem, rows, rules.made_by), parameters


def _problem(
    session: Session, rules: "Rulebook", rows: Sequence[tuple[Listing, Site]], on: date
) -> engine.Problem:
    caps = share_caps(session, [listing for listing, _ in rows if listing.side == Side.WANT], on)
    assays = _newest_assays(session, [listing.id for listing, _ in rows])
    licences = _licences(session)
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
    newest = (
        sa.select(Assay.id)
        .where(Assay.listing_id == Listing.id)
        .order_by(Assay.sampled_on.desc(), Assay.id.desc())
        .limit(1)
        .correlate(Listing)
        .scalar_subquery()
    )
    statement = (
        sa.select(Assay.listing_id, Assay.expires_on, AssayValue)
        .join(Listing, Listing.id == Assay.listing_id)
        .join(AssayValue, AssayValue.assay_id == Assay.id)
        .where(Assay.id == newest)
        .order_by(Assay.listing_id, AssayValue.property)
    )
    wanted = set(listing_ids)
    bounds: dict[int, list[engine.Bound]] = defaultdict(list)
    for listing_id, expires_on, value in session.execute(statement):
        if listing_id in wanted:
            bound = engine.Bound(value.property, value.low, value.high, value.unit, expires_on)
            bounds[listing_id].append(bound)
    return {listing_id: tuple(values) for listing_id, values in bounds.items()}


def _licences(session: Session) -> Mapping[int, tuple[engine.Licence, ...]]:
    found: dict[int, tuple[engine.Licence, ...]] = {}
    for row in session.scalars(sa.select(Licence).order_by(Licence.id)):
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
    def read(cls, session: Session, on: date, first_month: date | None = None) -> "Rulebook":
        materials = {row.id: row for row in catalogue_queries.materials(session)}
        valuation = Valuation(catalogue_queries.factors(session), materials)
        policies = catalogue_queries.policy_rules(session, on=on)
        return cls(
            valuation=valuation,
            uses=_uses(session, valuation, on),
            known_materials=_known_materials(session),
            border_rules=_border_rules(policies),
            licence_rule=next((_law(row) for row in policies if row.id in LICENCE_RULES), None),
            identify_rule=next((_law(row) for row in policies if row.id == IDENTIFY_RULE), None),
            calendar=Calendar.of(first_month, policies),
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
        return engine.Supply(
            id=str(offer.id),
            material_id=offer.material_id,
            position=engine.Position(site.lat, site.lon),
            tonnes=self.calendar.coming(offer),
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
        return engine.Slot(
            id=str(want.id),
            sink_id=str(site.id),
            position=engine.Position(site.lat, site.lon),
            tonnes=self.calendar.taken(mass_kg, want.process_id or "", site.province),
            accepts=self.accepted_by(want),
            name=site.name_en,
            province=site.province,
            licences=licences,
            bid_yuan_per_t=_yuan(want.price_fen_per_t),
            storage=self.calendar.yard(want),
        )

    def made_by(self, line: Line, site: Site) -> tuple[float, ...]:
        """Return the tonnes of product of a line in each period."""
        return self.calendar.taken(line.output_kg_per_year, line.process_id, site.province)

    def accepted_by(self, want: Listing) -> tuple[engine.Acceptance, ...]:
        """Return what is wanted, and what the process may not take though it looks like it.

        The second never flows; it is there so that its holder is told why: ash from a fluidised
        bed is not fly ash, however near the cement mill stands.
        """
        uses = self.uses.get(want.process_id or "", {})
        own = uses.get(want.material_id)
        if own is None:
            return ()
        family = self.valuation.materials[want.material_id].family
        look_alikes = tuple(
            use
            for material_id, use in uses.items()
            if use.allowed is engine.Allowed.NO
            and material_id != want.material_id
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
    if material_id != "fly_ash":
        return frozenset()
    high = {bound.name: bound.high for bound in assay}
    kind = CLASS_C if high.get("CaO", 0.0) >= CLASS_C_CAO_SHARE else CLASS_F
    return frozenset({kind, DRY_FGD} if SULPHITE in high else {kind})


def _uses(
    session: Session, valuation: Valuation, on: date
) -> Mapping[str, Mapping[str, engine.Acceptance]]:
    limits: dict[tuple[str, str | None], list[engine.Limit]] = defaultdict(list)
    for row in catalogue_queries.limits(session):
        if _in_force(row, on):
            limits[row.process_id, row.material_id].append(_limit(row))
    uses: dict[str, dict[str, engine.Acceptance]] = defaultdict(dict)
    for use in catalogue_queries.acceptances(session):
        own = (*limits[use.process_id, use.material_id], *limits[use.process_id, None])
        uses[use.process_id][use.material_id] = _use(use, own, valuation)
    return uses


def _in_force(row: catalogue.Limit, on: date) -> bool:
    return (row.valid_from is None or row.valid_from <= on) and (
        row.valid_to is None or on <= row.valid_to
    )


def _use(
    row: catalogue.Acceptance, limits: tuple[engine.Limit, ...], valuation: Valuation
) -> engine.Acceptance:
    wanted = row.allowed != Allowed.NO
    return engine.Acceptance(
        material_id=row.material_id,
        allowed=engine.Allowed(row.allowed),
        note=row.note_en,
        rule=engine.Rule(row.standard, row.clause) if row.standard else None,
        limits=limits if wanted else (),
        variants=frozenset({row.role_en}),
        replaced_yuan_per_t=valuation.replaced_yuan_per_t(row) if wanted else None,
        avoided_co2_kg_per_t=valuation.avoided_co2_kg_per_t(row) if wanted else None,
        avoided_co2_range=valuation.avoided_co2_range(row) if wanted else None,
        sources=valuation.use_sources(row) if wanted else (),
    )


def _limit(row: catalogue.Limit) -> engine.Limit:
    return engine.Limit(
        name=row.property,
        operator=engine.Operator(row.operator),
        value=row.value,
        unit=row.unit,
        value_high=row.value_high,
        scope=engine.Scope(row.scope),
        severity=(
            engine.Severity.INFO
            if row.severity == Severity.OPTIONAL
            else engine.Severity(row.severity)
        ),
        grades=(row.variant,) if row.variant in SITE_CLASSES else tuple(row.grades),
        variant=row.variant if row.scope != Scope.MATERIAL else _variant(row.variant),
        rule=engine.Rule(row.standard, row.clause),
    )


def _variant(text: str) -> str:
    """Keep what parts one lot or corrective from another; drop what only names the use."""
    for part in SPLIT_VARIANTS:
        if text.endswith(part):
            return part
    return text if text.endswith("corrective") else ""


def _known_materials(session: Session) -> tuple[engine.Material, ...]:
    ranges: dict[str, list[engine.Bound]] = defaultdict(list)
    for row in catalogue_queries.compositions(session):
        if not row.part:
            ranges[row.material_id].append(engine.Bound(row.component, row.low, row.high, row.unit))
    return tuple(engine.Material(key, tuple(bounds)) for key, bounds in ranges.items())


def _border_rules(policies: Iterable[catalogue.PolicyRule]) -> tuple[engine.BorderRule, ...]:
    return tuple(
        engine.BorderRule(
            hazardous=BORDER_RULES[row.id],
            severity=(
                engine.Severity.BLOCK if row.behaviour == Behaviour.BLOCK else engine.Severity.WARN
            ),
            rule=_law(row),
        )
        for row in policies
        if row.id in BORDER_RULES
    )


def _law(row: catalogue.PolicyRule) -> engine.Rule:
    return engine.Rule(row.source, row.article)
