"""One more load on a day whose input is frozen: what it could be, and the day with room for it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.orm import Session

from market.catalogue.queries import materials as all_materials
from market.errors import ConflictError, NotFoundError
from market.haulage import gate_queries, phoned_queries, queries, ways
from market.haulage.day import Cargo, Place
from market.haulage.loader import DayBook, full_load_kg
from market.haulage.models import CollectionPlan, Vehicle
from market.haulage.phoned_queries import Phoned
from market.haulage.queries import PickUp
from market.haulage.rules import PlanParameters
from market.matchmaking.flows import FlowRow
from market.matchmaking.queries import flows as flows_of
from routing import problem as routing

MOST_FLOWS = 200


@dataclass(frozen=True, slots=True)
class Candidates:
    """What may be added: flows, the largest first, pick-ups of any weekday, and jobs phoned in."""

    flows: list[FlowRow]
    pick_ups: list[PickUp]
    phoned: list[Phoned]


@dataclass(frozen=True, slots=True)
class LateLoad:
    """The collection to add, and the day's problem with all it needs but without itself.

    ``goes_to`` is the place of each receiver it may go to.
    """

    problem: routing.DayProblem
    collection: routing.Collection
    cargo: Cargo
    places: dict[str, Place]
    goes_to: dict[str, str]


def flow_key(flow: FlowRow) -> str:
    return f"F{flow.offer_id}-{flow.want_id}"


def candidates(session: Session, plan: CollectionPlan) -> Candidates:
    """Return what scope and reach admit, pick-ups not yet visited, and jobs phoned in."""
    fleet = queries.fleet(session, plan.depot_ids)
    if not fleet:
        return Candidates([], [], [])
    book = _book(session, plan, fleet)
    flows = [flow for flow in flows_of(session, plan.run_id) if book.refusal(flow) is None]
    in_day = {cargo["collection_id"] for cargo in plan.cargoes.values()}
    visits = [row for row in queries.pick_ups(session) if row.collection.id not in in_day]
    phoned = phoned_queries.waiting(session, plan)
    open_still = [row for row in phoned if row.receivers]
    return Candidates(flows[:MOST_FLOWS], visits, open_still)


def late_load(
    session: Session,
    plan: CollectionPlan,
    day: routing.DayProblem,
    key: str,
    receiver: str | None = None,
) -> LateLoad:
    """Return one truckload of a flow, one visit to a pick-up, or a whole job phoned in.

    They are named as the candidates are. A job may go to any of its receivers until one is chosen.

    Raises:
        NotFoundError: no candidate has this name.
        ConflictError: the pick-up is in the day already.
        DomainError: the day's source of ways has none for the new places.

    """
    if key in {f"C{cargo['collection_id']}" for cargo in plan.cargoes.values()}:
        raise ConflictError("visit_in_day")
    fleet = queries.fleet(session, plan.depot_ids)
    book = _book(session, plan, fleet)
    book.materials.update({row.id: row for row in day.materials})
    book.receivers.update({row.id: row for row in day.receivers})
    types = _collected(book, day, fleet, candidates(session, plan), key, receiver)
    made = book.collections[-1]
    cargo = book.cargoes[made.id]
    collection = replace(made, id=_free_name(made.id, _taken(plan, day)))
    known_sites = {row.id for row in day.sites}
    goes_to = {name: book.receivers[name].site for name in collection.receivers}
    ends = {collection.site, *goes_to.values()}
    places = {name: book.places[name] for name in sorted(ends - known_sites)}
    sites = tuple(
        routing.Site(name, place.lat, place.lon, place.name_zh) for name, place in places.items()
    )
    travel = ways.widened(day, book.parameters, sites)
    day = replace(day, sites=(*day.sites, *sites), travel=travel)
    widened = _widened(session, book, day, types)
    return LateLoad(widened, collection, cargo, places, goes_to)


def _collected(
    book: DayBook,
    day: routing.DayProblem,
    fleet: Sequence[Vehicle],
    offered: Candidates,
    key: str,
    receiver: str | None,
) -> tuple[routing.VehicleType, ...]:
    """Collect the candidate of this name; return the day's truck types, open to it."""
    flow = next((row for row in offered.flows if flow_key(row) == key), None)
    pick_up = next((row for row in offered.pick_ups if f"C{row.collection.id}" == key), None)
    phoned = next((row for row in offered.phoned if row.job.key == key), None)
    if flow is not None:
        material = book.material(flow.material_id, flow.form, flow.waste_code)
        types = _types(book, day, fleet, material.id)
        known = {kind.id: kind for kind in types}
        trucks = [known[truck.type] for truck in day.vehicles]
        full_kg = full_load_kg(material, trucks, book.density(material))
        day_kg = flow.mass_kg_per_year // book.parameters.working_days
        book.take(flow, material, full_kg or max(day_kg, 1))
        return types
    if pick_up is not None:
        book.add_pick_up(pick_up)
    elif phoned is not None:
        chosen = [end for end in phoned.receivers if receiver in {None, f"W{end.listing_id}"}]
        if not chosen:
            raise NotFoundError("not_found")
        book.add_phoned(phoned, chosen)
    else:
        raise NotFoundError("not_found")
    return _types(book, day, fleet, book.collections[-1].material)


def _book(session: Session, plan: CollectionPlan, fleet: Sequence[Vehicle]) -> DayBook:
    known = {row.id: row for row in all_materials(session)}
    gates = gate_queries.stated(session)
    return DayBook(PlanParameters(**plan.parameters), fleet, known, gates)


def _taken(plan: CollectionPlan, day: routing.DayProblem) -> set[str]:
    """Return the names of the day's collections, and what they are called on their day."""
    return {row.id for row in day.collections} | {
        cargo.get("called", name) for name, cargo in plan.cargoes.items()
    }


def _free_name(name: str, taken: set[str]) -> str:
    """Return the name, or with a number behind it where the day has such a collection."""
    number = 2
    free = name
    while free in taken:
        free = f"{name}+{number}"
        number += 1
    return free


def _types(
    book: DayBook, day: routing.DayProblem, fleet: Sequence[Vehicle], material: str
) -> tuple[routing.VehicleType, ...]:
    """Return the day's truck types, the new cargo admitted where its family is."""
    families = {f"T{truck.type_id}": truck.type.families for truck in fleet}
    return tuple(
        replace(
            kind,
            materials=kind.materials
            | book.of_families(families[kind.id], [book.materials[material]]),
        )
        if kind.materials is not None and kind.id in families
        else kind
        for kind in day.vehicle_types
    )


def _widened(
    session: Session,
    book: DayBook,
    day: routing.DayProblem,
    types: tuple[routing.VehicleType, ...],
) -> routing.DayProblem:
    """Return the frozen day with new cargo kinds, receivers and rules; the rest stays."""
    apart = {frozenset((row.one, row.other)) for row in day.segregations}
    rules = tuple(
        row
        for row in book.segregations(queries.cargo_rules(session))
        if frozenset((row.one, row.other)) not in apart
    )
    return replace(
        day,
        materials=tuple(book.materials.values()),
        receivers=tuple(book.receivers.values()),
        vehicle_types=types,
        segregations=(*day.segregations, *rules),
    )
