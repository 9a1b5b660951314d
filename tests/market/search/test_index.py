"""The text index follows every change of a listing within its transaction."""

import os

import pytest
import sqlalchemy as sa
from click.testing import CliRunner
from sqlalchemy.orm import Session

from market.cli import wujin
from market.listings.models import Listing
from market.listings.rules import Side
from market.search import index, synonyms, text
from market.search.criteria import Criteria, Point
from market.search.models import drop_text_table
from market.search.queries import Market
from tests.conftest import NOW, need
from tests.factories import make_listing, make_material, make_org, make_process, make_site
from tests.market.orgs import catalogue


def hits(session: Session, query: str) -> set[int]:
    session.flush()
    match = text.fts5_match(text.query_phrases(query))
    rows = session.execute(
        sa.text("SELECT rowid FROM fts_listing WHERE fts_listing MATCH :q"), {"q": match}
    )
    return set(rows.scalars())


@pytest.fixture
def gypsum(session):
    make_material(
        session, "fgd_gypsum", name_zh="脱硫石膏", name_en="FGD gypsum", waste_code="441-001-S06"
    )
    org = make_org(session, name_zh="北邙热电", name_en="Beimang Heat and Power")
    site = make_site(session, org=org, county_zh="孟津区", county_en="Mengjin")
    return make_listing(session, site=site, material_id="fgd_gypsum", note="每天白班装车")


@pytest.mark.parametrize(
    "query",
    [
        "石膏",
        "膏",
        "FGD",
        "gyps",
        "441-001-S06",
        "孟津",
        "mengjin",
        "北邙",
        "Beimang",
        "白班",
        "L-0001",
    ],
)
def test_a_new_listing_is_found_by(session, gypsum, query):
    assert hits(session, query) == {gypsum.id}


@pytest.mark.parametrize(
    ("query", "material_id"),
    [
        ("gypsum", "phosphogypsum"),
        ("flyash", "fly_ash"),
        ("shigao", "phosphogypsum"),
        ("shi gao", "fgd_gypsum"),
        ("tuoliushigao", "fgd_gypsum"),
        ("矿渣粉", "bf_slag"),
        ("脫硫石膏", "fgd_gypsum"),
        ("tires", "waste_tyres"),
    ],
)
def test_a_listing_is_found_by_what_the_trade_calls_its_material(session, query, material_id):
    kinds = {row["id"]: row for row in catalogue.rows("materials")}
    for key in {material_id, "limestone"}:
        make_material(session, key, name_zh=kinds[key]["name_zh"], name_en=kinds[key]["name_en"])
    site = make_site(session, org=make_org(session))
    wanted = make_listing(session, site=site, material_id=material_id)
    make_listing(session, site=site, material_id="limestone")
    assert hits(session, query) == {wanted.id}


def test_every_kind_of_waste_in_the_catalogue_has_other_names_and_no_others_do():
    kinds = {row["id"] for row in catalogue.rows("materials") if row["kind"] == "waste"}
    assert {key for key in kinds if not synonyms.words(key)} == set()
    assert {row["material_id"] for row in synonyms.rows()} <= kinds


def test_a_want_is_found_by_its_process_and_standard(session):
    make_process(
        session, "gypsum_board", name_zh="纸面石膏板", source="GB/T 9775-2008; JC/T 2074-2011"
    )
    want = make_listing(session, side=Side.WANT, process_id="gypsum_board")
    assert hits(session, "石膏板") == hits(session, "JC/T 2074") == {want.id}
    assert hits(session, "JC/T2074") == hits(session, "gb/t9775") == {want.id}


def test_a_hazardous_waste_is_found_by_its_class(session, gypsum):
    make_material(session, "al_dross", hw_codes=["321-024-48", "321-026-48"])
    dross = make_listing(session, material_id="al_dross", waste_code="321-024-48")
    assert hits(session, "HW48") == hits(session, "hw 48") == hits(session, "321-024-48")
    assert hits(session, "HW48") == {dross.id}


def test_a_changed_note_and_a_renamed_firm_are_found_at_once(session, gypsum):
    gypsum.note = "夜班"
    assert hits(session, "白班") == set()
    assert hits(session, "夜班") == {gypsum.id}
    org = session.get_one(index.Organisation, gypsum.org_id)
    org.name_zh = "龙门热电"
    assert hits(session, "北邙") == set()
    assert hits(session, "龙门") == {gypsum.id}


def test_a_deleted_listing_is_gone_and_a_rolled_back_one_never_was(session, gypsum):
    session.commit()
    session.delete(gypsum)
    assert hits(session, "石膏") == set()
    session.rollback()
    assert hits(session, "石膏") == {gypsum.id}


def test_rebuild_gives_the_same_index(session, gypsum):
    session.flush()
    session.execute(sa.text("DELETE FROM fts_listing"))
    assert index.rebuild(session) == 1
    assert hits(session, "石膏") == {gypsum.id}


@pytest.mark.postgres
def test_postgresql_answers_the_same():
    from market.schema import Base

    url = os.environ.get("WUJIN_TEST_POSTGRES", "postgresql+psycopg://root@127.0.0.1:5432/test")
    engine = sa.create_engine(url)
    try:
        connection = engine.connect()
    except sa.exc.OperationalError:
        need(available=False, what="PostgreSQL")
    with connection:
        connection.exec_driver_sql("CREATE SCHEMA search_test")
        connection.exec_driver_sql("SET search_path TO search_test")
        Base.metadata.create_all(connection)
        session = Session(connection)
        make_material(session, "fgd_gypsum", name_zh="脱硫石膏", name_en="FGD gypsum")
        wanted = make_listing(session, material_id="fgd_gypsum", note="'; \\ :* Ⅱ级")
        make_listing(session)
        for query in ("石膏", "膏", "fgd gyp", "II级", "硫石膏 FGD"):
            match = text.tsquery(text.query_phrases(query))
            found = session.execute(
                sa.text("SELECT listing_id FROM fts_listing WHERE body @@ CAST(:q AS tsquery)"),
                {"q": match},
            )
            assert set(found.scalars()) == {wanted.id}, query
        for criteria, count in ((Criteria(), 2), (Criteria(q="石膏"), 1), (Criteria(q="无"), 0)):
            found = Market(session, criteria, today=NOW.date(), road_factor=1.3).result()
            assert found.total == count
        near = Criteria(near=Point(34.7, 112.1), radius_km=50, grade=("untested",))
        assert Market(session, near, today=NOW.date(), road_factor=1.3).result().total == 2
        session.delete(session.get_one(Listing, wanted.id))
        session.flush()
        assert session.execute(sa.text("SELECT count(*) FROM fts_listing")).scalar_one() == 1
        drop_text_table(connection)
        connection.rollback()
    engine.dispose()


def test_the_rebuild_command_says_how_many(session, gypsum, settings, monkeypatch):
    session.execute(sa.text("DELETE FROM fts_listing"))
    session.commit()
    monkeypatch.setenv("WUJIN_DATA_DIR", str(settings.data_dir))
    answer = CliRunner().invoke(wujin, ["search", "rebuild"])
    assert answer.output == "indexed 1 listings\n"
    assert hits(session, "石膏") == {gypsum.id}
