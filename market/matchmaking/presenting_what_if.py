"""The answer to a what-if in words and rows: figures, flows, who gains and loses, pairs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask_babel import gettext

from market.matchmaking import labels, labels_span
from market.matchmaking.kept_questions import Compared
from market.matchmaking.presenting_questions import Says
from market.quantities import KG_PER_TONNE
from market.web.filters import number
from market.web.language import language, pick
from matching.whatif import Figure, FlowDifference, Pair, PartyDifference

_ROUNDING_T = 0.5
"""Tonnes are shown whole; a smaller difference is not one to a reader."""


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


@dataclass(frozen=True, slots=True)
class FigureLine:
    """One figure of both plans, already in the unit of its label."""

    label: str
    unit: str
    before: float
    after: float
    decimals: int

    @property
    def change(self) -> str:
        difference = self.after - self.before
        text = number(difference, self.decimals)
        return f"+{text}" if difference > 0 and text != number(0, self.decimals) else text


def figure_lines(answer: Compared, months: int) -> list[FigureLine]:
    by_money, money = (1e6, "M¥") if language() == "en" else (1e4, "万元")
    mass, haul = labels_span.mass_unit(months), labels_span.haul_unit(months)
    shown = (
        (Figure.TONNES, _("Placed"), mass, 1.0, 0),
        (Figure.UNMATCHED_T, _("Left"), mass, 1.0, 0),
        (Figure.TONNE_KM, _("Tonne-kilometres"), haul, 1.0, 0),
        (Figure.NET_VALUE_YUAN, _("Net value"), money + labels_span.per_span(months), by_money, 1),
        (Figure.NET_CO2_KG, _("Net CO₂ saved"), mass, 1000.0, 0),
    )
    rows = {row.figure: row for row in answer.figures}
    return [
        FigureLine(label, unit, rows[key].before / by, rows[key].after / by, places)
        for key, label, unit, by, places in shown
    ]


@dataclass(frozen=True, slots=True)
class FlowChange:
    kind: str
    giver: str
    taker: str
    material: str
    family: str
    before_t: float
    after_t: float

    @property
    def change_t(self) -> float:
        return self.after_t - self.before_t


def flow_changes(flows: Iterable[FlowDifference], says: Says) -> list[FlowChange]:
    """Add the months of each pair up; what only moves from month to month is no change here."""
    sums: dict[tuple[str, str], tuple[float, float]] = {}
    for flow in flows:
        before, after = sums.get((flow.supply_id, flow.slot_id), (0.0, 0.0))
        sums[flow.supply_id, flow.slot_id] = before + flow.before_t, after + flow.after_t
    rows = [
        FlowChange(
            _kind(before, after),
            says.firm(int(supply_id)),
            says.slot(slot_id),
            pick(says.row(int(supply_id)), "material"),
            says.row(int(supply_id)).family,
            before,
            after,
        )
        for (supply_id, slot_id), (before, after) in sums.items()
        if abs(after - before) >= _ROUNDING_T
    ]
    return sorted(rows, key=lambda row: (-abs(row.change_t), row.giver, row.taker))


def _kind(before_t: float, after_t: float) -> str:
    if before_t < _ROUNDING_T:
        return _("gained")
    return _("lost") if after_t < _ROUNDING_T else _("changed")


PARTIES = 12
"""Those with the largest changes are shown; the file has all."""


@dataclass(frozen=True, slots=True)
class PartyLine:
    """Changes of one firm's flows; yuan and CO2 are of both ends together."""

    name: str
    role: str
    tonnes: float
    yuan: float
    co2_t: float


def party_lines(parties: Iterable[PartyDifference], says: Says) -> list[PartyLine]:
    """Return whose flows grow or shrink, the largest loss first."""
    return [
        PartyLine(
            says.slot(row.id),
            _("gives") if row.side == "supply" else _("takes"),
            row.change_t,
            row.after.value_yuan - row.before.value_yuan,
            (row.after.co2_kg - row.before.co2_kg) / KG_PER_TONNE,
        )
        for row in parties
        if abs(row.change_t) >= _ROUNDING_T
        or abs(row.after.value_yuan - row.before.value_yuan) >= 1
    ]


def ends(rows: Sequence[PartyLine]) -> tuple[list[PartyLine], int]:
    """Return who loses most and who gains most, and how many stand between them."""
    if len(rows) <= PARTIES:
        return list(rows), 0
    half = PARTIES // 2
    return [*rows[:half], *rows[-half:]], len(rows) - PARTIES


@dataclass(frozen=True, slots=True)
class PairLine:
    giver: str
    taker: str
    material: str


def pair_lines(pairs: Iterable[Pair], says: Says) -> list[PairLine]:
    return [
        PairLine(
            says.firm(int(supply_id)),
            says.slot(slot_id),
            pick(says.row(int(supply_id)), "material"),
        )
        for supply_id, slot_id in pairs
    ]


@dataclass(frozen=True, slots=True)
class LeftOver:
    giver: str
    material: str
    before_t: float
    after_t: float
    reason: str


def left_over(answer: Compared, says: Says) -> list[LeftOver]:
    """Return the offers with more or less left than before, and why what is left is left."""
    reasons = {row.supply_id: row.reason for row in answer.reasons}
    sums: dict[str, tuple[float, float]] = {}
    for row in answer.unmatched:
        before, after = sums.get(row.supply_id, (0.0, 0.0))
        sums[row.supply_id] = before + row.before_t, after + row.after_t
    return [
        LeftOver(
            says.firm(int(supply_id)),
            pick(says.row(int(supply_id)), "material"),
            before,
            after,
            str(labels.REMAINDERS[reasons[supply_id]])
            if supply_id in reasons and after >= _ROUNDING_T
            else "",
        )
        for supply_id, (before, after) in sums.items()
        if abs(after - before) >= _ROUNDING_T
    ]


def what_if_sentence(given: Sequence[str], answer: Compared, months: int) -> str:
    question = given[0] if len(given) == 1 else _("With these %(n)s changes:", n=len(given))

    tonnes = answer.change_of(Figure.TONNES)
    haul = answer.change_of(Figure.TONNE_KM)
    value = answer.change_of(Figure.NET_VALUE_YUAN)
    if not answer.flows and abs(value) < 1 and abs(tonnes) < _ROUNDING_T:
        return labels.paragraph(question, _("Nothing changes: the best plan stays as it is."))
    return labels.paragraph(
        question,
        _tonnes_sentence(tonnes, months),
        _haul_sentence(haul),
        _value_sentence(value, months),
    )


def _tonnes_sentence(tonnes: float, months: int) -> str:
    moved = labels_span.tonnes_moved(number(abs(tonnes)), months)
    if tonnes >= _ROUNDING_T:
        return _("%(moved)s more are placed.", moved=moved)
    if tonnes <= -_ROUNDING_T:
        return _("%(moved)s less are placed.", moved=moved)
    return _("Not a tonne more or less is placed.")


def _haul_sentence(haul: float) -> str:
    if haul >= 1:
        return _("The hauls grow by %(km)s t·km.", km=number(haul))
    return _("The hauls shrink by %(km)s t·km.", km=number(-haul)) if haul <= -1 else ""


def _value_sentence(value: float, months: int) -> str:
    money = labels_span.money_moved(number(abs(value)), months)
    if value >= 1:
        return _("Net value rises by %(money)s.", money=money)
    return _("Net value falls by %(money)s.", money=money) if value <= -1 else ""
