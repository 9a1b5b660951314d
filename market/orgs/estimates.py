"""Tonnages nobody has told us, derived from published capacities by a stated formula.

Every number is kept as a term, with its unit and whether it is a published fact, an assumption
or a result, so a page can show the whole sum. The assumptions are round figures for the region,
low in confidence; no plant was asked.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import prod

FULL_LOAD_HOURS = 4_500
COAL_T_PER_MWH = 0.32
FLY_ASH_T_PER_T_COAL = 0.20

CEMENT_PER_CLINKER = 1.2
GRINDING_CAPACITY_T = 1_200_000
CAPACITY_USE_SHARE = 0.87425045
PO_ADMIXTURE_SHARE = 0.20  # GB 175-2023 table 2: P·O holds at most 20 % of main admixtures


class Ground(StrEnum):
    FACT = "fact"
    ASSUMPTION = "assumption"
    RULE = "rule"


class Quantity(StrEnum):
    """What a term is; the interface has the words."""

    POWER_CAPACITY = "power_capacity"
    FULL_LOAD_HOURS = "full_load_hours"
    COAL_USE = "coal_use"
    ASH_YIELD = "ash_yield"
    CEMENT_CAPACITY = "cement_capacity"
    CLINKER_CAPACITY = "clinker_capacity"
    CEMENT_PER_CLINKER = "cement_per_clinker"
    CAPACITY_USE = "capacity_use"
    ADMIXTURE_SHARE = "admixture_share"


@dataclass(frozen=True, slots=True)
class Term:
    quantity: Quantity
    value: float
    unit: str
    ground: Ground


@dataclass(frozen=True, slots=True)
class Estimate:
    """A yearly tonnage and the terms whose product it is."""

    tonnes_per_year: int
    terms: tuple[Term, ...]

    @property
    def mass_kg_per_year(self) -> int:
        return self.tonnes_per_year * 1000


def _estimate(*terms: Term) -> Estimate:
    return Estimate(round(prod(term.value for term in terms)), terms)


def fly_ash(capacity_mw: float) -> Estimate:
    """Return the fly ash of a pulverised-coal plant in t/a: 288 t for each MW."""
    return _estimate(
        Term(Quantity.POWER_CAPACITY, capacity_mw, "MW", Ground.FACT),
        Term(Quantity.FULL_LOAD_HOURS, FULL_LOAD_HOURS, "h/a", Ground.ASSUMPTION),
        Term(Quantity.COAL_USE, COAL_T_PER_MWH, "t/MWh", Ground.ASSUMPTION),
        Term(Quantity.ASH_YIELD, FLY_ASH_T_PER_T_COAL, "t/t", Ground.ASSUMPTION),
    )


def cement_output(capacity_t: float | None, clinker_t: float | None) -> Estimate:
    """Return the cement a plant makes in t/a, from the best capacity that is published.

    Without a cement capacity it is that of the clinker line times 1.2, and without either the
    usual 1.2 Mt/a of a grinding station.
    """
    use = Term(Quantity.CAPACITY_USE, CAPACITY_USE_SHARE, "t/t", Ground.ASSUMPTION)
    if capacity_t is not None:
        return _estimate(Term(Quantity.CEMENT_CAPACITY, capacity_t, "t/a", Ground.FACT), use)
    if clinker_t is not None:
        return _estimate(
            Term(Quantity.CLINKER_CAPACITY, clinker_t, "t/a", Ground.FACT),
            Term(Quantity.CEMENT_PER_CLINKER, CEMENT_PER_CLINKER, "t/t", Ground.ASSUMPTION),
            use,
        )
    usual = Term(Quantity.CEMENT_CAPACITY, GRINDING_CAPACITY_T, "t/a", Ground.ASSUMPTION)
    return _estimate(usual, use)


def cement_uptake(capacity_t: float | None, clinker_t: float | None) -> Estimate:
    """Return the fly ash a plant could put into P·O cement in t/a.

    The output is rounded to the tonne first: what the page shows multiplies up.
    """
    output = cement_output(capacity_t, clinker_t)
    share = Term(Quantity.ADMIXTURE_SHARE, PO_ADMIXTURE_SHARE, "t/t", Ground.RULE)
    return Estimate(round(output.tonnes_per_year * share.value), (*output.terms, share))
