"""The figures of a run's result page, in the units of the reader's language."""

from collections.abc import Sequence
from dataclasses import dataclass

from flask_babel import gettext

from market.matchmaking.account import Account
from market.matchmaking.flows import End
from market.matchmaking.labels_span import per_span
from market.matchmaking.rules import Objective
from market.matchmaking.summary import QuotaLine, RunSummary
from market.quantities import KG_PER_TONNE
from market.web.filters import NOTHING, Figure, number, wan
from market.web.language import language

Item = tuple[str, str, str]
"""Label, number, unit."""


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


@dataclass(frozen=True, slots=True)
class Licensed:
    """Who holds a licence for hazardous codes, and the tonnes used of it and still free."""

    end: End
    codes: Sequence[str]
    used_kg: float
    licensed_kg: float
    year: str

    @property
    def free_kg(self) -> float:
        return self.licensed_kg - self.used_kg

    @classmethod
    def of(cls, end: End, row: QuotaLine) -> "Licensed":
        used_kg, licensed_kg = row.used_t * KG_PER_TONNE, row.tonnes * KG_PER_TONNE
        return cls(end, row.codes, used_kg, licensed_kg, row.year)


def headline(summary: RunSummary, account: Account, months: int) -> list[Item]:
    """Return what the strip under the sentence shows."""
    value, haul = _yuan(summary.value_yuan, months), _haul(summary.tonne_km, months)
    store = wan(account.closing_kg)
    return [
        _mass(_("Placed"), account.placed_kg, months),
        *([(_("In store at the end"), store.n, store.unit)] if account.has_stock else []),
        _mass(_("Nowhere to go"), account.unplaced_kg, months),
        (_("Net value"), value.n, value.unit),
        *_carbon(summary, months),
        (_("Mean haul by road"), number(summary.mean_km), "km"),
        (_("Tonne-kilometres"), haul.n, haul.unit),
        (_("Solve time"), number(summary.solve_seconds, 2),
         _("s, %(n)s parts", n=number(summary.components))),
    ]  # fmt: skip


def _mass(label: str, kg: float, months: int) -> Item:
    figure = wan(kg)
    return label, figure.n, figure.unit + per_span(months)


def _carbon(summary: RunSummary, months: int) -> list[Item]:
    if summary.co2_kg is None:
        return []
    central = _co2(summary.co2_kg, months)
    ends = [
        _co2(kg, months).n for kg in (summary.co2_low_kg, summary.co2_high_kg) if kg is not None
    ]
    between = (
        ends[0] if len(set(ends)) == 1 else _("%(low)s to %(high)s", low=ends[0], high=ends[1])
    )
    return [
        (_("Net CO₂ saved"), central.n, central.unit),
        (_("Net CO₂, low to high"), between, central.unit),
    ]


def bound(summary: RunSummary, objective: str, months: int) -> Item:
    """Return the proven bound of the last objective in that objective's unit."""
    if summary.bound is None:
        return _("Bound"), NOTHING, ""
    match Objective(objective):
        case Objective.VALUE:
            figure = _yuan(summary.bound, months)
        case Objective.CO2:
            figure = _co2(summary.bound, months)
        case Objective.WEIGHTED:
            figure = Figure(number(summary.bound), _("points"))
        case _:
            figure = _haul(summary.bound, months)
    return _("Bound"), figure.n, figure.unit


def _co2(kg: float, months: int) -> Figure:
    figure = wan(kg)
    return Figure(figure.n, f"{figure.unit} CO₂{per_span(months)}")


def _yuan(yuan: float, months: int) -> Figure:
    return _large(yuan, "M¥", "万元", months)


def _haul(tonne_km: float, months: int) -> Figure:
    return _large(tonne_km, "M t·km", "万吨·公里", months)


def _large(value: float, millions: str, ten_thousands: str, months: int) -> Figure:
    if language() == "en":
        return Figure(number(value / 1e6, 1), millions + per_span(months))
    return Figure(number(value / 1e4), ten_thousands + per_span(months))
