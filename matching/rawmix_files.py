"""Reads `wujin rawmix` input: a table of materials and a TOML page of targets."""

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from matching.clinker import (
    MAIN,
    MOST_SUM_PERCENT,
    RATIOS,
    WindowFault,
    analysis_sum,
    ash_absorbed,
    window_fault,
)
from matching.problem import ProblemError
from matching.rawmix import Basis, Cap, RawMaterial, Target, Window, needed_components
from matching.tables import BadFileError, Row, read_table

_PERCENT_PER_MG_PER_KG = 1e-4
_SECTIONS = {
    "moduli": set(RATIOS),
    "clinker": {"max", "min", "max_mg_per_kg"},
    "raw_meal": {"max", "min", "max_mg_per_kg"},
    "coal_ash": {
        "heat_kj_per_kg_clinker", "ash_share", "coal_kj_per_kg", "absorption", "analysis",
    },
    "carbon": {"yuan_per_t", "count_magnesia"},
    "materials": {"banned"},
}  # fmt: skip
_WINDOW_FAULTS = {
    WindowFault.FREE_LIME: "{name} above {bound:g} is free lime",
    WindowFault.NO_ALITE: "{name} up to {bound:.3g} leaves no tricalcium silicate",
    WindowFault.LOW_ALUMINA: "the formulas hold for {name} from {bound:g}",
}


def read_line_target(path: Path) -> tuple[Target, tuple[tuple[str, float], ...]]:
    """Read a target and, from `[max_share]`, the largest share of each waste in the raw meal."""
    page = _read_toml(path)
    shares = page.pop("max_share", {})
    if not isinstance(shares, dict):
        raise BadFileError(path, "is no table", "write waste = share", column="max_share")
    found = {
        name: _number(path, f"max_share.{name}", share) for name, share in sorted(shares.items())
    }
    return _target(path, page), tuple(found.items())


def read_target(path: Path) -> Target:
    """Read windows, caps, coal ash, carbon price and bans; unknown keys are refused by name."""
    return _target(path, _read_toml(path))


def _target(path: Path, page: Mapping[str, Any]) -> Target:
    _refuse_unknown(path, page)
    try:
        return Target(
            windows=tuple(_windows(path, page.get("moduli", {}))),
            caps=(
                *_caps(path, page.get("clinker", {}), "clinker", Basis.CLINKER),
                *_caps(path, page.get("raw_meal", {}), "raw_meal", Basis.RAW_MEAL),
            ),
            ash_share=_ash_share(path, page.get("coal_ash", {})),
            ash={
                name: _number(path, f"coal_ash.analysis.{name}", value)
                for name, value in page.get("coal_ash", {}).get("analysis", {}).items()
            },
            carbon_yuan_per_t=_number(
                path, "carbon.yuan_per_t", page.get("carbon", {}).get("yuan_per_t", 0.0)
            ),
            magnesia_co2=bool(page.get("carbon", {}).get("count_magnesia", True)),
            banned=frozenset(page.get("materials", {}).get("banned", ())),
        )
    except ProblemError as error:
        raise BadFileError(path, str(error), "correct it") from error


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise BadFileError(path, error.strerror or "cannot be read", "give its path") from error
    except UnicodeDecodeError as error:
        raise BadFileError(path, "the file is not UTF-8", "save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise BadFileError(path, str(error), "write it as TOML") from error


def _refuse_unknown(path: Path, page: Mapping[str, Any]) -> None:
    for section, keys in page.items():
        if section not in _SECTIONS or not isinstance(keys, dict):
            known = ", ".join(_SECTIONS)
            raise BadFileError(path, f"[{section}] is not known", f"use {known}", column=section)
        for key in keys:
            if key not in _SECTIONS[section]:
                known = ", ".join(sorted(_SECTIONS[section]))
                column = f"{section}.{key}"
                raise BadFileError(path, f"{key} is not known", f"use {known}", column=column)


def _windows(path: Path, moduli: Mapping[str, Any]) -> Iterator[Window]:
    for name, window in moduli.items():
        key = f"moduli.{name}"
        if not isinstance(window, list) or len(window) != 2:
            raise BadFileError(path, "is no window", "write [low, high]", column=key)
        low, high = (_number(path, key, value) for value in window)
        if low > high:
            raise BadFileError(path, f"{low:g} is above {high:g}", "swap them", column=key)
        if fault := window_fault(name, low, high):
            problem = _WINDOW_FAULTS[fault[0]].format(name=name, bound=fault[1])
            raise BadFileError(path, problem, "widen or correct the window", column=key)
        yield Window(name, low, high)


def _caps(path: Path, limits: Mapping[str, Any], section: str, basis: Basis) -> Iterator[Cap]:
    for kind, values in limits.items():
        factor = _PERCENT_PER_MG_PER_KG if kind == "max_mg_per_kg" else 1.0
        for name, value in values.items():
            percent = factor * _number(path, f"{section}.{kind}.{name}", value)
            low, high = (percent, None) if kind == "min" else (None, percent)
            yield Cap(name, low, high, basis)


def _ash_share(path: Path, ash: Mapping[str, Any]) -> float:
    if not ash:
        return 0.0
    keys = ("heat_kj_per_kg_clinker", "ash_share", "coal_kj_per_kg")
    for key in keys:
        if key not in ash:
            raise BadFileError(path, "is missing", "add it to [coal_ash]", column=f"coal_ash.{key}")
    heat, share, coal = (_number(path, f"coal_ash.{key}", ash[key]) for key in keys)
    if coal <= 0:
        raise BadFileError(path, "is not above 0", "correct it", column="coal_ash.coal_kj_per_kg")
    absorption = _number(path, "coal_ash.absorption", ash.get("absorption", 1.0))
    return ash_absorbed(heat, share, coal, absorption)


def _number(path: Path, key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e9:
        problem = f"{value!r} is not a number from 0"
        raise BadFileError(path, problem, "write a plain number", column=key)
    return float(value)


def read_materials(path: Path, target: Target) -> tuple[RawMaterial, ...]:
    """Read dry analyses in percent: id, LOI, price_yuan_per_t and what the target needs.

    Optional: carbonate_share_of_CaO, moisture_pct, max_share. A blank analysis is unknown.
    """
    table = read_table(path, ("id", "LOI", "price_yuan_per_t", *needed_components(target)))
    seen: set[str] = set()
    found = []
    for row in table.rows():
        if row.text("id") in seen:
            raise row.bad("id", "stands in the file already", "give each row an id of its own")
        seen.add(row.text("id"))
        found.append(_material(row, target))
    unknown = target.banned - seen
    if unknown:
        problem = f"banned material {', '.join(sorted(unknown))} is not in the table"
        raise BadFileError(path, problem, "correct materials.banned", column="id")
    return tuple(found)


def _material(row: Row, target: Target) -> RawMaterial:
    needed = () if row.text("id") in target.banned else needed_components(target)
    names = dict.fromkeys((*needed, *(n for n in MAIN if n in row.table.columns)))
    analysis = {
        name: row.number(name, 0, 100) for name in names if name in needed or row.filled(name)
    }
    loss = row.number("LOI", -0.001, 100)
    total = analysis_sum(loss, analysis)
    if total > MOST_SUM_PERCENT:
        problem = f"oxides and LOI add up to {total:g} %"
        raise row.bad("LOI", problem, f"an analysis comes to 100, at most {MOST_SUM_PERCENT:g}")
    try:
        return RawMaterial(
            id=row.text("id"),
            analysis=analysis,
            loss_on_ignition=loss,
            price_yuan_per_t=row.number("price_yuan_per_t", -1e6, 1e6),
            carbonate_share=row.optional("carbonate_share_of_CaO", 0, 1) or 0.0,
            moisture_share=(row.optional("moisture_pct", 0, 99) or 0.0) / 100,
            max_share=row.optional("max_share", 0, 1),
        )
    except ProblemError as error:
        raise row.bad("id", str(error), "correct the row") from error
