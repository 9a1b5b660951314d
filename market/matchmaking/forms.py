"""What is asked for a new run."""

from datetime import date
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    FloatField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
)
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from market.matchmaking.calendar import MONTHS, later
from market.matchmaking.labels import OBJECTIVES, WEIGHTS
from market.matchmaking.monthly_view import month_name
from market.matchmaking.rules import (
    DEFAULT_RADIUS_KM,
    DEFAULT_SECONDS,
    MAX_RADIUS_KM,
    MAX_SECONDS,
    MAX_WEIGHT,
    Objective,
)


def _weight(name: str, default: float) -> FloatField:
    message = _l("Enter a number from %(low)s to %(high)s.", low=f"-{MAX_WEIGHT}", high=MAX_WEIGHT)
    in_range = NumberRange(-MAX_WEIGHT, MAX_WEIGHT, message)
    return FloatField(WEIGHTS[name], [Optional(), in_range], default=default, widget=TextInput())


class RunForm(FlaskForm):  # type: ignore[misc] # the base class is untyped
    objective = RadioField(
        _l("What should the run aim for?"),
        choices=[SelectChoice(code.value, OBJECTIVES[code]) for code in Objective],
        default=Objective.TONNES.value,
    )
    radius_km = IntegerField(
        _l("How far may it travel by road?"),
        [
            InputRequired(_l("Enter a distance in kilometres.")),
            NumberRange(
                1, MAX_RADIUS_KM, _l("Enter whole kilometres from 1 to %(max)s.", max=MAX_RADIUS_KM)
            ),
        ],
        default=DEFAULT_RADIUS_KM,
    )
    first_month = SelectField(_l("From which month?"))
    time_limit_s = IntegerField(
        _l("How long may it search?"),
        [
            Optional(),
            NumberRange(
                1, MAX_SECONDS, _l("Enter whole seconds from 1 to %(max)s.", max=MAX_SECONDS)
            ),
        ],
        default=DEFAULT_SECONDS,
    )
    weight_yuan = _weight("yuan", 1.0)
    weight_co2_kg = _weight("co2_kg", 0.0)
    weight_tonne = _weight("tonne", 0.0)
    weight_tonne_km = _weight("tonne_km", 0.0)
    material_ids = SelectMultipleField(
        _l("Which materials?"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def offer_materials(self, choices: list[tuple[str, str]]) -> None:
        """Let these materials be chosen; none chosen means all of them."""
        self.material_ids.choices = [SelectChoice(value, label) for value, label in choices]

    def offer_months(self, today: date) -> None:
        """Let the year begin in one of the next twelve months, the next one unless told; or be one.

        A month that is over may still be chosen where the form was filled from an older run.
        """
        months = [later(today.replace(day=1), number) for number in range(1, MONTHS + 1)]
        values = [f"{month:%Y-%m}" for month in months]
        if self.first_month.data is None:
            self.first_month.data = values[0]
        elif self.first_month.data not in {"", *values} and self.first_month.object_data:
            values.insert(0, self.first_month.data)
        self.first_month.choices = [
            *(SelectChoice(value, month_name(_month(value))) for value in values),
            SelectChoice("", _l("The year as one, without months and stores")),
        ]

    def chosen(self) -> dict[str, Any]:
        return {
            "objective": Objective(self.objective.data),
            "radius_km": float(self.radius_km.data),
            "material_ids": list(self.material_ids.data or []),
            "first_month": _month(self.first_month.data) if self.first_month.data else None,
            "time_limit_s": self.time_limit_s.data or DEFAULT_SECONDS,
            "weights": {name: self[f"weight_{name}"].data or 0.0 for name in WEIGHTS},
        }


def _month(value: str) -> date:
    return date.fromisoformat(f"{value}-01")
