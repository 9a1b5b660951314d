"""Clinker lines inside an allocation: held against the raw mix alone and a programme of SciPy."""

import random
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from matching import Objective, Parameters, Problem, Status, check, solve
from matching.faults import Fault
from matching.kiln import RawMixLine
from matching.problem import (
    Acceptance,
    Bound,
    FreightBand,
    Position,
    Slot,
    Supply,
    Weights,
)
from matching.rawmix import Basis, Cap, RawMaterial, Window, raw_mix
from tests.matching.test_rawmix import MATERIALS, TARGET

VALUE = Parameters(objective=Objective.NET_VALUE, radius_km=500, freight=(FreightBand(500, 0.0),))
NATURAL = ("limestone", "sandstone", "iron_powder")
BY_ID = {row.id: row for row in MATERIALS}
FEEDS = tuple(BY_ID[name] for name in NATURAL)
HERE = Position(34.6, 112.4)


def _lot(row_id, material, tonnes=(1e5,), position=HERE, **more):
    """A lot with the analysis of a raw material, which costs nothing to get rid of."""
    shown = {**material.analysis, "LOI": max(0.0, material.loss_on_ignition)}
    assay = (
        *(Bound(name, value, value) for name, value in shown.items()),
        Bound("carbonate_share_of_CaO", *[material.carbonate_share] * 2, "share"),
    )
    given = {"assay": assay, "disposal_yuan_per_t": 0.0} | more
    return Supply(row_id, material.id, position, tonnes, **given)


def _line(row_id="kiln", clinker_t=(1000.0,), target=TARGET, feeds=FEEDS, shares=True):
    caps = {m.id: m.max_share for m in MATERIALS if m.max_share and m.id not in NATURAL}
    return RawMixLine(row_id, clinker_t, target, feeds, tuple(caps.items()) if shares else ())


def _slot(line, wastes, position=HERE, row_id="slot", tonnes=(1e6,)):
    """The price of each waste is what the kiln spends on it."""
    accepts = tuple(Acceptance(row.id, treatment_yuan_per_t=row.price_yuan_per_t) for row in wastes)
    return Slot(row_id, "works", position, tonnes, accepts, raw_mix=line)


def _alone(wastes, **more):
    lots = tuple(_lot(row.id, row) for row in wastes)
    return Problem(lots, (_slot(_line(**more), wastes),))


def _wastes(*names):
    chosen = names or ("fly_ash", "steel_slag", "carbide_slag", "red_mud_bayer")
    return [BY_ID[name] for name in chosen]


@pytest.mark.parametrize(
    ("wastes", "cost"), [(("fly_ash",), 62.9723), ((), 48.1722)], ids=["fly ash", "all wastes"]
)
def test_one_kiln_with_all_it_wants_mixes_as_the_raw_mix_alone(wastes, cost):
    # Vector D of the regression mixes, costs in yuan per tonne of clinker.
    problem = _alone(_wastes(*wastes))
    result = solve(problem, VALUE)
    assert check(problem, VALUE, result) == ()
    assert result.status is Status.OPTIMAL
    assert -result.merit / 1000 == pytest.approx(cost, abs=1e-3)
    materials = [BY_ID[name] for name in NATURAL] + _wastes(*wastes)
    alone = raw_mix(materials, TARGET)
    (use,) = result.raw_mixes
    amounts = {f.supply_id: f.tonnes for f in result.flows} | dict(use.feeds)
    wanted = {k: 1000 * v for k, v in alone.kg_per_kg.items() if v > 1e-8}
    assert amounts == pytest.approx(wanted, abs=1e-3)
    assert use.process_co2_kg / 1e6 == pytest.approx(alone.process_co2_t_per_t, abs=1e-5)
    assert {k: use.clinker[k] for k in ("CaO", "SiO2")} == pytest.approx(
        {k: alone.clinker[k] for k in ("CaO", "SiO2")}, abs=1e-4
    )
    assert (use.clinker_t, use.missing_t, use.conflict) == (pytest.approx(1000), 0, ())


def test_carbon_is_priced_into_the_mix():
    problem = _alone(_wastes())
    parameters = replace(VALUE, carbon_yuan_per_t=75)
    result = solve(problem, parameters)
    assert check(problem, parameters, result) == ()
    assert -result.merit / 1000 == pytest.approx(76.4160, abs=1e-3)


def test_windows_that_clash_are_named_and_the_rest_of_the_plan_stands():
    # Without a source of iron IM cannot fall to 1.7.
    feeds = tuple(BY_ID[name] for name in ("limestone", "sandstone"))
    wastes = _wastes("fly_ash", "carbide_slag")
    broken = _alone(wastes, feeds=feeds)
    other = Slot("road", "road", HERE, (50.0,), (Acceptance("fly_ash", replaced_yuan_per_t=30.0),))
    problem = replace(broken, slots=(*broken.slots, other))
    result = solve(problem, VALUE)
    assert check(problem, VALUE, result) == ()
    (use,) = result.raw_mixes
    assert (use.clinker_t, use.missing_t) == (0, 1000)
    assert use.conflict == raw_mix([*feeds, *wastes], TARGET).conflict
    assert any(name.startswith("IM <= 1.7") for name in use.conflict)
    assert [(f.slot_id, f.tonnes) for f in result.flows] == [("road", 50.0)]


def test_too_few_tonnes_make_less_clinker_and_no_conflict():
    # Iron comes from steel slag alone, and there is only so much of it.
    feeds = tuple(BY_ID[name] for name in ("limestone", "sandstone", "fly_ash"))
    slag = BY_ID["steel_slag"]
    enough = _alone([slag], feeds=feeds, target=replace(TARGET, caps=()), shares=False)
    (use,) = solve(enough, VALUE).raw_mixes
    assert use.missing_t == 0
    needed = sum(f.tonnes for f in solve(enough, VALUE).flows)
    problem = replace(enough, supplies=(_lot("steel_slag", slag, (0.25 * needed,)),))
    result = solve(problem, VALUE)
    assert check(problem, VALUE, result) == ()
    (use,) = result.raw_mixes
    assert 0 < use.clinker_t < 1000
    assert use.conflict == ()
    assert sum(f.tonnes for f in result.flows) == pytest.approx(0.25 * needed)


def test_a_kiln_without_any_waste_burns_its_own_feeds_and_stoppages_burn_nothing():
    clay = RawMaterial(
        "clay",
        {"SiO2": 60, "Al2O3": 18, "Fe2O3": 7, "CaO": 2, "MgO": 1, "Na2O": 0.3, "K2O": 1},
        7,
        15,
    )
    line = _line(clinker_t=(1000.0, 0.0), feeds=(*FEEDS, clay))
    slot = _slot(line, _wastes("fly_ash"), tonnes=(1e6, 1e6))
    problem = Problem((), (slot,), periods=("July", "December"))
    result = solve(problem, VALUE)
    assert check(problem, VALUE, result) == ()
    alone = raw_mix((*FEEDS, clay), TARGET)
    july, december = result.raw_mixes
    assert july.cost_yuan / 1000 == pytest.approx(alone.cost_yuan_per_t)
    assert (december.feeds, december.clinker_t, december.cost_yuan) == ((), 0, 0)
    assert result.status is Status.OPTIMAL


FORMS = {
    "KH": ({"CaO": 1, "Al2O3": -1.65, "Fe2O3": -0.35}, {"SiO2": 2.8}),
    "SM": ({"SiO2": 1}, {"Al2O3": 1, "Fe2O3": 1}),
    "IM": ({"Al2O3": 1}, {"Fe2O3": 1}),
}
CAPS = (({"MgO": 1}, 5.0), ({"Na2O": 1, "K2O": 0.658}, 0.6))


def _reference(problem, parameters):
    """The same programme written anew, after the formulas of the textbook, for SciPy's HiGHS."""
    lots = [(s, k) for s in problem.supplies for k in problem.slots]
    lines = {slot.raw_mix.id: slot.raw_mix for slot in problem.slots}
    feeds = [(feed, line) for line in lines.values() for feed in line.feeds]
    cost = [_lot_cost(parameters, *pair) for pair in lots]
    points, yuan = parameters.weights, [f.price_yuan_per_t + 40 * _co2(f) for f, _ in feeds]
    cost += [
        {
            Objective.NET_CO2: 1000 * _co2(feed),
            Objective.TONNES: 0.0,
            Objective.NET_VALUE: price,
            Objective.WEIGHTED: points.yuan * price + points.co2_kg * 1000 * _co2(feed),
        }[parameters.objective]
        for (feed, _), price in zip(feeds, yuan, strict=True)
    ]
    upper, room, equal, made = [], [], [], []
    for supply in problem.supplies:
        upper.append([float(pair[0] is supply) for pair in lots] + [0.0] * len(feeds))
        room.append(supply.tonnes[0])
    for line in lines.values():
        here = [(BY_ID[s.material_id], float(k.raw_mix is line)) for s, k in lots]
        here += [(feed, float(one is line)) for feed, one in feeds]
        for row, most in _window_rows(line, here):
            upper.append(row)
            room.append(most)
        equal.append([on * (1 - m.loss_on_ignition / 100) for m, on in here])
        made.append(line.clinker_t[0] * (1 - line.target.ash_share))
    return linprog(cost, np.array(upper), room, np.array(equal), made, method="highs")


def _lot_cost(parameters, supply, slot):
    use = next(a for a in slot.accepts if a.material_id == supply.material_id)
    km = 6371.0088 * np.radians(abs(supply.position.lat - slot.position.lat))
    co2 = _co2(BY_ID[supply.material_id])
    freight = parameters.freight[0].yuan_per_t_km * km
    points = parameters.weights
    yuan = use.treatment_yuan_per_t - supply.disposal_yuan_per_t + freight + 40 * co2
    kg = 1000 * co2 + km * parameters.transport_co2_kg_per_t_km
    return {
        Objective.NET_CO2: kg,
        Objective.TONNES: -1.0,
        Objective.NET_VALUE: yuan,
        Objective.WEIGHTED: points.yuan * yuan
        + points.co2_kg * kg
        - points.tonne
        - points.tonne_km * km,
    }[parameters.objective]


def _window_rows(line, here):
    """Yield rows of at most so much."""
    p, ash, burnt = line.clinker_t[0], line.target.ash, line.target.ash_share

    def total(form):
        return np.array([on * sum(f * m.analysis[o] for o, f in form.items()) for m, on in here])

    def coal(form):
        return p * burnt * sum(f * ash[o] for o, f in form.items())

    for window in line.target.windows:
        over, under = FORMS[window.name]
        for value, sign in ((window.low, -1), (window.high, 1)):
            most = -sign * (coal(over) - value * coal(under))
            yield sign * (total(over) - value * total(under)), most
    for form, most in CAPS:
        yield total(form), most * p - coal(form)
    raw = np.array([on for _, on in here])
    for name, share in (*line.max_shares, ("iron_powder", 0.05)):
        yield np.array([on * (m.id == name) for m, on in here]) - share * raw, 0.0


def _co2(material):
    return material.carbonate_share * 0.7848 * material.analysis["CaO"] / 100


def _two_kilns(seed):
    dice = random.Random(seed)
    wastes = _wastes()
    lots = tuple(
        _lot(
            f"{row.id} {n}",
            row,
            (dice.uniform(10, 200),),
            Position(34.0 + dice.uniform(0, 2), 112.4),
            disposal_yuan_per_t=dice.uniform(0, 60),
        )
        for n in range(2)
        for row in wastes
    )
    slots = tuple(
        _slot(
            _line(f"kiln {n}", (dice.uniform(300, 1500),)),
            wastes,
            Position(34.0 + dice.uniform(0, 2), 112.4),
            f"slot {n}",
        )
        for n in range(2)
    )
    return Problem(lots, slots)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("objective", list(Objective))
def test_two_kilns_competing_for_lots_reach_what_another_solver_reaches(seed, objective):
    parameters = Parameters(
        objective=objective,
        radius_km=500,
        freight=(FreightBand(500, 0.4),),
        carbon_yuan_per_t=40,
        transport_co2_kg_per_t_km=0.08,
        weights=Weights(yuan=0.7, co2_kg=0.02, tonne=5.0, tonne_km=-0.05),
    )
    # The haulage's carbon is money too; the reference has one freight per tonne-km.
    priced = replace(parameters, freight=(FreightBand(500, 0.4 + 40 * 0.08 / 1000),))
    problem = _two_kilns(seed)
    theirs = _reference(problem, priced)
    assert theirs.status == 0
    result = solve(problem, parameters)
    assert check(problem, parameters, result) == ()
    assert result.status is Status.OPTIMAL
    if objective is Objective.TONNES:
        assert result.tonnes == pytest.approx(-theirs.fun, rel=1e-6)
        assert result.tonnes_bound == pytest.approx(-theirs.fun, rel=1e-6)
    else:
        assert result.merit == pytest.approx(-theirs.fun, rel=1e-6)
        assert result.bound == pytest.approx(-theirs.fun, rel=1e-6)


def test_the_carbide_slag_goes_where_the_freight_leaves_more_of_it():
    # Both kilns may hold 15 % of it, there is enough for one; the nearer saves 50 km of freight.
    slag = BY_ID["carbide_slag"]
    line = _line("near", (100.0,), feeds=(*FEEDS, BY_ID["fly_ash"]), shares=False)
    line = replace(line, max_shares=(("carbide_slag", 0.15),))
    near = _slot(line, [slag], Position(34.6, 112.4), "near")
    far = _slot(replace(line, id="far"), [slag], Position(35.05, 112.4), "far")
    parameters = replace(VALUE, freight=(FreightBand(500, 0.05),))
    one = Problem((_lot("slag", slag, (1e4,)),), (near,))
    wanted = solve(one, parameters).tonnes
    problem = Problem((_lot("slag", slag, (wanted,)),), (near, far))
    result = solve(problem, parameters)
    assert check(problem, parameters, result) == ()
    assert [(f.slot_id, f.tonnes) for f in result.flows] == [("near", pytest.approx(wanted))]


@pytest.fixture(name="plan", scope="module")
def _plan():
    problem = _alone(_wastes())
    return problem, solve(problem, VALUE)


def _edited(result, **changes):
    return replace(result, raw_mixes=(replace(result.raw_mixes[0], **changes),))


def _fed(result, name, tonnes):
    feeds = tuple((k, v + tonnes * (k == name)) for k, v in result.raw_mixes[0].feeds)
    return _edited(result, feeds=feeds)


def test_the_checker_misses_a_line_that_is_not_there(plan):
    problem, result = plan
    faults = check(problem, VALUE, replace(result, raw_mixes=()))
    assert Fault.RAW_MIX_BROKEN in {row.fault for row in faults}


def test_the_checker_sees_more_limestone_than_closes(plan):
    problem, result = plan
    owners = {row.owner for row in check(problem, VALUE, _fed(result, "limestone", 80.0))}
    assert {"kiln closure", "kiln KH", "kiln process CO2", "kiln cost"} <= owners


def test_the_checker_sees_clinker_that_was_not_made(plan):
    problem, result = plan
    faults = check(problem, VALUE, _edited(result, clinker_t=900.0))
    assert Fault.UNBALANCED in {row.fault for row in faults}


def test_the_checker_sees_a_feed_nobody_has(plan):
    problem, result = plan
    faults = check(problem, VALUE, _edited(result, feeds=(("moon dust", 1.0),)))
    assert "kiln analysis" in {row.owner for row in faults}


@pytest.mark.parametrize(
    ("change", "owner"),
    [
        ({"windows": (Window("KH", 0.93, 0.95),)}, "kiln KH"),
        ({"windows": (Window("LSF", 99.0, None),)}, "kiln LSF"),
        ({"windows": (Window("SM", 2.8, None),)}, "kiln SM"),
        ({"windows": (Window("IM", None, 1.3),)}, "kiln IM"),
        ({"caps": (Cap("MgO", None, 1.0),)}, "kiln MgO"),
        ({"caps": (Cap("Na2Oeq", None, 0.4),)}, "kiln Na2Oeq"),
        ({"caps": (Cap("Na2O", None, 0.01, Basis.RAW_MEAL),)}, "kiln Na2O"),
        ({"ash_share": 0.05}, "kiln closure"),
    ],
)
def test_the_checker_holds_the_plan_to_each_window(plan, change, owner):
    problem, result = plan
    line = replace(problem.slots[0].raw_mix, target=replace(TARGET, **change))
    stricter = replace(problem, slots=(replace(problem.slots[0], raw_mix=line),))
    assert owner in {row.owner for row in check(stricter, VALUE, result)}


def test_the_checker_holds_the_plan_to_the_share_of_a_waste(plan):
    problem, result = plan
    line = replace(problem.slots[0].raw_mix, max_shares=(("carbide_slag", 0.10),))
    stricter = replace(problem, slots=(replace(problem.slots[0], raw_mix=line),))
    owners = {row.owner for row in check(stricter, VALUE, result)}
    assert "kiln share of carbide_slag" in owners
