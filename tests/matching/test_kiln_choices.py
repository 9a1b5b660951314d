"""Kilns whose lots are chosen too: what comes before the goal stands in its way on a knife's edge.

Found by holding random kilns against an independent model; cut down to where they still failed.
"""

import pytest

from matching import Problem, check, solve
from matching.kiln import RawMixLine
from matching.problem import Acceptance, Bound, Position, Slot, Storage, Supply
from matching.rawmix import Cap, RawMaterial, Target
from matching.result import Status
from tests.matching.build import TONNES

PERIODS = ("2026-07", "2026-08", "2026-09")
USE = (Acceptance("b"),)


def _lot(row_id, lat, lon, tonnes, chlorine, magnesia, loss, **more) -> Supply:
    figures = {"CaO": 40.0, "Cl": chlorine, "MgO": magnesia, "LOI": loss}
    assay = tuple(Bound(name, value, value) for name, value in figures.items())
    return Supply(row_id, "b", Position(lat, lon), tonnes, assay=assay, **more)


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
