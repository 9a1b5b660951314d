"""The demonstration's offers and wants, checked against the catalogue's own data files."""

from collections import Counter
from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import selectinload

from market.listings import demo as listings
from market.listings.models import Assay, Listing
from market.listings.rules import Basis, Side, State
from market.orgs import demo as orgs
from market.orgs.models import Line
from market.parks import demo as parks
from market.parks import queries as conversions
from tests.conftest import NOW
from tests.market.orgs import catalogue

PRICE_FACTORS = {  # listing -> the factor whose range its ex-works price must lie in
    "beimang-ash": "pr_flyash_2",
    "gushui-ash": "pr_flyash_2",
    "gantang-ash": "pr_flyash_2",
    "qingyao-ash": "pr_flyash_wet",
    "beimang-gypsum": "pr_fgd",
    "heyang-slag": "pr_gran_slag",
    "heyang-steel-fresh": "pr_steel_slag",
    "heyang-steel-aged": "pr_steel_slag",
    "longtan-mud": "pr_redmud",
    "heqing-carbide": "pr_carbide",
    "heqing-gypsum-new": "pr_pg",
    "heqing-gypsum-old": "pr_pg",
    "shouan-gangue": "pr_gangue",
    "jianhe-scrap": "pr_scrap_steel",
    "jianhe-tyres": "pr_tyres",
    "jianhe-lead": "pr_lab",
}


@pytest.fixture
def loaded(session):
    catalogue.add_ids(session)
    orgs.load(session, NOW)
    listings.load(session, NOW)
    return session


def all_listings(session, *where):
    return session.scalars(sa.select(Listing).where(*where).order_by(Listing.key)).all()


def test_each_plant_offers_or_wants_fly_ash_as_an_estimate_without_price(loaded):
    estimates = all_listings(loaded, Listing.basis == Basis.ESTIMATE)
    assert Counter(listing.side for listing in estimates) == {Side.OFFER: 44, Side.WANT: 39}
    for listing in estimates:
        assert listing.material_id == "fly_ash"
        assert listing.price_fen_per_t is None
        assert listing.process_id == (None if listing.side == Side.OFFER else "cement_po")
        assert listing.expires_on == NOW.date() + timedelta(days=365)
    datang = next(row for row in estimates if row.key == "estimate-L100646")
    assert datang.mass_kg_per_year == 184_320_000


def test_every_family_is_on_offer_and_has_somebody_who_wants_it(loaded):
    family = {row["id"]: row["family"] for row in catalogue.rows("materials")}
    for side in Side:
        declared = all_listings(loaded, Listing.basis == Basis.DECLARED, Listing.side == side)
        seen = {family[listing.material_id] for listing in declared}
        assert seen == {"ash", "slag", "mud", "gypsum", "mine", "chem", "metal", "hazard"}, side


def test_all_is_open_and_loading_again_adds_nothing(loaded):
    assert {listing.state for listing in all_listings(loaded)} == {State.OPEN}
    assert listings.load(loaded, NOW + timedelta(days=1)) == 0


def test_only_invented_firms_say_what_comes_out_and_only_once(loaded):
    assert parks.load(loaded, NOW) == 1
    assert parks.load(loaded, NOW + timedelta(days=1)) == 0
    (row,) = conversions.visible(loaded, None, NOW.date())
    assert (row.end.standing, row.takes_id, row.makes_id) == ("demo", "waste_tyres", "scrap_steel")


def test_assays_speak_the_catalogue_s_properties_and_units():
    known = {(row["material_id"], row["property"], row["unit"]) for row in catalogue.rows("limits")}
    known |= {("", row["property"], row["unit"]) for row in catalogue.rows("limits")}
    known |= {
        (row["material_id"], row["component"], row["unit"])
        for row in catalogue.rows("compositions")
    }
    material = {row["key"]: row["material_id"] for row in listings._rows("offers")}
    of_report = {row["report_no"]: material[row["offer"]] for row in listings._rows("assays")}
    for row in listings._rows("assay_values"):
        what = (row["property"], row["unit"])
        assert (of_report[row["report_no"]], *what) in known or ("", *what) in known, row


def test_a_want_is_for_something_its_process_may_take_and_within_the_share(loaded):
    uses = {(row["process_id"], row["material_id"]): row for row in catalogue.rows("acceptances")}
    lines = {line.id: line for line in loaded.scalars(sa.select(Line))}
    wants = all_listings(loaded, Listing.basis == Basis.DECLARED, Listing.side == Side.WANT)
    for want in wants:
        use = uses[want.process_id, want.material_id]
        assert use["allowed"] != "no", want.key
        if use["share_basis"] in {"cement_mass", "dry_mix", "dry_body", "charge"}:
            most = float(use["max_share"] or 1) * lines[want.line_id].output_kg_per_year
            assert want.mass_kg_per_year <= most, want.key


def test_prices_lie_in_the_ranges_of_the_catalogue_s_factors(loaded):
    factors = {row["id"]: row for row in catalogue.rows("factors")}
    offers = {listing.key: listing for listing in all_listings(loaded)}
    for key, factor_id in PRICE_FACTORS.items():
        factor = factors[factor_id]
        yuan = offers[key].price_fen_per_t / 100
        assert float(factor["low"]) <= yuan <= float(factor["high"]), key


def test_one_report_has_expired_and_the_others_hold(loaded):
    expired = loaded.scalars(sa.select(Assay).where(Assay.expires_on < NOW.date())).all()
    assert [assay.report_no for assay in expired] == ["示例-FA-0426"]


@pytest.mark.parametrize(
    ("key", "name", "low_or_high", "limit"),
    [
        ("qingyao-ash", "LOI", "high", 8.0),  # above what P·O takes and above class III
        ("heqing-gypsum-old", "IRa", "high", 1.0),
        ("heyang-steel-fresh", "f-CaO", "high", 3.0),
        ("beimang-gypsum", "Cl", "high", 100),
    ],
)
def test_some_lots_break_a_limit_so_that_refusals_are_seen(loaded, key, name, low_or_high, limit):
    listing = loaded.scalars(
        sa.select(Listing)
        .where(Listing.key == key)
        .options(selectinload(Listing.assays).selectinload(Assay.values))
    ).one()
    value = next(v for v in listing.assays[0].values if v.property == name)
    assert getattr(value, low_or_high) > limit
