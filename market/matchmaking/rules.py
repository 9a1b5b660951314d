"""Closed sets and limits of matching runs."""

from enum import StrEnum

from market.accounts.rules import Role

MAX_RADIUS_KM = 1000
DEFAULT_RADIUS_KM = 200
MAX_SECONDS = 3600
DEFAULT_SECONDS = 300
MAX_STORED_REFUSALS = 20_000
"""Refused pairs kept for one run; those beyond are counted only, and the run says so."""


MAX_MONTHS = 60
MAX_STOP_NOTE_CHARS = 200
"""Of one run."""
DEFAULT_MONTHS = 12
MAX_OWN_STOPS = 20
"""Spells of its own that a firm may keep for one process of a site."""
MAX_STOP_YEARS = 6
"""How far ahead they may end."""

WORST_LOSSES = 10
"""Receivers kept of those whose stop would strand most."""


OVERSEERS = frozenset({Role.PARK_MANAGER, Role.STAFF})
"""Whose runs speak for the region, and who may stop anybody's."""


class Objective(StrEnum):
    TONNES = "tonnes"  # most tonnes, then fewest tonne-km
    VALUE = "value"  # net value, party-neutral
    CO2 = "co2"  # kg of CO2 avoided less those of the haulage
    WEIGHTED = "weighted"  # points by the weights the run was asked with


WEIGHTS = ("yuan", "co2_kg", "tonne", "tonne_km")
"""What a weighted run gives points for, by the engine's names; the last is usually negative."""
MAX_WEIGHT = 10_000


class RunStatus(StrEnum):
    """What became of the optimisation; whether the job still runs is the job's state."""

    PENDING = "pending"
    OPTIMAL = "optimal"
    FEASIBLE = "feasible"
    EMPTY = "empty"


SHARE_CAP = "share_cap"
"""Why a want takes no more, beside the engine's own reasons for what is left of an offer."""

SETTLED = frozenset({RunStatus.OPTIMAL, RunStatus.FEASIBLE, RunStatus.EMPTY})


class JobStage(StrEnum):
    """The steps a person watches, in order; the engine's own stages are folded into them."""

    FREEZE = "freeze"
    CANDIDATES = "candidates"
    SOLVE = "solve"
    PRICES = "prices"
    CHECK = "check"
    STORE = "store"


DEFAULT_ROAD_FACTOR = 1.30
"""Road km per great-circle km in the Luoyang basin; the catalogue gives 1.20 to 1.35 (plain)."""
