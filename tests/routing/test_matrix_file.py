"""Matrices of metres and seconds from files, and the faults in them by line and column."""

from __future__ import annotations

from pathlib import Path

import pytest

from routing.instances import InstanceError
from routing.matrix_file import MissingWayError, read_matrix

PAIRS = """from,to,distance_m,duration_s
kiln,mill,20000.4,1375
mill,kiln,21000,1000.2
"""
SQUARES = """distance_m,mill,kiln

kiln,20000.4,0
mill,0,21000
duration_s,kiln,mill
"kiln",0,1375
mill,1000.2,0
"""
JSON = """{"sites": ["mill", "kiln", "pit"],
 "distance_m": [[0, 21000, 9], [20000.4, 0, 9], [9, 9, 0]],
 "duration_s": [[0, 1000.2, 9], [1375, 0, 9], [9, 9, 0]]}
"""


def _file(folder: Path, text: str, name: str = "roads.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "text"),
    [("r.csv", PAIRS), ("r.csv", SQUARES), ("r.json", JSON), ("r.csv", "\ufeff" + PAIRS)],
)
def test_a_matrix_file_gives_both_ways_in_the_order_asked_for(
    tmp_path: Path, name: str, text: str
) -> None:
    travel = read_matrix(_file(tmp_path, text, name), ("kiln", "mill"))
    assert travel.site_ids == ("kiln", "mill")
    assert travel.distance_m.tolist() == [[0, 20_000], [21_000, 0]]
    # Seconds are rounded up.
    assert travel.duration_s.tolist() == [[0, 1_375], [1_001, 0]]
    assert travel.source == f"file {name}"


@pytest.mark.parametrize(
    ("text", "line", "column", "fault"),
    [
        ("a,b\n", 1, 1, "the header must be"),
        (PAIRS.replace("1375", "x"), 2, 19, "'x' is not a number"),
        (PAIRS.replace("1375", "-3"), 2, 19, "negative"),
        (PAIRS.replace("21000", ""), 3, 11, "a number is missing"),
        (PAIRS.replace("21000", "inf"), 3, 11, "finite"),
        (PAIRS.replace("21000", "9" * 20), 3, 11, "beyond 2,147,483,647, the most that is read"),
        (PAIRS.replace(",1375", ""), 2, 1, "3 values where 4 belong"),
        (PAIRS + "mill,kiln,1,1\n", 4, 11, "mill -> kiln appears twice"),
        (PAIRS + "mill,mill,1,0\n", 4, 11, "to itself"),
        (PAIRS.replace("mill,kiln", "mill,pit"), 3, 1, "no distance_m from mill to kiln"),
        (PAIRS.replace("kiln,mill", '"kiln,mill'), 2, 1, "does not end"),
        (SQUARES.replace("kiln,20000.4,0", "kiln,20000.4"), 3, 1, "1 values for 2 sites"),
        (SQUARES.replace("duration_s", "distance_m"), 5, 1, "appears twice"),
        (
            SQUARES.replace("duration_s,kiln,mill", "duration_s,kiln,kiln"),
            5,
            17,
            "kiln appears twice",
        ),
        (SQUARES.partition("duration_s")[0], 4, 1, "no duration_s from kiln to mill"),
        ("", 1, 1, "empty"),
    ],
)
def test_a_fault_in_a_matrix_file_names_its_place(
    tmp_path: Path, text: str, line: int, column: int, fault: str
) -> None:
    with pytest.raises(InstanceError, match=fault) as caught:
        read_matrix(_file(tmp_path, text), ("kiln", "mill"))
    assert (caught.value.line, caught.value.column) == (line, column)


@pytest.mark.parametrize(
    ("old", "new", "line", "fault"),
    [
        ('"pit"', '"mill"', 1, "site mill appears twice"),
        ("20000.4", "null", 2, "a number is missing: row 2, column 1, from kiln to mill"),
        ("20000.4", "-1", 2, "below 0"),
        ("20000.4", "1e300", 2, r"1e\+300 is above 2,147,483,647"),
        ("[9, 9, 0]]}", "[9, 9]]}", 3, "2 values for 3 sites"),
        ("[9, 9, 0]]}", "[9, 9, 0]", 3, "belongs here"),
        ("[0, 21000, 9]", "[5, 21000, 9]", 2, "to itself"),
        ('"duration_s"', '"seconds"', 1, "'duration_s' is missing"),
    ],
)
def test_a_fault_in_a_matrix_json_names_its_line(
    tmp_path: Path, old: str, new: str, line: int, fault: str
) -> None:
    with pytest.raises(InstanceError, match=fault) as caught:
        read_matrix(_file(tmp_path, JSON.replace(old, new, 1), "r.json"), ("kiln", "mill"))
    assert caught.value.line == line


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    path = tmp_path / "r.csv"
    path.write_bytes("from,to,distance_m,duration_s\n窑,厂,1,1\n".encode("gbk"))
    with pytest.raises(InstanceError, match="UTF-8") as caught:
        read_matrix(path, ("kiln", "mill"))
    assert caught.value.line == 2


def test_columns_to_the_right_of_a_table_by_pair_are_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "ways.csv"
    rows = ["from,to,distance_m,duration_s,note", 'a,b,100,9,"up, hill"', "b,a,90,8,down"]
    file.write_text("\n".join(rows))
    assert read_matrix(file, ["a", "b"]).seconds("a", "b") == 9
    file.write_text("\n".join(rows[:2]))
    with pytest.raises(MissingWayError, match="line 2, column 1: no distance_m from b to a") as one:
        read_matrix(file, ["a", "b"])
    assert one.value.pairs == (("b", "a"),)
    with pytest.raises(MissingWayError, match="no distance_m from a to c, and 4 more") as several:
        read_matrix(file, ["a", "c", "b"])
    assert several.value.pairs[:2] == (("a", "c"), ("c", "a"))
