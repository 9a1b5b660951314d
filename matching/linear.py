"""A linear programme as arrays, solved by the simplex of OR-Tools (GLOP) or another of its own."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from matching.deadline import Deadline, OutOfTimeError
from matching.geography import Floats, Ints


class Outcome(StrEnum):
    OPTIMAL = "optimal"
    INFEASIBLE = "infeasible"
    UNSOLVED = "unsolved"


class Solver(StrEnum):
    """GLOP is exact to 1e-7; PDLP is first-order: fast, large, and off by about 1e-4."""

    GLOP = "GLOP"
    PDLP = "PDLP"


_PDLP_SETTINGS = """
termination_criteria {
  simple_optimality_criteria { eps_optimal_absolute: 1e-6 eps_optimal_relative: 1e-4 }
}
"""


@dataclass(frozen=True, slots=True)
class Entries:
    """Coefficients of the rows in coordinate form; three arrays of one length."""

    row: Ints
    column: Ints
    factor: Floats


@dataclass(frozen=True, slots=True)
class Programme:
    """Minimise `cost` x subject to `row_low` <= A x <= `row_high` and `low` <= x <= `high`."""

    cost: Floats
    low: Floats
    high: Floats
    entries: Entries
    row_low: Floats
    row_high: Floats


@dataclass(frozen=True, slots=True)
class Solution:
    """`duals`: what the optimum rises by when a row's active side rises by one."""

    outcome: Outcome
    values: Floats
    duals: Floats


def minimise(
    programme: Programme, solver: Solver = Solver.GLOP, seconds: float | None = None
) -> Solution:
    from ortools.linear_solver.python import model_builder_helper

    helper: Any = model_builder_helper  # its stubs know arrays of one type only
    model = helper.ModelBuilderHelper()
    model.fill_model_from_sparse_data(
        programme.low,
        programme.high,
        programme.cost,
        programme.row_low,
        programme.row_high,
        _matrix(programme),
    )
    run = helper.ModelSolverHelper(solver.value)
    if solver is Solver.PDLP:
        run.set_solver_specific_parameters(_PDLP_SETTINGS)
    if seconds is not None:
        run.set_time_limit_in_seconds(seconds)
    run.solve(model)
    status = run.status()
    if status == helper.SolveStatus.OPTIMAL:
        return Solution(
            Outcome.OPTIMAL, np.array(run.variable_values()), np.array(run.dual_values())
        )
    infeasible = status == helper.SolveStatus.INFEASIBLE
    none = np.zeros(0)
    return Solution(Outcome.INFEASIBLE if infeasible else Outcome.UNSOLVED, none, none)


def optimum(programme: Programme, solver: Solver, deadline: Deadline) -> Solution:
    """Return an optimal plan; raise `OutOfTimeError` where time did not allow one."""
    solution = minimise(programme, solver, deadline.left_s())
    if solution.outcome is Outcome.UNSOLVED and deadline.passed():
        raise OutOfTimeError("the linear solver had no plan yet")
    if solution.outcome is not Outcome.OPTIMAL:
        raise ArithmeticError(f"the linear solver answered {solution.outcome}")
    return solution


def weak_bound(programme: Programme, duals: Floats, most: Floats) -> float:
    """Prove a lower bound from any duals, no variable exceeding `most`.

    Duals of a wrong sign for their row count as zero.
    """
    usable = np.where(duals > 0, np.isfinite(programme.row_low), np.isfinite(programme.row_high))
    price = np.where(usable, duals, 0.0)
    side = np.where(price > 0, programme.row_low, programme.row_high)
    entries = programme.entries
    reduced = programme.cost - np.bincount(
        entries.column, entries.factor * price[entries.row], len(programme.cost)
    )
    used = price != 0
    ends = np.minimum(reduced, 0.0) @ most + np.maximum(reduced, 0.0) @ programme.low
    return float(price[used] @ side[used] + ends)


@dataclass(frozen=True, slots=True)
class MixedSolution:
    """The best plan found and the least cost any plan can have; `values` empty = none found."""

    values: Floats
    bound: float


def minimise_mixed(programme: Programme, whole: Ints, seconds: float) -> MixedSolution:
    """Branch and bound (SCIP) with the columns in `whole` integral, within the time."""
    from ortools.linear_solver.python import model_builder_helper

    helper: Any = model_builder_helper  # its stubs know arrays of one type only
    model = helper.ModelBuilderHelper()
    model.fill_model_from_sparse_data(
        programme.low,
        programme.high,
        programme.cost,
        programme.row_low,
        programme.row_high,
        _matrix(programme),
    )
    for column in whole.tolist():
        model.set_var_integrality(column, True)
    run = helper.ModelSolverHelper("SCIP")
    run.set_time_limit_in_seconds(seconds)
    run.solve(model)
    if not run.has_solution():
        return MixedSolution(np.zeros(0), -np.inf)
    return MixedSolution(np.array(run.variable_values()), float(run.best_objective_bound()))


def _matrix(programme: Programme) -> Any:
    from scipy.sparse import csr_matrix

    entries = programme.entries
    shape = len(programme.row_low), len(programme.cost)
    return csr_matrix((entries.factor, (entries.row, entries.column)), shape=shape)
