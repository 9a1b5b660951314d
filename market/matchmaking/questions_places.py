"""A plant that is not there yet: what it may be, where it could stand, what it would accept."""

import functools
import json
from dataclasses import dataclass, replace
from pathlib import Path

from sqlalchemy.orm import Session

from market.catalogue import queries as catalogue
from market.catalogue.rules import Allowed
from market.errors import DomainError
from market.matchmaking.flows import End
from market.matchmaking.loader import Rulebook
from market.matchmaking.questions import NEW_PLANT, Read
from matching.location import Candidate
from matching.problem import Position, Slot, Supply

_SEATS = Path(__file__).parents[1] / "static" / "data" / "county_seats.json"
PROVINCE = "Henan"
"""All county seats of the file lie in it; border rules ask."""


@dataclass(frozen=True, slots=True)
class Place:
    """A county seat, or a site of the run (then ``end`` is one of its listings)."""

    key: str
    name_zh: str
    name_en: str
    candidate: Candidate
    end: End | None = None


@dataclass(frozen=True, slots=True)
class Use:
    """A process that may take a material on offer, as the catalogue names them."""

    key: str
    process_id: str
    process_zh: str
    process_en: str
    material_id: str
    material_zh: str
    material_en: str
    family: str


@functools.cache
def seats() -> tuple[Place, ...]:
    rows = json.loads(_SEATS.read_text(encoding="utf-8"))
    return tuple(
        Place(
            f"seat-{number}",
            row["name_zh"],
            row["name_en"],
            Candidate(Position(row["lat"], row["lon"]), PROVINCE),
        )
        for number, row in enumerate(rows, 1)
    )


def places(asked: Read) -> list[Place]:
    """Return the county seats, then the sites of the run; one of each position."""
    found = {place.candidate.position: place for place in seats()}
    problem = asked.case.problem
    rows: tuple[Supply | Slot, ...] = (*problem.slots, *problem.supplies)
    for row in rows:
        balance = asked.rows.get(int(row.id)) if row.id.isdigit() else None
        if balance is None:
            continue
        end = balance.end
        candidate = Candidate(row.position, row.province)
        found.setdefault(
            row.position,
            Place(f"site-{end.site_id}", end.name_zh, end.name_en, candidate, end),
        )
    return list(found.values())


def uses(session: Session, asked: Read) -> list[Use]:
    """Return what the catalogue allows for the materials on offer, by material and process."""
    offered = {row.material_id for row in asked.rows.values() if row.side == "offer"}
    found = [
        Use(
            f"{row.process_id}|{row.material_id}",
            row.process_id,
            row.process.name_zh,
            row.process.name_en,
            row.material_id,
            row.material.name_zh,
            row.material.name_en,
            row.material.family,
        )
        for row in catalogue.acceptances(session)
        if row.material_id in offered and row.allowed != Allowed.NO
    ]
    return sorted(found, key=lambda use: (use.family, use.material_id, use.process_id))


def new_slot(session: Session, asked: Read, use: Use, tonnes: float) -> Slot:
    """Build the slot of the new plant by the catalogue's rules on the day of the run."""
    on = asked.case.parameters.on
    if on is None:
        raise DomainError("run_input_outdated")
    accepted = Rulebook.read(session, on).uses[use.process_id][use.material_id]
    periods = len(asked.case.problem.periods)
    return Slot(
        id=NEW_PLANT,
        sink_id=NEW_PLANT,
        position=Position(0.0, 0.0),
        tonnes=(tonnes / periods,) * periods,
        accepts=(accepted,),
        province=PROVINCE,
    )


def at(slot: Slot, place: Place) -> Slot:
    position, province = place.candidate.position, place.candidate.province
    return replace(slot, position=position, province=province or slot.province)
