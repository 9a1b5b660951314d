"""A load in the dispatcher's hand: what each truck, and each place on one, would make of it."""

from dataclasses import dataclass, field, replace

from sqlalchemy.orm import Session

from market.errors import NotFoundError
from market.haulage import dispatch, late_loads
from market.haulage.day import Cargo, Place
from market.haulage.models import CollectionPlan
from routing import late, moves
from routing.hand import Hand, taken_up
from routing.operate import Refusal, RefusalCode, Situation
from routing.places import Option, direct_refusal, extra, shared_places, with_load
from routing.places import Place as Spot
from routing.plan import Route

MOST_SHARED = 12


@dataclass(frozen=True, slots=True)
class Choice:
    """One way to place a load; extra figures are against the plan as it stands.

    ``after`` is the task before an exact place: its load, and whether that is put down there.
    ``put`` and ``put_after`` are the same for putting down, where the load shares a trip.
    """

    vehicle: str
    receiver: str
    at: int | None
    extra_fen: int = 0
    extra_m: int = 0
    start_s: int | None = None
    refusal: Refusal | None = None
    after: tuple[str, bool] | None = None
    put: int | None = None
    put_after: tuple[str, bool] | None = None


@dataclass(frozen=True, slots=True)
class Bench:
    """A load in hand: where it could go, best first."""

    load: str
    mass_kg: int
    choices: list[Choice]
    cargoes: dict[str, Cargo] = field(default_factory=dict)
    places: dict[str, Place] = field(default_factory=dict)
    goes_to: dict[str, str] = field(default_factory=dict)


def bench_of(before: Situation, load: str) -> Bench:
    """Take a load into the hand, planned or left out, and say what each truck would make of it.

    Raises:
        RefusedError: it may not leave its truck.

    """
    freed, saved_fen, saved_m = _freed(before, load)
    choices = [_choice(row, saved_fen, saved_m) for row in late.options(freed, load)]
    return Bench(load, _mass_kg(before, load), choices)


def _freed(before: Situation, load: str) -> tuple[Situation, int, int]:
    """Take the load off its truck; with the fen and metres by which the plan changes."""
    if load not in {row.id for row in before.plan.loads}:
        raise NotFoundError("not_found")
    if not dispatch.carrier(before, load):
        return before, 0, 0
    freed = dispatch.granted(moves.take_off(before, load))
    gap_m = freed.plan.distance_m - before.plan.distance_m
    return freed, freed.plan.cost_fen - before.plan.cost_fen, gap_m


def places_on(before: Situation, load: str, vehicle: str) -> list[Choice]:
    """Return each place on one truck for a trip of its own, in the order of the truck's day."""
    if vehicle not in {row.id for row in before.problem.vehicles}:
        raise NotFoundError("not_found")
    freed, saved_fen, saved_m = _freed(before, load)
    hand = taken_up(freed)
    number = hand.day.load_index[load]
    before_it = _before_each(hand, vehicle)
    choices = [
        (_choice(_at(hand, vehicle, number, receiver, at), saved_fen, saved_m), at)
        for receiver in hand.day.allowed[number]
        for at in range(len(before_it))
    ]
    return [replace(row, at=at, after=before_it[at]) for row, at in choices]


def shared_on(before: Situation, load: str, vehicle: str) -> list[Choice]:
    """Return the cheapest places on one truck where the load rides along with others."""
    freed, saved_fen, saved_m = _freed(before, load)
    hand = taken_up(freed)
    number = hand.day.load_index[load]
    before_it = _before_each(hand, vehicle)
    return [
        replace(
            _choice(row, saved_fen, saved_m),
            at=row.place.pick_after,
            after=before_it[row.place.pick_after],
            put=row.place.put_after,
            put_after=before_it[row.place.put_after],
        )
        for row in shared_places(hand, hand.by_id[vehicle], number)[:MOST_SHARED]
    ]


def _before_each(hand: Hand, vehicle: str) -> list[tuple[str, bool] | None]:
    """Return what comes before each place of a day: a load, and whether it is put down there."""
    tasks = hand.by_id[vehicle].tasks
    return [None, *((hand.day.loads[t.load].id, t.receiver is not None) for t in tasks)]


def _at(hand: Hand, vehicle: str, load: int, receiver: int, at: int) -> Option:
    truck = hand.by_id[vehicle]
    spot = Spot(vehicle, hand.day.receiver(receiver).id, at, at)
    if truck.held or not hand.day.fits(truck.vehicle, load) or not hand.room(load, receiver):
        return Option(spot, refusal=Refusal(RefusalCode.LOCKED, vehicle))
    route = hand.timed(truck, with_load(truck.tasks, load, receiver, spot))
    if not isinstance(route, Route):
        return Option(spot, refusal=direct_refusal(hand, truck, load, receiver, at))
    start_s = next(s.start_s for s in route.stops if hand.day.loads[load].id in s.loads)
    return Option(spot, *extra(truck, route), start_s)


def late_bench(session: Session, row: CollectionPlan, before: Situation, key: str) -> Bench:
    """Say what each truck would make of a late load."""
    found = late_loads.late_load(session, row, before.problem, key)
    waiting = dispatch.waiting(before, found)
    load = waiting.loads[0]
    choices = [_choice(option, 0, 0) for option in late.options(waiting.situation, load)]
    mass_kg = _mass_kg(waiting.situation, load)
    cargoes = {found.collection.id: found.cargo}
    return Bench(load, mass_kg, choices, cargoes, found.places, found.goes_to)


def _mass_kg(before: Situation, load: str) -> int:
    return next(row.mass_kg for row in before.plan.loads if row.id == load)


def _choice(option: Option, saved_fen: int, saved_m: int) -> Choice:
    return Choice(
        vehicle=option.place.vehicle,
        receiver=option.place.receiver,
        at=None,
        extra_fen=option.extra_fen + saved_fen,
        extra_m=option.extra_m + saved_m,
        start_s=option.start_s,
        refusal=option.refusal,
    )
