"""What is asked for a new run."""

import re
from datetime import date
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    FloatField,
    IntegerField,
    RadioField,
    SelectChoice,
    SelectMultipleField,
    StringField,
)
from wtforms.validators import InputRequired, NumberRange, Optional, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget, MonthInput, TextInput

from market.matchmaking.calendar import later
from market.matchmaking.labels import OBJECTIVES, WEIGHTS
from market.matchmaking.rules import (
    DEFAULT_MONTHS,
    DEFAULT_RADIUS_KM,
    DEFAULT_SECONDS,
    MAX_MONTHS,
    MAX_RADIUS_KM,
    MAX_SECONDS,
    MAX_WEIGHT,
    Objective,
)

MONTHLY, YEAR = "months", "year"
FIRST_YEAR, LAST_YEAR = 2020, 2099


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
    horizon = RadioField(
        _l("How is time taken?"),
        choices=[
            SelectChoice(MONTHLY, _l("Month by month, with stores and kiln stops")),
            SelectChoice(YEAR, _l("The year as one, without months and stores")),
        ],
        default=MONTHLY,
    )
    first_month = StringField(_l("From which month?"), widget=MonthInput())
    months = IntegerField(
        _l("How many months?"),
        [
            Optional(),
            NumberRange(1, MAX_MONTHS, _l("Enter whole months from 1 to %(max)s.", max=MAX_MONTHS)),
        ],
        default=DEFAULT_MONTHS,
    )
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

    def begin_next_month(self, today: date) -> None:
        """Let the run begin next month unless told otherwise."""
        if self.first_month.data is None:
            self.first_month.data = f"{later(today.replace(day=1), 1):%Y-%m}"

    def validate_first_month(self, field: StringField) -> None:
        if self.horizon.data == MONTHLY and _month(field.data or "") is None:
            raise ValidationError(
                _("Write year and month as 2027-01, from %(low)s to %(high)s.",
                  low=FIRST_YEAR, high=LAST_YEAR)
            )  # fmt: skip

    def chosen(self) -> dict[str, Any]:
        by_month = self.horizon.data == MONTHLY
        return {
            "objective": Objective(self.objective.data),
            "radius_km": float(self.radius_km.data),
            "material_ids": list(self.material_ids.data or []),
            "first_month": _month(self.first_month.data or "") if by_month else None,
            "months": self.months.data or DEFAULT_MONTHS,
            "time_limit_s": self.time_limit_s.data or DEFAULT_SECONDS,
            "weights": {name: self[f"weight_{name}"].data or 0.0 for name in WEIGHTS},
        }


def _month(value: str) -> date | None:
    """Read 2027-01; None where that is no month, or of no year that anybody plans."""
    found = re.fullmatch(r"(\d{4})-(0[1-9]|1[0-2])", value.strip(), re.ASCII)
    if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        return None
    return date(int(found[1]), int(found[2]), 1)
