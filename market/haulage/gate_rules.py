"""What a site may state of its gate, and what a plan reckons with where it states nothing."""

from dataclasses import dataclass, field

from market.errors import DomainError
from market.haulage.rules import PlanParameters

Span = tuple[int, int]

DAY_S = 86_400
# Longer than the day of any truck: a gate that is always open.
ROUND_THE_CLOCK = (0, 2 * DAY_S)
MOST_MINUTES = 600
MOST_UNLOAD_S_PER_T = 3_600
MOST_INTAKE_T = 100_000


@dataclass(frozen=True, slots=True)
class GateFacts:
    """What a site states: spans and seconds of day, kilograms by want; None or empty: nothing."""

    windows: tuple[Span, ...] = ()
    loading_s: int | None = None
    weighing_s: int | None = None
    unload_s_per_t: int | None = None
    intakes_kg: dict[int, int] = field(default_factory=dict)
    source: str = ""

    def __post_init__(self) -> None:
        for before, after in zip(self.windows, self.windows[1:], strict=False):
            if after[0] <= before[1]:
                raise DomainError("gate_windows_meet", field="second_opens")
        if self.states_something and not self.source:
            raise DomainError("gate_source_missing", field="source")

    @property
    def states_something(self) -> bool:
        times = (self.loading_s, self.weighing_s, self.unload_s_per_t)
        return bool(self.windows or self.intakes_kg) or any(row is not None for row in times)


@dataclass(frozen=True, slots=True)
class Terms:
    """What a plan reckons with at a site: its own statements, and assumptions for the rest."""

    windows: tuple[Span, ...]
    loading_s: int
    weighing_s: int
    unload_s_per_t: int
    intakes_kg: dict[int, int]


def terms(parameters: PlanParameters, facts: GateFacts | None) -> Terms:
    said = facts or GateFacts()
    return Terms(
        said.windows or ((parameters.gate_opens_s, parameters.gate_closes_s),),
        _first(said.loading_s, parameters.loading_s),
        _first(said.weighing_s, parameters.weighing_s),
        _first(said.unload_s_per_t, parameters.unload_s_per_t),
        said.intakes_kg,
    )


def _first(stated: int | None, assumed: int) -> int:
    return assumed if stated is None else stated


def span_of(opens_s: int, closes_s: int) -> Span:
    """Return a gate's span: one that ends before it begins ends the next morning.

    The same time twice is round the clock.
    """
    if closes_s == opens_s:
        return ROUND_THE_CLOCK
    return opens_s, closes_s + DAY_S if closes_s < opens_s else closes_s
