"""Independent parts in processes of their own: the same answer, and an end when it is wanted."""

import os
import pickle
import subprocess
import sys
from dataclasses import replace

import pytest

from matching import Problem, Status, blended, check, network, solve
from matching.deadline import Deadline
from matching.side_by_side import Labour
from tests.matching.build import random_problem
from tests.matching.test_all_together import RUNS, Dice
from tests.matching.work import Heavy, guess, left, square


def _regions(seed: int, *, plain: bool) -> Problem:
    """Three random regions too far apart to share anything."""
    found = [
        random_problem(seed + n, worth=True) if plain else Dice(seed + n).problem()
        for n in range(3)
    ]
    months = max(len(part.periods) for part in found)

    def moved(row, number):
        position = replace(row.position, lon=row.position.lon + 30.0 * number)
        tonnes = row.tonnes + (0.0,) * (months - len(row.tonnes))
        return replace(row, id=f"{number} {row.id}", position=position, tonnes=tonnes)

    slots = [moved(row, n) for n, part in enumerate(found) for row in part.slots]
    return Problem(
        tuple(moved(row, n) for n, part in enumerate(found) for row in part.supplies),
        tuple(replace(row, sink_id=row.id) for row in slots),
        periods=tuple(f"month {t}" for t in range(months)),
    )


@pytest.fixture
def every_part_is_large(monkeypatch):
    monkeypatch.setattr(network, "_WORTH_A_PROCESS", 0.1)
    monkeypatch.setattr(blended, "_MANY_COLUMNS", 0.1)


@pytest.mark.usefixtures("every_part_is_large")
@pytest.mark.parametrize("objective", ["tonnes", "weighted"])
@pytest.mark.parametrize("plain", [True, False], ids=["networks", "programmes"])
def test_the_answer_is_the_same_with_any_number_of_workers(objective, plain):
    problem = _regions(7, plain=plain)
    parameters = RUNS[objective]
    one, two = (
        replace(solve(problem, replace(parameters, workers=workers)), seconds=())
        for workers in (1, 2)
    )
    assert one.components > 1
    assert one == two
    assert check(problem, parameters, two) == ()


@pytest.mark.usefixtures("every_part_is_large")
@pytest.mark.parametrize("plain", [True, False], ids=["networks", "programmes"])
def test_a_part_that_is_being_solved_ends_when_asked(plain):
    problem = _regions(7, plain=plain)
    result = solve(problem, RUNS["tonnes"], should_stop=lambda: True)
    assert (result.status, result.flows, result.components) == (Status.STOPPED, (), 0)


@pytest.mark.usefixtures("every_part_is_large")
def test_time_enough_is_no_other_answer():
    problem = _regions(3, plain=False)
    apart = solve(problem, replace(RUNS["tonnes"], time_limit_s=600))
    here = solve(problem, RUNS["tonnes"])
    assert replace(apart, seconds=()) == replace(here, seconds=())


def test_answers_come_back_in_the_order_of_the_tasks():
    labour = Labour(Deadline(), workers=2)
    assert labour.solved(square, range(9), lambda n: n % 2) == [n * n for n in range(9)]


@pytest.mark.parametrize(("number", "message"), [(13, "ValueError: thirteen"), (14, "too early")])
def test_a_fault_in_a_process_is_told(number, message):
    with pytest.raises(ArithmeticError, match=message):
        Labour(Deadline(), workers=2).solved(square, [1, number], lambda _: 1.0)


def test_what_came_in_time_stands_though_the_work_goes_on(tmp_path):
    begun = tmp_path / "begun"
    labour = Labour(Deadline(begun.exists))
    assert labour.solved(guess, [str(begun)], lambda _: 1.0) == ["a first answer"]


def test_the_number_of_workers_is_a_number():
    with pytest.raises(ValueError, match="workers"):
        replace(RUNS["tonnes"], workers=0)


@pytest.mark.parametrize("part", [0.0, 0.5])
def test_a_task_cut_off_by_the_end_of_its_parent_is_no_news(part):
    message = pickle.dumps((square, [1] * 1000, None))
    serving = [sys.executable, "-c", "from matching.side_by_side import serve; serve()"]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    ended = subprocess.run(
        serving,
        input=message[: int(part * len(message))],
        capture_output=True,
        env=environment,
        check=True,
        timeout=60,
    )
    assert (ended.stdout, ended.stderr) == (b"", b"")


_STUCK = """
from matching.deadline import Deadline
from matching.side_by_side import Labour
from tests.matching.work import stuck
Labour(Deadline(lambda: False)).solved(stuck, [1], lambda _: 1.0)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="asks the Linux kernel")
def test_who_is_killed_leaves_no_process_behind():
    # The child holds the same standard error: that it comes to an end says that both are gone.
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    with subprocess.Popen(
        [sys.executable, "-c", _STUCK], stderr=subprocess.PIPE, env=environment
    ) as parent:
        assert parent.stderr is not None
        assert parent.stderr.readline() == b"begun\n"
        parent.kill()
        assert parent.communicate(timeout=60)[1] == b""


def test_what_a_process_takes_to_start_is_not_given_to_its_task_again():
    limit_s = 60.0
    (seconds,) = Labour(Deadline.after(limit_s)).solved(left, [Heavy()], lambda _task: 1.0)
    assert seconds is not None
    assert seconds <= limit_s - Heavy.ARRIVES_S
