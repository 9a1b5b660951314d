"""Writes a plan to files: all of them or none, and never over anything but its own."""

import csv
import json
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from matching.account import Account, account_of
from matching.conflicts import Clash, conflicts_of
from matching.economics import Co2Range
from matching.explain import Refusal, refusals_of
from matching.lapsing import Lapse, lapses_of
from matching.problem import Objective, Parameters, Problem, Rule
from matching.result import Dual, Result, RoomDual, Worth

_Cells = Iterable[object]


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A file to be: its header and rows; `seasonal` columns vanish from one-period results."""

    name: str
    header: tuple[str, ...]
    rows: Iterator[_Cells]


_SEASONAL = frozenset({"period", "yuan_per_t", "exact"})
"""Columns only scenarios have: two plain files know neither seasons nor money."""


def write_result(
    out: Path,
    problem: Problem,
    parameters: Parameters,
    result: Result,
    *,
    check_seconds: float,
    scenario: bool = False,
) -> None:
    """Write every file beside the others first, then move them in: never half a result."""
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=out, prefix=".writing-") as name:
        staged = Path(name)
        for sheet in _sheets(parameters, result, scenario=scenario):
            _write_sheet(staged, sheet, dropped=frozenset() if scenario else _SEASONAL)
        summary = _summary(problem, parameters, result, check_seconds)
        if scenario:
            account = account_of(problem, parameters, result)
            _write_sheet(staged, _account_sheet(account), dropped=frozenset())
            _write_sheet(staged, _refusal_sheet(problem, parameters, result), dropped=frozenset())
            if lapses := lapses_of(problem, parameters, result):
                _write_sheet(staged, _lapse_sheet(lapses), dropped=frozenset())
            summary["room_prices_file"] = "room_duals.csv"
            summary["net_co2_kg"] = _co2(account.co2_kg)
        text = json.dumps(summary, indent=2, ensure_ascii=False) + "\n"
        (staged / "summary.json").write_text(text, encoding="utf-8")
        for file in sorted(staged.iterdir()):
            file.replace(out / file.name)


def _sheets(parameters: Parameters, result: Result, *, scenario: bool) -> Iterator[_Sheet]:
    yield _Sheet(
        "flows.csv",
        ("source", "sink", "period", "tonnes", "km", "yuan_per_t"),
        (
            (f.supply_id, f.slot_id, f.period, _plain(f.tonnes), _plain(f.distance_km),
             _plain(f.value_yuan_per_t))
            for f in result.flows
        ),
    )  # fmt: skip
    yield _Sheet(
        "unmatched.csv",
        ("source", "period", "tonnes", "reason", "sinks_in_radius", "sinks_refused"),
        (
            (u.supply_id, u.period, _exact(u.tonnes), u.reason, u.in_radius, u.refused)
            for u in result.unmatched
        ),
    )
    yield _dual_sheet(parameters, result)
    if scenario:
        yield from _season_sheets(result)
        yield _dual_sheet(parameters, result, rooms=True)


def _dual_sheet(parameters: Parameters, result: Result, *, rooms: bool = False) -> _Sheet:
    """Write prices of supplies and slots or, with `rooms`, of room in their stores."""
    by_tonnes = parameters.objective is Objective.TONNES
    levels = (
        (
            "one_more_t_tonnes",
            "one_more_t_tonne_km_saved",
            "one_less_t_tonnes_lost",
            "one_less_t_tonne_km_added",
        )
        if by_tonnes
        else ("one_more_t_yuan", "one_less_t_yuan_lost")
    )
    duals: tuple[Dual | RoomDual, ...] = result.room_duals if rooms else result.duals
    rows = (
        (
            dual.side,
            dual.id,
            dual.period,
            *_levels(dual.more, by_tonnes=by_tonnes),
            *_levels(dual.less, by_tonnes=by_tonnes),
            "yes" if dual.exact else "no",
        )
        for dual in duals
    )
    name = "room_duals.csv" if rooms else "duals.csv"
    return _Sheet(name, ("side", "id", "period", *levels, "exact"), rows)


def _levels(worth: Worth | None, *, by_tonnes: bool) -> tuple[str, ...]:
    """Blank where there is no tonne to lose."""
    if worth is None:
        return ("", "") if by_tonnes else ("",)
    return (_plain(worth.tonnes), _plain(worth.tonne_km)) if by_tonnes else (_plain(worth.yuan),)


def _season_sheets(result: Result) -> Iterator[_Sheet]:
    yield _Sheet(
        "stocks.csv",
        ("side", "id", "period", "tonnes"),
        ((s.side, s.id, s.period, _plain(s.tonnes)) for s in result.stocks),
    )
    yield _Sheet(
        "mixes.csv",
        ("slot", "period", "property", "operator", "limit", "value", "margin", "unit"),
        (
            (m.slot_id, m.period, m.name, m.operator, _plain(m.limit), _plain(m.value),
             _plain(m.margin), m.unit)
            for m in result.mixes
        ),
    )  # fmt: skip
    if result.dosages:
        yield _Sheet(
            "dosages.csv",
            ("line", "period", "property", "limit", "value", "margin", "unit", "unknown_t"),
            (
                (u.line_id, u.period, u.name, _plain(u.limit), _plain(u.value),
                 _plain(u.limit - u.value), u.unit, _plain(u.unknown_t))
                for u in result.dosages
            ),
        )  # fmt: skip
    if result.raw_mixes:
        yield _raw_mix_sheet(result)


def _account_sheet(account: Account) -> _Sheet:
    """Write what each line brings; storage and the kilns' mix are spent, prices change hands."""
    paid = account.transfer
    sums = (
        ("storage", -account.storage_yuan),
        ("raw_mix", -account.raw_mix_yuan),
        ("net_value", account.net_value_yuan),
        ("price_least", paid.low_yuan),
        ("price_even", paid.even_yuan),
        ("price_most", paid.high_yuan),
    )
    unknown = {name: paid.unknown_t for name, _ in sums if name.startswith("price")}
    rows: list[tuple[str, ...]] = [
        (e.kind, _plain(e.yuan), _plain(e.missing_t), " | ".join(e.sources))
        for e in account.entries
    ]
    rows += [(name, _plain(yuan), _plain(unknown.get(name, 0.0)), "") for name, yuan in sums]
    return _Sheet("account.csv", ("line", "yuan", "missing_t", "source"), iter(rows))


def _refusal_sheet(problem: Problem, parameters: Parameters, result: Result) -> _Sheet:
    """Write a row for each thing that refuses a pair, with the smallest change that ends it.

    Blend limits that exclude every mix refuse all sources of a sink: theirs is blank.
    """
    header = ("source", "sink", "km", "reason", "property", "value", "operator", "limit", "unit")
    changes = ("margin", "standard", "clause", "change", "change_from", "change_to")
    rows = [_refusal_cells(row) for row in refusals_of(problem, parameters)]
    for conflict in conflicts_of(problem, parameters, result):
        rows += [_clash_cells(conflict.slot_id, clash) for clash in conflict.clashes]
    return _Sheet("refusals.csv", (*header, *changes), iter(rows))


def _lapse_sheet(lapses: tuple[Lapse, ...]) -> _Sheet:
    """Write what runs out within the plan, and what the months after it send on its strength."""
    header = ("kind", "owner", "number", "names", "last_day", "periods_after", "tonnes_after")
    cells = (
        (
            row.kind, row.owner_id, row.number, " ".join(row.names), row.last_day.isoformat(),
            " ".join(row.periods), _plain(row.tonnes), _plain(row.refused_t), row.remedy,
        )
        for row in lapses
    )  # fmt: skip
    return _Sheet("lapses.csv", (*header, "refused_by_usual_range_t", "change"), cells)


def _clash_cells(slot_id: str, clash: Clash) -> _Cells:
    limit, rule = clash.limit, clash.limit.rule or Rule("")
    sign = "<=" if clash.at_most else ">="
    what = ("", slot_id, "", "no_mix", limit.name, "", sign, _plain(clash.value), limit.unit)
    return (*what, "", rule.standard, rule.clause, "", "", "")


def _refusal_cells(row: Refusal) -> _Cells:
    finding = row.finding
    rule, lift = finding.rule or Rule(""), finding.lift
    return (
        *(row.supply_id, row.slot_id, _maybe(row.distance_km), finding.reason, finding.name),
        *(_maybe(finding.value), finding.operator, _maybe(finding.limit), finding.unit),
        *(_maybe(finding.margin), rule.standard, rule.clause, lift.kind if lift else ""),
        *((_maybe(lift.current), _maybe(lift.target)) if lift else ("", "")),
    )


def _maybe(value: float | None) -> str:
    return "" if value is None else _plain(value)


def _co2(net: Co2Range) -> dict[str, object]:
    low, central, high = (_number(value) for value in (net.low, net.central, net.high))
    return {"low": low, "central": central, "high": high, "complete": not net.missing}


def _raw_mix_sheet(result: Result) -> _Sheet:
    return _Sheet(
        "raw_mixes.csv",
        (
            "line",
            "period",
            "clinker_t",
            "missing_t",
            "KH",
            "LSF",
            "SM",
            "IM",
            "feeds",
            "cost_yuan",
            "process_co2_kg",
            "conflict",
            "burnt",
            "set_aside",
        ),
        (
            (
                u.line_id,
                u.period,
                _plain(u.clinker_t),
                _plain(u.missing_t),
                *(_plain(u.ratios[name]) if u.ratios else "" for name in ("KH", "LSF", "SM", "IM")),
                " ".join(f"{name}={_plain(tonnes)}" for name, tonnes in u.feeds),
                _plain(u.cost_yuan),
                _plain(u.process_co2_kg),
                "; ".join(u.conflict),
                *(
                    " ".join(f"{name}={_plain(tonnes)}" for name, tonnes in lots)
                    for lots in (u.burnt, u.set_aside)
                ),
            )
            for u in result.raw_mixes
        ),
    )


def _write_sheet(folder: Path, sheet: _Sheet, dropped: frozenset[str]) -> None:
    kept = [index for index, name in enumerate(sheet.header) if name not in dropped]
    with (folder / sheet.name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([sheet.header[index] for index in kept])
        for cells in map(tuple, sheet.rows):
            writer.writerow([cells[index] for index in kept])


def _summary(
    problem: Problem, parameters: Parameters, result: Result, check_seconds: float
) -> dict[str, object]:
    seconds = {row.stage.value: round(row.seconds, 6) for row in result.seconds}
    seconds["check"] = round(check_seconds, 6)
    seconds["total"] = round(sum(seconds.values()), 6)
    return {
        "status": result.status,
        "objective": parameters.objective,
        "radius_km": parameters.radius_km,
        "periods": len(problem.periods),
        "tonnes": _number(result.tonnes),
        "tonnes_available": _ten_digits(sum(sum(row.tonnes) for row in problem.supplies)),
        "tonnes_capacity": _number(sum(sum(row.tonnes) for row in problem.slots)),
        "tonnes_bound": _number(result.tonnes_bound),
        "tonne_km": _number(result.tonne_km),
        "net_value_yuan": _number(result.net_value_yuan),
        "bound": _number(result.bound),
        "gap": result.gap,
        "edges": result.edges,
        "components": result.components,
        "flows": len(result.flows),
        "seconds": seconds,
        "dual_prices_file": "duals.csv",
    }


def _number(value: float | None) -> float | int | None:
    """Whole numbers are written whole; others to six digits."""
    if value is None:
        return None
    return int(value) if value == int(value) else round(value, 6)


def _ten_digits(value: float) -> float | int:
    """Write a sum as the sentence at the end of a run does."""
    number = float(f"{value:.10g}")
    return int(number) if number == int(number) else number


def _exact(tonnes: float) -> str:
    """Write tonnes to six digits, and less than a gram as what it is."""
    return _plain(tonnes) if tonnes >= 1e-6 else f"{tonnes:.3g}"


def _plain(value: float) -> str:
    return str(_number(value))
