"""What stands at the desk against a change, with who locked it and when. View-side."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from flask_babel import gettext as _

from market.haulage.dispatch_effects import Step
from market.haulage.dispatch_pages import lock_words
from market.haulage.dispatch_words import Names
from market.haulage.models import Depot
from market.haulage.rules import LOCAL, Verb
from market.web.filters import clock, km
from market.web.language import pick
from routing.hand import Hand, Truck
from routing.plan import Route, Stop, StopKind


@dataclass(frozen=True, slots=True)
class HeldLoad:
    """A load that may not leave its truck: why, what would free it, the ends it may be locked at.

    ``fields`` is what the button sends that unlocks it; None where no button would.
    """

    why: str
    button: str = ""
    fields: dict[str, Any] | None = None
    ends: frozenset[StopKind] = frozenset()


def held_load(hand: Hand, load: str, names: Names, line: list[Step]) -> HeldLoad | None:
    """Say why a load may not leave its truck; None for one that may, or that is on none."""
    truck = hand.carrier.get(load)
    if truck is None or truck.route is None:
        return None
    vehicle, situation = truck.vehicle.id, hand.situation
    own = next((row for row in situation.locks if row.load == load), None)
    unlock = None if own is None else {"verb": Verb.UNLOCK.value, "load": load}
    if load in truck.started:
        number = hand.day.load_index[load]
        waits = any(task.load == number for task in truck.tasks)
        why = _under_way(truck.route, load, situation.now_s or 0, names)
        ends = frozenset({StopKind.UNLOAD} if waits and not truck.held else ())
        return HeldLoad(why, str(_("Unlock it")), unlock, ends)
    if any(row.vehicle == vehicle and row.load is None for row in situation.locks):
        why = _("The whole day of %(truck)s is locked", truck=names.truck(vehicle))
        button = _("Unlock the day of %(truck)s", truck=names.truck(vehicle))
        fields = {"verb": Verb.UNLOCK.value, "vehicle": vehicle}
        return HeldLoad(_with_author(why, line, None, vehicle), str(button), fields)
    if own is None:
        return None
    why = _with_author(lock_words(own), line, load, vehicle)
    return HeldLoad(why, str(_("Unlock it")), unlock, frozenset({StopKind.LOAD, StopKind.UNLOAD}))


def _with_author(words: str, line: list[Step], load: str | None, vehicle: str) -> str:
    """Add who locked it, and when; one locked along with its call has nobody of its own."""
    for plan, change, user in line:
        said = change.parameters
        whole = said.get("load") is None and said.get("vehicle") == vehicle
        if change.verb == Verb.LOCK and (said.get("load") == load if load else whole):
            at = plan.created_at.astimezone(LOCAL).strftime("%m-%d %H:%M")
            who = pick(user) if user else _("somebody")
            return str(_("%(what)s (%(who)s, %(at)s)", what=words, who=who, at=at))
    return words


def _under_way(route: Route, load: str, now_s: int, names: Names) -> str:
    """Say how far the truck is with the load, by the times of the plan."""
    truck = names.truck(route.vehicle)
    stops = {stop.kind: stop for stop in route.stops if load in stop.loads}
    taken, put = stops[StopKind.LOAD], stops[StopKind.UNLOAD]
    loaded, unloaded = clock(taken.start_s), clock(put.start_s)
    if put.start_s <= now_s:
        words = _("By the plan, %(truck)s unloaded it at %(time)s.", truck=truck, time=unloaded)
    elif taken.start_s <= now_s:
        words = _(
            "By the plan, %(truck)s loaded it at %(time)s and unloads it at %(later)s.",
            truck=truck,
            time=loaded,
            later=unloaded,
        )
    else:
        left = clock(_left(route, taken))
        words = _("By the plan, %(truck)s left for it at %(time)s.", truck=truck, time=left)
    return str(words)


def _left(route: Route, stop: Stop) -> int:
    """Return when the truck set out for a stop: when it left the last place before it."""
    places = [row for row in route.stops if row.site is not None]
    return next((one.depart_s for one, other in pairwise(places) if other == stop), route.start_s)


@dataclass(frozen=True, slots=True)
class TruckRow:
    """One truck on the dispatcher's desk, and what may be done with it.

    ``late_s`` is by how much it runs late in all; ``told_s`` is the last that was told of it, where
    that can be said otherwise.
    """

    vehicle: str
    name: str
    who: str
    depot: str
    day: str
    state: str
    locked: bool
    out: bool
    drives: bool
    at_work: bool
    holds: bool = False
    late_s: int = 0
    told_s: int = 0


def trucks(
    hand: Hand,
    names: Names,
    depots: Iterable[Depot],
    late_s: Mapping[str, int],
    told_s: Mapping[str, int],
) -> list[TruckRow]:
    """Return the trucks by their numbers, with what was told of late ones in all and last."""
    stand = {depot.id: pick(depot) for depot in depots}
    rows = [_truck_row(hand, truck, names, stand, late_s, told_s) for truck in hand.trucks]
    return sorted(rows, key=lambda row: names.trucks[row.vehicle].number)


def _truck_row(
    hand: Hand,
    truck: Truck,
    names: Names,
    depots: Mapping[int, str],
    late_s: Mapping[str, int],
    told_s: Mapping[str, int],
) -> TruckRow:
    key, situation, known = truck.vehicle.id, hand.situation, names.trucks[truck.vehicle.id]
    route = next((row for row in situation.plan.routes if row.vehicle == key), None)
    locks = [row.load for row in situation.locks if row.vehicle == key]
    out, locked = key in situation.out, None in locks
    state = _("out for the day") if out else _("locked") if locked else ""
    return TruckRow(
        vehicle=key,
        name=names.truck_in_full(key),
        who=f"{known.plate} · {pick(known, 'driver')}",
        depot=depots[known.depot_id],
        day=str(_("at home")) if route is None else _day_words(route),
        state=str(state),
        locked=locked,
        out=out,
        drives=route is not None,
        at_work=route is not None and truck.home is None,
        holds=any(load not in truck.started for load in locks),
        late_s=late_s.get(key, 0),
        told_s=told_s.get(key, 0),
    )


def _day_words(route: Route) -> str:
    return str(
        _(
            "%(loads)s loads · %(km)s km · %(span)s",
            loads=len(route.load_ids),
            km=km(route.distance_m),
            span=f"{clock(route.start_s)}–{clock(route.end_s)}",
        )
    )
