"""Words for what keeps a load out of a plan, and for what would let it in."""

from collections.abc import Iterator
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import pgettext

from market.haulage.labels import KINDS
from market.web.filters import clock, number, tonnes
from market.web.language import language
from routing.plan import Reason

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
    Reason.RECEIVER_INTAKE: _l("Ask the receiver for %(change)s more that day, or move it a day."),
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

# What is in the way is a matter of one truck, which has the time and the room.
_OPENED = {
    Reason.NO_BODY: (
        _l("No %(bodies)s of these depots can take it; %(carrier)s could, were it one."),
        _l("Send a %(bodies)s in place of %(carrier)s, or hire one."),
    ),
    Reason.NO_LICENCE: (
        _l(
            "No truck licensed for %(subject)s can take it; %(carrier)s could, but has no such "
            "licence."
        ),
        _l(
            "Send a truck licensed for %(subject)s in place of %(carrier)s, or hire one; do not "
            "load before."
        ),
    ),
    Reason.NOT_ADMITTED: (
        _l("No truck open to this material can take it; %(carrier)s could, but is not open to it."),
        _l("Open %(carrier)s to this material."),
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
    _l("Loading %(subject)s is locked to %(limit)s; with this one it would only be at %(value)s."),
    _l("Lock that load to %(value)s or later, or unlock it."),
)
_LOCKED_UNLOADING = (
    _l(
        "Unloading %(subject)s is locked to %(limit)s; with this one it would only be at %(value)s."
    ),
    _l("Lock that load to %(value)s or later, or unlock it."),
)

# A limit is told, but lifting it alone would not place the load.
_NO_ONE_REMEDY = _l("No one change would do: add a truck of this kind, or move it a day.")
_NO_TWO_REMEDY = _l("No two changes would do together: move it to another day.")
_PARTLY_OVER = _l("The day was partly over: it is planned from %(time)s on.")
_SHIFTS_OVER = _l("At %(time)s, when this plan begins, every truck's shift is over.")
_ANOTHER_DAY = _l("Plan it for another day.")
_BOTH = _l("Both at once: %(one)s %(other)s")
_UNTRIED_REMEDY = _l("There was no time to look for what would do: plan again with more.")
_UNTRIED_LESS = _l("There was no time to look whether less would do.")
_FITS = _l("As the plan is, %(carrier)s has room and time for it.")
_FITS_REMEDY = _l("Put it on that truck by hand, or plan again.")
_SPARE = _l("One more truck like truck %(spare)s would carry it, out from %(from)s to %(until)s.")
_OR_SPARE = _l("Or one more truck like truck %(spare)s, out from %(from)s to %(until)s.")

_OR_ELSEWHERE = _l(
    "Or agree with %(place)s, which takes this material that day too: %(carrier)s would bring it "
    "there for %(extra)s more."
)
_OR_ELSEWHERE_FREE = _l(
    "Or agree with %(place)s, which takes this material that day too: %(carrier)s would bring it "
    "there at no more cost."
)

# What is shown of a unit: minutes, tenths of a tonne and of a cubic metre.
_SHOWN = {"s": 60, "kg": 100, "l": 100}
_GATES = frozenset({Reason.COLLECTION_WINDOW, Reason.RECEIVER_WINDOW, Reason.UNLOADING_TIME})
_WHEN = _GATES | {Reason.SHIFT, Reason.FLEET_BUSY}


def reason_words(
    reason: str,
    params: dict[str, Any],
    elsewhere: dict[str, str] | None = None,
    *,
    from_s: int | None = None,
) -> tuple[str, str]:
    """Return the sentence that says what stops a load, and the one that says what would help.

    `elsewhere` names gates that are not the load's own. `from_s` is how much of the day was over
    when it was planned; None: nothing.
    """
    if from_s is None or reason not in {*_WHEN, Reason.NO_VEHICLE}:
        return _words(reason, params, elsewhere or {})
    time = clock(from_s)
    if reason == Reason.NO_VEHICLE:
        return str(_SHIFTS_OVER) % {"time": time}, str(_ANOTHER_DAY)
    sentence, remedy = _words(reason, params, elsewhere or {})
    return f"{str(_PARTLY_OVER) % {'time': time}}{_gap()}{sentence}", remedy


def _words(reason: str, params: dict[str, Any], places: dict[str, str]) -> tuple[str, str]:
    if not params.get("tried", True) and params.get("vehicle"):
        return str(_FITS) % {"carrier": _carrier(params)}, str(_FITS_REMEDY)
    sentence, remedy = _limit_words(Reason(reason), params, params, places)
    if params.get("spare_truck") is not None and not params.get("vehicle"):
        remedy = _spare_words(_SPARE, params)
    also = params.get("also")
    if also is not None:
        other, other_remedy = _limit_words(Reason(also["reason"]), also, params, places)
        sentence = f"{sentence}{_gap()}{other}"
        remedy = str(_BOTH) % {"one": remedy, "other": other_remedy}
        if params.get("relaxation") is None and params["unit"]:
            remedy = str(_NO_TWO_REMEDY)
    if not params.get("tried", True) and params.get("spare_truck") is None:
        return sentence, str(_UNTRIED_REMEDY)
    if not params.get("tried", True):
        return sentence, f"{remedy}{_gap()}{_UNTRIED_LESS}"
    return sentence, _gap().join([remedy, *_alternatives(params, places)])


def _carrier(params: dict[str, Any]) -> str:
    number = params.get("truck")
    return str(_("a truck") if number is None else _("truck %(n)s", n=number))


def _gap() -> str:
    return " " if language() == "en" else ""


def _spare_words(words: Any, params: dict[str, Any]) -> str:
    begins_s, ends_s = params["spare_s"]
    until_s = -(-ends_s // 60) * 60
    values = {"spare": params["spare_truck"], "from": clock(begins_s), "until": clock(until_s)}
    return str(words) % values


def _alternatives(params: dict[str, Any], places: dict[str, str]) -> Iterator[str]:
    """Yield what would do instead: one more truck, or another receiver."""
    if params.get("spare_truck") is not None and params.get("vehicle"):
        yield _spare_words(_OR_SPARE, params)
    other = params.get("elsewhere")
    if other and other["receiver"] in places:
        words = _OR_ELSEWHERE if other["extra_fen"] > 0 else _OR_ELSEWHERE_FREE
        yield str(words) % {
            "place": places[other["receiver"]],
            "carrier": _carrier({"truck": params.get("elsewhere_truck")}),
            "extra": _change(other["extra_fen"], "fen"),
        }


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
        return _LOCKED if code is Reason.COLLECTION_WINDOW else _LOCKED_UNLOADING
    if code in _GATES and in_other_place:
        return _ELSEWHERE_BEFORE if before else _ELSEWHERE
    if code in _BEFORE and before:
        return _BEFORE[code]
    if code in _OPENED and params.get("vehicle"):
        return _OPENED[code]
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
