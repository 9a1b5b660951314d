"""Demonstration depots, trucks and small pick-ups around Luoyang; all invented, marked 示例."""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.catalogue.models import Factor
from market.catalogue.queries import factors
from market.datafiles import Record, read_records
from market.haulage.models import CargoRule, Collection, Depot, Vehicle, VehicleType
from market.haulage.rules import Basis, RuleBasis
from market.listings.models import Listing
from market.listings.rules import Side, State
from market.money import fen_from_yuan
from market.orgs.models import Organisation
from market.orgs.rules import Standing
from market.quantities import kg_from_tonnes

DATA = Path(__file__).parent / "data"


def load(session: Session, now: datetime) -> int:
    """Add what is missing, by key, in the caller's transaction. Returns rows added."""
    del now
    added = _add_depots(session) + _add_types(session) + _add_cargo_rules(session)
    session.flush()
    added += _add_vehicles(session) + _add_collections(session)
    session.flush()
    return added


def _rows(name: str) -> Iterator[Record]:
    return read_records(DATA / f"{name}.csv")


def _ids(session: Session, table: type[Depot | VehicleType | Collection]) -> dict[str, int]:
    return dict(session.execute(sa.select(table.key, table.id)).all())


def _named(row: Record) -> dict[str, Any]:
    texts = ("key", "name_zh", "name_en", "county_zh", "county_en")
    return {
        **{name: row[name] for name in texts},
        "lat": row.read("lat", float),
        "lon": row.read("lon", float),
        "standing": Standing.DEMO,
    }


def _add_depots(session: Session) -> int:
    known = _ids(session, Depot)
    new = [Depot(**_named(row)) for row in _rows("depots") if row["key"] not in known]
    session.add_all(new)
    return len(new)


def _add_types(session: Session) -> int:
    known = _ids(session, VehicleType)
    found = factors(session)
    new = [_vehicle_type(row, found) for row in _rows("vehicle_types") if row["key"] not in known]
    session.add_all(new)
    return len(new)


def _vehicle_type(row: Record, found: dict[str, Factor]) -> VehicleType:
    """Take the kilometre price from the catalogue's freight rate; the rest is assumed.

    A rate per tonne-kilometre pays for the loaded way and the empty way back, so half of rate x
    payload is what one kilometre costs whichever way it is driven.
    """
    names = [name for name in ("freight_factor", "surcharge_factor") if row[name]]
    used = [row.find(name, found, "factors.csv") for name in names]
    capacity_kg = row.read("capacity_kg", int)
    yuan_per_km = Decimal(capacity_kg) / 1000 / 2
    for factor in used:
        yuan_per_km *= Decimal(str(factor.value))
    return VehicleType(
        key=row["key"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        kind=row["kind"],
        capacity_kg=capacity_kg,
        families=row["families"].split(),
        licences=row["licences"].split(),
        fixed_fen=row.read("fixed_yuan", fen_from_yuan),
        fen_per_h=row.read("yuan_per_h", fen_from_yuan),
        fen_per_km=fen_from_yuan(yuan_per_km),
        cost_basis=Basis.ASSUMPTION,
        cost_source_zh="每公里 = "
        + " × ".join(f"{factor.name_zh} {factor.value:g}" for factor in used)
        + f" × {capacity_kg // 1000} 吨 ÷ 2（回程空驶摊入）；每天、每小时为示例假设",
        cost_source_en="per km = "
        + " × ".join(f"{factor.name_en} {factor.value:g}" for factor in used)
        + f" × {capacity_kg // 1000} t ÷ 2 (empty return shared in); "
        "per day and per hour are demonstration assumptions",
    )


def _add_cargo_rules(session: Session) -> int:
    """Make the rules equal to the file's; a changed table is written anew."""
    stored = [_told(row) for row in session.scalars(sa.select(CargoRule))]
    new = [_cargo_rule(row) for row in _rows("cargo_rules")]
    if stored == [_told(row) for row in new]:
        return 0
    session.execute(sa.delete(CargoRule))
    session.add_all(new)
    return len(new)


def _cargo_rule(row: Record) -> CargoRule:
    return CargoRule(
        position=row.number,
        one=row["one"].split(),
        other=row["other"].split(),
        together=row.read("together", ("no", "yes").index) == 1,
        cleaning_s=row.read("cleaning_min", int) * 60,
        basis=row.read("basis", RuleBasis),
        reason_zh=row["reason_zh"],
        reason_en=row["reason_en"],
    )


def _told(rule: CargoRule) -> tuple[object, ...]:
    return tuple(getattr(rule, column.key) for column in sa.inspect(CargoRule).columns)


def _seconds(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 3600 + int(minutes) * 60


def _span_s(text: str) -> tuple[int, int]:
    opens, closes = text.split("-")
    return _seconds(opens), _seconds(closes)


def _weekdays(text: str) -> list[int]:
    return [int(day) for day in text.split()]


def _add_vehicles(session: Session) -> int:
    known = set(session.scalars(sa.select(Vehicle.number)))
    types, depots = _ids(session, VehicleType), _ids(session, Depot)
    new = []
    for row in _rows("vehicles"):
        if row.read("number", int) in known:
            continue
        starts_s, ends_s = row.read("shift", _span_s)
        new.append(
            Vehicle(
                number=row.read("number", int),
                plate=row["plate"],
                driver_zh=row["driver_zh"],
                driver_en=row["driver_en"],
                standing=Standing.DEMO,
                type_id=row.find("type", types, "vehicle_types.csv"),
                depot_id=row.find("depot", depots, "depots.csv"),
                shift_starts_s=starts_s,
                shift_ends_s=ends_s,
            )
        )
    session.add_all(new)
    return len(new)


def _add_collections(session: Session) -> int:
    """Leave out a pick-up whose material no demonstration firm asks for: it has nowhere to go."""
    known, wants = _ids(session, Collection), _demo_wants(session)
    new = []
    for row in _rows("collections"):
        if row["key"] in known or row["material"] not in wants:
            continue
        opens_s, closes_s = row.read("window", _span_s)
        new.append(
            Collection(
                **_named(row),
                material_id=row["material"],
                form=row["form"],
                want_id=wants[row["material"]],
                mass_kg=row.read("mass_t", kg_from_tonnes),
                weekdays=row.read("weekdays", _weekdays),
                service_s=row.read("service_min", int) * 60,
                window_opens_s=opens_s,
                window_closes_s=closes_s,
            )
        )
    session.add_all(new)
    return len(new)


def _demo_wants(session: Session) -> dict[str, int]:
    """Return the first open want of a demonstration firm for each material."""
    statement = (
        sa.select(Listing.material_id, sa.func.min(Listing.id))
        .join(Organisation, Organisation.id == Listing.org_id)
        .where(
            Listing.side == Side.WANT,
            Listing.state == State.OPEN,
            Organisation.standing == Standing.DEMO,
        )
        .group_by(Listing.material_id)
    )
    return dict(session.execute(statement).all())
