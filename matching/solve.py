"""The one entry: a problem and parameters in, a proven plan with its prices and reasons out."""

import math
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

import numpy as np

from matching.allocate import Allocation, Model, allocation_of, build
from matching.blend import Blend, blend_of
from matching.blended import Blended, allocate_blended
from matching.candidates import Pairs, Rows, find_pairs
from matching.choices import Rules
from matching.commitments import with_commitments, without_commitments
from matching.deadline import Deadline
from matching.dosage import Dosages, dosages_of
from matching.economics import merit, require_factors
from matching.geography import Flags
from matching.greedy import filled
from matching.kiln_report import clinker_cost, raw_mix_uses_of
from matching.kiln_rows import kilns_of
from matching.network import Solved, without
from matching.network import solve as solve_network
from matching.prices import Proof, joined, proof_of, proof_of_blended
from matching.problem import Objective, Parameters, Problem
from matching.quotas import Quota, quotas_of
from matching.report import (
    Plan,
    Written,
    dosage_uses_of,
    gap_of,
    merit_of,
    mixes_of,
    quota_uses_of,
    written,
)
from matching.result import (
    DosageUse,
    Flow,
    Mix,
    QuotaUse,
    RawMixUse,
    Result,
    Stage,
    StageSeconds,
    Status,
)
from matching.side_by_side import Labour
from matching.sides import Sides, is_linear, sides_of

Progress = Callable[[Stage, float], None]
Stop = Callable[[], bool]

_CLOSED = 1e-6
"""A gap up to this is closed: linear programmes are solved to about 1e-7."""


def solve(
    problem: Problem,
    parameters: Parameters,
    on_progress: Progress | None = None,
    should_stop: Stop | None = None,
) -> Result:
    """Match supplies with slots; raises `ProblemError` only for parameters that do not fit."""
    require_factors(parameters)
    if problem.commitments:
        free = solve(without_commitments(problem), parameters, on_progress, should_stop)
        return with_commitments(problem, parameters, free)
    clock = _Clock(on_progress or _ignore)
    deadline = Deadline.after(parameters.time_limit_s, should_stop)
    labour = Labour(deadline, parameters.workers)
    rows = Rows.of(problem)
    with clock.stage(Stage.CANDIDATES):
        pairs = find_pairs(problem, parameters, rows)
    with clock.stage(Stage.SOLVE):
        model = build(
            pairs, merit(parameters, pairs.factors), rows, len(problem.periods), parameters
        )
        found = _find(problem, parameters, rows, pairs, model, labour)
    plan = Plan(problem.periods, parameters, rows, pairs, model, found.allocation)
    with clock.stage(Stage.DUALS):
        proof = found.prove(rows, problem.periods)
    with clock.stage(Stage.EXPLAIN):
        lists = written(plan)
        beside = found.beside(plan)
    return _result(parameters, plan, proof, lists, beside, tuple(clock.seconds))


@dataclass(frozen=True, slots=True)
class _Beside:
    """What the rows beside the network came to."""

    mixes: tuple[Mix, ...] = ()
    quota_uses: tuple[QuotaUse, ...] = ()
    raw_mixes: tuple[RawMixUse, ...] = ()
    dosages: tuple[DosageUse, ...] = ()


@dataclass(frozen=True, slots=True)
class _Network:
    """A plan without blend limits: whole flows, exact prices where it was `solved`."""

    model: Model
    solved: Solved
    allocation: Allocation

    def prove(self, rows: Rows, periods: tuple[str, ...]) -> Proof:
        nowhere = np.zeros(self.model.network.nodes, np.bool_)
        return proof_of(self.model, self.solved, rows, periods, nowhere)

    def beside(self, plan: Plan) -> _Beside:
        del plan
        return _Beside()


@dataclass(frozen=True, slots=True)
class _Linear:
    """Blends, quotas or choices somewhere: programmes for their parts, `plain` for the rest."""

    model: Model
    plain: Model
    solved: Solved
    blend: Blend
    dosages: Dosages
    quotas: tuple[Quota, ...]
    rows: Sides
    answer: Blended
    allocation: Allocation

    def prove(self, rows: Rows, periods: tuple[str, ...]) -> Proof:
        return joined(
            proof_of(self.plain, self.solved, rows, periods, self.answer.nodes),
            proof_of_blended(self.model, self.answer, self.rows.kilns, rows, periods),
            self.model,
            self.answer.nodes,
        )

    def beside(self, plan: Plan) -> _Beside:
        kilns, pairs = self.rows.kilns, len(self.model.kept)
        return _Beside(
            mixes_of(plan, self.blend, self.answer),
            quota_uses_of(plan, self.rows, self.quotas, self.answer),
            raw_mix_uses_of(
                kilns, self.answer, plan.periods, pairs, plan.parameters, plan.rows.supplies
            ),
            dosage_uses_of(plan, self.dosages, len(self.blend.rows), self.answer),
        )


def _find(
    problem: Problem,
    parameters: Parameters,
    rows: Rows,
    pairs: Pairs,
    model: Model,
    labour: Labour,
) -> _Network | _Linear:
    if not is_linear(problem):
        solved = solve_network(model.network, labour)
        flow = solved.flow
        if _out_of_time(solved.still_open, labour):
            flow = flow + filled(model, solved.still_open).astype(np.int64)
        complete = not solved.still_open.any()
        allocation = allocation_of(model, flow, complete=complete, parts=solved.parts)
        return _Network(model, solved, allocation)
    blend = blend_of(problem, parameters, rows, pairs, model)
    dosages = dosages_of(problem, parameters, rows, pairs, model)
    quotas = quotas_of(problem, parameters)
    kilns = kilns_of(problem, parameters, rows, pairs, model)
    sides = sides_of(blend, dosages, quotas, kilns, rows, pairs, model, problem.years)
    rules = Rules.of(rows, pairs, model, problem)
    answer = allocate_blended(model, sides, rules, labour)
    plain = replace(model, network=without(model.network, answer.nodes))
    solved = solve_network(plain.network, labour)
    still_open = answer.still_open | solved.still_open
    if _out_of_time(still_open, labour):
        choices = rules.on(model, np.arange(len(answer.flow)))
        more = filled(model, still_open, sides, choices) / model.quanta_per_tonne
        answer = replace(answer, flow=answer.flow + more)
    allocation = allocation_of(
        model,
        answer.flow * model.quanta_per_tonne + solved.flow,
        complete=answer.complete and not solved.still_open.any(),
        parts=solved.parts + answer.parts,
    )
    return _Linear(model, plain, solved, blend, dosages, quotas, sides, answer, allocation)


def _out_of_time(still_open: Flags, labour: Labour) -> bool:
    """Tell whether time was short; who asked for an end wants nothing more."""
    return bool(still_open.any()) and labour.deadline.left_s() == 0.0


def _result(
    parameters: Parameters,
    plan: Plan,
    proof: Proof,
    lists: Written,
    beside: _Beside,
    seconds: tuple[StageSeconds, ...],
) -> Result:
    flows = lists.flows
    tonne_km = math.fsum(flow.tonnes * flow.distance_km for flow in flows)
    gained = merit_of(plan, lists, clinker_cost(beside.raw_mixes))
    reached = tonne_km if parameters.objective is Objective.TONNES else gained
    tonnes = math.fsum(flow.tonnes for flow in flows)
    gap = gap_of((tonnes, proof.tonnes_bound), (reached, proof.cost_bound))
    return Result(
        status=_status(plan, flows, bool(beside.raw_mixes), gap),
        tonnes=tonnes,
        tonne_km=tonne_km,
        value_yuan=math.fsum(flow.tonnes * flow.value_yuan_per_t for flow in flows),
        tonnes_bound=proof.tonnes_bound,
        bound=proof.cost_bound,
        gap=gap,
        flows=flows,
        unmatched=lists.unmatched,
        slot_uses=lists.slot_uses,
        stocks=lists.stocks,
        storage_yuan=plan.allocation.storage_yuan,
        co2_kg=math.fsum(flow.tonnes * flow.co2_kg_per_t for flow in flows),
        merit=gained,
        mixes=beside.mixes,
        quota_uses=beside.quota_uses,
        raw_mixes=beside.raw_mixes,
        dosages=beside.dosages,
        duals=tuple(dual for dual in proof.duals if dual is not None),
        room_duals=tuple(dual for dual in proof.rooms if dual is not None),
        edges=len(plan.model.kept),
        components=plan.allocation.parts,
        refused_pairs=int((~plan.pairs.passes).sum()),
        seconds=seconds,
    )


def _status(plan: Plan, flows: tuple[Flow, ...], made: bool, gap: float | None) -> Status:
    if not plan.allocation.complete:
        return Status.STOPPED
    if gap is None or gap > _CLOSED:
        return Status.FEASIBLE
    return Status.OPTIMAL if flows or made else Status.NOTHING


def _ignore(_stage: Stage, _share: float) -> None:
    return


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
