"""The numbers of a run that pages and the terminal show."""

import dataclasses
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class RunSummary:
    """Tonnes are wet and a year's, km are by road; ``value_yuan`` is for both sides together.

    ``tonnes``, ``tonne_km`` and ``value_yuan`` sum the flows that were stored; they are the
    solver's own unless listings changed while it worked (``changed_meanwhile``). ``bound`` and
    ``gap`` belong to the last objective (tonne-km or yuan), ``tonnes_bound`` to the first.
    ``findings`` is what the independent checker found wrong; a stored run has none.
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
    findings: tuple[str, ...] = ()

    @property
    def unplaced_t(self) -> float:
        return self.available_t - self.tonnes

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
        return cls(**{**stored, "findings": tuple(stored.get("findings", ()))})
