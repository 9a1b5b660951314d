import pytest
from sqlalchemy import event

from market.accounts.rules import Role
from market.orgs import demo
from market.orgs.models import Organisation, Site
from market.orgs.rules import Standing
from market.web.access import current_actor
from market.web.database import db
from tests.conftest import NOW
from tests.factories import make_licence, make_line, make_org, make_site
from tests.market.orgs import catalogue


@pytest.fixture
def english(client):
    client.set_cookie("lang", "en")
    return client


@pytest.fixture
def queries(app):
    """Count the statements the application sends."""
    with app.app_context():
        engine = db.engine
    seen = []

    def note(_connection, _cursor, statement, *_rest):
        if not statement.startswith(("PRAGMA", "BEGIN")):
            seen.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


def test_a_member_s_page_shows_sites_lines_and_licences(english, session):
    org = make_org(session, name_en="Stone Works", standing=Standing.MEMBER)
    site = make_site(session, org=org, name_en="North works")
    make_line(session, site=site, name_en="Mill 7", output_kg_per_year=1_234_000_000)
    make_licence(session, site=site, number="HW-77", hw_codes=["900-052-31"])
    session.commit()
    page = english.get(f"/orgs/{org.id}").text
    for text in ("Stone Works", "North works", "Mill 7", "1,234,000", "HW-77", "900-052-31"):
        assert text in page
    assert "2026-09-01" in page


def test_an_invented_firm_says_so_in_both_languages(client, session):
    org = make_org(session, standing=Standing.DEMO)
    session.commit()
    client.set_cookie("lang", "en")
    assert "An invented firm." in client.get(f"/orgs/{org.id}").text
    client.set_cookie("lang", "zh")
    assert "虚构企业" in client.get(f"/orgs/{org.id}").text


def test_an_estimate_shows_every_term_its_ground_and_its_source(english, session):
    catalogue.add_ids(session)
    demo.load(session, NOW)
    session.commit()
    plant = session.query(Organisation).filter_by(key="gem-L100646").one()
    page = english.get(f"/orgs/{plant.id}").text
    for text in ("640", "4,500", "0.32", "0.2", "184,320", "Assumption", "CC BY 4.0"):
        assert text in page
    assert "Global Coal Plant Tracker" in page
    assert "unknown" in page
    assert page.count("low confidence") == 3
    rows = english.get("/catalogue/rules").text
    for factor_id in ("est_full_load_hours", "est_coal_use", "est_ash_yield"):
        assert f"/catalogue/rules#factor-{factor_id}" in page
        assert f'id="factor-{factor_id}"' in rows


def test_the_uptake_of_a_cement_plant_leads_to_the_standard_and_owns_up_to_the_upper_end(
    english, session
):
    catalogue.add_ids(session)
    demo.load(session, NOW)
    session.commit()
    plant = session.query(Organisation).filter_by(key="gem-P100000123704").one()
    page = english.get(f"/orgs/{plant.id}").text
    assert "GB 175-2023" in page
    assert "reckons with the upper end" in page
    assert 'id="use-cement_po.fly_ash"' in english.get("/catalogue/processes/cement_po").text
    assert "/catalogue/processes/cement_po#use-cement_po.fly_ash" in page


def test_there_is_no_page_for_nobody(client):
    assert client.get("/orgs/404").status_code == 404


def test_a_page_costs_the_same_few_queries_however_many_sites(client, session, queries):
    org = make_org(session)
    for _ in range(6):
        make_line(session, site=make_site(session, org=org))
    session.commit()
    assert client.get(f"/orgs/{org.id}").status_code == 200
    assert len(queries) <= 6


def test_the_directory_is_paged_and_can_be_narrowed(english, session):
    for number in range(30):
        make_site(session, org=make_org(session, name_en=f"Member {number:02}"))
    make_org(session, name_en="Plant", standing=Standing.ESTIMATE)
    session.commit()
    first, second = english.get("/orgs").text, english.get("/orgs?page=2").text
    assert "Member 00" in first
    assert "Member 29" not in first
    assert "Member 29" in second
    assert "Plant" in second
    only = english.get("/orgs?standing=estimate").text
    assert "Plant" in only
    assert "Member 00" not in only


@pytest.mark.parametrize("query", ["standing=nonsense", "page=0", "page=999", "page=x"])
def test_nonsense_in_the_address_still_gives_a_page(client, session, query):
    make_org(session)
    session.commit()
    assert client.get(f"/orgs?{query}").status_code == 200


def test_the_acting_person_carries_the_firm(client, session, sign_in):
    org = make_org(session, name_zh="测试厂", name_en="Test works")
    session.commit()
    with sign_in(Role.PRODUCER, org.id) as signed_in:
        signed_in.get("/orgs")
        actor = current_actor()
    assert (actor.role, actor.org_id, actor.org_name_en) == (Role.PRODUCER, org.id, "Test works")


def test_a_park_manager_carries_none(client, session, sign_in):
    with sign_in(Role.PARK_MANAGER) as signed_in:
        signed_in.get("/orgs")
        assert current_actor().org_id is None


def test_a_site_outside_the_earth_cannot_be_stored(session):
    with pytest.raises(Exception, match="lat_on_earth"):
        make_site(session, lat=95.0)
    session.rollback()
    assert session.query(Site).count() == 0


def test_an_invented_firm_is_marked_in_the_header_too(client, session, sign_in):
    org = make_org(session, name_zh="虚构厂", standing=Standing.DEMO)
    session.commit()
    header = sign_in(Role.PRODUCER, org.id).get("/orgs").text.split("</header>")[0]
    assert "虚构厂" in header
    assert "示例" in header.split("虚构厂", 1)[1]


def test_a_name_without_chinese_is_marked_as_english(client, session):
    org = make_org(session, name_zh="Hongchang <Cement>", name_en="Hongchang <Cement>")
    both = make_org(session, name_zh="北邙热电", name_en="Beimang Power")
    session.commit()
    marked = '<span lang="en">Hongchang &lt;Cement&gt;</span>'
    assert marked in client.get(f"/orgs/{org.id}").text
    page = client.get("/orgs").text
    assert marked in page
    assert ">北邙热电</a>" in page
    client.set_cookie("lang", "en")
    assert "<span lang" not in client.get(f"/orgs/{both.id}").text
