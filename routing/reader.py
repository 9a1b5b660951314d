"""Opens a file and finds out which of the field's formats it is written in."""

from __future__ import annotations

from pathlib import Path

from routing import solomon, vrplib
from routing.day_text import parse_day
from routing.horizon import HorizonProblem
from routing.horizon_text import parse_horizon
from routing.instances import Instance
from routing.jsontext import parse_json
from routing.problem import DayProblem
from routing.reading import read_lines
from routing.truckload_text import parse_truckload


def read_instance(path: Path) -> Instance | DayProblem | HorizonProblem:
    """Read VRPLIB, Solomon, Li and Lim, truckload JSON, or a day or several days in JSON.

    Raises InstanceError with line and column, and OSError when the file cannot be opened.
    """
    lines = read_lines(path)
    if lines[0].text.lstrip().startswith(("{", "[")):
        value = parse_json(path.read_text("utf-8-sig"), path)
        if value.optional("flows"):
            return parse_truckload(value)
        return parse_horizon(value) if value.optional("days") else parse_day(value)
    words = [line.text.split()[0].upper() for line in lines]
    if "VEHICLE" in words and "CUST" in words:
        return solomon.parse_solomon(lines)
    if ":" in lines[0].text:
        return vrplib.parse(lines)
    return solomon.parse_li_lim(lines)
