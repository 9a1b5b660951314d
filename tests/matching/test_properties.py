"""What must hold for every problem, whatever its numbers."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching.check import check
from matching.problem import Parameters, Problem, Slot, Supply
from matching.result import Side
from matching.solve import solve
from tests.matching.build import resized, slot, supply

amounts = st.integers(0, 40).map(lambda tenths: tenths / 10)
places = st.tuples(st.floats(0, 5), st.floats(0, 5))


@st.composite
def problems(draw):
    sources = draw(st.lists(st.tuples(amounts, places), min_size=1, max_size=5))
    sinks = draw(st.lists(st.tuples(amounts, places), min_size=1, max_size=5))
    return Problem(
        tuple(supply(f"s{i}", t, north=p[0], east=p[1]) for i, (t, p) in enumerate(sources)),
        tuple(slot(f"k{i}", t, north=p[0], east=p[1]) for i, (t, p) in enumerate(sinks)),
    )


NEAR = Parameters(radius_km=300)
quick = settings(max_examples=60, deadline=None)


@quick
@given(problems(), st.floats(0, 50), st.integers(0, 4))
def test_more_supply_never_hurts(problem, extra, index):
    row = problem.supplies[index % len(problem.supplies)]
    more = resized(problem, Side.SUPPLY, row.id, round(extra, 1))
    assert solve(more, NEAR).tonnes >= solve(problem, NEAR).tonnes - 1e-9


@quick
@given(problems(), st.randoms())
def test_the_order_of_the_rows_is_irrelevant(problem, dice):
    supplies, slots = list(problem.supplies), list(problem.slots)
    dice.shuffle(supplies)
    dice.shuffle(slots)
    shuffled = solve(Problem(tuple(supplies), tuple(slots)), NEAR)
    assert shuffled.flows == solve(problem, NEAR).flows


@quick
@given(problems(), st.sampled_from([10, 1000, 100_000]))
def test_scaling_the_amounts_scales_the_answer(problem, factor):
    def scaled(rows: tuple[Supply, ...] | tuple[Slot, ...]):
        return tuple(replace(row, tonnes=(row.tonnes[0] * factor,)) for row in rows)

    small = solve(problem, NEAR)
    large = solve(Problem(scaled(problem.supplies), scaled(problem.slots)), NEAR)
    assert large.tonnes == pytest.approx(small.tonnes * factor)
    assert large.tonne_km == pytest.approx(small.tonne_km * factor)


@quick
@given(problems())
def test_removing_an_unused_plant_changes_nothing(problem):
    before = solve(problem, NEAR)
    used = {flow.slot_id for flow in before.flows}
    kept = tuple(row for row in problem.slots if row.id in used)
    after = solve(replace(problem, slots=kept), NEAR)
    assert after.tonnes == before.tonnes
    assert after.tonne_km == pytest.approx(before.tonne_km)


@quick
@given(problems())
def test_every_plan_passes_the_checker(problem):
    assert check(problem, NEAR, solve(problem, NEAR)) == ()
