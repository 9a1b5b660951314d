"""The catalogue's rows that the demonstration refers to, taken from its data files."""

import csv
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy.orm import Session

import market.catalogue
from market.catalogue.loader import read_table
from market.catalogue.models import Acceptance, Factor
from market.catalogue.tables import ACCEPTANCES, FACTORS
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
    session.flush()
    for row in read_table(DATA / FACTORS.file, FACTORS):
        session.add(Factor(**row.values, position=row.number))
    for row in read_table(DATA / ACCEPTANCES.file, ACCEPTANCES):
        use = f"{row.values['process_id']}.{row.values['material_id']}"
        session.add(Acceptance(**row.values, id=use, position=row.number))
    session.flush()
