"""What a planned day is to pages and stored plans: the people's side of the solver's names."""

from dataclasses import dataclass

from routing.problem import DayProblem


@dataclass(frozen=True, slots=True)
class Place:
    """A depot, a firm's site or a pick-up, as it was named on the day. WGS-84 degrees.

    ``gate_source`` is who stated when its gate is open and how long things take there; empty: what
    holds there is assumed, or is a pick-up's own.
    """

    name_zh: str
    name_en: str
    county_zh: str
    county_en: str
    lat: float
    lon: float
    standing: str
    gate_source: str = ""


@dataclass(frozen=True, slots=True)
class Cargo:
    """What one of the problem's collections is: from a flow, a small pick-up or a job phoned in.

    ``origin`` and ``destination`` are keys of the plan's places; the windows are pairs of seconds
    of day at either. One ``removed`` from the day is kept for its name alone.
    """

    material_id: str
    material_zh: str
    material_en: str
    family: str
    form: str
    offer_id: int | None
    collection_id: int | None
    want_id: int
    origin: str
    destination: str
    windows: tuple[tuple[int, int], ...]
    receiver_windows: tuple[tuple[int, int], ...]
    phoned_id: int | None = None
    removed: bool = False


@dataclass(frozen=True, slots=True)
class LeftOutFlow:
    """A flow, or a part of it, that was not put to the planner; ``mass_kg`` is that day's.

    ``next_on`` is the ISO date on which a small stream next fills a truck.
    """

    reason: str
    offer_id: int
    want_id: int
    material_zh: str
    material_en: str
    family: str
    origin_zh: str
    origin_en: str
    destination_zh: str
    destination_en: str
    mass_kg: int
    distance_m: int
    origin_standing: str
    destination_standing: str
    next_on: str | None = None


@dataclass(frozen=True, slots=True)
class DayInput:
    """The problem, and what its names mean."""

    problem: DayProblem
    places: dict[str, Place]
    cargoes: dict[str, Cargo]
    left_out: tuple[LeftOutFlow, ...]
