"""The frozen input of a run: engine values to gzipped JSON and back, without loss.

The names in the JSON are the engine's own field names, so that ``matching/README.md`` explains a
downloaded input too. Reading builds the engine's values anew, which checks every one of them.
"""

import dataclasses
import functools
import gzip
import json
import types
import typing
from collections.abc import Hashable
from datetime import date
from enum import StrEnum
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

from matching.problem import Acceptance, Parameters, Problem

FORMAT = 1
T = TypeVar("T")


def freeze(problem: Problem, parameters: Parameters) -> bytes:
    """Return the same bytes for the same values: the time is left out of the gzip header."""
    document = {
        "format": FORMAT,
        "parameters": plain(parameters),
        "problem": plain(problem),
    }
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    return gzip.compress(text.encode(), compresslevel=6, mtime=0)


def thaw(frozen: bytes) -> tuple[Problem, Parameters]:
    """Read what ``freeze`` wrote; a format nobody knows raises ``ValueError``."""
    document = json.loads(gzip.decompress(frozen))
    if document.get("format") != FORMAT:
        raise ValueError(f"unknown format of a frozen input: {document.get('format')!r}")
    problem = build(Problem, document["problem"])
    return _shared(problem), build(Parameters, document["parameters"])


def _shared(problem: Problem) -> Problem:
    """Let equal acceptances be one object again: the engine judges each kind of pair once."""
    known: dict[Acceptance, Acceptance] = {}
    slots = tuple(
        dataclasses.replace(slot, accepts=tuple(known.setdefault(use, use) for use in slot.accepts))
        for slot in problem.slots
    )
    return dataclasses.replace(problem, slots=slots)


def plain(value: Any) -> Any:
    """Return an engine value as JSON has it: objects, lists, text and numbers."""
    if dataclasses.is_dataclass(value):
        pairs = ((f.name, getattr(value, f.name)) for f in dataclasses.fields(value))
        return {name: plain(part) for name, part in pairs}
    if isinstance(value, frozenset):
        return sorted(plain(part) for part in value)
    if isinstance(value, tuple):
        return [plain(part) for part in value]
    if isinstance(value, date):
        return value.isoformat()
    return value


def build(kind: type[T], document: dict[str, Any]) -> T:
    """Build an engine value from what ``plain`` made of it; it checks itself again.

    Fields the engine has learnt since take their defaults; one it has lost raises ``ValueError``.
    """
    hints = _hints(typing.cast("Hashable", kind))
    strange = document.keys() - hints.keys()
    if strange:
        raise ValueError(f"frozen by another version: {kind.__name__} has no {min(strange)!r}")
    return kind(**{name: _read(hints[name], value) for name, value in document.items()})


@functools.cache
def _hints(kind: Hashable) -> dict[str, Any]:
    return get_type_hints(kind)


def _read(hint: Any, value: Any) -> Any:  # noqa: PLR0911 - one return for each kind of type
    """Read one value by the type the engine declares for it."""
    if value is None:
        return None
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in {typing.Union, types.UnionType}:
        return _read(next(part for part in arguments if part is not type(None)), value)
    if origin is frozenset:
        return frozenset(_read(arguments[0], part) for part in value)
    if origin is tuple:
        return _read_tuple(arguments, value)
    if dataclasses.is_dataclass(hint):
        return build(typing.cast("type[Any]", hint), value)
    if hint is date:
        return date.fromisoformat(value)
    return hint(value) if isinstance(hint, type) and issubclass(hint, StrEnum) else value


def _read_tuple(arguments: tuple[Any, ...], value: list[Any]) -> tuple[Any, ...]:
    if len(arguments) == 2 and arguments[1] is Ellipsis:  # noqa: PLR2004 - "tuple[X, ...]"
        return tuple(_read(arguments[0], part) for part in value)
    return tuple(_read(hint, part) for hint, part in zip(arguments, value, strict=True))
