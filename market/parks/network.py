"""The network as one value: the map, the Sankey, the table and the numbers are all read off it.

It is a matching run's flows and balances, cut by where the waste arises and by material. Deals
are not kept yet, so every tonne in it is potential, in store or unplaced.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from market.listings.rules import Basis
from market.matchmaking.account import Account, account_of
from market.matchmaking.flows import End, FlowRow
from market.matchmaking.reading import BalanceRow
from market.quantities import KG_PER_TONNE


@dataclass(frozen=True, slots=True)
class Cut:
    """What the address asks for; ``county`` is where the waste arises, by its Chinese name."""

    county: str = ""
    material_id: str = ""

    def holds(self, offer: End, material_id: str) -> bool:
        return (not self.county or offer.place_zh == self.county) and (
            not self.material_id or material_id == self.material_id
        )


@dataclass(frozen=True, slots=True)
class MaterialSum(Account):
    material_id: str
    name_zh: str
    name_en: str
    family: str


@dataclass(frozen=True, slots=True)
class Sink:
    """One receiving site and what it would take; ``share`` of all that is placed."""

    end: End
    mass_kg: int
    share: float


@dataclass(frozen=True, slots=True)
class Carbon:
    """Net kg of CO2 the flows would save; ``unknown_kg`` of mass counts with its haul alone."""

    saved_kg: float
    unknown_kg: int


@dataclass(frozen=True, slots=True)
class Network:
    """A cut of a run. Masses are wet kilograms a year; flows come largest first."""

    run_id: int
    cut: Cut
    flows: Sequence[FlowRow]
    materials: Sequence[MaterialSum]
    sinks: Sequence[Sink]
    account: Account
    estimate_kg: int

    @property
    def offered_kg(self) -> int:
        return self.account.offered_kg

    @property
    def placed_kg(self) -> int:
        return sum(flow.mass_kg for flow in self.flows)

    @property
    def unplaced_kg(self) -> int:
        return self.account.unplaced_kg

    @property
    def tonne_km(self) -> float:
        return sum(flow.tonne_km for flow in self.flows)

    @property
    def placed_share(self) -> float | None:
        """综合利用率 if every proposal were carried out: placed over arising and opening stock."""
        return self.placed_kg / self.offered_kg if self.offered_kg else None

    @property
    def estimate_share(self) -> float | None:
        return self.estimate_kg / self.offered_kg if self.offered_kg else None

    @property
    def largest_sink(self) -> Sink | None:
        return self.sinks[0] if self.sinks else None

    @property
    def gaps(self) -> Sequence[MaterialSum]:
        """Materials with tonnes that have nowhere to go, most first."""
        left = [row for row in self.materials if row.unplaced_kg > 0]
        return sorted(left, key=lambda row: (-row.unplaced_kg, row.material_id))

    @property
    def carbon(self) -> Carbon:
        return Carbon(
            saved_kg=sum(
                flow.mass_kg / KG_PER_TONNE * (flow.co2_kg_per_t or 0) for flow in self.flows
            ),
            unknown_kg=sum(flow.mass_kg for flow in self.flows if flow.is_co2_unknown),
        )


def network(
    run_id: int, flows: Iterable[FlowRow], balances: Iterable[BalanceRow], cut: Cut
) -> Network:
    kept = [flow for flow in flows if cut.holds(flow.offer, flow.material_id)]
    offers = [
        row for row in balances if row.side == "offer" and cut.holds(row.end, row.material_id)
    ]
    return Network(
        run_id=run_id,
        cut=cut,
        flows=kept,
        materials=_by_material(offers),
        sinks=_by_sink(kept),
        account=account_of(row.account for row in offers),
        estimate_kg=sum(row.available_kg for row in offers if row.end.basis == Basis.ESTIMATE),
    )


def _by_material(offers: Sequence[BalanceRow]) -> list[MaterialSum]:
    by_material: dict[str, list[BalanceRow]] = defaultdict(list)
    for row in offers:
        by_material[row.material_id].append(row)
    sums = [_material_sum(rows) for rows in by_material.values()]
    return sorted(sums, key=lambda row: (-row.offered_kg, row.material_id))


def _material_sum(rows: Sequence[BalanceRow]) -> MaterialSum:
    whole, first = account_of(row.account for row in rows), rows[0]
    return MaterialSum(
        whole.offered_kg,
        whole.opening_kg,
        whole.placed_kg,
        whole.closing_kg,
        first.material_id,
        first.material_zh,
        first.material_en,
        first.family,
    )


def _by_sink(flows: Sequence[FlowRow]) -> list[Sink]:
    ends: dict[int, End] = {}
    masses: dict[int, int] = {}
    for flow in flows:
        site_id = flow.want.site_id
        ends.setdefault(site_id, flow.want)
        masses[site_id] = masses.get(site_id, 0) + flow.mass_kg
    total = sum(masses.values())
    ranked = sorted(masses, key=lambda site_id: (-masses[site_id], site_id))
    return [Sink(ends[site_id], masses[site_id], masses[site_id] / total) for site_id in ranked]


def counties(balances: Iterable[BalanceRow]) -> list[tuple[str, str]]:
    """Return (Chinese, English) names of the places where waste arises, sorted."""
    found = {row.end.place_zh: row.end.place_en for row in balances if row.side == "offer"}
    return sorted((zh, en) for zh, en in found.items() if zh)
