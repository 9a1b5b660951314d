"""Words for the feature's closed sets, and the sentences built on them."""

from datetime import date

from babel.dates import get_day_names
from flask_babel import format_date, get_locale
from flask_babel import lazy_gettext as _l

from market.haulage.rules import (
    Basis,
    JobStage,
    LeftOut,
    NoWays,
    PlanStatus,
    RuleBasis,
    Scope,
    VehicleKind,
    Ways,
)
from market.web.language import language
from routing.plan import StopKind

KINDS = {
    VehicleKind.TANKER: _l("bulk tanker"),
    VehicleKind.TIPPER: _l("tipper"),
    VehicleKind.FLATBED: _l("flatbed"),
    VehicleKind.HAZARDOUS_VAN: _l("hazardous-goods van"),
}

BASES = {
    Basis.FACTOR: _l("from a catalogue factor"),
    Basis.ASSUMPTION: _l("assumption"),
    Basis.STATED: _l("stated by the fleet"),
}

RULE_BASES = {
    RuleBasis.PRACTICE: _l("trade practice, not verified"),
    RuleBasis.ASSUMPTION: _l("platform assumption, not verified"),
}

SCOPES = {
    Scope.FIRMS: _l("Only flows between firms that state their own tonnes"),
    Scope.ALL: _l("All flows, those of estimated plants too"),
}

WAYS = {
    Ways.GREAT_CIRCLE: _l("Great circle × the region's road factor, at one speed"),
    Ways.ROUTER: _l("Tables of the road router"),
    Ways.TABLE: _l("An own table, from a file"),
}

NO_WAYS = {
    NoWays.AWAY: _l("Nobody answers at the road router's address %(server)s."),
    NoWays.SLOW: _l("The road router %(server)s did not answer in time."),
    NoWays.BUSY: _l("The road router %(server)s says that it cannot answer just now."),
    NoWays.REFUSED: _l("The road router %(server)s gave no table of distances."),
    NoWays.NO_ROAD: _l("%(server)s knows no road between some places of the day."),
    NoWays.NOT_SET: _l("No road router is set for the worker that plans."),
}

NO_WAYS_REMEDIES = {
    NoWays.AWAY: _l("Have it started, or the setting WUJIN_ROAD_TABLES put right; then try again."),
    NoWays.SLOW: _l("Try again later, or have the router looked at."),
    NoWays.BUSY: _l("Try again later, or have the router looked at."),
    NoWays.REFUSED: _l("Have the router and its profile looked at; then try again."),
    NoWays.NO_ROAD: _l("Look at where these places lie; a want or a pick-up may sit off the road."),
    NoWays.NOT_SET: _l("Set WUJIN_ROAD_TABLES where the worker runs; then try again."),
}

STATUSES = {
    PlanStatus.PENDING: _l("under way"),
    PlanStatus.COMPLETE: _l("everything placed"),
    PlanStatus.PARTIAL: _l("some left over"),
    PlanStatus.EMPTY: _l("nothing placed"),
}

STAGES = {
    JobStage.FREEZE: _l("Take the day's loads from the run and the fleet"),
    JobStage.WAYS: _l("Measure the ways between all places"),
    JobStage.SPLIT: _l("Cut flows into truckloads"),
    JobStage.FIRST_PLAN: _l("Find a first plan that can be driven"),
    JobStage.IMPROVE: _l("Cut empty kilometres"),
    JobStage.CHECK: _l("Check windows, hours, capacity and licences again"),
    JobStage.STORE: _l("Keep the plan"),
}

STOPS = {
    StopKind.START: _l("leave the depot"),
    StopKind.LOAD: _l("load"),
    StopKind.UNLOAD: _l("unload"),
    StopKind.CLEAN: _l("wash"),
    StopKind.REST: _l("rest"),
    StopKind.END: _l("back at the depot"),
}

LEFT_OUT = {
    LeftOut.ESTIMATE: _l("An end is a public-source estimate: nobody there has agreed to anything"),
    LeftOut.OUT_OF_REACH: _l("An end lies beyond the reach set for these depots"),
    LeftOut.OTHER_CARRIERS: _l("Above the loads this fleet takes of one flow a day"),
    LeftOut.BELOW_ONE_LOAD: _l("Not a full truck yet on the day"),
}


def day_short(day: date) -> str:
    """Return 11 月 23 日 or 23 November."""
    return str(format_date(day, "d MMMM" if language() == "en" else "M 月 d 日"))


def weekday_name(number: int) -> str:
    """Return 一 or Mon for the ISO weekday 1."""
    names = get_day_names("abbreviated" if language() == "en" else "narrow", locale=get_locale())
    return str(names[number - 1])


def day_long(day: date) -> str:
    """Return 2026 年 11 月 23 日 星期一 or Monday 23 November 2026."""
    pattern = "EEEE d MMMM yyyy" if language() == "en" else "yyyy 年 M 月 d 日 EEEE"
    return str(format_date(day, pattern))
