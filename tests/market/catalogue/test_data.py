"""The shipped facts themselves: what a reader of the standards would check first."""

import re
from datetime import date

import pytest
from sqlalchemy.orm import Session

from market.catalogue import labels, queries
from market.catalogue.models import Limit
from market.catalogue.rules import Allowed, Family, LegalClass, Scope, Severity, Standing

COMMON_CEMENTS = ("cement_po", "cement_psa", "cement_psb", "cement_pf", "cement_pc")


@pytest.mark.parametrize("process_id", COMMON_CEMENTS)
@pytest.mark.parametrize("material_id", ["steel_slag", "magnesium_slag", "cfb_ash", "copper_slag"])
def test_what_gb_175_does_not_list_is_not_allowed(
    catalogue: Session, process_id: str, material_id: str
) -> None:
    use = queries.acceptance(catalogue, process_id, material_id)
    assert use is not None
    assert use.allowed == Allowed.NO
    assert use.standard == "GB 175-2023"


def test_cfb_ash_is_not_fly_ash_in_concrete(catalogue: Session) -> None:
    use = queries.acceptance(catalogue, "concrete_admixture", "cfb_ash")
    assert use is not None
    assert (use.allowed, use.standard, use.clause) == (Allowed.NO, "GB/T 1596-2017", "3.1 注")


def test_steel_slag_has_other_ways(catalogue: Session) -> None:
    ways = {
        use.process_id
        for use in queries.acceptance_for_material(catalogue, "steel_slag")
        if use.allowed == Allowed.YES
    }
    assert ways == {"clinker", "steel_slag_cement", "concrete_admixture", "road_base"}


@pytest.mark.parametrize(
    ("name", "values"),
    [
        ("residue_45um", {"I": 12, "II": 30, "III": 45}),
        ("water_requirement_ratio", {"I": 95, "II": 105, "III": 115}),
        ("LOI", {"I": 5, "II": 8, "III": 10}),
    ],
)
def test_fly_ash_for_concrete_has_three_grades(
    catalogue: Session, name: str, values: dict[str, float]
) -> None:
    rows = queries.limits_for(catalogue, "concrete_admixture", "fly_ash")
    found = {row.grades[0]: row.value for row in rows if row.property == name}
    assert found == values


def test_ground_slag_has_three_grades(catalogue: Session) -> None:
    rows = queries.limits_for(catalogue, "ggbs_mill", "bf_slag")
    found = {row.grades[0]: row.value for row in rows if row.property == "activity_index_28d"}
    assert found == {"S105": 105, "S95": 95, "S75": 75}


def test_every_limit_of_a_material_has_a_use_that_is_open(catalogue: Session) -> None:
    uses = {
        (row.process_id, row.material_id): row.allowed for row in queries.acceptances(catalogue)
    }
    for row in queries.limits(catalogue):
        if row.material_id is not None:
            assert uses[row.process_id, row.material_id] != Allowed.NO, row.id


def test_a_superseded_limit_never_blocks(catalogue: Session) -> None:
    for row in queries.limits(catalogue):
        if row.standing == Standing.SUPERSEDED:
            assert row.severity == Severity.INFO, row.id
            assert row.successor, row.id


def test_a_number_recalled_from_an_old_edition_never_blocks(catalogue: Session) -> None:
    """An old number nobody re-read may caution; it may not refuse a lot."""
    for row in queries.limits(catalogue):
        if row.standing == Standing.CHECK_SUCCESSOR and row.verified == "recalled":
            assert row.severity != Severity.BLOCK, row.id


def test_composite_properties_are_split(catalogue: Session) -> None:
    rows = queries.limits_for(catalogue, "cement_po", "fgd_gypsum")
    own = {row.property for row in rows if row.material_id == "fgd_gypsum"}
    assert {"IRa", "Igamma"} <= own
    assert not any("&" in row.property for row in rows)


def test_the_windows_of_ph_have_both_ends(catalogue: Session) -> None:
    windows = [row for row in queries.limits(catalogue) if row.operator == "between"]
    assert {(row.property, row.value, row.value_high) for row in windows} == {
        ("leachate_pH", 6, 9),
        ("pH", 5, 9),
    }


def test_every_word_of_a_limit_is_known(catalogue: Session) -> None:
    for row in queries.limits(catalogue):
        assert not row.variant or row.variant in labels.VARIANTS, row.id
        formula = re.fullmatch(r"[A-Z0-9][A-Za-z0-9.+/()]*|pH", row.property)
        assert row.property in labels.PROPERTIES or formula, row.property


def test_blends_of_the_kiln_are_limits_of_the_mix(catalogue: Session) -> None:
    feed = [row for row in queries.limits(catalogue) if row.variant.startswith("co-processing")]
    assert {row.scope for row in feed} == {Scope.MIX}
    assert {row.unit for row in feed} == {"%", "mg/kg clinker", "mg/kg cement"}


def test_hazardous_waste_carries_its_code_and_its_seal(catalogue: Session) -> None:
    for row in queries.materials(catalogue):
        if row.legal_class == LegalClass.HAZARDOUS:
            assert row.hw_codes, row.id
            assert row.family == Family.HAZARD, row.id


def test_waste_codes_have_the_national_form(catalogue: Session) -> None:
    for row in queries.materials(catalogue):
        if row.waste_code:
            assert len(row.waste_code) == 11, row.id
            assert row.waste_code.endswith(str(row.waste_family)[1:].replace("W", "S")), row.id
            assert row.waste_code_confidence in {"medium", "low"}, row.id


def test_the_code_took_over_from_the_waste_law_in_one_night(catalogue: Session) -> None:
    last_day = {row.id for row in queries.policy_rules(catalogue, on=date(2026, 8, 14))}
    next_day = {row.id for row in queries.policy_rules(catalogue, on=date(2026, 8, 15))}
    assert {"T1", "T2", "C1", "H1"} <= last_day - next_day
    assert {"T1-C", "T2-C", "C1-C", "H1-C"} <= next_day - last_day


def test_granulated_slag_is_no_slag_for_the_refund(catalogue: Session) -> None:
    rows = {row.id: row for row in queries.vat_rows(catalogue)}
    assert "高炉水渣" in rows["N1"].excluded_zh
    assert (rows["2.1"].min_share, rows["2.1"].refund_share) == (0.7, 0.7)


def test_prices_say_that_they_are_placeholders(catalogue: Session) -> None:
    factors = queries.factors(catalogue)
    assert factors["pr_flyash_2"].is_placeholder
    assert not factors["grid_henan"].is_placeholder
    assert (factors["grid_henan"].value, factors["grid_henan"].year_to) == (0.5897, 2023)


def test_both_languages_are_there_together(catalogue: Session) -> None:
    """What one reader is told, the other is told."""
    pairs: dict[type, tuple[str, ...]] = {
        Limit: ("note",),
        type(queries.materials(catalogue)[0]): ("name", "hazard", "vehicle", "storage"),
        type(queries.acceptances(catalogue)[0]): ("role", "note", "ratio_note", "replaces"),
        type(queries.processes(catalogue)[0]): ("name", "product", "permit", "season"),
        type(queries.vat_rows(catalogue)[0]): ("resource", "product", "condition", "excluded"),
    }
    for model, names in pairs.items():
        for row in queries.rows(catalogue, model):
            for name in names:
                chinese, english = getattr(row, f"{name}_zh"), getattr(row, f"{name}_en")
                assert bool(chinese) == bool(english), (row, name)
