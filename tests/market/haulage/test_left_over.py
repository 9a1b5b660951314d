"""What a plan leaves over: equal loads told once on the page, every load told in files."""

import pytest

from market.haulage.left_over import unserved_groups, unserved_lines
from market.haulage.models import CollectionPlan, PlanUnserved

ASH = {
    "material_id": "ash", "material_zh": "粉煤灰", "material_en": "Fly ash", "family": "ash",
    "origin": "mill", "destination": "kiln", "want_id": 1,
}  # fmt: skip
PLACES = {
    name: {"name_zh": name, "name_en": name.title(), "standing": "stated"}
    for name in ("mill", "kiln", "works")
}


def left(number, value=20_000, **params):
    told = {
        "unit": "kg", "value": value, "limit": 15_000, "relaxation": value - 15_000,
        "subject": "W1", "vehicle": "V3", "truck": 3, "tried": True, **params,
    }  # fmt: skip
    return PlanUnserved(
        load_key=f"F1-1#{number}", mass_kg=30_000, reason="receiver_intake", params=told
    )


@pytest.fixture
def plan(app):
    other = {**ASH, "origin": "works", "destination": "works", "want_id": 2}
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        yield CollectionPlan(places=PLACES, cargoes={"F1-1": ASH, "F2-1": other}, summary={})


def test_loads_with_one_reason_are_one_line_with_their_numbers(plan):
    (line,) = unserved_lines(plan, [left(number) for number in (12, *range(3, 10), 11)])
    assert line.title == "Fly ash 270.0 t, 9 loads · Mill"
    assert line.summary == "9 loads: no. 3–9, 11–12"
    assert [row.number for row in line.loads[:2]] == ["F1-1#3", "F1-1#4"]
    assert sum(row.mass_kg for row in line.loads) == 270_000
    assert line.remedy.startswith(
        "For one of these loads: Ask the receiver for 5.0 t more that day"
    )


def test_loads_of_which_other_figures_are_told_stand_apart(plan):
    lines = unserved_lines(plan, [left(1), left(2, value=18_000)])
    assert [line.summary for line in lines] == ["", ""]
    assert [line.detail for line in lines] == [
        "The receiver takes 15.0 t a day; this would make 20.0 t.",
        "The receiver takes 15.0 t a day; this would make 18.0 t.",
    ]


def test_another_receiver_is_named_by_its_place_with_what_it_would_add(plan):
    other = {"receiver": "W2", "vehicle": "V3", "extra_fen": 12_000}
    (line,) = unserved_lines(plan, [left(1, elsewhere=other, elsewhere_truck=3)])
    assert line.remedy.endswith(
        "Or agree with Works, which takes this material that day too: "
        "truck 3 would bring it there for ¥120 more."
    )
    (line,) = unserved_lines(plan, [left(1, elsewhere={**other, "extra_fen": 0})])
    assert line.remedy.endswith("would bring it there at no more cost.")


def test_what_is_left_over_is_counted_by_the_kind_of_its_reason_the_most_tonnes_first(plan):
    """Four loads of 30 t at the receiver's intake, told in two lines; one of 30 t at a shift."""
    late = left(9)
    late.reason, late.params = "shift", {**late.params, "unit": "s", "subject": ""}
    groups = unserved_groups(plan, [late, left(1), left(2), left(3, value=18_000), left(4)])
    assert [(row.tag, row.count, row.mass_kg, len(row.lines)) for row in groups] == [
        ("daily intake", 4, 120_000, 2),
        ("shift", 1, 30_000, 1),
    ]
