"""What a truck's day costs and out of which parts, to the fen. View-side only."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext as _

from market.haulage.co2_words import co2_words, kilograms
from market.haulage.models import PlanRoute
from market.web.filters import number, yuan
from routing.day import distance_fen, duty_fen


@dataclass(frozen=True, slots=True)
class CostParts:
    """The parts of what a day costs, in fen: by the day, by its kilometres, by its hours."""

    fixed_fen: int
    distance_fen: int
    duty_fen: int

    @classmethod
    def of(cls, route: PlanRoute) -> "CostParts":
        """Take the day apart as the planner put its cost together."""
        truck = route.vehicle
        by_distance = distance_fen(route.distance_m, truck["fen_per_km"])
        by_time = duty_fen(_duty_s(route), truck["fen_per_h"])
        return cls(truck["fixed_fen"], by_distance, by_time)


@dataclass(frozen=True, slots=True)
class CostRow:
    """One truck's row, or that of all together, as the page shows it."""

    name: str
    fixed: str
    km: str
    km_cost: str
    hours: str
    hours_cost: str
    cost: str
    co2: str = ""
    co2_why: str = ""


@dataclass(frozen=True, slots=True)
class CostTable:
    """What each truck's day costs, and out of which parts; and all of them together."""

    rows: list[CostRow]
    sum: CostRow


def cost_table(routes: Sequence[PlanRoute]) -> CostTable:
    """Return the table of a plan's trucks."""
    return CostTable([_cost_row(route, CostParts.of(route)) for route in routes], _sum(routes))


def _cost_row(route: PlanRoute, parts: CostParts) -> CostRow:
    return CostRow(
        str(_("Truck %(n)s", n=route.number)),
        yuan(parts.fixed_fen, 2),
        f"{_km(route.distance_m)} × {yuan(route.vehicle['fen_per_km'], 2)}",
        yuan(parts.distance_fen, 2),
        f"{_hours(_duty_s(route))} × {yuan(route.vehicle['fen_per_h'], 2)}",
        yuan(parts.duty_fen, 2),
        yuan(route.cost_fen, 2),
        "–" if route.co2_g is None else kilograms(route.co2_g),
        co2_words(route),
    )


def _sum(routes: Sequence[PlanRoute]) -> CostRow:
    parts = [CostParts.of(route) for route in routes]
    return CostRow(
        str(_("In sum")),
        yuan(sum(row.fixed_fen for row in parts), 2),
        _km(sum(route.distance_m for route in routes)),
        yuan(sum(row.distance_fen for row in parts), 2),
        _hours(sum(map(_duty_s, routes))),
        yuan(sum(row.duty_fen for row in parts), 2),
        yuan(sum(route.cost_fen for route in routes), 2),
    )


def _duty_s(route: PlanRoute) -> int:
    return route.ends_s - route.starts_s


def _km(metres: int) -> str:
    """Return kilometres to the metre, so that the product can be reckoned after."""
    return number(metres / 1000, 3)


def _hours(seconds: int) -> str:
    """Return hours, minutes and seconds."""
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def cost_words(route: PlanRoute) -> str:
    """Say what the truck's day costs and out of which parts."""
    truck, parts = route.vehicle, CostParts.of(route)
    return str(
        _(
            "¥%(cost)s: ¥%(fixed)s a day + ¥%(by_km)s for %(km)s km at ¥%(per_km)s "
            "+ ¥%(by_h)s for %(hours)s h at ¥%(per_h)s",
            cost=yuan(route.cost_fen, 2),
            fixed=yuan(parts.fixed_fen, 2),
            by_km=yuan(parts.distance_fen, 2),
            km=_km(route.distance_m),
            per_km=yuan(truck["fen_per_km"], 2),
            by_h=yuan(parts.duty_fen, 2),
            hours=_hours(_duty_s(route)),
            per_h=yuan(truck["fen_per_h"], 2),
        )
    )
