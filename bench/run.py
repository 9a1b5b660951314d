"""Run the scripts behind docs/benchmarks.md one after another: nothing else should be running.

python bench/run.py              all of them
python bench/run.py match_scale  some of them

Published instances of others are read from copies of their repositories: WUJIN_PYVRP_INSTANCES of
https://github.com/PyVRP/Instances, WUJIN_LI_LIM of
https://github.com/rogalski-wmii-uni-lodz-pl/vrp-benchmarks. What has no copy is skipped and named.
"""

import os
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
CHART = FOLDER.parent / "docs" / "benchmarks" / "match_months.svg"
DELIVERIES = (
    "X-n101-k25,X-n200-k36,X-n303-k21,X-n502-k39,X-n801-k40,X-n1001-k43,"
    "R1_10_2,R2_10_2,RC1_10_2,C1_10_2,C2_10_2,X101-FSMFD,X115-HVRP,X204-FSMD"
)
FEW_DELIVERIES = "X-n303-k21,X-n502-k39,X-n1001-k43,R1_10_2,R2_10_2"
PUBLISHED = {
    "match_blend": (("--small", "--highs"), ("--highs",)),
    "match_months": (("--plot", str(CHART)), ("--suppliers", "2")),
    "match_scale": (("--large", "--networkx"),),
    "route_day": (("2", "30", "300"),),
    "route_pairs": (("$WUJIN_LI_LIM",),),
    "route_quality": (
        ("--sets", "vrptw"),
        ("$WUJIN_PYVRP_INSTANCES", "--names", DELIVERIES),
        ("$WUJIN_PYVRP_INSTANCES", "--names", FEW_DELIVERIES, "--seconds", "60"),
    ),
    "route_trips": (("--published", "$WUJIN_PYVRP_INSTANCES"),),
}
"""Arguments of the runs whose figures docs/benchmarks/ gives; the others need none."""


def named(argument: str) -> str:
    """Put what the environment says in place of its name; empty where it says nothing."""
    return os.environ.get(argument[1:], "") if argument.startswith("$") else argument


def runs_of(names: list[str]) -> list[tuple[str, tuple[str, ...]]]:
    return [(name, arguments) for name in names for arguments in PUBLISHED.get(name, ((),))]


def main(names: list[str]) -> int:
    known = {path.stem: path for path in sorted(FOLDER.glob("*_*.py"))}
    unknown = [name for name in names if name not in known]
    if unknown:
        print(f"no such benchmark: {unknown[0]}; there are {', '.join(known)}", file=sys.stderr)
        return 2
    failed = []
    for name, arguments in runs_of(names or list(known)):
        print("==", name, *arguments, flush=True)
        given = [named(argument) for argument in arguments]
        if "" in given:
            print("skipped:", arguments[given.index("")][1:], "names no copy of the instances")
            continue
        command = [sys.executable, str(known[name]), *given]
        if subprocess.run(command, check=False).returncode:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
