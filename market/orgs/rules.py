"""Closed sets of the organisations feature."""

import re
from enum import StrEnum

HW_CODE = re.compile(r"\d{3}-\d{3}-\d{2}")
"""国家危险废物名录: eight digits, such as 321-024-48."""
HW_CLASS = re.compile(r"HW\d{2}")
"""A whole class of that list, such as HW48."""
MAX_LICENCE_KG = 10_000_000_000
"""10 Mt a year: above any single works; catches unit mistakes."""
MAX_NUMBER_CHARS = 64


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
