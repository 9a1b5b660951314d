"""Reads a vehicle's trips again: what is aboard, when goods are ready, what comes first."""

from __future__ import annotations

from collections.abc import Iterator

from routing.instances import TOLERANCE, Instance, Tour


def trip_faults(instance: Instance, tour: Tour) -> Iterator[str]:
    """Name every limit the vehicle breaks; its clock runs on through each call at the depot."""
    kind = instance.kinds[tour.kind]
    trips: list[list[int]] = [[]]
    for node in tour.nodes:
        if node < instance.depots:
            trips.append([])
        else:
            trips[-1].append(node)
    if len(trips) > 1 and not kind.reloads:
        yield "loads again, which it may not"
    clock = float(instance.ready[kind.depot])
    for trip in trips:
        yield from _cargo_faults(instance, trip, kind.capacity)
        if instance.release is not None:
            clock = max([clock, *(float(instance.release[node]) for node in trip)])
        last = kind.depot
        for node in trip:
            clock = max(clock + float(instance.time[last, node]), float(instance.ready[node]))
            if instance.timed and clock > instance.due[node] + TOLERANCE:
                yield f"reaches {instance.labels[node]} at {clock}, after {instance.due[node]}"
            clock += float(instance.service[node])
            last = node
        clock += float(instance.time[last, kind.depot])
    if instance.timed and clock > instance.due[kind.depot] + TOLERANCE:
        yield f"is back at {clock}, after {instance.due[kind.depot]}"


def _cargo_faults(instance: Instance, trip: list[int], capacity: float) -> Iterator[str]:
    """See that the trip's cargo fits from stop to stop and, where asked, deliveries come first."""
    back = [0.0 if instance.backhaul is None else float(instance.backhaul[n]) for n in trip]
    load = peak = sum(float(instance.demand[node]) for node in trip)
    for node, fetched in zip(trip, back, strict=True):
        load += fetched - float(instance.demand[node])
        peak = max(peak, load)
    if peak > capacity + TOLERANCE:
        yield f"carries {peak} of {capacity}"
    if not instance.linehaul_first or not any(back):
        return
    if back[0] > 0:
        yield f"goes to fetch at {instance.labels[trip[0]]} before delivering anything"
    fetching = False
    for node, fetched in zip(trip, back, strict=True):
        if fetching and instance.demand[node] > 0:
            yield f"delivers to {instance.labels[node]} after fetching"
        fetching = fetching or fetched > 0
