"""Levels day by day from what trucks move, and what would no longer be kept if a load moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from routing.horizon import HorizonProblem, Level, Tank, Yard
from routing.horizon_loads import Assignment, Offers


def tank_level(tank: Tank, taken_kg: Sequence[int]) -> Level | None:
    """Roll a tank forward; None when a morning does not hold what is taken that day."""
    level, evening, missed = tank.opening_kg, [], []
    for inflow_kg, out_kg in zip(tank.inflow_kg, taken_kg, strict=True):
        if out_kg > level:
            return None
        level += inflow_kg - out_kg
        spilt_kg = max(0, level - tank.room_kg)
        level -= spilt_kg
        missed.append(spilt_kg)
        evening.append(level)
    surplus_kg = 0 if tank.closing_kg is None else max(0, level - tank.closing_kg)
    levels = tuple(evening), tuple(taken_kg), tuple(missed)
    return Level(tank.id, tank.opening_kg, *levels, surplus_kg)


def yard_level(yard: Yard, brought_kg: Sequence[int]) -> Level | None:
    """Roll a yard forward; None when what is brought finds no room that day."""
    level, evening, missed = yard.opening_kg, [], []
    for use_kg, in_kg in zip(yard.use_kg, brought_kg, strict=True):
        if level + in_kg > yard.room_kg:
            return None
        level += in_kg - use_kg
        missed.append(max(0, yard.minimum_kg - level))
        level += missed[-1]
        evening.append(level)
    return Level(yard.receiver, yard.opening_kg, tuple(evening), tuple(brought_kg), tuple(missed))


class Ledger:
    """Levels, dates and intake of an assignment as a whole."""

    def __init__(self, offers: Offers) -> None:
        self.offers = offers
        self.problem: HorizonProblem = offers.problem
        self.open = [set(offers.open_days(option)) for option in offers.options]
        self.known: dict[tuple[str, tuple[int, ...]], Level | None] = {}

    def moved(self, assigned: Assignment) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
        """Return the kilograms a day out of each source and into each receiver."""
        days = self.problem.days
        out_kg: dict[str, list[int]] = defaultdict(lambda: [0] * days)
        in_kg: dict[str, list[int]] = defaultdict(lambda: [0] * days)
        for (position, day), count in assigned.items():
            option = self.offers.options[position]
            parcel = self.offers.parcels[option.parcel]
            out_kg[parcel.source][day] += count * parcel.mass_kg
            receiver = self.problem.day.receivers[option.receiver].id
            in_kg[receiver][day] += count * parcel.mass_kg
        return out_kg, in_kg

    def levels(self, assigned: Assignment) -> tuple[list[Level], list[Level]] | None:
        """Return the levels of tanks and yards; None when a limit that trucks meet is broken."""
        out_kg, in_kg = self.moved(assigned)
        for receiver in self.problem.day.receivers:
            limit_kg = receiver.daily_intake_kg
            if limit_kg is not None and max(in_kg[receiver.id]) > limit_kg:
                return None
        tanks = [self._tank(row, tuple(out_kg[row.id])) for row in self.problem.tanks]
        yards = [self._yard(row, tuple(in_kg[row.receiver])) for row in self.problem.yards]
        whole_tanks = [row for row in tanks if row is not None]
        whole_yards = [row for row in yards if row is not None]
        if len(whole_tanks) < len(tanks) or len(whole_yards) < len(yards):
            return None
        return whole_tanks, whole_yards

    def _tank(self, tank: Tank, taken_kg: tuple[int, ...]) -> Level | None:
        """Roll forward once for what is taken; most changes leave most stores alone."""
        key = f"tank {tank.id}", taken_kg
        if key not in self.known:
            self.known[key] = tank_level(tank, taken_kg)
        return self.known[key]

    def _yard(self, yard: Yard, brought_kg: tuple[int, ...]) -> Level | None:
        key = f"yard {yard.receiver}", brought_kg
        if key not in self.known:
            self.known[key] = yard_level(yard, brought_kg)
        return self.known[key]

    def late(self, assigned: Assignment) -> dict[int, int]:
        """Return how many loads of each parcel with a latest date go on no day."""
        left = {i: row.most for i, row in enumerate(self.offers.parcels) if row.most is not None}
        for (position, _), count in assigned.items():
            parcel = self.offers.options[position].parcel
            if parcel in left:
                left[parcel] -= count
        return {parcel: count for parcel, count in left.items() if count}

    def may_go(self, position: int, day: int) -> bool:
        """Tell whether a load of the option may travel that day by dates and gates."""
        parcel = self.offers.parcels[self.offers.options[position].parcel]
        return day in parcel.days and day in self.open[position]

    def price(self, assigned: Assignment) -> tuple[int, int] | None:
        """Return what is missed: kilograms without a price, and fen; None as for `levels`."""
        levels = self.levels(assigned)
        if levels is None:
            return None
        tanks, yards = levels
        rows = [
            (tank.overflow_fen_per_t, sum(level.missed_kg) + level.surplus_kg)
            for tank, level in zip(self.problem.tanks, tanks, strict=True)
        ]
        rows += [
            (yard.shortage_fen_per_t, sum(level.missed_kg))
            for yard, level in zip(self.problem.yards, yards, strict=True)
        ]
        must_kg = sum(kg for fen_per_t, kg in rows if fen_per_t is None)
        fen = sum(-(-kg * fen_per_t // 1000) for fen_per_t, kg in rows if fen_per_t is not None)
        for position, count in self.late(assigned).items():
            parcel = self.offers.parcels[position]
            if parcel.collection.skip_fen is None:
                must_kg += count * parcel.mass_kg
            else:
                fen += count * parcel.collection.skip_fen
        return must_kg, fen

    def within(self, wanted: Assignment) -> dict[tuple[int, int], int]:
        """Return as many of the loads, day by day, as no limit that trucks meet is broken by."""
        kept: dict[tuple[int, int], int] = {}
        if self.price(wanted) is not None:
            return {key: count for key, count in wanted.items() if count}
        for (position, day), count in sorted(wanted.items(), key=lambda row: (row[0][1], row[0])):
            for fewer in range(count, 0, -1):
                more = {**kept, (position, day): fewer}
                if self.price(more) is not None:
                    kept = more
                    break
        return kept
