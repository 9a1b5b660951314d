"""The market and the home page in both languages, as files, and under bad addresses."""

import csv
import io
import json
import re

import pytest
from python_calamine import CalamineWorkbook

from market.catalogue.models import Limit
from market.listings.rules import Basis, Side
from market.orgs.rules import Standing
from market.search.export import harmless
from tests.factories import (
    make_assay,
    make_listing,
    make_material,
    make_org,
    make_process,
    make_site,
)


@pytest.fixture(params=["zh", "en"])
def language(request, client):
    client.set_cookie("lang", request.param)
    return request.param


@pytest.fixture
def market(session):
    make_material(session, "fgd_gypsum", name_zh="脱硫石膏", name_en="FGD gypsum", family="gypsum")
    make_material(session, "fly_ash", name_zh="粉煤灰", name_en="Fly ash")
    org = make_org(session, name_zh="=北邙热电", name_en="=Beimang", standing=Standing.DEMO)
    site = make_site(session, org=org)
    offer = make_listing(session, site=site, material_id="fgd_gypsum", price_fen_per_t=-3550)
    make_assay(session, offer, {"CaSO4.2H2O": (92, 93, "%")})
    make_listing(session, site=site, material_id="fly_ash", price_fen_per_t=9500)
    power = make_org(
        session, name_zh="首阳山电厂", name_en="Shouyangshan", standing=Standing.ESTIMATE
    )
    make_listing(session, site=make_site(session, org=power), basis=Basis.ESTIMATE)
    make_listing(session, site=site, side=Side.WANT)
    session.commit()
    return offer


def test_the_page_shows_what_is_offered_and_marks_the_estimate(client, market, language):
    page = client.get("/market").text
    words = {
        "zh": ("脱硫石膏", "（示例）", "估算", "暂无报价"),
        "en": ("FGD gypsum", "(demo)", "Estimate", "No price"),
    }
    assert all(word in page for word in words[language])
    assert "95" in page


def test_chinese_and_english_words_find_the_same(client, market):
    for query in ("石膏", "gypsum", "脱硫"):
        page = client.get("/market", query_string={"q": query}).text
        assert "脱硫石膏" in page
        assert 'class="hit"' in page
        assert page.count('class="hit"') == 1, query


@pytest.mark.parametrize(
    "query",
    [
        "near=95,1",
        "near=34.6,112.4&radius_km=-1",
        "page=0",
        "page=99999",
        "side=x&sort=y",
        "material=nosuch",
        "min_t=abc&max_t=",
        "q=%22%27%3B--",
        "q=" + "石" * 500,
        "county=%00",
        "near=,&radius_km=nan",
        "family=%F0%9F%92%A9",
        "page=1e3",
        "grade=&grade=&estimates=9",
    ],
)
def test_a_bad_address_is_answered_with_a_page(client, market, query):
    assert client.get(f"/market?{query}", follow_redirects=True).status_code == 200


def test_what_was_left_empty_stays_out_of_the_address(client, market):
    sent = client.get("/market?side=offer&q=&grade=II&grade=III&near=&_scheme=x&endpoint=y")
    assert (sent.status_code, sent.location) == (
        302, "/market?side=offer&grade=II&grade=III&_scheme=x&endpoint=y",
    )  # fmt: skip
    assert client.get(sent.location).status_code == 200
    assert client.get("/market?q=&sort=").location == "/market"


def test_a_part_left_out_is_said(client, market, language):
    page = client.get("/market?near=95,1").text
    assert ("已忽略：95,1 不是位置" if language == "zh" else "95,1 is no place") in page


def test_an_empty_result_offers_ways_out(client, market, language):
    page = client.get("/market?q=没有&material=fly_ash&near=34.73,112.135&radius_km=30").text
    assert "/market?side=offer&amp;material=fly_ash&amp;near=34.73,112.135&amp;radius_km=30" in page
    assert "/listings/new?side=want" in page
    assert 'class="hit"' not in page


def test_a_wider_circle_is_offered_where_it_helps(client, session, market):
    page = client.get("/market?near=35.6,112.135&radius_km=60&material=fgd_gypsum").text
    assert "radius_km=120" in page


def test_chips_take_one_condition_off(client, market):
    page = client.get("/market?q=石膏&material=fgd_gypsum&form=dry").text
    assert 'href="/market?side=offer&amp;q=%E7%9F%B3%E8%86%8F&amp;form=dry"' in page


def test_the_map_holds_the_same_listings_as_the_list(client, market):
    page = client.get("/market").text
    data = page.split('id="market-map-data">')[1].split("</script>")[0]
    assert data.count('"number": 1') == data.count('"number": 2') == 1
    assert data.count('"estimate": true') == 1


def test_the_default_order_is_left_to_the_viewpoint(client, market):
    anywhere = client.get("/market").text
    assert '<option value="" selected>最新在前' in anywhere
    seen_from = client.get("/market?near=34.73,112.135&sort=", follow_redirects=True).text
    assert '<option value="" selected>到厂价' in seen_from
    assert '<option value="newest">最新在前' in seen_from


def rows(answer):
    return list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))


def test_the_csv_is_exactly_the_filtered_set_with_units_and_without_formulas(client, market):
    client.set_cookie("lang", "en")
    answer = client.get("/market/export.csv?material=fgd_gypsum")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    found = rows(answer)
    assert [row["Listing"] for row in found] == [f"L-{market.id:04d}"]
    assert found[0]["Firm"] == "'=Beimang"
    assert found[0]["Price (yuan/t, wet, without tax)"] == "-35.5"
    assert len(rows(client.get("/market/export.csv"))) == 3
    assert rows(client.get("/market/export.csv?side=want"))[0]["Side"] == "Want"


def test_the_workbook_says_the_same_as_the_csv(client, market):
    client.set_cookie("lang", "en")
    answer = client.get("/market/export.xlsx?near=34.73,112.135")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(answer.data)).get_sheet_by_index(0)
    table = sheet.to_python()
    found = rows(client.get("/market/export.csv?near=34.73,112.135"))
    assert [row[0] for row in table[1:]] == [row["Listing"] for row in found]
    firm, price = table[0].index("Firm"), table[0].index("Price (yuan/t, wet, without tax)")
    assert {row[firm] for row in table[1:]} >= {"'=Beimang"}
    assert -35.5 in [row[price] for row in table[1:]]


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1"])
def test_text_that_a_spreadsheet_would_run_is_disarmed(text):
    assert harmless(text) == f"'{text}"
    assert harmless(-1.5) == -1.5
    assert harmless("脱硫") == "脱硫"


def test_an_export_of_another_kind_does_not_exist(client):
    assert client.get("/market/export.pdf").status_code == 404


def test_home_shows_todays_figures_and_nothing_invented(client, market, language):
    page = client.get("/").text
    assert (
        "企业申报供应 2 条、求购 1 条，另有公开资料估算 1 处"
        if language == "zh"
        else "2 offers and 1 wants are declared, 1 places are estimates"
    ) in page
    assert ("出厂价，元/吨" if language == "zh" else "Ex works, ¥/t") not in page


def test_home_of_an_empty_market_invites_the_first_listing(client, language):
    page = client.get("/")
    assert page.status_code == 200
    assert "/listings/new" in page.text
    assert client.get("/market").status_code == 200


def marks(page):
    """Return what the map of a page is given."""
    block = re.search(r'<script type="application/json" id="market-map-data">(.*?)</script>', page)
    return json.loads(block[1])["points"]


def test_the_map_has_every_estimate_though_the_list_has_five(client, session, market):
    power = make_org(session, standing=Standing.ESTIMATE)
    for _ in range(8):
        make_listing(session, site=make_site(session, org=power), basis=Basis.ESTIMATE)
    session.commit()
    page = client.get("/market").text
    assert page.count('class="hit is-estimate"') == 5
    assert sum(mark["estimate"] for mark in marks(page)) == 9
    assert sorted(mark["number"] for mark in marks(page) if mark["number"]) == [1, 2]


def test_a_text_nobody_lists_leads_to_the_catalogue(client, session, market):
    make_material(session, "sewage_sludge", name_zh="市政/工业污泥", name_en="Sludge")
    session.commit()
    for query in ("污泥", "sludges", "wuni", "biosolids"):
        page = client.get("/market", query_string={"q": query}).text
        assert 'href="/catalogue/materials/sewage_sludge"' in page, query
    assert "/catalogue/materials/" not in client.get("/market?q=zzz").text


def test_a_lot_beyond_a_limit_says_so_in_a_word(client, session, market, language):
    beyond = {"zh": "超限值", "en": "beyond a limit"}[language]
    make_process(session, "gypsum_board")
    chloride = {"property": "Cl", "operator": "<=", "value": 100, "unit": "mg/kg"}
    session.add(
        Limit(
            id="L1", process_id="gypsum_board", material_id="fgd_gypsum", grades=[],
            scope="material", severity="block", standard="GB/T 9776", standing="in_force",
            source="GB/T 9776", verified="seen", confidence="high", position=2, **chloride,
        )
    )  # fmt: skip
    session.commit()
    assert beyond not in client.get("/market").text
    make_assay(session, market, {"Cl": (160, 170, "mg/kg")})
    session.commit()
    assert beyond in client.get("/market").text


def test_where_no_county_is_told_the_prefecture_stands(client, session, market, language):
    power = make_org(session, standing=Standing.ESTIMATE)
    site = make_site(
        session, org=power, county_zh="", county_en="", prefecture_zh="晋城市",
        prefecture_en="Jincheng",
    )  # fmt: skip
    listing = make_listing(session, site=site, basis=Basis.ESTIMATE)
    session.commit()
    place = {"zh": "晋城市", "en": "Jincheng"}[language]
    for path in ("/market", f"/listings/{listing.id}"):
        assert place in client.get(path).text
