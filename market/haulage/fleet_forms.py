"""What a fleet states of depots, small pick-ups, trucks, and what these cost and emit."""

import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import time
from decimal import Decimal

from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import (
    BooleanField,
    DecimalField,
    IntegerField,
    SelectChoice,
    SelectField,
    SelectMultipleField,
    StringField,
    TimeField,
    widgets,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional, ValidationError

from market.catalogue.labels import FAMILIES
from market.catalogue.rules import Family
from market.errors import DomainError
from market.haulage.fleet_actions import (
    DepotFacts,
    NewType,
    PlaceFacts,
    TruckFacts,
    TypeFacts,
    VisitFacts,
)
from market.haulage.gate_rules import MOST_MINUTES
from market.haulage.labels import KINDS, weekday_name
from market.haulage.models import Collection, Depot, Vehicle, VehicleType
from market.haulage.picture import standing_mark
from market.haulage.rules import LAW, VehicleKind
from market.haulage.week_rules import SUNDAY
from market.listings.labels import FORMS
from market.listings.rules import Form
from market.matchmaking.flows import End
from market.money import fen_from_yuan, yuan_from_fen
from market.quantities import kg_from_tonnes, tonnes_from_kg
from market.web.language import pick

DAY_S = 86_400
RETURNS = 0
_GROUP = re.compile(r"HW\d\d|UN\d{4}")
MOST_YUAN = 100_000
MOST_VISIT_T = 1_000
MOST_G_PER_KM = 100_000
NEEDED = _l("Fill this in.")
AMOUNT = _l("Enter a number from %(min)s to %(max)s.")
WHOLE = _l("Enter a whole number from %(min)s to %(max)s.")


def _yuan() -> list[object]:
    return [InputRequired(NEEDED), NumberRange(0, MOST_YUAN, AMOUNT)]


def _grams() -> list[object]:
    return [Optional(), NumberRange(0, MOST_G_PER_KM, WHOLE)]


def _text(longest: int) -> Length:
    return Length(max=longest, message=_l("At most %(max)d characters."))


class PlaceForm(FlaskForm):  # type: ignore[misc] # the base class is untyped
    name_zh = StringField(_l("Name"), [InputRequired(NEEDED), _text(200)])
    name_en = StringField(_l("Name, in English"), [Optional(), _text(200)])
    county_zh = StringField(_l("County"), [Optional(), _text(64)])
    county_en = StringField(_l("County, in English"), [Optional(), _text(64)])
    lat = DecimalField(
        _l("Latitude"), [InputRequired(NEEDED), NumberRange(-90, 90, AMOUNT)], places=None
    )
    lon = DecimalField(
        _l("Longitude"), [InputRequired(NEEDED), NumberRange(-180, 180, AMOUNT)], places=None
    )

    def fill_place(self, row: Depot | Collection) -> None:
        for name in ("name_zh", "name_en", "county_zh", "county_en", "lat", "lon"):
            self[name].data = getattr(row, name)

    def place(self) -> PlaceFacts:
        name, county = self.name_zh.data.strip(), (self.county_zh.data or "").strip()
        return PlaceFacts(
            name_zh=name,
            name_en=(self.name_en.data or "").strip() or name,
            county_zh=county,
            county_en=(self.county_en.data or "").strip() or county,
            lat=float(self.lat.data),
            lon=float(self.lon.data),
        )


class DepotForm(PlaceForm):
    phone = StringField(_l("The dispatcher's telephone"), [Optional(), _text(40)])

    def fill(self, row: Depot) -> None:
        self.fill_place(row)
        self.phone.data = row.phone

    def depot(self) -> DepotFacts:
        return DepotFacts(**asdict(self.place()), phone=(self.phone.data or "").strip())


class PickUpForm(PlaceForm):
    form = SelectField(
        _l("How it is loaded"), choices=[SelectChoice(form.value, FORMS[form]) for form in Form]
    )
    want_id = SelectField(_l("Goes to"), coerce=int)
    mass_t = DecimalField(
        _l("A visit takes away"), [InputRequired(NEEDED), NumberRange(0.001, MOST_VISIT_T, AMOUNT)]
    )
    weekdays = SelectMultipleField(
        _l("Weekdays"),
        coerce=int,
        widget=widgets.ListWidget(),
        option_widget=widgets.CheckboxInput(),
    )
    service_min = IntegerField(
        _l("Loading takes"), [InputRequired(NEEDED), NumberRange(0, MOST_MINUTES, WHOLE)]
    )
    opens = TimeField(_l("Loading from"), [InputRequired(NEEDED)])
    closes = TimeField(_l("Loading begins by"), [InputRequired(NEEDED)])

    def offer(self, takers: Sequence[End]) -> None:
        self.want_id.choices = [
            (end.listing_id, pick(end) + standing_mark(end.standing)) for end in takers
        ]
        self.weekdays.choices = [(number, weekday_name(number)) for number in range(1, SUNDAY + 1)]

    def fill(self, row: Collection) -> None:
        self.fill_place(row)
        for name in ("form", "want_id", "weekdays"):
            self[name].data = getattr(row, name)
        self.mass_t.data = tonnes_from_kg(row.mass_kg)
        self.service_min.data = row.service_s // 60
        self.opens.data = _clock(row.window_opens_s)
        self.closes.data = _clock(row.window_closes_s)

    def validate_closes(self, field: TimeField) -> None:
        if self.opens.data is not None and field.data < self.opens.data:
            raise ValidationError(_l("This is before the time from which it may be loaded."))

    def visit(self) -> VisitFacts:
        return VisitFacts(
            form=self.form.data,
            want_id=self.want_id.data,
            mass_kg=kg_from_tonnes(self.mass_t.data),
            weekdays=sorted(self.weekdays.data or ()),
            service_s=self.service_min.data * 60,
            window_opens_s=_second(self.opens.data),
            window_closes_s=_second(self.closes.data),
        )


class TruckForm(FlaskForm):  # type: ignore[misc] # the base class is untyped
    plate = StringField(_l("Plate"), [InputRequired(NEEDED), _text(16)])
    driver_zh = StringField(_l("Driver"), [InputRequired(NEEDED), _text(64)])
    driver_en = StringField(_l("Driver, in Latin letters"), [Optional(), _text(64)])
    type_id = SelectField(_l("Truck type"), coerce=int)
    depot_id = SelectField(_l("Depot"), coerce=int)
    end_depot_id = SelectField(_l("Shift ends at"), coerce=int)
    shift_starts = TimeField(_l("Shift starts"), [InputRequired(NEEDED)])
    shift_ends = TimeField(_l("Shift ends"), [InputRequired(NEEDED)])
    active = BooleanField(_l("In service"), default=True)

    def offer(self, types: Sequence[VehicleType], depots: Sequence[Depot]) -> None:
        named = [(depot.id, pick(depot)) for depot in depots]
        self.type_id.choices = [(kind.id, pick(kind)) for kind in types]
        self.depot_id.choices = named
        self.end_depot_id.choices = [(RETURNS, _l("the same depot")), *named]

    def fill(self, truck: Vehicle) -> None:
        for name in ("plate", "driver_zh", "driver_en", "type_id", "depot_id", "active"):
            self[name].data = getattr(truck, name)
        self.end_depot_id.data = truck.end_depot_id or RETURNS
        self.shift_starts.data = _clock(truck.shift_starts_s)
        self.shift_ends.data = _clock(truck.shift_ends_s)

    def facts(self) -> TruckFacts:
        """Return what was written; a shift that ends before it starts ends the next morning."""
        starts_s, ends_s = _second(self.shift_starts.data), _second(self.shift_ends.data)
        plate, driver = self.plate.data.strip(), self.driver_zh.data.strip()
        return TruckFacts(
            plate=plate,
            driver_zh=driver,
            driver_en=(self.driver_en.data or "").strip() or driver,
            type_id=self.type_id.data,
            depot_id=self.depot_id.data,
            end_depot_id=self.end_depot_id.data or None,
            shift_starts_s=starts_s,
            shift_ends_s=ends_s + DAY_S if ends_s < starts_s else ends_s,
            active=self.active.data,
        )


class TypeForm(FlaskForm):  # type: ignore[misc] # the base class is untyped
    fixed_yuan = DecimalField(_l("A day"), _yuan())
    yuan_per_km = DecimalField(_l("A kilometre"), _yuan())
    yuan_per_h = DecimalField(_l("An hour"), _yuan())
    cost_source = StringField(_l("Where the cost comes from"), [InputRequired(NEEDED), _text(400)])
    co2_g_per_km = IntegerField(_l("CO₂ loaded"), _grams())
    co2_empty_g_per_km = IntegerField(_l("CO₂ empty"), _grams())
    co2_source = StringField(_l("Who states the CO₂"), [Optional(), _text(400)])

    continuous_drive_h = DecimalField(
        _l("At the wheel without a rest, at most"),
        [Optional(), NumberRange(0.5, LAW.continuous_drive_s / 3600, AMOUNT)],
    )
    rest_min = IntegerField(
        _l("Rest after that, at least"), [Optional(), NumberRange(LAW.rest_s // 60, 600, WHOLE)]
    )
    daily_drive_h = DecimalField(
        _l("At the wheel in a day, at most"), [Optional(), NumberRange(0.5, 24, AMOUNT)]
    )

    def fill(self, kind: VehicleType) -> None:
        self.fixed_yuan.data = yuan_from_fen(kind.fixed_fen)
        self.yuan_per_km.data = yuan_from_fen(kind.fen_per_km)
        self.yuan_per_h.data = yuan_from_fen(kind.fen_per_h)
        self.cost_source.data = pick(kind, "cost_source")
        for name in ("co2_g_per_km", "co2_empty_g_per_km", "co2_source"):
            self[name].data = getattr(kind, name)
        if kind.continuous_drive_s is not None:
            self.continuous_drive_h.data = kind.continuous_drive_s / 3600
        if kind.rest_s is not None:
            self.rest_min.data = kind.rest_s // 60
        if kind.daily_drive_s is not None:
            self.daily_drive_h.data = kind.daily_drive_s / 3600

    def facts(self) -> TypeFacts:
        return TypeFacts(
            fixed_fen=fen_from_yuan(self.fixed_yuan.data),
            fen_per_km=fen_from_yuan(self.yuan_per_km.data),
            fen_per_h=fen_from_yuan(self.yuan_per_h.data),
            cost_source=self.cost_source.data.strip(),
            co2_g_per_km=self.co2_g_per_km.data,
            co2_empty_g_per_km=self.co2_empty_g_per_km.data,
            co2_source=(self.co2_source.data or "").strip() or None,
            continuous_drive_s=_hours_s(self.continuous_drive_h.data),
            rest_s=None if self.rest_min.data is None else self.rest_min.data * 60,
            daily_drive_s=_hours_s(self.daily_drive_h.data),
        )


class NewTypeForm(TypeForm):
    name_zh = StringField(_l("Name"), [InputRequired(NEEDED), _text(100)])
    name_en = StringField(_l("Name in English"), [Optional(), _text(100)])
    kind = SelectField(
        _l("Truck body"), choices=[SelectChoice(kind.value, KINDS[kind]) for kind in VehicleKind]
    )
    payload_t = DecimalField(_l("Payload"), [InputRequired(NEEDED), NumberRange(0.1, 200, AMOUNT)])
    volume_m3 = DecimalField(_l("Volume it holds"), [Optional(), NumberRange(0.1, 200, AMOUNT)])
    families = SelectMultipleField(
        _l("Materials it carries"),
        choices=[SelectChoice(family.value, FAMILIES[family]) for family in Family],
        validate_choice=False,
        widget=widgets.ListWidget(),
        option_widget=widgets.CheckboxInput(),
    )
    licences = StringField(_l("Hazardous-waste groups"), [Optional(), _text(100)])

    def validate_families(self, field: SelectMultipleField) -> None:
        if not set(field.data or ()) <= set(Family):
            raise ValidationError(_l("Choose from the materials listed."))

    def validate_licences(self, field: StringField) -> None:
        if any(not _GROUP.fullmatch(name) for name in _groups(field.data)):
            raise ValidationError(_l("Write groups as HW08 or UN3480, with blanks between them."))

    def made(self) -> NewType:
        name = self.name_zh.data.strip()
        return NewType(
            name_zh=name,
            name_en=(self.name_en.data or "").strip() or name,
            kind=self.kind.data,
            capacity_kg=kg_from_tonnes(self.payload_t.data),
            capacity_l=None if self.volume_m3.data is None else round(self.volume_m3.data * 1000),
            families=list(dict.fromkeys(self.families.data or ())),
            licences=_groups(self.licences.data),
        )


def _groups(text: str | None) -> list[str]:
    return sorted(set((text or "").upper().split()))


def _hours_s(hours: Decimal | None) -> int | None:
    return None if hours is None else round(hours * 3600)


def blame(form: FlaskForm, error: DomainError, words: str) -> None:
    """Put an error of the rules at its field; one that names none of them goes on."""
    if error.field not in form:
        raise error
    form[error.field].errors = [*form[error.field].errors, words]


def _second(clock: time) -> int:
    return clock.hour * 3600 + clock.minute * 60


def _clock(second: int) -> time:
    return time(second % DAY_S // 3600, second % 3600 // 60)
