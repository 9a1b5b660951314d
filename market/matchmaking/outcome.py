"""What a solved run says, as the rows that will be stored; knows the engine, not the database."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

from market.matchmaking.codec import plain
from market.matchmaking.dosages import full_for
from market.matchmaking.quotas import plants_licensed_out, without_idle, without_lots
from market.matchmaking.rules import SHARE_CAP, WORST_LOSSES
from market.matchmaking.shares import ShareCap
from market.matchmaking.summary import KilnMix, LapseLine, QuotaLine, RoomLine, SinkLoss
from market.money import fen_from_yuan
from market.quantities import KG_PER_TONNE, M_PER_KM, kg_from_tonnes, m_from_km
from matching.candidates import Rows, find_pairs
from matching.compatibility import judge
from matching.deadline import Deadline
from matching.explain import explain_pair
from matching.lapsing import lapses_of
from matching.loss import losses
from matching.problem import Allowed, Parameters, Problem, Severity, Slot, Storage, Supply
from matching.residual import get_ready
from matching.result import (
    Dual,
    Finding,
    Flow,
    RawMixUse,
    Result,
    RoomDual,
    Side,
    Unmatched,
    Verdict,
    Worth,
)

WEIGHABLE_T = 1e-3
"""A kilogram: no less is stored."""


@dataclass(frozen=True, slots=True)
class FlowOut:
    offer_id: int
    want_id: int
    material_id: str
    mass_kg: int
    distance_m: int
    transport_kg_m: int
    value_fen_per_t: int
    explanation: dict[str, Any]


@dataclass(frozen=True, slots=True)
class RefusalOut:
    offer_id: int
    want_id: int
    code: str
    distance_m: int
    reasons: list[dict[str, Any]]
    near_miss: bool


@dataclass(frozen=True, slots=True)
class BalanceOut:
    listing_id: int
    side: str
    available_kg: int
    placed_kg: int
    dual: tuple[float | None, float | None]
    dual_km: tuple[float | None, float | None]
    reason: str | None
    reason_params: dict[str, Any]


def flows(problem: Problem, parameters: Parameters, result: Result) -> list[FlowOut]:
    """One row for each pair, its periods added up."""
    material = {supply.id: supply.material_id for supply in problem.supplies}
    rows = []
    for flow in _whole_years(result):
        pair = explain_pair(problem, parameters, flow.supply_id, flow.slot_id)
        rows.append(
            FlowOut(
                offer_id=int(flow.supply_id),
                want_id=int(flow.slot_id),
                material_id=material[flow.supply_id],
                mass_kg=kg_from_tonnes(flow.tonnes),
                distance_m=m_from_km(flow.distance_km / parameters.road_factor),
                transport_kg_m=round(flow.tonnes * flow.distance_km * KG_PER_TONNE * M_PER_KM),
                value_fen_per_t=fen_from_yuan(flow.value_yuan_per_t),
                explanation={
                    "lines": [plain(line) for line in pair.lines],
                    "co2_kg_per_t": pair.co2_kg_per_t.central,
                    "co2_range": [pair.co2_kg_per_t.low, pair.co2_kg_per_t.high],
                    "co2_missing": pair.co2_kg_per_t.missing,
                    **_verdict(pair.verdict),
                },
            )
        )
    return rows


def _whole_years(result: Result) -> list[Flow]:
    found: dict[tuple[str, str], Flow] = {}
    for flow in result.flows:
        key = (flow.supply_id, flow.slot_id)
        before = found[key].tonnes if key in found else 0.0
        found[key] = replace(flow, tonnes=before + flow.tonnes)
    return list(found.values())


def _verdict(verdict: Verdict) -> dict[str, Any]:
    return {
        "margins": [plain(row) for row in verdict.margins],
        "cautions": [plain(row) for row in verdict.findings],
        "grade": verdict.grade,
    }


def refusals(problem: Problem, parameters: Parameters, largest: int) -> list[RefusalOut]:
    """Return refused pairs within reach, nearest first, at most ``largest`` of them."""
    rows = Rows.of(problem)
    pairs = find_pairs(problem, parameters, rows)
    refused = (~pairs.passes).nonzero()[0]
    nearest = refused[pairs.distance_km[refused].argsort(kind="stable")][:largest]
    found = []
    for index in nearest.tolist():
        supply = rows.supplies[int(pairs.supply[index])]
        slot = rows.slots[int(pairs.slot[index])]
        verdict = judge(problem, parameters, supply, slot)
        reasons = blocking_first(verdict.findings)
        found.append(
            RefusalOut(
                offer_id=int(supply.id),
                want_id=int(slot.id),
                code=reasons[0].reason.value,
                distance_m=m_from_km(float(pairs.distance_km[index]) / parameters.road_factor),
                reasons=[plain(reason) for reason in reasons],
                near_miss=verdict.near_miss is not None,
            )
        )
    return found


def blocking_first(findings: Iterable[Finding]) -> list[Finding]:
    return sorted(findings, key=lambda finding: finding.severity is not Severity.BLOCK)


def balances(
    problem: Problem,
    parameters: Parameters,
    result: Result,
    caps: Mapping[int, ShareCap] | None = None,
) -> list[BalanceOut]:
    """One row for each listing: what is placed, what one more tonne is worth, why some is left.

    Of a want that takes all its share allows, ``caps`` say that it is the share which binds.
    """
    placed: dict[str, int] = {}
    for flow in result.flows:
        mass_kg = kg_from_tonnes(flow.tonnes)
        for key in (flow.supply_id, flow.slot_id):
            placed[key] = placed.get(key, 0) + mass_kg
    duals: dict[tuple[Side, str], list[Dual]] = {}
    for dual in result.duals:
        duals.setdefault((dual.side, dual.id), []).append(dual)
    left = {row.supply_id: row for row in sorted(result.unmatched, key=lambda row: row.tonnes)}
    lexicographic = result.tonnes_bound is not None
    uses = _uses_of(problem)
    rows = []
    for side, items in ((Side.SUPPLY, problem.supplies), (Side.SLOT, problem.slots)):
        for item in items:
            rest = left.get(item.id) if isinstance(item, Supply) else None
            reason = rest.reason.value if rest else None
            params = _left_params(problem, parameters, result, item, rest, uses)
            available_kg, placed_kg = _available_kg(side, item), placed.get(item.id, 0)
            cap = (caps or {}).get(int(item.id)) if side is Side.SLOT else None
            if cap and cap.binds and cap.most_kg == available_kg <= placed_kg:
                reason, params = SHARE_CAP, asdict(cap)
            worth = worth_of(duals.get((side, item.id), []), lexicographic=lexicographic)
            rows.append(
                BalanceOut(
                    listing_id=int(item.id),
                    side="offer" if side is Side.SUPPLY else "want",
                    available_kg=available_kg,
                    placed_kg=placed_kg,
                    dual=worth[0],
                    dual_km=worth[1],
                    reason=reason,
                    reason_params=params,
                )
            )
    return rows


def _uses_of(problem: Problem) -> Counter[str]:
    """Count the slots that take each material at any distance; one that may not is no use."""
    return Counter(
        row.material_id
        for slot in problem.slots
        for row in slot.accepts
        if row.allowed is not Allowed.NO
    )


def _left_params(
    problem: Problem,
    parameters: Parameters,
    result: Result,
    item: Supply | Slot,
    rest: Unmatched | None,
    uses: Counter[str],
) -> dict[str, Any]:
    """Count the uses behind a reason; tell licences and dosages that let no more tonnes in."""
    if rest is None or not isinstance(item, Supply):
        return {}
    wanting = {
        slot.sink_id
        for slot in problem.slots
        if any(row.material_id == item.material_id for row in slot.accepts)
    }
    licensed_out = plants_licensed_out(problem, parameters, result, item, wanting)
    counts: dict[str, Any] = {
        "in_radius": rest.in_radius,
        "refused": rest.refused,
        "uses": uses[item.material_id],
    }
    if licensed_out:
        counts["licensed_out"] = licensed_out
    full = full_for(problem, parameters, result, item)
    return {**counts, "dosages": full} if full else counts


def quotas(result: Result) -> tuple[QuotaLine, ...]:
    """Return what each plant takes of its licensed tonnes, the fullest first."""
    rows = (
        QuotaLine(int(row.sink_id), row.codes, row.used_t, row.tonnes, row.year)
        for row in result.quota_uses
    )
    return tuple(sorted(rows, key=lambda row: (-row.used_t / max(row.tonnes, 1.0), row.site_id)))


def worst_losses(
    problem: Problem, parameters: Parameters, seconds: float, asked: Callable[[], bool]
) -> tuple[SinkLoss, ...]:
    """Take out each receiver in turn for so long; return those that would strand most first."""
    get_ready()
    deadline = Deadline.after(seconds, asked)
    hurried = replace(parameters, time_limit_s=seconds)
    found = losses(without_idle(without_lots(problem)), hurried, should_stop=deadline.passed)
    return tuple(
        SinkLoss(int(row.id), row.took_t, row.stranded_t, row.extra_tonne_km)
        for row in found[:WORST_LOSSES]
        if row.took_t > 0
    )


def _available_kg(side: Side, item: Supply | Slot) -> int:
    """Count what comes in all periods, and what lies in an offer's store at the start."""
    opening_t = item.storage.opening_t if item.storage and side is Side.SUPPLY else 0.0
    return kg_from_tonnes(sum(item.tonnes) + opening_t)


def stores(problem: Problem) -> list[Storage]:
    """Return the yards and silos of either end that the plan could use."""
    rows: tuple[Supply | Slot, ...] = (*problem.supplies, *problem.slots)
    return [row.storage for row in rows if row.storage is not None]


def lapses(problem: Problem, parameters: Parameters, result: Result) -> tuple[LapseLine, ...]:
    """Return the licences and reports that run out within the run's months."""
    return tuple(
        LapseLine(
            row.kind.value,
            int(row.owner_id),
            row.names,
            row.last_day.isoformat(),
            row.periods[0],
            row.periods[-1],
            row.tonnes,
            row.refused_t,
        )
        for row in lapses_of(problem, parameters, result)
    )


def kilns(result: Result) -> tuple[KilnMix, ...]:
    """Add up each kiln's periods; moduli as the range they take where clinker is made."""
    periods: dict[str, list[RawMixUse]] = {}
    for use in result.raw_mixes:
        periods.setdefault(use.line_id, []).append(use)
    return tuple(_kiln(int(line_id), uses) for line_id, uses in sorted(periods.items()))


def _kiln(line_id: int, uses: Sequence[RawMixUse]) -> KilnMix:
    feeds: Counter[str] = Counter()
    for use in uses:
        feeds.update(dict(use.feeds))
    making = [use.ratios for use in uses if use.clinker_t > WEIGHABLE_T]
    names = making[0] if making else ()
    return KilnMix(
        line_id=line_id,
        clinker_t=sum(use.clinker_t for use in uses),
        missing_t=sum(use.missing_t for use in uses),
        feeds=dict(feeds),
        ratios={
            name: (min(row[name] for row in making), max(row[name] for row in making))
            for name in names
        },
        process_co2_t=sum(use.process_co2_kg for use in uses) / KG_PER_TONNE,
        conflict=tuple(dict.fromkeys(name for use in uses for name in use.conflict)),
    )


def rooms(result: Result) -> tuple[RoomLine, ...]:
    """Return what room in each store gains that is there in every month, the dearest first."""
    lexicographic = result.tonnes_bound is not None
    found = []
    for dual in result.room_duals:
        if not dual.period:
            (low, high), km = worth_of([dual], lexicographic=lexicographic)
            assert low is not None, "one more tonne has a worth"
            assert high is not None
            found.append(RoomLine(int(dual.id), low, high, *km, dual.exact))
    return tuple(sorted(found, key=lambda row: (-row.high, -(row.km_high or 0), row.listing_id)))


Range = tuple[float | None, float | None]


def worth_of(duals: Sequence[Dual | RoomDual], *, lexicographic: bool) -> tuple[Range, Range]:
    """Return (low, high) of the first objective, and of the tonne-km that go with tonnes.

    Over several periods, the least and the greatest of any of them.
    """
    if not duals:
        return (None, None), (None, None)
    first = "tonnes" if lexicographic else "yuan"
    return _range(duals, first), _range(duals, "tonne_km") if lexicographic else (None, None)


def _range(duals: Sequence[Dual | RoomDual], name: str) -> Range:
    sides: list[Worth | None] = [side for dual in duals for side in (dual.more, dual.less)]
    values = sorted(getattr(side, name) for side in sides if side is not None)
    return (values[0], values[-1])
