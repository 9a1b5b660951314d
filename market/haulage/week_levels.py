"""The levels of a week's stores, as planned and after changes by hand to its days."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.orm import Session

from market.haulage import codec, queries, week_queries
from market.haulage.models import CollectionPlan, PlanWeek
from routing.horizon import HorizonProblem, Level
from routing.horizon_levels import tank_followed, yard_followed


@dataclass(frozen=True, slots=True)
class Followed:
    """A week as its days now stand: changed days, levels as stored, and what no longer fits."""

    changed: tuple[int, ...]
    levels: list[dict[str, Any]]
    lacking: dict[str, list[int]]


def stored(problem: HorizonProblem, levels: Sequence[Level]) -> list[dict[str, Any]]:
    """Return levels of tanks and yards with their rooms, as a week's summary holds them."""
    rooms = {tank.id: tank.room_kg for tank in problem.tanks}
    yards = {yard.receiver: yard.room_kg for yard in problem.yards}
    return [
        {
            **asdict(level),
            "room_kg": (rooms | yards)[level.store],
            "used": level.store in yards,
        }
        for level in levels
    ]


def followed(
    session: Session,
    week: PlanWeek,
    first: Mapping[int, CollectionPlan],
    heads: Mapping[int, CollectionPlan],
) -> Followed | None:
    """Roll the stores forward with what each day's plan now moves; None if no day was changed."""
    changed = tuple(day for day in sorted(heads) if heads[day].id != first[day].id)
    if not changed:
        return None
    frozen = week_queries.frozen_input(session, week.id)
    assert frozen is not None
    problem = codec.thaw_week(frozen)
    moved_kg: dict[str, list[int]] = defaultdict(lambda: [0] * week.days)
    for day, plan in heads.items():
        for load in queries.loads(session, plan.id):
            moved_kg[f"W{load.want_id}"][day] += load.mass_kg
            moved_kg[f"F{load.offer_id}-{load.want_id}"][day] += load.mass_kg
    tanks = [tank_followed(row, moved_kg[row.id]) for row in problem.tanks]
    yards = [yard_followed(row, moved_kg[row.receiver]) for row in problem.yards]
    rows = [*tanks, *yards]
    return Followed(
        changed,
        stored(problem, [level for level, _lacking in rows]),
        {level.store: lacking for level, lacking in rows if any(lacking)},
    )


def totals(heads: Mapping[int, CollectionPlan]) -> dict[str, Any]:
    """Add up what the days' plans say of themselves."""
    names = ("loads", "tonnes", "km", "empty_km", "cost_fen")
    return {name: sum(plan.summary[name] for plan in heads.values()) for name in names}
