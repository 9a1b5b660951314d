from datetime import timedelta

import pytest
import sqlalchemy as sa

from market.accounts.rules import Role
from market.orgs import demo
from market.orgs.models import Facility, Licence, Line, Membership, Organisation, Site
from market.orgs.queries import count_by_standing, demo_park_manager, firm_of
from market.orgs.rules import Standing
from tests.conftest import NOW
from tests.market.orgs import catalogue


@pytest.fixture
def loaded(session):
    catalogue.add_ids(session)
    demo.load(session, NOW)
    return session


def test_the_area_holds_44_power_plants_and_39_cement_plants():
    kinds = [row["kind"] for row in demo.facilities()]
    assert (kinds.count("coal_power"), kinds.count("cement")) == (44, 39)


def test_facility_rows_are_facts_with_clean_names_source_and_licence():
    rows = list(demo.rows("facilities"))
    assert len({row["id"] for row in rows}) == len(rows) == 132
    for row in rows:
        assert "Chinese" not in row["name_zh"] + row["name_en"], row
        assert row["name_zh"] == row["name_zh"].strip() != ""
        assert row["source"].startswith("Global Energy Monitor, Global ")
        assert (row["licence"], row["source_version"]) == ("CC BY 4.0", "unknown")
        assert 31 < float(row["lat"]) < 37
        assert 110 < float(row["lon"]) < 117
        assert row["capacity"] or row["kind"] == "cement", row


def test_each_plant_is_an_organisation_with_one_site_and_a_fact_sheet(loaded):
    counts = count_by_standing(loaded)
    assert counts[Standing.ESTIMATE] == 83
    assert loaded.scalar(sa.select(sa.func.count(Facility.id))) == 83
    line = loaded.scalars(sa.select(Line).join(Site).where(Site.key == "gem-P100000123351")).one()
    assert (line.process_id, line.output_kg_per_year) == ("cement_po", 874_250_000)


def test_nobody_has_checked_an_estimate(loaded):
    checked = sa.select(Organisation).where(
        Organisation.standing == Standing.ESTIMATE, Organisation.verified_on.is_not(None)
    )
    assert loaded.scalars(checked).all() == []


def test_every_invented_firm_is_marked_and_has_a_site(loaded):
    firms = [row["key"] for row in demo.rows("firms")]
    assert count_by_standing(loaded)[Standing.DEMO] == len(firms)
    located = set(
        loaded.scalars(sa.select(Organisation.key).join(Site, Site.org_id == Organisation.id))
    )
    assert set(firms) <= located


def test_invented_firms_borrow_no_name_of_a_real_plant():
    real = " ".join(row["name_zh"] for row in demo.rows("facilities"))
    for firm in demo.rows("firms"):
        assert firm["name_zh"] not in real
        assert "示例" not in firm["name_zh"]


def test_licences_stay_valid_whenever_the_demonstration_is_loaded(loaded):
    for licence in loaded.scalars(sa.select(Licence)):
        assert licence.valid_to > NOW.date() + timedelta(days=365)


def test_loading_again_adds_nothing(loaded):
    assert demo.load(loaded, NOW + timedelta(days=1)) == 0


def test_demo_people_act_for_their_firm_and_the_park_manager_for_none(loaded):
    firms = {
        user.email: firm_of(loaded, user.user_id)
        for user in loaded.execute(sa.text("SELECT id AS user_id, email FROM user ORDER BY id"))
    }
    names = {email: firm.name_zh if firm else None for email, firm in firms.items()}
    assert names == {
        "producer@demo.wujin": "北邙热电",
        "receiver@demo.wujin": "香山商混",
        "park@demo.wujin": None,
        "staff@demo.wujin": None,
    }
    assert loaded.scalar(sa.select(sa.func.count(Membership.user_id))) == 2
    assert demo_park_manager(loaded).role is Role.PARK_MANAGER
