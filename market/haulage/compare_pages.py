"""Two plans beside each other: the sentence, the sums, what differs by load and truck."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from flask_babel import gettext as _

from market.haulage.co2_words import kilograms, sum_words
from market.haulage.dispatch_pages import signed
from market.haulage.dispatch_words import CHANGES, Names
from market.haulage.models import CollectionPlan, Vehicle
from market.haulage.records import load_name
from market.web.filters import clock, km, number, tonnes, yuan
from routing.compare import Comparison, Ride, Sums, compare
from routing.operate import Situation
from routing.plan import Plan


@dataclass(frozen=True, slots=True)
class CompareView:
    """Two plans beside each other: the sentence, the sums, and what differs by load and truck."""

    sentence: str
    sums: list[tuple[str, str, str, str, str]]
    loads: list[dict[str, str]]
    trucks: list[dict[str, str]]
    co2_known: bool


Read = tuple[CollectionPlan, Situation]


def comparison(before: Read, after: Read, fleet: Iterable[Vehicle]) -> CompareView:
    """Say what differs from one plan of a day to another."""
    found, names = compared(before, after, fleet)
    return CompareView(
        sentence=_sentence(found),
        sums=[*_sums(found), *_co2_sums(found)],
        co2_known=any(side.known for side in found.co2),
        loads=[
            {
                "name": names.load(row.load),
                "change": str(CHANGES[row.change]),
                "before": _ride(row.before, names),
                "after": _ride(row.after, names),
            }
            for row in found.loads
        ],
        trucks=[
            {
                "name": names.truck_in_full(row.vehicle),
                "loads": f"{row.before.loads} → {row.after.loads}",
                "km": f"{km(row.before.distance_m)} → {km(row.after.distance_m)}",
                "cost": f"{yuan(row.before.cost_fen)} → {yuan(row.after.cost_fen)}",
                "co2": f"{_co2(row.before)} → {_co2(row.after)}",
                "end": f"{_clock(row.before_end_s)} → {_clock(row.after_end_s)}",
            }
            for row in found.trucks
        ],
    )


def compared(before: Read, after: Read, fleet: Iterable[Vehicle]) -> tuple[Comparison, Names]:
    """Return what differs from one plan of a day to another, and what all of it is called."""
    problems = after[1].problem, before[1].problem
    plans = (_by_name(row, read.plan) for row, read in (before, after))
    found = compare(problems[0], *plans, was=problems[1])
    return found, _names_of((before[0], after[0]), fleet)


def _by_name(row: CollectionPlan, plan: Plan) -> Plan:
    """Return the plan with its loads as they are called on their day, in whichever plan."""
    routes = tuple(
        replace(
            route,
            stops=tuple(replace(stop, loads=_names(row, stop.loads)) for stop in route.stops),
        )
        for route in plan.routes
    )
    loads = tuple(replace(load, id=load_name(row, load.id)) for load in plan.loads)
    left = tuple(replace(load, load=load_name(row, load.load)) for load in plan.unserved)
    return replace(plan, routes=routes, loads=loads, unserved=left)


def _names(row: CollectionPlan, loads: Iterable[str]) -> tuple[str, ...]:
    return tuple(load_name(row, load) for load in loads)


def _names_of(rows: Sequence[CollectionPlan], fleet: Iterable[Vehicle]) -> Names:
    """Return the names of all that some plans of a day know, by what it is called on that day."""
    cargoes = {
        cargo.get("called", name): cargo for row in rows for name, cargo in row.cargoes.items()
    }
    places = {name: place for row in rows for name, place in row.places.items()}
    return Names(cargoes, places, {f"V{vehicle.id}": vehicle for vehicle in fleet})


def _clock(second: int | None) -> str:
    return "–" if second is None else clock(second)


def _ride(ride: Ride | None, names: Names) -> str:
    if ride is None:
        return "–"
    return f"{names.truck(ride.vehicle)} {clock(ride.loaded_s)}–{clock(ride.unloaded_s)}"


def _sentence(found: Comparison) -> str:
    if found.same:
        return str(_("The two plans drive the same."))
    gap = found.difference
    return str(
        _(
            "%(km)s km, ¥%(cost)s; left over: %(left)s instead of %(before)s. "
            "Loads that differ: %(loads)s; trucks: %(trucks)s.",
            loads=len(found.loads),
            trucks=len(found.trucks),
            km=signed(gap.distance_m, km(gap.distance_m, 1)),
            cost=signed(gap.cost_fen, yuan(gap.cost_fen)),
            left=found.after.unserved,
            before=found.before.unserved,
        )
    )


def _sums(found: Comparison) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield label, unit, before, after and difference."""
    gap = found.difference

    def line(label: str, unit: str, of: Any, shown: Any) -> tuple[str, str, str, str, str]:
        before, after, change = (of(row) for row in (found.before, found.after, gap))
        return label, unit, shown(before), shown(after), signed(change, shown(change))

    yield line(_("Loads"), "", lambda row: row.loads, number)
    yield line(_("Mass"), _("t"), lambda row: row.served_kg, lambda kg: tonnes(kg, 1))
    yield line(_("Kilometres"), "km", lambda row: row.distance_m, km)
    yield line(_("Driven empty"), "km", lambda row: row.empty_m, km)
    yield line(_("On the road"), _("h"), lambda row: row.duty_s, lambda s: number(s / 3600, 1))
    yield line(_("Cost"), _("¥"), lambda row: row.cost_fen, yuan)
    yield line(_("Left over"), "", _unserved, number)


def _co2(row: Sums) -> str:
    return "–" if row.co2_g is None else kilograms(row.co2_g)


def _co2_sums(found: Comparison) -> Iterator[tuple[str, str, str, str, str]]:
    """Yield the CO2 where a truck has a factor; a difference only where all of them have one."""
    if any(side.known for side in found.co2):
        gap_g = found.difference.co2_g
        gap = "–" if gap_g is None else signed(gap_g, kilograms(gap_g))
        before, after = (sum_words(side) for side in found.co2)
        yield _("CO₂ of the trucks"), "kg", before, after, gap


def _unserved(row: Sums) -> int:
    return row.unserved
