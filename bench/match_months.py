"""Growth with months: two plain CSV files spread over a year with yards and kiln stoppages.

    python bench/match_months.py [SOURCES.csv SINKS.csv CAPACITY_COLUMN] [--plot CHART.svg]
    python bench/match_months.py --suppliers 2

Without files it takes the coal ash of Henan from data/henan_ash in the folder WUJIN_SHARED names,
or else ../shared beside the checkout; where there is none it says so and ends well.

Sources give the same every month and have a yard for one month's ash at 1 yuan/t; sinks stand
still from mid-November to mid-March and have a silo for a week. Sizes are every fourth, every
second, and all of the plants, and all of them in two halves a few kilometres apart: a month's arcs
grow fourfold each time. Prints one line per objective, size and number of months: arcs, CPU seconds
(the least of three runs where one takes less than a second), status and gap. Every plan passes the
checker. `--plot` draws the seconds. With `--suppliers` each sink takes from at most so many sources
in a month; all plants are planned over 12 and 60 months in 30 s and 60 s of the clock, and a line
gives the gap.
"""

import argparse
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from chart import Line, write_chart

from matching import Objective, Parameters, Problem, check, solve
from matching.files import read_problem
from matching.problem import FreightBand, Slot, Storage, Supply
from matching.result import Result

RUNNING = (0.0, 0.0, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.0)
"""Share of each month a kiln runs; the year's tonnes are spread over the running ones."""


Row = TypeVar("Row", Supply, Slot)
MONTHS = (1, 3, 6, 12, 24, 60)
SIZES = (0.25, 0.5, 1.0, 2.0)


def over_months(year: Problem, months: int) -> Problem:
    running = [RUNNING[month % 12] for month in range(months)]
    return Problem(
        tuple(
            replace(
                row,
                tonnes=(row.tonnes[0] / 12,) * months,
                storage=Storage(0.0, row.tonnes[0] / 12, 1.0),
                disposal_yuan_per_t=60.0,
            )
            for row in year.supplies
        ),
        tuple(
            replace(
                row,
                tonnes=tuple(row.tonnes[0] / sum(RUNNING) * share for share in running),
                storage=Storage(0.0, row.tonnes[0] / 52, 1.0),
            )
            for row in year.slots
        ),
        periods=tuple(f"month {month + 1}" for month in range(months)),
    )


def henan() -> tuple[Path, Path, str]:
    beside = Path(__file__).resolve().parents[2] / "shared"
    folder = Path(os.environ.get("WUJIN_SHARED", beside)) / "data" / "henan_ash"
    if not (folder / "sources.csv").exists():
        print(f"skipped: there is no {folder}; set WUJIN_SHARED")
        sys.exit(0)
    return folder / "sources.csv", folder / "sinks.csv", "fly_ash_uptake_t"


def sized(year: Problem, size: float) -> Problem:
    """Keep every second or fourth plant, or halve each in two places 0.05 degrees apart."""
    if size <= 1:
        step = round(1 / size)
        return replace(year, supplies=year.supplies[::step], slots=year.slots[::step])

    def halves(rows: Sequence[Row]) -> Iterator[Row]:
        for row in rows:
            moved = replace(row.position, lat=row.position.lat + 0.05)
            half = tuple(tonnes / 2 for tonnes in row.tonnes)
            yield replace(row, tonnes=half)
            yield replace(row, id=f"{row.id} b", tonnes=half, position=moved)

    return replace(year, supplies=tuple(halves(year.supplies)), slots=tuple(halves(year.slots)))


def measured(problem: Problem, parameters: Parameters) -> tuple[float, Result]:
    seconds = float("inf")
    for _ in range(3):
        started = time.process_time()
        result = solve(problem, parameters)
        seconds = min(seconds, time.process_time() - started)
        if seconds > 1:
            break
    assert check(problem, parameters, result) == ()
    return seconds, result


def line(year: Problem, objective: Objective, size: float, colour: int) -> Line:
    parameters = replace(PARAMETERS, objective=objective)
    points = []
    for months in MONTHS:
        problem = over_months(sized(year, size), months)
        seconds, result = measured(problem, parameters)
        points.append((float(months), max(seconds, 1e-3)))
        print(
            f"{objective} {len(problem.supplies)} x {len(problem.slots)}, {months:>2} months:"
            f" {result.edges * months:>6} arcs, {seconds:.3f} s, {result.status},"
            f" gap {result.gap:g}, {result.tonnes:,.0f} t",
            flush=True,
        )
    plants = len(problem.supplies) + len(problem.slots)
    dashed = objective is Objective.NET_VALUE
    return Line(f"{plants} plants, {'value' if dashed else 'tonnes'}", points, colour, dashed)


PARAMETERS = Parameters(freight=(FreightBand(1000, 0.5, 5.0),))


def few_suppliers(year: Problem, most: int) -> None:
    for objective in (Objective.NET_VALUE, Objective.TONNES):
        for months, seconds in ((12, 30.0), (60, 60.0)):
            plain = over_months(year, months)
            slots = tuple(replace(row, max_suppliers=most) for row in plain.slots)
            problem = replace(plain, slots=slots)
            parameters = replace(PARAMETERS, objective=objective, time_limit_s=seconds)
            started = time.monotonic()
            result = solve(problem, parameters)
            took = time.monotonic() - started
            assert check(problem, parameters, result) == ()
            short = 1 - result.tonnes / result.tonnes_bound if result.tonnes_bound else 0.0
            print(
                f"{objective} at most {most} suppliers, {months} months, {took:.0f} s:"
                f" {result.status}, gap {result.gap:.4f}, tonnes short of their bound {short:.4f},"
                f" {result.tonnes:,.0f} t, load {os.getloadavg()[0]:.0f}",
                flush=True,
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="*", help="SOURCES.csv SINKS.csv CAPACITY_COLUMN")
    parser.add_argument("--plot", type=Path, metavar="CHART.svg")
    parser.add_argument("--suppliers", type=int, metavar="MOST")
    chosen = parser.parse_args()
    if len(chosen.files) not in {0, 3}:
        parser.error("give all of SOURCES.csv SINKS.csv CAPACITY_COLUMN, or none")
    sources, sinks, column = chosen.files or henan()
    year = read_problem(Path(sources), Path(sinks), column)
    if chosen.suppliers:
        few_suppliers(year, chosen.suppliers)
        return
    lines = [
        line(year, objective, size, colour)
        for objective in (Objective.TONNES, Objective.NET_VALUE)
        for colour, size in enumerate(SIZES)
    ]
    if chosen.plot:
        title = "CPU seconds of a plan by months, plants and objective"
        write_chart(chosen.plot, title, ("months", "CPU seconds"), lines)


if __name__ == "__main__":
    main()
