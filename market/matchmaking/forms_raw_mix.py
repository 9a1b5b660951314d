"""The kiln as its chemist describes it: moduli, limits, feeds. A GET form asks, a POST keeps it."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import NumberRange

from market.matchmaking import raw_mix_facts as facts
from market.matchmaking.forms_questions import MOST_TONNES, MOST_YUAN, AskedForm, Number

MOST_PERCENT = 100


class OptionalNumber(Number):
    def process_formdata(self, valuelist: list[str]) -> None:
        """Leave what is empty open."""
        if valuelist and valuelist[0].strip():
            super().process_formdata(valuelist)
        else:
            self.data = None

    def pre_validate(self, form: object) -> None:
        """Spare what is open the checks of a number."""
        del form
        if self.data is None and not self.errors:
            from wtforms.validators import StopValidation

            raise StopValidation


def _number(label: Any, low: float, high: float, **fields: Any) -> OptionalNumber:
    message = _l("Enter a number from %(low)s to %(high)s.", low=f"{low:g}", high=f"{high:,.0f}")
    return OptionalNumber(label, [NumberRange(low, high, message)], **fields)


class RawMixForm(AskedForm):
    clinker_t = _number(_l("Clinker a year"), 1, MOST_TONNES)
    heat = _number(_l("Heat of a kg of clinker"), 1, 10_000)
    coal_ash = _number(_l("Ash of the coal"), 0, MOST_PERCENT)
    coal_heat = _number(_l("Net heat of a kg of coal"), 1_000, 40_000)

    def validate(self, extra_validators: Any = None) -> bool:
        """Check what only holds together: windows the right way round, coal whole or absent."""
        fine = super().validate(extra_validators)
        for name in facts.MODULI:
            low, high = self[facts.low_of(name)], self[facts.high_of(name)]
            if low.data is not None and high.data is not None and low.data > high.data:
                high.errors = [_("The upper end is below the lower one.")]
        given = [self[name] for name in facts.ASH if self[name].data is not None]
        for name in facts.ASH:
            if given and self[name].data is None and not self[name].errors:
                self[name].errors = [_("Give all three figures of the coal, or none.")]
        if self.clinker_t.data is None and not self.clinker_t.errors:
            self.clinker_t.errors = [_("Enter the tonnes of clinker a year.")]
        windows = [facts.low_of(name) for name in facts.MODULI]
        windows += [facts.high_of(name) for name in facts.MODULI]
        if all(self[name].data is None for name in windows):
            self[facts.low_of("KH")].errors = [_("Give at least one modulus.")]
        return bool(fine) and not self.errors

    def said(self) -> dict[str, float]:
        """Return what was said; what is open is left out."""
        return {
            field.name: float(field.data)
            for field in self
            if isinstance(field, OptionalNumber) and field.data is not None
        }

    def fill(self, known: facts.Facts) -> None:
        for name, value in known.items():
            if name in self:
                self[name].data = value


def form_of(feed_ids: Sequence[str], names: dict[str, str]) -> type[RawMixForm]:
    """Return the form with a row for each feed; ``names`` are what people call them."""
    fields: dict[str, Any] = {}
    for name in facts.MODULI:
        fields[facts.low_of(name)] = _number(_("%(name)s from", name=name), 0, 200)
        fields[facts.high_of(name)] = _number(_("%(name)s to", name=name), 0, 200)
    for name in facts.CAPS:
        fields[facts.cap_of(name)] = _number(_("%(name)s at most", name=name), 0, MOST_PERCENT)
    for feed_id in feed_ids:
        for name in facts.COMPONENTS:
            label = f"{names[feed_id]}, {name}"
            fields[facts.of_feed(feed_id, name)] = _number(label, 0, MOST_PERCENT)
        label = _("%(name)s, price of a dry tonne", name=names[feed_id])
        fields[facts.of_feed(feed_id, facts.PRICE)] = _number(label, -MOST_YUAN, MOST_YUAN)
    return type("RawMixFormOfFeeds", (RawMixForm,), fields)
