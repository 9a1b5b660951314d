"""Posting in the browser's terms: steps, errors in words, denials, the page of one's own listings."""

import re

import pytest
import sqlalchemy as sa

from market.accounts.rules import Role
from market.listings import labels
from market.listings.models import Listing, ListingDraft
from market.listings.rules import Side, State
from tests.conftest import NOW
from tests.factories import make_line, make_listing, make_org, make_process, make_site
from tests.market.listings.posting import hidden, save, start
from tests.market.matchmaking.scene import make_acceptance


@pytest.fixture(params=["zh", "en"])
def language(request, client):
    client.set_cookie("lang", request.param)
    return request.param


def complete(client, site, draft_id=1):
    save(client, draft_id, "amount", mass_t="12,000", storage_t="8000", stock_t="2850")
    save(
        client,
        draft_id,
        "quality",
        value_0="18.6",
        value_1="98",
        value_2="3.9–4.2",
        sampled_on="2026-11-08",
    )
    save(client, draft_id, "place", site_id=str(site.id))
    return save(client, draft_id, "terms", kind="paid", price_yuan="95", disposal_yuan="50")


def test_five_steps_and_a_check_lead_to_an_open_listing(producer, session, language):
    client, site = producer
    answer = start(client)
    assert (answer.status_code, answer.location) == (303, "/drafts/1/amount")
    assert complete(client, site).location == "/drafts/1/check"
    words = {"zh": ("去核对", "下一步"), "en": ("Check your answers", "Next:")}[language]
    again = client.get("/drafts/1/amount").text
    assert words[0] in again
    assert words[1] not in again
    page = client.get("/drafts/1/check")
    assert labels.grade_label("II") in page.text or "II" in page.text
    done = client.post("/drafts/1/check", data={"declared": "y", "version": "1"})
    listing = session.scalars(sa.select(Listing)).one()
    assert done.location == f"/listings/{listing.id}"
    assert (listing.mass_kg_per_year, listing.price_fen_per_t) == (144_000_000, 9500)
    assert listing.waste_code == "900-001-S02"
    again = client.post("/drafts/1/check", data={"declared": "y", "version": "1"})
    assert again.location == done.location
    assert client.get("/drafts/1/terms").location == done.location
    assert client.get("/drafts/1/check").location == done.location
    assert session.scalar(sa.select(sa.func.count()).select_from(Listing)) == 1


def test_the_same_first_form_sent_twice_makes_one_draft(producer, session):
    client, _site = producer
    page = client.get("/listings/new?side=offer")
    data = {"material_id": "fly_ash", "form": "dry", "version": "0", "key": hidden(page, "key")}
    places = {client.post("/listings/new?side=offer", data=data).location for _ in range(2)}
    assert places == {"/drafts/1/amount"}
    assert session.scalar(sa.select(sa.func.count()).select_from(ListingDraft)) == 1


def test_a_want_asks_how_the_material_reaches_the_gate(producer):
    client, _site = producer
    assert "到厂形态" in client.get("/listings/new?side=want").text
    assert "到厂形态" not in client.get("/listings/new?side=offer").text


def test_a_hazardous_material_stops_and_explains(producer):
    client, _site = producer
    page = start(client, material_id="al_dross")
    assert page.status_code == 422
    assert "321-024-48" in page.text
    assert "危险废物必须填 8 位代码，如" in page.text
    assert "空着用目录里的" not in page.text
    saved = start(client, material_id="al_dross", waste_code="321-024-48")
    assert saved.status_code == 303
    assert "发布前要确认" in client.get("/drafts/1/check").text


def test_a_want_is_refused_a_process_that_does_not_take_the_material(producer, session):
    client, site = producer
    make_line(session, site=site, process_id="concrete_admixture")
    session.commit()
    page = client.post(
        "/listings/new?side=want",
        data={
            "material_id": "al_dross",
            "form": "dry",
            "process_id": "concrete_admixture",
            "version": 0,
        },
    )
    assert page.status_code == 422
    assert "不收这种物料" in page.text


def test_a_use_that_a_standard_forbids_is_refused_with_its_clause(producer, session):
    client, _site = producer
    make_process(session, "cement_po", name_zh="普通水泥", name_en="Ordinary cement")
    make_acceptance(
        session,
        "cement_po",
        "fly_ash",
        allowed="no",
        note_zh="列明的混合材里没有它",
        standard="GB 175-2023",
        clause="5.2",
    )
    make_acceptance(session, "concrete_admixture", "fly_ash")
    session.commit()
    data = {"material_id": "fly_ash", "form": "dry", "process_id": "cement_po", "version": 0}
    page = client.post("/listings/new?side=want", data=data)
    assert page.status_code == 422
    assert "不能用：列明的混合材里没有它（GB 175-2023 5.2）。收它的有：混凝土掺合料" in page.text


def test_typing_is_answered_with_the_verdict_and_nothing_is_saved(producer, session):
    client, _site = producer
    start(client)
    answer = client.post(
        "/drafts/1/verdict", data={"value_0": "18.6", "value_1": "98", "value_2": "4"}
    )
    assert "II 级" in answer.text
    assert 'hx-swap-oob="true"' in answer.text
    assert session.get_one(ListingDraft, 1).answers["readings"] == []


def test_the_tonnage_stays_exact_when_the_step_is_saved_unchanged(producer, session):
    client, site = producer
    listing = make_listing(session, site=site, mass_kg_per_year=100_000_001)
    session.commit()
    draft = client.post(f"/listings/{listing.id}/edit", data={"key": "e"}).location.split("/")[2]
    shown = re.search(
        r'name="mass_t"[^>]*value="([^"]*)"', client.get(f"/drafts/{draft}/amount").text
    )[1]
    save(client, draft, "amount", mass_t=shown)
    assert session.get_one(ListingDraft, int(draft)).answers["mass_kg_per_year"] == 100_000_001


def test_an_incomplete_draft_is_not_published_and_says_which_step(producer):
    client, _site = producer
    start(client)
    page = client.post("/drafts/1/check", data={"declared": "y", "version": "1"})
    assert page.status_code == 422
    assert "/drafts/1/amount" in page.text
    assert "还有一步没填" in page.text


def test_the_declaration_is_never_ticked_beforehand(producer):
    client, site = producer
    start(client)
    complete(client, site)
    assert "checked" not in client.get("/drafts/1/check").text
    assert client.post("/drafts/1/check", data={"version": "1"}).status_code == 422


def test_a_stale_form_meets_a_page_that_names_who_and_when(producer, session):
    client, site = producer
    listing = make_listing(session, site=site)
    session.commit()
    client.post(f"/listings/{listing.id}/edit", data={"key": "e"})
    client.post(f"/listings/{listing.id}/renew")
    stale = client.post(f"/listings/{listing.id}/withdraw", data={"version": str(listing.version)})
    assert stale.status_code == 409
    page = client.post("/drafts/1/check", data={"declared": "y", "version": "1"})
    assert page.status_code == 409
    assert re.search(r"20\d\d-\d\d-\d\d \d\d:\d\d，用户\d+续了期", page.text)
    assert "对方" in page.text
    assert "/drafts/1/rebase" in page.text


def in_two_tabs(client, step, first, second):
    """Open a step twice, save the first, then send the second."""
    version = hidden(client.get(f"/drafts/1/{step}"), "version")
    client.post(f"/drafts/1/{step}", data={"version": version} | first)
    return client.post(f"/drafts/1/{step}", data={"version": version} | second)


def test_a_colleagues_save_shows_both_and_mine_can_go_on_top(producer, session):
    client, _site = producer
    start(client)
    first = {"mass_t": "12,000", "storage_t": "8000", "stock_t": ""}
    second = {"mass_t": "12,500", "storage_t": "8000", "stock_t": "40"}
    page = in_two_tabs(client, "amount", first, second)
    assert page.status_code == 409
    cells = re.findall(r"<t[hd][^>]*>(?:<b>)?([^<]*)", page.text)
    assert cells[cells.index("每月") + 1 :][:2] == ["12,000 吨/月", "12,500 吨/月"]
    assert cells[cells.index("现有库存") + 1 :][:2] == ["–", "40 吨"]
    assert "库容" not in cells
    form = page.text[page.text.index("wj-inline-form", page.text.index("conflict")) :]
    again = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[: form.index("</form>")]))
    assert client.post("/drafts/1/amount", data=again).status_code == 303
    assert session.get_one(ListingDraft, 1).answers["mass_kg_per_year"] == 150_000_000


@pytest.mark.parametrize(
    ("step", "first", "second", "words"),
    [
        ("terms", {"kind": "open"}, {"kind": "paid", "price_yuan": "95"}, ["面议", "95 元/吨"]),
        (
            "quality",
            {"value_0": "18", "sampled_on": "2026-11-08"},
            {"value_0": "19–20", "sampled_on": "2026-11-08"},
            ["18 %", "19–20 %"],
        ),
    ],
)
def test_what_differs_is_shown_in_words(producer, step, first, second, words):
    client, _site = producer
    start(client)
    page = in_two_tabs(client, step, first, second)
    assert page.status_code == 409
    assert all(word in page.text for word in words)


@pytest.mark.parametrize("path", ["/my/listings", "/listings/new", "/drafts/1/check"])
def test_strangers_are_sent_to_sign_in(client, path):
    answer = client.get(path)
    assert answer.status_code in {302, 303}
    assert "sign-in" in answer.location


@pytest.mark.parametrize("role", [Role.PARK_MANAGER, Role.STAFF])
def test_who_has_no_firm_may_not_post(sign_in, role, catalogue):
    client = sign_in(role)
    assert client.get("/listings/new").status_code == 403
    assert client.get("/my/listings").status_code == 200


def test_another_firms_draft_and_withdrawn_listing_do_not_exist(producer, session, sign_in, firm):
    client, site = producer
    start(client)
    withdrawn = make_listing(session, site=site, state=State.WITHDRAWN)
    org = make_org(session)
    session.commit()
    client = sign_in(Role.PRODUCER, org.id)
    for method, path in (
        ("get", "/drafts/1/amount"),
        ("get", "/drafts/1/check"),
        ("post", "/drafts/1/discard"),
        ("post", f"/listings/{withdrawn.id}/edit"),
        ("post", f"/listings/{withdrawn.id}/withdraw"),
    ):
        assert getattr(client, method)(path).status_code == 404, path


def test_another_firms_open_listing_is_readable_but_not_changeable(producer, session, sign_in):
    _client, site = producer
    listing = make_listing(session, site=site)
    org = make_org(session)
    session.commit()
    client = sign_in(Role.PRODUCER, org.id)
    assert client.post(f"/listings/{listing.id}/withdraw", data={"version": "1"}).status_code == 403


def test_my_listings_show_drafts_open_withdrawn_and_expired(producer, session, language):
    client, site = producer
    make_listing(session, site=site)
    make_listing(session, site=site, state=State.WITHDRAWN)
    make_listing(session, site=site, expires_on=NOW.date().replace(year=2025))
    make_listing(session, site=make_site(session), note="other firm")
    session.commit()
    start(client)
    page = client.get("/my/listings").text
    words = {
        "zh": ("D-0001", "已撤下", "已过期", "续期 90 天"),
        "en": ("D-0001", "Withdrawn", "Expired", "Renew 90 days"),
    }
    assert all(word in page for word in words[language])
    assert page.count('scope="row"') == 4


def test_staff_and_park_managers_see_an_empty_page_of_their_own(sign_in, catalogue):
    page = sign_in(Role.STAFF).get("/my/listings")
    assert "你没有代表企业" in page.text


def test_a_want_shows_the_limits_of_its_process_before_it_is_posted(producer, session):
    from market.catalogue.models import Acceptance
    from market.catalogue.rules import Allowed, Confidence, LimitType, Verified

    client, site = producer
    session.add(
        Acceptance(
            id="concrete_admixture.fly_ash",
            position=1,
            process_id="concrete_admixture",
            material_id="fly_ash",
            role_zh="掺合料",
            role_en="admixture",
            allowed=Allowed.YES,
            max_exclusive=False,
            limit_type=LimitType.STANDARD,
            source="GB/T 1596-2017",
            verified=Verified.SEEN,
            confidence=Confidence.HIGH,
        )
    )
    line = make_line(session, site=site, process_id="concrete_admixture")
    session.commit()
    answer = client.post(
        "/listings/new?side=want",
        data={"material_id": "fly_ash", "form": "dry", "line_id": str(line.id), "version": 0},
    )
    assert answer.location == "/drafts/1/amount"
    save(client, 1, "amount", mass_t="100")
    page = client.get("/drafts/1/quality")
    assert "烧失量" in page.text
    save(client, 1, "quality")
    save(client, 1, "place", site_id=str(site.id))
    assert save(client, 1, "terms", kind="open").location == "/drafts/1/check"
    client.post("/drafts/1/check", data={"declared": "y", "version": "1"})
    want = session.scalars(sa.select(Listing)).one()
    assert (want.side, want.price_fen_per_t) == (Side.WANT, None)
