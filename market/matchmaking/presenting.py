"""From rows to what templates and scripts draw: names a reader may see, maps, progress."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from market.accounts.rules import Actor
from market.jobs import Job, JobState
from market.listings.links import listing_url
from market.listings.rules import Basis
from market.matchmaking import labels, labels_span, policy
from market.matchmaking.flows import End, FlowRow
from market.matchmaking.rules import JobStage
from market.orgs.rules import Standing
from market.quantities import KG_PER_TONNE, M_PER_KM
from market.web.filters import NOTHING, tonnes
from market.web.language import pick

if TYPE_CHECKING:
    from market.matchmaking.reading import RefusalRow

LABELLED = 8
MAP_FLOWS = 300
GRID_DEG = 0.05
"""About 5 km: where a firm is shown that has not shown itself."""
GRID_M = 5000


@dataclass(frozen=True, slots=True)
class Names:
    """What this reader may know of the two ends of a flow."""

    actor: Actor | None

    def sees(self, end: End) -> bool:
        return policy.sees_name(self.actor, end)

    def of(self, end: End) -> str:
        if self.sees(end):
            return pick(end)
        return labels.anonymous(pick(end, "place"))

    def marked(self, end: End) -> str:
        """Return the name as it stands in plain text, with what an example or estimate bears."""
        name = self.of(end)
        if self.is_demo(end):
            name = labels.as_demo(name)
        return labels.as_estimate(name) if self.is_estimate(end) else name

    def place(self, end: End) -> str:
        return pick(end, "place")

    def position(self, end: End) -> tuple[float, float]:
        """WGS-84 degrees; on the grid for a firm that stays anonymous."""
        if self.sees(end):
            return end.lat, end.lon
        return _to_grid(end.lat), _to_grid(end.lon)

    def ref(self, end: End) -> str:
        """Return the listing's number; that of a hidden firm would lead to its name."""
        return end.ref if self.sees(end) else NOTHING

    def links(self, end: End) -> bool:
        return policy.sees_listing(self.actor, end)

    def explains(self, row: "FlowRow | RefusalRow") -> bool:
        return policy.sees_pair(self.actor, row.offer, row.want)

    def hides(self, row: "FlowRow | RefusalRow") -> bool:
        """Tell whether an end stands on the grid: no figure may then lead off it."""
        return not (self.sees(row.offer) and self.sees(row.want))

    def shown_m(self, row: "FlowRow | RefusalRow", metres: float) -> float:
        """Return a distance between both ends, no finer than the grid of a hidden one."""
        return round(metres / GRID_M) * GRID_M if self.hides(row) else metres

    def value(self, row: FlowRow) -> int | None:
        """Return fen a tonne; they hold the cost of the haul, and so the way to a hidden end."""
        return None if self.hides(row) else row.value_fen_per_t

    def tonne_km(self, row: FlowRow) -> float:
        if not self.hides(row):
            return row.tonne_km
        return row.mass_kg / KG_PER_TONNE * self.shown_m(row, row.road_m) / M_PER_KM

    def is_demo(self, end: End) -> bool:
        return end.standing == Standing.DEMO

    def is_estimate(self, end: End) -> bool:
        return end.basis == Basis.ESTIMATE


def _to_grid(degrees: float) -> float:
    return round(round(degrees / GRID_DEG) * GRID_DEG, 4)


def flow_map(flows: Sequence[FlowRow], names: Names) -> dict[str, Any]:
    """Return the data of the map: the largest flows, and every site that has one of them."""
    shown = sorted(flows, key=lambda row: -row.mass_kg)[:MAP_FLOWS]
    return {
        "points": [
            *_givers(shown, names),
            *_takers(shown, names),
        ],
        "flows": [
            {
                "from": list(names.position(row.offer)),
                "to": list(names.position(row.want)),
                "tonnes": row.mass_kg / KG_PER_TONNE,
                "family": row.family,
                "line": "potential",
                "title": flow_title(row, names),
            }
            for row in shown
        ],
        "fit": "points",
    }


def flow_title(row: FlowRow, names: Names) -> str:
    return labels_span.flow_title(
        names.marked(row.offer),
        names.marked(row.want),
        pick(row, "material"),
        labels_span.tonnes_moved(tonnes(row.mass_kg), row.months),
    )


def _givers(flows: Iterable[FlowRow], names: Names) -> list[dict[str, Any]]:
    by_site: dict[tuple[int, str], list[FlowRow]] = defaultdict(list)
    for row in flows:
        by_site[row.offer.site_id, row.family].append(row)
    return [
        _point(rows, rows[0].offer, names, index, shape="square", family=family, label="")
        for index, ((_, family), rows) in enumerate(by_site.items(), 1)
    ]


def _takers(flows: Iterable[FlowRow], names: Names) -> list[dict[str, Any]]:
    by_site: dict[int, list[FlowRow]] = defaultdict(list)
    for row in flows:
        by_site[row.want.site_id].append(row)
    largest = sorted(by_site.values(), key=lambda rows: -sum(row.mass_kg for row in rows))
    return [
        _point(
            rows, rows[0].want, names, index, shape="ring", family=None,
            label=names.of(rows[0].want) if index <= LABELLED else "",
        )
        for index, rows in enumerate(largest, 1)
    ]  # fmt: skip


def _point(
    rows: Sequence[FlowRow],
    end: End,
    names: Names,
    index: int,
    *,
    shape: str,
    family: str | None,
    label: str,
) -> dict[str, Any]:
    lat, lon = names.position(end)
    return {
        "id": f"{shape}-{end.site_id if names.sees(end) else -index}",
        "lat": lat,
        "lon": lon,
        "shape": shape,
        "family": family,
        "estimate": names.is_estimate(end),
        "label": label,
        "title": names.marked(end),
        "note": labels_span.tonnes_moved(tonnes(sum(row.mass_kg for row in rows)), rows[0].months),
        "url": listing_url(end.listing_id) if names.links(end) else "",
    }


@dataclass(frozen=True, slots=True)
class Stage:
    label: str
    state: str
    note: str = ""
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Panel:
    """What the progress component draws."""

    percent: int
    stage: int
    stages: Sequence[Stage]
    seconds_left: int | None
    note: str
    finished: bool


def panel(job: Job, now: datetime) -> Panel:
    order = list(JobStage)
    current = order.index(JobStage(job.stage)) if job.stage in set(JobStage) else 0
    return Panel(
        percent=round(job.share * 100),
        stage=current + 1,
        stages=[
            Stage(str(labels.STAGES[stage]), _stage_state(index, current, job))
            for index, stage in enumerate(order)
        ],
        seconds_left=_seconds_left(job, now),
        note=labels.waiting_note() if job.state == JobState.QUEUED else "",
        finished=job.ended,
    )


def _stage_state(index: int, current: int, job: Job) -> str:
    if job.state == JobState.DONE or index < current:
        return "done"
    return "now" if index == current and job.state == JobState.RUNNING else "todo"


ENOUGH_TO_GUESS = 0.2


def _seconds_left(job: Job, now: datetime) -> int | None:
    """Guess from the pace so far; nothing is said before a fifth is done."""
    if job.started_at is None or job.share < ENOUGH_TO_GUESS or job.ended:
        return None
    elapsed = (now - job.started_at).total_seconds()
    return max(1, round(elapsed * (1 - job.share) / job.share))
