"""Answers to questions about a run in words: one sentence first, then rows for tables and maps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from flask_babel import gettext
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.datastructures import MultiDict

from market.errors import NotFoundError
from market.jobs import JobState
from market.listings.labels import property_label
from market.matchmaking import labels, labels_span, policy
from market.matchmaking.presenting import Names
from market.matchmaking.questions import NEW_PLANT, Kind, Question, Ranking, Read
from market.matchmaking.questions_places import Place
from market.matchmaking.reading import BalanceRow
from market.web.filters import number
from market.web.language import pick

if TYPE_CHECKING:
    from matching.location import Site
    from matching.reach import UseReach

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
        _l("Change prices, limits, calendars, stores or plants and compare the two best plans."),
    ),
    Question.LOSS: (
        _l("Who is hard to replace?"),
        _l("Take out each receiver or offer in turn: what is missing, and who would be second."),
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
    Kind.AMOUNT: _l("Tonnes of one month"),
    Kind.STOPPAGE: _l("A stoppage"),
    Kind.STORAGE: _l("A store"),
    Kind.LIMIT: _l("A limit"),
    Kind.DOSAGE: _l("A limit on a product"),
    Kind.DISPOSAL: _l("Cost of disposal"),
    Kind.REPLACED: _l("Price of raw material"),
    Kind.TREATMENT: _l("Cost of treatment"),
    Kind.FREIGHT: _l("Freight"),
    Kind.CARBON: _l("Price of carbon"),
    Kind.RADIUS: _l("Reach"),
    Kind.REMOVE_OFFER: _l("An offer less"),
    Kind.REMOVE_PLANT: _l("A plant less"),
    Kind.ADD_PLANT: _l("A plant more"),
}

OF_THE_RUN = frozenset({Kind.OFFER_TONNES, Kind.WANT_TONNES, Kind.ADD_PLANT})
"""Changes whose tonnes are of all the months of the run."""
UNITS: dict[Kind, dict[str, LazyString | str]] = {
    Kind.AMOUNT: {"value": _l("t")},
    Kind.STOPPAGE: {"value": "%"},
    Kind.STORAGE: {"value": _l("t"), "opening": _l("t"), "cost": _l("¥/t")},
    Kind.DISPOSAL: {"value": _l("¥/t")},
    Kind.REPLACED: {"value": _l("¥/t")},
    Kind.TREATMENT: {"value": _l("¥/t")},
    Kind.FREIGHT: {"value": _l("¥/(t·km)"), "fixed": _l("¥/t")},
    Kind.CARBON: {"value": _l("¥/t")},
    Kind.RADIUS: {"value": _l("km")},
}


def units(kind: Kind, months: int) -> dict[str, LazyString | str]:
    """Return the units of a change's fields, by their name."""
    return {"value": labels_span.mass_note(months)} if kind in OF_THE_RUN else UNITS.get(kind, {})


JOB_STATES: dict[JobState, LazyString] = {
    JobState.QUEUED: _l("waiting"),
    JobState.RUNNING: _l("being worked out"),
    JobState.DONE: _l("done"),
    JobState.FAILED: _l("failed"),
    JobState.CANCELLED: _l("stopped"),
}


@dataclass(frozen=True, slots=True)
class Says:
    """Names rows for this reader."""

    asked: Read
    names: Names

    @property
    def months(self) -> int:
        return self.asked.run.span_months

    def moved(self, tonnes: float) -> str:
        """Say so many tonnes of the run's time."""
        return labels_span.tonnes_moved(number(tonnes), self.months)

    def row(self, listing_id: int) -> BalanceRow:
        return self.asked.rows[listing_id]

    def firm(self, listing_id: int) -> str:
        """Name a listing's firm and the listing: a firm may have several."""
        end = self.row(listing_id).end
        return _("%(name)s (%(ref)s)", name=self.names.marked(end), ref=self.names.ref(end))

    def may_ask(self, listing_id: int) -> bool:
        return policy.sees_terms(self.names.actor, self.row(listing_id).end)

    def require(self, arguments: MultiDict[str, str]) -> None:
        """Refuse an address that asks of a listing withdrawn since: it is not there (404)."""
        for name in ("offer_id", "want_id", "listing_id", "limit", "dosage"):
            listing_id = arguments.get(name, "").partition("|")[0]
            if (
                listing_id.isascii()
                and listing_id.isdigit()
                and int(listing_id) in self.asked.rows
                and not self.may_ask(int(listing_id))
            ):
                raise NotFoundError("not_found")

    def listing(self, listing_id: int) -> str:
        return f"{self.firm(listing_id)} · {pick(self.row(listing_id), 'material')}"

    def site(self, site_id: int) -> str:
        return self.names.marked(self.want_at(site_id).end)

    def want_at(self, site_id: int) -> BalanceRow:
        rows = self.asked.rows.values()
        return next(row for row in rows if row.side == "want" and row.end.site_id == site_id)

    def slot(self, slot_id: str) -> str:
        if slot_id.startswith(NEW_PLANT):
            return _("New plant")
        return self.firm(int(slot_id))


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
    takes = says.moved(sum(flow.tonnes for flow in site.feeds))
    if site.gain.tonnes >= _ROUNDING_T:
        return _(
            "It would do most at %(place)s: it takes %(takes)s, and %(moved)s"
            " find a place that have none today.",
            place=name, takes=takes, moved=says.moved(site.gain.tonnes),
        )  # fmt: skip
    return _(
        "Nowhere would it place a tonne more; at %(place)s it takes %(takes)s"
        " that go elsewhere today and saves %(km)s t·km.",
        place=name, takes=takes, km=number(site.gain.tonne_km),
    )  # fmt: skip


def proof_sentence(ranking: Ranking, says: Says) -> str:
    if ranking.all_proven:
        return _("Proven: no place that is not listed can do more.")
    if ranking.first_proven:
        return _("Proven: no place can do more than the first; the other ranks are not proven.")
    if ranking.most_left_t is None:
        return _("Not proven: time ran out before every place was tried.")
    return _(
        "Time ran out before every place was tried; proven: none of those left can place more than"
        " %(moved)s anew.",
        moved=says.moved(ranking.most_left_t),
    )


def feeds(site: "Site") -> list[tuple[int, float]]:
    """Return tonnes from each supplier of a place, the largest first."""
    sums: dict[int, float] = {}
    for flow in site.feeds:
        sums[int(flow.supply_id)] = sums.get(int(flow.supply_id), 0.0) + flow.tonnes
    return sorted(sums.items(), key=lambda item: (-item[1], item[0]))


def feeds_text(site: "Site", says: Says) -> str:
    """Name the largest suppliers of a place."""
    rows = feeds(site)
    text = labels.joined(
        f"{says.firm(offer_id)} {says.moved(tonnes)}" for offer_id, tonnes in rows[:FEEDS]
    )
    more = len(rows) - FEEDS
    return labels.joined((text, _("and %(n)s smaller ones", n=more))) if more > 0 else text


def limit_text(row: Any) -> str:
    """Return a limit of the engine in one line: name, sign, value, unit."""
    operator = str(row.operator)
    sign = labels.SIGNS.get(operator, operator)
    value = row.limit if hasattr(row, "limit") else row.value
    return f"{property_label(row.name)} {sign} {labels.amount(value, row.unit)}".strip()
