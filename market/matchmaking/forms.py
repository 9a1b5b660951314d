"""What is asked for a new run."""

from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import IntegerField, RadioField, SelectChoice, SelectMultipleField
from wtforms.validators import InputRequired, NumberRange
from wtforms.widgets import CheckboxInput, ListWidget

from market.matchmaking.labels import OBJECTIVES
from market.matchmaking.rules import DEFAULT_RADIUS_KM, MAX_RADIUS_KM, Objective


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
    material_ids = SelectMultipleField(
        _l("Which materials?"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
    )

    def offer_materials(self, choices: list[tuple[str, str]]) -> None:
        """Let these materials be chosen; none chosen means all of them."""
        self.material_ids.choices = [SelectChoice(value, label) for value, label in choices]

    def chosen(self) -> dict[str, Any]:
        return {
            "objective": Objective(self.objective.data),
            "radius_km": float(self.radius_km.data),
            "material_ids": list(self.material_ids.data or []),
        }
