"""The index answers exactly as the plain ranking does, whatever the problem."""

import random
from dataclasses import replace
from datetime import date

import pytest

from matching.explain import rank_for_slot, rank_for_supply
from matching.problem import (
    Acceptance,
    Bound,
    Limit,
    Material,
    Objective,
    Operator,
    Parameters,
    Problem,
    ProblemError,
    Severity,
    Supply,
)
from matching.ranking import Index, top_for_slot, top_for_supply
from tests.matching.build import VALUE, slot, supply

DAY, OLD = date(2026, 5, 1), date(2026, 4, 1)
MATERIALS = ("fly_ash", "bf_slag", "gypsum")
PROPERTIES = ("LOI", "SO3", "Cl")


def place(dice: random.Random) -> dict[str, float]:
    return {"north": dice.uniform(0, 5), "east": dice.uniform(0, 5)}


def money(dice: random.Random) -> float | None:
    return dice.choice((None, dice.uniform(0, 200)))


def limit(dice: random.Random, name: str) -> Limit:
    operator, low = dice.choice(list(Operator)), dice.randint(1, 9)
    return Limit(
        name,
        operator,
        low,
        unit=dice.choice(("%", "%", "%", "mg/kg")),
        value_high=low + 3 if operator is Operator.BETWEEN else None,
        severity=dice.choice((*[Severity.BLOCK] * 4, Severity.WARN)),
        grades=dice.choice(((), (), ("I",), ("II",))),
        variant=dice.choice(("", "", "class F")),
    )


def use(dice: random.Random, name: str) -> Acceptance:
    limits = tuple(limit(dice, p) for p in PROPERTIES if dice.random() < 0.8)
    return Acceptance(
        name, limits=limits, replaced_yuan_per_t=money(dice), treatment_yuan_per_t=money(dice)
    )


def lot(dice: random.Random, row_id: str) -> Supply:
    """A lot with ranges, unknown and outdated values, sometimes hazardous or of a variant."""
    return supply(
        row_id,
        dice.randint(1, 9),
        material_id=dice.choice(MATERIALS),
        assay=tuple(
            Bound(p, v, v + dice.randint(0, 2), expires_on=dice.choice((None, DAY, OLD)))
            for p in PROPERTIES
            if (v := dice.randint(0, 11)) < 10
        ),
        tags=frozenset(dice.choice(((), ("class F",)))),
        hazard_codes=frozenset({"900-041-49"} if dice.random() < 0.1 else ()),
        disposal_yuan_per_t=money(dice),
        **place(dice),
    )


def crowd(seed: int) -> tuple[Problem, Parameters]:
    dice = random.Random(seed)
    uses = [use(dice, name) for name in MATERIALS for _ in range(3)]
    slots = tuple(
        slot(
            f"k{j}",
            dice.randint(1, 9),
            accepts=(uses[dice.randrange(3)], uses[dice.randrange(3, 6)])[: dice.randint(1, 2)],
            **place(dice),
        )
        for j in range(40)
    )
    problem = Problem(
        tuple(lot(dice, f"s{i}") for i in range(40)),
        slots,
        materials=(Material("fly_ash", (Bound("SO3", 1, 5),)),),
    )
    parameters = replace(
        VALUE,
        objective=dice.choice(list(Objective)),
        radius_km=dice.choice((150.0, 300.0, 600.0)),
        road_factor=dice.choice((1.0, 1.3)),
        require_assay=dice.random() < 0.3,
        on=dice.choice((None, DAY)),
        material_radius_km=(("bf_slag", 200.0),),
    )
    return problem, parameters


@pytest.mark.parametrize("seed", range(80))
def test_the_index_answers_as_the_plain_ranking(seed: int):
    problem, parameters = crowd(seed)
    index = Index.of(problem)
    for top in (1, 4, 20):
        for row in problem.supplies[:10]:
            found = top_for_supply(index, parameters, row.id, top)
            assert found == rank_for_supply(problem, parameters, row.id, top)
        for taker in problem.slots[:10]:
            found = top_for_slot(index, parameters, taker.id, top)
            assert found == rank_for_slot(problem, parameters, taker.id, top)


def test_the_crowd_has_something_to_say():
    problem, parameters = crowd(3)
    views = [v for row in problem.slots for v in rank_for_slot(problem, parameters, row.id)]
    assert any(view.verdict.passes for view in views)
    assert any(view.verdict.near_miss for view in views)


def test_equal_merit_goes_by_id():
    problem = Problem(
        (supply("a", 1),), tuple(slot(name, 1, east=1) for name in ("z", "c", "m", "b"))
    )
    found = top_for_supply(Index.of(problem), Parameters(), "a", 2)
    assert [view.slot_id for view in found] == ["b", "c"]


def test_a_material_nobody_takes_and_an_unknown_listing():
    index = Index.of(Problem((supply("a", 1),), (slot("k", 1, accepts=()),)))
    assert top_for_supply(index, Parameters(), "a") == ()
    assert top_for_slot(index, Parameters(), "k") == ()
    with pytest.raises(ProblemError, match="'ghost'"):
        top_for_slot(index, Parameters(), "ghost")
