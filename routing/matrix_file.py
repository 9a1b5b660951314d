"""Matrices of metres and seconds from a CSV or JSON file. Skeleton: the readers follow."""

from __future__ import annotations

from pathlib import Path

from routing.instances import InstanceError


def empty_file(path: Path) -> InstanceError:
    """Say that the file holds nothing."""
    return InstanceError(str(path), 1, 1, "the file is empty")
