"""The levels of a week's stores, as planned and after changes by hand to its days."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy.orm import Session

from market.haulage import codec, queries, week_queries
from market.haulage.models import CollectionPlan, PlanRoute, PlanWeek
from market.haulage.week_rules import stream_of
from routing.horizon import HorizonProblem, Level
from routing.horizon_check import Miss, misses, read_tank, read_yard

Moved = tuple[dict[str, list[int]], dict[str, list[int]]]
Routes = Mapping[int, Sequence[PlanRoute]]


@dataclass(frozen=True, slots=True)
class Followed:
    """A week as its days now stand: what was changed, levels, what is missed and what is broken.

    ``levels`` and ``unmet`` are as a week's summary holds them; ``worse`` are the rows of ``unmet``
    that the plan had not. ``lacking`` is by store and day what is taken where nothing stands, or
    brought where no room is; ``overworked`` are trucks with the days they work and may work;
    ``shut`` are sites and days at which a truck works though the gate is shut.
    """

    changed: tuple[int, ...]
    levels: list[dict[str, Any]]
    unmet: list[dict[str, Any]]
    worse: list[dict[str, Any]]
    lacking: dict[str, tuple[int, ...]]
    overworked: list[tuple[int, int, int]]
    shut: list[tuple[str, int]]


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
    """Read the whole week again by what each day's plan now moves; None if no day was changed."""
    changed = tuple(day for day in sorted(heads) if heads[day].id != first[day].id)
    if not changed:
        return None
    frozen = week_queries.frozen_input(session, week.id)
    assert frozen is not None
    problem = codec.thaw_week(frozen)
    out_kg, in_kg = _moved(session, week, heads)
    tanks = [read_tank(row, out_kg[row.id]) for row in problem.tanks]
    yards = [read_yard(row, in_kg[row.receiver]) for row in problem.yards]
    full, used = ([row.level for row in rows] for rows in (tanks, yards))
    found = misses(problem, full, used, _left_kg(problem, out_kg))
    unmet, worse = _told(week.summary["unmet"], found)
    routes = {day: queries.routes(session, plan.id) for day, plan in heads.items()}
    return Followed(
        changed,
        stored(problem, [*full, *used]),
        unmet,
        worse,
        {row.level.store: row.beyond_kg for row in (*tanks, *yards) if any(row.beyond_kg)},
        list(_overworked(problem, routes)),
        list(_shut(problem, routes)),
    )


def _moved(session: Session, week: PlanWeek, heads: Mapping[int, CollectionPlan]) -> Moved:
    """Return the kilograms a day out of each stream and into each receiver."""
    out_kg: dict[str, list[int]] = defaultdict(lambda: [0] * week.days)
    in_kg: dict[str, list[int]] = defaultdict(lambda: [0] * week.days)
    for day, plan in heads.items():
        for load in queries.loads(session, plan.id):
            flow, visit = f"F{load.offer_id}-{load.want_id}", f"C{load.collection_id}"
            out_kg[visit if load.offer_id is None else flow][day] += load.mass_kg
            in_kg[f"W{load.want_id}"][day] += load.mass_kg
    return out_kg, in_kg


def _left_kg(problem: HorizonProblem, out_kg: Mapping[str, Sequence[int]]) -> dict[str, int]:
    """Return what no day fetches of each dated collection; a stream's loads are all alike.

    The one that is due first takes the first loads of its days.
    """
    left_kg = {row.collection.id: row.collection.mass_kg for row in problem.dated}
    standing = {name: list(kg) for name, kg in out_kg.items()}
    for row in sorted(problem.dated, key=lambda row: (row.latest_day, row.earliest_day)):
        name = row.collection.id
        days = standing.get(stream_of(name), [0] * problem.days)
        for day in range(row.earliest_day, row.latest_day + 1):
            taken_kg = min(left_kg[name], days[day])
            left_kg[name] -= taken_kg
            days[day] -= taken_kg
    return left_kg


def _told(
    planned: Iterable[dict[str, Any]], found: Iterable[Miss]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Return what is missed now, with the reasons known of it, and what of it is new.

    What was missed as planned keeps its reason; for more than that no reason was looked for.
    """
    reasons: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    for row in planned:
        reasons[row["kind"], row["subject"]].append(row)
    unmet, worse = list[dict[str, Any]](), list[dict[str, Any]]()
    for miss in found:
        rest_kg = miss.mass_kg
        for row in reasons[miss.kind, miss.subject]:
            known_kg = min(rest_kg, row["mass_kg"])
            rest_kg -= known_kg
            if known_kg:
                unmet.append({**row, "day": miss.day, "mass_kg": known_kg})
        if rest_kg:
            worse.append({**asdict(miss), "mass_kg": rest_kg, "blocker": None, "unserved": None})
    return unmet + worse, worse


def _overworked(problem: HorizonProblem, routes: Routes) -> Iterator[tuple[int, int, int]]:
    """Yield number, days at work and days allowed of each truck that works on more than it may."""
    for roster in problem.rosters:
        trips = {
            day: row.number
            for day, rows in routes.items()
            for row in rows
            if f"V{row.vehicle_id}" == roster.vehicle
        }
        most = problem.days if roster.most_days is None else roster.most_days
        if len(trips) > most:
            yield next(iter(trips.values())), len(trips), most


def _shut(problem: HorizonProblem, routes: Routes) -> Iterator[tuple[str, int]]:
    for closure in problem.closures:
        for day in sorted(closure.days):
            stops = (stop for row in routes.get(day, ()) for stop in row.stops)
            if any(stop["loads"] and stop["site"] == closure.site for stop in stops):
                yield closure.site, day


def totals(heads: Mapping[int, CollectionPlan]) -> dict[str, Any]:
    """Add up what the days' plans say of themselves."""
    names = (
        "loads",
        "tonnes",
        "km",
        "empty_km",
        "shuttle_km",
        "shuttle_empty_km",
        "cost_fen",
    )
    return {name: sum(plan.summary[name] for plan in heads.values()) for name in names}
