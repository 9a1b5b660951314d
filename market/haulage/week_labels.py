"""Words for what a week could not keep, and the sentences built on them."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from market.haulage.reason_labels import TAGS, reason_words
from market.web.filters import number, tonnes
from routing.horizon import Blocker, Shortfall
from routing.plan import Reason

BLOCKER_TAGS = {
    Blocker.ALONE: _l("no truck"),
    Blocker.PRICE: _l("too dear"),
    Blocker.ROUTES: _l("timetable"),
    Blocker.CLOSED: _l("gate shut"),
    Blocker.DATES: _l("latest day"),
    Blocker.INTAKE: _l("daily intake"),
    Blocker.ROOM: _l("receiver's room"),
    Blocker.FLEET: _l("fleet full"),
    Blocker.STOCK: _l("not filled yet"),
    Blocker.SEVERAL: _l("several causes"),
    Blocker.UNTRIED: _l("cause not looked for"),
}

_SENTENCES = {
    Blocker.ALONE: _l("Nothing of this kind can be brought there."),
    Blocker.PRICE: _l("It could be fetched, but that costs more than it is worth."),
    Blocker.ROUTES: _l("By hours the trucks would do, but no timetable was found that holds it."),
    Blocker.CLOSED: _l("A gate is shut on the days on which it would have to go."),
    Blocker.DATES: _l("On its own days no truck is free for it."),
    Blocker.INTAKE: _l("The receiver takes no more on those days."),
    Blocker.ROOM: _l("The receiver's store has no room for it in time."),
    Blocker.FLEET: _l("The trucks on duty are full on the days on which it would have to go."),
    Blocker.STOCK: _l("There is not enough in store in the morning for a full load."),
    Blocker.SEVERAL: _l("No single change is enough."),
    Blocker.UNTRIED: _l("The search was stopped, or its time was up, before the cause was found."),
}

_REMEDIES = {
    Blocker.PRICE: _l("Raise what leaving it costs."),
    Blocker.ROUTES: _l("Search longer, or move a load by hand on that day."),
    Blocker.CLOSED: _l("Have the gate open for %(n)s loads on a day on which it is shut."),
    Blocker.DATES: _l("Let it go %(n)s days earlier or later."),
    Blocker.INTAKE: _l("Ask the receiver to take %(t)s t more over these days."),
    Blocker.ROOM: _l("Ask the receiver for room for %(t)s t more."),
    Blocker.FLEET: _l("%(n)s truck-days more: hire a truck, or let one work on a day of rest."),
    Blocker.STOCK: _l("Fetch a part load, or wait until %(t)s t more stand there."),
    Blocker.SEVERAL: _l("Add a truck and let it wait longer, or give it to another carrier."),
    Blocker.UNTRIED: _l("Plan the days again with more time."),
}

_BY_HAND = (
    _l("changed by hand"),
    _l("The days were changed by hand; as planned this was kept."),
    _l("Put a load back on a truck of these days, or plan the days again."),
)

TITLES = {
    Shortfall.OVERFLOW: _l("%(material)s · %(place)s: %(mass)s t too much from %(day)s on"),
    Shortfall.SURPLUS: _l(
        "%(material)s · %(place)s: %(mass)s t more in store on %(day)s than there should be"
    ),
    Shortfall.SHORTAGE: _l("%(material)s · %(place)s: %(mass)s t short from %(day)s on"),
    Shortfall.LATE: _l("%(material)s · %(place)s: %(mass)s t not fetched by %(day)s"),
}


def unmet_words(row: dict[str, Any]) -> tuple[str, str, str]:
    """Return the tag, what stands in the way, and what would help (or nothing)."""
    if row["blocker"] is None:
        return str(_BY_HAND[0]), str(_BY_HAND[1]), str(_BY_HAND[2])
    blocker = Blocker(row["blocker"])
    if row["unserved"] is not None:
        left = row["unserved"]
        at_gate = left["reason"] == Reason.COLLECTION_WINDOW
        foreign = at_gate and left["subject"] != left["collection"]
        other = {left["subject"]: _("another gate")} if foreign else {}
        detail, remedy = reason_words(left["reason"], left, other)
        return str(TAGS[Reason(row["unserved"]["reason"])]), detail, remedy
    amount = row["relaxation"] or 0
    values = {"n": number(amount), "t": tonnes(amount, 1)}
    remedy = _REMEDIES.get(blocker, "")
    return (
        str(BLOCKER_TAGS[blocker]),
        str(_SENTENCES[blocker]),
        str(remedy) % values if remedy else "",
    )
