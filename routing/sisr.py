"""Slack induction by string removals for delivery tours, compiled.

Christiaens and Vanden Berghe, Transportation Science 54 (2020) 417-433, doi 10.1287/trsc.2019.0914:
take out strings of neighbouring customers from neighbouring tours, put them back one by one at
their cheapest place, sometimes looking away, and accept as simulated annealing does. Beyond the
paper: most of the time only places beside a customer's close neighbours are looked at, so that an
iteration costs the same in large instances; kinds of vehicle (a tour changes kind when that pays);
time windows by earliest and latest start so that a place is tested in constant time, and changes of
tails between such tours; and undo by steps instead of copying solutions.
"""

from __future__ import annotations

import math

from routing.compiled import below, compiled, merged, uniform
from routing.tour_moves import (
    accept,
    chain,
    change_of,
    change_of_tours,
    deactivate,
    insert,
    measure,
    remember,
    save,
    touch,
    undo,
)
from routing.tour_places import best_anywhere, best_close, fit_kind, new_tour
from routing.tour_tails import change_tails
from routing.tours import (
    ABSENT,
    ACTIVE,
    BEST,
    BROKEN,
    COST,
    DEMAND,
    DEPOTS,
    DUE,
    EVEN,
    GAP,
    ITERATION,
    LENGTH,
    LOAD,
    LOGGED,
    MARK,
    NEXT,
    OUT,
    PENALTY,
    POOL,
    PREV,
    READY,
    SAVED_ABSENT,
    SIZE,
    SLOT,
    START,
    TIMED,
    TOKEN,
    TOUCHED,
    Fleet,
    Ints,
    Nodes,
    State,
    Stops,
    Words,
)

# The paper's parameters: mean customers removed, longest string, chance to keep a part of a string
# in place and to keep one more. Where customers have windows, strings longer than this share of a
# mean tour do worse than more strings that are shorter; found by trying. Each string comes from a
# tour of its own, so with fewer tours than this there are no more strings to take.
MEAN_REMOVED = 10
LONGEST_STRING = 10
STRING_SHARE = 0.6
FEW_TOURS = 5
SPLIT_SHARE = 0.5
SPLIT_MORE = 0.01
# Share of the iterations that look at every place, and how many such looks a customer may cost on
# the mean, so that their cost does not grow with the instance; the share where ways there and back
# differ, as between full loads, and close neighbours say less; found by trying.
WIDE_SHARE = 0.05
WIDE_LOOKS = 10.0
WIDE_UNEVEN_SHARE = 0.1
# Allowed for rounding in sums of costs.
SLACK = 1e-6


@merged
def string_start(link: Nodes | Ints, random: Words, node: int, span: int, depots: int) -> int:
    """Draw where a string of `span` customers that holds the node begins."""
    back, first = 0, node
    while back < span - 1 and link[first, PREV] >= depots:
        first = link[first, PREV]
        back += 1
    ahead, last = 0, node
    while ahead < span - 1 and link[last, NEXT] >= depots:
        last = link[last, NEXT]
        ahead += 1
    for _ in range(below(random, back - (span - 1 - ahead) + 1)):
        first = link[first, NEXT]
    return first


@merged
def take_string(
    stops: Stops, state: State, node: int, span: int, kept_from: int, kept: int
) -> None:
    """Make `span` nodes from this one on absent, but for `kept` of them, and close the gaps.

    The clock and the size of the tour are left to the caller.
    """
    link, legs, num, depots = state.link, state.legs, state.num, stops.about[DEPOTS]
    slot, before = link[node, SLOT], link[node, PREV]
    load = length = 0.0
    for index in range(span):
        following = link[node, NEXT]
        if kept_from <= index < kept_from + kept:
            before = node
        else:
            save(state, node, depots)
            link[node, SLOT] = -1
            load += stops.load[node, DEMAND]
            length += legs[node, GAP]
            state.absent[num[ABSENT]] = node
            num[ABSENT] += 1
            if index in (kept_from - 1, span - 1):
                save(state, before, depots)
                save(state, following, depots)
                gap = stops.cost[before, following]
                length += legs[node, OUT] - gap
                chain(state, slot, before, following, gap, stops.time[before, following], depots)
        node = following
    state.sums[slot, LOAD] -= load
    state.sums[slot, LENGTH] -= length


@merged
def cut_string(stops: Stops, fleet: Fleet, state: State, node: int, longest: float) -> None:
    """Remove a string, or a string with a hole, that holds the node."""
    link, slots, sums, num, random = state.link, state.slots, state.sums, state.num, state.random
    slot = link[node, SLOT]
    size = slots[slot, SIZE]
    length = min(size, 1 + below(random, int(min(float(size), longest))))
    kept = 0
    if length > 1 and length < size and uniform(random) < SPLIT_SHARE:
        kept = 1
        while length + kept < size and uniform(random) < SPLIT_MORE:
            kept += 1
    depots = stops.about[DEPOTS]
    node = string_start(link, random, node, length + kept, depots)
    kept_from = 1 + below(random, length - 1) if kept else length
    touch(slots, sums, state.touched, state.before, num, slot)
    take_string(stops, state, node, length + kept, kept_from, kept)
    slots[slot, SIZE] -= length
    if slots[slot, SIZE] == 0:
        sums[slot, LOAD] = sums[slot, LENGTH] = 0.0
        deactivate(slots, state.active, state.used, num, slot)
        return
    measure(stops, fleet, state, slot)
    # A tour that shrank takes a smaller vehicle at once, so that filling it up again has its price.
    if len(fleet.real) > 1:
        fit_kind(fleet, slots, sums, state.used, slot)


@merged
def ruin(stops: Stops, fleet: Fleet, state: State) -> None:
    """Remove strings around one customer drawn at random."""
    num = state.num
    if num[ACTIVE] == 0:
        return
    mean_size = (num[POOL] - num[ABSENT]) / num[ACTIVE]
    if stops.about[TIMED] and stops.about[EVEN] and num[ACTIVE] >= FEW_TOURS:
        mean_size *= STRING_SHARE
    longest = max(1.0, min(float(LONGEST_STRING), mean_size))
    most = 4.0 * MEAN_REMOVED / (1.0 + longest) - 1.0
    strings = 1 + int(uniform(state.random) * most)
    centre = state.pool[below(state.random, num[POOL])]
    for rank in range(stops.near.shape[1]):
        node = stops.near[centre, rank]
        slot = state.link[node, SLOT]
        if slot < 0 or state.slots[slot, MARK] == num[ITERATION]:
            continue
        cut_string(stops, fleet, state, node, longest)
        strings -= 1
        if strings == 0:
            return


@merged
def sort_absent(stops: Stops, fleet: Fleet, state: State) -> None:
    """Order the absent at random, by demand, far first, close first, or by their windows."""
    how = below(state.random, 17 if stops.about[TIMED] else 11)
    depot = fleet.whole[0, START]
    for index in range(state.num[ABSENT]):
        node = state.absent[index]
        if how < 4:
            key = uniform(state.random)
        elif how < 8:
            key = -stops.load[node, DEMAND]
        elif how < 10:
            key = -stops.cost[depot, node]
        elif how < 11:
            key = stops.cost[depot, node]
        elif how < 13:
            key = state.real[node, DUE] - state.real[node, READY]
        elif how < 15:
            key = state.real[node, READY]
        else:
            key = -state.real[node, DUE]
        spot = index
        while spot > 0 and state.order[spot - 1] > key:
            state.order[spot] = state.order[spot - 1]
            state.absent[spot] = state.absent[spot - 1]
            spot -= 1
        state.order[spot] = key
        state.absent[spot] = node


@merged
def recreate(stops: Stops, fleet: Fleet, state: State, most: float) -> None:
    """Put the absent back one by one; what fits nowhere, or costs more than it is worth, stays.

    Gives up, leaving the plan broken, as soon as more than `most` was spent.
    """
    sort_absent(stops, fleet, state)
    share = min(WIDE_SHARE, WIDE_LOOKS / state.num[POOL])
    if not stops.about[EVEN]:
        share = WIDE_UNEVEN_SHARE
    wide = state.num[ACTIVE] == 0 or uniform(state.random) < share
    left = 0
    for index in range(state.num[ABSENT]):
        node = state.absent[index]
        state.num[TOKEN] += 1
        cost, slot, before, kind = math.inf, -1, -1, -1
        if not wide:
            cost, slot, before, kind = best_close(stops, fleet, state, node, cost)
        fresh, fresh_kind = new_tour(stops, fleet, state, node)
        if fresh < cost:
            cost, slot, kind = fresh, -2, fresh_kind
        if slot < 0:
            least, wide_slot, wide_before, wide_kind = best_anywhere(
                stops, fleet, state, node, cost
            )
            if wide_slot >= 0:
                cost, slot, before, kind = least, wide_slot, wide_before, wide_kind
        if slot == -1 or cost > stops.load[node, PENALTY]:
            state.absent[left] = node
            left += 1
            most -= stops.load[node, PENALTY]
        else:
            insert(stops, fleet, state, node, slot, before, kind)
            most -= cost
        if most < 0.0:
            state.num[BROKEN] += 1
            return
    state.num[ABSENT] = left


@merged
def better_kinds(fleet: Fleet, state: State) -> None:
    for index in range(state.num[TOUCHED]):
        slot = state.touched[index, 0]
        if state.slots[slot, SIZE]:
            fit_kind(fleet, state.slots, state.sums, state.used, slot)


@compiled
def search(
    stops: Stops, fleet: Fleet, state: State, iterations: int, hot: float, cold: float
) -> None:
    """Iterate while the temperature falls from `hot` to `cold` by equal factors."""
    num, value = state.num, state.value
    factor = (cold / hot) ** (1.0 / max(1, iterations))
    temperature = hot
    tails = stops.about[TIMED] == 1 and len(fleet.real) == 1
    for _ in range(iterations):
        num[ITERATION] += 1
        num[TOUCHED] = num[LOGGED] = 0
        num[SAVED_ABSENT] = num[ABSENT]
        for index in range(num[ABSENT]):
            state.saved_absent[index] = state.absent[index]
        ruin(stops, fleet, state)
        allowed = -temperature * math.log(1.0 - uniform(state.random))
        # Putting back only ever costs where all vehicles are alike, nobody was absent and ways are
        # as long there as back (a full load put in may save an empty run).
        simple = len(fleet.real) == 1 and num[SAVED_ABSENT] == 0 and stops.about[EVEN] == 1
        most = allowed - change_of_tours(fleet, state) + SLACK if simple else math.inf
        recreate(stops, fleet, state, most)
        if len(fleet.real) > 1:
            better_kinds(fleet, state)
        change = change_of(stops, fleet, state)
        if num[BROKEN] or change > allowed:
            undo(stops, fleet, state)
        else:
            value[COST] += change
            accept(state)
            if value[COST] < value[BEST] - 1e-7:
                remember(state)
        if tails:
            change_tails(stops, fleet, state, temperature)
        temperature *= factor
