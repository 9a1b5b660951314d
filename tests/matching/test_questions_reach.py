"""Break-even distances, hand-solved and held against the waterfall itself."""

import random
from dataclasses import replace

import pytest

from matching.explain import explain_pair
from matching.problem import Acceptance, FreightBand, Parameters, Problem, ProblemError
from matching.reach import ReachKind, Ring, break_even, reaches
from tests.matching.build import KM_PER_DEGREE, slot, supply

ASH = supply("a", 10, disposal_yuan_per_t=30.0)
USE = Acceptance("fly_ash", replaced_yuan_per_t=50.0, treatment_yuan_per_t=10.0)


def freight(*bands: tuple[float, float, float], **more) -> Parameters:
    return Parameters(freight=tuple(FreightBand(*band) for band in bands), **more)


def test_one_band():
    # 30 + 50 - 10 = 70 yuan/t at the gate; 10 fixed, 0.5 a km: (70 - 10) / 0.5 = 120 km.
    reach = break_even(freight((500, 0.5, 10)), ASH, USE)
    assert reach.kind is ReachKind.BREAKS_EVEN
    assert reach.value_at_gate_yuan_per_t == 70
    assert reach.rings == (Ring(0, 120),)
    assert not reach.complete


def test_carbon_shortens_the_way_and_lengthens_it():
    # 100 yuan/t CO2: 200 kg avoided add 20 yuan, 0.5 kg/tkm costs 0.05 yuan a km.
    # (70 + 20 - 10) / (0.5 + 0.05) km.
    parameters = freight((500, 0.5, 10), carbon_yuan_per_t=100, transport_co2_kg_per_t_km=0.5)
    reach = break_even(parameters, ASH, replace(USE, avoided_co2_kg_per_t=200))
    assert reach.break_even_km == pytest.approx(80 / 0.55)
    assert reach.complete


def test_a_cheaper_long_haul_makes_a_second_ring():
    # To 100 km: 70 - d >= 0 to 70 km. Beyond: 70 - 20 - 0.25 d >= 0 from the start, to 200 km.
    reach = break_even(freight((100, 1, 0), (300, 0.25, 20)), ASH, USE)
    assert reach.rings == (Ring(0, 70), Ring(100, 200))
    assert reach.break_even_km == 200
    assert reach.contains(70)
    assert not reach.contains(80)


def test_bands_that_meet_make_one_ring():
    assert break_even(freight((50, 1, 0), (300, 0.5, 0)), ASH, USE).rings == (Ring(0, 140),)


def test_a_stream_may_be_worth_nothing_even_next_door():
    poor = replace(ASH, disposal_yuan_per_t=None)
    reach = break_even(freight((500, 0.5, 41)), poor, USE)
    assert (reach.kind, reach.rings, reach.break_even_km) == (ReachKind.NOWHERE, (), 0)


def test_beyond_the_bands_nobody_knows():
    reach = break_even(freight((90, 0.5, 0)), ASH, USE)
    assert reach.kind is ReachKind.FREIGHT_UNKNOWN
    assert reach.break_even_km == 90
    with pytest.raises(ProblemError, match="freight"):
        break_even(Parameters(), ASH, USE)


def test_the_reach_of_a_stream_to_each_slot_that_may_take_it():
    dear = replace(USE, replaced_yuan_per_t=150.0)
    problem = Problem(
        (ASH,),
        (
            slot("near", 5, east=1, accepts=(USE,)),
            slot("far", 5, east=2, accepts=(dear,)),
            slot("other", 5, accepts=(Acceptance("bf_slag"),)),
        ),
    )
    # far: (170 - 10) / 0.5 = 320 km and stands at 2 degrees; near: 120 km, 1 degree.
    far, near = reaches(problem, freight((500, 0.5, 10)), "a")
    assert (far.slot_id, near.slot_id) == ("far", "near")
    assert far.spare_km == pytest.approx(320 - 2 * KM_PER_DEGREE)
    assert near.spare_km == pytest.approx(120 - KM_PER_DEGREE)
    longer = freight((500, 0.5, 10), road_factor=1.5)
    assert reaches(problem, longer, "a")[1].spare_km == pytest.approx(120 - 1.5 * KM_PER_DEGREE)
    with pytest.raises(ProblemError, match="'ghost'"):
        reaches(problem, freight((500, 0.5, 10)), "ghost")


@pytest.mark.parametrize("seed", range(60))
def test_inside_the_rings_the_waterfall_is_not_negative_and_outside_it_is(seed: int):
    dice = random.Random(seed)
    ends = sorted(dice.sample(range(50, 1000), 3))
    parameters = freight(
        *((end, dice.uniform(0, 1), dice.uniform(0, 60)) for end in ends),
        radius_km=2000,
        carbon_yuan_per_t=dice.choice((None, 80.0)),
        transport_co2_kg_per_t_km=0.1,
    )
    use = replace(USE, replaced_yuan_per_t=dice.uniform(-50, 300))
    reach = break_even(parameters, ASH, use)
    for _ in range(40):
        km = dice.uniform(0, ends[-1])
        problem = Problem((ASH,), (slot("k", 1, east=km / KM_PER_DEGREE, accepts=(use,)),))
        worth = explain_pair(problem, parameters, "a", "k").value_yuan_per_t
        if abs(worth) > 1e-6:
            assert reach.contains(km) == (worth > 0)
