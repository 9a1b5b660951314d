"""What a stored plan leaves over, as pages and files tell it. View-side only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import pgettext

from market.haulage.models import CollectionPlan, PlanUnserved
from market.haulage.picture import cargo_of, named, place_name
from market.haulage.reason_labels import HARD, TAGS, reason_words
from market.haulage.records import load_name
from market.web.filters import tonnes
from routing.plan import Reason

AT_GATES = frozenset({Reason.COLLECTION_WINDOW, Reason.RECEIVER_WINDOW, Reason.RECEIVER_INTAKE})


@dataclass(frozen=True, slots=True)
class UnservedLoad:
    """A load by its number within the plan."""

    number: str
    mass_kg: int


@dataclass(frozen=True, slots=True)
class UnservedLine:
    """Loads of one cargo that one reason leaves out; ``summary`` counts more than one.

    ``gates`` are the sites whose hours or intake stand in the way: name and number.
    """

    title: str
    family: str
    detail: str
    remedy: str
    tag: str
    hard: bool
    summary: str
    loads: tuple[UnservedLoad, ...]
    gates: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class UnservedGroup:
    """All that one kind of reason leaves out: how many loads, their mass, and their lines."""

    tag: str
    hard: bool
    count: int
    mass_kg: int
    lines: tuple[UnservedLine, ...]


def unserved_groups(plan: CollectionPlan, rows: Sequence[PlanUnserved]) -> list[UnservedGroup]:
    """Return what is left over by the kind of its reason, the most tonnes first."""
    groups: dict[tuple[str, bool], list[UnservedLine]] = {}
    for line in unserved_lines(plan, rows):
        groups.setdefault((line.tag, line.hard), []).append(line)
    found = (_group(tag, hard, lines) for (tag, hard), lines in groups.items())
    return sorted(found, key=lambda group: -group.mass_kg)


def _group(tag: str, hard: bool, lines: Sequence[UnservedLine]) -> UnservedGroup:
    loads = [load for line in lines for load in line.loads]
    return UnservedGroup(tag, hard, len(loads), sum(load.mass_kg for load in loads), tuple(lines))


def unserved_lines(plan: CollectionPlan, rows: Sequence[PlanUnserved]) -> list[UnservedLine]:
    """Return what is left over, loads with the same to be said together, the heaviest first."""
    groups: dict[tuple[str, str, str], list[PlanUnserved]] = {}
    for row in rows:
        groups.setdefault((_stem(row), *unserved_words(plan, row)), []).append(row)
    heaviest = sorted(groups.values(), key=lambda group: -sum(row.mass_kg for row in group))
    return [_unserved_line(plan, group) for group in heaviest]


def _stem(row: PlanUnserved) -> str:
    return row.load_key.rsplit("#", 1)[0]


def unserved_words(plan: CollectionPlan, row: PlanUnserved) -> tuple[str, str]:
    """Return why the load is left over, and what would place it."""
    elsewhere = _elsewhere(plan, cargo_of(plan, row.load_key))
    return reason_words(row.reason, row.params, elsewhere, from_s=plan.summary.get("from_s"))


def _elsewhere(plan: CollectionPlan, own: dict[str, Any]) -> dict[str, str]:
    """Name the gates of the day's other cargoes."""
    gates = {}
    for name, row in plan.cargoes.items():
        if row != own:
            gates[name] = place_name(plan.places[row["origin"]])
        if row["want_id"] != own["want_id"]:
            gates[f"W{row['want_id']}"] = place_name(plan.places[row["destination"]])
    return gates


def _unserved_line(plan: CollectionPlan, group: Sequence[PlanUnserved]) -> UnservedLine:
    first, cargo = group[0], cargo_of(plan, group[0].load_key)
    detail, remedy = unserved_words(plan, first)
    hard = first.reason in HARD and not first.params.get("vehicle")
    if len(group) > 1 and not hard:
        remedy = _("For one of these loads: %(remedy)s", remedy=remedy)
    words = {
        "material": named(cargo, "material"),
        "mass": tonnes(sum(row.mass_kg for row in group), 1),
        "place": place_name(plan.places[cargo["origin"]]),
        "n": len(group),
    }
    title = (
        _("%(material)s %(mass)s t · %(place)s", **words)
        if len(group) == 1
        else _("%(material)s %(mass)s t, %(n)s loads · %(place)s", **words)
    )
    return UnservedLine(
        title=title,
        family=cargo["family"],
        detail=detail,
        remedy=remedy,
        tag=str(TAGS[Reason(first.reason)]),
        hard=hard,
        summary=_summary(group) if len(group) > 1 else "",
        loads=tuple(
            UnservedLoad(load_name(plan, row.load_key), row.mass_kg)
            for row in sorted(group, key=_number)
        ),
        gates=tuple(dict.fromkeys(_gates(plan, first, cargo))),
    )


def _gates(
    plan: CollectionPlan, row: PlanUnserved, own: dict[str, Any]
) -> Iterator[tuple[str, int]]:
    """Yield the firms' sites whose gates the reason names; pick-ups' and locked times have none."""
    for limit in (dict(row.params, reason=row.reason), row.params.get("also")):
        if limit and limit["reason"] in AT_GATES:
            name = _gate_place(plan, limit, own)
            if name.startswith("S"):
                yield place_name(plan.places[name]), int(name[1:])


def _gate_place(plan: CollectionPlan, limit: dict[str, Any], own: dict[str, Any]) -> str:
    """Return the place of the gate, which may be another cargo's, by its key."""
    subject = str(limit.get("subject") or "")
    if limit["reason"] == Reason.COLLECTION_WINDOW:
        return str(plan.cargoes.get(subject, own)["origin"])
    ends = (row for row in plan.cargoes.values() if f"W{row['want_id']}" == subject)
    return str(next(ends, own)["destination"])


def _number(row: PlanUnserved) -> int:
    return int(row.load_key.rsplit("#", 1)[1])


def _summary(group: Sequence[PlanUnserved]) -> str:
    """Count the loads and give their numbers, runs of them by their ends."""
    runs: list[list[int]] = []
    for at in sorted(map(_number, group)):
        if runs and runs[-1][-1] == at - 1:
            runs[-1] = [runs[-1][0], at]
        else:
            runs.append([at])
    numbers = pgettext("list", ", ").join("–".join(map(str, run)) for run in runs)
    return str(_("%(n)s loads: no. %(numbers)s", n=len(group), numbers=numbers))
