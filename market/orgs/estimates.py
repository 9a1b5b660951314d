"""Tonnages nobody has told us, derived from published capacities by a stated formula.

Every number is kept as a term, with its unit and where it comes from, so a page can show the whole
sum. What is no fact of the plant is a row of the catalogue: assumptions of low confidence, and the
share that the standard allows.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from math import prod


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


FACTOR_OF = {
    Quantity.FULL_LOAD_HOURS: "est_full_load_hours",
    Quantity.COAL_USE: "est_coal_use",
    Quantity.ASH_YIELD: "est_ash_yield",
    Quantity.CEMENT_CAPACITY: "est_grinding_capacity",
    Quantity.CEMENT_PER_CLINKER: "est_cement_per_clinker",
    Quantity.CAPACITY_USE: "est_capacity_use",
}
"""The catalogue's factor that stands in for what no public source tells of a plant."""

SHARE_OF = ("cement_po", "fly_ash")
"""Process and material whose greatest share the catalogue's acceptance gives."""


@dataclass(frozen=True, slots=True)
class Term:
    """``row_id`` is the catalogue's row, ``source`` its source; facts of a plant have neither.

    With ``is_open_end`` the share has to stay below the value, which is used all the same.
    """

    quantity: Quantity
    value: float
    unit: str
    ground: Ground
    row_id: str = ""
    source: str = ""
    confidence: str = ""
    is_open_end: bool = False


@dataclass(frozen=True, slots=True)
class Estimate:
    """A yearly tonnage and the terms whose product it is."""

    tonnes_per_year: int
    terms: tuple[Term, ...]

    @property
    def mass_kg_per_year(self) -> int:
        return self.tonnes_per_year * 1000


@dataclass(frozen=True, slots=True)
class Assumptions:
    """The catalogue's terms by quantity: one for each of ``FACTOR_OF``, and the share."""

    terms: Mapping[Quantity, Term]

    def fly_ash(self, capacity_mw: float) -> Estimate:
        """Return the fly ash of a pulverised-coal plant in t/a."""
        return _estimate(
            Term(Quantity.POWER_CAPACITY, capacity_mw, "MW", Ground.FACT),
            self.terms[Quantity.FULL_LOAD_HOURS],
            self.terms[Quantity.COAL_USE],
            self.terms[Quantity.ASH_YIELD],
        )

    def cement_output(self, capacity_t: float | None, clinker_t: float | None) -> Estimate:
        """Return the cement a plant makes in t/a, from the best capacity that is published.

        Without a cement capacity it is reckoned from the clinker line, and without either from
        the usual capacity of a grinding station.
        """
        use = self.terms[Quantity.CAPACITY_USE]
        if capacity_t is not None:
            return _estimate(Term(Quantity.CEMENT_CAPACITY, capacity_t, "t/a", Ground.FACT), use)
        if clinker_t is not None:
            return _estimate(
                Term(Quantity.CLINKER_CAPACITY, clinker_t, "t/a", Ground.FACT),
                self.terms[Quantity.CEMENT_PER_CLINKER],
                use,
            )
        return _estimate(self.terms[Quantity.CEMENT_CAPACITY], use)

    def cement_uptake(self, capacity_t: float | None, clinker_t: float | None) -> Estimate:
        """Return the most fly ash a plant could put into P·O cement in t/a.

        The output is rounded to the tonne first: what the page shows multiplies up.
        """
        output = self.cement_output(capacity_t, clinker_t)
        share = self.terms[Quantity.ADMIXTURE_SHARE]
        return Estimate(round(output.tonnes_per_year * share.value), (*output.terms, share))


def _estimate(*terms: Term) -> Estimate:
    return Estimate(round(prod(term.value for term in terms)), terms)
