"""Limits of planning several days, and what a store of a stream holds."""

from dataclasses import dataclass

MAX_DAYS = 14
DEFAULT_DAYS = 7
DEFAULT_TIME_LIMIT_S = 60
SUNDAY = 7
DAYS_PER_WEEK = 7


def most_driver_days(days: int) -> int:
    """Leave a day of rest in every week: Labour Law of the PRC, article 38."""
    return days - days // DAYS_PER_WEEK


@dataclass(frozen=True, slots=True)
class Store:
    """What a listing says of its own store, and of the stream that fills it, in kg."""

    stock_kg: int
    room_kg: int
    mass_kg_per_year: int

    def part(self, mass_kg_per_year: int) -> tuple[int, int]:
        """Return stock and room that belong to a part of the stream, by its tonnes."""
        room_kg = self.room_kg * mass_kg_per_year // self.mass_kg_per_year
        stock_kg = self.stock_kg * mass_kg_per_year // self.mass_kg_per_year
        return min(stock_kg, room_kg), room_kg
