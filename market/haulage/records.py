"""车次: one load's record under a number that no re-planning changes.

The number is the day and what the load is, ``2026-11-24/F12-34#1``: the first load of the flow from
offer 12 to want 34 on that day, in whichever plan. From the record a consignment is drafted; with
its mass a weighed ticket is compared.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy.orm import Session

from market.accounts.rules import Actor
from market.errors import NotFoundError
from market.haulage import day_queries, queries
from market.haulage.models import CollectionPlan, PlanLoad, PlanRoute, PlanUnserved
from market.haulage.policy import may_plan
from market.haulage.rules import moment


@dataclass(frozen=True, slots=True)
class LoadRecord:
    """What one load is, and which truck carries it when; no truck and no times: it is left over.

    ``offer_id``, ``collection_id`` or ``phoned_id`` is where it comes from, ``want_id`` where it
    goes. Places are as frozen in the plan (names, county, WGS-84 degrees, standing); times carry
    their zone. Of a ``draft`` nobody has said that it is driven.
    """

    number: str
    plan: str
    plan_id: int
    draft: bool
    load_key: str
    offer_id: int | None
    collection_id: int | None
    phoned_id: int | None
    want_id: int
    material_id: str
    material_zh: str
    material_en: str
    form: str
    mass_kg: int
    origin: dict[str, Any]
    destination: dict[str, Any]
    truck: int | None = None
    plate: str | None = None
    driver_zh: str | None = None
    driver_en: str | None = None
    loading_starts_at: datetime | None = None
    loading_ends_at: datetime | None = None
    unloading_starts_at: datetime | None = None
    unloading_ends_at: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """Return the record with times in ISO 8601."""
        values = asdict(self)
        return {
            name: value.isoformat() if isinstance(value, datetime) else value
            for name, value in values.items()
        }


@dataclass(frozen=True, slots=True)
class Weighed:
    """A ticket's net mass against the planned one; the difference is positive for too much."""

    planned_kg: int
    net_kg: int

    @property
    def difference_kg(self) -> int:
        return self.net_kg - self.planned_kg

    @property
    def share(self) -> float:
        return self.difference_kg / self.planned_kg

    def as_json(self) -> dict[str, int]:
        return asdict(self) | {"difference_kg": self.difference_kg}


def number_of(plan: CollectionPlan, load_key: str) -> str:
    return f"{plan.planned_on}/{load_name(plan, load_key)}"


def load_name(plan: CollectionPlan, load_key: str) -> str:
    """Return what a load is called on its day; a week names its own by their first day too."""
    collection, _hash, number = load_key.rpartition("#")
    return f"{plan.cargoes.get(collection, {}).get('called', collection)}#{number}"


def of_plan(
    plan: CollectionPlan,
    routes: Sequence[PlanRoute],
    loads: Sequence[PlanLoad],
    unserved: Sequence[PlanUnserved],
    *,
    draft: bool,
) -> list[LoadRecord]:
    """Return the records of a plan's loads: those on trucks in the order driven, then the rest."""
    trucks = {route.vehicle_id: route for route in routes}
    carried = [_record(plan, row, trucks[row.vehicle_id], draft=draft) for row in loads]
    return carried + [_record(plan, row, None, draft=draft) for row in unserved]


def _record(
    plan: CollectionPlan, row: PlanLoad | PlanUnserved, route: PlanRoute | None, *, draft: bool
) -> LoadRecord:
    cargo = plan.cargoes[row.load_key.rsplit("#", 1)[0]]
    planned: dict[str, Any] = {}
    if route is not None and isinstance(row, PlanLoad):
        for name in ("loading_starts", "loading_ends", "unloading_starts", "unloading_ends"):
            planned[f"{name}_at"] = moment(plan.planned_on, getattr(row, f"{name}_s"))
        planned |= {name: route.vehicle[name] for name in ("plate", "driver_zh", "driver_en")}
        planned["truck"] = route.number
    return LoadRecord(
        number=number_of(plan, row.load_key),
        plan=plan.ref,
        plan_id=plan.id,
        draft=draft,
        load_key=row.load_key,
        offer_id=row.offer_id,
        collection_id=row.collection_id,
        phoned_id=row.phoned_id,
        want_id=row.want_id,
        material_id=row.material_id,
        material_zh=cargo["material_zh"],
        material_en=cargo["material_en"],
        form=cargo["form"],
        mass_kg=row.mass_kg,
        origin=plan.places[cargo["origin"]],
        destination=plan.places[cargo["destination"]],
        **planned,
    )


def current(session: Session, day: date, name: str, actor: Actor | None = None) -> LoadRecord:
    """Return a load as the plan that is driven has it, to planners and to the firms at its ends.

    Raises:
        NotFoundError: the day has no plan, its plan no such load, or it is another firm's.

    """
    driven = day_queries.driven_on(session, day)
    if driven is None:
        raise NotFoundError("not_found")
    plan = driven.plan
    rows = of_plan(
        plan,
        queries.routes(session, plan.id),
        queries.loads(session, plan.id),
        queries.unserved(session, plan.id),
        draft=False,
    )
    found = next((row for row in rows if load_name(plan, row.load_key) == name), None)
    if found is None or not (may_plan(actor) or _is_of(session, found, actor)):
        raise NotFoundError("not_found")
    return found


def _is_of(session: Session, record: LoadRecord, actor: Actor | None) -> bool:
    ends = {record.offer_id, record.want_id}
    firms = queries.firms_of(session, ends, record.phoned_id)
    return actor is not None and actor.org_id in firms
