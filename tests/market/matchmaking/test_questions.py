"""Questions to a saved run: answers checked by hand.

The small market: North 100 kt at 0.0, Mill A 80 kt at 0.1, South 50 kt at 0.2, Mill B 40 kt at
0.3 degrees; a tenth of a degree is 9.142 km, or 11.885 km by road. The best plan fills both mills
(120 of 150 kt): North 80 to A, South 40 to B, 120,000 x 11.885 = 1,426,157 t·km.
"""

import csv
import io
import json
import math
import re

import pytest
import sqlalchemy as sa

from market.listings.models import Listing
from market.matchmaking.questions import Question
from market.matchmaking.rules import Objective, RunStatus
from tests.factories import make_assay, make_listing
from tests.market.matchmaking import scene
from tests.market.matchmaking.test_dosages import make_kiln
from tests.market.matchmaking.test_worker import make_run, request

STEP_KM = 6371.0088 * math.radians(0.1) * math.cos(math.radians(34.7)) * 1.3
"""Road km between neighbours of the small market."""


@pytest.fixture
def made(session, sessions):
    """The small market, and ash beside Mill A whose loss on ignition is above the limit."""
    market = scene.make_market(session)
    poor = make_listing(
        session, site=scene.place(session, 0.15, "Poor ash"), mass_kg_per_year=10_000_000
    )
    make_assay(session, poor, {"LOI": (9.0, 10.0, "%")})
    session.commit()
    run = make_run(session, sessions, request(session, scene.actor_of(session)))
    return market, run, poor


@pytest.fixture
def english(client):
    client.set_cookie("lang", "en")
    return client


@pytest.fixture
def ask(made, english):
    """Return a function that asks a question of the run and returns the answer."""
    _, run, _ = made

    def get(code, **arguments):
        return english.get(f"/runs/{run.id}/questions/{code}", query_string=arguments)

    return get


def lead(response):
    assert response.status_code == 200, response.text
    return re.sub(r"\s+", " ", response.text.split('id="answer">')[1].split("</p>")[0]).strip()


def rows_of(response):
    assert response.status_code == 200
    assert response.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(response.data.decode("utf-8-sig"))))


def data_of(page, block_id):
    return json.loads(page.split(f'id="{block_id}-data">')[1].split("</script>")[0])


def test_the_overview_links_every_question(made, english):
    _, run, _ = made
    page = english.get(f"/runs/{run.id}/questions").text
    for code in Question:
        assert f'href="/runs/{run.id}/questions/{code.value}"' in page


def test_a_larger_mill_takes_what_was_left(made, ask):
    market, _, _ = made
    question = {"change": "want-tonnes", "want_id": market.mill_a.id, "value": "90000"}
    answer = ask("what-if", **question)
    assert "Mill A (demo)" in lead(answer)
    assert "takes 90,000 t a year instead of 80,000: 10,000 t a year more are placed." in lead(
        answer
    )
    # Ten more kilotonnes come from North or South, either one step away.
    assert f"The hauls grow by {10_000 * STEP_KM:,.0f} t·km." in lead(answer)
    rows = {row["Figure"]: row for row in rows_of(ask("what-if/table.csv", **question))}
    placed = rows["Placed"]
    assert [float(placed[key]) for key in ("Before", "After", "Difference")] == [
        120_000, 130_000, 10_000,
    ]  # fmt: skip
    assert float(rows["Tonne-kilometres"]["Before"]) == pytest.approx(120_000 * STEP_KM, rel=1e-6)
    assert float(rows["changed"]["Difference"]) == pytest.approx(10_000)


def test_without_a_plant_its_flow_is_lost_and_the_rest_has_a_reason(made, ask):
    market, _, _ = made
    answer = ask("what-if", change="remove-plant", site_id=market.mill_b.site_id)
    assert lead(answer).startswith("Without Mill B (demo): 40,000 t a year less are placed.")
    assert ">lost</td>" in answer.text
    assert "Every use in reach that accepts it is full" in answer.text


def test_a_stricter_limit_shuts_the_mill_and_a_looser_one_opens_it(made, ask):
    market, _, _ = made
    question = {"change": "limit", "want_id": market.mill_a.id, "limit": "LOI|"}
    # Both good ashes reach up to 4 %: at 3.5 % nothing may enter Mill A.
    assert "80,000 t a year less are placed." in lead(ask("what-if", **question, value="3.5"))
    loose = ask("what-if", **question, value="12")
    assert "today Loss on ignition ≤ 8 %" in lead(loose)
    assert "Not a tonne more or less is placed." in lead(loose)
    opened = loose.text.split("Pairs that may meet only now")[1][:200]
    assert ">1<" in re.sub(r"\s", "", opened)


def test_a_limit_is_asked_for_in_two_steps(made, ask):
    market, _, _ = made
    first = ask("what-if", change="limit")
    assert "Next: choose the limit" in first.text
    assert 'name="limit"' not in first.text
    second = ask("what-if", change="limit", want_id=market.mill_a.id)
    assert second.status_code == 200
    assert '<option value="LOI|">' in second.text


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"change": "radius", "value": "5"}, "120,000 t a year less are placed."),
        ({"change": "radius", "value": "200"}, "Nothing changes"),
        ({"change": "disposal", "material_id": "fly_ash", "value": "60"},
         "Net value rises by 1,200,000 yuan a year."),
    ],
)  # fmt: skip
def test_reach_and_disposal_cost(made, ask, change, expected):
    # 10 yuan more saved on each of 120,000 t placed.
    assert expected in lead(ask("what-if", **change))


def test_a_dearer_raw_material_raises_the_worth_at_one_mill(made, ask):
    market, _, _ = made
    answer = ask("what-if", change="replaced", want_id=market.mill_b.id, value="300")
    # Ash is traded wet with 0 to 20 % water: 200 yuan x 0.9 = 180 today, at 40,000 t.
    assert "Net value rises by 4,800,000 yuan a year." in lead(answer)


def test_an_offer_more_or_less(made, ask):
    market, _, _ = made
    gone = ask("what-if", change="remove-offer", offer_id=market.north.id)
    # South alone fills 50 of the 120 kt.
    assert "70,000 t a year less are placed." in lead(gone)
    more = ask("what-if", change="offer-tonnes", offer_id=market.south.id, value="60,000")
    assert "supplies 60,000 t a year instead of 50,000" in lead(more)


def test_a_new_plant_takes_what_is_left(made, ask):
    market, _, _ = made
    answer = ask(
        "what-if", change="add-plant", use="cement_po|fly_ash", value="20000",
        place=f"site-{market.north.site_id}",
    )  # fmt: skip
    assert "20,000 t a year more are placed." in lead(answer)
    assert "New plant" in answer.text


def test_losing_a_plant_ranks_what_is_stranded(made, ask):
    lines = rows_of(ask("loss/table.csv"))
    assert [(line["Receiver"], float(line["Takes, t/a"])) for line in lines] == [
        ("Mill A (demo)", 80_000),
        ("Mill B (demo)", 40_000),
    ]
    # The other mill is full, so all of it is stranded; it would still be the second best.
    assert [float(line["Stranded, t/a"]) for line in lines] == pytest.approx([80_000, 40_000])
    assert [float(line["Moved, t/a"]) for line in lines] == pytest.approx([0, 0])
    assert lines[0]["Second best"].startswith("Mill B (demo)")
    # North is one step from A and three from B.
    assert float(lines[0]["Farther by, km"]) == pytest.approx(2 * STEP_KM, abs=0.05)
    assert "If Mill A (demo) stops, 80,000 t a year have nowhere to go" in lead(ask("loss"))


def test_a_new_plant_stands_best_where_the_waste_is(made, ask):
    question = {"use": "cement_po|fly_ash", "value": "25000"}
    answer = ask("site", **question)
    # 30 kt are left; a plant takes 25 of them, beside whoever has them without any haul.
    assert "it takes 25,000 t a year, and 25,000 t a year find a place" in lead(answer)
    lines = rows_of(ask("site/table.csv", **question))
    assert [line["Rank"] for line in lines] == ["1", "2", "3", "4", "5"]
    assert lines[0]["Place"] in {"North (demo)", "South (demo)"}
    gains = [(float(x["Newly placed, t/a"]), float(x["Saves, t·km/a"])) for x in lines]
    assert gains == sorted(gains, reverse=True)
    assert "Proven: no place that is not listed can do more." in answer.text
    points = data_of(answer.text, "site-map")["points"]
    assert [p["number"] for p in points if p["shape"] == "number"] == [1, 2, 3, 4, 5]


def test_the_ring_ends_where_freight_eats_the_worth(made, ask):
    market, _, _ = made
    answer = ask("reach", offer_id=market.north.id)
    # Disposal 50 + clinker 180 + carbon 0.72 t x 100 = 302 yuan/t at the gate, less freight and
    # 0.013 yuan/(t·km) of carbon: 50 km at 0.7, 150 km at 0.4, then 0.3.
    at_gate = 50 + 180 + 72
    worth = at_gate - 50 * 0.7 - 150 * 0.4 - 200 * 0.013
    far = 200 + worth / 0.313
    lines = rows_of(ask("reach/table.csv", offer_id=market.north.id))
    assert {line["To"] for line in lines} == {"Mill A (demo)", "Mill B (demo)"}
    for line in lines:
        assert float(line["Break-even, km"]) == pytest.approx(far, abs=0.05)
    spare = {line["To"]: float(line["Spare, km"]) for line in lines}
    assert spare["Mill A (demo)"] - spare["Mill B (demo)"] == pytest.approx(2 * STEP_KM, abs=0.1)
    assert f"worth its haul up to {far:,.0f} km by road; 2 of 2" in lead(answer)
    assert "No ring fits this map" in answer.text


def test_good_and_poor_ash_mixed_keep_the_limit(made, ask):
    market, _, _ = made
    question = {"want_id": market.mill_b.id}
    lines = rows_of(ask("mix/table.csv", **question))
    best = [line for line in lines if line["Rank"] == "1"]
    shares = {line["Offer"].split(" (demo)")[0]: float(line["Share, %"]) for line in best}
    # All 10 kt of poor ash, which is nearer than North: (30 x 4 + 10 x 10) / 40 = 5.5 %.
    assert shares == pytest.approx({"North": 75, "Poor ash": 25})
    most = {line["Offer"].split(" (demo)")[0]: float(line["Most share, %"]) for line in best}
    # 4 + 6 x <= 8: two thirds may be poor.
    assert most["Poor ash"] == pytest.approx(200 / 3)
    page = ask("mix", **question)
    assert re.search(r"South \(demo\) \(L-\d+\) · Fly ash alone would fill it", lead(page))
    assert "mixed, keep every limit: 40,000 of 40,000 t a year." in lead(page)
    assert "Loss on ignition 10 %, limit ≤ 8 %" in page.text
    assert "Passes by itself; it needs no mixing." in page.text


def test_a_want_larger_than_any_offer_is_mixed_as_far_as_it_goes(session, sessions, english):
    scene.make_market(session)
    poor = make_listing(
        session, site=scene.place(session, 0.0, "Poor ash"), mass_kg_per_year=90_000_000
    )
    make_assay(session, poor, {"LOI": (9.0, 10.0, "%")})
    large = make_listing(
        session, site=scene.place(session, 0.1, "Mill C"), side="want",
        mass_kg_per_year=500_000_000,
    )  # fmt: skip
    session.commit()
    run = make_run(session, sessions, request(session, scene.actor_of(session)))
    answer = english.get(f"/runs/{run.id}/questions/mix?want_id={large.id}")
    # 100 kt at 4 % and 90 kt at 10 % make 6.8 %, so both go in whole.
    assert "mixed, keep every limit: 190,000 of 500,000 t a year." in lead(answer)
    assert "alone would fill it" not in lead(answer)


def test_what_is_mixed_for_a_want_keeps_within_its_lines_dosage(session, sessions, english):
    """60 kt with 0.3 % bring 180 of 400 t of Cl; of 0.8 % ash 220 / 0.008 = 27,500 t fit beside."""
    make_kiln(session, 0.8, 0.3)
    want = session.scalars(sa.select(Listing).where(Listing.side == "want")).one()
    run = make_run(session, sessions, request(session, scene.actor_of(session)))
    page = english.get(f"/runs/{run.id}/questions/mix?want_id={want.id}")
    assert "mixed, keep every limit: 87,500 of 100,000 t a year." in lead(page)
    assert "Short of room: Chloride ≤ 0.04 % of the line&#39;s product." in lead(page)
    # Alone 0.3 % ash may come whole, and of 0.8 % ash 400 / 0.008 t.
    assert page.text.count("Passes by itself; it needs no mixing.") == 1
    assert "50,000 t bring all that the line may take of Chloride in." in page.text


def test_a_looser_limit_on_the_clinker_lets_more_in(session, sessions, english):
    """0.04 % of 1 Mt are 400 t of Cl, 50 kt of 0.8 % ash; 0.06 % let in 75, of which 60 come."""
    make_kiln(session, 0.8)
    want = session.scalars(sa.select(Listing).where(Listing.side == "want")).one()
    run = make_run(session, sessions, request(session, scene.actor_of(session)))
    address = f"/runs/{run.id}/questions/what-if"
    form = english.get(f"{address}?change=dosage").text
    assert f'value="{want.id}|Cl"' in form
    asked = {"change": "dosage", "dosage": f"{want.id}|Cl", "value": "0.06"}
    answer = english.get(address, query_string=asked)
    assert "had to keep Chloride ≤ 0.06 % of what Works (demo) makes" in lead(answer)
    assert "10,000 t a year more are placed." in lead(answer)
    (left,) = [
        row
        for row in rows_of(english.get(f"{address}/table.csv", query_string=asked))
        if row["Figure"] == "Tonnes left over"
    ]
    amounts = [float(left[name]) for name in ("Before", "After", "Difference")]
    assert left["From"].startswith("Plant 0 (demo)")
    assert left["Why it is left"] == ""
    assert amounts == pytest.approx([10_000, 0, -10_000], abs=1e-3)
    tighter = english.get(f"{address}/table.csv", query_string={**asked, "value": "0.02"})
    assert "hold this back" in next(
        row["Why it is left"] for row in rows_of(tighter) if row["Figure"] == "Tonnes left over"
    )
    wrong = english.get(address, query_string={**asked, "dosage": "0|Cl"})
    assert wrong.status_code == 422


def test_nothing_to_mix_says_so(session, sessions, english):
    market = scene.make_market(session)
    run = make_run(session, sessions, request(session, scene.actor_of(session)))
    answer = english.get(f"/runs/{run.id}/questions/mix?want_id={market.mill_a.id}")
    assert "alone would fill it without mixing." in lead(answer)
    file = english.get(f"/runs/{run.id}/questions/mix/table.csv?want_id={market.mill_a.id}")
    assert rows_of(file) == []


def test_an_empty_plan_is_said_in_words(session, sessions, english):
    scene.make_market(session)
    run = make_run(session, sessions, request(session, scene.actor_of(session), radius_km=5))
    assert run.status == RunStatus.EMPTY
    mill = session.scalars(sa.select(Listing.id).where(Listing.side == "want")).first()
    nobody = english.get(f"/runs/{run.id}/questions/mix?want_id={mill}")
    assert "No mixture of two or three offers helps here" in lead(nobody)
    assert "Nobody within reach offers this material." in nobody.text
    url = f"/runs/{run.id}/questions"
    assert "No receiver takes anything" in lead(english.get(f"{url}/loss"))
    wider = english.get(f"{url}/what-if?change=radius&value=200")
    assert "120,000 t a year more are placed." in lead(wider)


def test_a_run_of_value_is_compared_by_value(session, sessions, english):
    market = scene.make_market(session)
    run = make_run(
        session, sessions, request(session, scene.actor_of(session), objective=Objective.VALUE)
    )
    url = f"/runs/{run.id}/questions/what-if?change=replaced&want_id={market.mill_a.id}&value=0"
    # 180 yuan less on each of A's 80,000 t; it is still worth more than disposal.
    assert "Net value falls by 14,400,000 yuan a year." in lead(english.get(url))


def test_the_top_proposals_for_a_want_are_on_its_page(made, english):
    market, _, _ = made
    page = english.get(f"/listings/{market.mill_a.id}").text
    assert page.index("North") < page.index("Poor ash")
    assert f"want_id={market.mill_a.id}" in page
