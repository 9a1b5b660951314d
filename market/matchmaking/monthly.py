"""What a solved run says month by month, as the rows that will be stored."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from market.matchmaking.outcome import worth_of
from market.quantities import kg_from_tonnes
from matching.problem import Problem, Slot, Supply
from matching.result import Result, Side


@dataclass(frozen=True, slots=True)
class MonthFlowOut:
    offer_id: int
    want_id: int
    month: date
    mass_kg: int


@dataclass(frozen=True, slots=True)
class MonthOut:
    listing_id: int
    month: date
    side: str
    available_kg: int
    placed_kg: int
    stock_kg: int
    room_kg: int
    left_kg: int
    dual_low: float | None
    dual_high: float | None
    dual_km_low: float | None
    dual_km_high: float | None


@dataclass(frozen=True, slots=True)
class Months:
    """Both kinds of rows; empty where the run takes its year as one."""

    flows: Sequence[MonthFlowOut] = ()
    listings: Sequence[MonthOut] = ()


def by_month(problem: Problem, result: Result) -> Months:
    if not is_monthly(problem):
        return Months()
    return Months(
        [
            MonthFlowOut(
                int(row.supply_id),
                int(row.slot_id),
                month_of(row.period),
                kg_from_tonnes(row.tonnes),
            )
            for row in result.flows
        ],
        list(_listings(problem, _Found.of(result))),
    )


def is_monthly(problem: Problem) -> bool:
    return len(problem.periods) > 1


def month_of(period: str) -> date:
    return date.fromisoformat(f"{period}-01")


Key = tuple[str, str, str]


@dataclass(frozen=True, slots=True)
class _Found:
    """The result's rows by side, id and period, in kilograms."""

    placed: Mapping[Key, int]
    stock: Mapping[Key, int]
    left: Mapping[Key, int]
    worth: Mapping[Key, tuple[float | None, ...]]

    @classmethod
    def of(cls, result: Result) -> "_Found":
        placed: dict[Key, int] = {}
        for flow in result.flows:
            for side, owner in ((Side.SUPPLY, flow.supply_id), (Side.SLOT, flow.slot_id)):
                key = (side.value, owner, flow.period)
                placed[key] = placed.get(key, 0) + kg_from_tonnes(flow.tonnes)
        lexicographic = result.tonnes_bound is not None
        worth = {
            (dual.side.value, dual.id, dual.period): sum(
                worth_of([dual], lexicographic=lexicographic), ()
            )
            for dual in result.duals
        }
        stock = {(s.side.value, s.id, s.period): kg_from_tonnes(s.tonnes) for s in result.stocks}
        left = {
            (Side.SUPPLY.value, row.supply_id, row.period): kg_from_tonnes(row.tonnes)
            for row in result.unmatched
        }
        return cls(placed, stock, left, worth)


def _listings(problem: Problem, found: _Found) -> Iterator[MonthOut]:
    rows: list[tuple[Side, Supply | Slot]] = [
        *((Side.SUPPLY, row) for row in problem.supplies),
        *((Side.SLOT, row) for row in problem.slots),
    ]
    for side, row in rows:
        room_t = 0.0 if row.storage is None else row.storage.room_t
        for period, tonnes in zip(problem.periods, row.tonnes, strict=True):
            key = (side.value, row.id, period)
            yield MonthOut(
                int(row.id),
                month_of(period),
                "offer" if side is Side.SUPPLY else "want",
                kg_from_tonnes(tonnes),
                found.placed.get(key, 0),
                found.stock.get(key, 0),
                kg_from_tonnes(room_t),
                found.left.get(key, 0),
                *found.worth.get(key, (None,) * 4),
            )
