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

    Every addition keeps every row: blends and licences as far as what came before makes room. What
    mends a mix that contracts break comes first, whatever it costs. Slots of a raw mix are left
    empty.
    """
    fill = _Filling(model, sides, choices or Choices.none())
    order = _best_first(model, still_open)
    for arc in fill.rows.mending(order):
        fill.add(arc, mend=True)
    gains = order if model.network.lexicographic else order[model.network.cost[order] < 0]
    for _ in range(_ROUNDS if sides is not None else 1):
        for arc in gains.tolist():
            fill.add(arc)
    return fill.flow


class _Filling:
    """A plan that grows, and what room its ends and rows have left."""

    def __init__(self, model: Model, sides: Sides | None, choices: Choices) -> None:
        network, self.scale = model.network, model.quanta_per_tonne
        self.tail, self.head = network.tail.tolist(), network.head.tolist()
        self.left, self.room = network.inject.tolist(), network.absorb.tolist()
        self.flow = np.zeros(len(network.tail))
        self.rows = _Rows(sides, self.scale)
        self.switches = _Switches(choices, self.scale)

    def add(self, arc: int, *, mend: bool = False) -> None:
        """Send what has room; to `mend`, as little as does it, or what makes up a lot."""
        tail, head = self.tail[arc], self.head[arc]
        most = min(self.left[tail], self.room[head])
        if most <= 0:
            return
        most = self.rows.allowed(arc, most)
        amount = min(most, self.rows.owed(arc)) if mend else most
        there = float(self.flow[arc])
        amount = self.switches.allowed(arc, there, amount, most)
        if amount <= _GRAM * self.scale:
            return
        self.flow[arc] += amount
        self.left[tail] -= amount
        self.room[head] -= amount
        self.rows.use(arc, amount)
        self.switches.use(arc)


def _best_first(model: Model, still_open: Flags) -> Ints:
    """Order the pairs whose ends are open by cost."""
    network: Network = model.network
    pairs = np.arange(len(model.kept) * model.periods)
    mine = pairs[still_open[network.tail[pairs]] & still_open[network.head[pairs]]]
    return mine[np.argsort(network.cost[mine], kind="stable")]


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

    def mending(self, arcs: Ints) -> list[int]:
        """Pick the arcs into rows that are broken, those that mend most by the tonne first."""
        owing = {
            arc: factor
            for arc in arcs.tolist()
            for row, factor in self.of_arc.get(arc, ())
            if factor < 0 and -np.inf < self.room[row] < 0
        }
        return sorted(owing, key=owing.__getitem__)

    def owed(self, arc: int) -> float:
        """Return what of an arc mends all it can."""
        return max(
            (
                self.room[row] / factor
                for row, factor in self.of_arc.get(arc, ())
                if factor < 0 and -np.inf < self.room[row] < 0
            ),
            default=0.0,
        )

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

    def allowed(self, arc: int, there: float, amount: float, most: float) -> float:
        """Raise an amount to the minimum lot where `most` lets it; nothing where that is more."""
        if arc not in self.group or amount <= 0:
            return amount
        full = arc not in self.on and self.most[self.group[arc]] < 1
        least = max(amount, self.min_lot[arc] - there)
        return 0.0 if full or least > most else least

    def use(self, arc: int) -> None:
        if arc in self.group and arc not in self.on:
            self.on.add(arc)
            self.most[self.group[arc]] -= 1
