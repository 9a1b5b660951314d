"""A run from request to stored rows, with the real engine."""

import math
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from datetime import date

import pytest
import sqlalchemy as sa

from market import audit, jobs
from market.accounts.rules import Role
from market.db import transaction
from market.errors import ConflictError, DomainError, ForbiddenError
from market.listings.rules import State
from market.matchmaking import actions, codec, queries, worker
from market.matchmaking.models import MatchBalance, MatchFlow, MatchRefusal
from market.matchmaking.rules import Objective, RunStatus
from market.matchmaking.summary import RunSummary
from tests.conftest import NOW, ROOT
from tests.factories import make_assay, make_listing
from tests.market.matchmaking import scene

STEP_KM = 6371.0088 * math.radians(0.1) * math.cos(math.radians(34.7))
"""Great-circle km between neighbours of the small market (0.1 degree along 34.7 N): 9.142."""


def request(session, actor, **fields):
    row = {
        "objective": Objective.TONNES,
        "radius_km": 200,
        "material_ids": (),
        "now": NOW,
    }
    with transaction(session):
        return actions.request_run(session, actor, **{**row, **fields})


def make_run(session, sessions, run):
    progress = jobs.Progress(run.job_id, sessions)
    worker.freeze_input(sessions, run.id, progress)
    worker.solve_and_store(sessions, run.id, progress)
    session.expire_all()
    return queries.run(session, run.id)


def rows_of(session, run_id):
    session.expire_all()
    return [
        sorted(map(repr, session.execute(sa.select(table.__table__).where(table.run_id == run_id))))
        for table in (MatchFlow, MatchRefusal, MatchBalance)
    ]


def test_most_tonnes_then_fewest_tonne_km(session, sessions):
    market = scene.make_market(session)
    run = make_run(session, sessions, request(session, scene.actor_of(session)))

    # 120 kt are wanted and 150 kt offered. Every want is one step from an offer: B's 40 kt come
    # from South, A's 80 kt from either side, so 120 kt travel one step each.
    summary = RunSummary.of(run.summary)
    assert run.status == RunStatus.OPTIMAL
    assert summary.tonnes == 120_000
    assert summary.available_t == 150_000
    assert summary.unplaced_t == 30_000
    assert summary.tonne_km == pytest.approx(120_000 * STEP_KM * 1.3, rel=1e-4)
    assert summary.gap == pytest.approx(0, abs=1e-9)
    to_b = queries.flows(session, run.id, want_id=market.mill_b.id)
    assert [(row.offer_id, row.mass_kg) for row in to_b] == [(market.south.id, 40_000_000)]


def test_the_table_the_balances_and_the_summary_agree(session, sessions):
    scene.make_market(session)
    run = make_run(session, sessions, request(session, scene.actor_of(session)))
    flows = queries.flows(session, run.id)
    summary = RunSummary.of(run.summary)
    assert sum(row.mass_kg for row in flows) == summary.tonnes * 1000
    assert sum(row.tonne_km for row in flows) == pytest.approx(summary.tonne_km, rel=1e-12)
    balances = session.scalars(sa.select(MatchBalance).where(MatchBalance.run_id == run.id)).all()
    for row in balances:
        taken = [f.mass_kg for f in flows if row.listing_id in {f.offer_id, f.want_id}]
        assert row.placed_kg == sum(taken)


def test_one_more_tonne_is_worth_a_tonne_where_room_is_short(session, sessions):
    market = scene.make_market(session)
    run = make_run(session, sessions, request(session, scene.actor_of(session)))
    duals = {
        row.listing_id: (row.dual_low, row.dual_high)
        for row in session.scalars(sa.select(MatchBalance).where(MatchBalance.run_id == run.id))
    }
    # Ash is left over, so one more tonne of room at a mill places one more tonne.
    assert duals[market.mill_a.id] == (1, 1)
    assert duals[market.north.id][1] == 0


def test_value_adds_up_line_by_line(session, sessions):
    market = scene.make_market(session)
    asked = request(session, scene.actor_of(session), objective=Objective.VALUE)
    run = make_run(session, sessions, asked)
    flow = queries.flow(session, run.id, market.south.id, market.mill_b.id)
    km = flow.road_m / 1000
    # 50 disposal + 180 clinker + 0.72 t CO2 x 100 - freight 0.7/km - 0.13 kg CO2/km x 0.1 yuan/kg.
    expected = 50 + 180 + 72 - 0.7 * km - 0.013 * km
    assert flow.value_fen_per_t / 100 == pytest.approx(expected, abs=0.02)
    stored = session.get_one(MatchFlow, (run.id, market.south.id, market.mill_b.id))
    lines = [line["yuan_per_t"] for line in stored.explanation["lines"]]
    assert sum(line for line in lines if line is not None) == pytest.approx(expected, abs=0.02)


def test_a_broken_limit_is_a_refusal_with_its_numbers(session, sessions):
    market = scene.make_market(session)
    make_assay(session, market.north, {"LOI": (9.0, 9.5, "%")}, sampled_on=date(2026, 11, 1))
    session.commit()
    run = make_run(session, sessions, request(session, scene.actor_of(session)))
    refusal = session.get_one(MatchRefusal, (run.id, market.north.id, market.mill_a.id))
    assert refusal.code == "limit_exceeded"
    reason = refusal.reasons[0]
    assert (reason["value"], reason["limit"], reason["lift"]["target"]) == (9.5, 8.0, 8.0)
    assert reason["rule"] == {"standard": "GB/T 1596-2017", "clause": "T2"}
    # Only South's 50 kt still may go.
    assert RunSummary.of(run.summary).tonnes == 50_000
    balance = session.get_one(MatchBalance, (run.id, market.north.id))
    assert balance.reason == "all_refused"


def test_a_look_alike_is_refused_by_name(session, sessions):
    scene.make_market(session)
    ash = make_listing(session, site=scene.place(session, 0.05, "CFB"), material_id="cfb_ash")
    session.commit()
    run = make_run(session, sessions, request(session, scene.actor_of(session)))
    codes = session.scalars(
        sa.select(MatchRefusal.code).where(
            MatchRefusal.run_id == run.id, MatchRefusal.offer_id == ash.id
        )
    )
    assert set(codes) == {"prohibited"}


def test_nothing_to_match_is_a_status_and_not_an_error(session, sessions):
    scene.make_catalogue(session)
    make_listing(session)
    session.commit()
    run = make_run(session, sessions, request(session, scene.actor_of(session)))
    assert run.status == RunStatus.EMPTY
    assert RunSummary.of(run.summary).unplaced_t == 100_000


def test_storing_twice_leaves_the_same_rows(session, sessions):
    scene.make_market(session)
    asked = request(session, scene.actor_of(session))
    run = make_run(session, sessions, asked)
    before = rows_of(session, run.id)
    run = make_run(session, sessions, asked)
    assert rows_of(session, run.id) == before
    assert all(before[index] for index in (0, 2))


def test_freezing_twice_keeps_the_first_input(session, sessions):
    market = scene.make_market(session)
    run = request(session, scene.actor_of(session))
    progress = jobs.Progress(run.job_id, sessions)
    worker.freeze_input(sessions, run.id, progress)
    before = queries.frozen_input(session, run.id)
    session.commit()
    market.north.mass_kg_per_year = 1
    session.commit()
    worker.freeze_input(sessions, run.id, progress)
    session.expire_all()
    assert queries.frozen_input(session, run.id) == before


def test_a_plan_the_checker_rejects_is_never_stored(session, sessions, monkeypatch):
    scene.make_market(session)
    run = request(session, scene.actor_of(session))
    solve = worker._solve

    def one_tonne_too_many(problem, parameters, progress, *limit):
        result = solve(problem, parameters, progress, *limit)
        first = replace(result.flows[0], tonnes=result.flows[0].tonnes + 1)
        return replace(result, flows=(first, *result.flows[1:]))

    monkeypatch.setattr(worker, "_solve", one_tonne_too_many)
    with pytest.raises(worker.CheckFailedError, match="fault"):
        make_run(session, sessions, run)
    assert rows_of(session, run.id) == [[], [], []]
    assert queries.run(session, run.id).status == RunStatus.PENDING


def test_a_listing_withdrawn_meanwhile_is_left_out_and_counted(session, sessions):
    market = scene.make_market(session)
    run = request(session, scene.actor_of(session))
    progress = jobs.Progress(run.job_id, sessions)
    worker.freeze_input(sessions, run.id, progress)
    with transaction(session):
        market.mill_b.state = State.WITHDRAWN
    worker.solve_and_store(sessions, run.id, progress)
    session.expire_all()
    summary = RunSummary.of(queries.run(session, run.id).summary)
    assert summary.changed_meanwhile == 1
    assert summary.tonnes == 80_000
    assert queries.flows(session, run.id, want_id=market.mill_b.id) == []


def test_a_cancelled_run_ends_and_says_so(session, sessions):
    scene.make_market(session)
    actor = scene.actor_of(session)
    run = request(session, actor)
    with transaction(session):
        session.execute(
            sa.update(jobs.Job).where(jobs.Job.id == run.job_id).values(state="running")
        )
    with transaction(session):
        actions.cancel_run(session, actor, run.id, now=NOW)
    with pytest.raises(jobs.JobCancelledError):
        make_run(session, sessions, run)
    assert rows_of(session, run.id)[0] == []


def test_a_run_can_be_made_again_as_it_was(session, sessions):
    market = scene.make_market(session)
    actor = scene.actor_of(session)
    first = make_run(session, sessions, request(session, actor))
    with transaction(session):
        market.north.mass_kg_per_year = 1_000
    with transaction(session):
        again = actions.repeat_run(session, actor, first.id, now=NOW)
    again = make_run(session, sessions, again)
    assert again.summary["tonnes"] == first.summary["tonnes"]
    assert [(f.offer_id, f.want_id, f.mass_kg) for f in queries.flows(session, again.id)] == [
        (f.offer_id, f.want_id, f.mass_kg) for f in queries.flows(session, first.id)
    ]


def test_the_same_request_in_progress_is_answered_with_that_run(session):
    scene.make_market(session)
    producer = scene.actor_of(session, Role.PRODUCER)
    first = request(session, producer)
    assert request(session, scene.actor_of(session)).id == first.id
    assert request(session, producer, radius_km=100).id != first.id
    assert request(session, producer, material_ids=["fly_ash"]).id != first.id
    limited = request(session, producer, time_limit_s=30)
    assert limited.id not in {first.id, request(session, producer, time_limit_s=60).id}
    assert request(session, producer, time_limit_s=30).id == limited.id
    verbs = [entry.verb for entry in audit.history(session, "match_run", first.id)]
    assert verbs == ["requested"]


def test_a_request_out_of_range_or_of_nothing_known_is_refused(session):
    scene.make_market(session)
    actor = scene.actor_of(session)
    with pytest.raises(DomainError, match="radius_out_of_range"):
        request(session, actor, radius_km=1001)
    with pytest.raises(DomainError, match="unknown_material"):
        request(session, actor, material_ids=["moon_dust"])
    with pytest.raises(ForbiddenError):
        request(session, None)


def test_only_who_asked_or_an_overseer_may_stop_a_run(session):
    scene.make_market(session)
    owner = scene.actor_of(session, Role.PRODUCER)
    run = request(session, owner)
    with pytest.raises(ForbiddenError), transaction(session):
        actions.cancel_run(session, scene.actor_of(session, Role.RECEIVER), run.id, now=NOW)
    with transaction(session):
        actions.cancel_run(session, owner, run.id, now=NOW)
    with pytest.raises(ConflictError), transaction(session):
        actions.cancel_run(session, scene.actor_of(session, Role.STAFF), run.id, now=NOW)


def test_a_run_without_input_cannot_be_repeated(session):
    scene.make_market(session)
    actor = scene.actor_of(session)
    run = request(session, actor)
    with pytest.raises(ConflictError, match="run_has_no_input"):
        actions.repeat_run(session, actor, run.id, now=NOW)


# The real worker, which after freezing the input waits for a file before it solves.
KILLED = """
import sys, time
from pathlib import Path
from market import jobs
from market.db import make_engine, make_sessions
from market.matchmaking import actions, worker

folder = Path(sys.argv[1])

def solve_when_told(sessions, subject_id, progress):
    (folder / "frozen").touch()
    while not (folder / "go").exists():
        time.sleep(0.02)
    worker.solve_and_store(sessions, subject_id, progress)

jobs.register(actions.KIND, [worker.freeze_input, solve_when_told])
sessions = make_sessions(make_engine(f"sqlite:///{folder / 'wujin.sqlite'}"))
jobs.Worker(sessions, f"sqlite:///{folder / 'jobs.sqlite'}", "test-worker").run()
"""


def wait_for(condition, seconds=40.0):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        threading.Event().wait(0.05)


@pytest.mark.slow
def test_a_worker_killed_between_the_steps_finishes_the_run_on_the_same_input(
    session, sessions, tmp_path
):
    scene.make_market(session)
    run = request(session, scene.actor_of(session))
    command = [sys.executable, "-c", KILLED, str(tmp_path)]
    first = subprocess.Popen(command, cwd=ROOT)
    second = None
    try:
        wait_for((tmp_path / "frozen").exists)
        os.kill(first.pid, signal.SIGKILL)
        first.wait()
        frozen = queries.frozen_input(session, run.id)
        session.commit()
        (tmp_path / "go").touch()
        second = subprocess.Popen(command, cwd=ROOT)

        def done():
            with sessions() as other:
                return other.get_one(jobs.Job, run.job_id).ended

        wait_for(done)
    finally:
        for process in (first, second):
            if process is not None:
                process.kill()
                process.wait()
    session.expire_all()
    assert queries.run(session, run.id).status == RunStatus.OPTIMAL
    assert queries.frozen_input(session, run.id) == frozen
    assert codec.thaw(frozen)
    assert sum(flow.mass_kg for flow in queries.flows(session, run.id)) == 120_000_000


class Impatient(jobs.Progress):
    """Somebody who asks to stop once the first independent part is solved."""

    asked = 0

    def should_stop(self):
        type(self).asked += 1
        return type(self).asked > 1


def test_stopping_keeps_what_was_solved_and_says_how_much_more_there_may_be(
    session, sessions, client, monkeypatch
):
    scene.make_market(session)
    # A second market, out of reach of the first: two independent parts.
    make_listing(session, site=scene.place(session, 9.0, "Far"), mass_kg_per_year=3_000_000)
    make_listing(session, site=scene.place(session, 9.1, "Far mill"), side="want")
    session.commit()
    run = request(session, scene.actor_of(session))
    monkeypatch.setattr(worker, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(Impatient, "asked", 0)
    progress = Impatient(run.job_id, sessions)
    worker.freeze_input(sessions, run.id, progress)
    with pytest.raises(jobs.JobCancelledError):
        worker.solve_and_store(sessions, run.id, progress)
    session.expire_all()
    run = queries.run(session, run.id)
    assert run.status == RunStatus.FEASIBLE
    assert 0 < RunSummary.of(run.summary).tonnes < 123_000
    assert RunSummary.of(run.summary).gap == pytest.approx(3 / 123)
    reasons = session.scalars(
        sa.select(MatchBalance.reason).where(MatchBalance.run_id == run.id)
    ).all()
    assert "not_solved" in reasons
    client.set_cookie("lang", "en")
    page = client.get(f"/runs/{run.id}").text
    assert "falls short of the best plan by at most 2.4 %" in page
    assert "Nothing is short here" not in page
