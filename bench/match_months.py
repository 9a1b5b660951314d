"""Growth with months: two plain CSV files spread over a year with yards and kiln stoppages.

    python bench/match_months.py [SOURCES.csv SINKS.csv CAPACITY_COLUMN]

Without files it takes the coal ash of Henan from data/henan_ash in the folder WUJIN_SHARED names,
or else ../shared beside the checkout; where there is none it says so and ends well.

Sources give the same every month and have a yard for one month's ash at 1 yuan/t; sinks stand
still from mid-November to mid-March and have a silo for a week. Prints one line per objective and
number of months: arcs, CPU seconds, status and gap. Every plan passes the checker.
"""

import os
import sys
import time
from dataclasses import replace
from pathlib import Path

from matching import Objective, Parameters, Problem, check, solve
from matching.files import read_problem
from matching.problem import FreightBand, Storage

RUNNING = (0.0, 0.0, 0.5, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.0)
"""Share of each month a kiln runs; the year's tonnes are spread over the running ones."""


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


def main() -> None:
    if len(sys.argv) not in {1, 4}:
        sys.exit(__doc__)
    files = (Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]) if sys.argv[1:] else henan()
    year = read_problem(*files)
    for objective in (Objective.TONNES, Objective.NET_VALUE):
        parameters = Parameters(objective=objective, freight=(FreightBand(1000, 0.5, 5.0),))
        for months in (1, 3, 6, 12, 24, 48):
            problem = over_months(year, months)
            started = time.process_time()
            result = solve(problem, parameters)
            seconds = time.process_time() - started
            assert check(problem, parameters, result) == ()
            print(
                f"{objective} {months:>2} months: {result.edges * months:>6} arcs,"
                f" {seconds:.2f} s, {result.status}, gap {result.gap:g}, {result.tonnes:,.0f} t",
                flush=True,
            )


if __name__ == "__main__":
    main()
