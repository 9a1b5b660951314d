"""What the dispatcher's pages are handed: loads to choose, places for one, trucks, differences."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from flask import url_for
from flask_babel import gettext as _
from flask_babel import ngettext

from market.accounts.models import User
from market.haulage import late_loads
from market.haulage.dispatch_bench import Bench, Choice
from market.haulage.dispatch_words import Names, refusal_words, step_words
from market.haulage.late_loads import Candidates
from market.haulage.models import CollectionPlan, PlanChange
from market.haulage.phoned_queries import Phoned
from market.haulage.picture import standing_mark
from market.haulage.reason_labels import HARD
from market.haulage.rules import Verb
from market.haulage.stop_pages import TIME_FIELDS
from market.web.filters import clock, km, tonnes, yuan
from market.web.language import pick
from routing.locks import Lock
from routing.operate import Situation
from routing.plan import Plan, StopKind

Option = tuple[str, str, bool]


@dataclass(frozen=True, slots=True)
class Row:
    """One place for a load: a button where it can be driven, else why not and what would help."""

    truck: str
    receiver: str
    extra_km: str
    extra_cost: str
    starts: str
    fields: dict[str, Any] | None
    here: bool = False
    tag: str = ""
    why: str = ""
    remedy: str = ""
    more_url: str | None = None
    after: str = ""


@dataclass(frozen=True, slots=True)
class BenchView:
    """A load in hand: what it is, where it could go, which trucks cannot, and why.

    ``waits`` are the receivers for which it may join the day on no truck, and the form's fields.
    """

    key: str
    name: str
    mass: str
    sentence: str
    can: list[Row]
    cannot: list[Row]
    waits: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


def signed(value: int, shown: str) -> str:
    """Put a plus before what grows; a minus comes with the number."""
    return f"+{shown}" if value > 0 else shown


def load_groups(situation: Situation, names: Names, chosen: str) -> list[tuple[str, list[Option]]]:
    """Return the day's loads by truck, in the order driven; those left over come last."""
    masses = {row.id: row.mass_kg for row in situation.plan.loads}
    groups = [
        (names.truck_in_full(route.vehicle), list(route.load_ids))
        for route in situation.plan.routes
    ]
    left = [row.load for row in situation.plan.unserved]
    if left:
        groups.append((_("Left over"), left))
    return [
        (title, [(key, _load_line(names, key, masses[key]), key == chosen) for key in keys])
        for title, keys in groups
    ]


def _load_line(names: Names, key: str, mass_kg: int) -> str:
    return f"{names.load(key)} · {_('%(n)s t', n=tonnes(mass_kg, 1))}"


def late_groups(found: Candidates, chosen: str) -> list[tuple[str, list[Option]]]:
    flows = [
        (
            late_loads.flow_key(flow),
            f"{pick(flow, 'material')} · {_end(flow.offer)} → {_end(flow.want)}",
            late_loads.flow_key(flow) == chosen,
        )
        for flow in found.flows
    ]
    visits = [
        (
            f"C{row.collection.id}",
            f"{pick(row.material)} · {_end(row.collection)} · "
            + _("%(n)s t", n=tonnes(row.collection.mass_kg, 1)),
            f"C{row.collection.id}" == chosen,
        )
        for row in found.pick_ups
    ]
    phoned = [(row.job.key, _job_line(row), row.job.key == chosen) for row in found.phoned]
    groups = [
        (_("Phoned in for this day"), phoned),
        (_("One truckload of a flow"), flows),
        (_("A small pick-up"), visits),
    ]
    return [group for group in groups if group[1]]


def _job_line(row: Phoned) -> str:
    job, site = row.job, row.origin
    place = job.name if site is None else pick(site) + standing_mark(row.standing or "")
    return f"{pick(row.material)} · {place} · {_('%(n)s t', n=tonnes(job.mass_kg, 1))}"


def _end(row: Any) -> str:
    return pick(row) + standing_mark(row.standing)


def bench(
    found: Bench, names: Names, fixed: dict[str, Any], *, plan_id: int, situation: Situation
) -> BenchView:
    """Show a load's choices; ``fixed`` is what each button sends beside its own place."""
    carrier = carrier_of(situation.plan, found.load)
    choices = sorted(found.choices, key=lambda choice: _hopelessness(choice, names))
    rows = [_row(choice, names, fixed, carrier) for choice in choices]
    if "load" in fixed:
        rows = [
            _with_link(row, choice, plan_id, found.load)
            for row, choice in zip(rows, choices, strict=True)
        ]
    can = [row for row in rows if row.fields is not None]
    sentence = (
        ngettext("%(num)s truck can take it.", "%(num)s trucks can take it.", len(can))
        if can
        else _("No truck can take it as the plan stands.")
    )
    return BenchView(
        key=found.load,
        name=names.load(found.load),
        mass=tonnes(found.mass_kg, 1),
        sentence=sentence,
        can=can,
        cannot=[row for row in rows if row.fields is None],
        waits=[
            (names.receiver(name), {**fixed, "receiver": name})
            for name in (found.goes_to if not can else ())
        ],
    )


@dataclass(frozen=True, slots=True)
class TimeForm:
    """One end of a load that can be locked to a time; ``value`` as a time field wants it."""

    field: str
    label: str
    value: str


def time_forms(
    situation: Situation, load: str, ends: Collection[StopKind] = tuple(StopKind)
) -> list[TimeForm]:
    """Return the times to which these ends of a load could be locked."""
    labels = {
        StopKind.LOAD: _("Loading begins at exactly"),
        StopKind.UNLOAD: _("Unloading begins at exactly"),
    }
    starts = {
        stop.kind: stop.start_s
        for route in situation.plan.routes
        for stop in route.stops
        if load in stop.loads
    }
    return [
        TimeForm(field, labels[kind], _next_minute(starts[kind]))
        for kind, field in TIME_FIELDS.items()
        if kind in starts and kind in ends
    ]


def _next_minute(second: int) -> str:
    """Return the first whole minute that a truck planned for this second can keep."""
    return clock(-(-second // 60) * 60).rjust(5, "0")


def lock_words(lock: Lock) -> str:
    loads = "" if lock.start_s is None else clock(lock.start_s)
    unloads = "" if lock.unload_s is None else clock(lock.unload_s)
    if loads and unloads:
        words = _(
            "locked: loads at %(loads)s, unloads at %(unloads)s", loads=loads, unloads=unloads
        )
        return str(words)
    if unloads:
        return str(_("locked: unloads at %(time)s", time=unloads))
    return str(_("locked to %(time)s", time=loads) if loads else _("locked on its truck"))


def _hopelessness(choice: Choice, names: Names) -> tuple[int, int]:
    """Rank a refusal: first what one change would mend, last what no change of the day would.

    Trucks that nothing ranks stand by their number.
    """
    number = names.trucks[choice.vehicle].number
    if choice.refusal is None:
        return 0, 0
    if choice.refusal.reason in HARD:
        return 3, number
    return (2, number) if choice.refusal.relaxation is None else (1, 0)


def carrier_of(plan: Plan, load: str) -> str | None:
    return next((row.vehicle for row in plan.routes if load in row.load_ids), None)


def _row(choice: Choice, names: Names, fixed: dict[str, Any], carrier: str | None) -> Row:
    truck, receiver = names.truck_in_full(choice.vehicle), names.receiver(choice.receiver)
    if choice.refusal is not None:
        return Row(truck, receiver, "", "", "", None, False, *refusal_words(choice.refusal, names))
    said = {**fixed, "vehicle": choice.vehicle, "receiver": choice.receiver}
    if choice.at is not None:
        said["at"] = choice.at
    if choice.put is not None:
        said["put"] = choice.put
    return Row(
        truck,
        receiver,
        signed(choice.extra_m, km(choice.extra_m, 1)),
        signed(choice.extra_fen, yuan(choice.extra_fen)),
        "" if choice.start_s is None else clock(choice.start_s),
        said,
        here=choice.vehicle == carrier and not choice.extra_fen and not choice.extra_m,
    )


def _with_link(row: Row, choice: Choice, plan_id: int, load: str) -> Row:
    url = url_for(
        "dispatch.desk", plan_id=plan_id, load=load, vehicle=choice.vehicle, _anchor="places"
    )
    return replace(row, more_url=url)


def places(choices: Sequence[Choice], names: Names, fixed: dict[str, Any]) -> list[Row]:
    """Show each place of a truck's day, named by what comes before it."""
    return [
        replace(_row(choice, names, fixed, None), after=_place_words(choice, names))
        for choice in choices
    ]


def _place_words(choice: Choice, names: Names) -> str:
    taken = _after_words(choice.after, names)
    if choice.put is None:
        return taken
    put = _after_words(choice.put_after, names)
    return str(_("load it %(taken)s, unload it %(put)s", taken=taken, put=put))


def _after_words(after: tuple[str, bool] | None, names: Names) -> str:
    if after is None:
        return str(_("first of all"))
    load, unloaded = after
    if unloaded:
        return str(_("after unloading %(load)s", load=names.load(load)))
    return str(_("after loading %(load)s", load=names.load(load)))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a plan stands in its line: which one counts, and the steps that led to this one.

    ``barred`` says why this one, or the one before if this one counts, cannot count again.
    """

    current_id: int
    steps: list[dict[str, Any]]
    barred: str = ""

    @property
    def current_ref(self) -> str:
        return ref_of(self.current_id)

    @property
    def parent_ref(self) -> str:
        return ref_of(self.steps[0]["parent_id"])


def ref_of(plan_id: int) -> str:
    return CollectionPlan(id=plan_id).ref


def steps(
    line: Iterable[tuple[CollectionPlan, PlanChange, User | None]], names: Names
) -> list[dict[str, Any]]:
    """Return the changes that led to a plan, newest first, each with the plan it made."""
    return [
        {
            "plan": plan,
            "parent_id": change.parent_id,
            "late": change.verb == Verb.DELAY,
            "words": step_words(plan, change, user, names),
        }
        for plan, change, user in line
    ]
