"""What is asked of a saved run. The forms are GET forms: the address holds the question."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import FloatField, SelectChoice, SelectField
from wtforms.validators import NumberRange, ValidationError
from wtforms.widgets import TextInput

from market.matchmaking.questions import Kind
from market.matchmaking.rules import MAX_RADIUS_KM

MOST_TONNES = 1e8
MOST_YUAN = 1e5
MOST_LIMIT = 1e6
MOST_PERCENT = 1e3
MOST_RATE = 1e2


class Number(FloatField):  # type: ignore[misc] # the base class is untyped
    widget = TextInput()

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read a number however its thousands are grouped; what is none stays in the field."""
        raw = valuelist[0].replace(",", "").replace("，", "").strip() if valuelist else ""
        self.data = None
        if not raw:
            raise ValueError(_("Enter a number."))
        try:
            self.data = float(raw)
        except ValueError as error:
            raise ValueError(_("Enter a number.")) from error


def _listed(_form: Any, field: Any) -> None:
    if field.data not in {choice.value for choice in field.choices}:
        raise ValidationError(_("Choose one of the list."))


def select_field(label: LazyString) -> SelectField:
    return SelectField(label, [_listed], validate_choice=False, default="")


def number_field(label: LazyString, low: float, high: float) -> Number:
    message = _l("Enter a number from %(low)s to %(high)s.", low=f"{low:,.0f}", high=f"{high:,.0f}")
    return Number(label, [NumberRange(low, high, message)])


class AskedForm(FlaskForm):  # type: ignore[misc] # the base class is untyped
    """A form read from the address; without its fields there nothing has been asked yet."""

    class Meta:
        csrf = False

    @classmethod
    def of(cls, arguments: MultiDict[str, str]) -> Any:
        form = cls(formdata=None)
        names = [field.name for field in form]
        if any(name in arguments for name in names):
            form = cls(formdata=arguments)
        form.asked = any(name in arguments for name in names)
        return form

    def offer(self, choices: Mapping[str, Sequence[tuple[str, str]]]) -> None:
        """Fill the lists by the name of their field."""
        for name, rows in choices.items():
            if name in self:
                self[name].choices = [SelectChoice(key, text) for key, text in rows]


class OfferTonnes(AskedForm):
    offer_id = select_field(_l("Offer"))
    value = number_field(_l("Tonnes"), 0, MOST_TONNES)


class WantTonnes(AskedForm):
    want_id = select_field(_l("Want"))
    value = number_field(_l("Tonnes"), 0, MOST_TONNES)


class ChosenWant(AskedForm):
    want_id = select_field(_l("Want"))


class MovedLimit(AskedForm):
    want_id = select_field(_l("Want"))
    limit = select_field(_l("Limit"))
    value = number_field(_l("New limit"), -MOST_LIMIT, MOST_LIMIT)


class MovedDosage(AskedForm):
    dosage = select_field(_l("What all wastes may bring into a line's product"))
    value = number_field(_l("New limit"), 0, MOST_LIMIT)


class Disposal(AskedForm):
    material_id = select_field(_l("Material"))
    value = number_field(_l("Disposal would cost"), 0, MOST_YUAN)


class Replaced(AskedForm):
    want_id = select_field(_l("Want"))
    value = number_field(_l("A tonne would replace raw material worth"), 0, MOST_YUAN)


class Amount(AskedForm):
    listing_id = select_field(_l("Offer or want"))
    month = select_field(_l("In"))
    value = number_field(_l("Tonnes then"), 0, MOST_TONNES)


class Stoppage(AskedForm):
    listing_id = select_field(_l("Offer or want"))
    first = select_field(_l("From"))
    last = select_field(_l("To"))
    value = number_field(_l("Share of its tonnes (0: it stands still)"), 0, MOST_PERCENT)

    def validate_last(self, field: SelectField) -> None:
        order = [choice.value for choice in field.choices]
        known = {self.first.data, field.data} <= set(order)
        if known and order.index(field.data) < order.index(self.first.data):
            raise ValidationError(_("The last month must not lie before the first."))


class Store(AskedForm):
    listing_id = select_field(_l("Offer or want"))
    value = number_field(_l("Room in store"), 0, MOST_TONNES)
    opening = number_field(_l("In it at the start"), 0, MOST_TONNES)
    cost = number_field(_l("Cost of keeping a tonne to the next month"), 0, MOST_YUAN)

    def validate_opening(self, field: Any) -> None:
        if None not in {field.data, self.value.data} and field.data > self.value.data:
            raise ValidationError(_("No more can be in store than it has room for."))


class Treatment(AskedForm):
    want_id = select_field(_l("Want"))
    value = number_field(_l("Making a tonne fit would cost"), 0, MOST_YUAN)


class Freight(AskedForm):
    value = number_field(_l("A tonne would cost for each kilometre"), 0, MOST_RATE)
    fixed = number_field(_l("And for loading and unloading"), 0, MOST_YUAN)


class Carbon(AskedForm):
    value = number_field(_l("A tonne of CO₂ would cost"), 0, MOST_YUAN)


class Radius(AskedForm):
    value = number_field(_l("Reach by road"), 1, MAX_RADIUS_KM)


class ChosenOffer(AskedForm):
    offer_id = select_field(_l("Offer"))


class ChosenPlant(AskedForm):
    site_id = select_field(_l("Receiver"))


class NewPlant(AskedForm):
    use = select_field(_l("Process and material"))
    value = number_field(_l("Takes"), 1, MOST_TONNES)


class PlacedPlant(AskedForm):
    use = select_field(_l("Process and material"))
    value = number_field(_l("Takes"), 1, MOST_TONNES)
    place = select_field(_l("Place"))


FORMS: dict[Kind, type[AskedForm]] = {
    Kind.OFFER_TONNES: OfferTonnes,
    Kind.WANT_TONNES: WantTonnes,
    Kind.AMOUNT: Amount,
    Kind.STOPPAGE: Stoppage,
    Kind.STORAGE: Store,
    Kind.LIMIT: MovedLimit,
    Kind.DOSAGE: MovedDosage,
    Kind.DISPOSAL: Disposal,
    Kind.REPLACED: Replaced,
    Kind.TREATMENT: Treatment,
    Kind.FREIGHT: Freight,
    Kind.CARBON: Carbon,
    Kind.RADIUS: Radius,
    Kind.REMOVE_OFFER: ChosenOffer,
    Kind.REMOVE_PLANT: ChosenPlant,
    Kind.ADD_PLANT: PlacedPlant,
}
