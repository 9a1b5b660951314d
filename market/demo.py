"""Demonstration data: the catalogue, public-source estimates and invented firms (示例)."""

from datetime import UTC, datetime

import click
from sqlalchemy.orm import Session

from market.config import load_settings
from market.db import make_sessions, reach_engine, transaction


def load_all(session: Session, now: datetime) -> dict[str, int]:
    """Load what is missing; a second call adds nothing. Returns rows added by feature."""
    import market.catalogue.demo
    import market.haulage.demo
    import market.listings.demo
    import market.orgs.demo
    import market.parks.demo
    from market.search import index

    loaders = {
        "catalogue": market.catalogue.demo.load,
        "orgs": market.orgs.demo.load,
        "listings": market.listings.demo.load,
        "parks": market.parks.demo.load,
        "haulage": market.haulage.demo.load,
    }
    with transaction(session):
        added = {name: load(session, now) for name, load in loaders.items()}
        if added["listings"]:
            index.rebuild(session)
    return added


@click.group("demo")
def demo_group() -> None:
    """Demonstration data."""


@demo_group.command("load")
def load_command() -> None:
    """Load the catalogue, the estimates and the invented firms; repeatable."""
    engine = reach_engine(load_settings().database())
    with make_sessions(engine)() as session:
        for name, count in load_all(session, datetime.now(UTC)).items():
            click.echo(f"{name}: {count} added")
