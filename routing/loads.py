"""Cutting collections into loads: a flow of many trucks becomes truckloads with stable names."""

from __future__ import annotations

from collections.abc import Sequence

from routing.plan import Load
from routing.problem import Collection, DayProblem, Material, ProblemError, VehicleType

# A single day's plan beyond this is a mistyped mass, not a job for trucks.
MOST_LOADS = 20_000


def split_collections(problem: DayProblem) -> tuple[Load, ...]:
    """All loads of the day, in the order of the collections: full ones first, then the rest.

    The size of a full load is the truck capacity with which the fleet as a whole moves most at one
    go: one 40 t truck among ten of 30 t does not make 40 t loads. Raises ProblemError beyond
    `MOST_LOADS`.
    """
    materials = {material.id: material for material in problem.materials}
    types = {kind.id: kind for kind in problem.vehicle_types}
    fleet = [types[vehicle.type] for vehicle in problem.vehicles]
    loads: list[Load] = []
    for collection in problem.collections:
        masses = _masses(collection, materials[collection.material], fleet)
        if len(loads) + len(masses) > MOST_LOADS:
            raise ProblemError(f"collection {collection.id}", f"over {MOST_LOADS} loads in a day")
        loads.extend(_loads(collection, masses))
    return tuple(loads)


def _masses(
    collection: Collection, material: Material, fleet: Sequence[VehicleType]
) -> tuple[int, ...]:
    sizes = [_fitting_kg(collection, kind) for kind in fleet if kind.may_carry(material)]
    full_kg = max(
        set(sizes),
        key=lambda size: (size * sum(1 for other in sizes if other >= size), size),
        default=collection.mass_kg,
    )
    if full_kg <= 0:
        return (collection.mass_kg,)
    count, rest_kg = divmod(collection.mass_kg, full_kg)
    if count > MOST_LOADS:
        raise ProblemError(f"collection {collection.id}", f"over {MOST_LOADS} loads in a day")
    return (full_kg,) * count + ((rest_kg,) if rest_kg else ())


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
