"""A listing's answer is that of judging everybody by the whole catalogue, however little is read."""

import random
import shutil
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.catalogue.loader import load
from market.catalogue.models import Acceptance, Limit, Material
from market.db import make_engine, make_sessions, transaction
from market.listings import queries as listings
from market.listings.models import Listing
from market.listings.rules import Side, State
from market.matchmaking import loader, lots, nearby, proposals
from market.matchmaking.loader_rules import Part, named_by
from market.matchmaking.rules import Objective
from market.orgs.models import Site
from matching import problem as engine
from matching.compatibility import judge
from matching.limits import terms_of
from tests.conftest import NOW
from tests.factories import make_assay, make_licence, make_listing, make_org, make_site

TODAY = NOW.date()
SCENE = loader.Scene(Objective.VALUE, 200_000, 1.3, (), TODAY)
MATERIALS = ("fly_ash", "cfb_ash", "fgd_gypsum", "phosphogypsum", "bf_slag", "lead_zinc_slag")
FIRMS = 220
SEED = 5


@dataclass(frozen=True)
class World:
    session: Session
    rules: loader.Rulebook
    rows: tuple[tuple[Listing, Site], ...]

    def plain(self, listing: Listing, monkeypatch: pytest.MonkeyPatch) -> proposals.Answer:
        others = [
            row.id
            for row, _ in self.rows
            if row.side != listing.side and row.state == State.OPEN and row.expires_on >= TODAY
        ]
        with monkeypatch.context() as whole:
            whole.setattr(loader.Rulebook, "read", lambda *args, **named: self.rules)
            whole.setattr(proposals, "shortlist", lambda *args, **named: others)
            return self.answer(listing)

    def answer(self, listing: Listing) -> proposals.Answer:
        own = listings.summaries(self.session, [listing.id])[listing.id]
        return proposals.for_listing(self.session, own, on=TODAY)


@pytest.fixture(name="world", scope="module")
def _world(tmp_path_factory: pytest.TempPathFactory, empty_database: Path) -> Iterator[World]:
    """Firms around Luoyang by the shipped catalogue, their figures often on the very limit."""
    path = tmp_path_factory.mktemp("nearby") / "world.sqlite"
    shutil.copy(empty_database, path)
    database = make_engine(f"sqlite:///{path}")
    with make_sessions(database)() as session:
        with transaction(session):
            load(session, NOW)
        _settle(session, random.Random(SEED))
        session.commit()
        rules = loader.Rulebook.read(session, TODAY)
        ids = session.scalars(sa.select(Listing.id)).all()
        yield World(session, rules, tuple(loader.rows_of(session, ids)))
    database.dispose()


def _settle(session: Session, dice: random.Random) -> None:
    org = make_org(session)
    uses: dict[str, list[str]] = defaultdict(list)
    for use in session.scalars(sa.select(Acceptance).where(Acceptance.material_id.in_(MATERIALS))):
        uses[use.material_id].append(use.process_id)
    limits = session.scalars(sa.select(Limit).order_by(Limit.position)).all()
    for number in range(FIRMS):
        site = make_site(
            session, org=org, lat=dice.uniform(33.6, 35.6), lon=dice.uniform(110.8, 113.2),
            province=dice.choice(["Henan", "Henan", "Shanxi"]),
        )  # fmt: skip
        material_id = dice.choice(MATERIALS)
        fields = {"site": site, "material_id": material_id}
        fields["state"] = State.WITHDRAWN if number % 29 == 0 else State.OPEN
        fields["expires_on"] = TODAY + timedelta(days=-1 if number % 31 == 0 else number % 3)
        if number % 2:
            process_id = dice.choice(uses[material_id])
            make_listing(session, side=Side.WANT, process_id=process_id, **fields)
            if dice.random() < 0.3:
                valid_to = TODAY + timedelta(days=dice.choice([-1, 0, 300]))
                codes = [dice.choice(["HW48", "321-008-48", "HW31"])]
                make_licence(session, site=site, hw_codes=codes, valid_to=valid_to)
            continue
        fields["moisture_share"] = dice.choice([None, None, 0.01, 0.3])
        fields["waste_code"] = dice.choice([None, None, "900-099-S17"])
        own = make_listing(session, **fields)
        for _ in range(dice.choice([0, 1, 1, 1, 2])):
            asked = [row for row in limits if row.process_id in uses[material_id]]
            sampled, expires = (TODAY + timedelta(days=dice.choice([-1, 0, 1])) for _ in "ab")
            values = _report(dice, [r for r in asked if r.material_id in {None, material_id}])
            make_assay(session, own, values, sampled_on=sampled, expires_on=expires)


def _report(dice: random.Random, limits: list[Limit]) -> dict[str, tuple[float, float, str]]:
    """Report some of what is asked, parts of sums too, mostly on or beside a limit."""
    share_reported = dice.choice([0.05, 0.1, 0.5])
    found: dict[str, tuple[float, float, str]] = {"CaO": (4.0, dice.choice([6.0, 10.0]), "%")}
    for row in limits:
        parts = [name for _, name in terms_of(row.property)]
        names = dice.choice([[row.property], parts, parts[:1], []]) if parts else [row.property]
        for name in names:
            if dice.random() < share_reported:
                share = row.value / (len(parts) if name != row.property else 1)
                low = share * dice.choice([0.5, 0.9, 1.0, 1.0])
                high = max(low, share * dice.choice([0.9, 1.0, 1.0, 1.0, 1.3]))
                found[name] = (low, high, row.unit)
                if row.unit == "%" and dice.random() < 0.05:
                    found[name] = (low * 1e4, high * 1e4, "mg/kg")
    return found


@pytest.mark.parametrize("side", list(Side))
def test_the_answer_is_that_of_judging_everybody(world, monkeypatch, side):
    monkeypatch.setattr(nearby, "BATCH", 4)
    dice = random.Random(SEED)
    asked = dice.sample([row for row, _ in world.rows if row.side == side], 12)
    plain = {row.id: world.plain(row, monkeypatch) for row in asked}
    assert {row.id: world.answer(row) for row in asked} == plain
    assert sum(len(found.candidates) for found in plain.values()) > 12
    reasons = {miss.reasons[0].reason for found in plain.values() for miss in found.misses}
    assert {"limit_exceeded", "out_of_radius"} <= reasons


def test_lots_of_one_kind_have_one_verdict(world):
    """Of every use: same kind, same verdict; and kinds are fewer than lots."""
    offers = [pair for pair in world.rows if pair[0].side == Side.OFFER]
    problem = loader.problem_of(world.session, world.rules, offers, TODAY)
    supplies = {int(row.id): row for row in problem.supplies}
    usual = {row.id: row.ranges for row in problem.materials}
    parameters = world.rules.parameters(SCENE)
    mixed = shared = 0
    for process_id, uses in world.rules.uses.items():
        for material_id in uses.keys() & set(MATERIALS):
            use = uses[material_id]
            if use.allowed is engine.Allowed.NO:
                continue
            slot = engine.Slot(
                process_id, "here", engine.Position(34.6, 112.4), (1.0,), (use,), province="Henan"
            )
            rows = _thin(world.session, material_id)
            found = lots.Sieve.of(use, usual.get(material_id, ())).kinds(world.session, rows, TODAY)
            verdicts = defaultdict(set)
            for row, kind in zip(rows, found, strict=True):
                verdict = judge(problem, parameters, supplies[row.id], slot)
                verdicts[kind].add((verdict.passes, verdict.grade))
            assert {len(told) for told in verdicts.values()} == {1}, (process_id, material_id)
            mixed += len({passes for told in verdicts.values() for passes, _ in told}) > 1
            shared += len(rows) - len(verdicts)
    assert mixed > 10
    assert shared > 100


def _thin(session: Session, material_id: str) -> list[sa.Row[Any]]:
    statement = (
        sa.select(Listing.id, Listing.waste_code, Listing.moisture_share, Site.province)
        .join(Site, Site.id == Listing.site_id)
        .where(Listing.side == Side.OFFER, Listing.material_id == material_id)
    )
    return list(session.execute(statement))


def test_a_part_of_the_catalogue_says_of_its_uses_what_the_whole_does(world):
    for material in world.session.scalars(sa.select(Material)).all()[::5]:
        named = named_by(world.session, material.id)
        part = Part.of_pairs(named, material.id)
        rules = loader.Rulebook.read(world.session, TODAY, part=part)
        for process_id, wanted in named:
            assert rules.uses[process_id][wanted] == world.rules.uses[process_id][wanted]
        whole = [
            (process_id, wanted)
            for process_id, uses in world.rules.uses.items()
            for wanted in uses
            if material.id
            in {
                use.material_id
                for use in world.rules.accepted_by(
                    Listing(process_id=process_id, material_id=wanted)
                )
            }
        ]
        assert sorted(named) == sorted(whole)
