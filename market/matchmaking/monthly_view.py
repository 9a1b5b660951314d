"""The twelve months of a result page: strip, month in the address, sentence, assumptions."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import flask
from babel.dates import format_skeleton
from flask_babel import gettext
from sqlalchemy.orm import Session

from market.catalogue import queries as catalogue
from market.matchmaking import monthly_reading
from market.matchmaking.calendar import KILN_STOPPAGES, MONTHS, later
from market.matchmaking.labels import paragraph
from market.matchmaking.models import MatchRun
from market.matchmaking.monthly_reading import MonthTotal, Pattern, YardWorth
from market.matchmaking.valuation import GENERAL_DISPOSAL
from market.web.filters import number, percent, wan
from market.web.language import language, pick

YARDS_SHOWN = 5
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
    """``month`` None: the whole year is looked at."""

    month: date | None
    name: str
    strip: Strip
    sentence: str
    assumptions: Sequence[str]
    yards: Sequence[YardWorth]


def chosen_month(run: MatchRun) -> date | None:
    """Read the month of the address; anything that is no month of the run means all of them."""
    raw = flask.request.args.get("month", "")
    return next((month for month in _months(run) if f"{month:%Y-%m}" == raw), None)


def view(
    session: Session, run: MatchRun, material_id: str | None, family: str | None
) -> MonthView | None:
    """Return None for a run that takes its year as one."""
    if run.first_month is None:
        return None
    month = chosen_month(run)
    totals = monthly_reading.totals(session, run.id, material_id)
    patterns = monthly_reading.patterns(session, run.id, material_id)
    return MonthView(
        month=month,
        name="" if month is None else month_name(month),
        strip=_strip(run, month, totals, patterns, family),
        sentence=_tightest(totals, patterns),
        assumptions=_assumptions(session, patterns),
        yards=monthly_reading.yards(session, run.id, limit=YARDS_SHOWN),
    )


def month_name(month: date, *, short: bool = False) -> str:
    locale = "en" if language() == "en" else "zh_Hans"
    return str(format_skeleton("MMM" if short else "yMMM", month, locale=locale))


def _months(run: MatchRun) -> list[date]:
    if run.first_month is None:
        return []
    return [later(run.first_month, number) for number in range(MONTHS)]


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
            {"label": month_name(row, short=True), "url": _url(run, row), "selected": row == month}
            for row in months
        ],
        lines=[_line(row, months) for row in patterns],
        charts=_charts(totals, family or "ash"),
        before=None if not at else _url(run, months[at - 1]),
        after=None if at in {None, MONTHS - 1} else _url(run, months[(at or 0) + 1]),
        whole=None if month is None else _url(run, None),
    )


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
                "shown": [number(row.stock_kg / scale, decimals) for row in totals],
                "limit": room / scale,
                "limit_label": _("room %(amount)s", amount=number(room / scale, decimals)),
                "warn": [i for i, row in enumerate(totals) if row.stock_kg >= FULL_SHARE * room],
                "family": family,
            }
        )
    return charts


def tightest(totals: Sequence[MonthTotal]) -> MonthTotal | None:
    """Return the month that leaves most, or else the one whose stores are fullest."""
    return max(totals, key=lambda row: (row.left_kg, row.stock_kg), default=None)


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


def _assumptions(session: Session, patterns: Sequence[Pattern]) -> list[str]:
    said = [
        _("Offers and wants are spread evenly over the year: nobody has given a calendar yet."),
        _("Stores hold what the listings say; storing costs nothing, as no factor is known."),
    ]
    rules = {rule.id: rule for rule in catalogue.policy_rules(session)}
    for stop in KILN_STOPPAGES:
        rule = rules.get(stop.rule_id)
        if rule is not None and any(row.stops for row in patterns):
            said.append(
                _("Kilns stand still by rule %(rule)s: %(text)s (%(source)s) Their year falls on"
                  " the days they run. Mills that grind do not stop.",
                  rule=rule.id, text=pick(rule, "text"), source=rule.source)
            )  # fmt: skip
    factor = catalogue.factors(session).get(GENERAL_DISPOSAL)
    if factor is not None:
        said.append(
            _("What finds no place is disposed of, as a rule at %(yuan)s yuan/t (%(source)s).",
              yuan=number(factor.value), source=factor.source)
        )  # fmt: skip
    return said
