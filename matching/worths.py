"""What one more or one less tonne is worth: of a supply, of a slot's room, of room in a store."""

from dataclasses import dataclass
from enum import StrEnum


class Side(StrEnum):
    SUPPLY = "supply"
    SLOT = "slot"


@dataclass(frozen=True, slots=True)
class Worth:
    """What the objective gains: tonnes matched and tonne-km saved, or else `yuan`.

    Under `NET_CO2` the place of yuan is taken by kg of CO2, under `WEIGHTED` by points.
    """

    tonnes: float = 0.0
    tonne_km: float = 0.0
    yuan: float = 0.0


@dataclass(frozen=True, slots=True)
class Dual:
    """What one more tonne of a supply or of a slot's room is worth to the whole plan.

    `more` is the gain with one tonne more, `less` the loss with one tonne less (None: it has no
    tonne to lose). Where the optimum
    is degenerate the two differ: the price is a range, not a number. With `Objective.TONNES` a
    gain is so many tonnes first and so many tonne-km saved second (negative = driven more).

    `price` is one consistent set of prices that together prove the bound: what a tonne is worth
    at the supply, and what it has cost when it stands at the slot's gate, in the same levels with
    costs counted as positive tonne-km or yuan forgone. None = no tonne can come there.

    Beside blends, licensed tonnages and kilns there is no `price`; with choices the worth is that
    with the suppliers as chosen. Not `exact`: of several optimal duals one is given as both
    (very large programmes, kilns that lack clinker), or the slot begins the period with opening
    stock, which more room would take first.
    """

    side: Side
    id: str
    period: str
    more: Worth
    less: Worth | None
    price: Worth | None = None
    exact: bool = True


@dataclass(frozen=True, slots=True)
class RoomDual:
    """What one more tonne of room in a yard or silo is worth to the whole plan.

    With a `period` it is room at that period's end alone; the empty one stands for room at the end
    of every period at once, which is what building a larger store means. `more`, `less` and
    `exact` are as in `Dual`; `less` is None where no room is free. There is none for the last
    period, at whose end what lies there is worth nothing to the plan.

    Room that is not full is worth exactly nothing. Of exact ones, the worth of all periods lies
    between the sum of each period's `more` and the sum of each period's `less`: a tonne may have to
    wait through several full months, in none of which more room alone would help.
    """

    side: Side
    id: str
    period: str
    more: Worth
    less: Worth | None
    exact: bool = True
