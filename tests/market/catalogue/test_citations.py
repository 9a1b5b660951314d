"""Sources read in the reader's language; nothing known is left in the other one."""

import csv
import re
from pathlib import Path

import pytest
from flask import Flask

from market.catalogue.citations import cited

DATA = Path(__file__).parents[3] / "market" / "catalogue" / "data"
COLUMNS = {"source", "clause", "standard", "standards", "article", "plan_ref"}
CHINESE = re.compile("[\u3001-\u9fff\uff08\uff09]")


def sources() -> set[str]:
    """Return every source, standard and clause of the catalogue's files."""
    found: set[str] = set()
    for path in DATA.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                found |= {row[column] for column in COLUMNS & row.keys() if row[column]}
    return found


def read(app: Flask, text: str, language: str) -> str:
    with app.test_request_context(headers={"Cookie": f"lang={language}"}):
        return cited(text)


def test_no_source_is_half_chinese_in_english(app: Flask):
    known = sources()
    assert len(known) > 300
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        assert [text for text in known if CHINESE.search(cited(text))] == []


@pytest.mark.parametrize(
    ("source", "english", "chinese"),
    [
        (
            "税务总局公告2024年第5号 (未读到行号)",
            "State Taxation Administration announcement no. 5 of 2024 (row number not read)",
            "税务总局公告2024年第5号 (未读到行号)",
        ),
        ("行业经验 (industry knowledge)", "industry knowledge", "行业经验"),
        (
            "综合利用行业规范条件（2024 年本） 三",
            "Standard Conditions for the Recycling Industry (2024 edition) part 3",
            "综合利用行业规范条件（2024 年本） 三",
        ),
        ("GB/T 1596-2017 §3.1 注", "GB/T 1596-2017 §3.1 note", "GB/T 1596-2017 §3.1 注"),
        ("northernarchitecture.us", "northernarchitecture.us", "northernarchitecture.us"),
    ],
)
def test_a_source_reads_in_either_language(app: Flask, source: str, english: str, chinese: str):
    assert read(app, source, "en") == english
    assert read(app, source, "zh") == chinese
