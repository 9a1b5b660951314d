"""No want takes more of a material than its share of what its line makes."""

import sqlalchemy as sa

from market.listings.rules import Side
from market.matchmaking import labels, loader
from market.matchmaking.models import MatchBalance, RawMixTarget
from market.matchmaking.rules import SHARE_CAP
from matching import solve
from tests.conftest import NOW
from tests.factories import make_line, make_listing, make_process
from tests.market.matchmaking import kilns, scene
from tests.market.matchmaking.test_listing_page import answer
from tests.market.matchmaking.test_loader import TODAY, asked
from tests.market.matchmaking.test_worker import make_run, request


def make_mill(session, *wants, share=0.2):
    """A mill of 1.2 Mt of cement beside 2 Mt of ash; ``wants`` are (kt, price in fen)."""
    scene.make_catalogue(session)
    make_process(session, "cement_pf")
    scene.make_acceptance(session, "cement_pf", "fly_ash", max_share=share)
    site = scene.place(session, 0.1, "Mill")
    line = make_line(
        session, site=site, process_id="cement_pf", output_kg_per_year=1_200_000_000
    )  # fmt: skip
    ash = make_listing(
        session, site=scene.place(session, 0.0, "Plant"), mass_kg_per_year=2_000_000_000
    )
    rows = [
        make_listing(
            session, site=site, side=Side.WANT, process_id="cement_pf", line_id=line.id,
            mass_kg_per_year=kt * 1_000_000, price_fen_per_t=price,
        )
        for kt, price in wants
    ]  # fmt: skip
    session.commit()
    return ash, rows


def slot_tonnes(problem):
    return {int(slot.id): sum(slot.tonnes) for slot in problem.slots}


def test_a_want_of_all_its_cement_gets_a_fifth_of_ash(session):
    make_mill(session, (1200, None))
    problem, parameters = loader.load(session, asked())
    # 20 % of 1,200,000 t.
    assert sum(flow.tonnes for flow in solve(problem, parameters).flows) == 240_000


def test_the_wants_of_a_line_share_one_cap_the_dearest_first(session):
    _, (cheap, dear, more) = make_mill(session, (200, 5000), (100, 9000), (60, None))
    problem, _ = loader.load(session, asked())
    assert slot_tonnes(problem) == {dear.id: 100_000, cheap.id: 140_000, more.id: 0}


def test_what_a_withdrawn_want_would_take_is_left_to_the_others(session):
    _, (first, second) = make_mill(session, (200, 9000), (200, 5000))
    first.state = "withdrawn"
    session.commit()
    problem, _ = loader.load(session, asked())
    assert slot_tonnes(problem) == {second.id: 200_000}


def test_a_month_takes_its_part_of_the_cap(session):
    make_mill(session, (1200, None))
    problem, _ = loader.load(session, asked(first_month=TODAY.replace(day=1)))
    assert set(problem.slots[0].tonnes) == {20_000}


def test_proposals_are_capped_like_the_run(session):
    ash, _ = make_mill(session, (1200, None))
    assert [row.mass_kg for row in answer(session, ash).candidates] == [240_000_000]


def test_a_want_within_its_share_is_taken_at_its_word(session):
    _, (want,) = make_mill(session, (180, None))
    problem, _ = loader.load(session, asked())
    assert slot_tonnes(problem) == {want.id: 180_000}


def test_a_run_says_that_the_share_binds(session, sessions):
    make_mill(session, (1200, None))
    run = make_run(session, sessions, request(session, scene.actor_of(session)))
    row = session.scalars(
        sa.select(MatchBalance).where(MatchBalance.run_id == run.id, MatchBalance.side == "want")
    ).one()
    assert (row.reason, row.available_kg, row.placed_kg) == (SHARE_CAP, 240_000_000, 240_000_000)
    assert labels.left_text(row.reason, row.reason_params) == (
        "At most 20.0 % of the 1,200,000 t a year its line makes:"
        " of 1,200,000 t wanted, 240,000 t count"
    )


def test_the_page_of_the_want_says_that_the_share_binds(session, client):
    _, (want,) = make_mill(session, (1200, None))
    page = client.get(f"/listings/{want.id}").get_data(as_text=True)
    assert "240,000" in page


def test_a_raw_mix_holds_its_shares_itself(session):
    want = kilns.make_kiln(session)
    want.mass_kg_per_year = 900_000_000
    session.commit()
    loose, _ = loader.load(session, asked())
    # 10 % of 1,000,000 t of clinker: the meal is heavier, but nobody has said by how much.
    assert slot_tonnes(loose) == {want.id: 100_000}
    session.add(RawMixTarget(line_id=want.line_id, facts=kilns.ASKED, updated_at=NOW))
    session.commit()
    mixed, _ = loader.load(session, asked())
    assert slot_tonnes(mixed) == {want.id: 900_000}
