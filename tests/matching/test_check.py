"""The checker finds each kind of corruption, and nothing in an honest plan."""

from dataclasses import replace

import pytest

from matching.check import Fault, check
from matching.problem import Acceptance, Allowed, Position, Problem
from matching.result import Flow, Worth
from matching.solve import solve
from tests.matching.build import TONNES, VALUE, arc_km, slot, supply

PROBLEM = Problem(
    (supply("a", 10), supply("b", 10, east=1), supply("far", 5, north=70)),
    (slot("k", 12, east=1), slot("m", 10, east=3), slot("no", 5, accepts=())),
)
HONEST = solve(PROBLEM, TONNES)


def _with_flow(index: int = 0, **changes: object):
    flows = list(HONEST.flows)
    flows[index] = replace(flows[index], **changes)
    return replace(HONEST, flows=tuple(flows))


def _with_dual(row_id: str, **changes: object):
    duals = tuple(replace(d, **changes) if d.id == row_id else d for d in HONEST.duals)
    return replace(HONEST, duals=duals)


CORRUPTIONS = {
    "a stranger as source": (_with_flow(supply_id="ghost"), Fault.UNKNOWN_ID),
    "a stranger as sink": (_with_flow(slot_id="ghost"), Fault.UNKNOWN_ID),
    "another period": (_with_flow(period="May"), Fault.UNKNOWN_ID),
    "a flow twice": (replace(HONEST, flows=(*HONEST.flows, HONEST.flows[0])), Fault.REPEATED_FLOW),
    "negative tonnes": (_with_flow(tonnes=-1.0), Fault.BAD_TONNES),
    "tonnes that are no number": (_with_flow(tonnes=float("nan")), Fault.BAD_TONNES),
    "a shorter way": (_with_flow(distance_km=1.0), Fault.WRONG_DISTANCE),
    "a value nobody pays": (_with_flow(value_yuan_per_t=9.0), Fault.WRONG_VALUE),
    "more than is offered": (_with_flow(tonnes=10.5), Fault.SUPPLY_EXCEEDED),
    "tonnes that vanish": (_with_flow(tonnes=9.5), Fault.UNBALANCED),
    "unmatched forgotten": (replace(HONEST, unmatched=()), Fault.UNBALANCED),
    "use misstated": (
        replace(HONEST, slot_uses=(replace(HONEST.slot_uses[0], used_t=1.0),)),
        Fault.UNBALANCED,
    ),
    "total misstated": (replace(HONEST, tonnes=21.0), Fault.WRONG_TOTAL),
    "tonne-km misstated": (replace(HONEST, tonne_km=1.0), Fault.WRONG_TOTAL),
    "bound beyond reach": (replace(HONEST, bound=HONEST.tonne_km * 0.9), Fault.WRONG_BOUND),
    "no bound": (replace(HONEST, bound=None), Fault.WRONG_BOUND),
    "more tonnes claimed possible": (replace(HONEST, tonnes_bound=25.0), Fault.WRONG_BOUND),
    "a price too low to prove it": (_with_dual("a", price=Worth()), Fault.WRONG_BOUND),
    "a price missing": (
        replace(HONEST, duals=HONEST.duals[1:]),
        Fault.WRONG_BOUND,
    ),
}


def test_an_honest_plan_passes():
    assert check(PROBLEM, TONNES, HONEST) == ()


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_each_corruption_is_found(name):
    corrupted, fault = CORRUPTIONS[name]
    assert fault in {violation.fault for violation in check(PROBLEM, TONNES, corrupted)}


def _plan_of_one_flow(problem: Problem, flow: Flow):
    return replace(solve(problem, TONNES), flows=(flow,))


def test_a_refused_pair_is_found():
    problem = Problem(
        (supply("a", 5),), (slot("k", 5, accepts=(Acceptance("fly_ash", Allowed.NO),)),)
    )
    plan = _plan_of_one_flow(problem, Flow("a", "k", "year", 5.0, 0.0, 0.0))
    assert Fault.REFUSED_PAIR in {v.fault for v in check(problem, TONNES, plan)}


def test_a_material_the_slot_does_not_name_is_found():
    plan = _plan_of_one_flow(PROBLEM, Flow("a", "no", "year", 5.0, 0.0, 0.0))
    assert Fault.REFUSED_PAIR in {v.fault for v in check(PROBLEM, TONNES, plan)}


def test_a_pair_out_of_radius_is_found():
    problem = Problem((supply("a", 5),), (slot("k", 5, east=20),))
    km = arc_km(Position(0, 0), Position(0, 20))
    plan = _plan_of_one_flow(problem, Flow("a", "k", "year", 5.0, km, 0.0))
    assert Fault.OUT_OF_RADIUS in {v.fault for v in check(problem, TONNES, plan)}


def test_a_full_sink_is_found():
    flows = (
        replace(HONEST.flows[0], tonnes=10.0, slot_id="k", supply_id="a"),
        Flow("b", "k", "year", 10.0, 0.0, 0.0),
    )
    plan = replace(HONEST, flows=flows)
    assert Fault.SLOT_EXCEEDED in {v.fault for v in check(PROBLEM, TONNES, plan)}


def test_a_worse_plan_with_an_honest_bound_is_found():
    # Feasible and balanced, but b's 10 t stay home: the bound is not reached.
    kept = tuple(flow for flow in HONEST.flows if flow.supply_id == "a")
    worse = replace(HONEST, flows=kept, tonnes=sum(f.tonnes for f in kept))
    assert Fault.WRONG_BOUND in {v.fault for v in check(PROBLEM, TONNES, worse)}


def test_net_value_plans_are_proven_by_their_prices_too():
    problem = Problem((supply("a", 10, disposal_yuan_per_t=100.0),), (slot("k", 4, east=1),))
    result = solve(problem, VALUE)
    assert check(problem, VALUE, result) == ()
    cheap = tuple(replace(dual, price=Worth(yuan=0.0)) for dual in result.duals)
    assert Fault.WRONG_BOUND in {
        v.fault for v in check(problem, VALUE, replace(result, duals=cheap))
    }
