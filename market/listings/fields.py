"""Fields that read numbers as people write them: 12,000, ４.２, 3.8–4.6, <0.5."""

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

from flask_babel import gettext as _
from wtforms import DateField, RadioField, SelectField, StringField
from wtforms.validators import ValidationError

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_RANGE = re.compile(r"(-?\d+(?:\.\d+)?)\s*(?:-|–|—|~|至|到|to)\s*(-?\d+(?:\.\d+)?)")
_BELOW = re.compile(r"(?:<|≤|<=)\s*(\d+(?:\.\d+)?)")
MAX_CHARS = 40


@dataclass(frozen=True, slots=True)
class Range:
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:g}" if self.low == self.high else f"{self.low:g}–{self.high:g}"


def plain(text: str) -> str:
    """Fold full-width characters, thousands separators, the true minus and spaces."""
    folded = unicodedata.normalize("NFKC", text).replace(",", "").replace("−", "-")
    return " ".join(folded.split())


class AmountField(StringField):  # type: ignore[misc]
    """A decimal number; ``data`` is a Decimal, or None when left empty."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else f"{self.data.normalize():f}"

    def process_formdata(self, valuelist: list[str]) -> None:
        text = plain(valuelist[0]) if valuelist else ""
        self.data = None
        if not text:
            return
        if len(text) > MAX_CHARS or not _NUMBER.fullmatch(text):
            raise ValueError(_("Write a number such as 1200 or 4.5"))
        try:
            self.data = Decimal(text)
        except InvalidOperation as error:
            raise ValueError(_("Write a number such as 1200 or 4.5")) from error


class ReadingField(StringField):  # type: ignore[misc]
    """One measured value, a range, or "below"; ``data`` is a Range, or None when left empty."""

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else str(self.data)

    def process_formdata(self, valuelist: list[str]) -> None:
        text = plain(valuelist[0]).rstrip("% ") if valuelist else ""
        self.data = None if not text else self._read(text)

    @staticmethod
    def _read(text: str) -> Range:
        if len(text) > MAX_CHARS:
            raise ValueError(_("Write one value such as 4.2, a range such as 3.8–4.6, or <0.5"))
        if _NUMBER.fullmatch(text):
            return Range(float(text), float(text))
        if below := _BELOW.fullmatch(text):
            return Range(0.0, float(below[1]))
        if both := _RANGE.fullmatch(text):
            low, high = float(both[1]), float(both[2])
            if low <= high:
                return Range(low, high)
            raise ValueError(_("The lower value comes first, such as 3.8–4.6"))
        raise ValueError(_("Write one value such as 4.2, a range such as 3.8–4.6, or <0.5"))


class DayField(DateField):  # type: ignore[misc]
    """A day; what is none is answered in our own words."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)
        except ValueError as error:
            raise ValueError(_("Write a date such as 2026-11-08")) from error


class _Chosen:
    """A choice; one that is not offered is answered in our own words."""

    def process_formdata(self, valuelist: list[str]) -> None:
        try:
            super().process_formdata(valuelist)  # type: ignore[misc]
        except ValueError as error:
            raise ValueError(_("Choose one that is offered")) from error

    def pre_validate(self, form: Any) -> None:
        try:
            super().pre_validate(form)  # type: ignore[misc]
        except ValidationError as error:
            raise ValidationError(_("Choose one that is offered")) from error


class ChoiceField(_Chosen, SelectField):  # type: ignore[misc]
    """A list of which one is chosen."""


class OneOfField(_Chosen, RadioField):  # type: ignore[misc]
    """Choices of which one is ticked."""


def amount(value: Any) -> Decimal | None:
    """Return a stored quotient as a Decimal without trailing noise."""
    return None if value is None else Decimal(str(value)).quantize(Decimal("0.001")).normalize()
