"""The demonstration fleet and pick-ups load once, whole, and say what is assumed."""

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.catalogue import demo as catalogue
from market.catalogue.queries import factors
from market.db import transaction
from market.haulage import demo, queries
from market.haulage.cargo import licence_needed
from market.haulage.models import Collection, Depot, Vehicle, VehicleType
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
