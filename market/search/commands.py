"""`wujin search rebuild`: index every listing from nothing."""

import click

from market.config import load_settings
from market.db import make_engine, make_sessions, transaction
from market.search import index


@click.group("search")
def search_group() -> None:
    """Full-text index of the market."""


@search_group.command("rebuild")
def rebuild_command() -> None:
    """Index every listing from nothing, after the catalogue's names or codes changed."""
    engine = make_engine(load_settings().database())
    with make_sessions(engine)() as session, transaction(session):
        count = index.rebuild(session)
    engine.dispose()
    click.echo(f"indexed {count} listings")
