"""The trucks of one pool in the programme of days: ways, hours and who is on duty."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from routing.horizon import Blocker, Roster
from routing.horizon_ledger import Ledger
from routing.horizon_programme import Terms
from routing.problem import Vehicle, VehicleType

_FEN_PER_YUAN = 100


@dataclass(frozen=True)
class Trucks:
    """Trucks that could do the same, and the least any of them costs."""

    fleet: list[Vehicle]
    types: Mapping[str, VehicleType]

    @property
    def kinds(self) -> list[VehicleType]:
        return [self.types[row.type] for row in self.fleet]

    def yuan(self, metres: float, seconds: float) -> float:
        """Return the least that a way of so many metres and seconds costs."""
        fen_per_km = min(row.fen_per_km for row in self.kinds)
        fen_per_h = min(row.fen_per_h for row in self.kinds)
        return (metres / 1000 * fen_per_km + seconds / 3600 * fen_per_h) / _FEN_PER_YUAN

    def here(self, depot: str) -> list[Vehicle]:
        return [row for row in self.fleet if row.depot == depot]

    def fixed_yuan(self, depot: str) -> float:
        return min(self.types[row.type].fixed_fen for row in self.here(depot)) / _FEN_PER_YUAN

    def shift_h(self, depot: str) -> float:
        shifts = [row.shift for row in self.here(depot)]
        return max(row.closes_s - row.opens_s for row in shifts) / 3600


class Pool:
    """Adds one pool's rows to the programme; sites go by their index in the travel matrix.

    Trucks that carry heavy loads some time of the day are counted apart from those that do not.
    """

    def __init__(
        self,
        ledger: Ledger,
        options: list[int],
        heavy: list[int],
        rosters: Mapping[str, Roster],
    ) -> None:
        self.ledger, self.rosters = ledger, rosters
        self.options, self.heavy = options, heavy
        self.all = Trucks(ledger.fleet(options), ledger.types)
        self.haulers = Trucks(ledger.fleet(heavy), ledger.types)
        self.rows = ledger.rows
        self.site = ledger.problem.day.travel.index

    def add(self) -> None:
        haulers: dict[str, Terms] = defaultdict(list)
        everyone: dict[str, Terms] = defaultdict(list)
        for day in range(self.ledger.problem.days):
            if not any((at, day) in self.ledger.loads for at in self.options):
                continue
            out, light = self._trucks(day)
            self._day(day, out, light)
            for depot in light:
                everyone[depot].append((light[depot], 1.0))
            for depot, column in out.items():
                haulers[depot].append((column, 1.0))
                everyone[depot].append((column, 1.0))
        self._duty(self.haulers, haulers, "duty of haulers at")
        self._duty(self.all, everyone, "duty at")

    def _duty(self, trucks: Trucks, columns: Mapping[str, Terms], name: str) -> None:
        """Let nobody work more days than the roster has."""
        for depot, terms in columns.items():
            days = sum(self._duty_days(row) for row in trucks.here(depot))
            more = self.ledger.more(Blocker.FLEET, f"{name} {depot}")
            self.rows.row(-np.inf, [*terms, *more], days)

    def _on_duty(self, vehicle: Vehicle, day: int) -> bool:
        roster = self.rosters.get(vehicle.id)
        return roster is None or day not in roster.off_days

    def _duty_days(self, vehicle: Vehicle) -> int:
        days = sum(self._on_duty(vehicle, day) for day in range(self.ledger.problem.days))
        roster = self.rosters.get(vehicle.id)
        most = None if roster is None else roster.most_days
        return days if most is None else min(days, most)

    def _trucks(self, day: int) -> tuple[dict[str, int], dict[str, int]]:
        """Count the trucks that leave each depot, those with heavy loads and the others."""
        out, light = dict[str, int](), dict[str, int]()
        for depot in sorted({row.depot for row in self.all.fleet}):
            terms: Terms = []
            light[depot] = self._counted(day, self.all, depot)
            if self.haulers.here(depot):
                out[depot] = self._counted(day, self.haulers, depot)
                terms = [(out[depot], 1.0)]
                more = self.ledger.more(Blocker.FLEET, f"haulers at {depot}")
                ceiling = self._there(self.haulers, depot, day)
                self.rows.row(-np.inf, [*terms, *more], ceiling)
            terms = [*terms, (light[depot], 1.0)]
            more = self.ledger.more(Blocker.FLEET, f"trucks at {depot}")
            self.rows.row(-np.inf, [*terms, *more], self._there(self.all, depot, day))
        return out, light

    def _there(self, trucks: Trucks, depot: str, day: int) -> int:
        return sum(self._on_duty(row, day) for row in trucks.here(depot))

    def _counted(self, day: int, trucks: Trucks, depot: str) -> int:
        # More than one truck a load is never of use.
        more = self.ledger.most_loads if self.ledger.ease is Blocker.FLEET else 0.0
        column = self.rows.column(0.0, self._there(trucks, depot, day) + more)
        self.ledger.pay(day, column, trucks.fixed_yuan(depot))
        self.ledger.whole_trucks.append(column)
        return column

    def _day(self, day: int, out: dict[str, int], light: dict[str, int]) -> None:
        """See that the hours of driving and service fit the shifts of the trucks that leave."""
        hauling: Terms = []
        serving: Terms = []
        for at in self.options:
            if (at, day) not in self.ledger.loads:
                continue
            load = self.ledger.loads[at, day]
            metres, seconds = self._loaded(at)
            trucks = Trucks(self.ledger.fleet([at]), self.ledger.types)
            self.ledger.pay(day, load, trucks.yuan(metres, seconds))
            (hauling if at in self.heavy else serving).append((load, seconds / 3600))
        hauling += self._empty(day, out) if self.heavy else []
        shifts = [(column, -self.haulers.shift_h(depot)) for depot, column in out.items()]
        self.rows.row(-np.inf, [*hauling, *shifts], 0.0)
        shifts += [(column, -self.all.shift_h(depot)) for depot, column in light.items()]
        self.rows.row(-np.inf, [*hauling, *serving, *shifts], 0.0)

    def _loaded(self, at: int) -> tuple[float, int]:
        """Return metres and seconds that one load takes beyond doubt, loading to unloading."""
        ledger, option = self.ledger, self.ledger.offers.options[at]
        parcel = ledger.offers.parcels[option.parcel]
        receiver = ledger.problem.day.receivers[option.receiver]
        work_s = parcel.collection.loading_s + parcel.collection.weighing_s
        work_s += receiver.unload_s_per_t * parcel.mass_kg // 1000
        ends = self.site(parcel.collection.site), self.site(receiver.site)
        metres, seconds = float(ledger.metres[ends]), int(ledger.seconds[ends])
        if at in self.heavy:
            return metres, work_s + receiver.weighing_s + seconds
        if self.heavy:
            # It may ride along on what heavy loads leave empty.
            return 0.0, work_s
        kinds = Trucks(ledger.fleet([at]), ledger.types).kinds
        share = parcel.mass_kg / max(row.capacity_kg for row in kinds)
        return metres * share, work_s + int(seconds * share)

    def _empty(self, day: int, out: dict[str, int]) -> Terms:
        """Add the ways from where a heavy load was put down, or a depot, to the next, or home.

        Returns the hours on these ways.
        """
        leaves, comes, spot = self._nodes(day, out)
        hours: Terms = []
        most_from, most_to = self._most(leaves), self._most(comes)
        for start, end in product(list(leaves), list(comes)):
            if start in out and end in out:
                continue
            way = self.rows.column(0.0, min(most_from[start], most_to[end]))
            leaves[start].append((way, 1.0))
            comes[end].append((way, 1.0))
            ends = spot[start], spot[end]
            metres, seconds = float(self.ledger.metres[ends]), int(self.ledger.seconds[ends])
            self.ledger.pay(day, way, self.haulers.yuan(metres, seconds))
            hours.append((way, seconds / 3600))
        for terms in (*leaves.values(), *comes.values()):
            self.rows.row(0.0, terms, 0.0)
        return hours

    def _most(self, nodes: Mapping[int | str, Terms]) -> dict[int | str, float]:
        """Return how many may leave or come at each node at the most."""
        return {
            node: sum(self.rows.high[column] for column, _ in terms)
            for node, terms in nodes.items()
        }

    def _nodes(
        self, day: int, out: dict[str, int]
    ) -> tuple[dict[int | str, Terms], dict[int | str, Terms], dict[int | str, int]]:
        """Return what must leave and come, empty, at each node, and the node's site.

        Sites are nodes by their index, depots by their name, since a depot may stand at a site.
        """
        ledger = self.ledger
        leaves: dict[int | str, Terms] = defaultdict(list)
        comes: dict[int | str, Terms] = defaultdict(list)
        spot: dict[int | str, int] = {}
        for at in self.heavy:
            if (at, day) not in ledger.loads:
                continue
            option, load = ledger.offers.options[at], ledger.loads[at, day]
            receiver = ledger.problem.day.receivers[option.receiver]
            up = self.site(ledger.offers.parcels[option.parcel].collection.site)
            down = self.site(receiver.site)
            comes[up].append((load, -1.0))
            leaves[down].append((load, -1.0))
            spot |= {up: up, down: down}
        for depot, used in out.items():
            spot[depot] = self.site(ledger.depot_site[depot])
            comes[depot], leaves[depot] = [(used, -1.0)], [(used, -1.0)]
        return leaves, comes, spot
