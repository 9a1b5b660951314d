"""Judges licensed tonnes from the flows alone: each must find a licence in force that covers it."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from typing import Any

import networkx as nx

from matching.faults import Fault, Violation, same
from matching.problem import Commitment, Licence, Parameters, Problem
from matching.result import Flow, Result

_PER_TONNE = 10**9
"""Whole numbers, so that the flow ends; far below a gram."""


def check_licences(problem: Problem, parameters: Parameters, result: Result) -> Iterator[Violation]:
    """Assign what each plant takes in a year; contracts, and what they leave, to the last tonne."""
    sink_of = {row.id: row.sink_id for row in problem.slots}
    year_of = problem.year_of
    held: dict[str, set[Licence]] = defaultdict(set)
    for slot in problem.slots:
        held[slot.sink_id] |= set(slot.licences)
    flows: dict[tuple[str, str], list[Flow]] = defaultdict(list)
    for flow in result.flows:
        flows[sink_of[flow.slot_id], year_of[flow.period]].append(flow)
    bound: dict[tuple[str, str], list[Commitment]] = defaultdict(list)
    for row in problem.fixed:
        bound[sink_of[row.slot_id], year_of[row.period]].append(row)
    for (sink_id, year), sent in flows.items():
        licences = held[sink_id]
        if licences:
            own = bound[sink_id, year]
            before, promised = _assigned(problem, parameters, licences, own)
            both, needed = _assigned(problem, parameters, licences, (*own, *sent))
            found, expected = needed - promised, both - before
            if not same(found, expected):
                yield Violation(Fault.QUOTA_EXCEEDED, sink_id, year, found, expected)


def _assigned(
    problem: Problem,
    parameters: Parameters,
    licences: set[Licence],
    rows: Sequence[Flow | Commitment],
) -> tuple[float, float]:
    """Return how many tonnes find a licence, and how many need one."""
    codes = {row.id: row.hazard_codes for row in problem.supplies}
    ends = dict(zip(problem.periods, problem.ends, strict=False))
    graph: Any = nx.DiGraph()
    graph.add_nodes_from(("from", "to"))
    needed = 0
    for number, row in enumerate(rows):
        days = [day for day in (parameters.on, ends.get(row.period)) if day is not None]
        valid = [licence for licence in licences if _outlasts(licence, days)]
        for part in _needs(codes[row.supply_id], valid):
            amount = round(row.tonnes * _PER_TONNE)
            needed += amount
            place = number, part
            graph.add_edge("from", place, capacity=amount)
            graph.add_edges_from((place, licence) for licence in part)
    for licence in licences:
        if licence.tonnes is not None:
            graph.add_edge(licence, "to", capacity=round(licence.tonnes * _PER_TONNE))
    found = nx.maximum_flow_value(graph, "from", "to")
    return found / _PER_TONNE, needed / _PER_TONNE


def _outlasts(licence: Licence, days: list[date]) -> bool:
    return licence.valid_to is None or all(day <= licence.valid_to for day in days)


def _needs(codes: frozenset[str], valid: list[Licence]) -> set[tuple[Licence, ...]]:
    """Return who may let in a tonne; where nobody has all its limited codes, each code's own."""
    limited = []
    for code in sorted(codes):
        covering = tuple(licence for licence in valid if licence.covers(code))
        if not any(licence.tonnes is None for licence in covering):
            limited.append(covering)
    shared = tuple(row for row in valid if limited and all(row in rows for rows in limited))
    if shared:
        return {shared}
    return {rows for rows in limited if not any(set(other) < set(rows) for other in limited)}
