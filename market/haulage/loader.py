"""From a matching run and a fleet to the routing problem of one day."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from itertools import combinations

import numpy as np
from sqlalchemy.orm import Session

from market.catalogue.models import Material
from market.catalogue.queries import materials as all_materials
from market.haulage import gate_queries, phoned_queries, queries
from market.haulage.cargo import Kind, bodies_for, licence_needed, rule_between
from market.haulage.day import Cargo, DayInput, LeftOutFlow, Place
from market.haulage.gate_rules import GateFacts, Span, Terms, terms
from market.haulage.models import CargoRule, Collection, CollectionPlan, Depot, Vehicle, VehicleType
from market.haulage.phoned_queries import Phoned
from market.haulage.queries import PickUp
from market.haulage.rules import LeftOut, PlanParameters, Scope, loads_due, next_due
from market.matchmaking.flows import End, FlowRow
from market.matchmaking.queries import flows as flows_of
from market.orgs.rules import Standing
from routing import problem as routing
from routing.travel import great_circle_m, great_circle_travel


def load(session: Session, plan: CollectionPlan) -> DayInput:
    """Read everything the day needs. Raises ``routing.problem.ProblemError`` on nonsense."""
    parameters = PlanParameters(**plan.parameters)
    fleet = queries.fleet(session, plan.depot_ids)
    known = {row.id: row for row in all_materials(session)}
    book = DayBook(parameters, fleet, known, gate_queries.stated(session))
    for flow in flows_of(session, plan.run_id):
        book.add_flow(flow, plan.planned_on)
    for pick_up in queries.pick_ups(session, plan.planned_on):
        book.add_pick_up(pick_up)
    for phoned in phoned_queries.to_fetch(session, plan.planned_on):
        book.add_phoned(phoned, phoned.receivers)
    return book.close(queries.cargo_rules(session))


class DayBook:
    """Collects the day's cargoes and the places, materials and receivers they bring along."""

    def __init__(
        self,
        parameters: PlanParameters,
        fleet: Sequence[Vehicle],
        known: dict[str, Material],
        gates: Mapping[int, GateFacts],
    ) -> None:
        """Take the fleet, the materials by name, and what sites state of their gates by number."""
        self.gates = gates
        self.parameters = parameters
        self.fleet = fleet
        self.known = known
        ends = (row for truck in fleet for row in (truck.depot, truck.end_depot) if row)
        self.depots = {row.id: row for row in ends}
        self.places = {f"D{row.id}": _place_of(row) for row in self.depots.values()}
        self.cargoes: dict[str, Cargo] = {}
        self.collections: list[routing.Collection] = []
        self.materials: dict[str, routing.Material] = {}
        self.receivers: dict[str, routing.Receiver] = {}
        self.left_out: list[LeftOutFlow] = []

    def terms(self, end: End) -> Terms:
        return terms(self.parameters, self.gates.get(end.site_id))

    def add_flow(self, flow: FlowRow, day: date) -> None:
        """Take the day's loads of a flow, and note what is left out and why."""
        day_kg = flow.mass_kg_per_year // self.parameters.working_days
        reason = self.refusal(flow)
        if reason is not None:
            self._leave(flow, reason, day_kg)
            return
        material = self.material(flow.material_id, flow.form, flow.waste_code)
        # What no truck may carry goes in whole, so that the planner says what is missing.
        full_kg = self._full_load_kg(material) or max(day_kg, 1)
        due = loads_due(day_kg, full_kg, day)
        if due == 0:
            following = next_due(day_kg, full_kg, day)
            self._leave(flow, LeftOut.BELOW_ONE_LOAD, day_kg, following)
            return
        taken = min(due, self.parameters.loads_per_flow)
        if due > taken:
            self._leave(flow, LeftOut.OTHER_CARRIERS, (due - taken) * full_kg)
        self.take(flow, material, taken * full_kg)

    def add_pick_up(self, pick_up: PickUp) -> None:
        row = pick_up.collection
        material = self.material(row.material_id, row.form, None)
        name = f"C{row.id}"
        self.places[name] = _place_of(row)
        self._collect(
            routing.Collection(
                id=name,
                site=name,
                material=material.id,
                mass_kg=row.mass_kg,
                volume_l=self._volume_l(row.material_id, row.mass_kg),
                receivers=(self._receiver(pick_up.want_id, pick_up.receiver),),
                loading_s=row.service_s,
                windows=(routing.Window(row.window_opens_s, row.window_closes_s),),
            ),
            self.known[row.material_id],
            row.form,
            collection_id=row.id,
            want_id=pick_up.want_id,
        )

    def add_phoned(self, phoned: Phoned, receivers: Sequence[End]) -> None:
        """Take a job phoned in, to any of these receivers; its record names the first."""
        job = phoned.job
        material = self.material(job.material_id, job.form, None)
        self._collect(
            routing.Collection(
                id=job.key,
                site=self._phoned_place(phoned),
                material=material.id,
                mass_kg=job.mass_kg,
                volume_l=job.volume_l or self._volume_l(job.material_id, job.mass_kg),
                receivers=tuple(self._receiver(end.listing_id, end) for end in receivers),
                loading_s=job.loading_s,
                weighing_s=job.weighing_s,
                windows=windows(job.windows),
                skip_fen=job.skip_fen,
            ),
            self.known[job.material_id],
            job.form,
            phoned_id=job.id,
            want_id=receivers[0].listing_id,
        )

    def _phoned_place(self, phoned: Phoned) -> str:
        job, site = phoned.job, phoned.origin
        name = job.key if site is None else f"S{site.id}"
        place = Place(
            name_zh=job.name if site is None else site.name_zh,
            name_en=job.name if site is None else site.name_en,
            county_zh="" if site is None else site.county_zh,
            county_en="" if site is None else site.county_en,
            lat=job.lat,
            lon=job.lon,
            standing=phoned.standing or Standing.MEMBER,
        )
        self.places.setdefault(name, place)
        return name

    def take(self, flow: FlowRow, material: routing.Material, mass_kg: int) -> None:
        gate = self.terms(flow.offer)
        self._collect(
            routing.Collection(
                id=f"F{flow.offer_id}-{flow.want_id}",
                site=self._site(flow.offer),
                material=material.id,
                mass_kg=mass_kg,
                volume_l=self._volume_l(flow.material_id, mass_kg),
                receivers=(self._receiver(flow.want_id, flow.want),),
                loading_s=gate.loading_s,
                weighing_s=gate.weighing_s,
                windows=windows(gate.windows),
            ),
            self.known[flow.material_id],
            flow.form,
            offer_id=flow.offer_id,
            want_id=flow.want_id,
        )

    def _collect(
        self,
        row: routing.Collection,
        material: Material,
        form: str,
        *,
        want_id: int,
        offer_id: int | None = None,
        collection_id: int | None = None,
        phoned_id: int | None = None,
    ) -> None:
        receiver = self.receivers[row.receivers[0]]
        self.collections.append(row)
        self.cargoes[row.id] = Cargo(
            material_id=material.id,
            material_zh=material.name_zh,
            material_en=material.name_en,
            family=material.family,
            form=form,
            offer_id=offer_id,
            collection_id=collection_id,
            phoned_id=phoned_id,
            want_id=want_id,
            origin=row.site,
            destination=receiver.site,
            windows=_spans(row.windows),
            receiver_windows=_spans(receiver.windows),
        )

    def refusal(self, flow: FlowRow) -> LeftOut | None:
        if self.parameters.scope == Scope.FIRMS and flow.is_estimate:
            return LeftOut.ESTIMATE
        reach_m = self.parameters.reach_km * 1000
        if max(self._from_depot_m(flow.offer), self._from_depot_m(flow.want)) > reach_m:
            return LeftOut.OUT_OF_REACH
        return None

    def _from_depot_m(self, end: End) -> float:
        """Road metres from the nearest depot at which a truck starts or ends its shift."""
        rows = [(row.lat, row.lon) for row in self.depots.values()] + [(end.lat, end.lon)]
        lat, lon = np.array(rows).T
        return float(great_circle_m(lat, lon)[-1, :-1].min()) * self.parameters.road_factor

    def _leave(
        self, flow: FlowRow, reason: LeftOut, mass_kg: int, following: date | None = None
    ) -> None:
        self.left_out.append(
            LeftOutFlow(
                reason=reason,
                offer_id=flow.offer_id,
                want_id=flow.want_id,
                material_zh=flow.material_zh,
                material_en=flow.material_en,
                family=flow.family,
                origin_zh=flow.offer.name_zh,
                origin_en=flow.offer.name_en,
                destination_zh=flow.want.name_zh,
                destination_en=flow.want.name_en,
                mass_kg=mass_kg,
                distance_m=round(flow.distance_m * self.parameters.road_factor),
                origin_standing=flow.offer.standing,
                destination_standing=flow.want.standing,
                next_on=None if following is None else following.isoformat(),
            )
        )

    def material(self, material_id: str, form: str, waste_code: str | None) -> routing.Material:
        """Return the cargo kind: the same material dry and wet needs two kinds of truck."""
        known = self.known[material_id]
        licence = licence_needed(known.legal_class, known.hw_codes, known.un_no, waste_code)
        name = f"{material_id}.{form}" if licence is None else f"{material_id}.{form}.{licence}"
        bodies = bodies_for(form, known.form, known.family, licensed=licence is not None)
        return self.materials.setdefault(name, routing.Material(name, bodies, licence))

    def density(self, material: routing.Material) -> int | None:
        """Return the catalogue's lowest kg a cubic metre: by that a truck is full soonest."""
        return self.known[self._kind(material.id)[0]].density_kg_m3_min

    def _volume_l(self, material_id: str, mass_kg: int) -> int:
        density = self.known[material_id].density_kg_m3_min
        return 0 if density is None else mass_kg * 1000 // density

    def _site(self, end: End) -> str:
        name = f"S{end.site_id}"
        said = self.gates.get(end.site_id)
        place = replace(_place_of(end), gate_source=said.source if said else "")
        self.places.setdefault(name, place)
        return name

    def _receiver(self, want_id: int, end: End) -> str:
        gate = self.terms(end)
        name = f"W{want_id}"
        self.receivers.setdefault(
            name,
            routing.Receiver(
                id=name,
                site=self._site(end),
                windows=windows(gate.windows),
                weighing_s=gate.weighing_s,
                unload_s_per_t=gate.unload_s_per_t,
                daily_intake_kg=gate.intakes_kg.get(want_id),
            ),
        )
        return name

    def _full_load_kg(self, material: routing.Material) -> int:
        kinds = {row.id: row for row in self._vehicle_types(material)}
        fleet = [kinds[f"T{vehicle.type_id}"] for vehicle in self.fleet]
        return full_load_kg(material, fleet, self.density(material))

    def _vehicle_types(self, *more: routing.Material) -> tuple[routing.VehicleType, ...]:
        materials = [*self.materials.values(), *more]
        types = {vehicle.type_id: vehicle.type for vehicle in self.fleet}
        return tuple(
            routing.VehicleType(
                id=f"T{row.id}",
                body=routing.Body(row.kind),
                capacity_kg=row.capacity_kg,
                capacity_l=row.capacity_l,
                fixed_fen=row.fixed_fen,
                fen_per_km=row.fen_per_km,
                fen_per_h=row.fen_per_h,
                co2_g_per_km=row.co2_g_per_km,
                co2_empty_g_per_km=row.co2_empty_g_per_km,
                hours=self._own_hours(row),
                licences=frozenset(row.licences),
                materials=self.of_families(row.families, materials) if row.families else None,
            )
            for row in types.values()
        )

    def _hours(self) -> routing.DriverHours:
        return routing.DriverHours(self.parameters.continuous_drive_s, self.parameters.rest_s)

    def _own_hours(self, row: VehicleType) -> routing.DriverHours | None:
        """Return the type's own hours, the law's where it says nothing of one of them."""
        if row.continuous_drive_s is None and row.rest_s is None and row.daily_drive_s is None:
            return None
        law = self._hours()
        return routing.DriverHours(
            row.continuous_drive_s or law.continuous_drive_s,
            row.rest_s or law.rest_s,
            row.daily_drive_s,
        )

    def _kind(self, cargo_kind: str) -> Kind:
        material = self.known[cargo_kind.split(".", 1)[0]]
        return material.id, material.family

    def of_families(
        self, families: Sequence[str], materials: Iterable[routing.Material]
    ) -> frozenset[str]:
        return frozenset(row.id for row in materials if self._kind(row.id)[1] in families)

    def segregations(self, rules: Sequence[CargoRule]) -> Iterable[routing.Segregation]:
        """Turn the rules into those between the day's own cargo kinds."""
        for one, other in combinations(sorted(self.materials), 2):
            first, second = self._kind(one), self._kind(other)
            if first == second:  # the same stuff, dry and wet
                continue
            rule = rule_between(rules, first, second)
            if rule is not None and not rule.together:
                yield routing.Segregation(one, other, rule.cleaning_s)

    def close(self, rules: Sequence[CargoRule]) -> DayInput:
        positions = [(name, place.lat, place.lon) for name, place in self.places.items()]
        problem = routing.DayProblem(
            sites=tuple(
                routing.Site(name, place.lat, place.lon, place.name_zh)
                for name, place in self.places.items()
            ),
            depots=tuple(routing.Depot(f"D{row.id}", f"D{row.id}") for row in self.depots.values()),
            materials=tuple(self.materials.values()),
            receivers=tuple(self.receivers.values()),
            collections=tuple(self.collections),
            vehicle_types=self._vehicle_types(),
            vehicles=tuple(_truck(vehicle) for vehicle in self.fleet),
            travel=great_circle_travel(
                positions,
                road_factor=self.parameters.road_factor,
                speed_km_h=self.parameters.speed_km_h,
            ),
            segregations=tuple(self.segregations(rules)),
            hours=self._hours(),
        )
        return DayInput(problem, self.places, self.cargoes, tuple(self.left_out))


def full_load_kg(
    material: routing.Material, fleet: Iterable[routing.VehicleType], density_kg_m3: int | None
) -> int:
    """Return what this fleet as a whole moves most with at one go; 0 when no truck may."""
    sizes = [_holds_kg(kind, density_kg_m3) for kind in fleet if kind.may_carry(material)]
    moved = {size: size * sum(other >= size for other in sizes) for size in sizes}
    return max(moved, key=lambda size: (moved[size], size), default=0)


def _holds_kg(kind: routing.VehicleType, density_kg_m3: int | None) -> int:
    if kind.capacity_l is None or density_kg_m3 is None:
        return kind.capacity_kg
    return min(kind.capacity_kg, kind.capacity_l * density_kg_m3 // 1000)


def windows(spans: Iterable[Span]) -> tuple[routing.Window, ...]:
    return tuple(routing.Window(opens_s, closes_s) for opens_s, closes_s in spans)


def _spans(windows: Iterable[routing.Window]) -> tuple[Span, ...]:
    return tuple((window.opens_s, window.closes_s) for window in windows)


def _place_of(row: Depot | Collection | End) -> Place:
    return Place(
        name_zh=row.name_zh,
        name_en=row.name_en,
        county_zh=row.county_zh,
        county_en=row.county_en,
        lat=row.lat,
        lon=row.lon,
        standing=row.standing,
    )


def _truck(vehicle: Vehicle) -> routing.Vehicle:
    return routing.Vehicle(
        id=f"V{vehicle.id}",
        type=f"T{vehicle.type_id}",
        depot=f"D{vehicle.depot_id}",
        shift=routing.Window(vehicle.shift_starts_s, vehicle.shift_ends_s),
        end_depot=None if vehicle.end_depot_id is None else f"D{vehicle.end_depot_id}",
    )
