"""The least-cost clinker raw mix, or the smallest set of constraints that makes it impossible.

Unknowns are kg of dry raw material per kg of clinker, so that every modulus window, cap and share
is linear: a ratio p/q in [lo, hi] is p - lo q >= 0 and hi q - p >= 0 as long as q > 0.
"""

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from matching.clinker import (
    CO2_PER_CAO,
    CO2_PER_MGO,
    FORMS,
    RATIOS,
    Oxides,
    liquid_at_1450,
    phases_of,
    ratios_of,
    value_of,
)
from matching.linear import Entries, Outcome, Programme, Solution, minimise
from matching.validation import ProblemError

_IMPOSSIBLE_SET_SEARCH = 3
"""Conflicts of up to this many constraints are searched for outright, smallest first."""


class Basis(StrEnum):
    """Whether a cap is percent of the clinker or of the dry raw meal."""

    CLINKER = "clinker"
    RAW_MEAL = "raw_meal"


@dataclass(frozen=True, slots=True)
class RawMaterial:
    """Dry analysis in mass percent; price in yuan per dry tonne (negative = gate fee received).

    `carbonate_share` is the part of its CaO and MgO that is carbonate and gives off CO2: a heap of
    carbide slag carbonates with age. `max_share` caps its part of the dry raw meal. Where `low` and
    `high` give a component's range, caps are held by its unfavourable end; moduli and closure are
    designed on `analysis`.
    """

    id: str
    analysis: Oxides
    loss_on_ignition: float
    price_yuan_per_t: float
    carbonate_share: float = 0.0
    moisture_share: float = 0.0
    max_share: float | None = None
    low: Oxides = field(default_factory=dict)
    high: Oxides = field(default_factory=dict)

    def content(self, form: Oxides, *, at_most: bool) -> float:
        """Return a form's unfavourable end in percent for a cap of that side."""
        above, below = {**self.analysis, **self.high}, {**self.analysis, **self.low}
        return sum(
            factor * (above if at_most == (factor > 0) else below).get(name, 0.0)
            for name, factor in form.items()
        )

    def __post_init__(self) -> None:
        for name, value in (*self.analysis.items(), ("LOI", self.loss_on_ignition)):
            if not -0.001 <= value <= 100:
                raise ProblemError(f"{self.id}: {name} {value} % is not between 0 and 100")
        for name, value in (
            ("carbonate share", self.carbonate_share),
            ("moisture share", self.moisture_share),
            ("largest share", 0.0 if self.max_share is None else self.max_share),
        ):
            if not 0 <= value <= 1:
                raise ProblemError(f"{self.id}: {name} {value} is not between 0 and 1")


@dataclass(frozen=True, slots=True)
class Window:
    """A modulus of `clinker.RATIOS` between two values."""

    name: str
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Cap:
    """A component, or a form of `clinker.FORMS`, between two percentages of a basis."""

    name: str
    low: float | None
    high: float | None
    basis: Basis = Basis.CLINKER


@dataclass(frozen=True, slots=True)
class Target:
    """`ash_share` is kg of coal ash per kg clinker, `ash` its analysis in percent.

    With `carbon_yuan_per_t` the process CO2 is priced into the mix; `magnesia_co2` counts the
    carbonate MgO too.
    """

    windows: tuple[Window, ...]
    caps: tuple[Cap, ...] = ()
    ash_share: float = 0.0
    ash: Oxides = field(default_factory=dict)
    carbon_yuan_per_t: float = 0.0
    magnesia_co2: bool = True
    banned: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Binding:
    """A constraint the mix stands on; `worth` is yuan/t clinker its value costs per unit."""

    name: str
    worth: float


@dataclass(frozen=True, slots=True)
class RawMix:
    """`kg_per_kg` dry raw material and `wet_kg_per_kg` to buy, per kg of clinker.

    `shares` are of the dry raw meal; `clinker` percent. When the mix is impossible everything is
    empty but `conflict`: constraints that cannot hold together, none of which can be spared.
    Where it is `unbounded`, that names what makes every mix cheaper the more of it is burnt.
    """

    kg_per_kg: Mapping[str, float] = field(default_factory=dict)
    wet_kg_per_kg: Mapping[str, float] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)
    clinker: Oxides = field(default_factory=dict)
    ratios: Mapping[str, float] = field(default_factory=dict)
    phases: Mapping[str, float] = field(default_factory=dict)
    liquid: float = 0.0
    cost_yuan_per_t: float = 0.0
    objective_yuan_per_t: float = 0.0
    process_co2_t_per_t: float = 0.0
    binding: tuple[Binding, ...] = ()
    conflict: tuple[str, ...] = ()
    unbounded: bool = False

    @property
    def possible(self) -> bool:
        return not self.conflict


@dataclass(frozen=True, slots=True)
class MixRow:
    """`factors` x + `constant` between the bounds; `scale` is d(row) / d(stated value)."""

    name: str
    factors: tuple[float, ...]
    constant: float
    low: float
    high: float
    scale: tuple[float, ...]
    scale_constant: float


def raw_mix(materials: Sequence[RawMaterial], target: Target) -> RawMix:
    """Find the cheapest mix; raises `ProblemError` where an analysis a target needs is missing."""
    _require_analyses(materials, target)
    rows = rows_of(materials, target)
    solution = _solve(materials, target, rows)
    if solution.outcome is Outcome.OPTIMAL:
        return _mix(materials, target, rows, solution)
    conflict = conflict_of(materials, target, rows)
    if conflict:
        return RawMix(conflict=conflict)
    return RawMix(conflict=_endless(materials, target), unbounded=True)


def _endless(materials: Sequence[RawMaterial], target: Target) -> tuple[str, ...]:
    """Name what would be burnt without end: it leaves nothing in the clinker and brings money."""
    found = tuple(
        f"{row.id} with LOI 100 % and a price below 0"
        for row in materials
        if row.loss_on_ignition >= 100
        and row.price_yuan_per_t + target.carbon_yuan_per_t * process_co2(row, target) < 0
    )
    if not found:
        raise ArithmeticError("the solver neither found a mix nor showed that there is none")
    return found


def form_of(name: str) -> Oxides:
    """Look a linear form up, or read a sum such as `Na2O+K2O` or `Pb+15As`."""
    if name in FORMS:
        return FORMS[name]
    form: dict[str, float] = {}
    for term in name.split("+"):
        digits = re.match(r"\d*\.?\d*", term.strip())
        factor = digits[0] if digits else ""
        form[term.strip()[len(factor) :]] = float(factor or 1)
    return form


def needed_components(target: Target) -> dict[str, str]:
    """Map each component the target needs to what needs it."""
    used: dict[str, str] = {}
    for window in target.windows:
        ratio = RATIOS.get(window.name)
        if ratio is None:
            raise ProblemError(f"{window.name} is not a modulus; known: {', '.join(RATIOS)}")
        used |= dict.fromkeys((*ratio.over, *ratio.under), window.name)
    for cap in target.caps:
        used |= dict.fromkeys(form_of(cap.name), cap.name)
    return used


def _require_analyses(materials: Sequence[RawMaterial], target: Target) -> None:
    if not materials:
        raise ProblemError("a raw mix needs at least one material")
    used = needed_components(target)
    analyses = [(row.id, row.analysis) for row in materials if row.id not in target.banned]
    if target.ash_share:
        analyses.append(("coal ash", target.ash))
    for (owner, analysis), name in itertools.product(analyses, used):
        if name not in analysis:
            raise ProblemError(
                f"{owner} has no {name}, which {used[name]} needs", owner=owner, field_name=name
            )


def rows_of(materials: Sequence[RawMaterial], target: Target) -> list[MixRow]:
    rows = [row for window in target.windows for row in _window_rows(materials, target, window)]
    rows += [row for cap in target.caps for row in _cap_rows(materials, target, cap)]
    for material in materials:
        if material.id in target.banned:
            rows.append(_share_row(materials, material.id, 0.0, f"{material.id} is banned"))
        elif material.max_share is not None:
            name = f"share of {material.id} <= {material.max_share:g}"
            rows.append(_share_row(materials, material.id, material.max_share, name))
    return rows


def _window_rows(
    materials: Sequence[RawMaterial], target: Target, window: Window
) -> Iterable[MixRow]:
    ratio = RATIOS[window.name]
    over = [value_of(ratio.over, row.analysis) for row in materials]
    under = [value_of(ratio.under, row.analysis) for row in materials]
    ash_over = target.ash_share * value_of(ratio.over, target.ash)
    ash_under = target.ash_share * value_of(ratio.under, target.ash)
    sides = ((window.low, ">=", 0.0, np.inf), (window.high, "<=", -np.inf, 0.0))
    for value, sign, low, high in sides:
        if value is not None:
            yield MixRow(
                f"{window.name} {sign} {value:g}",
                tuple(p - value * q for p, q in zip(over, under, strict=True)),
                ash_over - value * ash_under,
                low,
                high,
                tuple(under),
                ash_under,
            )


def _cap_rows(materials: Sequence[RawMaterial], target: Target, cap: Cap) -> Iterable[MixRow]:
    """Percent of clinker is percent of a kg of clinker; of raw meal, of the sum of materials."""
    form = form_of(cap.name)
    on_meal = cap.basis is Basis.RAW_MEAL
    ash = 0.0 if on_meal else target.ash_share * value_of(form, target.ash)
    where = " of raw meal" if on_meal else ""
    for value, sign in ((cap.low, ">="), (cap.high, "<=")):
        if value is None:
            continue
        floor = 0.0 if on_meal else value
        content = [row.content(form, at_most=sign == "<=") for row in materials]
        yield MixRow(
            f"{cap.name}{where} {sign} {value:g} %",
            tuple(part - value * on_meal for part in content),
            ash,
            floor if sign == ">=" else -np.inf,
            floor if sign == "<=" else np.inf,
            (float(on_meal),) * len(content),
            float(not on_meal),
        )


def _share_row(
    materials: Sequence[RawMaterial], material_id: str, share: float, name: str
) -> MixRow:
    return share_row([row.id == material_id for row in materials], share, name)


def share_row(mine: Sequence[bool], share: float, name: str) -> MixRow:
    """Cap what is `mine` of the materials, as a share of the dry raw meal."""
    factors = tuple(float(one) - share for one in mine)
    return MixRow(name, factors, 0.0, -np.inf, 0.0, (1.0,) * len(mine), 0.0)


def closure(materials: Sequence[RawMaterial], target: Target) -> MixRow:
    """Make up the clinker of what does not burn off and of the coal's ash."""
    kept = tuple(1 - row.loss_on_ignition / 100 for row in materials)
    return MixRow("closure", kept, target.ash_share, 1.0, 1.0, (), 0.0)


def _solve(
    materials: Sequence[RawMaterial],
    target: Target,
    rows: Sequence[MixRow],
    *,
    at_any_cost: bool = False,
) -> Solution:
    every = (closure(materials, target), *rows)
    factors = np.array([row.factors for row in every], np.float64)
    constants = np.array([row.constant for row in every])
    row, column = np.nonzero(factors)
    carbon = target.carbon_yuan_per_t
    cost = np.array([m.price_yuan_per_t + carbon * process_co2(m, target) for m in materials])
    return minimise(
        Programme(
            cost=np.zeros(len(materials)) if at_any_cost else cost,
            low=np.zeros(len(materials)),
            high=np.full(len(materials), np.inf),
            entries=Entries(row, column, factors[row, column]),
            row_low=np.array([one.low for one in every]) - constants,
            row_high=np.array([one.high for one in every]) - constants,
        )
    )


def process_co2(material: RawMaterial, target: Target) -> float:
    """Return t of process CO2 per dry tonne."""
    lime = CO2_PER_CAO * material.analysis.get("CaO", 0.0)
    magnesia = CO2_PER_MGO * material.analysis.get("MgO", 0.0) * target.magnesia_co2
    return material.carbonate_share * (lime + magnesia) / 100


def _mix(
    materials: Sequence[RawMaterial], target: Target, rows: Sequence[MixRow], solution: Solution
) -> RawMix:
    amounts = dict(zip((m.id for m in materials), solution.values.tolist(), strict=True))
    total = sum(amounts.values())
    names = dict.fromkeys(name for m in materials for name in m.analysis)
    clinker = {
        name: sum(amounts[m.id] * m.analysis.get(name, 0.0) for m in materials)
        + target.ash_share * target.ash.get(name, 0.0)
        for name in names
    }
    co2 = sum(amounts[m.id] * process_co2(m, target) for m in materials)
    cost = sum(amounts[m.id] * m.price_yuan_per_t for m in materials)
    return RawMix(
        kg_per_kg=amounts,
        wet_kg_per_kg={m.id: amounts[m.id] / (1 - m.moisture_share) for m in materials},
        shares={name: amount / total for name, amount in amounts.items()},
        clinker=clinker,
        ratios=ratios_of(clinker),
        phases=phases_of(clinker),
        liquid=liquid_at_1450(clinker),
        cost_yuan_per_t=cost,
        objective_yuan_per_t=cost + target.carbon_yuan_per_t * co2,
        process_co2_t_per_t=co2,
        binding=_binding(rows, solution),
    )


def _binding(rows: Sequence[MixRow], solution: Solution) -> tuple[Binding, ...]:
    """Turn duals into the rise of the cost per unit of each constraint's stated value."""
    found = []
    for row, dual in zip(rows, solution.duals[1:].tolist(), strict=True):
        if abs(dual) > 1e-9:
            scale = float(np.dot(row.scale, solution.values)) + row.scale_constant
            found.append(Binding(row.name, dual * scale))
    return tuple(found)


def conflict_of(
    materials: Sequence[RawMaterial], target: Target, rows: Sequence[MixRow]
) -> tuple[str, ...]:
    """Name a smallest set of constraints that cannot hold together; a possible mix has none: ().

    Dropping one constraint after another leaves an irreducible set (deletion filter, Chinneck &
    Dravnieks, ORSA J. Computing 3, 1991); smaller ones are then searched for outright.
    """

    def impossible(some: Sequence[MixRow]) -> bool:
        found = _solve(materials, target, some, at_any_cost=True)
        return found.outcome is not Outcome.OPTIMAL

    if not impossible(rows):
        return ()
    kept = list(rows)
    for row in rows:
        fewer = [one for one in kept if one is not row]
        if impossible(fewer):
            kept = fewer
    for size in range(1, min(len(kept) - 1, _IMPOSSIBLE_SET_SEARCH) + 1):
        for some in itertools.combinations(rows, size):
            if impossible(some):
                return tuple(row.name for row in some)
    return tuple(row.name for row in kept) or ("closure",)
