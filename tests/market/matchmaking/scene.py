"""A market small enough to solve by hand.

Two power plants offer fly ash, two mills want it. Along the 34.7 N parallel a degree of longitude
is 111.195 km x cos(34.7 deg) = 91.42 km; distances below are therefore about 9.14, 18.3, ... km.

          0.0      0.1      0.2      0.3   degrees east of 112.0
          North    Mill A   South    Mill B
          100 kt   80 kt    50 kt    40 kt
"""

from dataclasses import dataclass
from itertools import count
from typing import Any

from sqlalchemy.orm import Session

from market.accounts.rules import Actor, Role
from market.catalogue.models import Acceptance, Composition, Factor, Limit, PolicyRule, Stoppage
from market.catalogue.rules import (
    Allowed,
    Basis,
    Behaviour,
    Confidence,
    FactorKind,
    LimitType,
    MaterialKind,
    Operator,
    Scope,
    Severity,
    Standing,
    Topic,
    Verified,
)
from market.listings.models import Listing
from market.listings.rules import Side
from market.orgs import rules as orgs
from tests.factories import (
    make_assay,
    make_listing,
    make_material,
    make_org,
    make_process,
    make_user,
)
from tests.factories import make_site as site_of

LAT, LON = 34.7, 112.0
_positions = count(1)


def evidence() -> dict[str, Any]:
    return {
        "position": next(_positions),
        "source": "test",
        "verified": Verified.SEEN,
        "confidence": Confidence.HIGH,
    }


def make_acceptance(session: Session, process_id: str, material_id: str, **fields: Any) -> None:
    row = {
        "id": f"{process_id}.{material_id}",
        "process_id": process_id,
        "material_id": material_id,
        "role_zh": "混合材",
        "role_en": "main admixture",
        "allowed": Allowed.YES,
        "max_exclusive": False,
        "limit_type": LimitType.STANDARD,
        **evidence(),
    }
    session.add(Acceptance(**{**row, **fields}))
    session.flush()


def make_limit(session: Session, process_id: str, material_id: str | None, **fields: Any) -> None:
    row = {
        "id": f"limit-{next(_positions)}",
        "process_id": process_id,
        "material_id": material_id,
        "grades": [],
        "scope": Scope.MATERIAL,
        "property": "LOI",
        "operator": Operator.AT_MOST,
        "value": 8.0,
        "unit": "%",
        "severity": Severity.BLOCK,
        "standard": "GB/T 1596-2017",
        "clause": "T2",
        "standing": Standing.IN_FORCE,
        **evidence(),
    }
    session.add(Limit(**{**row, **fields}))
    session.flush()


def make_factor(
    session: Session, factor_id: str, kind: FactorKind, value: float, **fields: Any
) -> None:
    row = {
        "id": factor_id,
        "kind": kind,
        "name_zh": factor_id,
        "name_en": factor_id,
        "value": value,
        "unit": "yuan/t",
        "material_ids": [],
        "process_ids": [],
        **evidence(),
    }
    session.add(Factor(**{**row, **fields}))
    session.flush()


def make_rule(session: Session, rule_id: str, behaviour: Behaviour, **fields: Any) -> None:
    row = {
        "id": rule_id,
        "topic": Topic.TRANSFER,
        "behaviour": behaviour,
        "applies_zh": "出省",
        "applies_en": "out of province",
        "material_ids": [],
        "article": "476",
        "text_zh": "跨省",
        "text_en": "across provinces",
        **evidence(),
    }
    session.add(PolicyRule(**{**row, **fields}))
    session.flush()


def make_stoppage(session: Session, **fields: Any) -> None:
    row = {
        "id": "K1-HA",
        "rule_id": "K1",
        "province": "Henan",
        "region_zh": "河南",
        "region_en": "Henan",
        "process_ids": ["clinker"],
        "first_day": "11-15",
        "last_day": "03-15",
        **evidence(),
    }
    session.add(Stoppage(**{**row, **fields}))
    session.flush()


def make_catalogue(session: Session) -> None:
    """Fly ash into cement, its loss on ignition limited to 8 %, with round factors."""
    make_material(
        session, "fly_ash", name_zh="粉煤灰", name_en="Fly ash",
        moisture_share_min=0.0, moisture_share_max=0.2,
    )  # fmt: skip
    make_material(session, "cfb_ash", name_zh="流化床灰", name_en="CFB ash")
    make_material(session, "clinker", kind=MaterialKind.VIRGIN, family="mine")
    make_process(session, "cement_po", name_zh="普通水泥粉磨", name_en="Cement grinding")
    make_acceptance(session, "cement_po", "fly_ash", replaces_id="clinker", replacement_ratio=1.0)
    make_acceptance(
        session, "cement_po", "cfb_ash", allowed=Allowed.NO,
        note_zh="不属于粉煤灰", note_en="not fly ash",
    )  # fmt: skip
    make_limit(session, "cement_po", "fly_ash")
    session.add(
        Composition(
            material_id="fly_ash", component="LOI", low=2.0, high=7.0, unit="%",
            basis=Basis.DRY, **evidence(),
        )
    )  # fmt: skip
    make_factor(session, "fr_short", FactorKind.LOGISTICS, 0.7)
    make_factor(session, "fr_medium", FactorKind.LOGISTICS, 0.4)
    make_factor(session, "fr_long", FactorKind.LOGISTICS, 0.3)
    make_factor(session, "disp_class1", FactorKind.DISPOSAL_COST, 50)
    make_factor(session, "pr_clinker", FactorKind.PRICE, 200, material_ids=["clinker"])
    make_factor(
        session, "co2_clinker", FactorKind.EMBODIED, 0.8, unit="t/t", material_ids=["clinker"]
    )
    make_factor(session, "pr_cea", FactorKind.PRICE, 100, unit="yuan/tCO2")
    make_factor(session, "tr_heavy_diesel_truck_30_t", FactorKind.TRANSPORT_CO2, 0.1)


def place(session: Session, degrees_east: float, name: str, **fields: Any) -> Any:
    org = make_org(
        session, name_zh=name, name_en=name, standing=fields.pop("standing", orgs.Standing.DEMO)
    )
    return site_of(
        session, org=org, name_zh=name, name_en=name, lat=LAT, lon=LON + degrees_east, **fields
    )


@dataclass(frozen=True)
class Market:
    north: Listing
    south: Listing
    mill_a: Listing
    mill_b: Listing


def make_market(session: Session) -> Market:
    make_catalogue(session)

    def offer(degrees_east: float, name: str, kilotonnes: int) -> Listing:
        return make_listing(
            session, site=place(session, degrees_east, name),
            mass_kg_per_year=kilotonnes * 1_000_000,
        )  # fmt: skip

    def want(degrees_east: float, name: str, kilotonnes: int) -> Listing:
        return make_listing(
            session, site=place(session, degrees_east, name), side=Side.WANT,
            mass_kg_per_year=kilotonnes * 1_000_000,
        )  # fmt: skip

    market = Market(
        north=offer(0.0, "North", 100),
        mill_a=want(0.1, "Mill A", 80),
        south=offer(0.2, "South", 50),
        mill_b=want(0.3, "Mill B", 40),
    )
    for listing in (market.north, market.south):
        make_assay(session, listing, {"LOI": (3.0, 4.0, "%")})
    session.commit()
    return market


def actor_of(session: Session, role: Role = Role.PARK_MANAGER) -> Actor:
    user = make_user(session, role=role)
    session.commit()
    return Actor(user.id, role, user.name_zh, user.name_en)


@dataclass(frozen=True)
class KilnMarket:
    ash: Listing
    kiln: Listing


def make_kiln_market(session: Session) -> KilnMarket:
    """120 kt of ash a year with 2 of 15 kt of room taken, and one kiln that wants as much.

    The kiln stands from 15 November to 15 March by rule K1.
    """
    make_catalogue(session)
    make_process(session, "clinker", name_zh="水泥熟料", name_en="Clinker raw meal")
    make_acceptance(session, "clinker", "fly_ash", replaces_id="clinker", replacement_ratio=1.0)
    make_rule(session, "K1", Behaviour.WARN, topic=Topic.KILN)
    make_stoppage(session)
    market = KilnMarket(
        ash=make_listing(
            session, site=place(session, 0.0, "Plant"), mass_kg_per_year=120_000_000,
            stock_kg=2_000_000, storage_kg=15_000_000,
        ),
        kiln=make_listing(
            session, site=place(session, 0.1, "Kiln"), side=Side.WANT, process_id="clinker",
            mass_kg_per_year=120_000_000,
        ),
    )  # fmt: skip
    session.commit()
    return market
