"""The one entry: a problem and parameters in, a proven plan with its prices and reasons out."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from matching.allocate import allocate, build
from matching.candidates import Rows, find_pairs
from matching.economics import net_value, require_freight, waterfall
from matching.prices import Proof, prove
from matching.problem import Objective, Parameters, Problem
from matching.report import Plan, Written, flows_of, slot_uses_of, stocks_of, unmatched_of
from matching.result import (
    Flow,
    Result,
    Stage,
    StageSeconds,
    Status,
)

Progress = Callable[[Stage, float], None]
Stop = Callable[[], bool]

_GAP_RESOLUTION = 1e-9
"""Differences below this are rounding of 64-bit sums; the gap is then 0."""


def solve(
    problem: Problem,
    parameters: Parameters,
    on_progress: Progress | None = None,
    should_stop: Stop | None = None,
) -> Result:
    """Match supplies with slots; raises `ProblemError` only for parameters that do not fit."""
    if parameters.objective is Objective.NET_VALUE:
        require_freight(parameters)
    clock = _Clock(on_progress or _ignore)
    rows = Rows.of(problem)
    with clock.stage(Stage.CANDIDATES):
        pairs = find_pairs(problem, parameters, rows)
    with clock.stage(Stage.SOLVE):
        value = net_value(waterfall(parameters, pairs.factors))
        model = build(pairs, value, rows, len(problem.periods), parameters.objective)
        allocation = allocate(model, should_stop or _never)
    with clock.stage(Stage.DUALS):
        complete = allocation.complete
        proof = prove(model, allocation.flow, rows, problem.periods) if complete else Proof()
    plan = Plan(problem.periods, rows, pairs, value, model, allocation)
    with clock.stage(Stage.EXPLAIN):
        written = Written(flows_of(plan), unmatched_of(plan), slot_uses_of(plan), stocks_of(plan))
    return _result(parameters, plan, proof, written, tuple(clock.seconds))


def _result(
    parameters: Parameters,
    plan: Plan,
    proof: Proof,
    written: Written,
    seconds: tuple[StageSeconds, ...],
) -> Result:
    flows = written.flows
    tonne_km = math.fsum(flow.tonnes * flow.distance_km for flow in flows)
    value_yuan = math.fsum(flow.tonnes * flow.value_yuan_per_t for flow in flows)
    storage_yuan = plan.allocation.storage_yuan
    by_tonnes = parameters.objective is Objective.TONNES
    reached = tonne_km if by_tonnes else value_yuan - storage_yuan
    return Result(
        status=_status(plan, flows),
        tonnes=math.fsum(flow.tonnes for flow in flows),
        tonne_km=tonne_km,
        value_yuan=value_yuan,
        tonnes_bound=proof.tonnes_bound,
        bound=proof.cost_bound,
        gap=None if proof.cost_bound is None else _gap(reached, proof.cost_bound),
        flows=flows,
        unmatched=written.unmatched,
        slot_uses=written.slot_uses,
        stocks=written.stocks,
        storage_yuan=storage_yuan,
        duals=proof.duals,
        edges=len(plan.model.kept),
        components=plan.allocation.parts,
        refused_pairs=int((~plan.pairs.passes).sum()),
        seconds=seconds,
    )


def _status(plan: Plan, flows: tuple[Flow, ...]) -> Status:
    if not plan.allocation.complete:
        return Status.STOPPED
    return Status.OPTIMAL if flows else Status.NOTHING


def _gap(reached: float, proven: float) -> float:
    gap = abs(reached - proven) / max(abs(reached), abs(proven), 1e-9)
    return gap if gap > _GAP_RESOLUTION else 0.0


def _ignore(_stage: Stage, _share: float) -> None:
    return


def _never() -> bool:
    return False


class _Clock:
    """Times the stages and reports where the run stands."""

    def __init__(self, on_progress: Progress) -> None:
        self.on_progress = on_progress
        self.seconds: list[StageSeconds] = []

    @contextmanager
    def stage(self, stage: Stage) -> Iterator[None]:
        self.on_progress(stage, 0.0)
        started = time.perf_counter()
        yield
        self.seconds.append(StageSeconds(stage, time.perf_counter() - started))
        self.on_progress(stage, 1.0)
