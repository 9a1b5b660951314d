"""What a dispatcher has locked in a stored plan, in words. View-side only."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from market.haulage.models import PlanRoute
from market.web.filters import clock
from routing.plan import StopKind

Times = Mapping[tuple[str, StopKind], int]


@dataclass(frozen=True, slots=True)
class Settled:
    """Locked trucks by the planner's names, loads by theirs; ``times`` of loading and unloading."""

    trucks: frozenset[str] = frozenset()
    loads: frozenset[str] = frozenset()
    times: Times = field(default_factory=dict)

    @classmethod
    def of(cls, held: dict[str, Any]) -> "Settled":
        locks = held.get("locks", ())
        said = (
            (row["load"], kind, row.get(name))
            for row in locks
            for kind, name in ((StopKind.LOAD, "start_s"), (StopKind.UNLOAD, "unload_s"))
        )
        return cls(
            frozenset(row["vehicle"] for row in locks if row["load"] is None),
            frozenset(row["load"] for row in locks if row["load"] is not None),
            {(load, kind): second for load, kind, second in said if second is not None},
        )

    def at(self, kind: StopKind, loads: Sequence[str]) -> int | None:
        """Return the second to which a stop for these loads is locked."""
        return next((self.times[name, kind] for name in loads if (name, kind) in self.times), None)

    def of_stop(self, kind: StopKind, loads: Sequence[str]) -> str:
        """Say whether a stop's loads are locked, and to which time; empty when none is."""
        if not self.loads & set(loads):
            return ""
        second = self.at(kind, loads)
        if second is None:
            return str(_("locked"))
        time = clock(second)
        if kind is StopKind.LOAD:
            return str(_("loading locked to %(time)s", time=time))
        return str(_("unloading locked to %(time)s", time=time))

    def holds(self, route: PlanRoute) -> bool:
        return f"V{route.vehicle_id}" in self.trucks

    def words(self, route: PlanRoute) -> str:
        """Say what of the truck's day is locked; empty when nothing is."""
        if self.holds(route):
            return str(_("locked"))
        count = len(self.loads & {name for stop in route.stops for name in stop["loads"]})
        if not count:
            return ""
        return str(ngettext("%(num)s load locked", "%(num)s loads locked", count))


NOTHING_SETTLED = Settled()
