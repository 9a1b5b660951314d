import pytest

from market.accounts.rules import Actor, Role
from market.catalogue.models import Limit
from market.catalogue.rules import Confidence, Operator, Scope, Severity, Standing, Verified
from tests.factories import make_material, make_org, make_process, make_site, make_user

FLY_ASH_LIMITS = {
    "residue_45um": (12, 30, 45),
    "water_requirement_ratio": (95, 105, 115),
    "LOI": (5, 8, 10),
}


@pytest.fixture
def catalogue(session):
    """Fly ash with the three graded limits of GB/T 1596-2017 table 1, and aluminium dross."""
    make_material(session, "fly_ash", name_zh="粉煤灰", name_en="Fly ash", waste_code="900-001-S02")
    make_material(
        session,
        "al_dross",
        name_zh="铝灰",
        name_en="Aluminium dross",
        legal_class="hazardous",
        family="hazard",
        hw_codes=["321-024-48"],
    )
    make_process(
        session, "concrete_admixture", name_zh="混凝土掺合料", name_en="Concrete admixture"
    )
    number = 0
    for name, values in FLY_ASH_LIMITS.items():
        for grade, value in zip(("I", "II", "III"), values, strict=True):
            number += 1
            session.add(
                Limit(
                    id=f"L{number}",
                    position=number,
                    process_id="concrete_admixture",
                    material_id="fly_ash",
                    grades=[grade],
                    variant="",
                    scope=Scope.MATERIAL,
                    property=name,
                    operator=Operator.AT_MOST,
                    value=value,
                    value_high=None,
                    unit="%",
                    severity=Severity.BLOCK,
                    standard="GB/T 1596-2017",
                    clause="表 1",
                    standing=Standing.IN_FORCE,
                    source="GB/T 1596-2017",
                    verified=Verified.SEEN,
                    confidence=Confidence.HIGH,
                )
            )
    session.commit()


@pytest.fixture
def firm(session, catalogue):
    org = make_org(session, name_zh="北邙热电", name_en="Beimang Power")
    site = make_site(session, org=org, name_zh="灰库", county_zh="孟津区", county_en="Mengjin")
    user = make_user(session, role=Role.PRODUCER, org_id=org.id)
    session.commit()
    actor = Actor(
        user.id, Role.PRODUCER, user.name_zh, user.name_en, org.id, org.name_zh, org.name_en
    )
    return actor, site


@pytest.fixture
def rival(session):
    org = make_org(session)
    user = make_user(session, role=Role.PRODUCER, org_id=org.id)
    session.commit()
    return Actor(
        user.id, Role.PRODUCER, user.name_zh, user.name_en, org.id, org.name_zh, org.name_en
    )


@pytest.fixture
def staff(session):
    user = make_user(session, role=Role.STAFF)
    session.commit()
    return Actor(user.id, Role.STAFF, user.name_zh, user.name_en)


@pytest.fixture
def producer(firm, sign_in):
    actor, site = firm
    return sign_in(Role.PRODUCER, actor.org_id), site
