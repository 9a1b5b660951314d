"""Run the scripts behind docs/benchmarks.md one after another: nothing else should be running.

python bench/run.py              all of them
python bench/run.py match_scale  some of them
"""

import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).parent
CHART = FOLDER.parent / "docs" / "benchmarks" / "match_months.svg"
PUBLISHED = {
    "match_blend": (("--small", "--highs"), ("--highs",)),
    "match_months": (("--plot", str(CHART)),),
    "match_scale": (("--large", "--networkx"),),
}
"""Arguments of the runs whose figures docs/benchmarks/ gives; the others need none."""


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
        command = [sys.executable, str(known[name]), *arguments]
        if subprocess.run(command, check=False).returncode:
            failed.append(name)
    if failed:
        print(f"failed: {', '.join(failed)}", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
