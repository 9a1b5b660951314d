"""Standard output belongs to the caller: what HiGHS prints there is dropped, all else kept."""

from __future__ import annotations

import os
from threading import Barrier, Thread

import pytest

from routing.horizon import Dated
from routing.horizon_quiet import QUIET
from routing.parameters import Parameters
from routing.problem import Collection
from tests.routing.days import fleet
from tests.routing.horizons import LINE, horizon, planned, tank

NOISE = b"HighsMipSolverData::transformNewIntegerFeasibleSolution tmpSolver.run();\n"


def test_planning_prints_nothing(capfd: pytest.CaptureFixture[str]) -> None:
    # HiGHS mends two solutions of this one, and says so each time.
    points = {**LINE, "mill": (20, 5)}
    tanks = [tank(60, 31, (16, 2)), tank(60, 0, (9, 37), name="slag", site="mill")]
    lot = Dated(Collection("lot", "mill", "lot", 35_000, ("works",)), 0, 1)
    problem = horizon(2, tanks=tanks, dated=[lot], points=points, vehicles=fleet(2))
    planned(problem, Parameters(60, 1, 60))
    assert capfd.readouterr().out == ""


def test_what_others_print_meanwhile_comes_after(capfd: pytest.CaptureFixture[str]) -> None:
    os.write(1, b"before\n")
    with QUIET:
        os.write(1, b"kept\n" + NOISE)
        with QUIET:
            os.write(1, b"too\n")
        assert capfd.readouterr().out == "before\n"
    os.write(1, b"after\n")
    assert capfd.readouterr().out == "kept\ntoo\nafter\n"


def test_the_last_thread_to_leave_passes_on(capfd: pytest.CaptureFixture[str]) -> None:
    both = Barrier(2)

    def work(name: bytes) -> None:
        with QUIET:
            both.wait()
            os.write(1, name)

    threads = [Thread(target=work, args=(name,)) for name in (b"a", b"b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    os.write(1, b"c")
    assert sorted(capfd.readouterr().out) == ["a", "b", "c"]


def test_a_process_without_standard_output_can_plan() -> None:
    kept = os.dup(1)
    os.close(1)
    try:
        with QUIET:
            pass
    finally:
        os.dup2(kept, 1)
        os.close(kept)
