"""How stored quantities are shown: the only place where units are converted on the way out."""

from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from flask import Flask
from flask_babel import gettext as _
from flask_babel import ngettext

from market.web.language import language

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOTHING = "–"
DAY_MIN = 24 * 60


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and its unit, so a template can set the unit smaller."""

    n: str
    unit: str

    def __str__(self) -> str:
        return f"{self.n} {self.unit}"


def number(value: float | None, decimals: int = 0) -> str:
    """Group by thousands; a true minus sign; a dash where there is nothing."""
    if value is None:
        return NOTHING
    text = f"{value:,.{decimals}f}"
    if float(text.replace(",", "")) == 0:
        text = text.lstrip("-")
    return text.replace("-", "−")


def trimmed(value: float | None, digits: int = 6) -> str:
    """Show a measured value as it was given: no padding zeros, at most ``digits`` significant."""
    if value is None:
        return NOTHING
    text = f"{value:,.{digits}g}" if abs(value) < 10**digits else f"{value:,.0f}"
    return text.replace("-", "−") if "e" not in text else f"{value:.3e}"


def tonnes(mass_kg: float | None, decimals: int = 0) -> str:
    return NOTHING if mass_kg is None else number(mass_kg / 1000, decimals)


def wan(mass_kg: float, decimals: int = 2) -> Figure:
    """Return 万吨 in Chinese and kt in English, for summaries and charts."""
    if language() == "en":
        return Figure(number(mass_kg / 1e6, max(decimals - 1, 0)), "kt")
    return Figure(number(mass_kg / 1e7, decimals), "万吨")


def km(distance_m: float | None, decimals: int = 0) -> str:
    return NOTHING if distance_m is None else number(distance_m / 1000, decimals)


def yuan(fen: float | None, decimals: int = 0) -> str:
    return NOTHING if fen is None else number(fen / 100, decimals)


def price(fen: int | None) -> str:
    """Return a price that somebody stated: whole yuan, with the fen where there are any."""
    return NOTHING if fen is None else yuan(fen, 2 if fen % 100 else 0)


def percent(share: float | None, decimals: int = 1) -> str:
    return NOTHING if share is None else number(share * 100, decimals)


def local_date(value: date | datetime | None) -> str:
    if value is None:
        return NOTHING
    if isinstance(value, datetime):
        value = value.astimezone(SHANGHAI).date()
    return value.isoformat()


def local_time(value: datetime | None) -> str:
    return NOTHING if value is None else value.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M")


def clock(seconds_of_day: float) -> str:
    """Return 5:20 for 19200, and what is after midnight as a time of the next day.

    The end of the day itself is 24:00.
    """
    minutes = round(seconds_of_day / 60)
    days, minute = divmod(minutes, DAY_MIN)
    if minutes <= DAY_MIN:
        return hours(seconds_of_day)
    time = hours(minute * 60)
    if days == 1:
        return str(_("%(time)s next day", time=time))
    later = ngettext("%(time)s, %(num)s day later", "%(time)s, %(num)s days later", days, time=time)
    return str(later)


def hours(seconds: float) -> str:
    """Return 25:20 for a length of 91200 seconds."""
    minutes = round(seconds / 60)
    return f"{minutes // 60}:{minutes % 60:02d}"


FILTERS = {
    "num": number,
    "trimmed": trimmed,
    "tonnes": tonnes,
    "wan": wan,
    "km": km,
    "yuan": yuan,
    "price": price,
    "pct": percent,
    "local_date": local_date,
    "local_time": local_time,
    "clock": clock,
    "hours": hours,
}


def init_app(app: Flask) -> None:
    app.jinja_env.filters.update(FILTERS)
