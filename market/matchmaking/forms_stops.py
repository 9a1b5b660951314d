"""Days on which a firm says that a use stands still."""

from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from market.matchmaking.rules import MAX_STOP_NOTE_CHARS


class Day(DateField):  # type: ignore[misc]
    """A day; what is none is named as such."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_("Write the day as 2027-06-15")) from error


class StopForm(FlaskForm):  # type: ignore[misc]
    first_on = Day(_l("First day without production"), [InputRequired(_l("Answer this to go on"))])
    last_on = Day(_l("Last day without production"), [InputRequired(_l("Answer this to go on"))])
    note = StringField(
        _l("Why it stands still"),
        [Length(max=MAX_STOP_NOTE_CHARS, message=_l("At most %(max)d characters"))],
        filters=[lambda text: (text or "").strip()],
    )

    today: date | None = None

    def validate_last_on(self, field: Day) -> None:
        if field.data is None:
            return
        if self.first_on.data is not None and field.data < self.first_on.data:
            raise ValidationError(_("This is before the first day"))
        if self.today is not None and field.data < self.today:
            raise ValidationError(_("These days are over: runs plan what comes"))
