"""Where a plan stands among the plans of its day, and the list of the days. View-side."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from market.haulage import day_queries, queries
from market.haulage.day_queries import DayLines, Driven, PlanLine
from market.haulage.labels import STATUSES, day_long, day_short
from market.haulage.models import CollectionPlan, PlanWeek
from market.haulage.rules import PlanStatus
from market.jobs import JobState
from market.web.filters import local_time
from market.web.language import pick
from market.web.pagination import page_of

DAYS_SHOWN = 10


@dataclass(frozen=True, slots=True)
class DayStanding:
    """Whether a plan is in force; the other one that is, or the one before; and who said so.

    ``words`` are empty where nobody had to say anything. ``idle``: no plan of the day is in force.
    """

    driven: bool
    other: CollectionPlan | None
    words: str
    idle: bool = False


def standing(session: Session, plan: CollectionPlan) -> DayStanding:
    """Tell a plan's place in its day; one that was left aside in its line is no draft."""
    found = day_queries.driven_on(session, plan.planned_on)
    if queries.head_id(session, plan.id) != plan.id:
        return DayStanding(False, None, "")
    if found is None:
        return DayStanding(False, None, _idle(session, plan), idle=True)
    if found.plan.id != plan.id:
        words = _(
            "This is a draft: on %(day)s plan %(ref)s is in force.",
            day=day_short(plan.planned_on),
            ref=found.plan.ref,
        )
        return DayStanding(False, found.plan, str(words))
    return _instead(session, found)


def _idle(session: Session, plan: CollectionPlan) -> str:
    """Say that nothing is in force on the day, and who has said so."""
    day, record = day_short(plan.planned_on), day_queries.of_day(session, plan.planned_on)
    if record is None or record.before_id is None:
        return str(_("This is a draft: on %(day)s no plan is in force.", day=day))
    before = queries.plan(session, queries.head_id(session, record.before_id))
    user = queries.person(session, record.set_by)
    return str(
        _(
            "This is a draft: on %(day)s no plan is in force since %(who)s took %(ref)s out at "
            "%(at)s.",
            day=day,
            ref=before.ref,
            who="–" if user is None else pick(user),
            at=local_time(record.set_at),
        )
    )


def _instead(session: Session, found: Driven) -> DayStanding:
    record = found.record
    if record.before_id is None:
        return DayStanding(True, None, "")
    before = queries.plan(session, queries.head_id(session, record.before_id))
    user = queries.person(session, record.set_by)
    words = _(
        "In force since %(at)s instead of plan %(ref)s, as %(who)s said.",
        at=local_time(record.set_at),
        ref=before.ref,
        who="–" if user is None else pick(user),
    )
    return DayStanding(True, before, str(words))


def kept_words(session: Session, plan: CollectionPlan) -> list[str]:
    """Say how much of what was promised in the plan in force holds in this one, made anew."""
    kept = plan.summary.get("kept")
    if kept is None:
        return []
    (locks, all_locks), (out, all_out) = kept["locks"], kept["out"]
    if not all_locks and not all_out:
        return []
    ref = queries.plan(session, kept["of"]).ref
    told = _(
        "Of plan %(ref)s %(locks)s of %(all_locks)s locks hold here too, and %(out)s of "
        "%(all_out)s trucks taken out stay out.",
        ref=ref,
        locks=locks,
        all_locks=all_locks,
        out=out,
        all_out=all_out,
    )
    return [str(told)]


def plan_list(session: Session, today: date, word: str) -> dict[str, Any]:
    """Return the planned days as their list shows them; or the day that the address names."""
    planned = day_queries.planned_days(session, today)
    try:
        asked = date.fromisoformat(word)
    except ValueError:
        asked = None
    page = page_of([day for day in planned if asked in {None, day}], DAYS_SHOWN)
    return {
        "asked": asked,
        "groups": _day_groups(planned, asked, today),
        "days": [day_rows(row) for row in day_queries.lines_of(session, page.items)],
        "page": page,
    }


def _day_groups(
    planned: list[date], asked: date | None, today: date
) -> list[tuple[str, list[tuple[str, str, bool]]]]:
    """Return the days to choose from, with those ahead apart from those that are over."""
    ahead, over = (
        [(day.isoformat(), day_long(day), day == asked) for day in days]
        for days in (
            [day for day in planned if day >= today],
            [day for day in planned if day < today],
        )
    )
    groups = ((str(_("From today on")), ahead), (str(_("Over")), over))
    return [(title, rows) for title, rows in groups if rows]


def day_rows(day: DayLines) -> dict[str, Any]:
    """Return a day of the list: its plans, each with the versions that changes by hand made."""
    return {
        "day": day_long(day.day),
        "lines": [_line(row, day.versions[row.root_id]) for row in day.lines],
    }


def _line(row: PlanLine, versions: list[PlanLine]) -> dict[str, Any]:
    return {
        "plan": row.plan,
        "state": _state(row),
        "driven": row.driven,
        "done": row.plan.status != PlanStatus.PENDING,
        "summary": row.plan.summary,
        "versions": [
            (other.plan, _state(other)) for other in versions if other.plan.id != row.plan.id
        ],
    }


def _state(row: PlanLine) -> str:
    ended = {JobState.FAILED: _("failed"), JobState.CANCELLED: _("stopped")}
    if row.plan.status == PlanStatus.PENDING and row.job_state in ended:
        return str(ended[JobState(row.job_state)])
    return str(STATUSES[PlanStatus(row.plan.status)])


@dataclass(frozen=True, slots=True)
class OtherDriven:
    """A day of a week on which another plan is driven; without a plan nothing moves that day."""

    day: str
    on: date
    plan: CollectionPlan | None
    driven: CollectionPlan


def others_driven(
    session: Session, week: PlanWeek, plans: Mapping[int, CollectionPlan]
) -> list[OtherDriven]:
    """Return the days of a week on which other plans than its own are driven, in their order."""
    days = {week.starts_on + timedelta(number): plans.get(number) for number in range(week.days)}
    driven = day_queries.driven_on_days(session, days)
    return [
        OtherDriven(day_short(day), day, days[day], found.plan)
        for day, found in driven.items()
        if days[day] is not found.plan
    ]


def week_values(
    session: Session, week: PlanWeek, plans: Mapping[int, CollectionPlan], today: date
) -> dict[str, Any]:
    """Return what a week's page needs to say which of its days are drafts."""
    others = others_driven(session, week, plans)
    drafts = [row for row in others if row.plan is not None]
    return {
        "drafts": drafts,
        "idle": [row for row in others if row.plan is None],
        "drafted": {row.plan.id for row in others if row.plan is not None},
        "may_drive": any(row.on >= today for row in drafts),
    }
