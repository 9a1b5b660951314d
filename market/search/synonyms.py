"""What the trade calls a material beside its name, and how that is typed in pinyin."""

from functools import cache
from pathlib import Path

from market.catalogue.models import Material
from market.datafiles import Record, read_records

FILE = Path(__file__).parent / "data" / "synonyms.csv"


def rows() -> list[Record]:
    return list(read_records(FILE))


@cache
def _by_material() -> dict[str, str]:
    return {row["material_id"]: _text(row) for row in rows()}


def _text(row: Record) -> str:
    """Join the words; pinyin is found from any syllable on, with spaces and without."""
    pinyin = row["pinyin"].replace("ü", "v").split()
    tails = ["".join(pinyin[start:]) for start in range(len(pinyin))]
    return " ".join([*row["words"].split(";"), *pinyin, *tails])


def words(material_id: str) -> str:
    """Return a material's other names as one text; "" where none is on file."""
    return _by_material().get(material_id, "")


def told_of(material: Material) -> str:
    """Return all that a material is called, as one text."""
    return f"{material.name_zh} {material.name_en} {words(material.id)}"
