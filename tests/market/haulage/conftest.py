import pytest
from sqlalchemy.orm import Session

from tests.market.haulage.world import World, make_world


@pytest.fixture
def world(session: Session) -> World:
    return make_world(session)
