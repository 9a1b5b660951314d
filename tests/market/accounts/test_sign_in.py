"""Signing in as a person does it: over HTTP, with the form's own token."""

import re
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher

from market.accounts.models import SignInFailure
from market.accounts.passwords import hash_password
from market.accounts.queries import must_wait
from market.accounts.rules import FAILURE_WINDOW, FAILURES_PER_ACCOUNT, FAILURES_PER_ADDRESS, Role
from market.web.access import current_actor
from tests.factories import make_user

EMAIL, PASSWORD = "lan@example.org", "right horse"


@pytest.fixture
def user(session):
    user = make_user(
        session, email=EMAIL, password=hash_password(PASSWORD), role=Role.STAFF, name_en="Lan"
    )
    session.commit()
    return user


def send(client, email=EMAIL, password=PASSWORD, **fields):
    return client.post("/sign-in", data={"email": email, "password": password, **fields})


def who(client):
    with client:
        client.get("/sign-in")
        return current_actor()


def test_the_right_password_signs_in_and_returns_to_the_wanted_page(client, user):
    answer = send(client, next="/listings?page=2")
    assert (answer.status_code, answer.location) == (303, "/listings?page=2")
    assert who(client).user_id == user.id
    assert who(client).role is Role.STAFF


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:x", ""]
)
def test_next_never_leads_off_this_site(client, user, target):
    assert send(client, next=target).location == "/"


def test_email_is_known_whatever_its_case(client, user):
    assert send(client, email="LAN@Example.org").status_code == 303


@pytest.mark.parametrize(
    ("email", "password"),
    [(EMAIL, "left mule"), ("nobody@example.org", PASSWORD), ("no email", "left mule")],
)
def test_every_failure_reads_the_same_and_keeps_the_email(client, user, email, password):
    client.set_cookie("lang", "en")
    answer = send(client, email=email, password=password)
    assert answer.status_code == 422
    assert "Email or password is wrong." in answer.text
    assert f'value="{email}"' in answer.text
    assert password not in answer.text
    assert who(client) is None


def test_empty_fields_are_asked_for_and_count_as_no_failure(client, session, user):
    client.set_cookie("lang", "en")
    answer = send(client, email="", password="")
    assert answer.status_code == 422
    assert "Enter your email." in answer.text
    assert "Enter your password." in answer.text
    assert session.scalar(sa.select(sa.func.count(SignInFailure.id))) == 0


def test_the_libraries_own_words_do_not_reach_the_page(client, user):
    client.set_cookie("lang", "zh")
    page = send(client, password="wrong").text
    for words in ("Invalid", "Specified user", "Authentication failed", "Password not"):
        assert words not in page


def test_a_deactivated_person_is_kept_out_and_an_open_session_ends(client, session, user):
    send(client)
    assert who(client) is not None
    user.active = False
    session.commit()
    assert who(client) is None
    assert send(client).status_code == 422


def test_signing_out_is_a_post_and_ends_the_session(client, user):
    send(client)
    assert client.get("/sign-out").status_code == 405
    assert client.post("/sign-out").location == "/"
    assert who(client) is None


def test_an_anonymous_sign_out_is_sent_to_sign_in(client):
    answer = client.post("/sign-out")
    assert (answer.status_code, answer.location) == (303, "/sign-in")


def test_a_signed_in_person_is_not_asked_again(client, user):
    send(client)
    assert client.get("/sign-in?next=/listings").location == "/listings"


def test_after_five_wrong_passwords_even_the_right_one_must_wait(client, session, user):
    client.set_cookie("lang", "en")
    for _ in range(FAILURES_PER_ADDRESS):
        assert "is wrong" in send(client, password="wrong").text
    assert "Wait 15 minutes" in send(client).text
    session.execute(sa.update(SignInFailure).values(at=datetime.now(UTC) - FAILURE_WINDOW))
    session.commit()
    assert send(client).status_code == 303


def test_a_right_password_forgets_earlier_slips(client, session, user):
    send(client, password="wrong")
    send(client)
    assert session.scalar(sa.select(sa.func.count(SignInFailure.id))) == 0


def test_a_stranger_elsewhere_cannot_lock_the_owner_out(session):
    now = datetime.now(UTC)

    def fail(count, address):
        session.add_all(
            SignInFailure(email=EMAIL, remote_address=address, at=now) for _ in range(count)
        )
        session.flush()

    fail(FAILURES_PER_ADDRESS, "198.51.100.7")
    assert must_wait(session, email=EMAIL, remote_address="198.51.100.7", now=now)
    assert not must_wait(session, email=EMAIL, remote_address="203.0.113.1", now=now)
    later = now + FAILURE_WINDOW + timedelta(seconds=1)
    assert not must_wait(session, email=EMAIL, remote_address="198.51.100.7", now=later)
    fail(FAILURES_PER_ACCOUNT - FAILURES_PER_ADDRESS, "192.0.2.9")
    assert must_wait(session, email=EMAIL, remote_address="203.0.113.1", now=now)


def test_the_form_needs_its_token(app, client, user):
    app.config["WTF_CSRF_ENABLED"] = True
    assert send(client).status_code == 400
    token = re.search(r'name="csrf_token" value="([^"]+)"', client.get("/sign-in").text)
    assert send(client, csrf_token=token.group(1)).status_code == 303


def test_demo_accounts_are_listed_only_when_they_exist(client, session):
    from market.accounts import demo
    from tests.conftest import NOW

    assert demo.DEMO_PASSWORD not in client.get("/sign-in").text
    demo.load(session, NOW)
    session.commit()
    page = client.get("/sign-in").text
    assert demo.DEMO_PASSWORD in page
    for name in ("producer", "receiver", "park", "staff"):
        assert f"{name}@demo.wujin" in page
    assert send(client, "staff@demo.wujin", demo.DEMO_PASSWORD).status_code == 303


def test_a_password_hashed_with_old_parameters_is_hashed_anew_on_sign_in(client, session, user):
    user.password = PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1).hash(PASSWORD)
    session.commit()
    assert send(client).status_code == 303
    session.refresh(user)
    assert user.password.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    client.post("/sign-out")
    assert send(client).status_code == 303


def test_the_header_offers_what_the_person_can_do(client, user):
    page = client.get("/sign-in?next=/orgs").text
    assert 'action="/sign-out"' not in page
    send(client)
    page = client.get("/orgs").text
    assert 'action="/sign-out"' in page
    assert 'href="/sign-in' not in page


def test_signing_in_from_a_page_leads_back_to_it(client):
    assert 'href="/sign-in?next=/orgs?standing%3Ddemo"' in client.get("/orgs?standing=demo").text


def test_a_control_without_error_or_hint_says_neither(client):
    assert '"None"' not in client.get("/sign-in").text
