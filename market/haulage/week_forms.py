"""What a planner asks for over several days."""

from collections.abc import Sequence
from datetime import date

from flask_babel import lazy_gettext as _l
from wtforms import (
    DateField,
    IntegerField,
    SelectMultipleField,
    StringField,
    TextAreaField,
    widgets,
)
from wtforms.validators import InputRequired, NumberRange

from market.haulage.forms import NUMBER, PlanForm
from market.haulage.labels import weekday_name
from market.haulage.models import Depot
from market.haulage.rules import Ways
from market.haulage.week_actions import WeekRequest
from market.haulage.week_rules import (
    DAYS_PER_WEEK,
    MAX_DAYS,
    MAX_WAIT_DAYS,
    Calendar,
    dates_in,
    shut_gates,
)
from market.matchmaking.models import MatchRun

_RANGE = NumberRange(1, MAX_DAYS, _l("Enter a whole number from %(min)s to %(max)s."))


class WeekForm(PlanForm):
    """A day's form with the number of days, and when trucks and drivers rest."""

    planned_on = DateField(_l("First day"), [InputRequired(_l("Choose the day."))])
    table = None
    days = IntegerField(_l("Days"), [InputRequired(NUMBER), _RANGE])
    rest_weekdays = SelectMultipleField(
        _l("No truck leaves on"),
        coerce=int,
        widget=widgets.ListWidget(),
        option_widget=widgets.CheckboxInput(),
    )
    rest_dates = StringField(_l("No truck leaves on these dates either"))
    closed = TextAreaField(_l("Gates that are shut"))
    wait_days = IntegerField(
        _l("A load without a store may wait"),
        [
            InputRequired(NUMBER),
            NumberRange(0, MAX_WAIT_DAYS, _l("Enter a whole number from %(min)s to %(max)s.")),
        ],
    )
    driver_days = IntegerField(_l("Days a driver works, at most"), [InputRequired(NUMBER), _RANGE])

    def offer(self, runs: Sequence[MatchRun], depots: Sequence[Depot], router: str) -> "WeekForm":
        super().offer(runs, depots, router)
        self.ways.choices = [row for row in self.ways.choices if row[0] != Ways.TABLE]
        self.rest_weekdays.choices = [
            (number, weekday_name(number)) for number in range(1, DAYS_PER_WEEK + 1)
        ]
        return self

    def week(self, runs: Sequence[MatchRun]) -> WeekRequest:
        """Return the validated request."""
        day = self.request(runs)
        assert isinstance(day.planned_on, date)
        return WeekRequest(
            run_id=day.run_id,
            starts_on=day.planned_on,
            depot_ids=day.depot_ids,
            days=self.days.data,
            rest_weekdays=tuple(self.rest_weekdays.data or ()),
            driver_days=self.driver_days.data,
            calendar=Calendar(
                dates_in(self.rest_dates.data or "", "rest_dates"),
                tuple(shut_gates(self.closed.data or "")),
                self.wait_days.data,
            ),
            time_limit_s=day.time_limit_s,
            parameters=day.parameters,
        )
