"""Chains over processors on networks small enough to draw, and against every path there is."""

import itertools
import random

import pytest

from matching.chains import Chain, Conversion, Processing, Step, chains, processing, steps_of
from matching.graph import Delivery, Node, NodeKind, executed
from matching.problem import ProblemError


def plant(name: str) -> Node:
    return Node(NodeKind.PLANT, name)


def step(giver: str, taker: str, material_id: str, tonnes: float, use: str = "") -> Step:
    return Step(plant(giver), plant(taker), material_id, tonnes, use)


def names(chain: Chain) -> str:
    return "".join(node.id for node in chain.plants)


GRINDING = Conversion("mill", "bf_slag", "slag_powder", 0.9)


def test_a_chain_runs_from_the_waste_over_the_processor_to_the_user():
    # 100 t of slag give 90 t of powder; the mixer takes 45 t: 50 t can pass the whole chain.
    graph = executed(
        [
            Delivery("steel", "mill", "bf_slag", 100),
            Delivery("steel", "mill", "gypsum", 7),
            Delivery("mill", "mixer", "slag_powder", 45),
            Delivery("mill", "road", "bf_slag", 5),
        ]
    )
    (chain,) = chains(steps_of(graph), [GRINDING])
    assert chain.plants == (plant("steel"), plant("mill"), plant("mixer"))
    assert chain.entered_t == pytest.approx(50)
    assert chain.delivered_t == pytest.approx(45)
    assert chain.conversions == (GRINDING,)
    assert not chain.closed


TYRES = (
    Conversion("t", "tyres", "wire", 0.2, use="crumb"),
    Conversion("t", "tyres", "rubber", 0.5, capacity_t=60, use="crumb"),
)
TYRE_TRADE = (
    step("a", "t", "tyres", 70, "crumb"),
    step("b", "t", "tyres", 30, "crumb"),
    step("c", "t", "tyres", 9, "fuel"),
    step("t", "m", "wire", 12),
    step("t", "r", "rubber", 50),
)


def test_wire_and_rubber_come_out_of_the_same_tyre_each_within_its_own_limit():
    # a brings 70 t. Wire: the melt shop takes 12 t = 60 t of tyres. Rubber: 60 t of tyres can be
    # cut, which give 30 t of rubber; the road takes 50. From b all 30 t pass: 6 t of wire, 15 t
    # of rubber. What c brings is burnt.
    found = list(chains(TYRE_TRADE, TYRES))
    assert [(names(chain), chain.entered_t, chain.delivered_t) for chain in found] == [
        ("atm", pytest.approx(60), pytest.approx(12)),
        ("atr", pytest.approx(60), pytest.approx(30)),
        ("btm", pytest.approx(30), pytest.approx(6)),
        ("btr", pytest.approx(30), pytest.approx(15)),
    ]
    assert found[1].tonnes == pytest.approx((60, 30))


def test_a_processor_is_measured_over_all_that_comes_and_goes():
    # 100 t of tyres come for crumb: 20 t of wire for 12 t of use, and of 60 t that can be cut
    # 30 t of rubber, though 50 t of it are promised.
    rubber, wire = processing(TYRE_TRADE, TYRES)
    assert rubber == Processing(plant("t"), "rubber", 60, pytest.approx(30), 50)
    assert (rubber.through_t, rubber.unused_t, rubber.short_t) == pytest.approx((30, 0, 20))
    assert wire == Processing(plant("t"), "wire", 100, pytest.approx(20), 12)
    assert (wire.through_t, wire.unused_t, wire.short_t) == pytest.approx((12, 8, 0))


def test_only_whole_chains_are_listed():
    turns = [Conversion("b", "x", "y"), Conversion("c", "y", "z")]
    trade = [
        step("a", "b", "x", 4),
        step("b", "c", "y", 3),
        step("c", "d", "z", 2),
        step("e", "c", "y", 1),
    ]
    assert [names(chain) for chain in chains(trade, turns)] == ["abcd", "ecd"]
    assert [len(chain.steps) for chain in chains(trade, turns, most_steps=2)] == [2, 2, 2]


def test_a_closed_loop_is_listed_once():
    turns = [Conversion(p, m, n) for p, m, n in (("a", "z", "x"), ("b", "x", "y"), ("c", "y", "z"))]
    trade = [step("a", "b", "x", 4), step("b", "c", "y", 3), step("c", "a", "z", 2)]
    (chain,) = chains(trade, turns)
    assert chain.closed
    assert chain.entered_t == 2


def test_without_conversions_there_is_no_chain():
    assert list(chains([step("a", "b", "x", 1), step("b", "c", "x", 1)], [])) == []
    assert processing([], [GRINDING]) == (Processing(plant("mill"), "slag_powder", 0, 0, 0),)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"yield_share": 0}, "yield of 0"),
        ({"yield_share": 92}, "yield of 92 is not above 0 and at most 10"),
        ({"capacity_t": 0}, "capacity of 0 t"),
    ],
)
def test_a_conversion_states_sensible_numbers(fields, words):
    with pytest.raises(ProblemError, match=words):
        Conversion("mill", "bf_slag", "slag_powder", **fields)


@pytest.mark.parametrize("use", ["", "grinding"])
def test_the_same_conversion_twice_would_count_its_tonnes_twice(use: str):
    twice = [GRINDING, Conversion("mill", "bf_slag", "slag_powder", 0.8, use=use)]
    with pytest.raises(ProblemError, match="bf_slag is turned into slag_powder twice"):
        chains([], twice)


def random_trade(dice: random.Random) -> tuple[list[Step], list[Conversion]]:
    trade = [
        step(a, b, material, dice.randint(1, 9), dice.choice(["", "u"]))
        for a, b in itertools.permutations("abcde", 2)
        for material in "xy"
        if dice.random() < 0.3
    ]
    turns = [
        Conversion(p, takes, makes, dice.choice([0.25, 0.5, 1.0, 2.0]),
                   dice.choice([None, 2.0, 5.0]), dice.choice(["", "u"]))
        for p in "abcde"
        for takes, makes in itertools.product("xy", repeat=2)
        if dice.random() < 0.35
    ]  # fmt: skip
    return trade, turns


def passes(path: tuple[Step, ...], rows: tuple[Conversion, ...], entered: float) -> bool:
    """Push the tonnes through step by step and see whether any is too narrow for them."""
    tonnes = entered
    for step_, row in itertools.zip_longest(path, rows):
        if tonnes > step_.tonnes + 1e-9:
            return False
        if row is not None:
            if row.capacity_t is not None and tonnes > row.capacity_t + 1e-9:
                return False
            tonnes *= row.yield_share
    return True


def every_chain(trade: list[Step], turns: list[Conversion], most: int) -> dict[frozenset, set]:
    """Try every row of steps, and of conversions between them; keep what nothing prolongs."""
    joined = {
        (one, row, other)
        for one, row, other in itertools.product(trade, turns, trade)
        if row.plant == one.taker == other.giver
        and (row.takes, row.makes) == (one.material_id, other.material_id)
        and row.use in {"", one.use}
    }
    found = {}
    for length in range(2, most + 1):
        for path in itertools.permutations(trade, length):
            plants = [s.giver for s in path] + [path[-1].taker]
            if len(set(plants[:-1])) < length or plants[-1] in plants[1:-1]:
                continue
            between = [
                [row for one, row, other in joined if (one, other) == pair]
                for pair in itertools.pairwise(path)
            ]
            if all(between):
                found[path] = set(itertools.product(*between))
    whole = {}
    for path, ways in found.items():
        longer = (p for p in found if len(p) == len(path) + 1 and path in (p[1:], p[:-1]))
        if not any(longer):
            whole.setdefault(frozenset(path), set()).update((path, rows) for rows in ways)
    return whole


@pytest.mark.parametrize("seed", range(40))
def test_chains_are_all_there_are_and_each_is_as_wide_as_can_be(seed: int):
    trade, turns = random_trade(random.Random(seed))
    trade = trade[:9]
    expected = every_chain(trade, turns, most=3)
    found = list(chains(trade, turns, most_steps=3))
    assert {frozenset(chain.steps) for chain in found} == set(expected)
    assert len(found) == len(expected)
    for chain in found:
        assert (chain.steps, chain.conversions) in expected[frozenset(chain.steps)]
        assert passes(chain.steps, chain.conversions, chain.entered_t)
        assert not passes(chain.steps, chain.conversions, chain.entered_t * 1.001)
    begun = list(chains(trade, turns, 3, begins=lambda step: step.giver == plant("a")))
    assert all(chain.steps[0].giver == plant("a") for chain in begun)
    # A loop may be begun at any of its plants, so it may be in the one list and not the other.
    assert [chain for chain in begun if not chain.closed] == [
        chain for chain in found if not chain.closed and chain.steps[0].giver == plant("a")
    ]
    assert found == sorted(found, key=lambda chain: (-chain.entered_t, chain.plants))


@pytest.mark.parametrize("seed", range(20))
def test_no_chain_carries_more_than_its_processors_can_make_and_send(seed: int):
    trade, turns = random_trade(random.Random(seed))
    known = {(row.plant, row.makes): row for row in processing(trade, turns)}
    for chain in chains(trade, turns):
        for conversion, sent in zip(chain.conversions, chain.tonnes[1:], strict=True):
            row = known[conversion.plant, conversion.makes]
            assert sent <= row.through_t + 1e-9
