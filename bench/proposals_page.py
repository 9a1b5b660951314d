"""Top proposals as the product gives them: milliseconds of the question and of the whole page.

    python bench/proposals_page.py [--questions 200] [--postgres URL]

The catalogue as shipped, and 50,000 open offers and 50,000 open wants of the ten materials with
most uses, each at a site of its own around Luoyang (31-37 N, 110-117 E); wants by any use the
catalogue knows of, lots with a report drawn from the usual range of their material. SQLite in a
temporary folder, then a database of its own on the PostgreSQL server where one answers. The
question is what the page asks; the page is the whole answer to a visitor, and rendering the part of
it spent in templates. Offers and wants are asked for by turns, by the clock and in processor time
of this process: what a database server takes is in the first alone.
"""

import argparse
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
import sqlalchemy as sa
from flask import before_render_template, template_rendered
from sqlalchemy.orm import Session

from market import schema
from market.app import create_app
from market.catalogue import loader as catalogue_loader
from market.catalogue.models import Acceptance, Composition
from market.catalogue.rules import Allowed
from market.config import Settings
from market.db import make_engine
from market.listings import queries as listings
from market.listings.models import Assay, AssayValue, Listing
from market.listings.rules import Basis, Form, Side, State
from market.matchmaking import proposals
from market.orgs.models import Organisation, Site
from market.orgs.rules import Standing

SEED = 11
LISTINGS = 50_000
MATERIALS = 10
Rows = Iterator[dict[str, object]]
POSTGRES = "postgresql+psycopg://postgres@127.0.0.1:5432/postgres"


class World:
    """Draws the rows of both sides; numbers below ``LISTINGS`` are offers."""

    def __init__(self, session: Session, now: datetime) -> None:
        self.dice = np.random.default_rng(SEED)
        self.now = now
        self.uses: dict[str, list[str]] = {}
        for use in session.scalars(sa.select(Acceptance).order_by(Acceptance.position)):
            if use.allowed != Allowed.NO:
                self.uses.setdefault(use.material_id, []).append(use.process_id)
        self.materials = sorted(self.uses, key=lambda key: (-len(self.uses[key]), key))[:MATERIALS]
        self.ranges: dict[str, dict[str, Composition]] = {key: {} for key in self.materials}
        for row in session.scalars(sa.select(Composition).order_by(Composition.position)):
            if not row.part and row.material_id in self.ranges:
                self.ranges[row.material_id][row.component] = row
        self.chosen = self.dice.integers(0, MATERIALS, 2 * LISTINGS).tolist()

    def sites(self) -> Rows:
        places = self.dice.uniform((31.0, 110.0), (37.0, 117.0), (2 * LISTINGS, 2)).tolist()
        for n, (lat, lon) in enumerate(places, 1):
            name = f"Works {n}"
            yield {
                "id": n, "org_id": 1, "key": f"bench-{n}", "name_zh": name, "name_en": name,
                "lat": lat, "lon": lon,
            }  # fmt: skip

    def listings(self) -> Rows:
        tonnes = self.dice.integers(1, 400, 2 * LISTINGS).tolist()
        for n in range(2 * LISTINGS):
            material = self.materials[self.chosen[n]]
            uses = self.uses[material]
            wants = n >= LISTINGS
            yield {
                "id": n + 1, "key": f"bench-{n + 1}", "side": Side.WANT if wants else Side.OFFER,
                "state": State.OPEN, "basis": Basis.DECLARED, "org_id": 1, "site_id": n + 1,
                "material_id": material, "form": Form.DRY, "mass_kg_per_year": tonnes[n] * 10**6,
                "process_id": uses[n % len(uses)] if wants else None, "note": "", "version": 1,
                "expires_on": self.now.date() + timedelta(days=90),
                "created_at": self.now, "updated_at": self.now,
            }  # fmt: skip

    def assays(self) -> Rows:
        today = self.now.date()
        for n in range(1, LISTINGS + 1):
            days = {"sampled_on": today, "expires_on": today + timedelta(days=180)}
            yield {"id": n, "listing_id": n, "report_no": "", "laboratory": "", **days}

    def values(self) -> Rows:
        for n in range(LISTINGS):
            for row in self.ranges[self.materials[self.chosen[n]]].values():
                value = self.dice.uniform(row.low, row.high)
                bounds = {"low": value, "high": value, "unit": row.unit}
                yield {"assay_id": n + 1, "property": row.component, **bounds}


def fill(engine: sa.Engine, now: datetime) -> None:
    schema.Base.metadata.create_all(engine)
    with Session(engine) as session:
        catalogue_loader.load(session, now)
        session.add(
            Organisation(
                id=1, key="bench", name_zh="Bench", name_en="Bench", standing=Standing.MEMBER
            )
        )
        session.flush()
        world = World(session, now)
        for model, rows in (
            (Site, world.sites()),
            (Listing, world.listings()),
            (Assay, world.assays()),
            (AssayValue, world.values()),
        ):
            session.execute(sa.insert(model), list(rows))
        session.commit()
        session.execute(sa.text("ANALYZE"))
        session.commit()


def milliseconds(ask: Callable[[int], object], questions: int) -> np.ndarray:
    """Time offers and wants by turns, after one of each to warm up: (questions, clock and CPU)."""
    step = LISTINGS // questions
    asked = [1 + n * step + (LISTINGS if n % 2 else 0) for n in range(questions)]
    taken = []
    for listing_id in (LISTINGS, 2 * LISTINGS, *asked):
        started = time.perf_counter(), time.process_time()
        ask(listing_id)
        taken.append((time.perf_counter() - started[0], time.process_time() - started[1]))
    return np.array(taken[2:]) * 1000


def told(name: str, taken: np.ndarray) -> None:
    for side, part in (("offers", taken[::2]), ("wants", taken[1::2]), ("both", taken)):
        for column, clock in enumerate(("by the clock", "processor time")):
            p50, p95, p99, worst = np.percentile(part[:, column], (50, 95, 99, 100)).round(1)
            print(f"{name}, {side}, {clock}: p50 {p50} p95 {p95} p99 {p99} worst {worst} ms")


class Rendering:
    """Counts what templates take, between the two signals that Flask gives around them."""

    def __init__(self) -> None:
        self.began = (0.0, 0.0)
        self.taken: list[tuple[float, float]] = []
        before_render_template.connect(self.begin)
        template_rendered.connect(self.end)

    def begin(self, _sender: object, **_named: object) -> None:
        self.began = time.perf_counter(), time.process_time()

    def end(self, _sender: object, **_named: object) -> None:
        clock, cpu = self.began
        self.taken.append((time.perf_counter() - clock, time.process_time() - cpu))


def measure(settings: Settings, questions: int) -> None:
    now = datetime.now(UTC)
    engine = make_engine(settings.database())
    fill(engine, now)
    print(f"{engine.dialect.name}: {2 * LISTINGS:,} listings, {questions} questions, seed {SEED},",
          f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")  # fmt: skip

    def question(listing_id: int) -> object:
        with Session(engine) as session:
            own = listings.summaries(session, [listing_id])[listing_id]
            return proposals.for_listing(session, own, on=now.date())

    told("question", milliseconds(question, questions))
    client = create_app(settings).test_client()

    def page(listing_id: int) -> object:
        response = client.get(f"/listings/{listing_id}")
        assert response.status_code == 200, response.status_code
        return response

    rendering = Rendering()
    told("page", milliseconds(page, questions))
    told("of it rendering", np.array(rendering.taken[2:]) * 1000)
    print(f"load {os.getloadavg()[0]:.1f} at the end")
    engine.dispose()


@contextmanager
def database_on(server: str) -> Iterator[str]:
    """Make a database of its own on a PostgreSQL server, dropped afterwards."""
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    name = f"wujin_bench_{uuid4().hex[:12]}"
    with engine.connect() as connection:
        connection.exec_driver_sql(f'CREATE DATABASE "{name}"')
    try:
        yield server.rsplit("/", 1)[0] + f"/{name}"
    finally:
        with engine.connect() as connection:
            connection.exec_driver_sql(f'DROP DATABASE "{name}" WITH (FORCE)')
        engine.dispose()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--postgres", default=POSTGRES, help="address of a server")
    options = parser.parse_args()
    key = "only for measuring"
    with tempfile.TemporaryDirectory() as folder:
        measure(Settings(data_dir=Path(folder), secret_key=key), options.questions)
        try:
            with database_on(options.postgres) as url:
                settings = Settings(data_dir=Path(folder), secret_key=key, database_url=url)
                measure(settings, options.questions)
        except sa.exc.OperationalError as error:
            print(f"PostgreSQL is left out: {str(error.orig).splitlines()[0]}")


if __name__ == "__main__":
    main()
