"""What runs out within a plan: which paper, when, which months, and what that does to them."""

import csv
from dataclasses import replace
from datetime import date

import pytest
from click.testing import CliRunner

from market.matchmaking.commands import match_command
from matching import Problem, check, solve
from matching.lapsing import LapseKind, lapses_of
from matching.problem import Acceptance, Bound, Licence, Limit, Material, Operator
from matching.result import LiftKind
from tests.matching.build import TONNES, slot, supply

MONTHS = ("2026-04", "2026-05", "2026-06", "2026-07")
ON = replace(TONNES, on=date(2026, 4, 1))
DROSS = frozenset({"321-024-48"})


def _licensed(*licences: Licence, codes=DROSS) -> Problem:
    return Problem(
        (supply("dross", 5, 5, 5, 5, hazard_codes=codes),),
        (slot("k", 9, 9, 9, 9, licences=licences),),
        periods=MONTHS,
    )


def test_a_licence_that_ends_names_its_months_codes_and_remedy():
    # Valid to 15 June: June has no whole month of it, so June and July carry nothing.
    problem = _licensed(Licence(frozenset({"HW48"}), date(2026, 6, 15), number="A"))
    result = solve(problem, ON)
    assert [flow.period for flow in result.flows] == ["2026-04", "2026-05"]
    (lapse,) = lapses_of(problem, ON, result)
    assert (lapse.kind, lapse.owner_id, lapse.number) == (LapseKind.LICENCE, "k", "A")
    assert (lapse.names, lapse.last_day) == (("321-024-48",), date(2026, 6, 15))
    assert (lapse.periods, lapse.remedy) == (("2026-06", "2026-07"), LiftKind.RENEW_LICENCE)


@pytest.mark.parametrize(
    "others",
    [
        (Licence(DROSS),),
        (Licence(DROSS, date(2026, 7, 31)),),
    ],
    ids=["another without an end", "another to the plan's last day"],
)
def test_a_licence_that_another_stands_in_for_is_no_lapse(others):
    problem = _licensed(Licence(DROSS, date(2026, 5, 31), number="A"), *others)
    assert lapses_of(problem, ON, solve(problem, ON)) == ()


def test_the_months_between_two_licences_are_those_of_the_later_one():
    problem = _licensed(
        Licence(DROSS, date(2026, 5, 31), number="A"), Licence(DROSS, date(2026, 6, 30), number="B")
    )
    assert [(row.number, row.periods) for row in lapses_of(problem, ON, solve(problem, ON))] == [
        ("A", ("2026-07",)),
        ("B", ("2026-07",)),
    ]


def test_a_licence_for_what_nobody_offers_or_that_ended_before_is_no_news():
    other = Licence(frozenset({"HW18"}), date(2026, 5, 31))
    past = Licence(DROSS, date(2026, 3, 31))
    problem = _licensed(other, past, Licence(DROSS))
    assert lapses_of(problem, ON, solve(problem, ON)) == ()
    year = replace(
        _licensed(Licence(DROSS, date(2026, 5, 31))), periods=("one", "two", "three", "four")
    )
    assert lapses_of(year, ON, solve(year, ON)) == ()


LOI = Limit("LOI", Operator.AT_MOST, 8.0)
USES = (Acceptance("fly_ash", limits=(LOI,)),)


def _reported(usual: tuple[float, float], *months: float) -> Problem:
    report = Bound("LOI", 5.0, 6.0, expires_on=date(2026, 5, 31))
    return Problem(
        (supply("ash", *months, assay=(report,)),),
        (slot("k", 9, 9, 9, 9, accepts=USES),),
        materials=(Material("fly_ash", (Bound("LOI", *usual),)),),
        periods=MONTHS,
    )


@pytest.mark.parametrize(("usual", "refused"), [((2.0, 12.0), 0.0), ((9.0, 12.0), 7.0)])
def test_a_report_that_ends_is_told_with_what_counts_on_it(usual, refused):
    problem = _reported(usual, 5, 5, 4, 3)
    result = solve(problem, ON)
    assert check(problem, ON, result) == ()
    assert result.tonnes == pytest.approx(17.0)
    (lapse,) = lapses_of(problem, ON, result)
    assert (lapse.kind, lapse.owner_id, lapse.names) == (LapseKind.REPORT, "ash", ("LOI",))
    assert (lapse.last_day, lapse.periods) == (date(2026, 5, 31), ("2026-06", "2026-07"))
    assert (lapse.tonnes, lapse.refused_t) == pytest.approx((7.0, refused))
    assert lapse.remedy is LiftKind.RENEW_ASSAY


def test_a_report_that_outlives_all_that_is_sent_is_no_news():
    problem = _reported((2.0, 12.0), 5, 5, 0, 0)
    assert lapses_of(problem, ON, solve(problem, ON)) == ()


def test_the_command_says_what_runs_out_and_writes_it(tmp_path):
    folder = tmp_path / "year"
    folder.mkdir()
    files = {
        "supplies.csv": "id,material,lat,lon,tonnes,hazard_codes\n"
        "dross,al_dross,34,112,5,321-024-48\nash,fly_ash,34,112,7,\n",
        "lines.csv": "id,lat,lon,licence_codes,licence_valid_to\nk,34,112,HW48,2026-05-31\n",
        "slots.csv": "id,line,accepts,tonnes\nd,k,al_dross,9\na,k,fly_ash,9\n",
        "assays.csv": "supply,property,low,high,unit,expires_on\nash,LOI,5,6,%,2026-06-30\n",
        "factors.csv": "name,value\non,2026-04-01\nfirst_month,2026-04\nmonths,4\n",
    }
    for name, text in files.items():
        (folder / name).write_text(text, encoding="utf-8")
    out = tmp_path / "out"
    done = CliRunner().invoke(match_command, [str(folder), "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert (
        "k: licence ends on 2026-05-31; nothing of 321-024-48 goes there in 2026-06 to 2026-07"
        in done.output
    )
    assert "ash: the report on LOI ends on 2026-06-30; 2026-07 to 2026-07 send 7 t" in done.output
    with (out / "lapses.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["kind"], row["owner"], row["periods_after"], row["change"]) for row in rows] == [
        ("licence", "k", "2026-06 2026-07", "renew_licence"),
        ("report", "ash", "2026-07", "renew_assay"),
    ]
    assert rows[1]["tonnes_after"] == "7"
