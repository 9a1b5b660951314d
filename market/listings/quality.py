"""Where a lot stands against the limits of its material: pure arithmetic, no tables, no words.

Values are bounds, and the unfavourable one counts: the upper against "at most", the lower against
"at least". A grade classifies; only failing the lowest grade puts a lot outside.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from market.listings.answers import Reading

GRADES = ("I", "II", "III", "S105", "S95", "S75", "特级", "一级", "二级", "三级")
"""Best first within each scheme: fly ash, slag powder, gypsum. No standard mixes schemes."""

MG_PER_KG_PER_PERCENT = 10_000
OXIDES = frozenset({
    "SiO2", "Al2O3", "Fe2O3", "CaO", "MgO", "SO3", "Na2O+K2O", "Na2O", "K2O", "P2O5", "TiO2",
    "MnO", "LOI",
})  # fmt: skip
OXIDE_SUM_MAX = 102.0
"""Separate determinations may add up to a little over 100; more than this is a slip."""

RATIO_PROPERTIES = frozenset({"water_requirement_ratio", "strength_activity_index_28d"})
"""Per cent of a reference, so 100 is no ceiling."""

MOISTURE = "moisture"
MOISTURE_PROPERTIES = (MOISTURE, "attached_water")


class Outcome(StrEnum):
    WITHIN = "within"
    WARN = "warn"  # beyond a limit that does not bar
    OUTSIDE = "outside"
    UNLIMITED = "unlimited"  # measured, and nothing to hold it against
    UNKNOWN = "unknown"


class Direction(StrEnum):
    AT_MOST = "<="
    AT_LEAST = ">="
    BETWEEN = "between"


STRICT = frozenset({"<", ">"})
DIRECTIONS = {
    "<=": Direction.AT_MOST,
    "<": Direction.AT_MOST,
    ">=": Direction.AT_LEAST,
    ">": Direction.AT_LEAST,
    "between": Direction.BETWEEN,
}


@dataclass(frozen=True, slots=True)
class LimitRow:
    process_id: str
    name: str
    operator: str
    value: float
    value_high: float | None
    unit: str
    grades: tuple[str, ...]
    bars: bool  # a broken one bars the use; otherwise it only warns
    standard: str
    clause: str


@dataclass(frozen=True, slots=True)
class Tick:
    """One limit on the bar; ``grade`` is empty where the limit holds for every grade.

    A ``strict`` limit ("below", "above") is missed by a value that equals it.
    """

    value: float
    grade: str = ""
    strict: bool = False

    def met(self, room: float) -> bool:
        return room > 0 or (room == 0 and not self.strict)


@dataclass(frozen=True, slots=True)
class Check:
    """One property against one scheme.

    ``margin`` is the distance to the limit that decides: positive inside, negative by how much
    the last limit is missed. ``gap`` is what is lacking for ``better``, the next grade up.
    ``usual`` is the catalogue's range, where one is known.
    """

    name: str
    unit: str
    direction: Direction
    ticks: tuple[Tick, ...]
    low: float | None
    high: float | None
    outcome: Outcome
    grade: str = ""
    margin: float | None = None
    better: str = ""
    gap: float | None = None
    standard: str = ""
    clause: str = ""
    usual: tuple[float, float] | None = None

    @property
    def value(self) -> float | None:
        """Return the unfavourable bound."""
        return self.low if self.direction is Direction.AT_LEAST else self.high

    @property
    def limit(self) -> float | None:
        """Return the limit to show beside the value: that of its grade, else the last."""
        if not self.ticks:
            return None
        own = [tick.value for tick in self.ticks if self.grade and tick.grade == self.grade]
        if own:
            return own[0]
        return self.ticks[0 if self.direction is Direction.AT_LEAST else -1].value

    @property
    def grading(self) -> bool:
        """Tell whether this property decides a grade, if its standard is the one that grades."""
        return any(tick.grade for tick in self.ticks)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The lot as a whole. ``grade`` is empty while ``missing`` names what it still depends on."""

    checks: tuple[Check, ...]
    grade: str
    standard: str
    deciding: tuple[str, ...]
    missing: tuple[str, ...]

    def count(self, outcome: str) -> int:
        return sum(check.outcome == outcome for check in self.checks)

    @property
    def measured(self) -> int:
        return sum(check.outcome is not Outcome.UNKNOWN for check in self.checks)

    @property
    def exception(self) -> Outcome | None:
        """Return the worst that a key check says against the lot; None: nothing."""
        found = {check.outcome for check in self.key_checks}
        return next((bad for bad in (Outcome.OUTSIDE, Outcome.WARN) if bad in found), None)

    @property
    def lacks_grade(self) -> bool:
        return not self.grade and any(check.grading for check in self.checks)

    @property
    def key_checks(self) -> tuple[Check, ...]:
        """Return up to three: those that decide the grade, else the first with a value."""
        grading = [check for check in self.checks if check.grading]
        known = [check for check in self.checks if check.value is not None and check.ticks]
        return tuple((grading or known)[:3])


def converted(value: float, unit: str, wanted: str) -> float | None:
    """Convert between the units one property is limited in; None where none is known."""
    if unit == wanted:
        return value
    if (unit, wanted) == ("%", "mg/kg"):
        return value * MG_PER_KG_PER_PERCENT
    if (unit, wanted) == ("mg/kg", "%"):
        return value / MG_PER_KG_PER_PERCENT
    return None


def _scheme(rows: Sequence[LimitRow]) -> str:
    """Choose the process whose standard grades this material; else the one that asks most."""
    score: dict[str, tuple[int, int]] = {}
    for row in rows:
        graded, all_rows = score.get(row.process_id, (0, 0))
        graded += len(row.grades) == 1 and row.bars
        score[row.process_id] = (graded, all_rows + 1)
    return max(score, key=lambda process: score[process], default="")


def _chosen_rows(rows: Sequence[LimitRow], scheme: str) -> list[LimitRow]:
    """Keep one process's rows of one property: the scheme's, else the first that bars."""
    own = [row for row in rows if row.process_id == scheme]
    if not own:
        first = next((row for row in rows if row.bars), rows[0])
        own = [row for row in rows if row.process_id == first.process_id]
    direction = DIRECTIONS[own[0].operator]
    return [row for row in own if DIRECTIONS[row.operator] is direction]


def _ticks(rows: Sequence[LimitRow], direction: Direction) -> tuple[Tick, ...]:
    if direction is Direction.BETWEEN:
        return (Tick(rows[0].value), Tick(rows[0].value_high or rows[0].value))
    strictest = min if direction is Direction.AT_MOST else max
    by_grade: dict[str, Tick] = {}
    for row in rows:
        grade = row.grades[0] if len(row.grades) == 1 else ""
        tick = Tick(row.value, grade, row.operator in STRICT)
        by_grade[grade] = strictest(by_grade.get(grade, tick), tick, key=lambda t: t.value)
    if len(by_grade) > 1:
        by_grade.pop("", None)
    return tuple(sorted(by_grade.values(), key=lambda tick: tick.value))


def _grades_of(rows: Sequence[LimitRow]) -> dict[str, list[str]]:
    """Return the grades that each process tells apart, best first."""
    found: dict[str, set[str]] = defaultdict(set)
    for row in rows:
        found[row.process_id].update(row.grades if len(row.grades) == 1 else ())
    return {process: sorted(grades, key=_rank) for process, grades in found.items()}


def _rank(grade: str) -> int:
    return GRADES.index(grade) if grade in GRADES else len(GRADES)


def _against(check: Check, *, bars: bool, grades: Sequence[str]) -> Check:
    """Judge a check that has a value and limits; ``grades`` are those of its standard."""
    if check.direction is Direction.BETWEEN:
        low, high = check.ticks[0].value, check.ticks[-1].value
        margin = min((check.low or 0) - low, high - (check.high or 0))
        return _judged(check, margin=margin, met=margin >= 0, bars=bars)
    sign = -1 if check.direction is Direction.AT_LEAST else 1
    value = check.value
    assert value is not None
    room = {tick.grade: sign * (tick.value - value) for tick in check.ticks}
    limits = {tick.grade: tick for tick in check.ticks}
    if not check.grading:
        return _judged(check, margin=room[""], met=limits[""].met(room[""]), bars=bars)
    reached = [g for g in grades if g not in limits or limits[g].met(room[g])]
    if not reached:
        return _judged(check, margin=max(room.values()), met=False, bars=bars)
    above = grades[: grades.index(reached[0])]
    better = above[-1] if above else ""
    return _judged(
        check,
        margin=room.get(reached[0]),
        met=True,
        bars=bars,
        grade=reached[0],
        better=better,
        gap=-room[better] if better else None,
    )


def _judged(
    check: Check,
    *,
    margin: float | None,
    met: bool,
    bars: bool,
    grade: str = "",
    better: str = "",
    gap: float | None = None,
) -> Check:
    outcome = Outcome.WITHIN if met else Outcome.OUTSIDE if bars else Outcome.WARN
    return replace(
        check,
        outcome=outcome,
        grade=grade,
        margin=None if margin is None else round(margin, 6) + 0.0,  # no negative zero
        better=better,
        gap=None if gap is None else round(gap, 6) + 0.0,
    )


def _check(rows: Sequence[LimitRow], reading: Reading | None, grades: Sequence[str]) -> Check:
    first = rows[0]
    direction = DIRECTIONS[first.operator]
    low = high = None
    if reading is not None:
        low = converted(reading.low, reading.unit, first.unit)
        high = converted(reading.high, reading.unit, first.unit)
    empty = Check(
        first.name, first.unit, direction, _ticks(rows, direction), low, high,
        Outcome.UNKNOWN, standard=first.standard, clause=first.clause,
    )  # fmt: skip
    if high is None:
        return empty
    return _against(empty, bars=any(row.bars for row in rows), grades=grades)


def _of_a_use(reading: Reading, of_uses: Sequence[LimitRow]) -> Check:
    """Judge a reading by the first use that limits it; unlimited where none does."""
    own = [row for row in of_uses if row.name == reading.name and row.operator in DIRECTIONS]
    return _check(_chosen_rows(own, ""), reading, ()) if own else _unlimited(reading)


def _unlimited(reading: Reading) -> Check:
    return Check(
        reading.name, reading.unit, Direction.AT_MOST, (), reading.low, reading.high,
        Outcome.UNLIMITED,
    )  # fmt: skip


def assess(
    rows: Sequence[LimitRow], readings: Iterable[Reading], of_uses: Sequence[LimitRow] = ()
) -> Verdict:
    """Judge a lot against the limits on its material, in the order of the catalogue.

    ``of_uses`` hold for whatever a process takes: they judge what the material's own leave open.
    """
    by_property: dict[str, list[LimitRow]] = defaultdict(list)
    for row in rows:
        if row.operator in DIRECTIONS:
            by_property[row.name].append(row)
    scheme = _scheme(rows)
    measured: Mapping[str, Reading] = {reading.name: reading for reading in readings}
    chosen = {name: _chosen_rows(group, scheme) for name, group in by_property.items()}
    of_scheme = {name for name, group in chosen.items() if group[0].process_id == scheme}
    grades = _grades_of(rows)
    checks = [
        _check(group, measured.get(name), grades[group[0].process_id])
        for name, group in chosen.items()
    ]
    checks.sort(key=lambda check: (check.name not in of_scheme, not check.grading))
    extra = [_of_a_use(r, of_uses) for name, r in measured.items() if name not in chosen]
    extra.sort(key=lambda check: check.outcome is Outcome.UNLIMITED)
    return _verdict((*checks, *extra), of_scheme, scheme, rows)


def _verdict(
    checks: tuple[Check, ...], of_scheme: set[str], scheme: str, rows: Sequence[LimitRow]
) -> Verdict:
    standard = next((row.standard for row in rows if row.process_id == scheme), "")
    grading = [check for check in checks if check.grading and check.name in of_scheme]
    missing = tuple(check.name for check in grading if check.outcome is Outcome.UNKNOWN)
    failed = [c for c in checks if c.name in of_scheme and c.outcome is Outcome.OUTSIDE]
    if not grading or missing or failed or any(not check.grade for check in grading):
        return Verdict(checks, "", standard, tuple(c.name for c in failed), missing)
    worst = max((check.grade for check in grading), key=_rank)
    deciding = tuple(check.name for check in grading if check.grade == worst)
    return Verdict(checks, worst, standard, deciding, ())


@dataclass(frozen=True, slots=True)
class Use:
    """Whether a process can take the lot as far as it is known; ``first`` names what bars it."""

    process_id: str
    outcome: Outcome
    first: Check | None


def uses(rows: Sequence[LimitRow], readings: Iterable[Reading]) -> tuple[Use, ...]:
    """Judge the lot for each process apart, in the order of the catalogue."""
    measured = tuple(readings)
    by_process: dict[str, list[LimitRow]] = defaultdict(list)
    for row in rows:
        by_process[row.process_id].append(row)
    return tuple(_use(process, own, measured) for process, own in by_process.items())


def _use(process_id: str, rows: Sequence[LimitRow], readings: tuple[Reading, ...]) -> Use:
    names = {row.name for row in rows}
    checks = [check for check in assess(rows, readings).checks if check.name in names]
    for outcome in (Outcome.OUTSIDE, Outcome.WARN):
        first = next((check for check in checks if check.outcome is outcome), None)
        if first is not None:
            return Use(process_id, outcome, first)
    known = any(check.outcome is Outcome.WITHIN for check in checks)
    return Use(process_id, Outcome.WITHIN if known else Outcome.UNKNOWN, None)


def with_usual(
    verdict: Verdict, usual: Mapping[str, tuple[float, float, str]]
) -> tuple[Check, ...]:
    """Set the catalogue's range (low, high, unit) beside each check, and add what has no limit."""
    named = {check.name for check in verdict.checks}
    own = [
        replace(check, usual=usual[check.name][:2])
        if check.name in usual and usual[check.name][2] == check.unit
        else check
        for check in verdict.checks
    ]
    extra = [
        Check(name, unit, Direction.AT_MOST, (), None, None, Outcome.UNKNOWN, usual=(low, high))
        for name, (low, high, unit) in usual.items()
        if name not in named
    ]
    return (*own, *extra)


def oxide_sum(readings: Iterable[Reading]) -> float:
    """Add up the lower bounds of the oxides given in per cent."""
    return sum(r.low for r in readings if r.name in OXIDES and r.unit == "%")


def ceiling(name: str, unit: str) -> float:
    """Return the largest value that can be physically true in this unit."""
    if unit == "%":
        return 300.0 if name in RATIO_PROPERTIES else 100.0
    if name.lower().endswith("ph"):
        return 14.0
    return {"mg/kg": 1e6, "g/cm3": 20.0, "t/m3": 20.0, "kg/m3": 20_000.0}.get(unit, 1e6)
