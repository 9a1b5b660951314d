"""Words for the feature's closed sets, and the sentences built on them."""

from datetime import date
from typing import Any

from babel.dates import get_day_names
from flask_babel import format_date, get_locale, pgettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from market.haulage.rules import (
    Basis,
    JobStage,
    LeftOut,
    NoWays,
    PlanStatus,
    RuleBasis,
    Scope,
    VehicleKind,
    Ways,
)
from market.web.filters import clock, number, tonnes
from market.web.language import language
from routing.plan import Reason, StopKind

KINDS = {
    VehicleKind.TANKER: _l("bulk tanker"),
    VehicleKind.TIPPER: _l("tipper"),
    VehicleKind.FLATBED: _l("flatbed"),
    VehicleKind.HAZARDOUS_VAN: _l("hazardous-goods van"),
}

BASES = {
    Basis.FACTOR: _l("from a catalogue factor"),
    Basis.ASSUMPTION: _l("assumption"),
    Basis.STATED: _l("stated by the fleet"),
}

RULE_BASES = {
    RuleBasis.PRACTICE: _l("trade practice, not verified"),
    RuleBasis.ASSUMPTION: _l("platform assumption, not verified"),
}

SCOPES = {
    Scope.FIRMS: _l("Only flows between firms that state their own tonnes"),
    Scope.ALL: _l("All flows, those of estimated plants too"),
}

WAYS = {
    Ways.GREAT_CIRCLE: _l("Great circle × the region's road factor, at one speed"),
    Ways.ROUTER: _l("Tables of the road router"),
    Ways.TABLE: _l("An own table, from a file"),
}

NO_WAYS = {
    NoWays.AWAY: _l("Nobody answers at the road router's address %(server)s."),
    NoWays.SLOW: _l("The road router %(server)s did not answer in time."),
    NoWays.BUSY: _l("The road router %(server)s says that it cannot answer just now."),
    NoWays.REFUSED: _l("The road router %(server)s gave no table of distances."),
    NoWays.NO_ROAD: _l("%(server)s knows no road between some places of the day."),
    NoWays.NOT_SET: _l("No road router is set for the worker that plans."),
}

NO_WAYS_REMEDIES = {
    NoWays.AWAY: _l("Have it started, or the setting WUJIN_ROAD_TABLES put right; then try again."),
    NoWays.SLOW: _l("Try again later, or have the router looked at."),
    NoWays.BUSY: _l("Try again later, or have the router looked at."),
    NoWays.REFUSED: _l("Have the router and its profile looked at; then try again."),
    NoWays.NO_ROAD: _l("Look at where these places lie; a want or a pick-up may sit off the road."),
    NoWays.NOT_SET: _l("Set WUJIN_ROAD_TABLES where the worker runs; then try again."),
}

STATUSES = {
    PlanStatus.PENDING: _l("under way"),
    PlanStatus.COMPLETE: _l("everything placed"),
    PlanStatus.PARTIAL: _l("some left over"),
    PlanStatus.EMPTY: _l("nothing placed"),
}

STAGES = {
    JobStage.FREEZE: _l("Take the day's loads from the run and the fleet"),
    JobStage.WAYS: _l("Measure the ways between all places"),
    JobStage.SPLIT: _l("Cut flows into truckloads"),
    JobStage.FIRST_PLAN: _l("Find a first plan that can be driven"),
    JobStage.IMPROVE: _l("Cut empty kilometres"),
    JobStage.CHECK: _l("Check windows, hours, capacity and licences again"),
    JobStage.STORE: _l("Keep the plan"),
}

STOPS = {
    StopKind.START: _l("leave the depot"),
    StopKind.LOAD: _l("load"),
    StopKind.UNLOAD: _l("unload"),
    StopKind.CLEAN: _l("wash"),
    StopKind.REST: _l("rest"),
    StopKind.END: _l("back at the depot"),
}

LEFT_OUT = {
    LeftOut.ESTIMATE: _l("An end is a public-source estimate: nobody there has agreed to anything"),
    LeftOut.OUT_OF_REACH: _l("An end lies beyond the reach set for these depots"),
    LeftOut.OTHER_CARRIERS: _l("Above the loads this fleet takes of one flow a day"),
    LeftOut.BELOW_ONE_LOAD: _l("Not a full truck yet today"),
}

TAGS = {
    Reason.NO_VEHICLE: _l("no truck at all"),
    Reason.NO_BODY: _l("truck body"),
    Reason.NO_LICENCE: _l("licence"),
    Reason.NOT_ADMITTED: _l("cargo"),
    Reason.SEGREGATION: _l("kept apart"),
    Reason.MASS: _l("mass"),
    Reason.VOLUME: _l("volume"),
    Reason.COLLECTION_WINDOW: _l("time window"),
    Reason.RECEIVER_WINDOW: _l("time window"),
    Reason.UNLOADING_TIME: _l("unloading time"),
    Reason.SHIFT: _l("shift"),
    Reason.DRIVER_HOURS: _l("driver hours"),
    Reason.RECEIVER_INTAKE: _l("daily intake"),
    Reason.FLEET_BUSY: _l("fleet full"),
    Reason.NOT_WORTH: _l("too dear"),
}

# These stop a load whatever the day looks like; the others are a matter of this day's hours.
HARD = frozenset(
    {
        Reason.NO_VEHICLE,
        Reason.NO_BODY,
        Reason.NO_LICENCE,
        Reason.NOT_ADMITTED,
        Reason.SEGREGATION,
    }
)

_SENTENCES = {
    Reason.NO_VEHICLE: _l("No truck is in service on this day."),
    Reason.NO_BODY: _l("No truck of these depots has the body for it (%(bodies)s)."),
    Reason.NO_LICENCE: _l("No truck of these depots is licensed for %(subject)s."),
    Reason.NOT_ADMITTED: _l("No truck with the right body takes this material."),
    Reason.SEGREGATION: _l("It may not share a truck with what the others carry."),
    Reason.MASS: _l("One load weighs %(value)s; the largest truck takes %(limit)s."),
    Reason.VOLUME: _l("One load fills %(value)s; the largest truck holds %(limit)s."),
    Reason.COLLECTION_WINDOW: _l(
        "Loading closes at %(limit)s; %(carrier)s could only be there at %(value)s."
    ),
    Reason.RECEIVER_WINDOW: _l(
        "The receiver closes at %(limit)s; %(carrier)s could only be there at %(value)s."
    ),
    Reason.UNLOADING_TIME: _l(
        "It is to be unloaded by %(limit)s; %(carrier)s could only be there at %(value)s."
    ),
    Reason.SHIFT: _l("The shift ends at %(limit)s; the trip would be back at %(value)s."),
    Reason.DRIVER_HOURS: _l(
        "With it a driver would be %(value)s at the wheel; %(limit)s are allowed."
    ),
    Reason.RECEIVER_INTAKE: _l("The receiver takes %(limit)s a day; this would make %(value)s."),
    Reason.FLEET_BUSY: _l("Every truck that suits it is busy all day, washes included."),
    Reason.NOT_WORTH: _l("Fetching it costs %(value)s; leaving it costs %(limit)s."),
}

_REMEDIES = {
    Reason.NO_VEHICLE: _l("Put a truck in service, or pick a depot that has one."),
    Reason.NO_BODY: _l("Hire such a truck for the day, or pick a depot that has one."),
    Reason.NO_LICENCE: _l("Hire a carrier licensed for %(subject)s; do not load before."),
    Reason.NOT_ADMITTED: _l("Open a truck of this body for the material."),
    Reason.SEGREGATION: _l("Send it by a truck of its own."),
    Reason.MASS: _l("Make the load lighter by %(change)s."),
    Reason.VOLUME: _l("Make the load smaller by %(change)s."),
    Reason.COLLECTION_WINDOW: _l("Keep the gate open until %(value)s, %(change)s longer."),
    Reason.RECEIVER_WINDOW: _l("Have the receiver stay open until %(value)s, %(change)s longer."),
    Reason.UNLOADING_TIME: _l("Agree on %(value)s with the receiver, %(change)s later."),
    Reason.SHIFT: _l("Lengthen the shift by %(change)s, or send it from a nearer depot."),
    Reason.DRIVER_HOURS: _l("Put a second driver on it, or split the trip."),
    Reason.RECEIVER_INTAKE: _l("Ask the receiver for %(change)s more today, or move it a day."),
    Reason.FLEET_BUSY: _l("One more truck of this kind, or move it to another day."),
    Reason.NOT_WORTH: _l("Raise what leaving it costs by %(change)s."),
}

# What would do comes before the limit: a window or a shift begins too late, a wash takes too long.
_BEFORE = {
    Reason.COLLECTION_WINDOW: (
        _l("Loading opens at %(limit)s; it would have to begin by %(value)s."),
        _l("Open the gate by %(value)s, %(change)s sooner."),
    ),
    Reason.RECEIVER_WINDOW: (
        _l("The receiver opens at %(limit)s; unloading would have to begin by %(value)s."),
        _l("Have the receiver open by %(value)s, %(change)s sooner."),
    ),
    Reason.UNLOADING_TIME: (
        _l("It is to be unloaded from %(limit)s on; that would have to begin by %(value)s."),
        _l("Agree on %(value)s with the receiver, %(change)s sooner."),
    ),
    Reason.SHIFT: (
        _l("The shift begins at %(limit)s; %(carrier)s would have to leave at %(value)s."),
        _l("Begin the shift %(change)s sooner, or send it from a nearer depot."),
    ),
    Reason.FLEET_BUSY: (
        _l("With it %(carrier)s would have to leave at %(value)s; its shift begins at %(limit)s."),
        _l("Let %(carrier)s begin %(change)s sooner."),
    ),
    Reason.SEGREGATION: (
        _l(
            "The wash between it and other cargo takes %(limit)s; %(carrier)s has %(value)s for it."
        ),
        _l("Wash in %(change)s less, or send it by a truck of its own."),
    ),
}

# What would do comes after the limit, on a truck that has other work too.
_WITH_IT = {
    Reason.FLEET_BUSY: (
        _l("With it %(carrier)s would be back at %(value)s; its shift ends at %(limit)s."),
        _l("Let %(carrier)s work %(change)s longer."),
    ),
    Reason.MASS: (
        _l("With what rides along %(carrier)s would carry %(value)s; it takes %(limit)s."),
        _l("Make the load lighter by %(change)s, or give the trip to a larger truck."),
    ),
    Reason.VOLUME: (
        _l("With what rides along %(carrier)s would hold %(value)s; it has room for %(limit)s."),
        _l("Make the load smaller by %(change)s, or give the trip to a larger truck."),
    ),
}

# The gate is not the load's own, but that of one that the truck would come to later, or sooner.
_ELSEWHERE = (
    _l("With it %(carrier)s would come to %(place)s at %(value)s; that is open until %(limit)s."),
    _l("Have %(place)s stay open until %(value)s, %(change)s longer."),
)
_ELSEWHERE_BEFORE = (
    _l("With it %(carrier)s would be due at %(place)s by %(value)s; that opens at %(limit)s."),
    _l("Have %(place)s open by %(value)s, %(change)s sooner."),
)

# The time in the way is that of another load, which is locked to it.
_LOCKED = (
    _l("Load %(subject)s is locked to %(limit)s; with this one it would only come at %(value)s."),
    _l("Lock that load to %(value)s or later, or unlock it."),
)

# A limit is told, but lifting it alone would not place the load.
_NO_ONE_REMEDY = _l("No one change would do: add a truck of this kind, or move it a day.")
_NO_TWO_REMEDY = _l("No two changes would do together: move it to another day.")
_BOTH = _l("Both at once: %(one)s %(other)s")
_UNTRIED_REMEDY = _l("There was no time to look for what would do: plan again with more.")
_FITS = _l("As the plan is, %(carrier)s has room and time for it.")
_FITS_REMEDY = _l("Put it on that truck by hand, or plan again.")
_SPARE = _l("One more truck like truck %(spare)s would carry it, out from %(from)s to %(until)s.")
_OR_SPARE = _l("Or one more truck like truck %(spare)s, out from %(from)s to %(until)s.")

# What is shown of a unit: minutes, tenths of a tonne and of a cubic metre.
_SHOWN = {"s": 60, "kg": 100, "l": 100}
_GATES = frozenset({Reason.COLLECTION_WINDOW, Reason.RECEIVER_WINDOW, Reason.UNLOADING_TIME})
_WHEN = _GATES | {Reason.SHIFT, Reason.FLEET_BUSY}


def reason_words(
    reason: str, params: dict[str, Any], elsewhere: dict[str, str] | None = None
) -> tuple[str, str]:
    """Return the sentence that says what stops a load, and the one that says what would help.

    `elsewhere` names gates that are not the load's own.
    """
    places = elsewhere or {}
    sentence, remedy = _limit_words(Reason(reason), params, params, places)
    also = params.get("also")
    if also is not None:
        other, other_remedy = _limit_words(Reason(also["reason"]), also, params, places)
        sentence = f"{sentence}{_gap()}{other}"
        remedy = str(_BOTH) % {"one": remedy, "other": other_remedy}
        if params.get("relaxation") is None and params["unit"]:
            remedy = str(_NO_TWO_REMEDY)
    if not params.get("tried", True):
        if params.get("vehicle"):
            return str(_FITS) % {"carrier": _carrier(params)}, str(_FITS_REMEDY)
        return sentence, str(_UNTRIED_REMEDY)
    return sentence, _with_spare(remedy, params)


def _carrier(params: dict[str, Any]) -> str:
    number = params.get("truck")
    return str(_("a truck") if number is None else _("truck %(n)s", n=number))


def _gap() -> str:
    return " " if language() == "en" else ""


def _with_spare(remedy: str, params: dict[str, Any]) -> str:
    if params.get("spare_truck") is None:
        return remedy
    begins_s, ends_s = params["spare_s"]
    until_s = -(-ends_s // 60) * 60
    values = {"spare": params["spare_truck"], "from": clock(begins_s), "until": clock(until_s)}
    if params.get("vehicle"):
        return f"{remedy}{_gap()}{str(_OR_SPARE) % values}"
    return str(_SPARE) % values


def _limit_words(
    code: Reason, limit: dict[str, Any], params: dict[str, Any], places: dict[str, str]
) -> tuple[str, str]:
    """Say one limit and what would help; `params` are those of the whole row."""
    unit, subject = limit["unit"], limit.get("subject") or ""
    values = {
        "subject": subject,
        "bodies": _bodies(subject),
        "carrier": _carrier(params),
        "place": places.get(subject, ""),
        "value": quantity(code, _enough(limit, unit), unit),
        "limit": quantity(code, limit.get("limit"), unit),
        "change": _change(_up(limit.get("relaxation"), unit), unit),
    }
    sentence, remedy = _words_of(code, limit, params, in_other_place=bool(values["place"]))
    words = str(remedy)
    if "%(change)s" in words and limit.get("relaxation") is None:
        words = str(_NO_ONE_REMEDY)
    return str(sentence) % values, words % values


def _enough(limit: dict[str, Any], unit: str) -> int | None:
    """Return the value as it is shown: a minute or a tenth more where that is on the safe side."""
    value, at = limit.get("value"), limit.get("limit")
    after = limit.get("relaxation") is not None and value is not None and value > (at or 0)
    return _up(value, unit) if after else value


def _up(value: int | None, unit: str) -> int | None:
    step = _SHOWN.get(unit, 1)
    return None if value is None else -(-value // step) * step


def _words_of(
    code: Reason, limit: dict[str, Any], params: dict[str, Any], *, in_other_place: bool
) -> tuple[Any, Any]:
    before = (limit.get("limit") or 0) > (limit.get("value") or 0)
    if code in _GATES and "#" in (limit.get("subject") or ""):
        return _LOCKED
    if code in _GATES and in_other_place:
        return _ELSEWHERE_BEFORE if before else _ELSEWHERE
    if code in _BEFORE and before:
        return _BEFORE[code]
    known = params.get("vehicle") or (code is Reason.FLEET_BUSY and params.get("truck") is not None)
    if code in _WITH_IT and limit.get("relaxation") and known:
        return _WITH_IT[code]
    return _SENTENCES[code], _REMEDIES[code]


def _bodies(subject: str) -> str:
    known = {kind.value: str(word) for kind, word in KINDS.items()}
    return str(pgettext("list", " or ").join(known.get(name, name) for name in subject.split(", ")))


def quantity(code: Reason | None, value: int | None, unit: str) -> str:
    """Return a clock time where the reason is about one, else a size with its unit."""
    if value is None:
        return ""
    if unit == "s" and code in _WHEN:
        return clock(value)
    return _change(value, unit)


def _change(value: int | None, unit: str) -> str:
    """Return a size with its unit; durations in minutes, rounded up."""
    if value is None:
        return ""
    match unit:
        case "s":
            return str(_("%(n)s min", n=number(-(-value // 60))))
        case "kg":
            return str(_("%(n)s t", n=tonnes(value, 1)))
        case "l":
            return str(_("%(n)s m³", n=number(value / 1000, 1)))
        case "fen":
            return str(_("¥%(n)s", n=number(value / 100)))
        case _:
            return number(value)


def day_short(day: date) -> str:
    """Return 11 月 23 日 or 23 November."""
    return str(format_date(day, "d MMMM" if language() == "en" else "M 月 d 日"))


def weekday_name(number: int) -> str:
    """Return 一 or Mon for the ISO weekday 1."""
    names = get_day_names("abbreviated" if language() == "en" else "narrow", locale=get_locale())
    return str(names[number - 1])


def day_long(day: date) -> str:
    """Return 2026 年 11 月 23 日 星期一 or Monday 23 November 2026."""
    pattern = "EEEE d MMMM yyyy" if language() == "en" else "yyyy 年 M 月 d 日 EEEE"
    return str(format_date(day, pattern))
