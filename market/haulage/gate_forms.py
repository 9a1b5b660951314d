"""What a planner enters of a site's gate."""

from collections.abc import Sequence
from datetime import time
from typing import Any

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import DecimalField, Field, IntegerField, StringField, TimeField
from wtforms.validators import Length, NumberRange, Optional, ValidationError

from market.catalogue.models import Material
from market.haulage.gate_rules import (
    DAY_S,
    MOST_INTAKE_T,
    MOST_MINUTES,
    MOST_UNLOAD_S_PER_T,
    GateFacts,
    Span,
    span_of,
)
from market.quantities import kg_from_tonnes, tonnes_from_kg
from market.web.language import pick

WHOLE = _l("Enter a whole number from %(min)s to %(max)s.")
AMOUNT = _l("Enter a number from %(min)s to %(max)s.")


def _times(most: int) -> list[object]:
    return [Optional(), NumberRange(0, most, WHOLE)]


class GateForm(FlaskForm):  # type: ignore[misc] # the base class is untyped
    """One or two spans, minutes, and what each want takes a day; empty is not stated."""

    first_opens = TimeField(_l("Open from"), [Optional()])
    first_closes = TimeField(_l("Open until"), [Optional()])
    second_opens = TimeField(_l("After a break, from"), [Optional()])
    second_closes = TimeField(_l("After a break, until"), [Optional()])
    loading_min = IntegerField(_l("Loading a truck takes"), _times(MOST_MINUTES))
    weighing_min = IntegerField(_l("Weighing takes"), _times(MOST_MINUTES))
    unload_s_per_t = IntegerField(_l("Unloading takes"), _times(MOST_UNLOAD_S_PER_T))
    source = StringField(
        _l("Who states it"),
        [Optional(), Length(max=200, message=_l("At most %(max)d characters."))],
    )

    def validate_first_opens(self, _field: TimeField) -> None:
        _needed(self.first_closes)

    def validate_first_closes(self, _field: TimeField) -> None:
        _needed(self.first_opens)

    def validate_second_opens(self, _field: TimeField) -> None:
        _needed(self.second_closes)

    def validate_second_closes(self, _field: TimeField) -> None:
        _needed(self.second_opens)

    def intake_fields(self) -> list[tuple[int, Field]]:
        """Return the number of each want with its field."""
        named = [row for row in self if row.name.startswith("intake_")]
        return [(int(row.name.removeprefix("intake_")), row) for row in named]

    def fill(self, facts: GateFacts) -> None:
        ends = [clock_of(second) for span in facts.windows for second in span]
        names = ("first_opens", "first_closes", "second_opens", "second_closes")
        for name, end in zip(names, ends, strict=False):
            self[name].data = end
        self.loading_min.data = _minutes(facts.loading_s)
        self.weighing_min.data = _minutes(facts.weighing_s)
        self.unload_s_per_t.data = facts.unload_s_per_t
        self.source.data = facts.source
        for want_id, field in self.intake_fields():
            if want_id in facts.intakes_kg:
                field.data = tonnes_from_kg(facts.intakes_kg[want_id])

    def facts(self) -> GateFacts:
        """Return what was written. Raises DomainError where the spans meet or nobody states it."""
        spans = [
            _span(self.first_opens, self.first_closes),
            _span(self.second_opens, self.second_closes),
        ]
        return GateFacts(
            windows=tuple(sorted(span for span in spans if span is not None)),
            loading_s=_seconds(self.loading_min.data),
            weighing_s=_seconds(self.weighing_min.data),
            unload_s_per_t=self.unload_s_per_t.data,
            intakes_kg={
                want_id: kg_from_tonnes(field.data)
                for want_id, field in self.intake_fields()
                if field.data is not None
            },
            source=(self.source.data or "").strip(),
        )


def gate_form(wants: Sequence[tuple[int, Material]]) -> GateForm:
    """Return the form of a site with these wants, a field for the intake of each."""
    fields: dict[str, Any] = {
        f"intake_{want_id}": DecimalField(
            _l("Takes of %(material)s a day, at most", material=pick(material)),
            [Optional(), NumberRange(0, MOST_INTAKE_T, AMOUNT)],
            places=None,
        )
        for want_id, material in wants
    }
    made: GateForm = type("SiteGateForm", (GateForm,), fields)()
    return made


def _needed(other_end: TimeField) -> None:
    if other_end.data is None:
        raise ValidationError(_l("Fill in both ends of the opening time, or neither."))


def _span(opens: TimeField, closes: TimeField) -> Span | None:
    if opens.data is None or closes.data is None:
        return None
    return span_of(second_of(opens.data), second_of(closes.data))


def second_of(clock: time) -> int:
    return clock.hour * 3600 + clock.minute * 60


def clock_of(second: int) -> time:
    return time(second % DAY_S // 3600, second % 3600 // 60)


def _minutes(seconds: int | None) -> int | None:
    return None if seconds is None else seconds // 60


def _seconds(minutes: int | None) -> int | None:
    return None if minutes is None else minutes * 60
