"""JSON read at the speed of the library, with the place of every fault."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from types import FrameType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.instances import InstanceError
from routing.jsontext import Located, parse_json

HERE = Path("day.json")
plain = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text()
)
nested = st.recursive(
    plain, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=20
)


def square_text(sites: int) -> str:
    return json.dumps([[0 if i == j else 7 for i in range(sites)] for j in range(sites)], indent=1)


def calls_to_read(sites: int) -> int:
    """Count what Python calls while it reads a square of so many sites."""
    text, names, calls = square_text(sites), [str(i) for i in range(sites)], 0

    def count(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event in {"call", "c_call"}

    sys.setprofile(count)
    try:
        read = parse_json(text, HERE).square(names, 10)
    finally:
        sys.setprofile(None)
    assert read.sum() == 7 * sites * (sites - 1)
    return calls


def test_a_square_of_numbers_is_not_gone_through_number_by_number() -> None:
    # What is done in the interpreter grows with the rows, of which there are 100 more.
    assert calls_to_read(200) - calls_to_read(100) < 40 * 100


@given(nested)
def test_every_value_is_what_the_library_reads_and_knows_its_place(value: object) -> None:
    text = json.dumps(value, indent=1)
    lines = text.split("\n")

    def look(one: Located) -> None:
        fault = one.fault("here")
        rest = "\n".join([lines[fault.line - 1][fault.column - 1 :], *lines[fault.line :]])
        assert json.JSONDecoder().raw_decode(rest)[0] == one.value
        for inner in one.members().values() if isinstance(one.value, dict) else ():
            look(inner)
        for inner in one.items() if isinstance(one.value, list) else ():
            look(inner)

    found = parse_json(text, HERE)
    assert found.value == value
    look(found)


@pytest.mark.parametrize(
    ("text", "place", "fault"),
    [
        ("[" * 200_000, (1, 51), "within each other above 50"),
        ('{"a":' * 5_000 + "1" + "}" * 5_000, (1, 251), "within each other above 50"),
        ('{\n"id": "\\ud800"}', (2, 7), "half a character .*; write the character itself"),
        ('["\\udc00\\ud83d"]', (1, 2), "half a character"),
        ('{"a": 1,\n "a": 2}', (2, 2), "'a' appears twice in one object; take one out"),
        ("[1,\n NaN]", (2, 2), "no JSON value"),
        ("[01]", (1, 3), "']' belongs here"),
        ("[1] x", (1, 5), "text after the end"),
        ("[" + "9" * 5_000 + "]", (1, 2), "too many digits"),
        ('["\t"]', (1, 3), "control character"),
        ("", (1, 1), "no JSON value"),
    ],
)
def test_what_is_no_json_is_refused_with_its_place(
    text: str, place: tuple[int, int], fault: str
) -> None:
    with pytest.raises(InstanceError, match=fault) as caught:
        parse_json(text, HERE)
    assert (caught.value.line, caught.value.column) == place


def test_a_pair_of_halves_is_a_character() -> None:
    assert parse_json('"\\ud83d\\ude9b"', HERE).text() == "\U0001f69b"


@pytest.mark.parametrize(
    ("cell", "fault"),
    [
        ("null", "a number is missing: row 2, column 1, from b to a"),
        ("true", "True is not a number"),
        ("-1", "-1 is below 0"),
        ("1e999", "inf is above 10"),
        ("1" + "0" * 400, "inf is above 10"),
        ('"7"', "'7' is not a number"),
    ],
)
def test_a_fault_in_a_square_names_the_number(cell: str, fault: str) -> None:
    text = f"[[0, 9.5],\n [{cell}, 0]]"
    with pytest.raises(InstanceError, match=fault) as caught:
        parse_json(text, HERE).square(["a", "b"], 10)
    assert (caught.value.line, caught.value.column) == (2, 3)
    sound = parse_json(text.replace(cell, "3", 1), HERE).square(["a", "b"], 10)
    assert sound.tolist() == [[0, 9.5], [3, 0]]
