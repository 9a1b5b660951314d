"""What a firm writes of a licence: tonnes in, kilograms out."""

import re

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DateField, DecimalField, SelectChoice, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired

from market.errors import DomainError
from market.orgs.actions import LicenceFacts
from market.orgs.models import Licence, Site
from market.orgs.rules import HW_CLASS
from market.quantities import kg_from_tonnes, tonnes_from_kg
from market.web.language import pick

UNTHINKABLE_T = 10**12
"""More is no tonnage, and too much to be counted in kilograms."""
_SEPARATORS = re.compile(r"[\s,;，；、]+")


class Day(DateField):  # type: ignore[misc] # the base class is untyped
    def process_formdata(self, valuelist: list[str]) -> None:
        """Answer what is no day in our own words."""
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_("Write a date such as 2026-11-08")) from error


class Tonnes(DecimalField):  # type: ignore[misc] # the base class is untyped
    def process_formdata(self, valuelist: list[str]) -> None:
        """Read thousands however they are grouped."""
        try:
            super().process_formdata([re.sub("[,，]", "", text) for text in valuelist])
        except ValueError as error:
            raise ValueError(_("Write a number such as 15000")) from error
        if self.data is not None and not (self.data.is_finite() and abs(self.data) < UNTHINKABLE_T):
            raise ValueError(_("Write a number such as 15000"))


class LicenceForm(FlaskForm):  # type: ignore[misc] # the base class is untyped
    site_id = SelectField(_l("Site"), coerce=int)
    number = StringField(_l("Number"), [InputRequired(_l("Write the number on the licence"))])
    codes = TextAreaField(_l("Codes"), [InputRequired(_l("Write the codes it covers"))])
    tonnes = Tonnes(_l("Tonnes a year"), [InputRequired(_l("Write the tonnes it allows"))])
    valid_to = Day(_l("Valid to"), [InputRequired(_l("Write its last day"))])

    def offer(self, sites: list[Site]) -> None:
        self.site_id.choices = [SelectChoice(site.id, pick(site)) for site in sites]

    def fill(self, licence: Licence) -> None:
        self.site_id.data = licence.site_id
        self.number.data = licence.number
        self.codes.data = " ".join(licence.hw_codes)
        self.tonnes.data = tonnes_from_kg(licence.mass_kg_per_year)
        self.valid_to.data = licence.valid_to

    def facts(self) -> LicenceFacts:
        """Return what was written; raises ``DomainError`` where the rules refuse it."""
        codes = [code.upper() for code in _SEPARATORS.split(self.codes.data.strip()) if code]
        return LicenceFacts(
            site_id=self.site_id.data,
            number=self.number.data.strip(),
            codes=[c if HW_CLASS.fullmatch(c) else c.removeprefix("HW") for c in codes],
            mass_kg_per_year=kg_from_tonnes(self.tonnes.data),
            valid_to=self.valid_to.data,
        )

    def blame(self, error: DomainError, words: str) -> None:
        """Put an error of the rules at its field."""
        name = error.field if error.field in self else "number"
        self[name].errors = [*self[name].errors, words]
