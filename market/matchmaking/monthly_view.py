"""The months of a result page: strip, month in the address, sentence, assumptions, stops."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from itertools import islice
from typing import Any

import flask
from babel.dates import format_skeleton
from flask_babel import gettext
from sqlalchemy.orm import Session

from market.catalogue import queries as catalogue
from market.catalogue.citations import cited
from market.listings.rules import MONTHS_PER_YEAR
from market.matchmaking import monthly_reading, policy
from market.matchmaking.calendar import later, months_from
from market.matchmaking.labels import paragraph
from market.matchmaking.models import MatchRun
from market.matchmaking.monthly_reading import MonthTotal, Pattern, YardWorth
from market.matchmaking.presenting_stops import StopShown, stops_shown
from market.matchmaking.reading import MaterialTotal
from market.matchmaking.summary import RunSummary
from market.matchmaking.valuation import GENERAL_DISPOSAL
from market.web.access import current_actor
from market.web.filters import number, percent, wan
from market.web.language import language

YARDS_SHOWN = 5
MOST_STEPS = 4
"""Of a chart's axis."""
FULL_SHARE = 0.95
"""A store as full as this is drawn as one that is full."""


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


@dataclass(frozen=True, slots=True)
class Strip:
    """What the month strip draws, and the neighbours of the month that is chosen."""

    months: Sequence[dict[str, Any]]
    lines: Sequence[dict[str, Any]]
    charts: Sequence[dict[str, Any]]
    before: str | None
    after: str | None
    whole: str | None


@dataclass(frozen=True, slots=True)
class MonthView:
    """``month`` None: all months are looked at."""

    month: date | None
    name: str
    strip: Strip
    sentence: str
    assumptions: Sequence[str]
    stops: Sequence[StopShown]
    yards: Sequence[YardWorth]


def chosen_month(run: MatchRun) -> date | None:
    """Read the month of the address; anything that is no month of the run means all of them."""
    raw = flask.request.args.get("month", "")
    return next((month for month in _months(run) if f"{month:%Y-%m}" == raw), None)


def view(session: Session, run: MatchRun, material: MaterialTotal | None) -> MonthView | None:
    """Return the months of one material or all; None for a run that takes its year as one."""
    if run.first_month is None:
        return None
    material_id, family = (material.material_id, material.family) if material else (None, None)
    month = chosen_month(run)
    totals = monthly_reading.totals(session, run.id, material_id)
    patterns = monthly_reading.patterns(session, run.id, material_id)
    return MonthView(
        month=month,
        name="" if month is None else month_name(month),
        strip=_strip(run, month, totals, patterns, family),
        sentence=_tightest(totals, patterns),
        assumptions=_assumptions(session, run),
        stops=stops_shown(session, run),
        yards=_yards(session, run),
    )


def _yards(session: Session, run: MatchRun) -> list[YardWorth]:
    """Return the stores of which this reader may know what more room would gain."""
    summary, actor = RunSummary.of(run.summary), current_actor()
    rows = monthly_reading.yards(session, run.id, summary.rooms if summary else ())
    seen = (yard for yard in rows if policy.sees_room_worth(actor, yard.row.end.org_id))
    return list(islice(seen, YARDS_SHOWN))


def month_name(month: date, *, short: bool = False) -> str:
    locale = "en" if language() == "en" else "zh_Hans"
    return str(format_skeleton("MMM" if short else "yMMM", month, locale=locale))


def _months(run: MatchRun) -> list[date]:
    if run.first_month is None:
        return []
    return list(months_from(run.first_month, run.span_months))


def _url(run: MatchRun, month: date | None) -> str:
    kept: dict[str, Any] = {
        name: text for name, text in flask.request.args.items() if name == "material"
    }
    if month is not None:
        kept["month"] = f"{month:%Y-%m}"
    return flask.url_for("matchmaking.show", run_id=run.id, _anchor="months", **kept)


def _strip(
    run: MatchRun,
    month: date | None,
    totals: Sequence[MonthTotal],
    patterns: Sequence[Pattern],
    family: str | None,
) -> Strip:
    months = _months(run)
    at = None if month is None else months.index(month)
    return Strip(
        months=[
            {
                "label": _in_strip(row, months),
                "url": _url(run, row),
                "selected": row == month,
            }
            for row in months
        ],
        lines=[_line(row, months) for row in patterns],
        charts=_charts(totals, family or "ash"),
        before=None if not at else _url(run, months[at - 1]),
        after=None if at in {None, len(months) - 1} else _url(run, months[(at or 0) + 1]),
        whole=None if month is None else _url(run, None),
    )


def _in_strip(month: date, months: Sequence[date]) -> str:
    """Name a month; where there is more than one of its name, a January by its year."""
    long = len(months) > MONTHS_PER_YEAR
    return f"{month.year}" if long and month.month == 1 else month_name(month, short=True)


def _line(row: Pattern, months: Sequence[date]) -> dict[str, Any]:
    days = [(later(month, 1) - month).days for month in months]
    off = round(sum((1 - share) * n for share, n in zip(row.shares, days, strict=True)))
    text = _("%(n)s kiln uses", n=row.uses) if row.stops else _("%(n)s other uses", n=row.uses)
    return {
        "label": text,
        "note": _("%(days)s days off", days=off) if off else _("no stop"),
        "on": [share * 2 >= 1 for share in row.shares],
    }


def _charts(totals: Sequence[MonthTotal], family: str) -> list[dict[str, Any]]:
    unit, scale = wan(0).unit, 1e6 if language() == "en" else 1e7
    room = max((row.room_kg for row in totals), default=0)
    charts: list[dict[str, Any]] = [
        {
            "label": _("Comes and is used"),
            "unit": _("%(unit)s a month", unit=unit),
            "bars": [round(row.came_kg / scale, 3) for row in totals],
            "line": [round(row.placed_kg / scale, 3) for row in totals],
            "ticks": _ticks(max((max(r.came_kg, r.placed_kg) for r in totals), default=0) / scale),
            "family": family,
        }
    ]
    if room:
        decimals = 1 if language() == "en" else 2
        charts.append(
            {
                "label": _("In store at month's end"),
                "unit": unit,
                "bars": [round(row.stock_kg / scale, 3) for row in totals],
                "shown": [number(row.stock_kg / scale, decimals) for row in totals]
                if len(totals) <= MONTHS_PER_YEAR
                else [],
                "ticks": _ticks(max(room, *(row.stock_kg for row in totals)) / scale),
                "limit": room / scale,
                "limit_label": _("room %(amount)s", amount=number(room / scale, decimals)),
                "warn": [i for i, row in enumerate(totals) if row.stock_kg >= FULL_SHARE * room],
                "family": family,
            }
        )
    return charts


def _ticks(most: float) -> list[dict[str, Any]]:
    """Return round values from 0 up to the greatest, at most five, with what is written at them."""
    if most <= 0:
        return []
    power = Decimal(10) ** Decimal(most).adjusted()
    parts = (Decimal("0.25"), Decimal("0.5"), Decimal(1), Decimal("2.5"))
    step = next(part * power for part in parts if Decimal(most) <= MOST_STEPS * part * power)
    decimals = max(0, -int(step.normalize().as_tuple().exponent))
    values = [count * step for count in range(int(Decimal(most) / step) + 1)]
    return [{"at": float(value), "label": number(float(value), decimals)} for value in values]


def tightest(totals: Sequence[MonthTotal]) -> MonthTotal | None:
    """Return the month in which most comes that has no place in it.

    In which later month a store gives up what never finds a place is all the same to a plan.
    """
    return max(totals, key=lambda row: row.came_kg - row.placed_kg, default=None)


def _tightest(totals: Sequence[MonthTotal], patterns: Sequence[Pattern]) -> str:
    row = tightest(totals)
    if row is None or not (row.left_kg or row.stock_kg):
        return ""
    at = totals.index(row)
    kilns = sum(p.uses for p in patterns if p.stops)
    still = sum(p.uses for p in patterns if p.shares[at] * 2 < 1)
    used = percent(row.stock_kg / row.room_kg, 0) if row.room_kg else ""
    return paragraph(
        _("%(month)s is tightest.", month=month_name(row.month)),
        _("%(still)s of %(kilns)s kiln uses stand still.", still=still, kilns=kilns)
        if still else "",
        _("%(stock)s wait in store, %(share)s %% of the room.", stock=wan(row.stock_kg), share=used)
        if row.stock_kg and used else "",
        _("%(left)s find no place.", left=wan(row.left_kg)) if row.left_kg else "",
    )  # fmt: skip


def _assumptions(session: Session, run: MatchRun) -> list[str]:
    said = [
        _("Offers and wants are spread evenly over the year: nobody has given a calendar yet."),
        _("A kiln's year falls on the days it runs; mills that grind do not stop."),
        *_stores_said(RunSummary.of(run.summary)),
        *_licences_said(run),
    ]
    factor = catalogue.factors(session).get(GENERAL_DISPOSAL)
    if factor is not None:
        said.append(
            _("What finds no place is disposed of, as a rule at %(yuan)s yuan/t (%(source)s).",
              yuan=number(factor.value), source=cited(factor.source))
        )  # fmt: skip
    return said


def _stores_said(summary: RunSummary | None) -> list[str]:
    if summary is None or not summary.stores:
        return [_("Nobody has told of a store: what comes in a month is used in it or left.")]
    return [
        paragraph(
            _("Stores hold what the listings say."),
            _("Storing costs what they say, %(yuan)s yuan in all.",
              yuan=number(summary.storage_yuan))
            if summary.stores_free < summary.stores else "",
            _("%(free)s of %(stores)s stores gave no cost, which counts as nothing.",
              free=summary.stores_free, stores=summary.stores)
            if summary.stores_free else "",
        )
    ]  # fmt: skip


def _licences_said(run: MatchRun) -> list[str]:
    """Say how licensed tonnes count where the first or last calendar year is not whole."""
    summary, first = RunSummary.of(run.summary), run.first_month
    if summary is None or first is None or not summary.quotas:
        return []
    last = months_from(first, run.span_months)[-1]
    return [
        paragraph(
            _("Licensed tonnes count by calendar year."),
            _("What receivers took in the same year before %(month)s is not known here:"
              " all of that year's tonnes count as free.", month=month_name(first))
            if first.month > 1 else "",
            _("The months of the same year after %(month)s are left without licensed tonnes"
              " where the plan uses them up.", month=month_name(last))
            if last.month < MONTHS_PER_YEAR else "",
        )
    ]  # fmt: skip
