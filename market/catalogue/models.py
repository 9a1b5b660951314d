"""Materials, receiving processes, what goes where within which limits, factors and rules.

Every row says where it comes from (``source``), how well that was checked (``verified``) and how
far the value itself may be trusted (``confidence``). Rows are replaced by the loader alone.
"""

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from market.catalogue.rules import (
    PLACEHOLDER_KINDS,
    Allowed,
    Basis,
    Behaviour,
    Confidence,
    FactorKind,
    Family,
    LegalClass,
    LimitType,
    MaterialKind,
    Operator,
    PhysicalForm,
    Scope,
    Sector,
    Severity,
    ShareBasis,
    Standing,
    Topic,
    VatKind,
    Verified,
    in_force,
)
from market.db import Base, one_of

ID = sa.String(64)
CODE = sa.String(32)
NAME = sa.String(200)


class Evidence:
    """Where a row comes from; ``position`` is its place in the data file and the order shown."""

    position: Mapped[int]
    source: Mapped[str] = mapped_column(sa.Text)
    verified: Mapped[str] = mapped_column(CODE)
    confidence: Mapped[str] = mapped_column(CODE)


def evidence_known() -> tuple[sa.CheckConstraint, ...]:
    return (one_of("verified", Verified), one_of("confidence", Confidence))


class Material(Evidence, Base):
    """物料. Densities are of the loose bulk in kg/m3, moisture a share of the wet mass.

    ``generation_low``/``_high`` are tonnes that arise per ``generation_per_*`` (unit in
    ``generation_unit``). ``waste_code`` is the nine-character code of the national catalogue.
    """

    __tablename__ = "material"
    __table_args__ = (
        one_of("family", Family),
        one_of("kind", MaterialKind),
        one_of("legal_class", LegalClass),
        one_of("form", PhysicalForm),
        sa.CheckConstraint("density_kg_m3_min <= density_kg_m3_max", name="density_ordered"),
        sa.CheckConstraint(
            "moisture_share_min >= 0 AND moisture_share_min <= moisture_share_max"
            " AND moisture_share_max < 1",
            name="moisture_is_share",
        ),
        *evidence_known(),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name_zh: Mapped[str] = mapped_column(NAME)
    name_en: Mapped[str] = mapped_column(NAME)
    family: Mapped[str] = mapped_column(CODE, index=True)
    kind: Mapped[str] = mapped_column(CODE)
    legal_class: Mapped[str] = mapped_column(CODE)
    waste_family: Mapped[str | None] = mapped_column(CODE)
    waste_family_zh: Mapped[str] = mapped_column(NAME, default="")
    waste_family_en: Mapped[str] = mapped_column(NAME, default="")
    waste_code: Mapped[str | None] = mapped_column(CODE)
    waste_code_confidence: Mapped[str | None] = mapped_column(CODE)
    hw_codes: Mapped[list[str]]
    hazard_zh: Mapped[str] = mapped_column(sa.Text, default="")
    hazard_en: Mapped[str] = mapped_column(sa.Text, default="")
    un_no: Mapped[str | None] = mapped_column(CODE)
    hs_code: Mapped[str | None] = mapped_column(CODE)
    ewc_code: Mapped[str | None] = mapped_column(CODE)
    form: Mapped[str] = mapped_column(CODE)
    density_kg_m3_min: Mapped[int | None]
    density_kg_m3_max: Mapped[int | None]
    moisture_share_min: Mapped[float | None]
    moisture_share_max: Mapped[float | None]
    vehicle_zh: Mapped[str] = mapped_column(sa.Text, default="")
    vehicle_en: Mapped[str] = mapped_column(sa.Text, default="")
    storage_zh: Mapped[str] = mapped_column(sa.Text, default="")
    storage_en: Mapped[str] = mapped_column(sa.Text, default="")
    generation_low: Mapped[float | None]
    generation_high: Mapped[float | None]
    generation_unit: Mapped[str | None] = mapped_column(CODE)
    generation_per_zh: Mapped[str] = mapped_column(NAME, default="")
    generation_per_en: Mapped[str] = mapped_column(NAME, default="")
    plan_ref: Mapped[str] = mapped_column(NAME, default="")


class Process(Evidence, Base):
    """受纳工艺. Its ``source`` is the list of standards that govern it, parted by ``; ``."""

    __tablename__ = "process"
    __table_args__ = (one_of("sector", Sector), *evidence_known())

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name_zh: Mapped[str] = mapped_column(NAME)
    name_en: Mapped[str] = mapped_column(NAME)
    sector: Mapped[str] = mapped_column(CODE, index=True)
    product_zh: Mapped[str] = mapped_column(NAME, default="")
    product_en: Mapped[str] = mapped_column(NAME, default="")
    permit_zh: Mapped[str] = mapped_column(sa.Text, default="")
    permit_en: Mapped[str] = mapped_column(sa.Text, default="")
    season_zh: Mapped[str] = mapped_column(sa.Text, default="")
    season_en: Mapped[str] = mapped_column(sa.Text, default="")
    plan_ref: Mapped[str] = mapped_column(NAME, default="")

    @property
    def standards(self) -> list[str]:
        return self.source.split("; ")


class Acceptance(Evidence, Base):
    """用途档位: how a process takes a material. Shares are of ``share_basis``, by dry mass.

    ``replacement_ratio`` is tonnes of what is replaced per dry tonne of the waste. ``id`` is
    ``process.material`` and serves as anchor. ``standard`` is empty where practice alone speaks.
    """

    __tablename__ = "acceptance"
    __table_args__ = (
        one_of("allowed", Allowed),
        one_of("limit_type", LimitType),
        one_of("share_basis", ShareBasis),
        sa.UniqueConstraint("process_id", "material_id"),
        sa.CheckConstraint("min_share >= 0 AND min_share <= 1", name="min_is_share"),
        sa.CheckConstraint("max_share >= 0 AND max_share <= 1", name="max_is_share"),
        sa.CheckConstraint("min_share <= max_share", name="shares_ordered"),
        *evidence_known(),
    )

    id: Mapped[str] = mapped_column(sa.String(130), primary_key=True)
    process_id: Mapped[str] = mapped_column(sa.ForeignKey("process.id"))
    material_id: Mapped[str] = mapped_column(sa.ForeignKey("material.id"), index=True)
    role_zh: Mapped[str] = mapped_column(NAME)
    role_en: Mapped[str] = mapped_column(NAME)
    allowed: Mapped[str] = mapped_column(CODE)
    min_share: Mapped[float | None]
    max_share: Mapped[float | None]
    max_exclusive: Mapped[bool]
    share_basis: Mapped[str | None] = mapped_column(CODE)
    limit_type: Mapped[str] = mapped_column(CODE)
    replaces_id: Mapped[str | None] = mapped_column(sa.ForeignKey("material.id"))
    replaces_zh: Mapped[str] = mapped_column(NAME, default="")
    replaces_en: Mapped[str] = mapped_column(NAME, default="")
    replacement_ratio: Mapped[float | None]
    ratio_note_zh: Mapped[str] = mapped_column(sa.Text, default="")
    ratio_note_en: Mapped[str] = mapped_column(sa.Text, default="")
    note_zh: Mapped[str] = mapped_column(sa.Text, default="")
    note_en: Mapped[str] = mapped_column(sa.Text, default="")

    standard: Mapped[str] = mapped_column(NAME, default="")
    clause: Mapped[str] = mapped_column(NAME, default="")

    process: Mapped[Process] = relationship(lazy="raise")
    material: Mapped[Material] = relationship(foreign_keys=[material_id], lazy="raise")


class Limit(Evidence, Base):
    """One limit of one use. ``material_id`` None: holds for whatever the process takes.

    ``grades`` classify a lot, best first; none = every grade. ``variant`` narrows the row to a
    kind of the material or way of using it (``class F``, ``retarder``). ``source`` is where the
    number was read when that is not the standard itself.
    """

    __tablename__ = "acceptance_limit"
    __table_args__ = (
        one_of("scope", Scope),
        one_of("operator", Operator),
        one_of("severity", Severity),
        one_of("standing", Standing),
        sa.CheckConstraint(
            "(operator = 'between') = (value_high IS NOT NULL)", name="between_has_two"
        ),
        sa.CheckConstraint("value <= value_high", name="values_ordered"),
        sa.CheckConstraint("valid_from <= valid_to", name="dates_ordered"),
        sa.Index(None, "process_id", "material_id"),
        *evidence_known(),
    )

    id: Mapped[str] = mapped_column(CODE, primary_key=True)
    process_id: Mapped[str] = mapped_column(sa.ForeignKey("process.id"))
    material_id: Mapped[str | None] = mapped_column(sa.ForeignKey("material.id"), index=True)
    grades: Mapped[list[str]]
    variant: Mapped[str] = mapped_column(NAME, default="")
    scope: Mapped[str] = mapped_column(CODE)
    property: Mapped[str] = mapped_column(ID)
    operator: Mapped[str] = mapped_column(CODE)
    value: Mapped[float]
    value_high: Mapped[float | None]
    unit: Mapped[str] = mapped_column(CODE)
    severity: Mapped[str] = mapped_column(CODE)
    standard: Mapped[str] = mapped_column(NAME)
    clause: Mapped[str] = mapped_column(NAME, default="")
    standing: Mapped[str] = mapped_column(CODE)
    successor: Mapped[str] = mapped_column(NAME, default="")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    note_zh: Mapped[str] = mapped_column(sa.Text, default="")
    note_en: Mapped[str] = mapped_column(sa.Text, default="")


class Composition(Evidence, Base):
    """The usual range of one component. ``part`` names the piece measured where not the whole.

    ``carbonate_share`` is the part of the CaO that is carbonate and would give off CO2 in a kiln.
    """

    __tablename__ = "composition"
    __table_args__ = (
        one_of("basis", Basis),
        sa.CheckConstraint("low <= high", name="range_ordered"),
        sa.CheckConstraint("typical IS NULL OR (low <= typical AND typical <= high)",
                           name="typical_in_range"),
        sa.CheckConstraint("carbonate_share >= 0 AND carbonate_share <= 1",
                           name="carbonate_is_share"),
        *evidence_known(),
    )  # fmt: skip

    material_id: Mapped[str] = mapped_column(sa.ForeignKey("material.id"), primary_key=True)
    part: Mapped[str] = mapped_column(ID, primary_key=True, default="")
    component: Mapped[str] = mapped_column(ID, primary_key=True)
    low: Mapped[float]
    typical: Mapped[float | None]
    high: Mapped[float]
    unit: Mapped[str] = mapped_column(CODE)
    basis: Mapped[str] = mapped_column(CODE)
    carbonate_share: Mapped[float | None]


class Factor(Evidence, Base):
    """A number from outside: emission factor, price, freight, ratio. ``low``/``high`` its range."""

    __tablename__ = "factor"
    __table_args__ = (
        one_of("kind", FactorKind),
        sa.CheckConstraint("low <= value", name="low_below_value"),
        sa.CheckConstraint("value <= high", name="high_above_value"),
        sa.CheckConstraint("year_from <= year_to", name="years_ordered"),
        *evidence_known(),
    )

    id: Mapped[str] = mapped_column(ID, primary_key=True)
    kind: Mapped[str] = mapped_column(CODE, index=True)
    name_zh: Mapped[str] = mapped_column(NAME)
    name_en: Mapped[str] = mapped_column(NAME)
    value: Mapped[float]
    low: Mapped[float | None]
    high: Mapped[float | None]
    unit: Mapped[str] = mapped_column(CODE)
    year_from: Mapped[int | None]
    year_to: Mapped[int | None]
    region_zh: Mapped[str] = mapped_column(CODE, default="")
    region_en: Mapped[str] = mapped_column(CODE, default="")
    material_ids: Mapped[list[str]]
    process_ids: Mapped[list[str]]
    note_zh: Mapped[str] = mapped_column(sa.Text, default="")
    note_en: Mapped[str] = mapped_column(sa.Text, default="")

    @property
    def is_placeholder(self) -> bool:
        return self.kind in PLACEHOLDER_KINDS


class PolicyRule(Evidence, Base):
    """One rule of law with the dates between which it holds; None leaves that end open."""

    __tablename__ = "policy_rule"
    __table_args__ = (
        one_of("topic", Topic),
        one_of("behaviour", Behaviour),
        sa.CheckConstraint("valid_from <= valid_to", name="dates_ordered"),
        *evidence_known(),
    )

    id: Mapped[str] = mapped_column(CODE, primary_key=True)
    topic: Mapped[str] = mapped_column(CODE, index=True)
    behaviour: Mapped[str] = mapped_column(CODE)
    applies_zh: Mapped[str] = mapped_column(NAME)
    applies_en: Mapped[str] = mapped_column(NAME)
    material_ids: Mapped[list[str]]
    article: Mapped[str] = mapped_column(NAME, default="")
    text_zh: Mapped[str] = mapped_column(sa.Text)
    text_en: Mapped[str] = mapped_column(sa.Text)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]

    def holds_on(self, on: date) -> bool:
        return in_force(self.valid_from, self.valid_to, on)


class Stoppage(Evidence, Base):
    """Days of each year on which lines of some processes in a place may not run (错峰生产).

    ``first_day`` and ``last_day`` are written MM-DD and both without production; a row that begins
    later than it ends runs over new year. It holds on days from ``valid_from`` to ``valid_to``. A
    row of a prefecture takes the place of those of its whole province; both are named as sites
    name theirs, ``region_*`` is for people. ``rule_id`` is the rule of law it follows from.
    """

    __tablename__ = "stoppage"
    __table_args__ = (
        sa.CheckConstraint("valid_from <= valid_to", name="dates_ordered"),
        *evidence_known(),
    )

    id: Mapped[str] = mapped_column(CODE, primary_key=True)
    rule_id: Mapped[str] = mapped_column(sa.ForeignKey("policy_rule.id"))
    province: Mapped[str] = mapped_column(CODE)
    prefecture: Mapped[str] = mapped_column(ID, default="")
    region_zh: Mapped[str] = mapped_column(NAME)
    region_en: Mapped[str] = mapped_column(NAME)
    process_ids: Mapped[list[str]]
    first_day: Mapped[str] = mapped_column(sa.String(5))
    last_day: Mapped[str] = mapped_column(sa.String(5))
    clause: Mapped[str] = mapped_column(NAME, default="")
    note_zh: Mapped[str] = mapped_column(sa.Text, default="")
    note_en: Mapped[str] = mapped_column(sa.Text, default="")
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]


class VatRow(Evidence, Base):
    """A row of the catalogue for VAT refund on comprehensive use, shares of 0 to 1.

    ``material_ids`` are what its resource covers, read with the notes; ``process_ids`` make what
    its product may be: whether a firm's own product is one is for the reader to say.
    """

    __tablename__ = "vat_row"
    __table_args__ = (
        one_of("kind", VatKind),
        sa.CheckConstraint("min_share >= 0 AND min_share <= 1", name="min_is_share"),
        sa.CheckConstraint("refund_share >= 0 AND refund_share <= 1", name="refund_is_share"),
        sa.CheckConstraint("valid_from <= valid_to", name="dates_ordered"),
        *evidence_known(),
    )

    id: Mapped[str] = mapped_column(CODE, primary_key=True)
    kind: Mapped[str] = mapped_column(CODE)
    resource_zh: Mapped[str] = mapped_column(sa.Text)
    resource_en: Mapped[str] = mapped_column(sa.Text)
    product_zh: Mapped[str] = mapped_column(sa.Text, default="")
    product_en: Mapped[str] = mapped_column(sa.Text, default="")
    condition_zh: Mapped[str] = mapped_column(sa.Text, default="")
    condition_en: Mapped[str] = mapped_column(sa.Text, default="")
    excluded_zh: Mapped[str] = mapped_column(sa.Text, default="")
    excluded_en: Mapped[str] = mapped_column(sa.Text, default="")
    min_share: Mapped[float | None]
    refund_share: Mapped[float | None]
    material_ids: Mapped[list[str]]
    process_ids: Mapped[list[str]]
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
