from flask import Flask
from flask_babel import LazyString
from flask_babel import lazy_gettext as _l


def init_app(app: Flask) -> None:
    """Register the feature's blueprint, menu entry and error words."""
    from market.haulage.day_views import blueprint as days
    from market.haulage.dispatch_views import blueprint as dispatch
    from market.haulage.fleet_views import blueprint as fleet
    from market.haulage.gate_views import blueprint as gates
    from market.haulage.load_views import blueprint as loads
    from market.haulage.phoned_views import blueprint as phoned
    from market.haulage.sheet_views import blueprint as sheets
    from market.haulage.views import blueprint
    from market.haulage.week_views import blueprint as weeks
    from market.web import messages, navigation

    for part in (blueprint, dispatch, weeks, fleet, gates, days, loads, phoned, sheets):
        app.register_blueprint(part)
    within = ("haulage", "dispatch", "weeks", "fleet", "gates", "loads", "phoned")
    navigation.add_entry(app, navigation.Entry(_l("Collection"), "haulage.plans", 30, within))
    navigation.add_entry(app, navigation.Entry(_l("Loads"), "loads.own_loads", 30, within))
    messages.register(_words() | _words_of_what_is_entered())
    messages.register(_words_of_days())


def _words() -> dict[str, LazyString]:
    return {
        "no_run_to_plan": _l("There is no matching run with a result yet. Start one first."),
        "day_not_plannable": _l("Choose a day from today to %(days)s days ahead."),
        "no_date": _l("%(word)s is no date; write it as 2026-10-01."),
        "no_shut_gate": _l("Line %(line)s: write a listing and days: L-0012 2026-10-01."),
        "no_such_listing": _l("There is no listing %(ref)s."),
        "no_truck": _l("Choose at least one depot that has a truck in service."),
        "no_returning_truck": _l(
            "Every truck of these depots ends its shift elsewhere, so on the next day none "
            "stands where it starts. Add a depot with a truck that returns."
        ),
        "depot_taken": _l("Another depot has this name."),
        "type_taken": _l("Another type of truck has this name."),
        "plate_taken": _l("Another truck has this plate."),
        "shift_empty": _l("The shift must end later than it starts."),
        "cost_source_old": _l("The costs are others: say who states them."),
        "out_of_range": _l("Enter a number from %(low)s to %(high)s."),
        "plan_not_made": _l("This plan is not made yet."),
        "plan_changed": _l("Somebody changed this plan meanwhile."),
        "done_otherwise": _l(
            "Truck %(truck)s has by now done what plan %(ref)s does not know of, and what is done "
            "stays done. Change by hand what is to come, or plan again from now."
        ),
        "day_is_over": _l("The day of this plan is over; it stays as it was driven."),
        "already_locked": _l("This is locked already."),
        "van_without_licence": _l(
            "Without a licence such a van may carry nothing: name its groups."
        ),
        "not_locked": _l("This is not locked any more."),
        "day_not_begun": _l("The day has not begun: all of it is planned. Leave this empty."),
        "clock_runs_back": _l("Choose a later time: what was done by then stays done."),
        "no_ways": _l("The road router gave no ways: %(server)s %(fault)s. Nothing stands in."),
        "not_in_table": _l(
            "This day's ways are an own table, which has none to the new place. "
            "Plan the day again with a table that has them."
        ),
        "table_too_large": _l("The table is larger than %(most)s MB."),
        "table_missing": _l("Choose the file with the ways."),
        "table_broken": _l("Line %(line)s, column %(column)s: %(fault)s."),
        "not_of_this_day": _l("The load does not fit into this day: %(fault)s."),
    }


def _words_of_what_is_entered() -> dict[str, LazyString]:
    return {
        "co2_empty_alone": _l("Fill in what it emits loaded too."),
        "co2_source_missing": _l("Say who states the factor."),
        "co2_factor_missing": _l("Fill in the factor that this source states."),
        "delay_out_of_range": _l("Say by how many minutes it runs late, from 1 to %(most)s."),
        "job_withdrawn": _l(
            "Plan %(ref)s has a job in it that was withdrawn. Take that up again first, under the "
            "jobs phoned in."
        ),
        "phoned_no_receiver": _l("Choose at least one place that takes the material."),
        "phoned_no_place": _l("Choose a site, or give the point a name and both coordinates."),
        "phoned_far_off": _l(
            "This point is %(km)s km from the nearest depot, beyond %(most)s km. Latitude comes "
            "first, in degrees."
        ),
        "gate_windows_meet": _l("The second opening must begin after the first has ended."),
        "gate_source_missing": _l("Say who states it; empty fields stay assumptions."),
    }


def _words_of_days() -> dict[str, LazyString]:
    return {
        "another_plan_driven": _l("Meanwhile plan %(ref)s is in force on this day."),
        "draft_behind": _l(
            "By now trucks have set out by plan %(ref)s, for what this draft does not know of. "
            "Change that plan, or plan the day again."
        ),
        "truck_has_left": _l(
            "Truck %(truck)s has set out by plan %(ref)s, so that stays in force. Change what is "
            "to come, or put another plan in force."
        ),
        "not_on_a_truck": _l("This load is on no truck."),
        "visit_in_day": _l("This pick-up is in the day already; move that visit instead."),
        "day_outside_week": _l("%(day)s is no day of this week."),
        "way_missing": _l(
            "The table lacks %(count)s ways of this day; add a line for each, beginning with: "
            "%(pairs)s."
        ),
    }
