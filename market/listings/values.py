"""What queries hand to views: flat frozen values, names in both languages."""

from dataclasses import dataclass
from datetime import date, datetime

from market.catalogue.models import Process
from market.listings.answers import Reading
from market.listings.quality import Verdict
from market.listings.rules import MONTHS_PER_YEAR, Basis, Side, State
from market.orgs.models import Line, Site
from market.orgs.rules import Standing


@dataclass(frozen=True, slots=True)
class ListingSummary:
    """One line of a list. Masses are wet kilograms, prices fen per wet tonne."""

    id: int
    side: str
    state: str
    basis: str
    form: str
    material_id: str
    material_name_zh: str
    material_name_en: str
    family: str
    legal_class: str
    process_id: str | None
    process_name_zh: str
    process_name_en: str
    org_id: int
    org_name_zh: str
    org_name_en: str
    standing: str
    verified_on: date | None
    site_id: int
    site_name_zh: str
    site_name_en: str
    prefecture_zh: str
    prefecture_en: str
    county_zh: str
    county_en: str
    lat: float
    lon: float
    mass_kg_per_year: int
    min_lot_kg: int | None
    price_fen_per_t: int | None
    waste_code: str | None
    expires_on: date
    updated_at: datetime
    version: int

    @property
    def ref(self) -> str:
        return f"L-{self.id:04d}"

    @property
    def place_zh(self) -> str:
        """Return the county, or the prefecture where public sources tell no county."""
        return self.county_zh or self.prefecture_zh

    @property
    def place_en(self) -> str:
        return self.county_en or self.prefecture_en

    @property
    def mass_kg_per_month(self) -> float:
        return self.mass_kg_per_year / MONTHS_PER_YEAR

    @property
    def is_estimate(self) -> bool:
        return self.basis == Basis.ESTIMATE

    @property
    def is_demo(self) -> bool:
        return self.standing == Standing.DEMO

    @property
    def is_verified(self) -> bool:
        return self.verified_on is not None and not self.is_estimate

    @property
    def is_offer(self) -> bool:
        return self.side == Side.OFFER

    def is_open(self, today: date) -> bool:
        return self.state == State.OPEN and self.expires_on >= today


@dataclass(frozen=True, slots=True)
class Report:
    """检测报告 as shown; ``expires_on`` is the last day on which it counts."""

    report_no: str
    laboratory: str
    sampled_on: date
    expires_on: date
    readings: tuple[Reading, ...]

    def days_old(self, today: date) -> int:
        return (today - self.sampled_on).days


@dataclass(frozen=True, slots=True)
class ListingRow:
    """A summary with where its lot stands; ``report`` is the latest, None when never tested."""

    summary: ListingSummary
    report: Report | None
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Change:
    """Who changed a thing, and when; names are None for the platform itself.

    ``fields`` are the columns that an edit changed.
    """

    verb: str
    at: datetime
    name_zh: str | None
    name_en: str | None
    fields: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ListingDetail:
    """Everything one page shows.

    ``disposal_fen_per_t`` and ``history`` are empty for whoever may not read them.
    """

    summary: ListingSummary
    report: Report | None
    verdict: Verdict
    moisture_share: float | None
    stock_kg: int | None
    storage_kg: int | None
    storage_fen_per_t_month: int | None
    max_suppliers: int | None
    disposal_fen_per_t: int | None
    note: str
    line_name_zh: str
    line_name_en: str
    may_edit: bool
    may_withdraw: bool
    sees_private: bool
    history: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class DraftSummary:
    id: int
    ref: str
    side: str
    listing_id: int | None
    material_name_zh: str
    material_name_en: str
    family: str
    steps_done: int
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where a draft's material arises or is used; what is not yet answered is None."""

    site: Site | None
    line: Line | None
    process: Process | None
