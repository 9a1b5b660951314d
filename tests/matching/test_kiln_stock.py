"""Contracts into a kiln's raw mix, and lots that wait in its silo for a mix that can take them."""

import random
from dataclasses import replace

import numpy as np
import pytest
from scipy.optimize import linprog

from matching import Problem, ProblemError, Status, check, solve
from matching.kiln import RawMixLine
from matching.problem import Acceptance, Commitment, Position, Slot, Storage
from matching.rawmix import Cap, RawMaterial, Target
from tests.matching.test_kilns import (
    FEEDS,
    FORMS,
    HERE,
    VALUE,
    _co2,
    _line,
    _lot,
    _slot,
    _wastes,
)

LIME = RawMaterial("lime", {"CaO": 100.0, "Cl": 0.0}, 0.0, 10.0)
SALTY = RawMaterial("salty", {"CaO": 100.0, "Cl": 1.0}, 0.0, 0.0)
CHLORIDE = Target(windows=(), caps=(Cap("Cl", None, 0.1),), magnesia_co2=False)
SPRING = ("March", "April")


def _salty_kiln(*clinker_t, promised=(), offered=(), storage=None, **more):
    """Clinker of lime with at most 0.1 % of chloride; salty lime has 1 % and saves 10 yuan/t."""
    months = SPRING[: len(clinker_t)]
    tonnes = offered or (0.0,) * len(months)
    own = tuple(a + b for a, b in zip(tonnes, (*promised, 0.0, 0.0), strict=False))
    line = RawMixLine("kiln", clinker_t, CHLORIDE, (LIME,))
    slot = _slot(line, [SALTY], tonnes=(1e3,) * len(months))
    contracts = tuple(
        Commitment("salty", "slot", month, t) for month, t in zip(months, promised, strict=False)
    )
    lot = _lot("salty", SALTY, own, **more)
    slot = replace(slot, storage=storage)
    return Problem((lot,), (slot,), periods=months, commitments=contracts)


def test_a_contract_is_part_of_the_mix_and_leaves_less_room_for_the_rest():
    # 100 t of clinker hold 0.1 t of chloride: 10 t of the salty lime, 4 of them under contract.
    problem = _salty_kiln(100.0, promised=(4.0,), offered=(50.0,))
    result = solve(problem, VALUE)
    assert check(problem, VALUE, result) == ()
    assert result.status is Status.OPTIMAL
    (use,) = result.raw_mixes
    assert dict(use.burnt) == pytest.approx({"salty": 10.0})
    assert dict(use.feeds) == pytest.approx({"lime": 90.0})
    assert use.set_aside == ()
    assert result.tonnes == pytest.approx(10.0)
    assert result.merit == pytest.approx(-900.0)
    assert result.bound == pytest.approx(-900.0)


def test_what_of_a_contract_no_clinker_can_take_is_set_aside():
    problem = _salty_kiln(100.0, promised=(14.0,))
    result = solve(problem, VALUE)
    assert check(problem, VALUE, result) == ()
    (use,) = result.raw_mixes
    assert dict(use.burnt) == pytest.approx({"salty": 10.0})
    assert dict(use.set_aside) == pytest.approx({"salty": 4.0})
    assert result.tonnes == pytest.approx(14.0)
    assert use.missing_t == 0


def test_a_kiln_that_stands_sets_its_contract_aside_and_so_does_one_out_of_time():
    standing = _salty_kiln(0.0, promised=(3.0,))
    hurried = _salty_kiln(100.0, promised=(3.0,))
    for problem, limit in ((standing, None), (hurried, 0.0)):
        result = solve(problem, replace(VALUE, time_limit_s=limit))
        assert check(problem, VALUE, result) == ()
        assert result.raw_mixes[0].missing_t == 0


def test_a_contract_of_unknown_analysis_is_set_aside():
    problem = _salty_kiln(100.0, promised=(3.0,))
    bare = replace(problem, supplies=(replace(problem.supplies[0], assay=()),))
    result = solve(bare, VALUE)
    assert check(bare, VALUE, result) == ()
    assert dict(result.raw_mixes[0].set_aside) == {"salty": 3.0}
    assert dict(result.raw_mixes[0].feeds) == pytest.approx({"lime": 100.0})


def test_a_silo_holds_each_lot_apart_until_the_clinker_can_take_it():
    # March burns 10 t and keeps 8, all its silo holds; they save 10 yuan/t in April and cost 1.
    silo = Storage(0.0, 8.0, 1.0)
    problem = _salty_kiln(100.0, 100.0, offered=(50.0, 0.0), storage=silo)
    result = solve(problem, VALUE)
    assert check(problem, VALUE, result) == ()
    assert [(f.period, pytest.approx(f.tonnes)) for f in result.flows] == [("March", 18.0)]
    march, april = (dict(use.burnt)["salty"] for use in result.raw_mixes)
    assert (march, april) == (pytest.approx(10.0), pytest.approx(8.0))
    assert result.merit == pytest.approx(-900.0 - 920.0 - 8.0)
    assert [(s.period, s.tonnes) for s in result.stocks] == [("March", pytest.approx(8.0))]
    opened = Storage(1.0, 8.0)
    with pytest.raises(ProblemError, match="silo"):
        _salty_kiln(100.0, 100.0, storage=opened)


def test_the_checker_follows_each_lot_through_the_silo():
    silo = Storage(0.0, 8.0, 1.0)
    problem = _salty_kiln(100.0, 100.0, promised=(2.0,), offered=(50.0, 0.0), storage=silo)
    result = solve(problem, VALUE)
    assert check(problem, VALUE, result) == ()
    march, april = result.raw_mixes
    early = replace(march, burnt=(("salty", 12.0),)), replace(april, burnt=(("salty", 6.0),))
    aside = replace(march, set_aside=(("salty", 3.0),)), april
    stranger = replace(march, burnt=(*march.burnt, ("nobody", 1.0))), april
    for uses in (early, aside, stranger, (replace(march, burnt=()), april)):
        assert check(problem, VALUE, replace(result, raw_mixes=uses))


def _random(seed):
    """Two months, four wastes with yards, a kiln with contracts and perhaps a silo."""
    dice = random.Random(seed)
    wastes = _wastes()
    clay = RawMaterial("clay", dict(_wastes("fly_ash")[0].analysis) | {"CaO": 1.0}, 7.0, 60.0)
    line = _line(clinker_t=(dice.uniform(200, 900), dice.uniform(200, 900)), feeds=(*FEEDS, clay))
    lots = tuple(
        _lot(
            row.id,
            row,
            (dice.uniform(20, 200), dice.choice((0.0, dice.uniform(5, 60)))),
            Position(34.6 + dice.uniform(0, 1), 112.4),
            disposal_yuan_per_t=dice.uniform(0, 80),
            moisture_share=dice.choice((0.0, 0.2)),
        )
        for row in wastes
    )
    silo = Storage(0.0, dice.uniform(10, 80), dice.uniform(0, 4)) if seed % 3 else None
    slot = Slot(
        "slot",
        "works",
        HERE,
        (dice.uniform(100, 400), dice.uniform(100, 400)),
        tuple(Acceptance(row.id, treatment_yuan_per_t=row.price_yuan_per_t) for row in wastes),
        raw_mix=line,
        storage=silo,
    )
    bound = tuple(
        Commitment(lot.id, "slot", month, dice.uniform(0, lot.tonnes[SPRING.index(month)] / 4))
        for lot in dice.sample(lots, 2)
        for month in SPRING[: seed % 4 and dice.randint(1, 2)]
    )
    return Problem(lots, (slot,), periods=SPRING, commitments=bound)


def _reference(problem, parameters):
    """Cost of the best plan, written anew for SciPy; all contracts burnt, all clinker made.

    Columns: delivered beside contracts (lot, month), kept of each lot after March, feeds by month.
    """
    (slot,), months = problem.slots, range(2)
    line, count = slot.raw_mix, len(problem.supplies)
    by_id = {row.id: row for row in _wastes()}
    kinds = [by_id[lot.id] for lot in problem.supplies]
    silo = slot.storage or Storage()
    fixed = np.zeros((2, count))
    ids = [lot.id for lot in problem.supplies]
    for row in problem.commitments:
        fixed[problem.periods.index(row.period), ids.index(row.supply_id)] += row.tonnes
    dry = np.array([1 - lot.moisture_share for lot in problem.supplies])
    each, cost = _costs(problem, parameters, kinds, dry)
    size = len(cost)
    upper, room, equal, made = [], [], [], []
    for month in months:
        into = np.zeros((count + len(line.feeds), size))  # tonnes in the mix, dry
        into[:count, month * count : (month + 1) * count] = np.diag(dry)
        into[:count, 2 * count : 3 * count] = np.diag(dry) * (1 if month else -1)
        first = 3 * count + month * len(line.feeds)
        into[count:, first : first + len(line.feeds)] = np.eye(len(line.feeds))
        there = np.concatenate((dry * fixed[month], np.zeros(len(line.feeds))))
        here = [*kinds, *line.feeds]
        for row, most in _windows(line, here, month):
            upper.append(row @ into)
            room.append(most - row @ there)
        stays = np.array([1 - row.loss_on_ignition / 100 for row in here])
        equal.append(stays @ into)
        made.append(line.clinker_t[month] * (1 - line.target.ash_share) - stays @ there)
        used = np.zeros(size)
        used[month * count : (month + 1) * count] = 1.0
        used[2 * count : 3 * count] = 1 if month else -1
        upper.append(used)
        room.append(slot.tonnes[month] - fixed[month].sum())
    kept = np.zeros((count, size))
    kept[:, 2 * count : 3 * count] = np.eye(count)
    kept[:, :count] = -np.eye(count)  # contracts are burnt in their own month
    upper += [*kept, _row(size, count)]
    room += [*np.zeros(count), silo.room_t]
    most = [
        lot.tonnes[month] - fixed[month, n]
        for month in months
        for n, lot in enumerate(problem.supplies)
    ]
    bounds = [(0, one) for one in most] + [(0, None)] * (size - 2 * count)
    found = linprog(cost, np.array(upper), room, np.array(equal), made, bounds, method="highs")
    return None if found.status else found.fun + fixed.sum(axis=0) @ each


def _costs(problem, parameters, kinds, dry):
    """Price a tonne of each lot delivered and burnt, and a tonne of each column."""
    (slot,), carbon = problem.slots, parameters.carbon_yuan_per_t
    each = [
        parameters.freight[0].yuan_per_t_km * 6371.0088 * np.radians(lot.position.lat - HERE.lat)
        + kind.price_yuan_per_t
        - lot.disposal_yuan_per_t
        + carbon * share * _co2(kind)
        for lot, kind, share in zip(problem.supplies, kinds, dry, strict=True)
    ]
    held = [(slot.storage or Storage()).cost_yuan_per_t] * len(kinds)
    feeds = [feed.price_yuan_per_t + carbon * _co2(feed) for feed in slot.raw_mix.feeds]
    return np.array(each), np.array([*each, *each, *held, *feeds, *feeds])


def _row(size, count):
    row = np.zeros(size)
    row[2 * count : 3 * count] = 1.0
    return row


def _windows(line, here, month):
    """Yield rows over the materials of at most so much."""
    made, ash, share = line.clinker_t[month], line.target.ash, line.target.ash_share

    def total(form):
        return np.array([sum(f * row.analysis[o] for o, f in form.items()) for row in here])

    def coal(form):
        return made * share * sum(f * ash[o] for o, f in form.items())

    for window in line.target.windows:
        over, under = FORMS[window.name]
        for value, sign in ((window.low, -1), (window.high, 1)):
            row = sign * (total(over) - value * total(under))
            yield row, -sign * (coal(over) - value * coal(under))
    for form, most in (({"MgO": 1}, 5.0), ({"Na2O": 1, "K2O": 0.658}, 0.6)):
        yield total(form), most * made - coal(form)
    for name, most in (*line.max_shares, ("iron_powder", 0.05)):
        yield np.array([(row.id == name) - most for row in here]), 0.0


def test_contracts_and_silos_reach_what_another_solver_reaches():
    parameters = replace(VALUE, carbon_yuan_per_t=40)
    compared = stored = 0
    for seed in range(40):
        problem = _random(seed)
        theirs = _reference(problem, parameters)
        result = solve(problem, parameters)
        assert check(problem, parameters, result) == (), seed
        whole = all(not (use.missing_t or use.set_aside) for use in result.raw_mixes)
        assert whole == (theirs is not None), seed
        stored += bool(result.stocks)
        if theirs is not None:
            compared += 1
            assert result.merit == pytest.approx(-theirs, rel=1e-6), seed
            assert result.bound == pytest.approx(-theirs, rel=1e-6), seed
    assert compared > 25
    assert stored > 5
