"""Indicators of symbiosis: each with its value, unit, formula and the source it is taken from."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Indicator:
    """`value` is None where the formula has no meaning, say a density of one plant."""

    name: str
    value: float | None
    unit: str
    formula: str
    source: str
