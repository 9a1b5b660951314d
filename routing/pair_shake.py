"""A new start for a search that has settled: neighbouring tours are emptied and filled anew."""

from __future__ import annotations

from routing.chains import FIRST, SLOT
from routing.compiled import below, compiled
from routing.pair_moves import change_of
from routing.pair_sisr import cut_string, start_from_best
from routing.pair_state import (
    ABSENT,
    ACTIVE,
    COST,
    ITERATION,
    LOGGED,
    PENALTY,
    SIZE,
    TOUCHED,
    Pairs,
    State,
)


@compiled
def shake(pairs: Pairs, state: State) -> None:
    """Go back to the best plan and empty two or more of its tours near a load drawn at random.

    Which loads were absent often is forgotten, so that others are thrown out than before.
    """
    start_from_best(pairs, state)
    num, loads = state.num, len(pairs.alone)
    num[ITERATION] += 1
    num[TOUCHED] = num[LOGGED] = 0
    state.missed[:] = 0
    tours = 2 + below(state.random, max(1, num[ACTIVE] - 1))
    centre = below(state.random, loads)
    for rank in range(pairs.near.shape[1]):
        slot = state.link[pairs.near[centre, rank] + 1, SLOT]
        if tours > 0 and slot >= 0:
            cut_string(pairs, state, state.slots[slot, FIRST], state.slots[slot, SIZE])
            tours -= 1
    state.value[COST] += change_of(state) + pairs.about[PENALTY] * num[ABSENT]
