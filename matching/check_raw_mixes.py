"""Every clinker of a plan, reckoned again from what was delivered and the reports of the lots."""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from matching.clinker import CO2_PER_CAO, CO2_PER_MGO, ratio_of
from matching.compatibility import usual_ranges
from matching.faults import Fault, Violation, same
from matching.kiln import CARBONATE, RawMixLine
from matching.limits import unfavourable
from matching.problem import Bound, Limit, Operator, Parameters, Problem, Supply
from matching.rawmix import Basis, Cap, form_of
from matching.result import RawMixUse, Result

_NEAR = 1e-6
"""Relative; a modulus or content may be off by so much of its limit, closure of its tonnes."""


@dataclass(frozen=True, slots=True)
class _Load:
    """Dry tonnes of one material, its contents as (low, high) percent, and what it burns off."""

    kind: str
    dry_t: float
    contents: Mapping[str, tuple[float, float]]
    loss: float
    carbonate: float
    price: float = 0.0


def check_raw_mixes(
    problem: Problem, parameters: Parameters, result: Result
) -> Iterator[Violation]:
    lines = {slot.raw_mix.id: slot.raw_mix for slot in problem.slots if slot.raw_mix}
    supplies = {row.id: row for row in problem.supplies}
    uses = {(use.line_id, use.period): use for use in result.raw_mixes}
    for key in [key for key in uses if key[0] not in lines or key[1] not in problem.periods]:
        yield Violation(Fault.UNKNOWN_ID, *key)
    for line in lines.values():
        for period, wanted_t in zip(problem.periods, line.clinker_t, strict=True):
            use = uses.get((line.id, period))
            if use is None:
                yield Violation(Fault.RAW_MIX_BROKEN, line.id, period, None, wanted_t)
                continue
            if any(name not in supplies for name, _ in (*use.burnt, *use.set_aside)):
                yield Violation(Fault.UNKNOWN_ID, f"{line.id} lots", period)
                continue
            lots = [(supplies[name], tonnes) for name, tonnes in use.burnt]
            yield from _check_line(problem, parameters, line, use, lots, wanted_t)
        yield from _check_lots(problem, result, line, uses)


def _check_lots(
    problem: Problem,
    result: Result,
    line: RawMixLine,
    uses: Mapping[tuple[str, str], RawMixUse],
) -> Iterator[Violation]:
    """Follow each lot: what came is burnt, set aside of a contract, or lies in a silo."""
    slots = {slot.id for slot in problem.slots if slot.raw_mix and slot.raw_mix.id == line.id}
    came = _by_period((f.period, f.supply_id, f.tonnes) for f in result.flows if f.slot_id in slots)
    bound = _by_period(
        (row.period, row.supply_id, row.tonnes) for row in problem.fixed if row.slot_id in slots
    )
    stocks = _by_period((s.period, "", s.tonnes) for s in result.stocks if s.id in slots)
    there: dict[str, float] = defaultdict(float)
    for period in problem.periods:
        use = uses.get((line.id, period))
        burnt, aside = (dict(rows) for rows in ((use.burnt, use.set_aside) if use else ((), ())))
        for name in {*came[period], *bound[period], *burnt, *aside}:
            sent, promised = came[period][name], bound[period][name]
            left, mixed = aside.get(name, 0.0), burnt.get(name, 0.0)
            if left < 0 or mixed < 0 or (left > promised and not same(left, promised)):
                yield Violation(Fault.UNBALANCED, f"{line.id} {name}", period, left, promised)
            most = there[name] + sent + promised - left
            if mixed > most and not same(mixed, most):
                yield Violation(Fault.UNBALANCED, f"{line.id} {name}", period, mixed, most)
            there[name] = max(0.0, most - mixed)
        kept, stock = math.fsum(there.values()), stocks[period][""]
        if not same(kept, stock):
            yield Violation(Fault.UNBALANCED, f"{line.id} silo", period, kept, stock)


def _by_period(rows: Iterable[tuple[str, str, float]]) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for period, name, tonnes in rows:
        found[period][name] += tonnes
    return found


def _check_line(
    problem: Problem,
    parameters: Parameters,
    line: RawMixLine,
    use: RawMixUse,
    lots: list[tuple[Supply, float]],
    wanted_t: float,
) -> Iterator[Violation]:
    loads = [_lot(problem, parameters, line, supply, tonnes) for supply, tonnes in lots]
    feeds = {feed.id: feed for feed in line.feeds}
    if any(load is None for load in loads) or any(name not in feeds for name, _ in use.feeds):
        yield Violation(Fault.RAW_MIX_BROKEN, f"{line.id} analysis", use.period)
        return
    known = [load for load in loads if load is not None]
    for name, tonnes in use.feeds:
        feed = feeds[name]
        contents = {key: (value, value) for key, value in feed.analysis.items()}
        known.append(
            _Load(
                f"feed {name}",
                tonnes,
                contents,
                feed.loss_on_ignition,
                feed.carbonate_share,
                feed.price_yuan_per_t,
            )
        )
    if use.missing_t < 0 or not same(use.clinker_t + use.missing_t, wanted_t):
        yield Violation(Fault.UNBALANCED, line.id, use.period, use.clinker_t, wanted_t)
    for name, found, low, high in _windows(line, use, known):
        slack = _NEAR * max(1.0, abs(low if math.isfinite(low) else high))
        if not low - slack <= found <= high + slack:
            expected = low if found < low else high
            owner = f"{line.id} {name}"
            yield Violation(Fault.RAW_MIX_BROKEN, owner, use.period, found, expected)
    yield from _check_cost(parameters, line, use, known)


def _lot(
    problem: Problem, parameters: Parameters, line: RawMixLine, supply: Supply, tonnes: float
) -> _Load | None:
    ranges = usual_ranges(problem, supply)

    def known(name: str, unit: str = "%") -> Bound | None:
        limit = Limit(name, Operator.AT_MOST, 100.0, unit)
        return unfavourable(supply, ranges, limit, parameters.on)

    bounds = {name: known(name) for name in line.components}
    loss, carbonate = known("LOI"), known(CARBONATE, "share")
    if loss is None or None in bounds.values():
        return None
    return _Load(
        supply.material_id,
        tonnes * (1 - (supply.moisture_share or 0.0)),
        {name: (bound.low, bound.high) for name, bound in bounds.items() if bound},
        (loss.low + loss.high) / 2,
        1.0 if carbonate is None else min(1.0, carbonate.high),
    )


def _windows(
    line: RawMixLine, use: RawMixUse, loads: list[_Load]
) -> Iterator[tuple[str, float, float, float]]:
    """Yield name, value and the two ends it must lie between; nothing made has no moduli."""
    target, made = line.target, use.clinker_t
    raw = math.fsum(load.dry_t for load in loads)
    stays = math.fsum(load.dry_t * (1 - load.loss / 100) for load in loads)
    yield "closure", stays + made * target.ash_share - made, -_NEAR * made, _NEAR * made
    if made <= _NEAR:
        return
    names = {name for load in loads for name in load.contents} | set(target.ash)
    clinker = {
        name: _mean(loads, name) / made + target.ash_share * target.ash.get(name, 0.0)
        for name in names
    }
    for window in target.windows:
        value = ratio_of(window.name, clinker)
        yield window.name, value, _or(window.low, -math.inf), _or(window.high, math.inf)
    for cap in target.caps:
        yield from _cap(line, cap, loads, made, raw)
    for name, share in line.max_shares:
        mine = math.fsum(load.dry_t for load in loads if load.kind == name)
        yield f"share of {name}", mine / raw, 0.0, share
    for feed in line.feeds:
        if feed.max_share is not None:
            mine = math.fsum(load.dry_t for load in loads if load.kind == f"feed {feed.id}")
            yield f"share of {feed.id}", mine / raw, 0.0, feed.max_share


def _cap(
    line: RawMixLine, cap: Cap, loads: list[_Load], made: float, raw: float
) -> Iterator[tuple[str, float, float, float]]:
    """Take each side with the worse end of every range."""
    target, form = line.target, form_of(cap.name)
    ash = target.ash_share * math.fsum(f * target.ash.get(n, 0.0) for n, f in form.items())
    for at_most, limit in ((True, cap.high), (False, cap.low)):
        if limit is None:
            continue
        carried = math.fsum(
            load.dry_t * factor * load.contents[name][int(at_most == (factor > 0))]
            for load in loads
            for name, factor in form.items()
        )
        on_meal = cap.basis is Basis.RAW_MEAL
        value = carried / raw if on_meal else carried / made + ash
        yield cap.name, value, -math.inf if at_most else limit, limit if at_most else math.inf


def _mean(loads: Iterable[_Load], name: str) -> float:
    return math.fsum(
        load.dry_t * sum(load.contents[name]) / 2 for load in loads if name in load.contents
    )


def _or(value: float | None, otherwise: float) -> float:
    return otherwise if value is None else value


def _check_cost(
    parameters: Parameters, line: RawMixLine, use: RawMixUse, loads: list[_Load]
) -> Iterator[Violation]:
    magnesia = CO2_PER_MGO if line.target.magnesia_co2 else 0.0
    kg = 10 * math.fsum(
        load.carbonate * (CO2_PER_CAO * _mean([load], "CaO") + magnesia * _mean([load], "MgO"))
        for load in loads
    )
    carbon = parameters.carbon_yuan_per_t or 0.0
    yuan = math.fsum(load.dry_t * load.price for load in loads) + carbon * kg / 1000
    for name, stated, found in (
        ("process CO2", use.process_co2_kg, kg),
        ("cost", use.cost_yuan, yuan),
    ):
        if not math.isclose(stated, found, rel_tol=_NEAR, abs_tol=1e-2):
            yield Violation(Fault.WRONG_TOTAL, f"{line.id} {name}", use.period, stated, found)
