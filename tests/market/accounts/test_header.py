"""The header offers what the person may do, and nothing that ends in a refusal."""

import re

import pytest

from market.accounts.rules import Role
from tests.factories.orgs import make_org


def main_action(html: str) -> str:
    found = re.search(r'<a class="wj-btn wj-btn-primary" href="([^"]+)"', html)
    return found[1] if found else ""


def test_a_visitor_is_invited_to_post(client):
    assert main_action(client.get("/").text) == "/listings/new"


@pytest.mark.parametrize(
    ("role", "address"),
    [
        (Role.PRODUCER, "/listings/new"),
        (Role.RECEIVER, "/listings/new"),
        (Role.PARK_MANAGER, "/runs/new"),
        (Role.STAFF, "/runs/new"),
    ],
)
def test_the_brightest_button_leads_where_the_role_may_go(sign_in, session, role, address):
    org = make_org(session) if role in {Role.PRODUCER, Role.RECEIVER} else None
    client = sign_in(role, org.id if org else None)
    page = client.get("/")
    assert main_action(page.text) == address
    assert client.get(address).status_code == 200


def test_a_refusal_does_not_ask_someone_signed_in_to_sign_in(sign_in):
    page = sign_in(Role.PARK_MANAGER).get("/listings/new")
    assert page.status_code == 403
    assert "/sign-in" not in page.text
