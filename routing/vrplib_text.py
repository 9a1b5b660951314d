"""VRPLIB text taken apart into headers and sections, before anybody asks what they mean."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from routing.instances import InstanceError
from routing.reading import Line, Token

_KEYWORD = re.compile(r"[A-Z][A-Z_]*")
_PASSED_OVER = {"NAME", "COMMENT", "TYPE", "NODE_COORD_TYPE", "DISPLAY_DATA_TYPE"}
_HEADERS = {
    "DIMENSION",
    "CAPACITY",
    "VEHICLES",
    "EDGE_WEIGHT_TYPE",
    "EDGE_WEIGHT_FORMAT",
    "SERVICE_TIME",
    "VEHICLES_MAX_RELOADS",
}
_SECTIONS = {
    "NODE_COORD_SECTION",
    "DEMAND_SECTION",
    "LINEHAUL_SECTION",
    "BACKHAUL_SECTION",
    "RELEASE_TIME_SECTION",
    "DEPOT_SECTION",
    "EDGE_WEIGHT_SECTION",
    "TIME_WINDOW_SECTION",
    "SERVICE_TIME_SECTION",
    "CAPACITY_SECTION",
    "VEHICLES_DEPOT_SECTION",
    "VEHICLES_FIXED_COST_SECTION",
    "VEHICLES_UNIT_DISTANCE_COST_SECTION",
    "VEHICLES_RELOAD_DEPOT_SECTION",
    "VEHICLES_MAX_RELOADS_SECTION",
}
_REMEDIES = {
    "DEPOT_SECTION": ": add it with the depot's number and -1, also for a tour of one salesman"
}


@dataclass(slots=True)
class Text:
    """The file taken apart: header values and section rows by name."""

    first: Line
    headers: dict[str, Token] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    sections: dict[str, list[Line]] = field(default_factory=dict)
    heads: dict[str, Line] = field(default_factory=dict)

    def header(self, name: str) -> Token:
        if name not in self.headers:
            raise self.first.fault(f"{name} is missing")
        return self.headers[name]

    def rows(self, name: str) -> list[Line]:
        if name not in self.sections:
            raise self.first.fault(f"{name} is missing{_REMEDIES.get(name, '')}")
        return self.sections[name]


def taken_apart(lines: list[Line]) -> Text:
    """Sort the lines up to EOF into headers and sections; each name may come once."""
    text = Text(lines[0])
    section: list[Line] | None = None
    for line in lines:
        name, colon, _ = line.text.partition(":")
        word = name.strip()
        if word == "EOF":
            break
        if word.endswith("_SECTION") or (colon and word in _PASSED_OVER | _HEADERS):
            _begin(text, line, word)
            section = text.sections.get(word, section)
        elif section is not None and not colon:
            section.append(line)
        elif colon and _KEYWORD.fullmatch(word):
            raise _unsupported(line, word)
        else:
            raise line.fault(f"{word or line.text.strip()!r} is not understood")
    return text


def _begin(text: Text, line: Line, word: str) -> None:
    """Note the header, or begin the section, that the line names."""
    if word in text.heads:
        first = text.heads[word].number
        raise line.fault(f"{word} appears twice, first in line {first}; take one out")
    text.heads[word] = line
    if word.endswith("_SECTION"):
        if word not in _SECTIONS:
            raise _unsupported(line, word)
        text.sections[word] = []
        return
    start = line.text.index(":") + 1
    if word in _PASSED_OVER:
        text.names[word] = line.text[start:]
        return
    values = line.tokens(start)
    if not values:
        raise line.fault(f"{word} has no value", len(line.text) + 1)
    text.headers[word] = values[0]


def _unsupported(line: Line, word: str) -> InstanceError:
    known = ", ".join(sorted(_HEADERS | _SECTIONS))
    return line.fault(
        f"{word} is not supported and would change the problem; "
        f"take it out, with what belongs to it, if the plan may do without; read are {known}"
    )
