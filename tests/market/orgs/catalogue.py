"""The catalogue's ids, taken from its data files, so the demonstration has what it refers to."""

import csv
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.orm import Session

import market.catalogue
from tests.factories import make_material, make_process

DATA = Path(market.catalogue.__file__).parent / "data"


def rows(name: str) -> Iterator[dict[str, str]]:
    with (DATA / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
        yield from csv.DictReader(file)


def add_ids(session: Session) -> None:
    for row in rows("materials"):
        make_material(session, row["id"], name_zh=row["name_zh"], name_en=row["name_en"])
    for row in rows("processes"):
        make_process(session, row["id"], name_zh=row["name_zh"], name_en=row["name_en"])
