"""What the loss of each plant would strand or leave short, and where the others would turn.

The problem falls into independent parts, each planned once (`planned`); a loss is reckoned in the
parts it stands in. One that moves nothing in the plan costs nothing, because what is best among
more choices and uses none of the lost ones stays best.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from matching.economics import require_factors
from matching.geography import Flags, Floats, Ints
from matching.independent import independent
from matching.lookup import find_supply, slots_of_plant
from matching.planned import Planned, at
from matching.problem import Objective, Parameters, Problem
from matching.result import Side
from matching.solve import Stop

_WEIGHABLE_T = 1e-6
"""Beyond a gram nothing is weighed; smaller differences are rounding."""

_ACROSS = {Side.SUPPLY: Side.SLOT, Side.SLOT: Side.SUPPLY}


@dataclass(frozen=True, slots=True)
class SecondBest:
    """The next best partner by the run's own order, whether or not it has room or tonnes left.

    `extra_km` compares with the nearest of those lost that it dealt with.
    """

    other_id: str
    distance_km: float
    extra_km: float
    value_yuan_per_t: float


@dataclass(frozen=True, slots=True)
class Move:
    """A partner that takes or gives more than before."""

    other_id: str
    more_t: float


@dataclass(frozen=True, slots=True)
class Turn:
    """A supply or slot that dealt `lost_t` with the lost one; `stranded_t` is its own shortfall.

    Those that dealt nothing with it but are pushed out by others stand with `lost_t` = 0.
    """

    id: str
    lost_t: float
    stranded_t: float
    moves: tuple[Move, ...]
    second_best: SecondBest | None


@dataclass(frozen=True, slots=True)
class Loss:
    """All figures compare two best plans over all periods.

    `id` is a plant's (`side` = slot) or a supply's, which took or gave `took_t`; `stranded_t` is
    what the whole plan moves less. `extra_tonne_km` may be negative, because stranded tonnes are
    not driven. `lost_yuan` is net of storage.
    """

    side: Side
    id: str
    took_t: float
    stranded_t: float
    extra_tonne_km: float
    lost_yuan: float
    turns: tuple[Turn, ...]

    @property
    def rerouted_t(self) -> float:
        return self.took_t - self.stranded_t


def losses(
    problem: Problem,
    parameters: Parameters,
    ids: Iterable[str] | None = None,
    on_progress: Callable[[float], None] | None = None,
    should_stop: Stop | None = None,
    side: Side = Side.SLOT,
) -> tuple[Loss, ...]:
    """Take out each plant, or each supply, or those named, in turn; most stranded first.

    Those that move most are tried first: whoever is left when `should_stop` ends the search
    moves no more than the least of those found, and so strands no more either.
    """
    require_factors(parameters)
    wanted = _wanted(problem, side, ids)
    standing: dict[str, list[Planned]] = defaultdict(list)
    moved: dict[str, float] = defaultdict(float)
    for part in independent(problem, parameters):
        if should_stop is not None and should_stop():
            return ()
        planned = Planned.of(part, parameters, should_stop)
        if planned is None:
            return ()
        for name, tonnes in planned.moved(side).items():
            standing[name].append(planned)
            moved[name] += tonnes
    found: list[Loss] = []
    for name in sorted(wanted, key=lambda name: (-moved[name], name)):
        loss = None
        if should_stop is None or not should_stop():
            loss = _loss(standing[name], side, name, should_stop)
        if loss is None:
            break
        found.append(loss)
        if on_progress is not None:
            on_progress(len(found) / len(wanted))
    return tuple(sorted(found, key=lambda loss: (-loss.stranded_t, -loss.took_t, loss.id)))


def _wanted(problem: Problem, side: Side, ids: Iterable[str] | None) -> set[str]:
    if side is Side.SUPPLY:
        known = {row.id for row in problem.supplies}
    else:
        known = {row.sink_id for row in problem.slots}
    wanted = known if ids is None else set(ids)
    for name in sorted(wanted - known):
        (find_supply if side is Side.SUPPLY else slots_of_plant)(problem, name)
    return wanted


def _loss(parts: list[Planned], side: Side, name: str, should_stop: Stop | None) -> Loss | None:
    """Add up what the parts lose; None if asked to stop meanwhile."""
    shares = [_loss_in(part, side, name, should_stop) for part in parts]
    found = [share for share in shares if share is not None]
    if len(found) < len(shares):
        return None
    turns = (turn for share in found for turn in share.turns)
    return Loss(
        side,
        name,
        sum(share.took_t for share in found),
        sum(share.stranded_t for share in found),
        sum(share.extra_tonne_km for share in found),
        sum(share.lost_yuan for share in found),
        tuple(sorted(turns, key=lambda turn: (-turn.lost_t, -turn.stranded_t, turn.id))),
    )


def _loss_in(part: Planned, side: Side, name: str, should_stop: Stop | None) -> Loss | None:
    owners = part.owners[side]
    rows = owners.of_row == owners.number[name]
    lost = rows[at(part.columns, side)]
    took = float(part.plan.tonnes[lost].sum())
    if took <= _WEIGHABLE_T:
        return Loss(side, name, took, 0.0, 0.0, 0.0, ())
    after = part.without(side, name, should_stop)
    if after is None:
        return None
    change = after.tonnes - part.plan.tonnes
    stored = after.beside_yuan - part.plan.beside_yuan
    return Loss(
        side,
        name,
        took,
        stranded_t=max(0.0, -float(change.sum())),
        extra_tonne_km=float(change @ part.columns.distance_km),
        lost_yuan=stored - float(change @ part.columns.value),
        turns=_turns(part, _ACROSS[side], change, lost, rows),
    )


def _turns(part: Planned, side: Side, change: Floats, lost: Flags, gone: Flags) -> tuple[Turn, ...]:
    """Tell of each on this side that dealt with the lost one, or that moves less without it."""
    ends = at(part.columns, side)
    rows = part.rows.supplies if side is Side.SUPPLY else part.rows.slots
    dealt = np.bincount(ends, np.where(lost, part.plan.tonnes, 0.0), minlength=len(rows))
    stranded = -np.bincount(ends, change, minlength=len(rows))
    columns = np.nonzero(((dealt > _WEIGHABLE_T) | (stranded > _WEIGHABLE_T))[ends])[0]
    columns_of: dict[int, list[int]] = defaultdict(list)
    for column, end in zip(columns.tolist(), ends[columns].tolist(), strict=True):
        columns_of[end].append(column)
    return tuple(
        Turn(
            rows[end].id,
            float(dealt[end]),
            max(0.0, float(stranded[end])),
            _moves(part, side, change, mine),
            _second_best(part, side, end, [c for c in mine if lost[c]], gone)
            if dealt[end] > _WEIGHABLE_T
            else None,
        )
        for end, mine in columns_of.items()
    )


def _moves(part: Planned, side: Side, change: Floats, columns: list[int]) -> tuple[Move, ...]:
    others = part.rows.slots if side is Side.SUPPLY else part.rows.supplies
    ends = at(part.columns, _ACROSS[side])
    moves = [
        Move(others[ends[column]].id, float(change[column]))
        for column in columns
        if change[column] > _WEIGHABLE_T
    ]
    return tuple(sorted(moves, key=lambda move: (-move.more_t, move.other_id)))


def _second_best(
    part: Planned, side: Side, end: int, lost: list[int], gone: Flags
) -> SecondBest | None:
    """Look at every pair that may meet, also those whose partner is full or that lose money."""
    was_km = min(
        float(part.columns.distance_km[column]) for column in lost if part.plan.tonnes[column] > 0
    )
    pairs = part.pairs
    others = _pairs_of(part, side, end)
    others = others[pairs.passes[others] & ~gone[at(pairs, _ACROSS[side])[others]]]
    if not len(others):
        return None
    km = pairs.distance_km[others]
    by_tonnes = part.parameters.objective is Objective.TONNES
    first = km if by_tonnes else -part.merit[others]
    best = int(others[np.lexsort((others, km, first))[0]])
    rows = part.rows.slots if side is Side.SUPPLY else part.rows.supplies
    distance = float(pairs.distance_km[best])
    return SecondBest(
        rows[at(pairs, _ACROSS[side])[best]].id,
        distance,
        distance - was_km,
        float(part.value[best]),
    )


def _pairs_of(part: Planned, side: Side, end: int) -> Ints:
    if side is Side.SUPPLY:
        first, last = np.searchsorted(part.pairs.supply, [end, end + 1]).tolist()
        return np.arange(first, last)
    return np.nonzero(part.pairs.slot == end)[0]
