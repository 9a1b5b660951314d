"""Kiln lines and their lots: worse ends, missing analyses, moisture, yards and what cannot be."""

from dataclasses import replace

import pytest

from matching import Problem, ProblemError, check, solve
from matching.changes import RemovePlant
from matching.kiln import RawMixLine
from matching.loss import losses
from matching.problem import (
    Acceptance,
    Bound,
    Material,
    Storage,
)
from matching.rawmix import Cap, RawMaterial, Target
from matching.result import Reason, Status
from matching.whatif import Figure, what_if
from tests.matching.test_kilns import (
    BY_ID,
    FEEDS,
    VALUE,
    _alone,
    _line,
    _lot,
    _slot,
    _two_kilns,
    _wastes,
)
from tests.matching.test_rawmix import MATERIALS, TARGET


def test_caps_take_the_worse_end_of_a_range_and_trace_metals_their_own_unit():
    # 30 t of slag at 100 to 300 mg/kg of lead in 100 t of clinker: 90 mg/kg at the worse end.
    slag = BY_ID["steel_slag"]
    lead = Cap("Pb", None, 0.006)
    feeds = tuple(replace(f, analysis={**f.analysis, "Pb": 0.0}) for f in (*FEEDS, MATERIALS[2]))
    target = Target(windows=(), caps=(lead,), magnesia_co2=False)
    line = RawMixLine("kiln", (100.0,), target, feeds)
    lot = _lot("slag", slag, (1e4,), disposal_yuan_per_t=500.0)
    lot = replace(lot, assay=(*lot.assay, Bound("Pb", 100.0, 300.0, "mg/kg")))
    problem = Problem((lot,), (_slot(line, [slag]),))
    result = solve(problem, VALUE)
    assert check(problem, VALUE, result) == ()
    assert result.tonnes == pytest.approx(20.0)


def test_a_lot_without_an_analysis_is_refused_and_the_catalogue_may_stand_in():
    slag = BY_ID["steel_slag"]
    problem = _alone([slag])
    bare = replace(problem, supplies=(replace(problem.supplies[0], assay=()),))
    result = solve(bare, VALUE)
    assert (result.tonnes, result.refused_pairs) == (0, 1)
    assert check(bare, VALUE, result) == ()
    usual = Material("steel_slag", problem.supplies[0].assay)
    known = replace(bare, materials=(usual,))
    assert solve(known, VALUE).merit == pytest.approx(solve(problem, VALUE).merit)
    from matching import explain_pair

    view = explain_pair(bare, VALUE, "steel_slag", "slot")
    assert {f.reason for f in view.verdict.findings} == {Reason.VALUE_UNKNOWN}


def test_moisture_is_bought_but_does_not_burn():
    problem = _alone(_wastes("fly_ash"))
    use = Acceptance("fly_ash", treatment_yuan_per_t=8.0)  # 10 yuan per dry tonne
    wet = replace(
        problem,
        supplies=(replace(problem.supplies[0], moisture_share=0.2),),
        slots=(replace(problem.slots[0], accepts=(use,)),),
    )
    dry_t, wet_t = solve(problem, VALUE).tonnes, solve(wet, VALUE).tonnes
    assert check(wet, VALUE, solve(wet, VALUE)) == ()
    assert wet_t == pytest.approx(dry_t / 0.8)


def test_few_suppliers_still_close_the_mix():
    problem = _alone(_wastes())
    few = replace(problem, slots=(replace(problem.slots[0], max_suppliers=1),))
    result = solve(few, VALUE)
    assert check(few, VALUE, result) == ()
    costs = []
    for waste in _wastes():
        alone = solve(_alone([waste]), VALUE)
        if not alone.raw_mixes[0].missing_t:
            costs.append(alone.merit)
    assert result.merit == pytest.approx(max(costs), rel=1e-6)


def test_a_line_that_cannot_be_is_refused():
    line, slag = _line(), _wastes("steel_slag")
    slot = _slot(line, slag)
    with pytest.raises(ProblemError, match="silo"):
        Problem((), (replace(slot, storage=Storage(1, 10)),))
    with pytest.raises(ProblemError, match="two different lines"):
        other = replace(_line(clinker_t=(5.0,)))
        Problem((), (slot, _slot(other, slag, row_id="other")))
    with pytest.raises(ProblemError, match="per period"):
        Problem((), (_slot(_line(clinker_t=(1.0, 1.0)), slag),))
    with pytest.raises(ProblemError, match="price below 0"):
        _line(feeds=(replace(FEEDS[0], loss_on_ignition=99.0, price_yuan_per_t=-5.0),))
    with pytest.raises(ProblemError, match="price of carbon"):
        _line(target=replace(TARGET, carbon_yuan_per_t=5))
    with pytest.raises(ProblemError, match="has no MgO"):
        _line(feeds=(replace(FEEDS[0], analysis={"CaO": 50, "SiO2": 1, "Al2O3": 1, "Fe2O3": 1}),))


def test_what_comes_while_the_kiln_stands_waits_in_the_yard():
    slag = BY_ID["carbide_slag"]
    line = _line(clinker_t=(0.0, 1000.0), feeds=(*FEEDS, BY_ID["fly_ash"]), shares=False)
    line = replace(line, max_shares=(("carbide_slag", 0.15),))
    yard = Storage(0.0, 500.0, 1.0)
    lot = _lot("slag", slag, (80.0, 10.0), storage=yard, disposal_yuan_per_t=20.0)
    slot = _slot(line, [slag], tonnes=(500.0, 500.0))
    problem = Problem((lot,), (slot,), periods=("December", "January"))
    result = solve(problem, VALUE)
    assert check(problem, VALUE, result) == ()
    assert [(f.period, f.tonnes) for f in result.flows] == [("January", pytest.approx(90.0))]
    assert result.storage_yuan == pytest.approx(80.0)
    # Without the yard the December slag is lost, and so is what it saved.
    bare = replace(problem, supplies=(replace(lot, storage=None),))
    assert solve(bare, VALUE).tonnes == pytest.approx(10.0)
    assert solve(bare, VALUE).merit < result.merit


def test_a_plant_that_is_removed_takes_its_line_with_it():
    problem = _two_kilns(1)
    problem = replace(
        problem,
        slots=tuple(replace(row, sink_id=row.id) for row in problem.slots),
    )
    found = what_if(problem, VALUE, [RemovePlant("slot 0")])
    assert {use.line_id for use in found.after.raw_mixes} == {"kiln 1"}
    value = {row.figure: row.change for row in found.figures}[Figure.NET_VALUE_YUAN]
    assert value == pytest.approx(found.after.merit - found.before.merit)
    (loss,) = losses(problem, VALUE, ["slot 0"])
    assert loss.lost_yuan == pytest.approx(-value)


def test_out_of_time_a_kiln_makes_its_clinker_of_its_own_feeds():
    problem = _alone(_wastes())
    line = problem.slots[0].raw_mix
    none = dict.fromkeys(line.components, 0.0)
    clay = {**none, "SiO2": 65.0, "Al2O3": 16.0, "Fe2O3": 7.0, "CaO": 1.5}
    feeds = (
        *line.feeds,
        RawMaterial("clay", clay, 7.0, 60.0),
        RawMaterial("iron", {**none, "Fe2O3": 80.0}, 1.0, 200.0),
    )
    able = replace(problem.slots[0], raw_mix=replace(line, feeds=feeds))
    for slot, missing in ((able, 0.0), (problem.slots[0], 1000.0)):
        case = replace(problem, slots=(slot,))
        result = solve(case, replace(VALUE, time_limit_s=0))
        assert (result.status, result.flows) == (Status.STOPPED, ())
        assert result.raw_mixes[0].missing_t == pytest.approx(missing, abs=1e-6)
        assert check(case, VALUE, result) == ()
        assert result.merit <= solve(case, VALUE).merit or missing
