"""The demonstration fleet and pick-ups load once, whole, and say what is assumed."""

from itertools import combinations

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.catalogue import demo as catalogue
from market.catalogue.queries import factors, materials
from market.db import transaction
from market.haulage import demo, queries
from market.haulage.cargo import licence_needed, rule_between
from market.haulage.models import CargoRule, Collection, Depot, Vehicle, VehicleType
from market.listings import demo as listings
from market.orgs import demo as orgs
from tests.conftest import NOW


@pytest.fixture
def loaded(session: Session) -> Session:
    with transaction(session):
        for part in (catalogue, orgs, listings, demo):
            part.load(session, NOW)
    return session


def test_loading_again_adds_nothing(loaded):
    with transaction(loaded):
        assert demo.load(loaded, NOW) == 0
    counts = [
        loaded.scalar(sa.select(sa.func.count()).select_from(table))
        for table in (Depot, VehicleType, Vehicle, Collection)
    ]
    assert counts == [3, 5, 16, 20]


def test_everything_invented_is_marked(loaded):
    rows = [*loaded.scalars(sa.select(Depot)), *loaded.scalars(sa.select(Vehicle))]
    rows += loaded.scalars(sa.select(Collection))
    assert {row.standing for row in rows} == {"demo"}
    assert all("示" in row.plate for row in loaded.scalars(sa.select(Vehicle)))


def test_a_kilometre_costs_what_the_catalogues_freight_rate_says(loaded):
    rate = factors(loaded)["fr_medium"].value * factors(loaded)["fr_tanker"].value
    tanker = loaded.scalars(sa.select(VehicleType).where(VehicleType.kind == "tanker")).one()
    # Yuan per tonne-kilometre x 30 t, shared over the way out and the empty way back.
    assert tanker.fen_per_km == round(rate * 30 / 2 * 100)
    assert str(factors(loaded)["fr_medium"].value) in tanker.cost_source_zh


def test_every_pick_up_has_a_truck_that_may_fetch_it(loaded):
    vehicles = queries.fleet(loaded)
    licences = {name for vehicle in vehicles for name in vehicle.type.licences}
    rows = queries.pick_ups(loaded)
    assert len(rows) == 20
    for row in rows:
        material = row.material
        need = licence_needed(material.legal_class, material.hw_codes, material.un_no, None)
        assert need is None or need in licences
        assert row.collection.mass_kg <= max(vehicle.type.capacity_kg for vehicle in vehicles)


def test_each_weekday_but_sunday_has_pick_ups(loaded):
    from datetime import date, timedelta

    monday = date(2026, 11, 23)
    counts = [len(queries.pick_ups(loaded, monday + timedelta(days=n))) for n in range(7)]
    assert min(counts[:6]) >= 10
    assert counts[6] == 0


def kinds(session):
    return {row.id: (row.id, row.family) for row in materials(session)}


def test_every_pair_of_materials_has_a_rule_with_a_reason(loaded):
    rules, known = queries.cargo_rules(loaded), kinds(loaded)
    missing = [
        pair
        for pair in combinations(known, 2)
        if rule_between(rules, *(known[name] for name in pair)) is None
    ]
    assert missing == []
    names = {name for rule in rules for name in (*rule.one, *rule.other)}
    assert names <= known.keys() | {family for _name, family in known.values()}
    assert all(rule.reason_zh and rule.reason_en for rule in rules)
    assert all(rule.cleaning_s == 0 for rule in rules if rule.together)


@pytest.mark.parametrize(
    ("one", "other", "minutes", "reason"),
    [
        ("steel_slag", "bottom_ash", 30, "soundness"),
        ("steel_slag", "scrap_steel", 0, "in scrap is deducted"),
        ("phosphogypsum", "fgd_gypsum", 30, "phosphorus"),
        ("sewage_sludge", "fly_ash", 40, "organic matter"),
        ("sewage_sludge", "construction_waste", 40, "organic matter"),
        ("red_mud_bayer", "fly_ash", 40, "alkaline"),
        ("bottom_ash", "construction_waste", 0, "do not stick"),
        ("al_dross", "mo_w_tailings", 60, "Hazardous"),
        ("al_dross", "lead_acid_battery", 60, "Two hazardous"),
        ("black_mass", "sewage_sludge", 40, "organic matter"),
    ],
)
def test_the_closest_rule_holds_both_ways_round(loaded, one, other, minutes, reason):
    rules, known = queries.cargo_rules(loaded), kinds(loaded)
    rule = rule_between(rules, known[one], known[other])
    assert rule is rule_between(rules, known[other], known[one])
    assert (rule.cleaning_s, rule.together) == (minutes * 60, False)
    assert reason in rule.reason_en


def test_a_changed_rule_is_put_right_by_loading_again(loaded):
    with transaction(loaded):
        count = len(queries.cargo_rules(loaded))
        loaded.scalars(sa.select(CargoRule)).first().cleaning_s = 1
    with transaction(loaded):
        assert demo.load(loaded, NOW) == count
    assert loaded.scalar(sa.select(sa.func.count()).where(CargoRule.cleaning_s == 1)) == 0
