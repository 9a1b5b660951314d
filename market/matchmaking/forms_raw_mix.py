"""The kiln as its chemist describes it: moduli, limits, feeds. A GET form asks, a POST keeps it."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from wtforms.validators import NumberRange

from market.matchmaking import raw_mix_facts as facts
from market.matchmaking.forms_questions import MOST_TONNES, MOST_YUAN, AskedForm, Number
from market.matchmaking.raw_mix_data import LOI
from matching.clinker import MOST_SUM_PERCENT, WindowFault, analysis_sum, window_fault
from matching.kiln import MOST_ASH_SHARE, MOST_LOI_PERCENT

MOST_PERCENT = 100
_WINDOW_FAULTS = {
    WindowFault.FREE_LIME: _l("%(name)s above %(bound)s is free lime: begin lower."),
    WindowFault.NO_ALITE: _l("Up to a %(name)s of %(bound)s no C3S forms: end higher."),
    WindowFault.LOW_ALUMINA: _l(
        "The formulas of clinker hold from %(name)s %(bound)s on: end higher."
    ),
}


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
    feed_ids: tuple[str, ...] = ()
    clinker_t = _number(_l("Clinker a year"), 1, MOST_TONNES)
    heat = _number(_l("Heat of a kg of clinker"), 1, 10_000)
    coal_ash = _number(_l("Ash of the coal"), 0, MOST_PERCENT)
    coal_heat = _number(_l("Net heat of a kg of coal"), 1_000, 40_000)

    def validate(self, extra_validators: Any = None) -> bool:
        """Check what only holds together: windows, analyses, the coal whole or absent."""
        fine = super().validate(extra_validators)
        if self.clinker_t.data is None:
            self._fault("clinker_t", _("Enter the tonnes of clinker a year."))
        self._check_windows()
        self._check_coal()
        self._check_analyses()
        return bool(fine) and not self.errors

    def _fault(self, name: str, text: str) -> None:
        """Tell what is wrong at a field that nothing is told of yet."""
        if not self[name].errors:
            self[name].errors = [text]

    def _check_windows(self) -> None:
        ends = {name: (facts.low_of(name), facts.high_of(name)) for name in facts.MODULI}
        if all(self[name].data is None for pair in ends.values() for name in pair):
            self._fault(facts.low_of("KH"), _("Give at least one modulus."))
        for modulus, (low_name, high_name) in ends.items():
            low, high = self[low_name].data, self[high_name].data
            if low is not None and high is not None and low > high:
                self._fault(high_name, _("The upper end is below the lower one."))
            elif fault := window_fault(modulus, low, high):
                kind, bound = fault
                end = low_name if kind is WindowFault.FREE_LIME else high_name
                words = _WINDOW_FAULTS[kind] % {"name": modulus, "bound": f"{bound:.3g}"}
                self._fault(end, words)

    def _check_coal(self) -> None:
        given = {name: self[name].data for name in facts.ASH if self[name].data is not None}
        for name in facts.ASH:
            if given and name not in given:
                self._fault(name, _("Give all three figures of the coal, or none."))
        share = facts.ash_share(given)
        if share > MOST_ASH_SHARE:
            text = _(
                "With these figures a kg of clinker takes up %(kg)s kg of ash: correct the heat,"
                " the ash or the coal.", kg=f"{share:.2f}",
            )  # fmt: skip
            self._fault("coal_ash", text)

    def _check_analyses(self) -> None:
        for feed_id in self.feed_ids:
            known = {name: self[facts.of_feed(feed_id, name)].data for name in facts.COMPONENTS}
            oxides = {name: value for name, value in known.items() if value is not None}
            total = analysis_sum(oxides.pop(LOI, 0.0), oxides)
            if total > MOST_SUM_PERCENT:
                text = _(
                    "This analysis adds up to %(total)s %%, at most %(most)s: correct a figure of"
                    " the row.", total=f"{total:.1f}", most=f"{MOST_SUM_PERCENT:g}",
                )  # fmt: skip
                self._fault(facts.of_feed(feed_id, LOI), text)

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
    fields: dict[str, Any] = {"feed_ids": tuple(feed_ids)}
    for name in facts.MODULI:
        fields[facts.low_of(name)] = _number(_("%(name)s from", name=name), 0, 200)
        fields[facts.high_of(name)] = _number(_("%(name)s to", name=name), 0, 200)
    for name in facts.CAPS:
        fields[facts.cap_of(name)] = _number(_("%(name)s at most", name=name), 0, MOST_PERCENT)
    for feed_id in feed_ids:
        for name in facts.COMPONENTS:
            label = f"{names[feed_id]}, {name}"
            most = MOST_LOI_PERCENT if name == LOI else MOST_PERCENT
            fields[facts.of_feed(feed_id, name)] = _number(label, 0, most)
        label = _("%(name)s, price of a dry tonne", name=names[feed_id])
        fields[facts.of_feed(feed_id, facts.PRICE)] = _number(label, -MOST_YUAN, MOST_YUAN)
    return type("RawMixFormOfFeeds", (RawMixForm,), fields)
