"""Carbon and weighted objectives: the same proof in another coin."""

from dataclasses import replace

import pytest

from matching.check import Fault, check
from matching.explain import co2_range_kg, explain_pair
from matching.problem import (
    Acceptance,
    FreightBand,
    Objective,
    Parameters,
    Problem,
    ProblemError,
    Weights,
)
from matching.solve import solve
from tests.matching.build import KM_PER_DEGREE, VALUE, brute_force, random_problem, slot, supply

CARBON = Parameters(objective=Objective.NET_CO2, radius_km=1000, transport_co2_kg_per_t_km=0.12)
WEIGHTED = replace(
    CARBON,
    objective=Objective.WEIGHTED,
    freight=(FreightBand(1000, 0.5, 2.0),),
    weights=Weights(yuan=1.0, co2_kg=0.5, tonne=20.0, tonne_km=-0.1),
)


def test_a_long_haul_with_negative_net_co2_is_left_alone():
    # 60 kg avoided; 0.12 kg per tonne-km: 111.2 km cost 13.3 kg, 556 km cost 66.7 kg.
    use = (Acceptance("fly_ash", avoided_co2_kg_per_t=60.0),)
    problem = Problem(
        (supply("a", 10),),
        (slot("near", 4, east=1, accepts=use), slot("far", 9, east=5, accepts=use)),
    )
    result = solve(problem, CARBON)
    assert [(f.slot_id, f.tonnes) for f in result.flows] == [("near", 4.0)]
    assert result.co2_kg == pytest.approx(4 * (60 - 0.12 * KM_PER_DEGREE))
    assert result.bound == pytest.approx(result.co2_kg)
    assert check(problem, CARBON, result) == ()


@pytest.mark.parametrize("parameters", [CARBON, WEIGHTED], ids=["net_co2", "weighted"])
@pytest.mark.parametrize("block", range(5))
def test_every_objective_agrees_with_brute_force(block, parameters):
    for seed in range(100 * block, 100 * block + 100):
        problem = random_problem(seed, worth=True)
        result = solve(problem, parameters)
        best = brute_force(problem, parameters).merit
        assert result.merit == pytest.approx(best, rel=1e-8, abs=1e-7), seed
        assert check(problem, parameters, result) == (), seed


def test_weights_of_one_coin_are_that_objective():
    problem = random_problem(8, worth=True)
    as_points = replace(WEIGHTED, weights=Weights())
    assert solve(problem, as_points).merit == pytest.approx(solve(problem, VALUE).merit)


def test_a_heavy_tonne_gives_the_most_tonnes():
    problem = random_problem(8, worth=True)
    heavy = replace(WEIGHTED, weights=Weights(yuan=0.0, tonne=1e5, tonne_km=-1.0))
    tonnes_first = replace(CARBON, objective=Objective.TONNES)
    assert solve(problem, heavy).tonnes == solve(problem, tonnes_first).tonnes
    assert solve(problem, heavy).tonne_km == pytest.approx(solve(problem, tonnes_first).tonne_km)


def test_carbon_without_the_trucks_carbon_is_refused():
    with pytest.raises(ProblemError, match="CO2 of a tonne-km"):
        solve(Problem((), ()), Parameters(objective=Objective.NET_CO2))
    with pytest.raises(ProblemError, match="needs freight"):
        solve(Problem((), ()), replace(WEIGHTED, freight=()))


def test_a_misstated_merit_is_found():
    use = (Acceptance("fly_ash", avoided_co2_kg_per_t=60.0),)
    problem = Problem((supply("a", 10),), (slot("k", 4, accepts=use),))
    result = solve(problem, CARBON)
    assert result.flows
    faults = {v.fault for v in check(problem, CARBON, replace(result, merit=1.0, bound=1.0))}
    assert Fault.WRONG_TOTAL in faults


def test_net_co2_has_a_range_and_may_be_negative():
    # Avoided 40 to 80, centrally 60 kg/t; haulage 0.10 to 0.15, centrally 0.12 kg per tonne-km.
    use = Acceptance("fly_ash", avoided_co2_kg_per_t=60.0, avoided_co2_range=(40.0, 80.0))
    parameters = replace(CARBON, objective=Objective.TONNES, transport_co2_range=(0.10, 0.15))
    problem = Problem((supply("a", 10),), (slot("k", 4, east=4, accepts=(use,)),))
    km = 4 * KM_PER_DEGREE
    per_tonne = explain_pair(problem, parameters, "a", "k").co2_kg_per_t
    assert per_tonne.low == pytest.approx(40 - 0.15 * km)
    assert per_tonne.central == pytest.approx(60 - 0.12 * km)
    assert per_tonne.high == pytest.approx(80 - 0.10 * km)
    assert per_tonne.low < 0 < per_tonne.central
    assert not per_tonne.missing
    result = solve(problem, parameters)
    total = co2_range_kg(problem, parameters, result)
    assert total.low == pytest.approx(4 * per_tonne.low)
    assert total.central == pytest.approx(result.co2_kg)


def test_an_unknown_carbon_factor_is_said():
    view = explain_pair(Problem((supply("a", 1),), (slot("k", 1),)), CARBON, "a", "k")
    assert view.co2_kg_per_t.missing


def test_a_range_holds_its_centre():
    with pytest.raises(ProblemError, match="avoided CO2"):
        Acceptance("fly_ash", avoided_co2_kg_per_t=90.0, avoided_co2_range=(40.0, 80.0))
    with pytest.raises(ProblemError, match="transport CO2"):
        Parameters(transport_co2_range=(0.1, 0.2))
