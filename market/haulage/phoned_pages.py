"""What the pages of jobs phoned in are handed. View-side."""

from dataclasses import dataclass
from datetime import date

from flask_babel import gettext as _
from flask_babel import pgettext
from sqlalchemy.orm import Session

from market.haulage import day_queries, phoned_queries, queries
from market.haulage.labels import day_long
from market.haulage.models import CollectionPlan
from market.haulage.phoned_models import PhonedJob
from market.haulage.phoned_queries import Phoned
from market.haulage.picture import spans_words, standing_mark
from market.web.filters import local_time
from market.web.language import pick


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job in the list of its day, and what has become of it in the plan that is driven."""

    job: PhonedJob
    material: str
    place: str
    hours: str
    receivers: str
    state: str


def rows(session: Session, plan: CollectionPlan) -> list[JobRow]:
    """Return the jobs of the plan's day, those withdrawn too."""
    driven = day_queries.driven_on(session, plan.planned_on)
    carried = {} if driven is None else _carried(session, driven.plan)
    return [
        JobRow(
            job=row.job,
            material=pick(row.material),
            place=place(row),
            hours=spans_words(tuple(span) for span in row.job.windows),
            receivers=str(
                pgettext("list", ", ").join(
                    pick(end) + standing_mark(end.standing) for end in row.receivers
                )
            ),
            state=_state(row.job, carried),
        )
        for row in phoned_queries.of_day(session, plan.planned_on)
    ]


def place(row: Phoned) -> str:
    site = row.origin
    return row.job.name if site is None else pick(site) + standing_mark(row.standing or "")


def _carried(session: Session, plan: CollectionPlan) -> dict[int, list[int]]:
    """Return the trucks of each job in the plan's day; none: it is left over."""
    numbers = {row.vehicle_id: row.number for row in queries.routes(session, plan.id)}
    found: dict[int, list[int]] = {job_id: [] for job_id in phoned_queries.in_plan(plan)}
    for load in queries.loads(session, plan.id):
        if load.phoned_id is not None:
            found[load.phoned_id].append(numbers[load.vehicle_id])
    return found


def _state(job: PhonedJob, carried: dict[int, list[int]]) -> str:
    if job.withdrawn_at is not None:
        return str(_("withdrawn %(at)s", at=local_time(job.withdrawn_at)))
    trucks = carried.get(job.id)
    if trucks is None:
        return str(_("in no plan that is driven"))
    if not trucks:
        return str(_("left over, no truck"))
    named = pgettext("list", ", ").join(str(number) for number in sorted(set(trucks)))
    return str(_("on truck %(numbers)s", numbers=named))


@dataclass(frozen=True, slots=True)
class WaitingLine:
    """A job of a firm that no plan driven has in it yet."""

    day: str
    material: str
    mass_kg: int
    place: str
    hours: str


def waiting_lines(session: Session, org_id: int, today: date) -> list[WaitingLine]:
    return [
        WaitingLine(
            day=day_long(row.job.planned_on),
            material=pick(row.material),
            mass_kg=row.job.mass_kg,
            place=place(row),
            hours=spans_words(tuple(span) for span in row.job.windows),
        )
        for row in phoned_queries.of_firm_waiting(session, org_id, today)
    ]
