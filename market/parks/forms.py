"""What a firm writes of a conversion: tonnes per tonne and tonnes a year in."""

from collections.abc import Sequence
from datetime import date

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DecimalField, RadioField, SelectChoice, SelectField, StringField
from wtforms.validators import InputRequired, Length, Optional, ValidationError

from market.catalogue.models import Material
from market.errors import DomainError
from market.orgs.forms import Day, Tonnes
from market.parks.actions import Facts
from market.parks.chain_words import GROUNDS
from market.parks.rules import MAX_NOTE_CHARS, Ground
from market.quantities import kg_from_tonnes
from market.web.language import pick


class Yield(DecimalField):  # type: ignore[misc] # the base class is untyped
    def process_formdata(self, valuelist: list[str]) -> None:
        """Answer what is no number in our own words."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_("Write a number such as 0.35")) from error
        if self.data is not None and not self.data.is_finite():
            raise ValueError(_("Write a number such as 0.35"))


class ConversionForm(FlaskForm):  # type: ignore[misc] # the base class is untyped
    makes_id = SelectField(_l("What comes out"))
    yield_share = Yield(_l("Yield"), [InputRequired(_l("Answer this to go on"))])
    capacity = Tonnes(_l("Most it takes in"), [Optional()])
    ground = RadioField(
        _l("Where the yield comes from"),
        [InputRequired(_l("Answer this to go on"))],
        choices=[SelectChoice(ground.value, words) for ground, words in GROUNDS.items()],
    )
    stated_on = Day(_l("Of which day"), [InputRequired(_l("Answer this to go on"))])
    note = StringField(
        _l("Where it is written down"),
        [Length(max=MAX_NOTE_CHARS, message=_l("At most %(max)d characters"))],
        filters=[lambda text: (text or "").strip()],
    )

    today: date | None = None

    def validate_stated_on(self, field: Day) -> None:
        if field.data is not None and self.today is not None and field.data > self.today:
            raise ValidationError(_("This day is still to come"))

    def offer(self, materials: Sequence[Material]) -> None:
        self.makes_id.choices = [SelectChoice(row.id, pick(row)) for row in materials]

    def facts(self) -> Facts:
        """Return what was written; raises ``DomainError`` where the rules refuse it."""
        tonnes = self.capacity.data
        return Facts(
            makes_id=self.makes_id.data,
            yield_share=float(self.yield_share.data),
            capacity_kg_per_year=None if tonnes is None else kg_from_tonnes(tonnes),
            ground=Ground(self.ground.data),
            stated_on=self.stated_on.data,
            note=self.note.data,
        )

    def blame(self, error: DomainError, words: str) -> None:
        """Put an error of the rules at its field."""
        field = self[error.field if error.field in self else "makes_id"]
        field.errors = [*field.errors, words]
