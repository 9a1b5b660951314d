"""The demonstration's files are read whole; what is wrong is named by file, row and column."""

from pathlib import Path
from shutil import copytree

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.catalogue import demo as catalogue
from market.datafiles import read_records
from market.errors import DataFileError
from market.haulage import demo as haulage
from market.listings import demo as listings
from market.listings.models import Listing
from market.orgs import demo as orgs
from tests.conftest import NOW

FILES = sorted(path for part in (orgs, listings, haulage) for path in part.DATA.glob("*.csv"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_a_comma_out_of_quotes_is_an_error_that_names_the_place(path: Path, tmp_path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    damaged = tmp_path / path.name
    damaged.write_text("\n".join([*lines[:-1], lines[-1] + ",000 t"]) + "\n", encoding="utf-8")
    place = f"{path.name}, row {len(lines)}, column {lines[0].split(',')[-1]}: "
    with pytest.raises(DataFileError, match=place):
        list(read_records(damaged))
    assert len(list(read_records(path))) >= 1


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b\n1\n", "x.csv, row 2, column b: 1 cells for 2 columns"),
        ("a,a\n1,2\n", "x.csv, row 1: a column stands twice"),
        ('a,b\n1,2\n3,"4\n', "x.csv, after row 2: unexpected end of data; close the quotes"),
        ("a\n\xff\n", "x.csv: not UTF-8"),
    ],
    ids=["short", "twice", "open quotes", "bytes"],
)
def test_a_broken_file_is_named(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "x.csv"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(DataFileError, match=message):
        list(read_records(path))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataFileError, match=r"x\.csv: not found in"):
        read_records(tmp_path / "x.csv")


WRONG_CELLS = {
    "mass": (listings, "wants", "178000", "178 000", "wants.csv, row 2, column tonnes_per_year"),
    "form": (listings, "wants", "dry", "dusty", "wants.csv, row 2, column form: 'dusty'"),
    "line": (listings, "wants", "qingyao-po", "qingyao-pc", "no such name in lines.csv"),
    "column": (listings, "wants", "expires_days", "days", "column expires_days is missing"),
    "latitude": (orgs, "sites", "lat", "latitude", "sites.csv, row 1: column lat is missing"),
    "shift": (haulage, "vehicles", "tanker-30", "tanker-99", "no such name in vehicle_types.csv"),
}


@pytest.mark.parametrize("case", WRONG_CELLS)
def test_a_wrong_cell_stops_the_load(
    session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, case: str
) -> None:
    part, name, old, new, message = WRONG_CELLS[case]
    for earlier in (catalogue, orgs, listings):
        if earlier is part:
            break
        earlier.load(session, NOW)
    data = copytree(part.DATA, tmp_path / "data")
    path = data / f"{name}.csv"
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")
    monkeypatch.setattr(part, "DATA", data)
    with pytest.raises(DataFileError, match=message):
        part.load(session, NOW)


def test_the_notes_are_whole(session: Session) -> None:
    for part in (catalogue, orgs, listings):
        part.load(session, NOW)
    notes = dict(session.execute(sa.select(Listing.key, Listing.note)).all())
    assert notes["yique-want-ash"].endswith("每月 3,000 吨。")
    assert notes["qingyao-want-carbide"].endswith("棚内可存 8,000 吨。")
    assert notes["shouan-gangue"].endswith("1,100 kcal/kg。")
    assert all(note.endswith("。") for note in notes.values() if note)
