"""The forms of posting: people's units in, stored units out, errors in words.

Each step's form has ``fill`` (answers to fields) and ``changes`` (fields to answers).
"""

from decimal import Decimal
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    HiddenField,
    IntegerField,
    SelectChoice,
    StringField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError
from wtforms.widgets import HiddenInput

from market.listings import labels
from market.listings.answers import Answers
from market.listings.fields import AmountField, ChoiceField, OneOfField, amount
from market.listings.rules import (
    HW_CODE,
    MAX_MASS_KG_PER_YEAR,
    MAX_NOTE_CHARS,
    MAX_PRICE_FEN_PER_T,
    MAX_STORAGE_FEN_PER_T_MONTH,
    MAX_SUPPLIERS,
    MONTHS_PER_YEAR,
    WASTE_CODE,
    Form,
    Side,
)
from market.money import fen_from_yuan, yuan_from_fen
from market.quantities import kg_from_tonnes, tonnes_from_kg

MAX_TONNES_PER_MONTH = MAX_MASS_KG_PER_YEAR // MONTHS_PER_YEAR // 1000
LEAST_TONNES = Decimal("0.001")
"""Masses are stored in whole kilograms."""
MAX_YUAN_PER_T = MAX_PRICE_FEN_PER_T // 100

Choices = list[tuple[str, str]]


def _required() -> InputRequired:
    return InputRequired(_l("Answer this to go on"))


def _stripped(text: str | None) -> str:
    """Turn what was sent, or not sent at all, into text without blanks around it."""
    return (text or "").strip()


TEXT: dict[str, Any] = {"filters": [_stripped]}


def _tonnes(mass_kg: float | None) -> Decimal | None:
    return None if mass_kg is None else amount(tonnes_from_kg(round(mass_kg)))


def _kg(tonnes: Decimal | None) -> int | None:
    return None if tonnes is None else kg_from_tonnes(tonnes)


class StepForm(FlaskForm):  # type: ignore[misc]
    """``version`` is that of the draft the page was made from; 0 while there is none yet."""

    version = IntegerField(widget=HiddenInput(), default=0)
    key = HiddenField(validators=[Optional(), Length(max=64)])


class WhatForm(StepForm):
    material_id = ChoiceField(_l("Material"), validators=[_required()])
    process_id = ChoiceField(_l("Used in"), validators=[Optional()])
    line_id = ChoiceField(_l("Production line"), validators=[Optional()])
    form = OneOfField(
        _l("How it leaves the gate"),
        choices=[SelectChoice(form.value, word) for form, word in labels.FORMS.items()],
    )
    waste_code = StringField(_l("Waste code"), validators=[Length(max=16)], **TEXT)
    hazard_read = BooleanField(_l("I have read this and hold what it asks for"))

    def offer_only(self) -> None:
        del self.process_id, self.line_id

    def want_only(self) -> None:
        self.form.label.text = _("How it reaches the gate")
        del self.waste_code, self.hazard_read

    def fill(self, answers: Answers) -> None:
        self.material_id.data = answers.material_id or None
        self.form.data = answers.form
        if "process_id" in self:
            self.process_id.data = answers.process_id
            self.line_id.data = str(answers.line_id or "")
        else:
            self.waste_code.data = answers.waste_code
            self.hazard_read.data = answers.hazard_read

    def changes(self, before: Answers) -> dict[str, Any]:
        del before
        found: dict[str, Any] = {
            "material_id": self.material_id.data,
            "form": Form(self.form.data).value,
        }
        if "process_id" in self:
            line = self.line_id.data
            return found | {
                "process_id": self.process_id.data,
                "line_id": int(line) if line else None,
            }
        return found | {
            "waste_code": self.waste_code.data.upper().removeprefix("HW"),
            "hazard_read": bool(self.hazard_read.data),
        }

    def check_hazard(self, *, hazardous: bool, codes: list[str]) -> bool:
        """Ask a hazardous offer for its code, and every code for its shape."""
        code = self.waste_code.data.upper()
        error = ""
        known = [known for known in codes if HW_CODE.fullmatch(known)]
        if hazardous and not HW_CODE.fullmatch(code):
            error = _("A hazardous waste needs its 8-digit code, such as 321-024-48")
        elif hazardous and known and code not in known:
            error = _("The list has %(codes)s for this material", codes=", ".join(known))
        elif code and not (HW_CODE.fullmatch(code) or WASTE_CODE.fullmatch(code)):
            error = _("Write the code as in the national list, such as 900-001-S02")
        if error:
            self.waste_code.errors = [*self.waste_code.errors, error]
        return not error


def _check_store(tonnes: Decimal | None) -> None:
    """Take 0 and what is at least a kilogram: less would be stored as nothing."""
    if tonnes is None or tonnes == 0:
        return
    if not LEAST_TONNES <= tonnes <= MAX_TONNES_PER_MONTH:
        raise ValidationError(
            _(
                "0, or %(least)s (1 kg) to %(most)s t",
                least=LEAST_TONNES,
                most=f"{MAX_TONNES_PER_MONTH:,}",
            )
        )


class AmountForm(StepForm):
    mass_t = AmountField(_l("A month"), validators=[_required()])
    min_lot_t = AmountField(_l("Smallest lot"))
    stock_t = AmountField(_l("In store now"))
    storage_t = AmountField(_l("Room in store"))
    storage_yuan = AmountField(_l("Storage cost"))
    max_suppliers = IntegerField(
        _l("Most suppliers in a month"),
        [
            Optional(),
            NumberRange(1, MAX_SUPPLIERS, _l("A whole number from 1 to %(most)s, or leave it empty",
                                             most=MAX_SUPPLIERS)),
        ],
    )  # fmt: skip

    def offer_only(self) -> None:
        del self.max_suppliers

    def validate_mass_t(self, field: AmountField) -> None:
        if field.data is not None and not LEAST_TONNES <= field.data <= MAX_TONNES_PER_MONTH:
            raise ValidationError(
                _(
                    "From %(least)s (1 kg) to %(most)s t a month",
                    least=LEAST_TONNES,
                    most=f"{MAX_TONNES_PER_MONTH:,}",
                )
            )

    def validate_min_lot_t(self, field: AmountField) -> None:
        if field.data is None:
            return
        if field.data < LEAST_TONNES:
            raise ValidationError(
                _("At least %(least)s t (1 kg), or leave it empty", least=LEAST_TONNES)
            )
        if self.mass_t.data is None:
            return
        most = self.mass_t.data + (self.storage_t.data or 0)
        if field.data > most:
            raise ValidationError(
                _(
                    "A month's tonnage and the room in store make %(most)s t; a lot cannot be more",
                    most=f"{most.normalize():,f}",
                )
            )

    def validate_stock_t(self, field: AmountField) -> None:
        _check_store(field.data)
        room = self.storage_t.data
        if field.data is not None and room is not None and field.data > room:
            raise ValidationError(_("More than the room in store, %(room)s t", room=f"{room:,}"))

    def validate_storage_t(self, field: AmountField) -> None:
        _check_store(field.data)

    def validate_storage_yuan(self, field: AmountField) -> None:
        most = MAX_STORAGE_FEN_PER_T_MONTH // 100
        if field.data is not None and not 0 <= field.data <= most:
            raise ValidationError(_("Between 0 and %(most)s", most=f"{most:,}"))

    def fill(self, answers: Answers) -> None:
        year = answers.mass_kg_per_year
        self.mass_t.data = None if year is None else _tonnes(year / MONTHS_PER_YEAR)
        self.min_lot_t.data = _tonnes(answers.min_lot_kg)
        self.stock_t.data = _tonnes(answers.stock_kg)
        self.storage_t.data = _tonnes(answers.storage_kg)
        fen = answers.storage_fen_per_t_month
        self.storage_yuan.data = None if fen is None else amount(yuan_from_fen(fen))
        if "max_suppliers" in self:
            self.max_suppliers.data = answers.max_suppliers

    def changes(self, before: Answers) -> dict[str, Any]:
        month = self.mass_t.data
        assert month is not None
        year = before.mass_kg_per_year
        same = year is not None and _tonnes(year / MONTHS_PER_YEAR) == month
        yuan = self.storage_yuan.data
        found: dict[str, Any] = {
            "mass_kg_per_year": year if same else kg_from_tonnes(month * MONTHS_PER_YEAR),
            "min_lot_kg": _kg(self.min_lot_t.data),
            "stock_kg": _kg(self.stock_t.data),
            "storage_kg": _kg(self.storage_t.data),
            "storage_fen_per_t_month": None if yuan is None else fen_from_yuan(yuan),
        }
        if "max_suppliers" in self:
            found["max_suppliers"] = self.max_suppliers.data
        return found


def amount_form(side: str) -> AmountForm:
    form = AmountForm()
    if side == Side.OFFER:
        form.offer_only()
    return form


class WantedQualityForm(StepForm):
    """A want follows the process's own limits; nothing is typed."""

    def fill(self, answers: Answers) -> None:
        del answers

    def changes(self, before: Answers) -> dict[str, Any]:
        del before
        return {}


class PlaceForm(StepForm):
    site_id = OneOfField(_l("Site"), coerce=int, validators=[_required()])

    def fill(self, answers: Answers) -> None:
        self.site_id.data = answers.site_id

    def changes(self, before: Answers) -> dict[str, Any]:
        del before
        return {"site_id": self.site_id.data}


PAID, PAYS, OPEN_PRICE = "paid", "pays", "open"


class TermsForm(StepForm):
    """The sign of the price is asked in words: who pays whom."""

    kind = OneOfField(_l("Who pays"), validators=[_required()])
    price_yuan = AmountField(_l("Price"))
    disposal_yuan = AmountField(_l("What disposal costs you today"))
    note = TextAreaField(_l("Terms and notes"), validators=[Length(max=MAX_NOTE_CHARS)], **TEXT)

    def offer_only(self) -> None:
        self.kind.choices = [
            SelectChoice(PAID, _("The receiver pays me, ex works")),
            SelectChoice(PAYS, _("I pay the receiver to take it")),
            SelectChoice(OPEN_PRICE, _("Open to offers")),
        ]

    def want_only(self) -> None:
        self.kind.choices = [
            SelectChoice(PAID, _("I pay, delivered to my gate")),
            SelectChoice(PAYS, _("The producer pays me to take it")),
            SelectChoice(OPEN_PRICE, _("Open to offers")),
        ]
        del self.disposal_yuan

    def validate_price_yuan(self, field: AmountField) -> None:
        if self.kind.data == OPEN_PRICE:
            if field.data is not None:
                raise ValidationError(_("You chose open to offers: clear this, or say who pays"))
            return
        if field.data is None and not field.errors:
            raise ValidationError(_("Write the price, or choose open to offers"))
        if field.data is not None and not 0 <= field.data <= MAX_YUAN_PER_T:
            raise ValidationError(
                _("Between 0 and %(most)s; say above who pays", most=f"{MAX_YUAN_PER_T:,}")
            )

    def validate_disposal_yuan(self, field: AmountField) -> None:
        if field.data is not None and not 0 <= field.data <= MAX_YUAN_PER_T:
            raise ValidationError(_("Between 0 and %(most)s", most=f"{MAX_YUAN_PER_T:,}"))

    def fill(self, answers: Answers) -> None:
        fen = answers.price_fen_per_t
        self.price_yuan.data = None if fen is None else amount(abs(yuan_from_fen(fen)))
        if fen is not None:
            self.kind.data = PAYS if fen < 0 else PAID
        elif answers.done:
            self.kind.data = OPEN_PRICE
        if "disposal_yuan" in self and answers.disposal_fen_per_t is not None:
            self.disposal_yuan.data = amount(yuan_from_fen(answers.disposal_fen_per_t))
        self.note.data = answers.note

    def changes(self, before: Answers) -> dict[str, Any]:
        del before
        sign = -1 if self.kind.data == PAYS else 1
        price = self.price_yuan.data if self.kind.data != OPEN_PRICE else None
        found: dict[str, Any] = {
            "price_fen_per_t": None if price is None else sign * fen_from_yuan(price),
            "note": self.note.data,
        }
        if "disposal_yuan" in self:
            disposal = self.disposal_yuan.data
            found["disposal_fen_per_t"] = None if disposal is None else fen_from_yuan(disposal)
        return found


class PublishForm(StepForm):
    declared = BooleanField(
        _l("True as it stands, and I may publish for my firm"),
        validators=[InputRequired(_l("Tick this to publish"))],
    )
