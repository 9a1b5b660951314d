"""Points short of a VAT refund, solved by hand, and the cheapest offers that close them."""

import random
from dataclasses import replace
from datetime import date

import pytest
from scipy.optimize import linprog

from matching import ProblemError
from matching.refund import Candidate, Inflow, RefundRow, Stage, refund_gap

ON = date(2026, 11, 22)
CEMENT_42_5 = RefundRow("2.2a", 0.20, 0.70, date(2022, 3, 1))
OTHER_CEMENT = RefundRow("2.2b", 0.40, 0.70, date(2022, 3, 1))
COUNTS = {
    "limestone": False,
    "clinker": False,
    "gypsum_stone": False,
    "bf_slag": False,
    "fly_ash": True,
    "steel_slag": True,
    "carbide_slag": True,
}


def test_the_slag_of_blast_furnaces_does_not_count():
    # 60 + 20 + 20 = 100 t; only the 20 t of fly ash count: 20 %, not 40 %.
    inflows = [
        Inflow("limestone", 60),
        Inflow("fly_ash", 20),
        Inflow("bf_slag", 20, Stage.GRINDING),
    ]
    gap = refund_gap(inflows, COUNTS, OTHER_CEMENT, [], ON)
    assert (gap.eligible_t, gap.total_t, gap.share) == (20, 100, 0.2)
    assert gap.points_short == pytest.approx(20)
    assert (gap.steps, gap.closes, gap.estimate_only) == ((), False, True)
    if_it_counted = refund_gap(inflows, COUNTS | {"bf_slag": True}, OTHER_CEMENT, [], ON)
    assert (if_it_counted.share, if_it_counted.points_short) == (0.4, 0)
    assert if_it_counted.closes


def test_the_cheapest_offers_close_the_gap_and_no_more_than_that():
    # 20 t are missing in place of limestone: all 10 t of steel slag at 5, 10 t of carbide at 30.
    inflows = [Inflow("limestone", 80), Inflow("fly_ash", 20)]
    offers = [
        Candidate("carbide", "carbide_slag", 50, 30, "limestone"),
        Candidate("steel", "steel_slag", 10, 5, "limestone"),
        Candidate("more bf slag", "bf_slag", 100, 1, "limestone"),
    ]
    gap = refund_gap(inflows, COUNTS, OTHER_CEMENT, offers, ON)
    assert [(s.candidate_id, s.tonnes, s.cost_yuan) for s in gap.steps] == [
        ("steel", 10, 50),
        ("carbide", pytest.approx(10), pytest.approx(300)),
    ]
    assert [s.share for s in gap.steps] == pytest.approx([0.30, 0.40])
    assert gap.closes


def test_what_comes_on_top_dilutes_itself():
    # (10 + x) / (100 + x) = 20 % gives x = 12.5 t.
    inflows = [Inflow("clinker", 85), Inflow("gypsum_stone", 5), Inflow("fly_ash", 10)]
    offer = Candidate("ash", "fly_ash", 100, 10, stage=Stage.GRINDING)
    gap = refund_gap(inflows, COUNTS, CEMENT_42_5, [offer], ON)
    (step,) = gap.steps
    assert (step.tonnes, step.share) == (pytest.approx(12.5), pytest.approx(0.2))


def test_with_bought_clinker_only_the_mill_counts():
    # 10 t of ash over 80 + 10 + 10 t at the mill; the raw meal belongs to whoever burnt it.
    inflows = [
        Inflow("limestone", 500),
        Inflow("carbide_slag", 300),
        Inflow("clinker", 80, Stage.CLINKER),
        Inflow("bf_slag", 10, Stage.GRINDING),
        Inflow("fly_ash", 10, Stage.GRINDING),
    ]
    meal = Candidate("meal", "carbide_slag", 100, -50, "limestone")
    mill = Candidate("mill", "steel_slag", 100, 5, "clinker", Stage.GRINDING)
    gap = refund_gap(inflows, COUNTS, CEMENT_42_5, [meal, mill], ON)
    assert (gap.share, gap.points_short) == (0.1, pytest.approx(10))
    assert [(s.candidate_id, s.tonnes) for s in gap.steps] == [("mill", pytest.approx(10))]
    own = refund_gap([row for row in inflows if row.material_id != "clinker"], COUNTS,
                     CEMENT_42_5, [], ON)  # fmt: skip
    assert own.share == pytest.approx(310 / 820)


def test_offers_that_do_not_reach_say_so():
    inflows = [Inflow("limestone", 90), Inflow("fly_ash", 10)]
    offer = Candidate("steel", "steel_slag", 5, 5, "limestone")
    gap = refund_gap(inflows, COUNTS, OTHER_CEMENT, [offer], ON)
    assert not gap.closes
    assert gap.steps[-1].share == pytest.approx(0.15)


@pytest.mark.parametrize("seed", range(100))
def test_the_steps_are_the_cheapest_way(seed):
    dice = random.Random(seed)
    waste = dice.uniform(0, 30)
    inflows = [Inflow("limestone", 100 - waste), Inflow("fly_ash", waste)]
    offers = [
        Candidate(
            f"o{n}",
            dice.choice(["steel_slag", "carbide_slag"]),
            dice.uniform(0, 20),
            dice.uniform(-20, 60),
            dice.choice(["", "limestone"]),
        )
        for n in range(5)
    ]
    gap = refund_gap(inflows, COUNTS, OTHER_CEMENT, offers, ON)
    gains = [1.0 if o.replaces else 0.6 for o in offers]
    theirs = linprog(
        [o.cost_yuan_per_t for o in offers],
        A_eq=[gains],
        b_eq=[40 - waste],
        bounds=[(0, o.tonnes) for o in offers],
        method="highs",
    )
    assert gap.closes == (theirs.status == 0)
    if gap.closes:
        assert sum(s.cost_yuan for s in gap.steps) == pytest.approx(theirs.fun, abs=1e-6)


@pytest.mark.parametrize("seed", range(150))
def test_the_steps_are_the_cheapest_way_where_offers_compete_for_what_they_replace(seed):
    dice = random.Random(seed)
    rooms = {"limestone": dice.uniform(3, 30), "clinker": dice.uniform(3, 30)}
    counts = {**COUNTS, "clinker": False}
    inflows = [Inflow(name, tonnes) for name, tonnes in rooms.items()]
    inflows += [Inflow("gypsum_stone", 100 - sum(rooms.values()) - 10), Inflow("fly_ash", 10)]
    offers = [
        Candidate(
            f"o{n}",
            dice.choice(["steel_slag", "carbide_slag"]),
            dice.uniform(0, 20),
            dice.uniform(-20, 60),
            dice.choice(["", *rooms]),
        )
        for n in range(6)
    ]
    gap = refund_gap(inflows, counts, OTHER_CEMENT, offers, ON)
    assert gap.points_short == pytest.approx(30)
    replaced = [[float(o.replaces == name) for o in offers] for name in rooms]
    theirs = linprog(
        [o.cost_yuan_per_t for o in offers],
        A_ub=replaced,
        b_ub=list(rooms.values()),
        A_eq=[[1.0 if o.replaces else 0.6 for o in offers]],
        b_eq=[30],
        bounds=[(0, o.tonnes) for o in offers],
        method="highs",
    )
    assert gap.closes == (theirs.status == 0)
    if gap.closes:
        assert sum(s.cost_yuan for s in gap.steps) == pytest.approx(theirs.fun, abs=1e-6)


def test_what_cannot_be_reckoned_is_refused():
    inflows = [Inflow("moon_dust", 1)]
    with pytest.raises(ProblemError, match="nobody says whether moon_dust"):
        refund_gap(inflows, COUNTS, OTHER_CEMENT, [], ON)
    ended = replace(OTHER_CEMENT, valid_to=date(2025, 12, 31))
    with pytest.raises(ProblemError, match="not in force"):
        refund_gap([], COUNTS, ended, [], ON)
    with pytest.raises(ProblemError, match="between 0 and 1"):
        RefundRow("x", 40)
    nothing = refund_gap([], COUNTS, OTHER_CEMENT, [], ON)
    assert (nothing.share, nothing.points_short) == (0, 40)
