"""What a dispatcher takes down of a phoned-in job."""

from collections.abc import Sequence
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    DecimalField,
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    TimeField,
    widgets,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from market.haulage.fleet_forms import AMOUNT, NEEDED, WHOLE
from market.haulage.gate_forms import clock_of, second_of
from market.haulage.gate_queries import SiteGate
from market.haulage.gate_rules import DAY_S, MOST_MINUTES, Span
from market.haulage.phoned_actions import JobFacts
from market.haulage.phoned_models import PhonedJob
from market.haulage.picture import standing_mark
from market.listings.labels import FORMS
from market.listings.rules import Form
from market.matchmaking.flows import End
from market.money import fen_from_yuan, yuan_from_fen
from market.quantities import kg_from_tonnes, tonnes_from_kg
from market.web.language import pick

A_POINT = 0
MOST = _l("At most %(max)d characters.")
MOST_T = 1_000
MOST_M3 = 2_000
MOST_YUAN = 1_000_000


class JobForm(FlaskForm):  # type: ignore[misc] # the base class is untyped
    form = SelectField(
        _l("How it is loaded"), choices=[SelectChoice(form.value, FORMS[form]) for form in Form]
    )
    site_id = SelectField(_l("Fetched from"), coerce=int)
    name = StringField(
        _l("Name of the place"),
        [Optional(), Length(max=200, message=MOST)],
    )
    lat = DecimalField(_l("Latitude"), [Optional(), NumberRange(-90, 90, AMOUNT)], places=None)
    lon = DecimalField(_l("Longitude"), [Optional(), NumberRange(-180, 180, AMOUNT)], places=None)
    want_ids = SelectMultipleField(
        _l("Goes to"),
        coerce=int,
        widget=widgets.ListWidget(),
        option_widget=widgets.CheckboxInput(),
    )
    mass_t = DecimalField(_l("Mass"), [InputRequired(NEEDED), NumberRange(0.001, MOST_T, AMOUNT)])
    volume_m3 = DecimalField(_l("Volume"), [Optional(), NumberRange(0.001, MOST_M3, AMOUNT)])
    earliest = TimeField(_l("Loading from"), [Optional()])
    latest = TimeField(_l("Loading begins by"), [Optional()])
    loading_min = IntegerField(
        _l("Loading a truck takes"), [Optional(), NumberRange(0, MOST_MINUTES, WHOLE)]
    )
    skip_yuan = DecimalField(
        _l("Price of leaving it out"), [Optional(), NumberRange(0, MOST_YUAN, AMOUNT)]
    )

    caller = StringField(_l("Who called"), [Optional(), Length(max=100, message=MOST)])
    phone = StringField(_l("Telephone"), [Optional(), Length(max=40, message=MOST)])
    remark = StringField(_l("For the driver"), [Optional(), Length(max=400, message=MOST)])

    def offer(self, sites: Sequence[SiteGate], takers: Sequence[End]) -> "JobForm":
        self.site_id.choices = [
            (A_POINT, _l("a point of its own, below")),
            *((row.site.id, pick(row.site) + standing_mark(row.standing)) for row in sites),
        ]
        self.want_ids.choices = [
            (end.listing_id, f"{pick(end)}{standing_mark(end.standing)}") for end in takers
        ]
        return self

    def fill(self, job: PhonedJob) -> None:
        """Show the job as it was taken down; hours of a gate that are no one span stay empty."""
        for name in ("form", "want_ids", "caller", "phone", "remark"):
            self[name].data = getattr(job, name)
        self.site_id.data = job.site_id or A_POINT
        if job.site_id is None:
            self.name.data, self.lat.data, self.lon.data = job.name, job.lat, job.lon
        self.mass_t.data = tonnes_from_kg(job.mass_kg)
        self.loading_min.data = job.loading_s // 60
        if job.volume_l is not None:
            self.volume_m3.data = Decimal(job.volume_l) / 1000
        if job.skip_fen is not None:
            self.skip_yuan.data = yuan_from_fen(job.skip_fen)
        opens_s, closes_s = job.windows[0]
        if len(job.windows) == 1 and closes_s < DAY_S:
            self.earliest.data, self.latest.data = clock_of(opens_s), clock_of(closes_s)

    def validate_earliest(self, _field: TimeField) -> None:
        if self.latest.data is None:
            raise ValidationError(_l("Say until when, too."))

    def validate_latest(self, field: TimeField) -> None:
        if self.earliest.data is None:
            raise ValidationError(_l("Say from when, too."))
        if field.data < self.earliest.data:
            raise ValidationError(_l("This is before the time from which it may be loaded."))

    def facts(self, material_id: str) -> JobFacts:
        lat, lon = self.lat.data, self.lon.data
        return JobFacts(
            material_id=material_id,
            form=self.form.data,
            site_id=self.site_id.data or None,
            name=(self.name.data or "").strip(),
            lat=None if lat is None else float(lat),
            lon=None if lon is None else float(lon),
            want_ids=tuple(self.want_ids.data or ()),
            mass_kg=kg_from_tonnes(self.mass_t.data),
            volume_l=None if self.volume_m3.data is None else round(self.volume_m3.data * 1000),
            window=self._window(),
            loading_s=None if self.loading_min.data is None else self.loading_min.data * 60,
            skip_fen=None if self.skip_yuan.data is None else fen_from_yuan(self.skip_yuan.data),
            caller=(self.caller.data or "").strip(),
            phone=(self.phone.data or "").strip(),
            remark=(self.remark.data or "").strip(),
        )

    def _window(self) -> Span | None:
        if self.earliest.data is None or self.latest.data is None:
            return None
        return second_of(self.earliest.data), second_of(self.latest.data)
