"""The raw mix of a kiln as its chemist sees it, against test vector D of the cement reference."""

import re
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from market.accounts.rules import Role
from market.matchmaking.models import RawMixTarget
from tests.factories import make_listing, make_org
from tests.market.matchmaking import kilns

ADDRESS = "/listings/{}/raw-mix"


def asked(client, want, **fields):
    """Ask with the works' own feeds: what a form would send."""
    known = dict(kilns.ASKED)
    for name, (row, _carbonate, price) in kilns.FEEDS.items():
        known |= {f"{name}-{part}": v for part, v in zip(kilns.COMPONENTS, row, strict=True)}
        known[f"{name}-price"] = price
    client.set_cookie("lang", "en")
    left = {key: value for key, value in {**known, **fields}.items() if value is not None}
    return client.get(f"{ADDRESS.format(want.id)}?{urlencode(left)}")


def lead(answer):
    return answer.text.split('id="answer">')[1].split("</p>")[0].strip()


def recipe(answer):
    """Return percent of the raw meal by material, as the table shows it."""
    table = answer.text.split('id="recipe"')[1].split("</table>")[0]
    rows = table.split("<tr>")[2:]
    return {
        re.search(
            r"(limestone|sandstone|iron_powder|fly_ash|steel_slag|carbide_slag|red_mud)", row
        )[1]: float(re.search(r"<b>([\d.]+)</b>", row)[1])
        for row in rows
    }


def test_the_natural_mix_with_fly_ash_is_the_references(session, client):
    answer = asked(client, kilns.make_kiln(session, kilns.NATURAL))
    assert "costs 62.97 ¥" in lead(answer)
    assert "521 kg" in lead(answer)
    assert recipe(answer) == pytest.approx(
        {"limestone": 81.788, "sandstone": 7.480, "fly_ash": 8.036, "iron_powder": 2.697}, abs=5e-3
    )


def test_the_mix_of_all_wastes_is_the_references(session, client):
    answer = asked(client, kilns.make_kiln(session))
    assert "costs 48.17 ¥" in lead(answer)
    assert "383 kg" in lead(answer)
    found = recipe(answer)
    assert found["carbide_slag"] == pytest.approx(15.0)
    assert found["red_mud"] == pytest.approx(3.0)
    assert found["fly_ash"] == pytest.approx(5.299, abs=5e-3)


def test_an_impossible_mix_names_what_clashes(session, client):
    """Without iron there is no IM of 1.7 or less."""
    answer = asked(client, kilns.make_kiln(session, kilns.NATURAL), **{"iron_powder-price": None})
    assert lead(answer).startswith("No mix holds all of this. What clashes: ")
    assert "IM ≤ 1.7" in lead(answer)
    assert "left out for want of a figure: iron_powder (price). Enter it below." in lead(answer)
    assert "iron_powder" in answer.text.split("Feeds that are not mixed")[1]


def test_an_offer_whose_carbonate_nobody_knows_is_not_mixed_and_says_so(session, client):
    want = kilns.make_kiln(session)
    session.execute(
        sa.update(kilns.Composition)
        .where(kilns.Composition.material_id == "carbide_slag")
        .values(carbonate_share=None)
    )
    session.commit()
    answer = asked(client, want)
    assert "carbide_slag" not in recipe(answer)
    unused = answer.text.split('id="unused"')[1]
    assert "nobody knows how much of its CaO is carbonate" in unused


def test_no_more_is_mixed_than_is_on_offer(session, client):
    """50 kt of carbide slag for 1,000 kt of clinker of about 1.45 t of meal each: near 3.4 %."""
    want = kilns.make_kiln(session, ("fly_ash",))
    make_listing(
        session, material_id="carbide_slag", mass_kg_per_year=50_000_000, price_fen_per_t=3000,
        moisture_share=0.0, site=kilns.scene.place(session, 0.0, "Source of carbide_slag"),
    )  # fmt: skip
    session.commit()
    table = asked(client, want).text.split('id="recipe"')[1].split("</table>")[0]
    row = next(row for row in table.split("<tr>") if "carbide_slag" in row)
    assert '<td class="num">50,000</td>' in row


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"KH_low": 0.95}, "The upper end is below the lower one."),
        ({"heat": None}, "Give all three figures of the coal, or none."),
        ({"clinker_t": None}, "Enter the tonnes of clinker a year."),
        ({"limestone-CaO": 153}, "Enter a number from 0 to 100."),
        ({"SM_low": "wide"}, "Enter a number."),
        ({"SM_low": "nan"}, "Enter a number from 0 to 200."),
        ({"KH_low": 5, "KH_high": 6}, "KH above 1 is free lime: begin lower."),
        ({"LSF_low": 101}, "LSF above 100 is free lime: begin lower."),
        ({"KH_low": 0.1, "KH_high": 0.5}, "Up to a KH of 0.667 no C3S forms: end higher."),
        (
            {"IM_low": 0.1, "IM_high": 0.5},
            "The formulas of clinker hold from IM 0.64 on: end higher.",
        ),
        (
            {"sandstone-CaO": 90},
            "This analysis adds up to 187.0 %, at most 102: correct a figure of the row.",
        ),
        ({"limestone-LOI": 99.5}, "Enter a number from 0 to 99."),
        (
            {"heat": 10_000, "coal_ash": 100, "coal_heat": 1000},
            "With these figures a kg of clinker takes up 10.00 kg of ash",
        ),
    ],
)
def test_what_cannot_be_is_named_at_its_field(session, client, fields, said):
    answer = asked(client, kilns.make_kiln(session, kilns.NATURAL), **fields)
    assert answer.status_code == 422
    assert said in answer.text
    # Whoever hears the page is told at the field too.
    wrong = re.findall(r'<input[^>]*aria-invalid="true"[^>]*>', answer.text)
    assert wrong
    for field in wrong:
        told = re.search(r'aria-describedby="[^"]*?(\S+-error)"', field)[1]
        assert f'id="{told}"' in answer.text


def test_the_firm_keeps_its_targets_and_nobody_else_reads_or_changes_them(session, client, sign_in):
    want = kilns.make_kiln(session, kilns.NATURAL)
    address = ADDRESS.format(want.id)
    facts = {**kilns.ASKED, "limestone-price": 77.25}
    other = make_org(session)
    session.commit()
    sign_in(Role.RECEIVER, other.id)
    assert client.post(address, data=facts).status_code == 403
    sign_in(Role.RECEIVER, want.org_id)
    assert client.post(address, data=facts).status_code == 303
    assert "77.25" in client.get(address).text
    assert session.scalars(sa.select(RawMixTarget)).one().facts["limestone-price"] == 77.25
    sign_in(Role.RECEIVER, other.id)
    assert "77.25" not in client.get(address).text
    sign_in(Role.RECEIVER, want.org_id)
    client.post(address, data={"drop": 1})
    session.rollback()
    assert session.scalars(sa.select(RawMixTarget.line_id)).all() == []


def test_only_a_kilns_want_has_a_raw_mix(session, client):
    kilns.make_kiln(session)
    offer = session.scalars(sa.select(kilns.Listing).where(kilns.Listing.side == "offer")).first()
    assert client.get(ADDRESS.format(offer.id)).status_code == 404


def test_a_feed_without_a_price_leaves_the_virgin_mix_unknown_not_impossible(session, client):
    """The wastes bring the iron; whether the quarry's own feeds could, no price lets us say."""
    want = kilns.make_kiln(session)
    answer = asked(client, want, **{"iron_powder-price": None})
    strip = answer.text.split("All virgin")[1][:200]
    assert "a figure is missing" in strip
    assert "impossible" not in strip
    assert "These feeds are left out for want of a figure: iron_powder (price)" in lead(answer)


@pytest.mark.parametrize(
    ("fields", "clash"),
    [
        ({"MgO_max": 0.1}, "MgO ≤ 0.1 %"),
        ({"SM_low": 30, "SM_high": 40}, "SM ≥ 30"),
        ({"LSF_low": 60, "LSF_high": 70}, "LSF ≤ 70"),
        ({"IM_low": 20, "IM_high": 30}, "IM ≥ 20"),
    ],
)
def test_what_makes_a_mix_impossible_is_named(session, client, fields, clash):
    answer = asked(client, kilns.make_kiln(session, kilns.NATURAL), **fields)
    assert answer.status_code == 200
    assert clash in lead(answer)
    assert clash in answer.text.split('id="conflict"')[1].split("</section>")[0]
    assert "left out" not in lead(answer)
