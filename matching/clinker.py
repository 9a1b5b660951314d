"""Cement chemistry: moduli, potential phases and the linear forms the raw mix is bound by.

Oxides are mass percent of clinker or of loss-free meal. Formulas: Shen Wei, Cement Technology
(水泥工艺学) for KH; Lea and Parker for LSF; Bogue (1929) for the phases, valid for IM >= 0.64.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

Oxides: TypeAlias = Mapping[str, float]

CO2_PER_CAO = 0.7848
"""t CO2 per t CaO bound as CaCO3, 44.01 / 56.08."""
CO2_PER_MGO = 1.092
"""t CO2 per t MgO bound as MgCO3, 44.01 / 40.30."""


@dataclass(frozen=True, slots=True)
class Ratio:
    """A modulus as one linear form of the oxides over another."""

    over: Oxides
    under: Oxides


RATIOS: Mapping[str, Ratio] = {
    "KH": Ratio({"CaO": 1, "Al2O3": -1.65, "Fe2O3": -0.35}, {"SiO2": 2.8}),
    "LSF": Ratio({"CaO": 100}, {"SiO2": 2.8, "Al2O3": 1.18, "Fe2O3": 0.65}),
    "SM": Ratio({"SiO2": 1}, {"Al2O3": 1, "Fe2O3": 1}),
    "IM": Ratio({"Al2O3": 1}, {"Fe2O3": 1}),
    "CaO/SiO2": Ratio({"CaO": 1}, {"SiO2": 1}),
}

_C3S = {"CaO": 4.0710, "SiO2": -7.6024, "Al2O3": -6.7187, "Fe2O3": -1.4297}
_C2S = {name: -0.7544 * factor for name, factor in _C3S.items()}

FORMS: Mapping[str, Oxides] = {
    "Na2Oeq": {"Na2O": 1, "K2O": 0.658},
    "C3S": _C3S,
    "C2S": _C2S | {"SiO2": 2.8675 - 0.7544 * _C3S["SiO2"]},
    "C3A": {"Al2O3": 2.6504, "Fe2O3": -1.6920},
    "C4AF": {"Fe2O3": 3.0432},
}
"""Quantities that are linear in the oxides; `liquid` is not, for MgO counts up to 2 % only."""


_SATURATED = {"KH": 1.0, "LSF": 100.0}
"""By their definitions all lime the acids can bind is bound there; what is above stays free."""
_NO_ALITE = {"KH": 2 / 3}
"""KH of dicalcium silicate: below it there is no tricalcium silicate, and no Portland clinker."""
_LEAST_IM = 0.64
"""Al2O3 / Fe2O3 of tetracalcium aluminoferrite: the formulas above hold from there."""


MAIN = ("CaO", "SiO2", "Al2O3", "Fe2O3", "MgO", "Na2O", "K2O", "SO3")
MOST_SUM_PERCENT = 102.0
"""An analysis adds up to 100. Each figure has an error of its own, and what leaves with the loss on
ignition (sulphur, alkalis) may be reported a second time: two points are granted for both."""


class WindowFault(StrEnum):
    """Why no clinker these formulas describe lies in a window of a modulus."""

    FREE_LIME = "free_lime"
    NO_ALITE = "no_alite"
    LOW_ALUMINA = "low_alumina"


def window_fault(
    name: str, low: float | None, high: float | None
) -> tuple[WindowFault, float] | None:
    """Return what is wrong with a window and the bound it breaks; None = some clinker is in it."""
    if low is not None and low > _SATURATED.get(name, low):
        return WindowFault.FREE_LIME, _SATURATED[name]
    if high is not None and high <= _NO_ALITE.get(name, -1.0):
        return WindowFault.NO_ALITE, _NO_ALITE[name]
    if name == "IM" and high is not None and high < _LEAST_IM:
        return WindowFault.LOW_ALUMINA, _LEAST_IM
    return None


def analysis_sum(loss_on_ignition: float, oxides: Oxides) -> float:
    """Add the main oxides and the loss on ignition up, in percent."""
    return loss_on_ignition + sum(oxides.get(name, 0.0) for name in MAIN)


def value_of(form: Oxides, oxides: Oxides) -> float:
    return sum(factor * oxides.get(name, 0.0) for name, factor in form.items())


def ratio_of(name: str, oxides: Oxides) -> float:
    """Return a modulus; infinite where its denominator vanishes (no iron, no IM)."""
    ratio = RATIOS[name]
    under = value_of(ratio.under, oxides)
    return value_of(ratio.over, oxides) / under if under else float("inf")


def ratios_of(oxides: Oxides) -> dict[str, float]:
    return {name: ratio_of(name, oxides) for name in RATIOS}


def lsf_with_magnesia(oxides: Oxides) -> float:
    """Return Spohn, Woermann and Knöfel's lime standard (KSt III, 1969); MgO counts up to 2 %."""
    lime = oxides.get("CaO", 0.0) + 0.75 * min(oxides.get("MgO", 0.0), 2.0)
    return ratio_of("LSF", {**oxides, "CaO": lime})


def phases_of(oxides: Oxides, *, free_lime: float = 0.0) -> dict[str, float]:
    """Return the Bogue phases in percent; measured free lime is taken off the CaO first."""
    bound = {**oxides, "CaO": oxides.get("CaO", 0.0) - free_lime}
    return {name: value_of(FORMS[name], bound) for name in ("C3S", "C2S", "C3A", "C4AF")}


def liquid_at_1450(oxides: Oxides) -> float:
    """Melt at 1450 °C in percent; MgO above 2 % stays solid as periclase."""
    form = {"Al2O3": 3.00, "Fe2O3": 2.25, "K2O": 1.0, "Na2O": 1.0}
    return value_of(form, oxides) + min(oxides.get("MgO", 0.0), 2.0)


def ash_absorbed(
    heat_kj_per_kg: float, ash_share: float, coal_kj_per_kg: float, absorption: float = 1.0
) -> float:
    """Return kg of coal ash taken up by a kg of clinker; all of it in a precalciner kiln."""
    return heat_kj_per_kg * ash_share * absorption / coal_kj_per_kg
