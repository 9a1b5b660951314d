"""Two plans beside each other: the sentence, the sums, what differs by load and truck."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _

from market.haulage.co2_words import kilograms, sum_words
from market.haulage.dispatch_pages import signed
from market.haulage.dispatch_words import CHANGES, Names
from market.web.filters import clock, km, number, tonnes, yuan
from routing.compare import Comparison, Ride, Sums


@dataclass(frozen=True, slots=True)
class CompareView:
    """Two plans beside each other: the sentence, the sums, and what differs by load and truck."""

    sentence: str
    sums: list[tuple[str, str, str, str, str]]
    loads: list[dict[str, str]]
    trucks: list[dict[str, str]]
    co2_known: bool


def comparison(found: Comparison, names: Names) -> CompareView:
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
