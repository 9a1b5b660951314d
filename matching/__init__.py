"""Matches waste supplies with the slots that can use them; see README.md for the model."""

from matching.problem import Objective, Parameters, Problem, ProblemError
from matching.result import Result, Status
from matching.solve import solve

__all__ = ["Objective", "Parameters", "Problem", "ProblemError", "Result", "Status", "solve"]
