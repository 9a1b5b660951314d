"""The numbers of a run that pages and the terminal show."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any

NEAR = 1e-3
"""A gap as small as this is none to whoever asks what a stop would do."""


PRIVATE = frozenset({"kilns", "dosages", "rooms"})
"""What only a line's or store's own firm and overseers may read, and so no file for all tells."""


@dataclass(frozen=True, slots=True)
class SinkLoss:
    """What the region would place less, and drive more, if one receiving site stopped."""

    site_id: int
    took_t: float
    stranded_t: float
    extra_tonne_km: float


@dataclass(frozen=True, slots=True)
class QuotaLine:
    """Tonnes a receiving site takes of the codes its licences let in together, of how many.

    ``year`` is the calendar year, empty where the run takes a year as one.
    """

    site_id: int
    codes: tuple[str, ...]
    used_t: float
    tonnes: float
    year: str = ""


@dataclass(frozen=True, slots=True)
class DosageLine:
    """What wastes bring into a line's product by a limit, in the month that is nearest to it.

    ``value`` and ``limit`` are per tonne of product, in ``unit``; ``unknown_t`` the tonnes of all
    months whose content nobody knows, which count nothing. ``parts`` is what each material brings
    of ``value``.
    """

    line_id: int
    name: str
    value: float
    limit: float
    unit: str
    unknown_t: float
    standard: str
    clause: str
    parts: dict[str, float] = field(default_factory=dict)

    @property
    def share(self) -> float:
        return self.value / self.limit if self.limit else 0.0


@dataclass(frozen=True, slots=True)
class KilnMix:
    """What a kiln line makes of its wants' deliveries and its own feeds, over all periods.

    ``feeds`` are dry tonnes; ``ratios`` the least and greatest of any period. ``missing_t`` is
    clinker that could not be made, for the ``conflict`` named, or for want of tonnes.
    """

    line_id: int
    clinker_t: float
    missing_t: float
    feeds: dict[str, float]
    ratios: dict[str, tuple[float, float]]
    process_co2_t: float
    conflict: tuple[str, ...]

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "KilnMix":
        ratios = {name: (low, high) for name, (low, high) in stored["ratios"].items()}
        return cls(**{**stored, "ratios": ratios, "conflict": tuple(stored["conflict"])})


@dataclass(frozen=True, slots=True)
class RoomLine:
    """What one more tonne of room in a listing's store gains when it is there in every month.

    A range in tonnes, yuan or kg CO2 as the run's objective is, with tonnes one of tonne-km too.
    Not ``exact``: of several equally good prices one stands for all.
    """

    listing_id: int
    low: float
    high: float
    km_low: float | None
    km_high: float | None
    exact: bool


@dataclass(frozen=True, slots=True)
class LapseLine:
    """A licence of a site or a report of a listing that ends within the run's months.

    ``last_day`` as 2026-05-31; ``first`` to ``last`` are the months after it that it is missing in.
    The plan sends ``tonnes`` on an ended report, of which the usual range would refuse
    ``refused_t``.
    """

    kind: str
    owner_id: int
    names: tuple[str, ...]
    last_day: str
    first: str
    last: str
    tonnes: float
    refused_t: float


@dataclass(frozen=True, slots=True)
class RunSummary:
    """Tonnes are wet and of all its months, km by road; ``value_yuan`` is for both sides together.

    ``tonnes``, ``tonne_km`` and ``value_yuan`` sum the flows that were stored, the last less
    ``storage_yuan``; they are the solver's own unless listings changed while it worked
    (``changed_meanwhile``). Of the ``stores`` the plan could use, ``stores_free`` have no cost
    that anybody told. ``bound`` and
    ``gap`` belong to the last objective (tonne-km, yuan or kg CO2), ``tonnes_bound`` to the first.
    ``co2_kg`` is the net saving by the factors' central values, None in runs older than it;
    with ``co2_missing`` a factor of some flow is not known: its ``co2_unknown_kg`` count with
    their haulage alone.
    ``stock_end_t`` lies in the offers' own stores after the last month and is not lost.
    ``losses`` are the receivers whose stop would strand most, worst first; empty where nobody
    asked (a run of some materials) or nothing is proven. ``quotas`` are the licensed tonnes of
    hazardous codes, empty where the run knew none; ``dosages`` what lines' wants may bring into
    their product together, the fullest first; ``kilns`` the lines that keep a raw mix, whose
    process CO2 is not in ``co2_kg``; ``rooms`` the yards and silos of a run over months, which
    only their firms and overseers may see; ``lapses`` what runs out within its months.
    ``findings`` is what the independent
    checker found wrong; a stored run has none.
    """

    status: str
    tonnes: float
    available_t: float
    wanted_t: float
    tonne_km: float
    value_yuan: float
    tonnes_bound: float | None
    bound: float | None
    gap: float | None
    solve_seconds: float
    offers: int
    wants: int
    flows: int
    estimate_tonnes: float
    estimate_available_t: float
    edges: int
    components: int
    refused_pairs: int
    refusals_stored: int
    changed_meanwhile: int = 0
    stage_seconds: dict[str, float] = field(default_factory=dict)
    losses: tuple[SinkLoss, ...] = ()
    co2_kg: float | None = None
    co2_low_kg: float | None = None
    co2_high_kg: float | None = None
    co2_missing: bool = False
    co2_unknown_kg: int = 0
    stock_end_t: float = 0.0
    storage_yuan: float = 0.0
    stores: int = 0
    stores_free: int = 0
    quotas: tuple[QuotaLine, ...] = ()
    kilns: tuple[KilnMix, ...] = ()
    dosages: tuple[DosageLine, ...] = ()
    rooms: tuple[RoomLine, ...] = ()
    lapses: tuple[LapseLine, ...] = ()
    findings: tuple[str, ...] = ()

    @property
    def unplaced_t(self) -> float:
        return self.available_t - self.tonnes - self.stock_end_t

    @property
    def is_best(self) -> bool:
        """Whether it is proven to lie within ``NEAR`` of the best plan."""
        return self.gap is not None and self.gap <= NEAR

    @property
    def mean_km(self) -> float | None:
        return self.tonne_km / self.tonnes if self.tonnes else None

    def as_json(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def of(cls, stored: dict[str, Any]) -> "RunSummary | None":
        """Read what a run stored; None before it has a result."""
        if not stored:
            return None
        losses = tuple(SinkLoss(**row) for row in stored.get("losses", ()))
        quotas = tuple(
            QuotaLine(**{**row, "codes": tuple(row["codes"])}) for row in stored.get("quotas", ())
        )
        read = {
            "losses": losses,
            "quotas": quotas,
            "kilns": tuple(KilnMix.of(row) for row in stored.get("kilns", ())),
            "dosages": tuple(DosageLine(**row) for row in stored.get("dosages", ())),
            "rooms": tuple(RoomLine(**row) for row in stored.get("rooms", ())),
            "lapses": tuple(
                LapseLine(**{**row, "names": tuple(row["names"])})
                for row in stored.get("lapses", ())
            ),
            "findings": tuple(stored.get("findings", ())),
        }
        return cls(**{**stored, **read})
