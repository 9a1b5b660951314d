"""Kilns whose lots are chosen too: what comes before the goal stands in its way on a knife's edge.

Found by holding random kilns against an independent model; cut down to where they still failed.
"""

from dataclasses import replace

import pytest

from matching import check, solve
from matching.kiln import RawMixLine
from matching.problem import (
    Acceptance,
    Bound,
    Commitment,
    FreightBand,
    Objective,
    Parameters,
    Position,
    Problem,
    Slot,
    Storage,
    Supply,
)
from matching.rawmix import Cap, RawMaterial, Target
from matching.result import Status
from tests.matching.build import TONNES

RUN = Parameters(
    objective=Objective.NET_VALUE,
    radius_km=350,
    road_factor=1.2,
    freight=(FreightBand(100, 0.6, 3.0), FreightBand(800, 0.4, 10.0)),
    carbon_yuan_per_t=70,
    transport_co2_kg_per_t_km=0.12,
)
PERIODS = ("2026-07", "2026-08", "2026-09")
USE = (Acceptance("b"),)


def _lot(row_id, lat, lon, tonnes, chlorine, magnesia, loss, **more) -> Supply:
    figures = {"CaO": 40.0, "Cl": chlorine, "MgO": magnesia, "LOI": loss}
    assay = tuple(Bound(name, value, value) for name, value in figures.items())
    return Supply(row_id, "b", Position(lat, lon), tonnes, assay=assay, **more)


def _chlorine_bound() -> Problem:
    """A contract brings more chlorine than the kiln bears, which only whole lots can thin."""
    caps = (
        Cap("Cl", None, 0.23872948678874778),
        Cap("MgO", 0.40281628498150684, 2.8061284993968063),
    )
    line = RawMixLine("L", (17.8, 7.7, 9.6), Target((), caps, magnesia_co2=False), ())
    wet, yard = 0.2, Storage(0, 7.2, 1.5)
    last = _lot("s3", 0.93, 0.39, (4.9, 2.3, 6.4), 0.24, 1.0, 10.0, moisture_share=wet)
    share = Bound("carbonate_share_of_CaO", 0.0, 0.0, "share")
    last = replace(last, assay=(*last.assay, share), min_lot_t=1.6, disposal_yuan_per_t=49.0)
    lots = (
        _lot("s0", 1.0, 2.0, (5.7, 6.1, 0.1), 0.2, 3.0, 0.0, moisture_share=wet, storage=yard),
        _lot("s1", 0.0, 0.0, (11.0, 10.0, 8.0), 2.2, 1.0, 0.0, disposal_yuan_per_t=174.0),
        replace(last, storage=Storage(0, 8.8, 0.7)),
    )
    near = Acceptance(
        "b",
        replaced_yuan_per_t=20.733126862797498,
        treatment_yuan_per_t=26.82480351699321,
        avoided_co2_kg_per_t=32.06373908422118,
    )
    far = Acceptance(
        "b",
        replaced_yuan_per_t=-1.987585719271042,
        treatment_yuan_per_t=9.033675432527366,
        avoided_co2_kg_per_t=20.445055509044174,
    )
    held = Storage(0, 1.8, 0.3)
    slots = (
        Slot("k0", "L", Position(1.61, 0.48), (5.5, 13.2, 11.0), (near,), storage=held),
        Slot("k1", "L", Position(1.72, 0.4), (13.4, 16.5, 10.3), (far,)),
    )
    kilns = tuple(
        replace(slot, raw_mix=line, min_lot_t=least)
        for slot, least in zip(slots, (0.6, 4.9), strict=True)
    )
    contract = Commitment("s1", "k1", PERIODS[2], 4.5)
    return Problem(lots, kilns, periods=PERIODS, commitments=(contract,))


def test_a_lot_more_is_no_reason_to_make_less_clinker():
    problem = _chlorine_bound()
    missing = []
    for case in (problem, replace(problem, supplies=problem.supplies[1:])):
        result = solve(case, RUN)
        assert result.status is Status.OPTIMAL
        assert check(case, RUN, result) == ()
        missing.append(sum(use.missing_t for use in result.raw_mixes))
    assert missing[0] < missing[1]


def test_one_supplier_a_month_is_chosen_to_the_end():
    lime = RawMaterial("lime", {"CaO": 55.0, "Cl": 0.0, "MgO": 1.0}, 0.0, 24.0, carbonate_share=1.0)
    target = Target(
        (), (Cap("Cl", None, 0.18577),), ash_share=0.05, ash={"CaO": 5.0, "Cl": 0.02, "MgO": 1.0}
    )
    line = RawMixLine("L", (10.5, 0.4, 4.3), target, (lime,))
    lots = (
        _lot("s1", 1.0, 0.0, (14.4, 0.0, 3.5), 1.5, 2.0, 0.0),
        _lot("s2", 0.1, 0.5, (6.0, 2.6, 9.1), 2.0, 0.0, 30.0, storage=Storage(0, 5.5, 0)),
        _lot("s3", 0.995, 1.719, (0.6, 4.9, 8.8), 2.0, 2.0, 10.0),
    )
    yard = Storage(0, 3.6, 3.5)
    slots = (
        Slot(
            "k0", "L", Position(1.553, 0.189), (4.3, 7.5, 1.9), USE, max_suppliers=1, raw_mix=line
        ),
        Slot("k1", "k1", Position(0.269, 1.406), (0.7, 3.2, 12.8), USE, max_suppliers=1),
        Slot(
            "k2", "k2", Position(0.654, 0.062), (12.5, 13.8, 3.1), USE, min_lot_t=1.4, storage=yard
        ),
    )
    problem = Problem(lots, slots, periods=PERIODS)
    result = solve(problem, TONNES)
    assert result.status is Status.OPTIMAL
    assert result.gap == pytest.approx(0, abs=1e-6)
    assert check(problem, TONNES, result) == ()
