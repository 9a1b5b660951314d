"""Closed sets of the organisations feature."""

from enum import StrEnum


class Standing(StrEnum):
    """How an organisation came to be here; it is shown wherever its name is."""

    DEMO = "demo"  # invented, marked 示例
    ESTIMATE = "estimate"  # a real facility from public sources, nobody of it has signed up
    MEMBER = "member"  # signed up


class FacilityKind(StrEnum):
    COAL_POWER = "coal_power"
    CEMENT = "cement"


class PlantType(StrEnum):
    """What a cement plant makes: clinker and cement, or cement from bought clinker."""

    INTEGRATED = "integrated"
    GRINDING = "grinding"
