"""What people type, and what is stored: kilograms, metres, seconds."""

from decimal import ROUND_HALF_UP, Decimal

KG_PER_TONNE = 1000
M_PER_KM = 1000


def kg_from_tonnes(tonnes: Decimal | float | str) -> int:
    """Round half up to the kilogram; a weighbridge prints no finer."""
    return int((Decimal(str(tonnes)) * KG_PER_TONNE).quantize(Decimal(1), ROUND_HALF_UP))


def tonnes_from_kg(mass_kg: int) -> Decimal:
    return Decimal(mass_kg) / KG_PER_TONNE


def m_from_km(km: Decimal | float | str) -> int:
    return int((Decimal(str(km)) * M_PER_KM).quantize(Decimal(1), ROUND_HALF_UP))


def km_from_m(distance_m: int) -> Decimal:
    return Decimal(distance_m) / M_PER_KM
