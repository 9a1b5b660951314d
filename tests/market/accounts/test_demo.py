import sqlalchemy as sa

from market.accounts import demo
from market.accounts.models import User
from market.accounts.queries import demo_accounts
from market.accounts.rules import Role
from tests.conftest import NOW


def test_each_role_has_one_demonstration_account(session):
    assert demo.load(session, NOW) == 4
    assert sorted(user.role for user in demo_accounts(session)) == sorted(Role)


def test_loading_again_adds_nobody_and_changes_no_password(session):
    demo.load(session, NOW)
    before = session.scalars(sa.select(User.password).order_by(User.id)).all()
    assert demo.load(session, NOW) == 0
    assert session.scalars(sa.select(User.password).order_by(User.id)).all() == before
