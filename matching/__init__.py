"""Matches waste supplies with the slots that can use them; see README.md for the model."""

from matching.check import check
from matching.explain import PairView, explain_pair, rank_for_slot, rank_for_supply
from matching.problem import Objective, Parameters, Problem, ProblemError
from matching.result import Result, Status
from matching.solve import solve

__all__ = [
    "Objective",
    "PairView",
    "Parameters",
    "Problem",
    "ProblemError",
    "Result",
    "Status",
    "check",
    "explain_pair",
    "rank_for_slot",
    "rank_for_supply",
    "solve",
]
