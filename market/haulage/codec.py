"""The frozen input of a plan: the routing problem to gzipped JSON and back, without loss.

The names in the JSON are the engine's own. Reading builds the engine's values anew, which checks
every one of them.
"""

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any, get_type_hints

import numpy as np
from pydantic import TypeAdapter

from routing.horizon import HorizonProblem
from routing.horizon_text import parse_horizon, written_horizon
from routing.jsontext import parse_json
from routing.problem import DayProblem
from routing.travel import TravelMatrix

FORMAT = 1


@cache
def _parts() -> dict[str, TypeAdapter[Any]]:
    hints = get_type_hints(DayProblem)
    return {name: TypeAdapter(hint) for name, hint in hints.items() if name != "travel"}


def freeze(problem: DayProblem) -> bytes:
    document: dict[str, Any] = {
        name: adapter.dump_python(getattr(problem, name), mode="json")
        for name, adapter in _parts().items()
    }
    travel = problem.travel
    document["travel"] = {
        "site_ids": travel.site_ids,
        "distance_m": travel.distance_m.tolist(),
        "duration_s": travel.duration_s.tolist(),
        "source": travel.source,
    }
    text = json.dumps({"format": FORMAT, "problem": document}, ensure_ascii=False)
    return gzip.compress(text.encode(), compresslevel=6, mtime=0)


def thaw(frozen: bytes) -> DayProblem:
    """Raise ``ValueError`` when the input was written by an unknown format."""
    document = json.loads(gzip.decompress(frozen))
    if document.get("format") != FORMAT:
        raise ValueError(f"unknown format of a frozen input: {document.get('format')!r}")
    problem = document["problem"]
    travel = problem["travel"]
    parts = {name: adapter.validate_python(problem[name]) for name, adapter in _parts().items()}
    return DayProblem(
        **parts,
        travel=TravelMatrix(
            tuple(travel["site_ids"]),
            np.array(travel["distance_m"], dtype=np.int64),
            np.array(travel["duration_s"], dtype=np.int64),
            travel["source"],
        ),
    )


def freeze_week(problem: HorizonProblem) -> bytes:
    return gzip.compress(written_horizon(problem).encode(), mtime=0)


def thaw_week(frozen: bytes) -> HorizonProblem:
    return parse_horizon(parse_json(gzip.decompress(frozen).decode(), Path("week")))
