import pytest

from market.accounts.policy import roles, signed_in
from market.accounts.rules import Actor, Role

STAFF = Actor(1, Role.STAFF, "平台", "Staff")
PRODUCER = Actor(2, Role.PRODUCER, "产废", "Producer", org_id=7)


def test_an_anonymous_person_is_neither_signed_in_nor_of_any_role():
    assert not signed_in(None)
    assert not roles(*Role)(None)


def test_a_rule_lets_in_the_roles_it_names_and_no_other():
    rule = roles(Role.STAFF, Role.PARK_MANAGER)
    assert rule(STAFF)
    assert not rule(PRODUCER)
    assert signed_in(PRODUCER)


def test_a_rule_that_would_let_nobody_in_is_a_mistake():
    with pytest.raises(ValueError, match="nobody"):
        roles()
