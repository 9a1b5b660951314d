"""Loading: what is wrong is named, what is right is stored once, what is gone is removed."""

import csv
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.catalogue import queries
from market.catalogue.loader import load, read_all
from market.catalogue.models import Acceptance, Factor, Limit, Material
from market.catalogue.tables import TABLES
from market.db import transaction
from market.errors import DataFileError
from tests.conftest import NOW

Rows = list[list[str]]


def change(path: Path, edit: Callable[[Rows], None]) -> None:
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    edit(rows)
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)


def put(row: int, column: str, value: str) -> Callable[[Rows], None]:
    """Write ``value`` into the row a spreadsheet numbers ``row``."""

    def edit(rows: Rows) -> None:
        rows[row - 1][rows[0].index(column)] = value

    return edit


def find(rows: Rows, column: str, value: str) -> int:
    index = rows[0].index(column)
    return next(number for number, row in enumerate(rows) if row[index] == value)


def load_into(session: Session, folder: Path) -> int:
    with transaction(session):
        return load(session, NOW, folder)


def test_the_shipped_files_load_in_full_within_two_seconds(session: Session) -> None:
    start = time.perf_counter()
    with transaction(session):
        added = load(session, NOW)
    assert time.perf_counter() - start < 2
    counts = {table.file: queries.count(session, table.model) for table in TABLES}
    assert counts == {
        "materials.csv": 47,
        "processes.csv": 43,
        "acceptances.csv": 178,
        "limits.csv": 538,  # 518 rows of the standards; 20 of them give two indices each
        "compositions.csv": 246,
        "factors.csv": 147,
        "policy_rules.csv": 83,
        "stoppages.csv": 1,
        "vat_rows.csv": 32,
    }
    assert added == sum(counts.values())


def test_loading_again_adds_and_changes_nothing(catalogue: Session, files: Path) -> None:
    before = queries.rows(catalogue, Limit)
    assert load_into(catalogue, files) == 0
    assert not catalogue.dirty
    assert [row.id for row in before] == [row.id for row in queries.rows(catalogue, Limit)]


def test_an_edited_cell_changes_its_row(catalogue: Session, files: Path) -> None:
    change(files / "factors.csv", lambda rows: put(
        find(rows, "id", "grid_henan") + 1, "value", "0.5")(rows))  # fmt: skip
    load_into(catalogue, files)
    assert queries.factors(catalogue)["grid_henan"].value == 0.5


def test_a_row_that_left_the_file_leaves_the_table(catalogue: Session, files: Path) -> None:
    change(files / "limits.csv", lambda rows: rows.pop(find(rows, "id", "L001")))
    load_into(catalogue, files)
    assert catalogue.get(Limit, "L001") is None
    assert queries.count(catalogue, Limit) == 537


def test_a_row_in_use_elsewhere_cannot_leave(catalogue: Session, files: Path) -> None:
    """Another feature's table stands for the listings that refer to a material."""
    catalogue.execute(sa.text("CREATE TABLE holder (material_id VARCHAR REFERENCES material (id))"))
    catalogue.execute(sa.text("INSERT INTO holder VALUES ('used_parts')"))
    catalogue.commit()
    change(files / "materials.csv", lambda rows: rows.pop(find(rows, "id", "used_parts")))
    change(
        files / "acceptances.csv", lambda rows: rows.pop(find(rows, "material_id", "used_parts"))
    )
    change(files / "policy_rules.csv", lambda rows: put(
        find(rows, "id", "G7-C") + 1, "material_ids", "")(rows))  # fmt: skip
    with pytest.raises(DataFileError, match=r"materials\.csv: used_parts .* still in use"):
        load_into(catalogue, files)
    assert catalogue.get(Material, "used_parts") is not None
    assert queries.acceptance(catalogue, "reman", "used_parts") is not None


def test_a_fault_in_the_last_file_writes_nothing(session: Session, files: Path) -> None:
    change(files / "vat_rows.csv", put(2, "min_share", "70"))
    with pytest.raises(DataFileError):
        load_into(session, files)
    assert queries.count(session, Material) == 0


BAD_CELLS = [
    ("materials.csv", "family", "ashes", "use one of ash, slag"),
    ("materials.csv", "name_zh", "", "may not be empty"),
    ("materials.csv", "moisture_share_max", "15", "15 % is 0.15"),
    ("materials.csv", "density_kg_m3_min", "0.55", "whole number"),
    ("materials.csv", "density_kg_m3_min", "2000", "may not exceed density_kg_m3_max"),
    ("materials.csv", "generation_unit", "tons", "known unit"),
    ("materials.csv", "source", "", "may not be empty"),
    ("materials.csv", "verified", "maybe", "use one of seen, partly_seen"),
    ("materials.csv", "confidence", "sure", "use one of high"),
    ("processes.csv", "sector", "", "use one of cement"),
    ("acceptances.csv", "process_id", "clinkers", "no such id in processes.csv"),
    ("acceptances.csv", "material_id", "lime stone", "no such id in materials.csv"),
    ("acceptances.csv", "allowed", "perhaps", "use one of yes"),
    ("acceptances.csv", "min_share", "0.95", "may not exceed max_share, which is 0.9"),
    ("acceptances.csv", "max_exclusive", "true", "write yes or no"),
    ("acceptances.csv", "replaces_id", "nothing", "no such id in materials.csv"),
    ("limits.csv", "material_id", "steel", "no such id in materials.csv"),
    ("limits.csv", "material_id", "waste_paper", "concrete_admixture does not take it"),
    ("limits.csv", "value", "12 %", "write a number"),
    ("limits.csv", "value", "nan", "write a number"),
    ("limits.csv", "value", "inf", "write a number"),
    ("limits.csv", "unit", "percent", "known unit"),
    ("limits.csv", "operator", "=<", "use one of <="),
    ("limits.csv", "operator", "between", "upper value belongs to 'between'"),
    ("limits.csv", "value_high", "20", "upper value belongs to 'between'"),
    ("limits.csv", "valid_from", "2017/09/07", "date as 2026-08-15"),
    ("limits.csv", "standard", "", "may not be empty"),
    ("compositions.csv", "low", "60", "may not exceed typical"),
    ("compositions.csv", "typical", "70", "may not exceed high"),
    ("compositions.csv", "carbonate_share", "3", "share from 0 to 1"),
    ("factors.csv", "kind", "money", "use one of process_co2"),
    ("factors.csv", "low", "5", "may not exceed value"),
    ("factors.csv", "year_from", "now", "write a number"),
    ("factors.csv", "material_ids", "fly_ash; ash", "no such id in materials.csv"),
    ("policy_rules.csv", "valid_to", "2026-01-01", "may not exceed valid_to"),
    ("policy_rules.csv", "valid_from", "2026-02-30", "date as 2026-08-15"),
    ("policy_rules.csv", "text_en", "", "may not be empty"),
    ("stoppages.csv", "first_day", "02-30", "write month and day as 11-15"),
    ("vat_rows.csv", "refund_share", "70", "share from 0 to 1"),
]


@pytest.mark.parametrize(("file", "column", "value", "remedy"), BAD_CELLS)
def test_a_bad_cell_is_named(files: Path, file: str, column: str, value: str, remedy: str) -> None:
    change(files / file, put(2, column, value))
    with pytest.raises(DataFileError) as caught:
        read_all(files)
    message = str(caught.value)
    assert message.startswith(f"{file}, row 2, column ")
    assert remedy in message
    assert value.rpartition("; ")[2] in message


def two_of_a_kind(rows: Rows) -> None:
    rows.append(rows[1])


def one_cell_more(rows: Rows) -> None:
    rows[3].append("stray")


def without_source(rows: Rows) -> None:
    index = rows[0].index("source")
    for row in rows:
        del row[index]


def with_a_strange_column(rows: Rows) -> None:
    for row in rows:
        row.append("remark")


def with_the_header_alone(rows: Rows) -> None:
    del rows[1:]


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        (two_of_a_kind, "row 49, column id: 'fly_ash'; row 2 has the same id; keep one"),
        (
            one_cell_more,
            "row 4, column confidence: 36 cells for 35 columns; put text with commas in quotes",
        ),
        (without_source, "row 1: column source is missing; add it"),
        (with_a_strange_column, "row 1: unknown column 'remark'; remove it"),
        (with_the_header_alone, "no rows below the header; restore the file"),
    ],
)
def test_a_bad_shape_is_named(files: Path, edit: Callable[[Rows], None], message: str) -> None:
    change(files / "materials.csv", edit)
    with pytest.raises(DataFileError) as caught:
        read_all(files)
    assert message in str(caught.value)
    assert str(caught.value).startswith("materials.csv")


def test_a_file_that_is_not_utf8_is_named(files: Path) -> None:
    (files / "factors.csv").write_bytes("编号".encode("gbk"))
    with pytest.raises(DataFileError, match=r"factors\.csv: not UTF-8; save it as CSV UTF-8"):
        read_all(files)


def test_a_missing_file_is_named(files: Path) -> None:
    (files / "limits.csv").unlink()
    with pytest.raises(DataFileError, match=r"limits\.csv: not found in "):
        read_all(files)


def test_a_byte_order_mark_and_a_last_empty_line_are_no_fault(files: Path) -> None:
    path = files / "factors.csv"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes() + b"\n\n")
    assert len(read_all(files)["factors.csv"]) == 147


@pytest.fixture
def every_row(catalogue: Session) -> Iterator[object]:
    return (row for table in TABLES for row in queries.rows(catalogue, table.model))


def test_every_row_has_a_source(every_row: Iterator[Material | Acceptance | Factor]) -> None:
    assert all(row.source.strip() for row in every_row)
