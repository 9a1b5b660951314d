"""All stops of a plan, truck by truck, each with what a dispatcher may lock there. View-side."""

from datetime import time
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from market.haulage.cost_words import cost_words
from market.haulage.exports import StoredPlan
from market.haulage.labels import STOPS
from market.haulage.load_pages import load_address
from market.haulage.picture import StopLine, driver_name, truck_name
from market.haulage.records import number_of
from market.haulage.rules import Verb
from market.haulage.settled import NOTHING_SETTLED, Settled
from routing.plan import StopKind
from routing.problem import DAY_S

# What the desk's form calls the time of each kind of stop.
TIME_FIELDS = {StopKind.LOAD: "at_time", StopKind.UNLOAD: "unload_time"}


def stop_table(
    stored: StoredPlan, settled: Settled = NOTHING_SETTLED, *, locking: bool = False
) -> list[dict[str, Any]]:
    """Return each truck's stops; with ``locking`` those of a day not locked have a button."""
    return [
        {
            "route": route,
            "name": truck_name(route),
            "driver": driver_name(route),
            "locked": settled.holds(route),
            "locking": locking and not settled.holds(route),
            "cost": cost_words(route),
            "sheet": url_for("haulage.driver_sheet", plan_id=stored.plan.id, number=route.number),
            "lines": [_line(stored, line, settled) for line in stored.lines(route)],
        }
        for route in stored.routes
    ]


def _line(stored: StoredPlan, line: StopLine, settled: Settled) -> dict[str, Any]:
    kind = StopKind(line.kind)
    return {
        "line": line,
        "what": str(STOPS[kind]),
        "loads": [
            (
                number_of(stored.plan, key),
                None if stored.draft else load_address(stored.plan, key),
            )
            for key in line.loads
        ],
        "locked": settled.of_stop(kind, line.loads),
        "button": _button(line, kind, settled),
    }


def _button(line: StopLine, kind: StopKind, settled: Settled) -> tuple[str, dict[str, str]] | None:
    """Return what locks the stop to its time, to the second, or unlocks it: words and fields."""
    if kind not in TIME_FIELDS:
        return None
    if settled.at(kind, line.loads) is not None:
        locked = next(name for name in line.loads if (name, kind) in settled.times)
        return str(_("Unlock")), {"verb": Verb.UNLOCK.value, "load": locked}
    days, second = divmod(line.start_s, DAY_S)
    at = time(second // 3600, second % 3600 // 60, second % 60).isoformat()
    said = {"verb": Verb.LOCK.value, "load": line.loads[0], TIME_FIELDS[kind]: at}
    if days:
        said["next_day"] = "y"
    return str(_("Lock this time")), said
