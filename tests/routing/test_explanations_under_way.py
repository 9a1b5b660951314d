"""Why a load is left out of a day that is under way, and what trucks or receivers could change."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cache

import pytest

from routing.hand import Hand, taken_up
from routing.late import with_collection
from routing.operate import Situation
from routing.parameters import Parameters
from routing.plan import Elsewhere, Obstacle, Reason, Route, Unserved
from routing.problem import (
    Body,
    Collection,
    DayProblem,
    Material,
    Receiver,
    Window,
)
from routing.replan import replan
from routing.schedule import Task
from routing.solve import solve
from tests.routing.days import HOUR, day, fleet, tipper
from tests.routing.hands import granted, written
from tests.routing.test_explanations import LINE, crowded, given_way, left, lot, main, told

WORKS = Receiver("works", "works")
AT_NOON = Window(12 * HOUR, 18 * HOUR)


def inserted(hand: Hand, load: int) -> Iterator[Route]:
    """Every place for the load among what the trucks have still to do."""
    for truck in hand.trucks:
        if truck.held or not hand.day.fits(truck.vehicle, load):
            continue
        for receiver in hand.day.allowed[load]:
            if not hand.room(load, receiver):
                continue
            for first in range(len(truck.tasks) + 1):
                for last in range(first, len(truck.tasks) + 1):
                    put = (*truck.tasks[first:last], Task(load, receiver), *truck.tasks[last:])
                    route = hand.timed(truck, (*truck.tasks[:first], Task(load), *put))
                    if isinstance(route, Route):
                        yield route


def goes(
    hand: Hand, row: Unserved, steps: list[tuple[Obstacle, int]], price_fen: int | None
) -> bool:
    """Whether some place takes the load under these limits, the others where they are."""
    load = hand.day.load_index[row.load]
    problem = replace(hand.day.problem, vehicles=tuple(truck.vehicle for truck in hand.trucks))
    for limit, by in steps:
        problem = given_way(problem, limit, by, hand.day.loads[load].material)
    paid_fen = {truck.vehicle.id: truck.route.cost_fen for truck in hand.trucks if truck.route}
    trucks = zip(hand.trucks, problem.vehicles, strict=True)
    eased = replace(
        hand,
        day=hand.day.under(problem),
        trucks=tuple(replace(truck, vehicle=vehicle) for truck, vehicle in trucks),
    )
    return any(
        price_fen is None or route.cost_fen - paid_fen.get(route.vehicle, 0) <= price_fen
        for route in inserted(eased, load)
    )


@cache
def at_half_time(seed: int) -> Situation:
    """A crowded day planned again when half of its hours are over."""
    problem = crowded(seed)
    plan = solve(problem, Parameters(time_limit_s=60, max_iterations=50))
    hours = [(route.start_s, route.end_s) for route in plan.routes]
    now_s = sum(map(sum, hours)) // (2 * len(hours))
    situation = Situation(problem, plan, now_s=now_s)
    return granted(replan(situation, Parameters(time_limit_s=60, max_iterations=50)))


@pytest.mark.parametrize("seed", range(40))
def test_under_way_what_is_told_would_do_and_a_unit_less_would_not(seed: int) -> None:
    situation = at_half_time(seed)
    assert all(row.tried for row in situation.plan.unserved)
    reasons_hold(situation)


def reasons_hold(situation: Situation) -> None:
    """What is told of each load left out would do, and a unit less would not.

    One that fits as the plan is was not tried with less.
    """
    hand = taken_up(situation)
    prices = {row.id: row.skip_fen for row in situation.problem.collections}
    for row in situation.plan.unserved:
        if not row.tried:
            assert goes(hand, row, [], prices[row.collection])
            continue
        if row.reason is Reason.NOT_WORTH:
            assert goes(hand, row, [], None)
            continue
        assert not goes(hand, row, [], prices[row.collection])
        if row.spare_s is not None:
            assert row.spare_s[0] >= (situation.now_s or 0)
        price = row.also is not None and row.also.reason is Reason.NOT_WORTH
        limits = [main(row)] + ([row.also] if row.also is not None and not price else [])
        by = [limit.relaxation if limit.unit else 1 for limit in limits]
        if not row.vehicle or None in by:
            continue
        known = [amount or 0 for amount in by]
        price_fen = prices[row.collection] if len(limits) == 1 and not price else None
        assert goes(hand, row, list(zip(limits, known, strict=True)), price_fen)
        for at in range(len(limits)):
            less = [amount - (i == at) for i, amount in enumerate(known)]
            assert not goes(hand, row, list(zip(limits, less, strict=True)), price_fen)


def test_under_way_days_have_reasons_of_many_kinds() -> None:
    rows = [row for seed in range(40) for row in at_half_time(seed).plan.unserved]
    assert {row.reason for row in rows if row.vehicle} >= {
        Reason.SHIFT,
        Reason.COLLECTION_WINDOW,
        Reason.RECEIVER_INTAKE,
    }
    assert any(row.also is not None and row.vehicle for row in rows)


def late(
    rows: list[Collection], work: dict[str, list[str]], now_s: int, new: Collection
) -> Unserved:
    """The reason for a new collection at that hour; the truck is out from 6:00 to 18:00."""
    problem = day(LINE, rows, [WORKS], vehicles=fleet(1))
    situation = replace(written(problem, work), now_s=now_s)
    added = with_collection(situation, new).situation
    return next(row for row in added.plan.unserved if row.collection == new.id)


def test_a_truck_on_the_road_is_told_how_much_longer_it_would_work() -> None:
    # It loads at near from 6:10 to 16:10 and is at the works at 16:40. From there to far are 10 min,
    # two hours of loading, and 10 and 40 min to the works and home: 19:40.
    near = lot("near", 30_000, loading_s=10 * HOUR)
    work = {"tipper0": ["c-near#1", "c-near#1>works"]}
    row = late([near], work, 12 * HOUR, lot("far", 30_000, loading_s=2 * HOUR))
    until_s = 19 * HOUR + 2400
    assert told(row) == (Reason.FLEET_BUSY, until_s, 18 * HOUR, until_s - 18 * HOUR, "tipper0")
    # One that is idle now could start at noon: half an hour, two hours, 10 min and 40 min.
    assert (row.spare, row.spare_s) == ("tipper0", (12 * HOUR, 15 * HOUR + 1200))


def test_hours_at_the_wheel_before_now_count_and_are_told_of_the_whole_day() -> None:
    # 80 km with near; with far from the works and back 20 more: 100 min, of which 95 are allowed.
    near = lot("near", 30_000)
    problem = day(LINE, [near], [WORKS], vehicles=fleet(1))
    hours = replace(problem.hours, daily_drive_s=95 * 60)
    problem = replace(problem, hours=hours)
    work = {"tipper0": ["c-near#1", "c-near#1>works"]}
    # At 6:30 it is on its way from near to the works.
    situation = replace(written(problem, work), now_s=6 * HOUR + 1800)
    (row,) = with_collection(situation, lot("far", 30_000)).situation.plan.unserved
    assert told(row) == (Reason.DRIVER_HOURS, 6_000, 5_700, 300, "tipper0")


def of_tar(**members: object) -> DayProblem:
    """Tar asks for a licence; the one truck has none."""
    tar = Material("tar", frozenset({Body.TIPPER}), "HW11")
    problem = day(LINE, [replace(lot("near"), material="tar")], [WORKS], vehicles=fleet(1))
    return replace(problem, materials=(tar,), **members)  # type: ignore[arg-type]


def test_the_truck_that_a_licence_would_open_is_named() -> None:
    row = left(of_tar(), {})
    assert told(row) == (Reason.NO_LICENCE, None, None, None, "HW11")
    assert (row.vehicle, row.spare_s) == ("tipper0", None)


def test_a_truck_that_could_not_bring_it_with_a_licence_either_is_not_named() -> None:
    row = left(of_tar(vehicles=fleet(1, shift=Window(6 * HOUR, 6 * HOUR + 600))), {})
    assert row.reason is Reason.NO_LICENCE
    # Both at once: the way over near to the works and back takes 80 min.
    assert row.vehicle == ""


def test_a_truck_whose_other_cargo_needs_its_body_is_not_given_another() -> None:
    sludge = Material("sludge", frozenset({Body.TANKER}))
    rows = [lot("near"), replace(lot("mid"), material="sludge")]
    problem = day(LINE, rows, [WORKS], vehicles=fleet(1))
    ash = problem.materials[0]
    work = {"tipper0": ["c-near#1", "c-near#1>works"]}
    row = left(replace(problem, materials=(ash, sludge)), work)
    assert (row.reason, row.subject, row.vehicle) == (Reason.NO_BODY, "tanker", "")
    # Were a second one idle, it could be a tanker.
    row = left(replace(problem, materials=(ash, sludge), vehicles=fleet(2)), work)
    assert (row.reason, row.subject, row.vehicle) == (Reason.NO_BODY, "tanker", "tipper1")


def test_a_truck_that_is_kept_for_other_cargo_is_named_as_one_to_open() -> None:
    clean = replace(tipper(), materials=frozenset({"sand"}))
    row = left(day(LINE, [lot("near")], [WORKS], vehicles=fleet(1), types=(clean,)), {})
    assert told(row) == (Reason.NOT_ADMITTED, None, None, None, "ash")
    assert row.vehicle == "tipper0"


def test_a_receiver_that_takes_the_material_from_others_is_named_with_what_it_adds() -> None:
    # The works is full with near's; the yard at far takes ash from mid.
    works = replace(WORKS, daily_intake_kg=10_000)
    rows = [lot("near"), replace(lot("mid"), receivers=("yard",)), replace(lot("far"), id="more")]
    problem = day(LINE, rows, [works, Receiver("yard", "far")], vehicles=fleet(1))
    work = {"tipper0": ["c-near#1", "c-mid#1", "c-mid#1>yard", "c-near#1>works"]}
    row = left(problem, work)
    assert (row.reason, row.relaxation) == (Reason.RECEIVER_INTAKE, 10_000)
    # It would be taken up and put down where the truck halts anyway.
    assert row.elsewhere == Elsewhere("yard", "tipper0", 0)
    # Hours agreed with the works are not for others to give.
    agreed = (*rows[:2], replace(rows[2], unload_windows=(AT_NOON,)))
    assert left(replace(problem, collections=agreed), work).elsewhere is None


def test_a_truck_that_has_been_out_is_given_no_other_body() -> None:
    sludge = Material("sludge", frozenset({Body.TANKER}))
    problem = day(LINE, [lot("near")], [WORKS], vehicles=fleet(1))
    problem = replace(problem, materials=(*problem.materials, sludge))
    idle = replace(written(problem, {}), now_s=12 * HOUR)
    been = replace(written(problem, {"tipper0": ["c-near#1", "c-near#1>works"]}), now_s=12 * HOUR)
    for situation, named in ((idle, "tipper0"), (been, "")):
        added = with_collection(situation, replace(lot("mid"), material="sludge")).situation
        row = added.plan.unserved[-1]
        assert (row.collection, row.reason, row.vehicle) == ("c-mid", Reason.NO_BODY, named)
