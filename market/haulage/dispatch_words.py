"""Words for what dispatchers do, and for why the planner says no. View-side only."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from market.accounts.models import User
from market.haulage.day import Cargo, Place
from market.haulage.models import CollectionPlan, PlanChange, Vehicle
from market.haulage.picture import named, place_name
from market.haulage.reason_labels import TAGS, quantity
from market.haulage.rules import Verb
from market.haulage.versions import NEW_LOAD
from market.web.filters import clock, local_time
from market.web.language import pick
from routing.compare import Change
from routing.operate import Refusal, RefusalCode
from routing.plan import Reason

CHANGES = {
    Change.ADDED: _l("added to the day"),
    Change.DROPPED: _l("not in the day any more"),
    Change.SERVED: _l("now placed"),
    Change.LEFT_OUT: _l("now left over"),
    Change.OTHER_TRUCK: _l("another truck"),
    Change.OTHER_RECEIVER: _l("another receiver"),
    Change.OTHER_TIME: _l("another time"),
}

_CODES = {
    RefusalCode.UNKNOWN_LOAD: _l("No truck carries this load in the plan."),
    RefusalCode.UNKNOWN_VEHICLE: _l("This truck is not in the plan."),
    RefusalCode.NO_SUCH_PLACE: _l("There is no such place on the truck's day."),
    RefusalCode.LOCKED: _l("%(subject)s is locked."),
    RefusalCode.STARTED: _l("%(subject)s is already taken up, or a truck is on its way there."),
    RefusalCode.TRUCK_OUT: _l("%(subject)s is out for the day."),
    RefusalCode.NOTHING_LEFT: _l("%(subject)s has nothing left to do today."),
    RefusalCode.SHUT: _l("%(subject)s is not open for loading at %(value)s."),
    RefusalCode.RECEIVER_SHUT: _l("%(subject)s takes nothing at %(value)s."),
}

_CODE_REMEDIES = {
    RefusalCode.LOCKED: _l("Unlock it first."),
    RefusalCode.TRUCK_OUT: _l("Bring it back first."),
    RefusalCode.SHUT: _l("Choose %(limit)s, the nearest time at which it is."),
    RefusalCode.RECEIVER_SHUT: _l("Choose %(limit)s, the nearest time at which it is open."),
}

_LIMITS = {
    Reason.NO_BODY: _l("The truck has not the body for it."),
    Reason.NO_LICENCE: _l("The truck is not licensed for %(subject)s."),
    Reason.NOT_ADMITTED: _l("The truck does not take this material."),
    Reason.SEGREGATION: _l("It may not share the truck with what is on board."),
    Reason.MASS: _l("It would carry %(value)s; the truck takes %(limit)s."),
    Reason.VOLUME: _l("It would hold %(value)s; the truck takes %(limit)s."),
    Reason.COLLECTION_WINDOW: _l(
        "At %(subject)s loading closes at %(limit)s; the truck would be there at %(value)s."
    ),
    Reason.RECEIVER_WINDOW: _l(
        "%(subject)s closes at %(limit)s; the truck would be there at %(value)s."
    ),
    Reason.UNLOADING_TIME: _l(
        "%(subject)s is locked to be unloaded at %(limit)s; the truck would be there at %(value)s."
    ),
    Reason.SHIFT: _l("The shift ends at %(limit)s; the truck would be back at %(value)s."),
    Reason.DRIVER_HOURS: _l("The driver would be %(value)s at the wheel; %(limit)s are allowed."),
    Reason.RECEIVER_INTAKE: _l("%(subject)s takes %(limit)s a day; this would make %(value)s."),
    Reason.FLEET_BUSY: _l("The truck is busy all day."),
    Reason.NOT_WORTH: _l("Fetching it costs %(value)s; leaving it costs %(limit)s."),
}

# A load locked to a time has a window of that one second.
_LATE_FOR_LOCK = _l("The truck would be at %(subject)s at %(value)s, after the locked %(limit)s.")
_LATE_REMEDY = _l("Lock it to %(value)s or later, or move what comes before it.")

_LIMIT_REMEDIES = {
    Reason.NO_BODY: _l("Choose a truck with another body."),
    Reason.NO_LICENCE: _l("Choose a truck licensed for it."),
    Reason.NOT_ADMITTED: _l("Choose another truck."),
    Reason.SEGREGATION: _l("Place it before or after the other cargo, or on another truck."),
    Reason.MASS: _l("%(change)s less on board."),
    Reason.VOLUME: _l("%(change)s less on board."),
    Reason.COLLECTION_WINDOW: _l("The gate stays open %(change)s longer."),
    Reason.RECEIVER_WINDOW: _l("The receiver stays open %(change)s longer."),
    Reason.UNLOADING_TIME: _LATE_REMEDY,
    Reason.SHIFT: _l("The shift is %(change)s longer."),
    Reason.DRIVER_HOURS: _l("A second driver, or %(change)s less at the wheel."),
    Reason.RECEIVER_INTAKE: _l("The receiver takes %(change)s more today."),
}


@dataclass(frozen=True)
class Names:
    """What people call the planner's trucks, loads, receivers and collections."""

    cargoes: dict[str, Any]
    places: dict[str, Any]
    trucks: dict[str, Vehicle]
    goes_to: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        plan: CollectionPlan,
        fleet: Iterable[Vehicle],
        cargoes: Mapping[str, Cargo] | None = None,
        places: Mapping[str, Place] | None = None,
        goes_to: Mapping[str, str] | None = None,
    ) -> "Names":
        """Return the names of a plan, and of cargoes, places and receivers that are to join it."""
        return cls(
            plan.cargoes | {name: asdict(row) for name, row in (cargoes or {}).items()},
            plan.places | {name: asdict(row) for name, row in (places or {}).items()},
            {f"V{vehicle.id}": vehicle for vehicle in fleet},
            goes_to or {},
        )

    def truck(self, vehicle: str) -> str:
        return str(_("Truck %(n)s", n=self.trucks[vehicle].number))

    def truck_in_full(self, vehicle: str) -> str:
        row = self.trucks[vehicle]
        return str(_("Truck %(n)s %(type)s", n=row.number, type=pick(row.type)))

    def load(self, key: str) -> str:
        """Return material, gate and number; the receiver too where the gate has several for it."""
        name, number = key.rsplit("#", 1)
        cargo = self.cargoes[name]
        way = self._gate(name)
        if len(self._receivers[cargo["material_id"], cargo["origin"]]) > 1:
            way += f" → {place_name(self.places[cargo['destination']])}"
        lot = cargo.get("called", name).partition("+")[2]
        return f"{named(cargo, 'material')} · {way} {f'+{lot}' if lot else ''}#{number}"

    def cargo(self, name: str) -> str:
        """Return material and gate of a whole collection."""
        return f"{named(self.cargoes[name], 'material')} · {self._gate(name)}"

    @cached_property
    def _receivers(self) -> dict[tuple[str, str], set[str]]:
        """Return where each material of each gate goes to."""
        found = defaultdict[tuple[str, str], set[str]](set)
        for row in self.cargoes.values():
            found[row["material_id"], row["origin"]].add(row["destination"])
        return found

    def _gate(self, collection: str) -> str:
        return place_name(self.places[self.cargoes[collection]["origin"]])

    def receiver(self, name: str) -> str:
        """Return the place behind a want."""
        if name in self.goes_to:
            return place_name(self.places[self.goes_to[name]])
        ends = (cargo for cargo in self.cargoes.values() if f"W{cargo['want_id']}" == name)
        return next((place_name(self.places[cargo["destination"]]) for cargo in ends), name)

    def of_subject(self, name: str) -> str:
        """Return what people call whatever a refusal is about."""
        if name in self.trucks:
            return self.truck(name)
        if name.rsplit("#", 1)[0] in self.cargoes:
            return self.load(name) if "#" in name else self._gate(name)
        return self.receiver(name)


def refusal_words(refusal: Refusal, names: Names) -> tuple[str, str, str]:
    """Return a tag, what stands against the wish, and the smallest change that would let it."""
    values: dict[str, Any] = {"subject": names.of_subject(refusal.subject)}
    if refusal.code is not RefusalCode.LIMIT or refusal.reason is None:
        if refusal.value is not None and refusal.limit is not None:
            values |= {"value": clock(refusal.value), "limit": clock(refusal.limit)}
        remedy = _CODE_REMEDIES.get(refusal.code, "")
        return "", str(_CODES[refusal.code]) % values, str(remedy) % values
    code = refusal.reason
    values |= {
        "value": quantity(code, refusal.value, refusal.unit),
        "limit": quantity(code, refusal.limit, refusal.unit),
        "change": quantity(None, refusal.relaxation, refusal.unit),
    }
    if code is Reason.COLLECTION_WINDOW and "#" in refusal.subject:
        return str(TAGS[code]), str(_LATE_FOR_LOCK) % values, str(_LATE_REMEDY) % values
    why, remedy = str(_LIMITS[code]) % values, str(_LIMIT_REMEDIES.get(code, "")) % values
    if refusal.relaxation is None and refusal.unit:
        return str(TAGS[code]), " ".join((why, _("No single change would mend it."))), ""
    return str(TAGS[code]), why, remedy


def change_words(change: PlanChange, names: Names) -> str:
    """Return what was done in this step, after the name of who did it."""
    said = change.parameters
    load = said.get(NEW_LOAD) or said.get("load")
    values = {
        "load": names.load(load) if load else "",
        "truck": names.truck(said["vehicle"]) if said.get("vehicle") else "",
        "time": clock(said["from_s"]) if said.get("from_s") is not None else "",
    }
    match Verb(change.verb):
        case Verb.LOCK:
            words = _locked_words(said, values)
        case Verb.UNLOCK:
            words = (
                _("unlocked %(load)s", **values)
                if load
                else _("unlocked the day of %(truck)s", **values)
            )
        case Verb.MOVE:
            words = _("moved %(load)s to %(truck)s", **values)
        case Verb.TAKE_OFF:
            words = _("took %(load)s off its truck", **values)
        case Verb.ADD | Verb.REMOVE:
            words = _day_words(change, values, names)
        case Verb.TAKE_OUT:
            unlocked = _("unlocked all of %(truck)s and took it out for the day", **values)
            words = _("took %(truck)s out for the day", **values)
            words = unlocked if said.get("unlock") else words
        case Verb.BRING_BACK:
            words = _("brought %(truck)s back", **values)
        case Verb.DELAY:
            late = str(said["delay_s"] // 60)
            words = _("%(truck)s runs %(late)s min late", truck=values["truck"], late=late)
        case Verb.REPLAN:
            again = _("planned the day again")
            words = _("planned again from %(time)s on", **values) if values["time"] else again
    return str(words)


def _day_words(change: PlanChange, values: dict[str, str], names: Names) -> str:
    if change.verb == Verb.REMOVE:
        job = names.cargo(change.parameters["late"])
        return str(_("took %(job)s out of the day", job=job))
    waits = _("added %(load)s, on no truck yet", **values)
    return str(_("added %(load)s on %(truck)s", **values) if values["truck"] else waits)


def _locked_words(said: Mapping[str, Any], values: dict[str, str]) -> str:
    if said.get("unload_s") is not None:
        at = clock(said["unload_s"])
        return str(_("locked %(load)s to be unloaded at %(at)s", at=at, **values))
    if said.get("start_s") is not None:
        return str(_("locked %(load)s to %(at)s", at=clock(said["start_s"]), **values))
    words = _("locked %(load)s", **values) if values["load"] else None
    return str(words or _("locked the day of %(truck)s", **values))


def step_words(plan: CollectionPlan, change: PlanChange, user: User | None, names: Names) -> str:
    """Return who did what, and when."""
    return str(
        _(
            "%(who)s, %(at)s: %(what)s",
            who=pick(user) if user else _("somebody"),
            at=local_time(plan.created_at),
            what=change_words(change, names),
        )
    )


_WISHES = {
    Verb.LOCK: _l("lock %(what)s"),
    Verb.UNLOCK: _l("unlock %(what)s"),
    Verb.MOVE: _l("move %(load)s to %(truck)s"),
    Verb.TAKE_OFF: _l("take %(load)s off its truck"),
    Verb.ADD: _l("add one load more, on %(truck)s"),
    Verb.REMOVE: _l("take a job out of the day"),
    Verb.TAKE_OUT: _l("take %(truck)s out for the day"),
    Verb.BRING_BACK: _l("bring %(truck)s back"),
    Verb.DELAY: _l("%(truck)s runs %(late)s min late"),
    Verb.REPLAN: _l("plan the day again"),
}


def wish_words(verb: Verb, said: Mapping[str, Any], names: Names, late: str = "") -> str:
    """Return what was asked for; ``late`` are the minutes as they were typed."""
    load = names.of_subject(said["load"]) if said.get("load") else ""
    truck = names.of_subject(said["vehicle"]) if said.get("vehicle") else ""
    if verb is Verb.ADD and not truck:
        return str(_("add one load more, on no truck yet"))
    what = load or _("the day of %(truck)s", truck=truck)
    return str(_WISHES[verb]) % {"load": load, "truck": truck, "what": what, "late": late or "–"}
