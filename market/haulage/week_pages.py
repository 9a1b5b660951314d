"""What the week's templates are handed: sentences, the board, levels. View-side only."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from flask import url_for
from flask_babel import format_date, ngettext, pgettext
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from market.haulage import pages
from market.haulage.headline import headline, share
from market.haulage.labels import STATUSES, day_short, weekday_name
from market.haulage.models import CollectionPlan, PlanWeek
from market.haulage.picture import named, place_name
from market.haulage.rules import PlanStatus
from market.haulage.week_labels import TITLES, unmet_words
from market.haulage.week_levels import Followed, totals
from market.haulage.week_rules import Calendar
from market.jobs import Job, JobState
from market.web.filters import number, tonnes, yuan
from routing.horizon import Blocker, Shortfall

_NOT_THERE = _l("%(store)s: on %(day)s %(mass)s t more are to be fetched than stand there.")
_NO_ROOM = _l("%(store)s: on %(day)s %(mass)s t are brought that find no room.")
_OVERWORKED = _l("Truck %(truck)s works on %(works)s days; its driver may on %(most)s.")
_SHUT = _l("%(place)s: on %(day)s a truck calls while the gate is shut.")


@dataclass(frozen=True, slots=True)
class WeekView:
    """A finished week as its page shows it."""

    title: str
    sentence: str
    strip: list[tuple[str, str, str]]
    board: list[dict[str, Any]]
    sums: dict[str, Any]
    same_dates: list[dict[str, Any]]
    levels: list[dict[str, Any]]
    unmet: list[dict[str, Any]]
    left_out: list[pages.LeftOutGroup]
    assumptions: list[tuple[str, str]]
    changed: str
    warnings: list[str]


def title_of(week: PlanWeek) -> str:
    last = week.starts_on + timedelta(week.days - 1)
    span = {"first": day_short(week.starts_on), "last": day_short(last)}
    return str(_("Collection from %(first)s to %(last)s", **span))


def view(
    week: PlanWeek,
    plans: Mapping[int, CollectionPlan],
    now: Followed | None = None,
    others: Sequence[PlanWeek] = (),
) -> WeekView:
    """Say a week as planned, or as its days now stand after changes by hand."""
    like = _like_a_day(week)
    sums = totals(plans)
    summary = sums | (week.summary if now is None else _as_it_stands(week, sums, now))
    unmet = _unmet_lines(week, summary["unmet"])
    return WeekView(
        title=title_of(week),
        sentence=sentence(summary, week.days, len(unmet)),
        strip=list(_strip(summary)),
        board=[_day(week, at, plans.get(at)) for at in range(week.days)],
        sums=sums,
        same_dates=[_of_same_dates(row) for row in (week, *others)] if others else [],
        levels=[_level(week, level) for level in _fullest_first(summary["levels"])],
        unmet=unmet,
        left_out=pages.left_out_groups(like),
        assumptions=[*pages.assumptions(like), *_assumptions(week)],
        changed="" if now is None else _days(week, now.changed),
        warnings=[] if now is None else list(warnings(week, now)),
    )


def _as_it_stands(week: PlanWeek, sums: dict[str, Any], now: Followed) -> dict[str, Any]:
    """Return the week's summary by its days' present plans; the bound was that of the first."""
    told = {"levels": now.levels, "unmet": now.unmet, "bound_fen": None}
    return {**week.summary, **sums, **told}


def _days(week: PlanWeek, numbers: Iterable[int]) -> str:
    days = [day_short(week.starts_on + timedelta(number)) for number in numbers]
    return str(pgettext("list", ", ")).join(days)


def warnings(week: PlanWeek, now: Followed) -> Iterator[str]:
    """Say what changes by hand have broken between the days, and what is missed since."""
    for level in now.levels:
        used = level["used"]
        for day, kg in enumerate(now.lacking.get(level["store"], ())):
            if kg:
                values = {"store": store_name(week, level["store"], used=used)}
                values |= {"day": _days(week, [day]), "mass": tonnes(kg, 1)}
                yield str(_NO_ROOM if used else _NOT_THERE) % values
    for truck, works, most in now.overworked:
        values = {"truck": str(truck), "works": str(works), "most": str(most)}
        yield str(_OVERWORKED) % values
    for site, day in now.shut:
        yield str(_SHUT) % {"place": place_name(week.places[site]), "day": _days(week, [day])}
    for line in _unmet_lines(week, now.worse):
        yield line["title"]


def sentence(summary: Mapping[str, Any], days: int, count: int) -> str:
    """Return the answer in one line: what moves, what it costs, what could not be kept."""
    if not summary["loads"]:
        return str(_("Nothing could be moved on these days; the reasons stand below."))
    moved = _(
        "%(loads)s loads, %(mass)s t in %(days)s days for ¥%(cost)s",
        loads=number(summary["loads"]),
        mass=number(summary["tonnes"]),
        days=days,
        cost=yuan(summary["cost_fen"]),
    )
    rest = (
        ngettext(
            "; %(num)s thing could not be kept, with its reason.",
            "; %(num)s things could not be kept, each with its reason.",
            count,
        )
        if count
        else _("; no store overflows and nothing is late.")
    )
    return f"{moved}{rest}"


def _strip(summary: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    yield from headline(summary)
    yield _("Loads"), number(summary["loads"]), ""
    yield _("Tonnes"), number(summary["tonnes"]), _("t")
    yield _("Kilometres"), number(summary["km"]), _("km")
    per_t = summary["cost_fen"] / summary["tonnes"] if summary["tonnes"] else None
    yield _("Cost"), yuan(summary["cost_fen"]), _("¥; ¥%(n)s a tonne", n=yuan(per_t, 1))


def _of_same_dates(week: PlanWeek) -> dict[str, Any]:
    """Return what a week planned, as the others of its dates show it."""
    summary = week.summary
    bound_fen, tonnes_moved = summary["bound_fen"], summary["tonnes"]
    return {
        "week": week,
        "summary": summary,
        "empty": share(summary["empty_km"], summary["km"]),
        "per_t": summary["cost_fen"] / tonnes_moved if tonnes_moved else None,
        "gap": summary["cost_fen"] / bound_fen - 1 if bound_fen else None,
        "unmet": len(_unmet_lines(week, summary["unmet"])),
    }


def _day(week: PlanWeek, at: int, plan: CollectionPlan | None) -> dict[str, Any]:
    day = week.starts_on + timedelta(at)
    return {
        "label": f"{day_short(day)} {weekday_words(day)}",
        "short": f"{weekday_words(day)} {day.day}",
        "url": None if plan is None else url_for("haulage.plan", plan_id=plan.id),
        "plan": plan,
        "summary": None if plan is None else plan.summary,
        "rests": day.isoweekday() in week.rest_weekdays,
    }


def weekday_words(day: date) -> str:
    """Return 周一 or Mon."""
    return str(format_date(day, "EEE"))


def _fullest_first(levels: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Put what overflows or runs short first, then the stores that come nearest to their room."""
    return sorted(
        levels,
        key=lambda row: (
            -sum(row["missed_kg"]),
            -max(row["evening_kg"], default=0) / row["room_kg"],
            row["store"],
        ),
    )


def _level(week: PlanWeek, level: dict[str, Any]) -> dict[str, Any]:
    used = level.get("used", False)
    cargo = _cargo(week, level["store"], used=used)
    evenings = [kg / 1000 for kg in level["evening_kg"]]
    return {
        "name": place_name(week.places[cargo["destination" if used else "origin"]]),
        "material": named(cargo, "material"),
        "goes_to": _("used there") if used else place_name(week.places[cargo["destination"]]),
        "family": cargo["family"],
        "opening": tonnes(level["opening_kg"]),
        "room": tonnes(level["room_kg"]),
        "room_t": level["room_kg"] / 1000,
        "evenings": evenings,
        "shown": [number(t) for t in evenings],
        "used": used,
        "moved": [number(kg / 1000) if kg else "–" for kg in level["moved_kg"]],
        "fetched": tonnes(sum(level["moved_kg"])),
        "warn": [at for at, kg in enumerate(level["missed_kg"]) if kg],
        "missed": tonnes(sum(level["missed_kg"]), 1) if sum(level["missed_kg"]) else "",
    }


def _cargo(week: PlanWeek, store: str, *, used: bool) -> dict[str, Any]:
    """Return the cargo that a store gives, or the first of those that it takes."""
    if not used:
        return dict(week.cargoes[store])
    return next(dict(row) for row in week.cargoes.values() if f"W{row['want_id']}" == store)


def store_name(week: PlanWeek, store: str, *, used: bool) -> str:
    cargo = _cargo(week, store, used=used)
    place = place_name(week.places[cargo["destination" if used else "origin"]])
    return f"{place} · {named(cargo, 'material')}"


def _unmet_lines(week: PlanWeek, unmet: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return what could not be kept; a stream that misses several days for one reason once."""
    groups: dict[tuple[str, ...], list[dict[str, Any]]] = {}
    for row in unmet:
        cargo = _cargo(week, row["subject"], used=row["kind"] == Shortfall.SHORTAGE)
        ends = cargo["material_id"], cargo["origin"], cargo["destination"]
        key = (row["kind"], *ends, *unmet_words(row))
        groups.setdefault(key, []).append(row)
    return [_unmet(week, rows) for rows in groups.values()]


def _unmet(week: PlanWeek, rows: list[dict[str, Any]]) -> dict[str, Any]:
    row, short = rows[0], rows[0]["kind"] == Shortfall.SHORTAGE
    cargo = _cargo(week, row["subject"], used=short)
    tag, detail, remedy = unmet_words(row)
    days = sorted({week.starts_on + timedelta(row["day"]) for row in rows})
    title = str(TITLES[Shortfall(row["kind"])]) % {
        "material": named(cargo, "material"),
        "place": place_name(week.places[cargo["destination" if short else "origin"]]),
        "mass": tonnes(sum(row["mass_kg"] for row in rows), 1),
        "day": pgettext("list", ", ").join(day_short(day) for day in days),
    }
    hard = row["blocker"] == Blocker.ALONE
    return {"title": title, "detail": detail, "remedy": remedy, "tag": tag, "hard": hard}


def _assumptions(week: PlanWeek) -> list[tuple[str, str]]:
    return [
        *_days_off(week),
        *_away(week),
        *_begun(week),
        (
            _("Driver"),
            _(
                "at most %(n)s of %(days)s days; Labour Law, article 38, asks for a day of rest "
                "a week",
                n=week.driver_days,
                days=week.days,
            ),
        ),
        (
            _("Stores"),
            _(
                "as their listings say, by the part of the stream this fleet fetches; a full load "
                "must stand there in the morning, and at the end a store may hold one load more "
                "than at first"
            ),
        ),
        (
            _("Receivers' stores"),
            _(
                "where the want says room and stock, by the part this fleet brings, used up "
                "evenly every day; elsewhere what is brought is taken"
            ),
        ),
        (
            _("Streams without a store"),
            _waiting(Calendar.of(week.calendar).wait_days),
        ),
    ]


def _begun(week: PlanWeek) -> Iterator[tuple[str, str]]:
    """Say which trucks stay in on the first day because their shift had begun."""
    numbers = [str(number) for number in week.summary.get("begun", ())]
    if numbers:
        trucks = str(pgettext("list", ", ")).join(numbers)
        yield (
            _("Not sent out on the first day"),
            _(
                "%(trucks)s: the shift had begun when the days were planned; plan that day by "
                "itself, then it starts from now",
                trucks=trucks,
            ),
        )


def _away(week: PlanWeek) -> Iterator[tuple[str, str]]:
    """Say which trucks are left at home because they would not stand where they start."""
    numbers = [str(number) for number in week.summary.get("away", ())]
    if numbers:
        trucks = str(pgettext("list", ", ")).join(numbers)
        yield (
            _("Trucks left out"),
            _(
                "%(trucks)s: the shift ends at another depot, so on the next day the truck would "
                "not stand where it starts",
                trucks=trucks,
            ),
        )


def _waiting(days: int) -> str:
    if not days:
        return str(_("fetched on the day that fills a truck, or the next day at work"))
    words = ngettext(
        "fetched on the day that fills a truck, or up to %(num)s day later",
        "fetched on the day that fills a truck, or up to %(num)s days later",
        days,
    )
    return str(words)


def _days_off(week: PlanWeek) -> Iterator[tuple[str, str]]:
    """Say on which days trucks rest and whose gates are shut."""
    calendar = Calendar.of(week.calendar)
    comma = str(pgettext("list", ", "))
    names = [weekday_name(day) for day in week.rest_weekdays]
    names += [day_short(day) for day in sorted(calendar.rest_dates)]
    yield (
        _("Days of rest"),
        _("no truck leaves on %(days)s", days=comma.join(names))
        if names
        else _("trucks leave every day"),
    )
    for listing, days in calendar.closed:
        shut = comma.join(day_short(day) for day in sorted(days))
        yield _("Gate shut"), _("L-%(ref)s on %(days)s", ref=f"{listing:04d}", days=shut)


def _like_a_day(week: PlanWeek) -> CollectionPlan:
    """Return the week as a plan of its first day, for the words that both share."""
    return CollectionPlan(
        run_id=week.run_id,
        planned_on=week.starts_on,
        parameters=week.parameters,
        time_limit_s=week.time_limit_s,
        left_out=week.left_out,
        places=week.places,
        summary={},
    )


def job_panel(week: PlanWeek, job: Job | None, now: datetime) -> dict[str, Any] | None:
    return pages.job_panel(_like_a_day(week), job, now)


def left_by_week(week: PlanWeek) -> int:
    """Return how many things a week could not keep; its days have room for none of them."""
    return len(_unmet_lines(week, week.summary["unmet"]))


def week_line(week: PlanWeek, job_state: str | None) -> dict[str, Any]:
    ended = {JobState.FAILED: _("failed"), JobState.CANCELLED: _("stopped")}
    state = str(STATUSES[PlanStatus(week.status)])
    if week.status == PlanStatus.PENDING and job_state in ended:
        state = ended[JobState(job_state)]
    return {
        "week": week,
        "title": title_of(week),
        "state": state,
        "done": week.status != PlanStatus.PENDING,
        "summary": week.summary,
    }
