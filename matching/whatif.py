"""What if a price, limit, calendar, capacity or plant were another: solved anew and compared."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import astuple, dataclass
from enum import StrEnum

from matching.candidates import Rows, find_pairs
from matching.changes import Case, Change, apply_all
from matching.problem import Parameters, Problem
from matching.result import Result, Side
from matching.solve import Progress, Stop, solve

_WEIGHABLE_T = 1e-6
"""Beyond a gram nothing is weighed; smaller differences are rounding."""

Pair = tuple[str, str]


class Figure(StrEnum):
    """`MERIT` is the objective of each run; under `TONNES` it is net value.

    `STORED_TONNE_PERIODS` adds up what lies in yards and silos at the end of every period.
    """

    TONNES = "tonnes"
    TONNE_KM = "tonne_km"
    NET_VALUE_YUAN = "net_value_yuan"
    NET_CO2_KG = "net_co2_kg"
    MERIT = "merit"
    UNMATCHED_T = "unmatched_t"
    STORED_TONNE_PERIODS = "stored_tonne_periods"


@dataclass(frozen=True, slots=True)
class FigureDifference:
    figure: Figure
    before: float
    after: float

    @property
    def change(self) -> float:
        return self.after - self.before


@dataclass(frozen=True, slots=True)
class FlowDifference:
    supply_id: str
    slot_id: str
    period: str
    before_t: float
    after_t: float

    @property
    def change_t(self) -> float:
        return self.after_t - self.before_t


@dataclass(frozen=True, slots=True)
class UnmatchedDifference:
    supply_id: str
    period: str
    before_t: float
    after_t: float


@dataclass(frozen=True, slots=True)
class Share:
    """What one party's flows come to over all periods; the yuan are of both ends of a flow."""

    tonnes: float = 0.0
    tonne_km: float = 0.0
    value_yuan: float = 0.0
    co2_kg: float = 0.0

    def __add__(self, flow: "Share") -> "Share":
        return Share(
            self.tonnes + flow.tonnes,
            self.tonne_km + flow.tonne_km,
            self.value_yuan + flow.value_yuan,
            self.co2_kg + flow.co2_kg,
        )


@dataclass(frozen=True, slots=True)
class PartyDifference:
    side: Side
    id: str
    before: Share
    after: Share

    @property
    def change_t(self) -> float:
        return self.after.tonnes - self.before.tonnes


@dataclass(frozen=True, slots=True)
class WhatIf:
    """Both plans and what differs. `opened` pairs may meet only afterwards, `closed` only before.

    Where several plans are equally good, flows may differ though no figure does.
    """

    case: Case
    before: Result
    after: Result
    figures: tuple[FigureDifference, ...]
    flows: tuple[FlowDifference, ...]
    unmatched: tuple[UnmatchedDifference, ...]
    parties: tuple[PartyDifference, ...]
    opened: tuple[Pair, ...]
    closed: tuple[Pair, ...]

    def change_of(self, figure: Figure) -> float:
        return next(row.change for row in self.figures if row.figure is figure)


def what_if(
    problem: Problem,
    parameters: Parameters,
    changes: Iterable[Change],
    saved: Result | None = None,
    on_progress: Progress | None = None,
    should_stop: Stop | None = None,
) -> WhatIf:
    """Compare the plan after `changes` with the `saved` one (solved first where there is none)."""
    today = Case(problem, parameters)
    return compare(today, apply_all(today, changes), saved, on_progress, should_stop)


def compare(
    today: Case,
    case: Case,
    saved: Result | None = None,
    on_progress: Progress | None = None,
    should_stop: Stop | None = None,
) -> WhatIf:
    """Compare the best plans of two cases; `saved` is that of `today`."""
    before = saved or solve(today.problem, today.parameters, should_stop=should_stop)
    after = solve(case.problem, case.parameters, on_progress, should_stop)
    allowed, allowed_after = _allowed(today), _allowed(case)
    return WhatIf(
        case,
        before,
        after,
        figures=tuple(FigureDifference(f, _FIGURES[f](before), _FIGURES[f](after)) for f in Figure),
        flows=_flows(before, after),
        unmatched=_unmatched(before, after),
        parties=_parties(before, after),
        opened=tuple(sorted(allowed_after - allowed)),
        closed=tuple(sorted(allowed - allowed_after)),
    )


def net_value_yuan(result: Result) -> float:
    return result.net_value_yuan


_FIGURES: Mapping[Figure, Callable[[Result], float]] = {
    Figure.TONNES: lambda result: result.tonnes,
    Figure.TONNE_KM: lambda result: result.tonne_km,
    Figure.NET_VALUE_YUAN: net_value_yuan,
    Figure.NET_CO2_KG: lambda result: result.co2_kg,
    Figure.MERIT: lambda result: result.merit,
    Figure.UNMATCHED_T: lambda result: sum(row.tonnes for row in result.unmatched),
    Figure.STORED_TONNE_PERIODS: lambda result: sum(row.tonnes for row in result.stocks),
}


def _allowed(case: Case) -> set[Pair]:
    rows = Rows.of(case.problem)
    pairs = find_pairs(case.problem, case.parameters, rows)
    supplies, slots = pairs.supply[pairs.passes].tolist(), pairs.slot[pairs.passes].tolist()
    return {(rows.supplies[i].id, rows.slots[j].id) for i, j in zip(supplies, slots, strict=True)}


def _flows(before: Result, after: Result) -> tuple[FlowDifference, ...]:
    """List the flows that grew or shrank, the largest change first."""
    old, new = (
        {(f.supply_id, f.slot_id, f.period): f.tonnes for f in r.flows} for r in (before, after)
    )
    rows = [FlowDifference(*key, old.get(key, 0.0), new.get(key, 0.0)) for key in old | new]
    changed = (row for row in rows if abs(row.change_t) > _WEIGHABLE_T)
    return tuple(
        sorted(changed, key=lambda r: (-abs(r.change_t), r.supply_id, r.slot_id, r.period))
    )


def _parties(before: Result, after: Result) -> tuple[PartyDifference, ...]:
    """List whose flows come to something else, who loses most tonnes first."""
    old, new = _shares(before), _shares(after)
    rows = [
        PartyDifference(*key, old.get(key, Share()), new.get(key, Share())) for key in old | new
    ]
    changed = (row for row in rows if not _same(row.before, row.after))
    return tuple(sorted(changed, key=lambda row: (row.change_t, row.side, row.id)))


def _shares(result: Result) -> dict[tuple[Side, str], Share]:
    shares: dict[tuple[Side, str], Share] = {}
    for flow in result.flows:
        share = Share(
            flow.tonnes,
            flow.tonnes * flow.distance_km,
            flow.tonnes * flow.value_yuan_per_t,
            flow.tonnes * flow.co2_kg_per_t,
        )
        for key in ((Side.SUPPLY, flow.supply_id), (Side.SLOT, flow.slot_id)):
            shares[key] = shares.get(key, Share()) + share
    return shares


def _same(one: Share, other: Share) -> bool:
    """Beyond rounding of sums of many flows nothing has changed."""
    pairs = zip(astuple(one), astuple(other), strict=True)
    return all(abs(a - b) <= _WEIGHABLE_T + 1e-9 * abs(a) for a, b in pairs)


def _unmatched(before: Result, after: Result) -> tuple[UnmatchedDifference, ...]:
    old, new = ({(u.supply_id, u.period): u.tonnes for u in r.unmatched} for r in (before, after))
    rows = [UnmatchedDifference(*key, old.get(key, 0.0), new.get(key, 0.0)) for key in old | new]
    return tuple(
        sorted(
            (row for row in rows if abs(row.after_t - row.before_t) > _WEIGHABLE_T),
            key=lambda row: (row.before_t - row.after_t, row.supply_id, row.period),
        )
    )
