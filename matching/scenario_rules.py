"""What a scenario folder knows of quality and law: reports, usual ranges, limits, rules."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from matching.limits import possible
from matching.problem import (
    MAX_TONNES,
    BorderRule,
    Bound,
    Dosage,
    Licence,
    Limit,
    Material,
    Operator,
    ProblemError,
    Rule,
    Scope,
    Severity,
)
from matching.scenario_run import require_known
from matching.tables import Row, read_table

_HAZARD_CODE = re.compile(r"HW\d{2}|\d{3}-\d{3}-\d{2}", re.ASCII)


class Answer(StrEnum):
    YES = "yes"
    NO = "no"


class About(StrEnum):
    """What a row of rules.csv is about."""

    BORDER = "border"
    HAZARDOUS_BORDER = "hazardous_border"
    LICENCE = "licence"
    IDENTIFY = "identify"


@dataclass(frozen=True, slots=True)
class Rules:
    borders: tuple[BorderRule, ...] = ()
    licence: Rule | None = None
    identify: Rule | None = None


def listed(row: Row, column: str) -> tuple[str, ...]:
    """Read words with `|` between."""
    words = (word.strip() for word in row.words(column).split("|"))
    return tuple(dict.fromkeys(word for word in words if word))


def hazard_codes(row: Row, column: str) -> frozenset[str]:
    """Read codes or classes of hazardous waste, with `|` or blanks between."""
    codes = row.words(column).replace("|", " ").split()
    for code in codes:
        if not _HAZARD_CODE.fullmatch(code):
            remedy = "write a class such as HW48 or a code such as 321-024-48"
            raise row.bad(column, f"{code!r} is no code of hazardous waste", remedy)
    return frozenset(codes)


def rule_of(row: Row) -> Rule | None:
    standard, clause = row.words("standard"), row.words("clause")
    return Rule(standard, clause) if standard or clause else None


def read_bounds(
    path: Path, owner: str, known: Iterable[str] | None = None, where: str = ""
) -> dict[str, tuple[Bound, ...]]:
    """Read reports, figures or usual ranges by their owner's id, one of the `known`."""
    found: dict[str, list[Bound]] = defaultdict(list)
    if not path.exists():
        return {}
    for row in read_table(path, (owner, "property", "low", "high", "unit")).rows():
        if known is not None:
            require_known(row, owner, row.text(owner), known, where)
        name, unit = row.text("property"), row.text("unit")
        ends = possible(name, unit)
        low, high = (row.number(column, *ends) for column in ("low", "high"))
        if low > high:
            raise row.bad("low", "is above high", "swap them")
        if any(bound.name == name for bound in found[row.text(owner)]):
            raise row.bad("property", f"{name!r} is reported twice", "keep one row")
        bound = Bound(name, low, high, unit, row.day("expires_on"))
        found[row.text(owner)].append(bound)
    return {key: tuple(bounds) for key, bounds in found.items()}


def read_materials(path: Path) -> tuple[Material, ...]:
    """Read the usual ranges that stand in where a lot has no valid report."""
    return tuple(Material(key, bounds) for key, bounds in read_bounds(path, "material").items())


def read_limits(path: Path, known: Iterable[str]) -> dict[str, tuple[Limit, ...]]:
    found: dict[str, list[Limit]] = defaultdict(list)
    if not path.exists():
        return {}
    columns = ("slot", "property", "operator", "value", "unit", "scope")
    for row in read_table(path, columns).rows():
        require_known(row, "slot", row.text("slot"), known, "slots.csv")
        found[row.text("slot")].append(_limit(row))
    return {key: tuple(limits) for key, limits in found.items()}


def _limit(row: Row) -> Limit:
    scope = row.choice("scope", Scope)
    name, unit = row.text("property"), row.text("unit")
    ends = possible(name, unit)
    try:
        return Limit(
            name=name,
            operator=row.choice("operator", Operator) or Operator.AT_MOST,
            value=row.number("value", *ends),
            unit=unit,
            value_high=row.optional("value_high", *ends),
            scope=scope or Scope.MATERIAL,
            severity=row.choice("severity", Severity) or Severity.BLOCK,
            grades=listed(row, "grades"),
            variant=row.words("variant"),
            rule=rule_of(row),
        )
    except ProblemError as error:
        raise row.bad("operator", str(error), "correct the row") from error


def read_dosages(
    path: Path, product_t: Mapping[str, tuple[float, ...] | None]
) -> tuple[Dosage, ...]:
    """Read limits on what all slots of a line bring into its product, by line."""
    found: dict[str, list[Limit]] = defaultdict(list)
    if not path.exists():
        return ()
    for row in read_table(path, ("line", "property", "value", "unit")).rows():
        line_id, name, unit = row.text("line"), row.text("property"), row.text("unit")
        require_known(row, "line", line_id, product_t, "lines.csv")
        if product_t[line_id] is None:
            raise row.bad("line", f"{line_id!r} has no product_t", "add it to lines.csv")
        if any(limit.name == name for limit in found[line_id]):
            raise row.bad("property", f"{name!r} is limited twice", "keep one row")
        value = row.number("value", 0, possible(name, unit)[1])
        limit = Limit(name, Operator.AT_MOST, value, unit, scope=Scope.MIX, rule=rule_of(row))
        found[line_id].append(limit)
    return tuple(
        Dosage(line_id, product_t[line_id] or (), tuple(limits))
        for line_id, limits in found.items()
    )


def read_licences(path: Path, known: Iterable[str]) -> dict[str, tuple[Licence, ...]]:
    """Read licences by line, so that codes may have a capacity each."""
    found: dict[str, list[Licence]] = defaultdict(list)
    if not path.exists():
        return {}
    for row in read_table(path, ("line", "codes", "valid_to", "tonnes")).rows():
        require_known(row, "line", row.text("line"), known, "lines.csv")
        row.text("codes")
        codes = hazard_codes(row, "codes")
        tonnes = row.optional("tonnes", 0, MAX_TONNES)
        number = row.words("number") or f"line {row.line}"
        found[row.text("line")].append(Licence(codes, row.day("valid_to"), tonnes, number))
    return {key: tuple(licences) for key, licences in found.items()}


def read_rules(path: Path) -> Rules:
    """Read what the law says of borders, licences and identification; none without the file."""
    borders: list[BorderRule] = []
    single: dict[About, Rule] = {}
    if not path.exists():
        return Rules()
    for row in read_table(path, ("about", "standard")).rows():
        about = row.choice("about", About)
        if about is None:
            raise row.bad("about", "is empty", f"use one of {', '.join(About)}")
        rule = Rule(row.text("standard"), row.words("clause"))
        severity = row.choice("severity", Severity)
        if about in {About.BORDER, About.HAZARDOUS_BORDER}:
            if severity is None or severity is Severity.INFO:
                raise row.bad("severity", "does not say what a border does", "use block or warn")
            borders.append(BorderRule(about is About.HAZARDOUS_BORDER, severity, rule))
        elif about in single:
            raise row.bad("about", f"{about.value} has a rule already", "keep one row")
        elif severity is not None:
            raise row.bad("severity", "belongs to borders alone", "leave it out")
        else:
            single[about] = rule
    return Rules(tuple(borders), single.get(About.LICENCE), single.get(About.IDENTIFY))
