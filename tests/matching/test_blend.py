"""Blends: lots that pass only when mixed, and the bound that proves the mix."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from matching import blended
from matching.check import Fault, check
from matching.problem import Bound, Limit, Material, Operator, Parameters, Problem, Storage
from matching.result import Reason, Remainder, Status
from matching.solve import solve
from tests.matching.build import KM_PER_DEGREE, TONNES, VALUE, arc_km, slot, supply

LOI = Limit("LOI", Operator.AT_MOST, 8.0)


def _lot(row_id: str, tonnes: float, loi: float, **more):
    return supply(row_id, tonnes, assay=(Bound("LOI", loi, loi),), **more)


def test_a_blend_that_passes_only_when_mixed():
    # LOI 12 % alone is above 8 %; with x t of it and 6 t at 5 %: 12 x + 30 <= 8 (x + 6), x <= 4.5.
    problem = Problem(
        (_lot("burnt", 10, 12.0), _lot("clean", 6, 5.0)), (slot("k", 20, blend=(LOI,)),)
    )
    result = solve(problem, TONNES)
    assert result.status is Status.OPTIMAL
    assert {f.supply_id: f.tonnes for f in result.flows} == pytest.approx(
        {"burnt": 4.5, "clean": 6.0}
    )
    assert result.tonnes_bound == pytest.approx(10.5)
    (mix,) = result.mixes
    assert mix.value == pytest.approx(8.0)
    assert mix.margin == pytest.approx(0.0, abs=1e-9)
    assert check(problem, TONNES, result) == ()
    alone = replace(problem, supplies=problem.supplies[:1])
    assert solve(alone, TONNES).status is Status.NOTHING
    assert solve(alone, TONNES).unmatched[0].reason is Remainder.HELD_BACK


def test_a_blend_limit_has_its_price():
    # At limit L: x = 6 (L - 5) / (12 - L), dx/dL = 42 / (12 - L)^2 = 2.625 t per % at L = 8;
    # one more tonne of clean ash carries 3/4 t of burnt ash with it.
    problem = Problem(
        (_lot("burnt", 10, 12.0), _lot("clean", 6, 5.0)), (slot("k", 20, blend=(LOI,)),)
    )
    result = solve(problem, TONNES)
    assert result.mixes[0].worth.tonnes == pytest.approx(2.625)
    dual = {row.id: row for row in result.duals}
    assert dual["clean"].more.tonnes == pytest.approx(1.75)
    assert dual["burnt"].more.tonnes == pytest.approx(0.0)
    assert dual["k"].more.tonnes == pytest.approx(0.0)


def test_most_tonnes_come_first_then_the_shortest_ways():
    # 9 t of room: 3 t of burnt need 4 t clean; the nearer clean lot (1 deg) is filled first.
    problem = Problem(
        (
            _lot("burnt", 3, 12.0),
            _lot("near", 4, 5.0, east=1),
            _lot("far", 9, 5.0, east=2),
        ),
        (slot("k", 9, blend=(LOI,)),),
    )
    result = solve(problem, TONNES)
    assert {f.supply_id: round(f.tonnes, 6) for f in result.flows} == {
        "burnt": 3.0,
        "near": 4.0,
        "far": 2.0,
    }
    assert result.tonne_km == pytest.approx(8 * KM_PER_DEGREE, rel=1e-6)
    assert check(problem, TONNES, result) == ()


def test_moisture_counts_dry():
    # 10 t at 50 % moisture are 5 t dry: 5 * 12 + d * 5 <= 8 (5 + d), so d >= 20 / 3 dry tonnes.
    problem = Problem(
        (_lot("wet", 10, 12.0, moisture_share=0.5), _lot("clean", 6, 5.0)),
        (slot("k", 30, blend=(LOI,)),),
    )
    result = solve(problem, TONNES)
    # 6 t of clean carry 4.5 dry tonnes of burnt, 9 t as received.
    assert result.tonnes == pytest.approx(15.0)
    assert check(problem, TONNES, result) == ()


def test_windows_bind_on_both_sides_with_unfavourable_bounds():
    window = Limit("CaO", Operator.BETWEEN, 10.0, value_high=20.0)
    problem = Problem(
        (
            supply("lean", 10, assay=(Bound("CaO", 4.0, 6.0),)),
            supply("rich", 3, assay=(Bound("CaO", 24.0, 30.0),)),
        ),
        (slot("k", 30, blend=(window,)),),
    )
    # Low side with the low ends: 4 x + 24 * 3 >= 10 (x + 3), x <= 7.
    # High side with the high ends: 6 x + 30 * 3 <= 20 (x + 3), x >= 30 / 14: holds.
    result = solve(problem, TONNES)
    assert result.tonnes == pytest.approx(10.0)
    assert check(problem, TONNES, result) == ()


def test_lots_nobody_knows_stay_out_of_a_blend():
    problem = Problem((supply("dark", 5), _lot("clean", 6, 5.0)), (slot("k", 20, blend=(LOI,)),))
    result = solve(problem, TONNES)
    assert {f.supply_id for f in result.flows} == {"clean"}
    assert result.unmatched[0].reason is Remainder.ALL_REFUSED
    usual = replace(problem, materials=(Material("fly_ash", (Bound("LOI", 2.0, 9.0),)),))
    assert solve(usual, TONNES).tonnes == pytest.approx(11.0)


def test_a_mix_above_its_limit_is_found():
    problem = Problem(
        (_lot("burnt", 10, 12.0), _lot("clean", 6, 5.0)), (slot("k", 20, blend=(LOI,)),)
    )
    result = solve(problem, TONNES)
    flows = tuple(replace(f, tonnes=5.0) if f.supply_id == "burnt" else f for f in result.flows)
    faults = {v.fault for v in check(problem, TONNES, replace(result, flows=flows))}
    assert Fault.MIX_EXCEEDED in faults


def test_a_wrong_bound_under_a_blend_is_found():
    problem = Problem(
        (_lot("burnt", 10, 12.0), _lot("clean", 6, 5.0)), (slot("k", 20, blend=(LOI,)),)
    )
    result = replace(solve(problem, TONNES), tonnes_bound=12.0)
    assert [v.fault for v in check(problem, TONNES, result)] == [Fault.WRONG_BOUND]


def _random(seed: int) -> Problem:
    dice = np.random.default_rng(seed)
    properties = ("LOI", "SO3")

    def place() -> dict[str, float]:
        return {"north": float(dice.uniform(0, 5)), "east": float(dice.uniform(0, 5))}

    def assay() -> tuple[Bound, ...]:
        lows = dice.uniform(1, 10, 2)
        return tuple(
            Bound(name, float(low), float(low + dice.uniform(0, 2)))
            for name, low in zip(properties, lows, strict=True)
        )

    return Problem(
        tuple(
            supply(
                f"s{i}",
                float(dice.integers(1, 20)),
                assay=assay(),
                moisture_share=float(dice.uniform(0, 0.4)),
                disposal_yuan_per_t=float(dice.uniform(50, 300)),
                **place(),
            )
            for i in range(int(dice.integers(2, 7)))
        ),
        tuple(
            slot(
                f"k{j}",
                float(dice.integers(5, 40)),
                blend=tuple(
                    Limit(name, Operator.AT_MOST, float(dice.uniform(4, 8))) for name in properties
                ),
                **place(),
            )
            for j in range(int(dice.integers(1, 4)))
        ),
    )


def _matrix(problem: Problem, parameters: Parameters):
    pairs = [
        (s, k, km)
        for s in problem.supplies
        for k in problem.slots
        if (km := arc_km(s.position, k.position)) <= parameters.radius_km
    ]
    rows, right = [], []
    for owner in (*problem.supplies, *problem.slots):
        rows.append([float(owner in (s, k)) for s, k, _ in pairs])
        right.append(owner.tonnes[0])
    for k in problem.slots:
        for limit in k.blend:
            rows.append(
                [
                    (1 - s.moisture_share)
                    * (next(b.high for b in s.assay if b.name == limit.name) - limit.value)
                    if k2 is k
                    else 0.0
                    for s, k2, _ in pairs
                ]
            )
            right.append(0.0)
    return pairs, np.array(rows), right


@pytest.mark.parametrize("seed", range(60))
def test_most_tonnes_under_blends_agree_with_a_second_solver(seed):
    problem, parameters = _random(seed), Parameters(radius_km=400)
    result = solve(problem, parameters)
    pairs, rows, right = _matrix(problem, parameters)
    assert check(problem, parameters, result) == ()
    if not pairs:
        assert result.tonnes == 0
        return
    most = linprog(-np.ones(len(pairs)), A_ub=rows, b_ub=right, method="highs")
    assert result.tonnes == pytest.approx(-most.fun, rel=1e-6, abs=1e-6)
    least = linprog(
        [km for _, _, km in pairs],
        A_ub=np.vstack((rows, -np.ones(len(pairs)))),
        b_ub=[*right, most.fun * (1 - 1e-9)],
        method="highs",
    )
    assert result.tonne_km == pytest.approx(least.fun, rel=1e-5, abs=1e-3)


@pytest.mark.parametrize("seed", range(60))
def test_most_value_under_blends_agrees_with_a_second_solver(seed):
    problem = _random(seed)
    result = solve(problem, VALUE)
    pairs, rows, right = _matrix(problem, VALUE)
    assert check(problem, VALUE, result) == ()
    value = [s.disposal_yuan_per_t - 2 - 0.5 * km for s, _, km in pairs]
    best = linprog(-np.array(value), A_ub=rows, b_ub=right, method="highs")
    assert result.value_yuan == pytest.approx(-best.fun, rel=1e-6, abs=1e-4)


def test_a_loose_blend_changes_nothing():
    problem = _random(3)
    loose = tuple(
        replace(k, blend=tuple(replace(limit, value=100.0) for limit in k.blend))
        for k in problem.slots
    )
    bare = tuple(replace(k, blend=()) for k in problem.slots)
    parameters = Parameters(radius_km=400)
    with_limits = solve(replace(problem, slots=loose), parameters)
    without = solve(replace(problem, slots=bare), parameters)
    assert with_limits.tonnes == pytest.approx(without.tonnes)
    assert with_limits.tonne_km == pytest.approx(without.tonne_km, rel=1e-6)


def test_an_unknown_property_is_named_in_the_refusal():
    from matching.compatibility import judge

    problem = Problem((supply("dark", 5),), (slot("k", 20, blend=(LOI,)),))
    verdict = judge(problem, TONNES, problem.supplies[0], problem.slots[0])
    assert [(f.reason, f.name) for f in verdict.findings] == [(Reason.VALUE_UNKNOWN, "LOI")]
    assert verdict.near_miss is not None


@pytest.mark.parametrize("parameters", [Parameters(radius_km=400), VALUE], ids=["tonnes", "value"])
@pytest.mark.parametrize("seed", range(12))
def test_the_way_of_large_plans_is_feasible_and_close(monkeypatch, seed, parameters):
    problem = _random(seed)
    exact = solve(problem, parameters)
    monkeypatch.setattr(blended, "_LARGE", 0)
    result = solve(problem, parameters)
    assert check(problem, parameters, result) == ()
    if parameters is VALUE:
        assert result.bound >= exact.merit - 1e-6
        assert result.merit >= 0.98 * exact.merit - 1
    else:
        assert result.tonnes_bound >= exact.tonnes - 1e-6
        assert result.tonnes >= 0.98 * exact.tonnes - 0.1


def test_large_plans_with_yards_keep_their_balances(monkeypatch):
    monkeypatch.setattr(blended, "_LARGE", 0)
    problem = Problem(
        (
            supply("burnt", 6, 0, assay=(Bound("LOI", 12, 12),), storage=Storage(room_t=6)),
            supply("clean", 3, 3, assay=(Bound("LOI", 5, 5),)),
        ),
        (slot("k", 5, 5, blend=(LOI,), storage=Storage(room_t=1)),),
        periods=("May", "June"),
    )
    # Each month 3 t clean carry 2.25 t burnt: 5.25 t, of which the silo keeps 0.25 t in May; in
    # June 5 t of room less the silo's leave 4.75 t. 10 t in all fill both months.
    result = solve(problem, TONNES)
    assert check(problem, TONNES, result) == ()
    assert result.tonnes == pytest.approx(10.0, rel=2e-3)


@pytest.mark.parametrize("parameters", [TONNES, VALUE], ids=["tonnes", "value"])
def test_parts_without_a_blend_are_solved_as_networks(parameters):
    # A blending region and, eighty degrees away, a plain one whose dual is a range: each part
    # keeps its own kind of proof, and the bounds add up.
    blending = _random(5)
    plain = Problem(
        (supply("x", 10, north=80, disposal_yuan_per_t=90.0),), (slot("y", 10, north=80),)
    )
    both = Problem(blending.supplies + plain.supplies, blending.slots + plain.slots)
    result = solve(both, parameters)
    apart = solve(blending, parameters), solve(plain, parameters)
    assert check(both, parameters, result) == ()
    assert result.bound == pytest.approx(sum(part.bound for part in apart), rel=1e-6)
    assert result.tonnes == pytest.approx(sum(part.tonnes for part in apart), rel=1e-6)
    dual = {row.id: row for row in result.duals}
    assert dual["x"].more != dual["x"].less
    assert result.components == sum(part.components for part in apart)


def test_a_tonne_of_room_has_the_same_price_from_either_solver(monkeypatch):
    # 12 t of room one degree from 10 t and two degrees from 10 t more: one tonne of room more
    # places a tonne and drives two degrees, one more of the nearer lot spares one.
    def lot(name, degrees):
        return supply(name, 10, east=degrees, assay=(Bound("LOI", 5, 5),))

    problem = Problem((lot("near", 1), lot("far", 2)), (slot("k", 12, blend=(LOI,)),))
    found = solve(problem, TONNES)
    assert found.tonnes == pytest.approx(12.0, abs=1e-9)
    monkeypatch.setattr(blended, "_LARGE", 0)
    for result in (found, solve(problem, TONNES)):
        worth = {row.id: row.more for row in result.duals}
        assert worth["k"].tonnes == pytest.approx(1.0, rel=1e-4)
        assert worth["k"].tonne_km == pytest.approx(-2 * KM_PER_DEGREE, rel=1e-3)
        assert worth["near"].tonne_km == pytest.approx(KM_PER_DEGREE, rel=1e-3)
