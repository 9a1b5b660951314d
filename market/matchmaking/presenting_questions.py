"""Answers to questions about a run in words: one sentence first, then rows for tables and maps."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from market.listings.labels import property_label
from market.matchmaking import labels
from market.matchmaking.presenting import Names
from market.matchmaking.questions import NEW_PLANT, Kind, Question, Ranking, Read
from market.matchmaking.questions_places import Place
from market.matchmaking.reading import BalanceRow
from market.web.filters import number
from market.web.language import language, pick

if TYPE_CHECKING:
    from matching.location import Site
    from matching.loss import Loss
    from matching.reach import UseReach
    from matching.whatif import FlowDifference, WhatIf

FEEDS = 3
_ROUNDING_T = 0.5
"""Tonnes are shown whole; a smaller difference is not one to a reader."""


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


def place_name(place: Place, names: Names) -> str:
    return pick(place) if place.end is None else names.marked(place.end)


QUESTIONS: dict[Question, tuple[LazyString, LazyString]] = {
    Question.WHAT_IF: (
        _l("What if?"),
        _l("Change one price, limit, capacity or plant and compare the two best plans."),
    ),
    Question.LOSS: (
        _l("Who is hard to replace?"),
        _l("Take out each receiver in turn: what is stranded, and who would be second."),
    ),
    Question.SITE: (
        _l("Where should a new plant stand?"),
        _l("Try a process of a size at every county seat and every known site."),
    ),
    Question.REACH: (
        _l("How far is it worth driving?"),
        _l("For one stream: the distance at which a haul eats up its worth."),
    ),
    Question.MIX: (
        _l("What could be mixed?"),
        _l("For one want: two or three offers that keep its limits together."),
    ),
}

KINDS: dict[Kind, LazyString] = {
    Kind.OFFER_TONNES: _l("Tonnes of an offer"),
    Kind.WANT_TONNES: _l("Capacity of a want"),
    Kind.LIMIT: _l("A limit"),
    Kind.DISPOSAL: _l("Cost of disposal"),
    Kind.REPLACED: _l("Price of raw material"),
    Kind.RADIUS: _l("Reach"),
    Kind.REMOVE_OFFER: _l("An offer less"),
    Kind.REMOVE_PLANT: _l("A plant less"),
    Kind.ADD_PLANT: _l("A plant more"),
}

UNITS: dict[Kind, LazyString] = {
    Kind.OFFER_TONNES: _l("t/a"),
    Kind.WANT_TONNES: _l("t/a"),
    Kind.DISPOSAL: _l("¥/t"),
    Kind.REPLACED: _l("¥/t"),
    Kind.RADIUS: _l("km"),
    Kind.ADD_PLANT: _l("t/a"),
}


@dataclass(frozen=True, slots=True)
class Says:
    """Names rows for this reader."""

    asked: Read
    names: Names

    def row(self, listing_id: int) -> BalanceRow:
        return self.asked.rows[listing_id]

    def firm(self, listing_id: int) -> str:
        """Name a listing's firm and the listing: a firm may have several."""
        end = self.row(listing_id).end
        return _("%(name)s (%(ref)s)", name=self.names.marked(end), ref=end.ref)

    def listing(self, listing_id: int) -> str:
        return f"{self.firm(listing_id)} · {pick(self.row(listing_id), 'material')}"

    def site(self, site_id: int) -> str:
        return self.names.marked(self.want_at(site_id).end)

    def want_at(self, site_id: int) -> BalanceRow:
        rows = self.asked.rows.values()
        return next(row for row in rows if row.side == "want" and row.end.site_id == site_id)

    def slot(self, slot_id: str) -> str:
        if slot_id == NEW_PLANT:
            return _("New plant")
        return self.firm(int(slot_id))


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


def figure_lines(answer: "WhatIf") -> list[FigureLine]:
    from matching.whatif import Figure

    money, unit = (1e6, "M¥/a") if language() == "en" else (1e4, "万元/年")
    shown = (
        (Figure.TONNES, _("Placed"), _("t/a"), 1.0, 0),
        (Figure.UNMATCHED_T, _("Left"), _("t/a"), 1.0, 0),
        (Figure.TONNE_KM, _("Tonne-kilometres"), _("t·km/a"), 1.0, 0),
        (Figure.NET_VALUE_YUAN, _("Net value"), unit, money, 1),
        (Figure.NET_CO2_KG, _("Net CO₂ saved"), _("t/a"), 1000.0, 0),
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


def flow_changes(flows: Iterable["FlowDifference"], says: Says) -> list[FlowChange]:
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


@dataclass(frozen=True, slots=True)
class LeftOver:
    giver: str
    material: str
    before_t: float
    after_t: float
    reason: str


def left_over(answer: "WhatIf", says: Says) -> list[LeftOver]:
    """Return the offers with more or less left than before, and why what is left is left."""
    reasons = {row.supply_id: row.reason for row in answer.after.unmatched}
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
            str(labels.REMAINDERS[reasons[supply_id]]) if supply_id in reasons else "",
        )
        for supply_id, (before, after) in sums.items()
        if abs(after - before) >= _ROUNDING_T
    ]


def what_if_sentence(question: str, answer: "WhatIf") -> str:
    from matching.whatif import Figure

    tonnes = answer.change_of(Figure.TONNES)
    haul = answer.change_of(Figure.TONNE_KM)
    value = answer.change_of(Figure.NET_VALUE_YUAN)
    if not answer.flows and abs(value) < 1 and abs(tonnes) < _ROUNDING_T:
        return labels.paragraph(question, _("Nothing changes: the best plan stays as it is."))
    return labels.paragraph(
        question, _tonnes_sentence(tonnes), _haul_sentence(haul), _value_sentence(value)
    )


def _tonnes_sentence(tonnes: float) -> str:
    if tonnes >= _ROUNDING_T:
        return _("%(t)s t a year more are placed.", t=number(tonnes))
    if tonnes <= -_ROUNDING_T:
        return _("%(t)s t a year less are placed.", t=number(-tonnes))
    return _("Not a tonne more or less is placed.")


def _haul_sentence(haul: float) -> str:
    if haul >= 1:
        return _("The hauls grow by %(km)s t·km.", km=number(haul))
    return _("The hauls shrink by %(km)s t·km.", km=number(-haul)) if haul <= -1 else ""


def _value_sentence(value: float) -> str:
    if value >= 1:
        return _("Net value rises by %(yuan)s yuan a year.", yuan=number(value))
    return _("Net value falls by %(yuan)s yuan a year.", yuan=number(-value)) if value <= -1 else ""


@dataclass(frozen=True, slots=True)
class LossLine:
    row: BalanceRow
    loss: "Loss"
    second: str
    second_km: float | None


def loss_lines(found: Iterable["Loss"], says: Says) -> list[LossLine]:
    """Name beside each plant what would be second best for its largest supplier that has one."""
    lines = []
    for loss in found:
        best = next((turn.second_best for turn in loss.turns if turn.second_best), None)
        lines.append(
            LossLine(
                says.want_at(int(loss.id)),
                loss,
                "" if best is None else says.slot(best.other_id),
                None if best is None else best.extra_km,
            )
        )
    return lines


def loss_sentence(lines: Sequence[LossLine], says: Says) -> str:
    if not any(line.loss.took_t >= _ROUNDING_T for line in lines):
        return _("No receiver takes anything in this plan, so none can be missed.")
    worst = lines[0]
    if worst.loss.stranded_t < _ROUNDING_T:
        return _("No single stop strands a tonne: the others would have room.")
    hard = sum(1 for line in lines if line.loss.stranded_t >= _ROUNDING_T)
    return _(
        "If %(name)s stops, %(t)s t a year have nowhere to go; no other stop strands more;"
        " %(hard)s of %(all)s receivers would strand something.",
        name=says.names.marked(worst.row.end), t=number(worst.loss.stranded_t),
        hard=hard, all=len(lines),
    )  # fmt: skip


def reach_sentence(found: Sequence["UseReach"], says: Says, offer_id: int) -> str:
    name = says.listing(offer_id)
    if not found:
        return _("No want of this run may take %(name)s, at whatever distance.", name=name)
    best = found[0]
    if not best.reach.rings:
        return _("%(name)s is not worth any haul: it costs more than it saves.", name=name)
    near = sum(1 for use in found if use.reach.contains(use.distance_km))
    return _(
        "%(name)s is worth its haul up to %(km)s km by road;"
        " %(near)s of %(all)s wants that may take it stand within.",
        name=name, km=number(best.reach.break_even_km), near=near, all=len(found),
    )  # fmt: skip


def ring_text(use: "UseReach") -> str:
    """Return the distances at which a haul pays, several where freight falls at a band's edge."""
    if not use.reach.rings:
        return _("nowhere")
    return _("; ").join(
        _("%(low)s to %(high)s", low=number(ring.from_km), high=number(ring.to_km))
        for ring in use.reach.rings
    )


def no_freight() -> str:
    return _("The run knows no freight rates, so nothing would limit a haul.")


def site_sentence(found: Sequence[tuple[Place, "Site"]], says: Says) -> str:
    """Say where the plant does most, or that it would get nothing anywhere."""
    if not found:
        return _(
            "Such a plant would get nothing, wherever it stood: no offer of this material"
            " passes its rules within reach."
        )
    place, site = found[0]
    assert site.gain is not None, "a place that was found has been solved"
    name = place_name(place, says.names)
    takes = number(sum(flow.tonnes for flow in site.feeds))
    if site.gain.tonnes >= _ROUNDING_T:
        return _(
            "It would do most at %(place)s: it takes %(takes)s t a year, and %(t)s t a year"
            " find a place that have none today.",
            place=name, takes=takes, t=number(site.gain.tonnes),
        )  # fmt: skip
    return _(
        "Nowhere would it place a tonne more; at %(place)s it takes %(takes)s t a year"
        " that go elsewhere today and saves %(km)s t·km.",
        place=name, takes=takes, km=number(site.gain.tonne_km),
    )  # fmt: skip


def proof_sentence(ranking: Ranking) -> str:
    if ranking.all_proven:
        return _("Proven: no place that is not listed can do more.")
    if ranking.first_proven:
        return _("Proven: no place can do more than the first; the other ranks are not proven.")
    return _("Not proven: time ran out before every place was tried.")


def feeds(site: "Site") -> list[tuple[int, float]]:
    """Return tonnes a year from each supplier of a place, the largest first."""
    sums: dict[int, float] = {}
    for flow in site.feeds:
        sums[int(flow.supply_id)] = sums.get(int(flow.supply_id), 0.0) + flow.tonnes
    return sorted(sums.items(), key=lambda item: (-item[1], item[0]))


def feeds_text(site: "Site", says: Says) -> str:
    """Name the largest suppliers of a place."""
    rows = feeds(site)
    text = labels.joined(
        f"{says.firm(offer_id)} {number(tonnes)} {_('t/a')}" for offer_id, tonnes in rows[:FEEDS]
    )
    more = len(rows) - FEEDS
    return labels.joined((text, _("and %(n)s smaller ones", n=more))) if more > 0 else text


def limit_text(row: Any) -> str:
    """Return a limit of the engine in one line: name, sign, value, unit."""
    operator = str(row.operator)
    sign = labels.SIGNS.get(operator, operator)
    value = row.limit if hasattr(row, "limit") else row.value
    return f"{property_label(row.name)} {sign} {labels.amount(value, row.unit)}".strip()
