"""Solves independent parts in processes of their own: side by side, and able to be ended.

OR-Tools' flow solver neither looks at a clock nor lets other threads run, so a part that must be
able to end early, or that shall run beside others, is handed to a child process. Answers come back
in the order of the parts: they do not depend on how many processes there were.
"""

import ctypes
import os
import pickle
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import IO, Any, TypeVar

from matching.deadline import Deadline, OutOfTimeError

Task = TypeVar("Task")
Answer = TypeVar("Answer")
_POLL_S = 0.05
_SERVE = "from matching.side_by_side import serve; serve()"


def cores() -> int:
    """Count the processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Labour:
    """How many processes may work at once, and when all of them must be done."""

    deadline: Deadline
    workers: int = 1

    def solved(
        self,
        work: Callable[[Task, float | None], Iterator[Answer]],
        tasks: Sequence[Task],
        effort: Callable[[Task], float],
        grace_s: float = 0.0,
    ) -> list[Answer | None]:
        """Return the last answer of `work(task, seconds left)` for each task.

        Work yields ever better answers; None where time did not allow one. Only an `effort` of 1
        and more is worth a process. Children are ended `grace_s` after the deadline: give some to
        work that watches the clock by itself.
        """
        answers: list[Answer | None] = [None] * len(tasks)
        efforts = [effort(task) for task in tasks]
        apart = [index for index, spent in enumerate(efforts) if spent >= 1]
        apart.sort(key=lambda index: -efforts[index])
        if self.deadline.endless and min(self.workers, len(apart)) < 2:
            apart = []
        mine = sorted(set(range(len(tasks))) - set(apart))
        crew = _Crew(work, tasks, apart, answers, self.deadline)
        crew.start(min(self.workers, len(apart)))
        try:
            for index in mine:
                if self.deadline.passed():
                    break
                for answer in _in_time(work, tasks[index], self.deadline.left_s()):
                    answers[index] = answer
            crew.wait(grace_s)
        finally:
            crew.end()
        return answers


def _in_time(
    work: Callable[[Task, float | None], Iterator[Answer]],
    task: Task,
    seconds: float | None,
) -> Iterator[Answer]:
    """Yield the answers, none where time did not allow one."""
    try:
        yield from work(task, seconds)
    except OutOfTimeError:
        return


class _Crew:
    """Children that take one task after another, each led by a thread that waits for it."""

    def __init__(
        self,
        work: Callable[..., Any],
        tasks: Sequence[Any],
        order: Sequence[int],
        answers: list[Any],
        deadline: Deadline,
    ) -> None:
        self.work, self.tasks, self.answers, self.deadline = work, tasks, answers, deadline
        self.queue: Iterator[int] = iter(order)
        self.lock = threading.Lock()
        self.children: list[subprocess.Popen[bytes]] = []
        self.leaders = ThreadPoolExecutor(max(1, len(order)))
        self.led: list[Future[None]] = []

    def start(self, workers: int) -> None:
        self.children = [_child() for _ in range(workers)]
        self.led = [self.leaders.submit(self._lead, child) for child in self.children]

    def wait(self, grace_s: float) -> None:
        """Return when all is done, somebody asked to stop, or time and grace are over."""
        working = set(self.led)
        while working and not self.deadline.passed(grace_s):
            done, working = wait(working, _POLL_S)
            for future in done:
                future.result()

    def end(self) -> None:
        """Kill who still works; what a dead child's leader then complains of is no news."""
        for child in self.children:
            child.kill()
        self.leaders.shutdown()
        for child in self.children:
            child.wait()

    def _next(self) -> int | None:
        with self.lock:
            return None if self.deadline.left_s() == 0.0 else next(self.queue, None)

    def _lead(self, child: "subprocess.Popen[bytes]") -> None:
        assert child.stdin is not None
        assert child.stdout is not None
        with child.stdin, child.stdout:
            while (index := self._next()) is not None:
                try:
                    _send(child.stdin, (self.work, self.tasks[index]))
                    pickle.load(child.stdout)  # noqa: S301 - our own: it is there and has imported
                    _send(child.stdin, self.deadline.left_s())
                    while (found := pickle.load(child.stdout)) is not None:  # noqa: S301 - our own
                        answer, fault = found
                        if fault:
                            raise ArithmeticError(fault)
                        self.answers[index] = answer
                except (EOFError, OSError, pickle.UnpicklingError) as error:
                    raise ArithmeticError("a solving process ended too early") from error


def _child() -> "subprocess.Popen[bytes]":
    """Start an interpreter that knows this package, wherever it is imported from."""
    paths = os.pathsep.join(path for path in sys.path if path)
    return subprocess.Popen(  # noqa: S603 - ourselves
        [sys.executable, "-c", _SERVE],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": paths},
    )


def serve() -> None:
    """Answer tasks from standard input until there are no more; what solvers print is no answer."""
    _end_with_parent()
    out = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    while True:
        try:
            work, task = pickle.load(sys.stdin.buffer)  # noqa: S301 - our own parent's
            _send(out, None)
            seconds = pickle.load(sys.stdin.buffer)  # noqa: S301 - the same
        except (EOFError, pickle.UnpicklingError):  # the parent is gone, perhaps while it wrote
            return
        try:
            for answer in _in_time(work, task, seconds):
                _send(out, (answer, ""))
        except Exception:  # noqa: BLE001 - the parent raises it again
            _send(out, (None, traceback.format_exc()))
        _send(out, None)


def _send(out: IO[bytes], message: object) -> None:
    pickle.dump(message, out, pickle.HIGHEST_PROTOCOL)
    out.flush()


def _end_with_parent() -> None:
    """Ask Linux to kill this process when its parent is killed; elsewhere it ends its task first.

    prctl(2), PR_SET_PDEATHSIG.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)
