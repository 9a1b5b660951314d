"""What holds for every page."""

import pytest

from market.errors import DomainError
from market.web.language import local_path
from market.web.messages import words_for


def test_every_response_carries_the_strict_policy(client):
    policy = client.get("/nowhere").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


@pytest.mark.parametrize(
    ("cookie", "tag"), [("", "zh-Hans"), ("lang=en", "en"), ("lang=xx", "zh-Hans")]
)
def test_an_unknown_page_says_so_in_the_readers_language(client, cookie, tag):
    response = client.get("/nowhere", headers={"Cookie": cookie} if cookie else {})
    assert response.status_code == 404
    assert f'lang="{tag}"' in response.text


def test_choosing_a_language_keeps_the_page(client):
    response = client.get("/language/en?next=/market%3Fq%3D灰")
    assert response.status_code == 303
    assert response.headers["Location"].startswith("/market?q=")
    assert client.get_cookie("lang").value == "en"
    assert client.get("/language/fr").status_code == 404


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil", "x"])
def test_no_redirect_leaves_the_site(target):
    assert local_path(target) == "/"


@pytest.mark.parametrize("raw", ["0", "-3", "x", "9" * 20, "٣", ""])
def test_a_page_number_nobody_can_mean_is_the_first(app, raw):
    from market.web.pagination import requested_page

    with app.test_request_context(f"/?page={raw}"):
        assert requested_page() == 1


def test_an_unknown_code_shows_itself(app):
    with app.test_request_context("/"):
        assert words_for(DomainError("no_such_words")) == "no_such_words"


@pytest.mark.parametrize("page", ["/orgs", "/listings", "/runs", "/haulage/plans"])
def test_a_number_no_row_can_have_is_not_found(client, page):
    assert client.get(f"{page}/{10**23}").status_code == 404
