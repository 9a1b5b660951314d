"""The form of a lot's report: one field for each property asked, and where they come from."""

from datetime import date, timedelta
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms import StringField
from wtforms.validators import Length, Optional, ValidationError

from market.listings import labels
from market.listings.answers import Answers, Reading
from market.listings.fields import DayField, Range, ReadingField
from market.listings.forms import TEXT, StepForm
from market.listings.quality import OXIDE_SUM_MAX, Check, ceiling, oxide_sum
from market.listings.rules import ASSAY_DAYS, MAX_ASSAY_DAYS, SAMPLE_DAYS


class ReportForm(StepForm):
    """The report of the lot; ``quality_form`` adds one field for each property asked."""

    report_no = StringField(_l("Report number"), validators=[Length(max=64)], **TEXT)
    laboratory = StringField(_l("Laboratory"), validators=[Length(max=200)], **TEXT)
    sampled_on = DayField(_l("Sampled on"), validators=[Optional()])
    assay_expires_on = DayField(_l("Counts until"), validators=[Optional()])

    asked: tuple[Check, ...] = ()
    grading: frozenset[str] = frozenset()
    today: date = date.min

    @property
    def first_count(self) -> int:
        """Return how many are asked first: those that decide the grade, else three."""
        return len(self.grading) or min(3, len(self.asked))

    @property
    def later_errors(self) -> bool:
        later = range(self.first_count, len(self.asked))
        return any(self.field_of(number).errors for number in later)

    @property
    def later_filled(self) -> bool:
        later = range(self.first_count, len(self.asked))
        return any(self.field_of(number).data is not None for number in later)

    def field_of(self, number: int) -> ReadingField:
        field: ReadingField = self[f"value_{number}"]
        return field

    def readings(self) -> tuple[Reading, ...]:
        return tuple(
            Reading(check.name, field.data.low, field.data.high, check.unit)
            for number, check in enumerate(self.asked)
            if (field := self.field_of(number)).data is not None and not field.errors
        )

    def fill(self, answers: Answers) -> None:
        known = {reading.name: reading for reading in answers.readings}
        for number, check in enumerate(self.asked):
            reading = known.get(check.name)
            self.field_of(number).data = Range(reading.low, reading.high) if reading else None
        self.report_no.data = answers.report_no
        self.laboratory.data = answers.laboratory
        self.sampled_on.data = answers.sampled_on
        self.assay_expires_on.data = answers.assay_expires_on

    def changes(self, before: Answers) -> dict[str, Any]:
        del before
        sampled = self.sampled_on.data
        until = self.assay_expires_on.data
        if sampled is not None and until is None:
            until = sampled + timedelta(days=ASSAY_DAYS)
        return {
            "readings": self.readings(),
            "report_no": self.report_no.data,
            "laboratory": self.laboratory.data,
            "sampled_on": sampled,
            "assay_expires_on": until,
        }

    def validate_sampled_on(self, field: DayField) -> None:
        if field.data is None:
            return
        if field.data > self.today:
            raise ValidationError(_("A sample cannot be taken in the future"))
        if field.data < self.today - timedelta(days=SAMPLE_DAYS):
            raise ValidationError(_("More than 5 years ago: too old to stand for this lot"))

    def validate_assay_expires_on(self, field: DayField) -> None:
        sampled = self.sampled_on.data
        if field.data is None or sampled is None:
            return
        if field.data < sampled:
            raise ValidationError(_("Before the day it was sampled"))
        if field.data > sampled + timedelta(days=MAX_ASSAY_DAYS):
            raise ValidationError(_("More than 2 years after the day it was sampled"))

    def validate(self, extra_validators: Any = None) -> bool:
        valid = bool(super().validate(extra_validators))
        for number, check in enumerate(self.asked):
            valid = self._physical(self.field_of(number), check) and valid
        return self._together() and valid

    @staticmethod
    def _physical(field: ReadingField, check: Check) -> bool:
        if field.data is None or field.errors:
            return not field.errors
        most = ceiling(check.name, check.unit)
        if field.data.low >= 0 and field.data.high <= most:
            return True
        unit = "" if check.unit == "-" else check.unit
        field.errors = [
            *field.errors,
            _("Between 0 and %(most)s %(unit)s", most=f"{most:,g}", unit=unit).strip(),
        ]
        return False

    def _together(self) -> bool:
        """Check what no single field can: the oxides' sum, and that values have a date."""
        valid = True
        total = oxide_sum(self.readings())
        if total > OXIDE_SUM_MAX:
            self.form_errors = [
                _("The oxides add up to %(sum)s %%, more than a lot can hold", sum=f"{total:.1f}")
            ]
            valid = False
        if self.readings() and self.sampled_on.data is None and not self.sampled_on.errors:
            self.sampled_on.errors = [_("Values need the day the lot was sampled")]
            valid = False
        return valid


def quality_form(
    asked: tuple[Check, ...], grading: frozenset[str], today: date
) -> type[ReportForm]:
    """Return a form with one field for each property asked; those that decide a grade lead."""
    fields: dict[str, Any] = {
        f"value_{number}": ReadingField(labels.property_label(check.name))
        for number, check in enumerate(asked)
    }
    return type(
        "QualityForm", (ReportForm,), fields | {"asked": asked, "grading": grading, "today": today}
    )
