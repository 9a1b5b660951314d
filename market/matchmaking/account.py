"""Where the tonnes of a run come from and where they go: one identity for page, park and files."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Account:
    """Wet kilograms over a run: generated + opening stock = placed + closing stock + left over.

    Stocks lie in the offers' own stores before the first month and after the last one; a run that
    takes its year as one knows none. ``offered_kg`` holds the opening stock.
    """

    offered_kg: int
    opening_kg: int
    placed_kg: int
    closing_kg: int

    @property
    def generated_kg(self) -> int:
        return self.offered_kg - self.opening_kg

    @property
    def unplaced_kg(self) -> int:
        """What found neither a place nor room in a store."""
        return self.offered_kg - self.placed_kg - self.closing_kg

    @property
    def has_stock(self) -> bool:
        return bool(self.opening_kg or self.closing_kg)


def account_of(rows: Iterable[Account]) -> Account:
    """Add up the accounts of several listings or materials."""
    parts = list(rows)
    return Account(
        sum(row.offered_kg for row in parts),
        sum(row.opening_kg for row in parts),
        sum(row.placed_kg for row in parts),
        sum(row.closing_kg for row in parts),
    )
