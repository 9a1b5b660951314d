"""A feasible plan for parts that time did not allow to solve: best ways first, nothing stored."""

from collections import defaultdict

import numpy as np

from matching.allocate import Model
from matching.choices import Choices
from matching.geography import Flags, Floats, Ints
from matching.network import Network
from matching.sides import Sides

_GRAM = 1e-6
_ROUNDS = 2
"""A clean lot of the first round makes room for others in the second."""


def filled(
    model: Model,
    still_open: Flags,
    sides: Sides | None = None,
    choices: Choices | None = None,
) -> Floats:
    """Return quanta per arc, non-zero only on pairs of open nodes that gain something.

    Every addition keeps every row: blends and licences as far as what came before makes room.
    Slots of a raw mix are left empty.
    """
    network, scale = model.network, model.quanta_per_tonne
    flow = np.zeros(len(network.tail))
    left, room = network.inject.tolist(), network.absorb.tolist()
    rows = _Rows(sides, scale)
    switches = _Switches(choices or Choices.none(), scale)
    order = _best_first(model, still_open)
    for _ in range(_ROUNDS if sides is not None else 1):
        for arc, tail, head in zip(
            order.tolist(), network.tail[order].tolist(), network.head[order].tolist(), strict=True
        ):
            amount = min(left[tail], room[head])
            if amount <= 0:
                continue
            amount = switches.allowed(arc, float(flow[arc]), rows.allowed(arc, amount))
            if amount <= _GRAM * scale:
                continue
            flow[arc] += amount
            left[tail] -= amount
            room[head] -= amount
            rows.use(arc, amount)
            switches.use(arc)
    return flow


def _best_first(model: Model, still_open: Flags) -> Ints:
    """Order the pairs whose ends are open by cost; those that only cost are left out."""
    network: Network = model.network
    pairs = np.arange(len(model.kept) * model.periods)
    mine = still_open[network.tail[pairs]] & still_open[network.head[pairs]]
    if not network.lexicographic:
        mine &= network.cost[pairs] < 0
    wanted = pairs[mine]
    return wanted[np.argsort(network.cost[wanted], kind="stable")]


class _Rows:
    """What room each row beside the network has left, in quanta."""

    def __init__(self, sides: Sides | None, scale: int) -> None:
        self.of_arc: dict[int, list[tuple[int, float]]] = defaultdict(list)
        if sides is None:
            return
        entries = sides.entries
        arcs = entries.column < len(sides.kilns.arc_cost)
        for row, arc, factor in zip(
            entries.row[arcs].tolist(),
            entries.column[arcs].tolist(),
            entries.factor[arcs].tolist(),
            strict=True,
        ):
            self.of_arc[arc].append((row, factor))
        # Rows with a lower side belong to kilns, whose mixes no single lot makes right.
        self.room = np.where(np.isfinite(sides.low), -np.inf, sides.room * scale).tolist()

    def allowed(self, arc: int, amount: float) -> float:
        for row, factor in self.of_arc.get(arc, ()):
            if self.room[row] == -np.inf:
                return 0.0
            if factor > 0:
                amount = min(amount, max(0.0, self.room[row]) / factor)
        return amount

    def use(self, arc: int, amount: float) -> None:
        for row, factor in self.of_arc.get(arc, ()):
            self.room[row] -= factor * amount


class _Switches:
    """Minimum lots, and how many suppliers each slot and period may still have."""

    def __init__(self, choices: Choices, scale: int) -> None:
        self.group = dict(zip(choices.arcs.tolist(), choices.group.tolist(), strict=True))
        lots = (choices.min_lot * scale).tolist()
        self.min_lot = dict(zip(choices.arcs.tolist(), lots, strict=True))
        self.most: list[float] = choices.most.tolist()
        self.on: set[int] = set()

    def allowed(self, arc: int, there: float, amount: float) -> float:
        if arc not in self.group:
            return amount
        full = arc not in self.on and self.most[self.group[arc]] < 1
        return 0.0 if full or there + amount < self.min_lot[arc] else amount

    def use(self, arc: int) -> None:
        if arc in self.group and arc not in self.on:
            self.on.add(arc)
            self.most[self.group[arc]] -= 1
