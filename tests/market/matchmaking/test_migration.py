"""Stored runs outlive the change that lets them be planned by month."""

import sqlalchemy as sa
from alembic import command
from alembic.config import Config

from market.db import make_engine, make_sessions
from tests.conftest import ROOT
from tests.factories import make_listing

RUN = sa.text(
    "INSERT INTO match_run (id, objective, radius_m, road_factor, material_ids, seed, versions,"
    " status, summary, created_at) VALUES (1, 'tonnes', 1, 1.3, '[]', 1, '{}', 'optimal', '{}',"
    " '2026-11-01 00:00:00')"
)
BALANCE = sa.text(
    "INSERT INTO match_balance (run_id, listing_id, side, available_kg, placed_kg, reason_params)"
    " VALUES (1, :listing, 'offer', 5, 3, '{}')"
)


def migrate(url: str, revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.attributes["database_url"] = url
    if revision == "0002" and (ROOT / url.removeprefix("sqlite:///")).exists():
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)


def test_rows_of_older_runs_survive_up_and_down(tmp_path):
    url = f"sqlite:///{tmp_path / 'old.sqlite'}"
    migrate(url, "head")
    engine = make_engine(url)
    with make_sessions(engine)() as session:
        listing_id = make_listing(session).id
        session.commit()
    migrate(url, "0002")
    with engine.begin() as connection:
        connection.execute(RUN)
        connection.execute(BALANCE, {"listing": listing_id})
    for revision in ("0003", "0002"):
        migrate(url, revision)
        with engine.connect() as connection:
            kept = connection.scalar(sa.text("SELECT placed_kg FROM match_balance"))
        assert kept == 3
    migrate(url, "0003")
    with engine.begin() as connection:
        connection.execute(sa.text("UPDATE match_run SET objective = 'co2'"))
    migrate(url, "0002")
    with engine.connect() as connection:
        assert connection.scalar(sa.text("SELECT COUNT(*) FROM match_balance")) == 0
    engine.dispose()
