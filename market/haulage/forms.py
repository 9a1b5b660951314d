"""What a planner asks for."""

from collections.abc import Sequence
from datetime import date, time
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DateField,
    DecimalField,
    FileField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TimeField,
    widgets,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional

from market.haulage.actions import PlanRequest
from market.haulage.dispatch import Wish
from market.haulage.labels import SCOPES, WAYS
from market.haulage.models import Depot
from market.haulage.rules import (
    DAYS_PER_YEAR,
    MAX_ITERATIONS,
    MAX_LOADS_PER_FLOW,
    MAX_NET_T,
    MAX_REACH_KM,
    MAX_TIME_LIMIT_S,
    MIN_TIME_LIMIT_S,
    PlanParameters,
    Verb,
    Ways,
)
from market.matchmaking.models import MatchRun
from market.web.filters import local_time
from market.web.language import pick
from routing.problem import DAY_S

NUMBER = _l("Enter a whole number.")
# A person writes minutes; the button on a stop says its time to the second.
TO_THE_SECOND = ["%H:%M", "%H:%M:%S"]


def _within(low: int, high: int) -> list[Any]:
    message = _l("Enter a whole number from %(min)s to %(max)s.")
    return [InputRequired(NUMBER), NumberRange(low, high, message)]


class PlanForm(FlaskForm):  # type: ignore[misc]
    """The day, what to take up, and how long to search."""

    planned_on = DateField(_l("Day"), [InputRequired(_l("Choose the day."))])
    run_id = SelectField(_l("Matching run"), coerce=int)
    depot_ids = SelectMultipleField(
        _l("Depots"),
        coerce=int,
        widget=widgets.ListWidget(),
        option_widget=widgets.CheckboxInput(),
    )
    scope = RadioField(_l("Which flows"), choices=[])
    reach_km = IntegerField(_l("Reach around the depots"), _within(1, MAX_REACH_KM))
    loads_per_flow = IntegerField(
        _l("At most, of one flow, in loads a day"), _within(1, MAX_LOADS_PER_FLOW)
    )
    working_days = IntegerField(_l("Working days a year"), _within(1, DAYS_PER_YEAR))
    ways = RadioField(_l("Kilometres and driving times"), choices=[])
    table = FileField(_l("Own table of ways"))
    time_limit_s = IntegerField(_l("Search for"), _within(MIN_TIME_LIMIT_S, MAX_TIME_LIMIT_S))
    max_iterations = IntegerField(
        _l("Or end the search by count"),
        [
            Optional(),
            NumberRange(0, MAX_ITERATIONS, _l("Enter a whole number from %(min)s to %(max)s.")),
        ],
    )

    keeps_promises = BooleanField(
        _l("Keep what is locked, and which trucks are out, in the plan in force")
    )

    def offer(self, runs: Sequence[MatchRun], depots: Sequence[Depot], router: str) -> "PlanForm":
        """Fill in what there is to choose from; ``router`` is the road router set, if any."""
        self.ways.choices = [
            (value.value, words) for value, words in WAYS.items() if value != Ways.ROUTER or router
        ]
        self.run_id.choices = [
            (run.id, f"{run.ref} · {local_time(run.created_at)}") for run in runs
        ]
        self.depot_ids.choices = [
            (depot.id, pick(depot) + (_(" (demo)") if depot.standing == "demo" else ""))
            for depot in depots
        ]
        self.scope.choices = [(value.value, words) for value, words in SCOPES.items()]
        return self

    def request(self, runs: Sequence[MatchRun]) -> PlanRequest:
        """Return the validated request; the road factor is the chosen run's."""
        run = next(run for run in runs if run.id == self.run_id.data)
        assert isinstance(self.planned_on.data, date)
        return PlanRequest(
            run_id=run.id,
            planned_on=self.planned_on.data,
            depot_ids=tuple(self.depot_ids.data or ()),
            time_limit_s=int(self.time_limit_s.data),
            parameters=PlanParameters(
                scope=self.scope.data,
                reach_km=self.reach_km.data,
                loads_per_flow=self.loads_per_flow.data,
                working_days=self.working_days.data,
                road_factor=run.road_factor,
                ways=self.ways.data,
                max_iterations=self.max_iterations.data,
                keeps_promises=self.keeps_promises.data,
            ),
        )


def _second(clock: time | None, *, next_day: bool = False) -> int | None:
    if clock is None:
        return None
    return next_day * DAY_S + clock.hour * 3600 + clock.minute * 60 + clock.second


def _minutes_s(said: str | None) -> int | None:
    """Return the seconds of so many minutes; 0, which no delay is, for what is no whole number."""
    if said is None:
        return None
    return int(said) * 60 if said.isascii() and said.isdigit() and len(said) < 7 else 0  # noqa: PLR2004


class WishForm(FlaskForm):  # type: ignore[misc]
    """What one button of the dispatcher's desk sends; most leave most of it empty.

    Its times are hours of the planned day, or with ``next_day`` of the day after. With ``correct``
    it is said instead of what was told last.
    """

    verb = SelectField(coerce=Verb, choices=[SelectChoice(verb.value) for verb in Verb])
    load = StringField()
    vehicle = StringField()
    receiver = StringField()
    late = StringField()
    at = IntegerField(validators=[Optional()])
    put = IntegerField(validators=[Optional()])
    late_min = StringField()
    at_time = TimeField(format=TO_THE_SECOND, validators=[Optional()])
    unload_time = TimeField(format=TO_THE_SECOND, validators=[Optional()])
    next_day = BooleanField()
    unlock = BooleanField()
    correct = BooleanField()

    def wish(self) -> Wish:
        return Wish(
            self.verb.data,
            load=self.load.data or None,
            vehicle=self.vehicle.data or None,
            receiver=self.receiver.data or None,
            late=self.late.data or None,
            delay_s=_minutes_s(self.late_min.data),
            at=self.at.data,
            put=self.put.data,
            start_s=_second(self.at_time.data, next_day=self.next_day.data),
            unload_s=_second(self.unload_time.data, next_day=self.next_day.data),
            unlock=self.unlock.data or None,
        )


class TonnesField(DecimalField):  # type: ignore[misc]
    """A mass that is typed; what is no number is told how to be written."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_("Write a number with a point and without the unit: 28.4")) from error


class TicketForm(FlaskForm):  # type: ignore[misc]
    """What a weighbridge ticket says of a load."""

    net_t = TonnesField(
        _l("Net mass on the ticket"),
        [Optional(), NumberRange(0, MAX_NET_T, _l("Enter a number from %(min)s to %(max)s."))],
        widget=widgets.TextInput(),
    )


class SearchForm(FlaskForm):  # type: ignore[misc]
    """How long to search, and from which minute of the day on."""

    from_time = TimeField(_l("From what time on"), [Optional()])
    time_limit_s = IntegerField(_l("Search for"), _within(MIN_TIME_LIMIT_S, MAX_TIME_LIMIT_S))

    def wish(self) -> Wish:
        return Wish(
            Verb.REPLAN,
            from_s=_second(self.from_time.data),
            time_limit_s=self.time_limit_s.data,
        )
