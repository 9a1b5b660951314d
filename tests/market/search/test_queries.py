"""What the market answers equals what reading every listing would answer."""

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest
import sqlalchemy as sa

from market.listings.rules import Basis, Side, State
from market.orgs.rules import Standing
from market.search import geography, home, queries
from market.search.criteria import FACETS, Criteria, Point, Sort
from market.search.freight import Freight
from market.search.queries import PAGE_SIZE, Market
from tests.conftest import NOW
from tests.factories import make_assay, make_listing, make_material, make_org, make_site

TODAY = NOW.date()
HERE = Point(34.6, 112.4)
MATERIALS = (
    ("fly_ash", "粉煤灰", "ash"),
    ("fgd_gypsum", "脱硫石膏", "gypsum"),
    ("red_mud", "赤泥", "mud"),
)
COUNTIES = (("新安县", "Xin'an"), ("孟津区", "Mengjin"), ("栾川县", "Luanchuan"))


@pytest.fixture
def listings(session):
    """Sixty listings of three materials at twelve sites, some private, some estimated."""
    dice = random.Random(7)
    for material_id, name, family in MATERIALS:
        make_material(session, material_id, name_zh=name, family=family)
    sites = []
    for number in range(12):
        county_zh, county_en = COUNTIES[number % 3]
        standing = Standing.ESTIMATE if number % 4 == 0 else Standing.DEMO
        sites.append(
            make_site(
                session,
                org=make_org(session, standing=standing),
                county_zh=county_zh,
                county_en=county_en,
                lat=34.6 + dice.uniform(-0.9, 0.9),
                lon=112.4 + dice.uniform(-0.9, 0.9),
            )
        )
    found = []
    for number in range(60):
        site = dice.choice(sites)
        estimate = sites.index(site) % 4 == 0
        listing = make_listing(
            session,
            site=site,
            material_id=dice.choice(MATERIALS)[0],
            side=dice.choice(list(Side)),
            state=State.WITHDRAWN if number % 11 == 0 else State.OPEN,
            basis=Basis.ESTIMATE if estimate else Basis.DECLARED,
            form=dice.choice(["dry", "wet"]),
            mass_kg_per_year=dice.randrange(1, 200) * 1_000_000,
            price_fen_per_t=None if estimate or number % 5 == 0 else dice.randrange(-3000, 9000),
            expires_on=TODAY - timedelta(days=1) if number % 13 == 0 else TODAY,
            note=dice.choice(["夜班装车", "白班", "II 级"]),
        )
        found.append((listing, site))
    session.commit()
    return found


def expected(listings, criteria, *, but=""):
    """Read every listing, one by one."""
    ids = []
    for listing, site in listings:
        keep = listing.state == State.OPEN and listing.expires_on >= TODAY
        keep &= listing.side == criteria.side
        keep &= (
            but == "material" or not criteria.material or listing.material_id in criteria.material
        )
        keep &= but == "county" or not criteria.county or site.county_en in criteria.county
        keep &= but == "form" or not criteria.form or listing.form in criteria.form
        keep &= but == "q" or not criteria.q or criteria.q in listing.note
        if criteria.min_t is not None and but != "min_t":
            keep &= listing.mass_kg_per_year >= criteria.min_t * 12_000
        if criteria.max_t is not None and but != "max_t":
            keep &= listing.mass_kg_per_year <= criteria.max_t * 12_000
        if criteria.radius_km is not None and but != "near":
            away = geography.distance_m(criteria.near.lat, criteria.near.lon, site.lat, site.lon)
            keep &= away <= criteria.radius_km * 1000
        if keep:
            ids.append(listing.id)
    return ids


CASES = [
    Criteria(),
    Criteria(side=Side.WANT),
    Criteria(material=("fly_ash", "red_mud")),
    Criteria(county=("Mengjin",), form=("wet",)),
    Criteria(q="班"),
    Criteria(q="夜班", material=("fgd_gypsum",)),
    Criteria(near=HERE, radius_km=50),
    Criteria(side=Side.WANT, near=HERE, radius_km=80, min_t=1000, max_t=12_000),
    Criteria(q="没有这个词"),
]


def market(session, criteria):
    return Market(session, criteria, today=TODAY, road_factor=1.3)


@pytest.mark.parametrize("criteria", CASES)
def test_the_set_is_what_reading_every_listing_gives(session, listings, criteria):
    found = market(session, criteria)
    assert sorted(line.id for line in found.lines()) == sorted(expected(listings, criteria))
    assert found.count() == len(expected(listings, criteria))


@pytest.mark.parametrize("criteria", CASES)
def test_a_facet_counts_with_all_other_conditions_applied(session, listings, criteria):
    by_id = {listing.id: (listing, site) for listing, site in listings}
    for name, value_of in (
        ("material", lambda listing, site: listing.material_id),
        ("county", lambda listing, site: site.county_en),
        ("form", lambda listing, site: listing.form),
    ):
        counts = {}
        for listing_id in expected(listings, criteria, but=name):
            value = value_of(*by_id[listing_id])
            counts[value] = counts.get(value, 0) + 1
        assert dict(market(session, criteria).facet(name)) == counts, name


def test_choosing_a_facet_value_gives_what_its_count_promised(session, listings):
    for name in FACETS:
        for value, count in market(session, Criteria()).facet(name):
            narrowed = market(session, replace(Criteria(), **{name: (value,)}))
            assert narrowed.count() == count, (name, value)


def test_declared_and_estimated_stand_apart_and_make_up_the_whole(session, listings):
    result = market(session, Criteria()).result()
    assert {hit.row.summary.basis for hit in result.hits} == {Basis.DECLARED}
    assert {hit.row.summary.basis for hit in result.estimates} == {Basis.ESTIMATE}
    assert result.total == len(expected(listings, Criteria()))
    assert [hit.number for hit in result.hits] == list(range(1, len(result.hits) + 1))


def test_what_the_list_does_not_show_is_there_for_the_map(session, listings, monkeypatch):
    def plotted(result):
        shown = [hit.row.summary.id for hit in (*result.hits, *result.estimates)]
        return shown + [summary.id for summary in result.elsewhere]

    monkeypatch.setattr(queries, "PAGE_SIZE", 2)
    monkeypatch.setattr(queries, "ESTIMATES_SHOWN", 1)
    result = market(session, Criteria()).result()
    assert sorted(plotted(result)) == sorted(expected(listings, Criteria()))
    assert len(result.hits) == 2 < result.declared.count
    assert result.unplotted == 0
    monkeypatch.setattr(queries, "MAP_MARKS", 1)
    fewer = market(session, Criteria()).result()
    assert (len(fewer.elsewhere), fewer.unplotted) == (1, fewer.total - len(plotted(fewer)))
    assert fewer.unplotted > 0


@pytest.mark.parametrize(
    ("sort", "value"),
    [
        (Sort.DISTANCE, lambda hit: hit.near.distance_m),
        (Sort.MASS, lambda hit: -hit.row.summary.mass_kg_per_year),
        (Sort.NEWEST, lambda hit: -hit.row.summary.id),
    ],
)
def test_the_order_is_the_one_asked_for(session, listings, sort, value):
    hits = market(session, Criteria(near=HERE, sort=sort)).all_hits()
    assert [value(hit) for hit in hits] == sorted(value(hit) for hit in hits)


@pytest.mark.parametrize("side", list(Side))
def test_what_has_no_price_comes_last(session, listings, side):
    prices = [
        hit.row.summary.price_fen_per_t
        for hit in market(session, Criteria(side=side, sort=Sort.PRICE)).all_hits()
    ]
    told = [price for price in prices if price is not None]
    assert told == sorted(told, reverse=side is Side.WANT)
    assert all(price is None for price in prices[len(told) :])


def test_freight_charges_each_rate_for_its_own_kilometres():
    freight = Freight(((50.0, 0.7), (200.0, 0.4), (float("inf"), 0.3)))
    # 40 km: 40 x 0.7 = 28 yuan; 100 km: 50 x 0.7 + 50 x 0.4 = 55; 300 km: 35 + 60 + 100 x 0.3 = 125
    assert [freight.fen_per_t(km * 1000) for km in (0, 40, 100, 300)] == [0, 2800, 5500, 12500]
    assert Freight(()).fen_per_t(1000) is None


def test_offers_add_freight_and_wants_lose_it(session, listings):
    freight = Freight(((float("inf"), 1.0),))
    for side, sign in ((Side.OFFER, 1), (Side.WANT, -1)):
        asked = market(session, Criteria(side=side, near=HERE, radius_km=200))
        asked.freight = freight
        asked.near = asked._near()
        for hit in asked.all_hits():
            price = hit.row.summary.price_fen_per_t
            if price is not None:
                road_fen = round(hit.near.road_m / 1000 * 100)
                assert hit.delivered_fen_per_t == price + sign * road_fen


def test_the_number_of_statements_does_not_grow_with_the_listings(session, listings, engine):
    counted = []

    def count(*_args):
        counted.append(1)

    for listing, _site in listings:
        make_assay(session, listing, {"LOI": (1, 2, "%")})
    session.commit()
    session.expunge_all()
    sa.event.listen(engine, "before_cursor_execute", count)
    market(session, Criteria(near=HERE)).result()
    few = len(counted)
    for listing, site in listings[:20]:
        for _copy in range(3):
            extra = make_listing(session, site=site, material_id=listing.material_id)
            make_assay(session, extra, {"LOI": (1, 2, "%")})
    session.commit()
    session.expunge_all()
    counted.clear()
    market(session, Criteria(near=HERE)).result()
    assert len(counted) == few
    assert few <= 15


def test_pages_cover_the_set_without_overlap(session, listings):
    site = make_site(session)
    for _number in range(PAGE_SIZE + 5):
        make_listing(session, site=site, material_id="red_mud", note="一批")
    session.commit()
    criteria = Criteria(q="一批")
    pages = [market(session, replace(criteria, page=n)).result() for n in (1, 2, 99)]
    ids = [hit.row.summary.id for page in pages[:2] for hit in page.hits]
    assert len(ids) == len(set(ids)) == PAGE_SIZE + 5
    assert pages[1].hits[0].number == PAGE_SIZE + 1
    assert pages[2].page == 2


def test_the_grade_of_a_lot_is_kept_for_counting(session, listings):
    listing = make_listing(session, site=make_site(session))
    session.commit()
    assert dict(market(session, Criteria()).facet("grade"))["untested"] > 0
    make_assay(session, listing, {"LOI": (4, 5, "%")})
    session.commit()
    assert dict(market(session, Criteria()).facet("grade"))["ungraded"] == 1


def test_a_price_range_needs_five_firms(session):
    def offer(price):
        make_listing(session, site=make_site(session), price_fen_per_t=price)

    for price in (100, 200, 300, 400):
        offer(price)
    assert home.board(session, TODAY).rows[0].price_low is None
    offer(500)
    row = home.board(session, TODAY).rows[0]
    # inclusive deciles of 100..500 in steps of 100: 140 and 460
    assert (row.price_low, row.price_high) == (140, 460)


def test_five_listings_of_one_firm_are_one_firm(session):
    site = make_site(session)
    for price in (100, 200, 300, 400, 500):
        make_listing(session, site=site, price_fen_per_t=price)
    assert not home.board(session, TODAY).has_prices


def test_the_board_adds_up_declared_and_estimated_apart(session):
    make_listing(session, mass_kg_per_year=12_000_000)
    make_listing(session, mass_kg_per_year=24_000_000, basis=Basis.ESTIMATE)
    make_listing(session, side=Side.WANT, mass_kg_per_year=6_000_000)
    make_listing(session, state=State.WITHDRAWN)
    make_listing(session, expires_on=date(2020, 1, 1))
    board = home.board(session, TODAY)
    row = board.rows[0]
    assert (row.offered_kg, row.offered_estimate_kg, row.wanted_kg) == (1e6, 2e6, 5e5)
    assert (board.offers, board.wants, board.estimates) == (1, 1, 1)
    assert [r.material_id for r in board.plenty] == ["fly_ash"]
