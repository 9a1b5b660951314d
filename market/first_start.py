"""What `wujin up` does beside serving: data, a first run and a first plan, told as they go."""

import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import click
import sqlalchemy as sa
from sqlalchemy.orm import Session, sessionmaker

from market import jobs
from market.accounts.rules import Actor
from market.config import Settings
from market.db import make_engine, make_sessions, transaction
from market.errors import SettingsError

POLL_SECONDS = 0.2
MATCHING, PLAN = "Matching", "Collection plan"


def first_start(
    settings: Settings, stopped: threading.Event, worker_ended: Callable[[], int | None]
) -> bool:
    """Make what a fresh installation lacks; return False when the person stopped it meanwhile."""
    engine = make_engine(settings.database())
    sessions = make_sessions(engine)
    try:
        with sessions() as session:
            _load_demonstration(session)
        for title, submit in ((MATCHING, _submit_run), (PLAN, _submit_plan)):
            job_id = submit(sessions)
            if job_id and not _follow(sessions, job_id, title, stopped, worker_ended):
                return False
    finally:
        engine.dispose()
    return not stopped.is_set()


def report(settings: Settings) -> None:
    """Print what was matched and planned, the address and the demonstration accounts."""
    engine = make_engine(settings.database())
    with make_sessions(engine)() as session:
        _report(session, settings)
    engine.dispose()


def _load_demonstration(session: Session) -> None:
    from market.orgs.models import Organisation

    if session.scalar(sa.select(sa.func.count()).select_from(Organisation)):
        return
    from market.demo import load_all

    click.echo("Loading the catalogue, public-source estimates and demonstration firms ...")
    added = load_all(session, datetime.now(UTC))
    click.echo("  " + ", ".join(f"{name} {count}" for name, count in added.items()))


def _manager(session: Session) -> Actor:
    from market.orgs.queries import demo_park_manager

    return demo_park_manager(session)


def _submit_run(sessions: sessionmaker[Session]) -> str | None:
    from market.matchmaking import actions, queries

    return _submit(sessions, queries.latest_run, actions.request_first_run)


def _submit_plan(sessions: sessionmaker[Session]) -> str | None:
    from market.haulage import actions, queries

    return _submit(sessions, queries.latest_plan, actions.request_first_plan)


def _submit(
    sessions: sessionmaker[Session], latest: Callable[..., Any], request: Callable[..., Any]
) -> str | None:
    """Ask for the first one and return its job, the unfinished one's, or None when one is done."""
    with sessions() as session:
        if latest(session) is not None:
            return None
        unfinished = latest(session, finished=False)
        if unfinished is None:
            actor = _manager(session)
            with transaction(session):
                unfinished = request(session, actor, now=datetime.now(UTC))
        job_id: str = unfinished.job_id
        return job_id


def _follow(
    sessions: sessionmaker[Session],
    job_id: str,
    title: str,
    stopped: threading.Event,
    worker_ended: Callable[[], int | None],
) -> bool:
    """Show stage and share until the job ends; False when the person stopped waiting."""
    shown = ""
    while not stopped.is_set():
        with sessions() as session:
            job = jobs.get(session, job_id)
        assert job is not None
        line = f"{title}: {job.state} {job.stage} {job.share:.0%}"
        if line != shown:
            _say(line)
            shown = line
        if job.ended:
            _say("\n" if sys.stdout.isatty() else "")
            if job.state == jobs.JobState.FAILED:
                _tell_failure(title, job.error)
            return True
        if worker_ended() is not None:
            raise SettingsError("the worker stopped by itself; its message is above")
        time.sleep(POLL_SECONDS)
    return False


def _tell_failure(title: str, error: str | None) -> None:
    """Serve without a plan, which a road router that is away may cost; without a match, nothing."""
    if title == MATCHING:
        raise SettingsError(f"{title} failed: {error}")
    click.echo(
        f"wujin: {title} failed: {error}\n"
        "wujin: serving all the same; plan a day on the page once this is mended",
        err=True,
    )


def _say(line: str) -> None:
    """Rewrite one line on a terminal; print lines elsewhere, where a log keeps them."""
    if sys.stdout.isatty():
        click.echo(f"\r\x1b[K{line}", nl=False)
    elif line:
        click.echo(line)


def _report(session: Session, settings: Settings) -> None:
    from market.accounts.queries import demo_accounts
    from market.haulage.queries import latest_plan
    from market.matchmaking.queries import latest_run

    run = latest_run(session)
    if run is not None:
        click.echo(_run_line(run.ref, run.summary))
    plan = latest_plan(session)
    if plan is not None:
        click.echo(_plan_line(plan.ref, plan.summary))
    click.echo(f"\n  http://{settings.host}:{settings.port}/\n")
    for account in demo_accounts(session):
        click.echo(f"  {account.role:<13} {account.email}  password {account.password}")
    click.echo("\nStop with Ctrl-C.")


def _run_line(ref: str, summary: dict[str, Any]) -> str:
    gap = "unproven" if summary["gap"] is None else f"gap {summary['gap']:.2%}"
    return (
        f"Matching {ref}: {summary['tonnes']:,.0f} t matched of {summary['available_t']:,.0f} t, "
        f"{summary['tonne_km']:,.0f} tonne-km, {summary['status']}, {gap}, "
        f"{summary['solve_seconds']:.2f} s"
    )


def _plan_line(ref: str, summary: dict[str, Any]) -> str:
    bound_fen = summary["bound_fen"]
    gap = f"gap {summary['cost_fen'] / bound_fen - 1:.1%}" if bound_fen else "no bound"
    return (
        f"Plan {ref}: {1 - summary['loaded_share']:.0%} driven empty, {gap}, "
        f"{summary['shuttle_km'] - summary['km']:,.0f} km saved on plain shuttling; "
        f"{summary['vehicles']} trucks, {summary['loads']} loads, {summary['tonnes']:,.0f} t, "
        f"{summary['km']:,.0f} km, {summary['solve_seconds']:.1f} s"
    )
