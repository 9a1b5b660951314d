"""The lines in which `wujin route` says what is left out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from market.haulage.left_out_text import left_out_line
from routing.plan import Elsewhere, Obstacle, Reason, Unserved

LATE = Unserved("c#1", "c", 9_000, Reason.FLEET_BUSY, 61_844, 61_200, 644, "s", "v4", "v4")


@pytest.mark.parametrize(
    ("row", "line"),
    [
        (LATE, "fleet_busy v4: 61844 of 61200 s; 644 s more would do"),
        (
            Unserved("c#1", "c", 1, Reason.SHIFT, 1_200, 1_800, 600, "s", "v4", "v4"),
            "shift v4: 1200 of 1800 s; 600 s sooner would do",
        ),
        (
            Unserved("c#1", "c", 1, Reason.SEGREGATION, 60, 90, 30, "s", "ash", "v4"),
            "segregation ash: 60 of 90 s; 30 s less would do",
        ),
        (
            Unserved("c#1", "c", 1, Reason.FLEET_BUSY, spare="v2", spare_s=(21_599, 30_001)),
            "fleet_busy; one more truck like v2, 5:59 to 8:21, would do",
        ),
        (
            Unserved("c#1", "c", 1, Reason.NO_LICENCE, subject="HW08", vehicle="v4"),
            "no_licence HW08, else it would go on v4",
        ),
        (
            replace(LATE, elsewhere=Elsewhere("r1", "v2", 900)),
            (
                "fleet_busy v4: 61844 of 61200 s; 644 s more would do; "
                "r1 would take it, by v2 for 900 fen"
            ),
        ),
        (
            Unserved(
                "c#1", "c", 1, Reason.FLEET_BUSY, spare="v2", spare_s=(21_600, 30_000), tried=False
            ),
            (
                "fleet_busy; one more truck like v2, 6:00 to 8:20, would do; "
                "no time was left to look whether less would"
            ),
        ),
        (
            Unserved("c#1", "c", 1, Reason.FLEET_BUSY, tried=False),
            "fleet_busy; no time was left to look for what would do",
        ),
        (
            Unserved("c#1", "c", 1, Reason.FLEET_BUSY, vehicle="v4", tried=False),
            "fleet_busy; it fits on v4 as the plan is, search longer",
        ),
    ],
)
def test_a_line_says_what_is_in_the_way_and_what_would_do(row: Unserved, line: str) -> None:
    assert left_out_line(row) == f"unserved c#1: {line}"


def test_two_changes_at_once_are_on_one_line() -> None:
    also = Obstacle(Reason.RECEIVER_INTAKE, 40_000, 30_000, 10_000, "kg", "r0")
    row = Unserved(
        "c#1", "c", 1, Reason.FLEET_BUSY, 61_844, 61_200, 644, "s", "v4", "v4", also=also
    )
    spare = replace(row, unit="", value=None, vehicle="", spare="v2", spare_s=(21_600, 30_000))
    assert left_out_line(spare).endswith(
        "10000 kg more would do; one more truck like v2, 6:00 to 8:20, would do with that"
    )
    assert left_out_line(row).endswith(
        "644 s more would do, and at once "
        "receiver_intake r0: 40000 of 30000 kg; 10000 kg more would do"
    )
