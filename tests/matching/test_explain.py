from dataclasses import replace

import pytest

from matching.explain import explain_pair, rank_for_slot, rank_for_supply
from matching.problem import (
    Acceptance,
    Bound,
    FreightBand,
    Limit,
    Operator,
    Parameters,
    Problem,
    ProblemError,
)
from matching.result import LiftKind, LineKind, Reason
from tests.matching.build import KM_PER_DEGREE, VALUE, slot, supply

USE = Acceptance(
    "fly_ash",
    limits=(Limit("LOI", Operator.AT_MOST, 8.0),),
    replaced_yuan_per_t=90.0,
    treatment_yuan_per_t=5.0,
    avoided_co2_kg_per_t=800.0,
)
PROBLEM = Problem(
    (
        supply("good", 10, disposal_yuan_per_t=50.0, assay=(Bound("LOI", 4, 5),)),
        supply("burnt", 10, disposal_yuan_per_t=50.0, assay=(Bound("LOI", 9, 11),)),
    ),
    (
        slot("near", 4, east=1, accepts=(USE,)),
        slot("far", 40, east=2, accepts=(USE,)),
        slot("beyond", 40, east=2.9, accepts=(USE,)),
        slot("remote", 40, east=50, accepts=(USE,)),
        slot("other", 40, accepts=(Acceptance("bf_slag"),)),
    ),
)
PARAMETERS = Parameters(
    radius_km=2.5 * KM_PER_DEGREE,
    freight=(FreightBand(2000, 0.5, 2.0),),
    carbon_yuan_per_t=75.0,
    transport_co2_kg_per_t_km=0.08,
)


def test_the_waterfall_adds_up():
    view = explain_pair(PROBLEM, PARAMETERS, "good", "near")
    km = KM_PER_DEGREE
    lines = {line.kind: line.yuan_per_t for line in view.lines}
    assert lines == pytest.approx(
        {
            LineKind.AVOIDED_DISPOSAL: 50.0,
            LineKind.REPLACED_MATERIAL: 90.0,
            LineKind.TREATMENT: -5.0,
            LineKind.FREIGHT: -(2 + 0.5 * km),
            LineKind.AVOIDED_CARBON: 75 * 0.8,
            LineKind.TRANSPORT_CARBON: -75 * 0.08 * km / 1000,
        }
    )
    assert view.value_yuan_per_t == pytest.approx(sum(lines.values()))
    assert view.missing == ()
    assert view.tonnes == 4
    assert [m.margin for m in view.verdict.margins] == [3.0]


def test_missing_factors_are_shown_missing_and_count_nothing():
    bare = Problem((supply("a", 5),), (slot("k", 5, east=1),))
    view = explain_pair(bare, Parameters(), "a", "k")
    assert {line.yuan_per_t for line in view.lines} == {None}
    assert len(view.missing) == 6
    assert view.value_yuan_per_t == 0


def test_a_long_haul_can_cost_more_carbon_than_it_saves():
    view = explain_pair(PROBLEM, PARAMETERS, "good", "remote")
    lines = {line.kind: line.yuan_per_t for line in view.lines}
    light = replace(PARAMETERS, transport_co2_kg_per_t_km=0.2)
    heavy = {
        line.kind: line.yuan_per_t for line in explain_pair(PROBLEM, light, "good", "remote").lines
    }
    assert lines[LineKind.AVOIDED_CARBON] + lines[LineKind.TRANSPORT_CARBON] > 0
    assert heavy[LineKind.AVOIDED_CARBON] + heavy[LineKind.TRANSPORT_CARBON] < 0


def test_slots_of_a_listing_come_nearest_first_then_near_misses():
    views = rank_for_supply(PROBLEM, PARAMETERS, "good")
    assert [view.slot_id for view in views] == ["near", "far", "beyond"]
    miss = views[-1].verdict.near_miss
    assert miss is not None
    assert miss.reason is Reason.OUT_OF_RADIUS
    assert miss.lift is not None
    assert miss.lift.kind is LiftKind.WIDEN_RADIUS
    assert miss.lift.target == pytest.approx(2.9 * KM_PER_DEGREE)


def test_net_value_ranks_by_worth():
    dear = replace(USE, replaced_yuan_per_t=500.0)
    problem = replace(
        PROBLEM, slots=(*PROBLEM.slots[:1], replace(PROBLEM.slots[1], accepts=(dear,)))
    )
    views = rank_for_supply(problem, replace(VALUE, radius_km=500), "good")
    assert [view.slot_id for view in views] == ["far", "near"]


def test_supplies_of_a_want_show_what_stands_between():
    views = rank_for_slot(PROBLEM, PARAMETERS, "near")
    assert [(view.supply_id, view.verdict.passes) for view in views] == [
        ("good", True),
        ("burnt", False),
    ]
    miss = views[1].verdict.near_miss
    assert miss is not None
    assert miss.lift is not None
    assert (miss.lift.name, miss.lift.current, miss.lift.target) == ("LOI", 11, 8.0)


def test_pairs_with_two_refusals_are_no_near_miss():
    views = rank_for_supply(PROBLEM, PARAMETERS, "burnt")
    assert [view.slot_id for view in views] == ["near", "far"]


def test_the_top_is_cut():
    assert [v.slot_id for v in rank_for_supply(PROBLEM, PARAMETERS, "good", top=1)] == ["near"]


def test_an_unknown_listing_is_named():
    with pytest.raises(ProblemError, match="'ghost'"):
        rank_for_supply(PROBLEM, PARAMETERS, "ghost")
    with pytest.raises(ProblemError, match="'ghost'"):
        explain_pair(PROBLEM, PARAMETERS, "good", "ghost")


def test_a_want_nobody_supplies_has_no_pairs():
    assert rank_for_slot(PROBLEM, PARAMETERS, "other") == ()
