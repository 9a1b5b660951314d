"""The prices between the two sides of a pair: where a deal is possible, and what would be fair.

A price is yuan/t as received at the producer's gate; negative, the producer pays. The receiver
carries freight, treatment and the carbon lines.

Whoever knows his own limit and an exact midpoint knows the other's limit too. Feed this with
public factors where both sides look; with private ones it is for a neutral hand alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from matching.explain import PairView
from matching.problem import Slot, Supply
from matching.result import Dual, Line, LineKind, Side


@dataclass(frozen=True, slots=True)
class Split:
    """`low` leaves the producer, `high` the receiver no worse off than without the deal.

    `missing` names the lines without which a limit cannot be known; the limit is then None.
    `market_low` and `market_high` are where competition in a whole plan puts the price: the
    producer gets what its tonne is worth to the plan. They differ where that worth is a range.
    """

    low: float | None
    high: float | None
    market_low: float | None
    market_high: float | None
    missing: tuple[LineKind, ...]

    @property
    def possible(self) -> bool | None:
        """Whether any price suits both; None where a limit is unknown."""
        return None if self.low is None or self.high is None else self.low <= self.high

    @property
    def fair(self) -> float | None:
        """Return the price that parts the gain evenly (Nash, Econometrica 18, 1950)."""
        if self.low is None or self.high is None or self.low > self.high:
            return None
        return (self.low + self.high) / 2


def split_of(view: PairView, supply: Supply, slot: Slot, duals: Iterable[Dual] = ()) -> Split:
    """Part a pair's gain; a stated asking or bid price takes the place of a reckoned limit.

    `duals` are those of a net-value run; without them there is no market price.
    """
    return split_of_lines(view.lines, supply, slot, duals)


def split_of_lines(
    waterfall: Iterable[Line], supply: Supply, slot: Slot, duals: Iterable[Dual] = ()
) -> Split:
    """Part the gain of a pair whose lines are known, as `split_of` does."""
    lines = {line.kind: line.yuan_per_t for line in waterfall}
    disposal = lines[LineKind.AVOIDED_DISPOSAL]
    needed = [] if supply.ask_yuan_per_t is not None else [LineKind.AVOIDED_DISPOSAL]
    needed += [LineKind.FREIGHT]
    needed += [] if slot.bid_yuan_per_t is not None else [LineKind.REPLACED_MATERIAL]
    low = supply.ask_yuan_per_t
    if low is None and disposal is not None:
        low = -disposal
    worths = None if disposal is None else _worths(supply.id, duals)
    base = disposal or 0.0
    return Split(
        low,
        _highest(lines, slot),
        None if worths is None else worths[0] - base,
        None if worths is None else worths[1] - base,
        tuple(kind for kind in needed if lines[kind] is None),
    )


def _highest(lines: Mapping[LineKind, float | None], slot: Slot) -> float | None:
    """Return what is left for the material once it stands fit for use at the receiver's."""
    freight, worth = lines[LineKind.FREIGHT], slot.bid_yuan_per_t
    if worth is None and (worth := lines[LineKind.REPLACED_MATERIAL]) is not None:
        worth += sum(lines[kind] or 0.0 for kind in _BORNE_BY_RECEIVER)
    return None if freight is None or worth is None else worth + freight


_BORNE_BY_RECEIVER = (LineKind.TREATMENT, LineKind.AVOIDED_CARBON, LineKind.TRANSPORT_CARBON)


def _worths(supply_id: str, duals: Iterable[Dual]) -> tuple[float, float] | None:
    """Find the least and greatest worth of the supply's tonne over its periods."""
    found = [
        (dual.more.yuan, dual.less.yuan)
        for dual in duals
        if dual.side is Side.SUPPLY and dual.id == supply_id and dual.less is not None
    ]
    if not found:
        return None
    return min(more for more, _ in found), max(less for _, less in found)
