"""Reading: order, sharing of limits, ranges on one axis, search."""

import pytest
from sqlalchemy.orm import Session

from market.catalogue import queries, sheets
from market.catalogue.models import Composition
from market.catalogue.rules import Family, MaterialKind, Sector
from market.errors import NotFoundError
from tests.conftest import NOW


def test_unknown_things_are_not_found(catalogue: Session) -> None:
    with pytest.raises(NotFoundError):
        queries.material(catalogue, "moon_dust")
    with pytest.raises(NotFoundError):
        queries.process(catalogue, "alchemy")
    assert queries.acceptance(catalogue, "clinker", "waste_paper") is None


def test_materials_come_in_the_order_of_the_file(catalogue: Session) -> None:
    rows = queries.materials(catalogue, kind=MaterialKind.VIRGIN)
    assert [row.id for row in rows][:2] == ["limestone", "sandstone"]
    assert len(rows) == 7


def test_limits_of_a_use_are_its_own_and_then_those_of_any(catalogue: Session) -> None:
    rows = queries.limits_for(catalogue, "cement_po", "fly_ash")
    own = [row for row in rows if row.material_id == "fly_ash"]
    assert rows[: len(own)] == own
    assert {row.material_id for row in rows[len(own) :]} == {None}
    assert {row.process_id for row in rows} == {"cement_po"}


def test_cements_with_the_same_limits_share_a_group(catalogue: Session) -> None:
    sheet = sheets.material_sheet(catalogue, "fgd_gypsum", NOW.date())
    owners = [group.owners for group in sheet.limits]
    assert ("cement_po", "cement_psa", "cement_psb", "cement_pf", "cement_pc") in owners
    anchors = [anchor for group in sheet.limits for row in group.rows for anchor in row.anchors]
    rows = queries.limits_for_material(catalogue, "fgd_gypsum")
    assert sorted(anchors) == sorted(row.id for row in rows)


def test_grades_join_in_a_row_and_keep_their_own_ground(catalogue: Session) -> None:
    """Grade III of the water requirement was recalled; grades I and II were read."""
    sheet = sheets.material_sheet(catalogue, "fly_ash", NOW.date())
    group = next(group for group in sheet.limits if group.owners == ("concrete_admixture",))
    row = next(row for row in group.rows if row.first.property == "water_requirement_ratio")
    assert [limit.value for limit in row.limits] == [95, 105, 115]
    grounds = {grades: limit.verified for grades, limit in row.grounds}
    assert grounds[("III",)] == "recalled"
    assert "recalled" not in {grounds[key] for key in grounds if key != ("III",)}


def composition(component: str, low: float, typical: float | None, high: float) -> Composition:
    return Composition(
        material_id="fly_ash", component=component, low=low, typical=typical, high=high, unit="%"
    )


def test_ranges_share_one_axis() -> None:
    """Axis from -10 to 40, so 50 long: 0 stands at 20 %, 15 at 50 %, 40 at 100 %."""
    bars = sheets.range_bars([composition("a", 0, 15, 40), composition("b", -10, None, 15)])
    assert [(bar.start, bar.length, bar.typical) for bar in bars] == [
        (20.0, 80.0, 50.0),
        (0.0, 50.0, None),
    ]


def test_another_unit_gets_no_bar() -> None:
    row = composition("Cr", 500, 1500, 6020)
    row.unit = "mg/kg"
    (bar,) = sheets.range_bars([row])
    assert bar.start is None


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("石膏 脱硫", "fgd_gypsum"),
        ("FLY ASH", "fly_ash"),
        ("321-024-48", "al_dross"),
        ("321-001-s09", "red_mud_bayer"),
        ("ＧＢ/T 203", "bf_slag"),
    ],
)
def test_search_reads_names_codes_and_standards(catalogue: Session, words: str, first: str) -> None:
    found = sheets.home(catalogue, words)
    assert next(row.id for _family, rows in found.families for row in rows) == first


def test_search_finds_processes_by_product(catalogue: Session) -> None:
    assert [sector for sector, _rows in sheets.home(catalogue, "纸面石膏板").sectors] == [
        Sector.BUILDING_MATERIAL
    ]


def test_a_family_leaves_the_counts_of_the_others(catalogue: Session) -> None:
    found = sheets.home(catalogue, families=frozenset({Family.MUD}))
    assert [family for family, _rows in found.families] == [Family.MUD]
    assert found.family_counts["ash"] == 4
    assert not found.sectors


def test_nothing_found_says_so(catalogue: Session) -> None:
    assert not sheets.home(catalogue, "moon dust").found


def test_prices_of_a_material_span_all_its_grades(catalogue: Session) -> None:
    span = sheets.material_sheet(catalogue, "fly_ash", NOW.date()).span_of("price")
    assert span is not None
    assert (span.low, span.high, span.unit) == (-20, 220, "yuan/t")
    assert sheets.material_sheet(catalogue, "al_dross", NOW.date()).span_of("price") is None
