"""How single values of the catalogue read: shares, ranges, limits, clauses, formulas."""

import re

from flask_babel import gettext as _

from market.catalogue import labels
from market.catalogue.citations import cited
from market.catalogue.models import Acceptance, Factor, Limit, Material
from market.catalogue.rules import Operator
from market.web.filters import NOTHING, number, trimmed

SUBSCRIPTS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
FORMULA_DIGIT = re.compile(r"(?<=[A-Za-z)])\d+")
SIGNS = {
    Operator.AT_MOST: "≤",
    Operator.AT_LEAST: "≥",
    Operator.BELOW: "<",
    Operator.ABOVE: ">",
}
FORMULAS = re.compile(
    r"CaSO4·2H2O|Fe\(OH\)3|CaCO3|MgCO3|Fe2O3|Al2O3|SiO2|TiO2|P2O5|C2H2|Na2O|K2O|CO2|SO[23]|NH3|C[23]S"
)


def formula(text: str) -> str:
    """Set the digits of a chemical formula low: CaSO4.2H2O reads CaSO₄·2H₂O."""
    low = FORMULA_DIGIT.sub(lambda match: match[0].translate(SUBSCRIPTS), text)
    return low.replace(".", "·", 1) if "H₂O" in low else low


def prose(text: object) -> str:
    """Set the formulas within a sentence; grades and standards keep their figures."""
    return FORMULAS.sub(lambda match: formula(match[0]), str(text))


def property_name(name: str) -> str:
    label = labels.PROPERTIES.get(name)
    return formula(name if label is None else str(label))


def variant_name(name: str) -> str:
    return str(labels.VARIANTS.get(name, name))


def unit_name(unit: str | None) -> str:
    return "" if unit is None else formula_unit(str(labels.UNITS.get(unit, unit)))


def formula_unit(unit: str) -> str:
    """Write m2, m3 and CO2 as printed; nothing else in a unit holds a digit."""
    return unit.replace("CO2", "CO₂").replace("m2", "m²").replace("cm3", "cm³").replace("m3", "m³")


def amount(value: float | None) -> str:
    """Show a number as it was given, with as few digits as it needs."""
    return trimmed(value, 8)


def value_range(low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return NOTHING
    if low == high or high is None:
        return amount(low)
    if low is not None and low < 0:  # a dash after a minus sign would read as another
        return str(_("%(first)s to %(last)s", first=amount(low), last=amount(high)))
    return amount(high) if low is None else f"{amount(low)}–{amount(high)}"


def percent_range(low: float | None, high: float | None) -> str:
    """Return the range of a share in per cent, without the sign."""
    return value_range(
        None if low is None else round(low * 100, 6), None if high is None else round(high * 100, 6)
    )


def limit_text(limit: Limit) -> str:
    """Return operator and number, such as ``≤ 8`` or ``6–9``; the unit stands apart."""
    if limit.value_high is not None:
        return value_range(limit.value, limit.value_high)
    return f"{SIGNS[Operator(limit.operator)]} {amount(limit.value)}"


def share_text(acceptance: Acceptance) -> str:
    """Return how much of the process's feed the material may be; empty where nobody set it."""
    low, high = acceptance.min_share, acceptance.max_share
    if high is None:
        return "" if low is None else f"≥ {number(low * 100)}%"
    sign = "<" if acceptance.max_exclusive else "≤"
    if low:
        start = amount(round(low * 100, 6))
        return f"{start}–{sign if sign == '<' else ''}{amount(round(high * 100, 6))}%"
    return f"{sign} {amount(round(high * 100, 6))}%"


def clause_text(standard: str, clause: str) -> str:
    return cited(f"{standard} {clause}".strip())


def years_text(factor: Factor) -> str:
    first, last = factor.year_from, factor.year_to
    if first is None:
        return NOTHING if last is None else str(last)
    if last is None:
        return str(_("since %(year)s", year=first))
    return str(first) if first == last else f"{first}–{last}"


def generation_text(material: Material) -> str:
    return value_range(material.generation_low, material.generation_high)
