"""Which kind of plant is missing: uses the rules allow and nobody in the region offers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from market.catalogue import queries as catalogue
from market.catalogue.rules import Allowed
from market.matchmaking.reading import BalanceRow
from market.parks.network import MaterialSum

LONGEST = 3


@dataclass(frozen=True, slots=True)
class Use:
    """A process that may take the material; ``conditional``: only on a condition."""

    process_id: str
    name_zh: str
    name_en: str
    conditional: bool


def missing_uses(
    session: Session, gaps: Iterable[MaterialSum], balances: Iterable[BalanceRow]
) -> Mapping[str, Sequence[Use]]:
    """Return, for each material with tonnes left over, uses that nobody wants it for yet.

    Uses without a condition come first, then in the catalogue's order; at most three.
    """
    wanted = {(row.material_id, row.process_id) for row in balances if row.side == "want"}
    left = {row.material_id for row in gaps}
    uses: dict[str, list[Use]] = {material_id: [] for material_id in left}
    for row in catalogue.acceptances(session):
        if row.material_id not in left or row.allowed == Allowed.NO:
            continue
        if (row.material_id, row.process_id) not in wanted:
            conditional = row.allowed == Allowed.CONDITIONAL
            process = row.process
            uses[row.material_id].append(
                Use(process.id, process.name_zh, process.name_en, conditional)
            )
    return {
        material_id: sorted(found, key=lambda use: use.conditional)[:LONGEST]
        for material_id, found in uses.items()
    }
