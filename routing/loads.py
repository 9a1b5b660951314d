"""Cutting collections into loads: a flow of many trucks becomes truckloads with stable names."""

from __future__ import annotations

from collections.abc import Sequence

from routing.plan import Load
from routing.problem import Collection, DayProblem, Material, ProblemError, VehicleType

# A single day's plan beyond this is a mistyped mass, not a job for trucks.
MOST_LOADS = 20_000
# A collection of more loads for each truck that may carry it is not cut at all: even a trip every
# nine minutes through a whole day would not bring them.
MOST_TRIPS = 160


def split_collections(problem: DayProblem) -> tuple[Load, ...]:
    """All loads of the day, in the order of the collections: full ones first, then the rest.

    The size of a full load is the truck capacity with which the fleet as a whole moves most at one
    go: one 40 t truck among ten of 30 t does not make 40 t loads. A collection far above all that
    its trucks could bring in a day stays whole, to be told as one load that no truck takes. Raises
    ProblemError beyond `MOST_LOADS`.
    """
    materials = {material.id: material for material in problem.materials}
    types = {kind.id: kind for kind in problem.vehicle_types}
    fleet = [types[vehicle.type] for vehicle in problem.vehicles]
    loads: list[Load] = []
    for collection in problem.collections:
        masses = _masses(collection, materials[collection.material], fleet)
        if len(loads) + len(masses) > MOST_LOADS:
            raise _too_many(collection)
        loads.extend(_loads(collection, masses))
    return tuple(loads)


def _masses(
    collection: Collection, material: Material, fleet: Sequence[VehicleType]
) -> tuple[int, ...]:
    able = [kind for kind in fleet if kind.may_carry(material)]
    if any(collection.mass_kg > MOST_LOADS * kind.capacity_kg for kind in able):
        raise _too_many(collection)
    sizes = [_fitting_kg(collection, kind) for kind in able]
    full_kg = max(
        set(sizes),
        key=lambda size: (size * sum(1 for other in sizes if other >= size), size),
        default=collection.mass_kg,
    )
    if full_kg <= 0:
        return (collection.mass_kg,)
    count, rest_kg = divmod(collection.mass_kg, full_kg)
    if count > MOST_TRIPS * len(sizes):
        return (collection.mass_kg,)
    return (full_kg,) * count + ((rest_kg,) if rest_kg else ())


def _too_many(collection: Collection) -> ProblemError:
    tonnes = collection.mass_kg / 1000
    fault = f"with its {tonnes:g} t the day has over {MOST_LOADS} loads; check the mass"
    return ProblemError(f"collection {collection.id}", fault, "mass_kg")


def _fitting_kg(collection: Collection, kind: VehicleType) -> int:
    """How much of the collection one truck holds by mass and by volume."""
    if kind.capacity_l is None or not collection.volume_l:
        return kind.capacity_kg
    by_volume_kg = kind.capacity_l * collection.mass_kg // collection.volume_l
    return min(kind.capacity_kg, by_volume_kg)


def _loads(collection: Collection, masses: Sequence[int]) -> list[Load]:
    loads: list[Load] = []
    taken_kg = taken_l = 0
    for number, mass_kg in enumerate(masses, start=1):
        taken_kg += mass_kg
        # Volumes are differences of a running total, so that they add up to the collection's own
        # and no load of full mass is rounded up beyond its truck.
        upto_l = collection.volume_l * taken_kg // collection.mass_kg
        loads.append(
            Load(
                f"{collection.id}#{number}",
                collection.id,
                number,
                collection.material,
                mass_kg,
                upto_l - taken_l,
            )
        )
        taken_l = upto_l
    return loads
