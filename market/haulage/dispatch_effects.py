"""What a change made of the plan: what it costs, what moved, what is left over. View-side."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext, pgettext

from market.accounts.models import User
from market.haulage.compare_pages import Read, compared
from market.haulage.dispatch_pages import ref_of, signed
from market.haulage.dispatch_words import Names, step_words
from market.haulage.models import CollectionPlan, PlanChange, Vehicle
from market.haulage.rules import Verb
from market.web.filters import clock, km, yuan
from routing.compare import Change, Comparison, LoadChange

MOST_NAMED = 6

Step = tuple[CollectionPlan, PlanChange, User | None]

# The weightiest first.
_EFFECTS = {
    Change.LEFT_OUT: _l("Left over now: %(loads)s"),
    Change.DROPPED: _l("Not in the day any more: %(loads)s"),
    Change.SERVED: _l("Placed now: %(loads)s"),
    Change.ADDED: _l("Added to the day: %(loads)s"),
    Change.OTHER_TRUCK: _l("On another truck: %(loads)s"),
    Change.OTHER_RECEIVER: _l("To another receiver: %(loads)s"),
    Change.OTHER_TIME: _l("At another time: %(loads)s"),
}


@dataclass(frozen=True, slots=True)
class LastChange:
    """The change that made the plan which counts: who did what, what came of it, the way back."""

    words: str
    effects: list[str]
    parent_id: int
    barred: str = ""

    @property
    def parent_ref(self) -> str:
        return ref_of(self.parent_id)


def last_change(
    step: Step, effects: Iterable[str], late_s: Mapping[str, int], names: Names, barred: str
) -> LastChange:
    """Show the step; ``late_s`` is by how much trucks run late in all."""
    _plan, change, _user = step
    told, said = list(effects), change.parameters
    if change.verb == Verb.DELAY and late_s[said["vehicle"]] != said["delay_s"]:
        truck, late = names.truck(said["vehicle"]), late_s[said["vehicle"]] // 60
        told.append(str(_("%(truck)s is %(late)s min late in all.", truck=truck, late=late)))
    return LastChange(step_words(*step, names), told, change.parent_id, barred)


def late_by(line: Iterable[Step]) -> dict[str, int]:
    """Return by how many seconds trucks run late in all, by what the plan's line was told."""
    late: dict[str, int] = {}
    for _plan, change, _user in line:
        if change.verb == Verb.DELAY:
            vehicle = change.parameters["vehicle"]
            late[vehicle] = late.get(vehicle, 0) + change.parameters["delay_s"]
    return late


def effects(before: Read, after: Read, fleet: Sequence[Vehicle]) -> Iterator[str]:
    """Yield what differs, a line each: the sums, then the loads by what became of them."""
    found, names = compared(before, after, fleet)
    if found.same:
        yield str(_("No truck drives otherwise than before."))
        return
    yield _sums(found)
    for change, words in _EFFECTS.items():
        rows = [row for row in found.loads if _became(row) is change]
        if rows:
            yield str(words) % {"loads": _named(rows, names)}


def _became(row: LoadChange) -> Change:
    """Return what became of a load; one that joined the day on no truck is left over."""
    waits = row.change is Change.ADDED and row.after is None
    return Change.LEFT_OUT if waits else row.change


def _sums(found: Comparison) -> str:
    gap = found.difference
    return str(
        _(
            "Cost %(cost)s ¥, way %(way)s km, empty %(empty)s km.",
            cost=signed(gap.cost_fen, yuan(gap.cost_fen)),
            way=signed(gap.distance_m, km(gap.distance_m, 1)),
            empty=signed(gap.empty_m, km(gap.empty_m, 1)),
        )
    )


def _named(rows: Sequence[LoadChange], names: Names) -> str:
    told = [_load_words(row, names) for row in rows[:MOST_NAMED]]
    more = len(rows) - MOST_NAMED
    if more > 0:
        told.append(ngettext("and %(num)s load more", "and %(num)s loads more", more))
    return str(pgettext("list", "; ").join(told))


def _load_words(row: LoadChange, names: Names) -> str:
    name = names.load(row.load)
    if row.before is None or row.after is None:
        ride = row.after or row.before
        return name if ride is None else f"{name} ({names.truck(ride.vehicle)})"
    if row.change is Change.OTHER_TRUCK:
        return f"{name} ({names.truck(row.before.vehicle)} → {names.truck(row.after.vehicle)})"
    if row.change is Change.OTHER_RECEIVER:
        return f"{name} (→ {names.receiver(row.after.receiver)})"
    return f"{name} ({clock(row.before.loaded_s)} → {clock(row.after.loaded_s)})"
