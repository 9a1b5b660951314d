"""The public pages, in both languages, and the files."""

import csv
import io
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from python_calamine import CalamineWorkbook

from market.catalogue import exports, phrases
from market.catalogue.models import Acceptance, Limit


def read(client: FlaskClient, path: str, language: str = "zh", status: int = 200) -> str:
    client.set_cookie("lang", language)
    response = client.get(path)
    assert response.status_code == status, path
    return response.get_data(as_text=True)


def plain(page: str) -> str:
    """The page's words with the tags taken out and white space made single."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


@pytest.mark.parametrize(
    ("path", "chinese", "english"),
    [
        ("/catalogue/", "47 种物料、43 种受纳工艺", "47 materials, 43 receiving processes"),
        ("/catalogue/materials/fly_ash", "可去 13 种工艺", "It may go to 13 processes"),
        ("/catalogue/materials/al_dross", "危险废物", "Hazardous waste"),
        ("/catalogue/processes/clinker", "水泥熟料（生料配料）", "Clinker raw meal"),
        ("/catalogue/rules", "增值税退税目录", "VAT refund catalogue"),
    ],
)
def test_pages_speak_both_languages(
    reader: FlaskClient, path: str, chinese: str, english: str
) -> None:
    assert chinese in plain(read(reader, path))
    assert english in plain(read(reader, path, "en"))


def test_every_material_and_process_has_its_page(reader: FlaskClient) -> None:
    links = set(re.findall(r'href="(/catalogue/(?:materials|processes)/\w+)"',
                           read(reader, "/catalogue/")))  # fmt: skip
    assert len(links) == 47 + 43
    for link in sorted(links):
        read(reader, link, "en")


@pytest.mark.parametrize(
    "path",
    [
        "/catalogue/materials/moon_dust",
        "/catalogue/processes/alchemy",
        "/catalogue/download/secrets.csv",
        "/catalogue/download/limits.pdf",
    ],
)
def test_what_is_not_there_is_404(reader: FlaskClient, path: str) -> None:
    read(reader, path, status=404)


def test_a_forbidden_use_names_the_standard(reader: FlaskClient) -> None:
    page = read(reader, "/catalogue/materials/steel_slag")
    row = page[page.index('id="use-cement_po.steel_slag"') :]
    assert "GB 175-2023 §5.2" in row[:2500]
    assert "不许" in row[:2500]


def test_every_link_within_the_page_has_its_target(reader: FlaskClient) -> None:
    for path in ("/catalogue/materials/fgd_gypsum", "/catalogue/processes/clinker"):
        page = read(reader, path)
        for target in set(re.findall(r'href="#([^"]+)"', page)):
            assert f'id="{target}"' in page, (path, target)


def test_ids_are_used_once(reader: FlaskClient) -> None:
    for path in (
        "/catalogue/materials/fly_ash",
        "/catalogue/processes/clinker",
        "/catalogue/rules",
    ):
        ids = re.findall(r'\sid="([^"]+)"', read(reader, path))
        assert len(ids) == len(set(ids)), path


def test_rules_of_another_day(reader: FlaskClient) -> None:
    page = read(reader, "/catalogue/rules?on=2026-08-14", "en")
    in_force, other = page.split('<details class="cat-other"', 1)
    assert 'id="rule-T2"' in in_force
    assert 'id="rule-T2-C"' in other
    page = read(reader, "/catalogue/rules?on=2026-08-15", "en")
    in_force, other = page.split('<details class="cat-other"', 1)
    assert 'id="rule-T2-C"' in in_force
    assert 'id="rule-T2"' in other


def test_what_is_no_date_is_said(reader: FlaskClient) -> None:
    page = read(reader, "/catalogue/rules?on=<yesterday>", "en", status=422)
    assert "&lt;yesterday&gt;” is not a date" in page


def test_an_empty_search_offers_the_way_back(reader: FlaskClient) -> None:
    page = read(reader, "/catalogue/?q=moon+dust", "en")
    assert "Nothing in the catalogue matches" in page
    assert 'value="moon dust"' in page


def test_the_address_keeps_words_and_families(reader: FlaskClient) -> None:
    page = read(reader, "/catalogue/?q=赤泥&family=mud", "en")
    assert "red_mud_bayer" in page
    assert "materials/fly_ash" not in page
    assert '<input type="hidden" name="family" value="mud">' in page


def test_a_table_is_the_same_in_both_formats(reader: FlaskClient) -> None:
    reader.set_cookie("lang", "en")
    text = reader.get("/catalogue/download/limits.csv").get_data().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    book = CalamineWorkbook.from_filelike(
        io.BytesIO(reader.get("/catalogue/download/limits.xlsx").get_data())
    )
    sheet = book.get_sheet_by_index(0).to_python()
    assert len(rows) == len(sheet) == 539
    assert rows[0] == sheet[0]
    assert rows[0][:3] == ["Key", "Process", "Material"]
    assert float(rows[1][rows[0].index("Value")]) == sheet[1][sheet[0].index("Value")] == 12


def test_headers_carry_units_and_the_language(reader: FlaskClient) -> None:
    reader.set_cookie("lang", "zh")
    response = reader.get("/catalogue/download/materials.csv")
    header = response.get_data().decode("utf-8-sig").splitlines()[0]
    assert "堆密度下限（kg/m3）" in header
    assert "名称 (英文)" in header
    assert "wujin-materials-zh.csv" in response.headers["Content-Disposition"]


def test_a_download_is_what_the_page_shows(reader: FlaskClient) -> None:
    def count(query: str) -> int:
        text = reader.get(f"/catalogue/download/{query}").get_data(as_text=True)
        return len(list(csv.reader(io.StringIO(text)))) - 1

    assert count("acceptances.csv?material=steel_slag") == 12
    assert count("limits.csv?process=road_base&material=steel_slag") == 4
    assert count("policy_rules.csv?on=2026-11-22") == 70


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\tx", "\rx"])
def test_live_cells_are_made_harmless(text: str) -> None:
    assert exports.harmless(text) == f"'{text}"
    assert exports.harmless("5% - 8%") == "5% - 8%"


def test_negative_prices_stay_numbers(reader: FlaskClient) -> None:
    text = reader.get("/catalogue/download/factors.csv").get_data(as_text=True)
    row = next(row for row in csv.reader(io.StringIO(text)) if row[0] == "pr_redmud")
    assert "-20" in row
    assert "'-20" not in row


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("SiO2+Al2O3+Fe2O3", "SiO₂+Al₂O₃+Fe₂O₃"),
        ("CaSO4.2H2O", "CaSO₄·2H₂O"),
        ("Tl+Cd+Pb+15As", "Tl+Cd+Pb+15As"),
    ],
)
def test_formulas_are_set_low(app: Flask, text: str, shown: str) -> None:
    with app.test_request_context():
        assert phrases.property_name(text) == shown


def test_grades_within_a_sentence_keep_their_figures() -> None:
    assert phrases.prose("S95 矿粉；SiO2 之比") == "S95 矿粉；SiO₂ 之比"


@pytest.mark.parametrize(
    ("low", "high", "exclusive", "shown"),
    [
        (0.06, 0.2, True, "6–<20%"),
        (0.21, 0.4, False, "21–40%"),
        (None, 0.003, False, "≤ 0.3%"),
        (None, 0.5, True, "< 50%"),
        (0.3, None, False, "≥ 30%"),
        (None, None, False, ""),
    ],
)
def test_shares_read_as_per_cent(
    low: float | None, high: float | None, exclusive: bool, shown: str
) -> None:
    use = Acceptance(min_share=low, max_share=high, max_exclusive=exclusive)
    assert phrases.share_text(use) == shown


def test_limits_read_as_signs(app: Flask) -> None:
    with app.test_request_context():
        assert phrases.limit_text(Limit(operator="<=", value=8.0, value_high=None)) == "≤ 8"
        assert phrases.limit_text(Limit(operator="between", value=6.0, value_high=9.0)) == "6–9"
        assert phrases.value_range(-20, 40) == "−20 至 40"
