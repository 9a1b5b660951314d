import csv
import os
from pathlib import Path

import pytest

from market.catalogue.models import Acceptance, Factor
from market.errors import DataFileError
from market.orgs.demo import rows
from market.orgs.estimates import FACTOR_OF, Assumptions, Ground, Quantity
from market.orgs.queries import assumptions
from tests.market.orgs import catalogue

SHARED = Path(os.environ.get("WUJIN_SHARED", Path(__file__).parents[4] / "shared"))


@pytest.fixture
def known(session):
    """Return the terms as the catalogue's own files give them."""
    catalogue.add_ids(session)
    return assumptions(session)


def test_a_megawatt_leaves_288_tonnes_of_fly_ash(known):
    """4,500 h x 0.32 t/MWh x 0.20 t/t = 288 t/MW; 640 MW x 288 = 184,320 t."""
    assert known.fly_ash(1).tonnes_per_year == 288
    assert known.fly_ash(640).tonnes_per_year == 184_320
    assert known.fly_ash(2_900).tonnes_per_year == 835_200


def test_every_term_of_the_ash_but_the_capacity_is_an_assumption(known):
    grounds = {term.quantity: term.ground for term in known.fly_ash(640).terms}
    assert grounds.pop(Quantity.POWER_CAPACITY) is Ground.FACT
    assert set(grounds.values()) == {Ground.ASSUMPTION}


@pytest.mark.parametrize(
    ("capacity", "clinker", "output", "uptake"),
    [
        (1_000_000, None, 874_250, 174_850),  # 1 Mt x 0.87425045 = 874,250.45; x 0.2 = 174,850
        (1_200_000, 912_500, 1_049_101, 209_820),  # 1,049,100.54; the clinker does not count
        (5_000_000, None, 4_371_252, 874_250),  # 4,371,252.25; 874,250.4
        (None, 1_642_500, 1_723_148, 344_630),  # x 1.2 = 1,971,000; 1,723,147.64; 344,629.6
        (None, None, 1_049_101, 209_820),  # a grinding station's usual 1.2 Mt
    ],
)
def test_cement_and_what_it_takes_by_hand(known, capacity, clinker, output, uptake):
    assert known.cement_output(capacity, clinker).tonnes_per_year == output
    assert known.cement_uptake(capacity, clinker).tonnes_per_year == uptake
    assert known.cement_uptake(capacity, clinker).mass_kg_per_year == uptake * 1000


def test_a_capacity_nobody_published_is_called_an_assumption(known):
    published, *_ = known.cement_output(1_000_000, None).terms
    assumed, *_ = known.cement_output(None, None).terms
    assert (published.ground, assumed.ground) == (Ground.FACT, Ground.ASSUMPTION)


def test_the_share_is_the_standard_s_row_and_says_that_it_is_the_open_end(known):
    share = known.cement_uptake(1_000_000, None).terms[-1]
    assert (share.value, share.ground, share.is_open_end) == (0.2, Ground.RULE, True)
    assert (share.row_id, share.source) == ("cement_po.fly_ash", "GB 175-2023 5.1 表 2、5.2.4")


def test_every_assumption_names_its_row_and_claims_little(known):
    for quantity, factor_id in FACTOR_OF.items():
        term = known.terms[quantity]
        assert (term.row_id, term.confidence, term.source != "") == (factor_id, "low", True)


def test_another_number_in_the_catalogue_gives_another_tonnage(session, known):
    session.get(Factor, "est_full_load_hours").value = 4_000
    session.get(Acceptance, "cement_po.fly_ash").max_share = 0.1
    changed = assumptions(session)
    assert changed.fly_ash(1).tonnes_per_year == 256  # 4,000 h x 0.32 t/MWh x 0.20 t/t
    assert changed.cement_uptake(1_000_000, None).tonnes_per_year == 87_425


def test_a_catalogue_without_the_rows_says_which_and_what_to_do(session):
    catalogue.add_ids(session)
    session.delete(session.get(Factor, "est_capacity_use"))
    session.flush()
    with pytest.raises(DataFileError, match="lacks est_capacity_use; run: wujin demo load"):
        assumptions(session)


@pytest.mark.parametrize("scenario", ["luoyang150_ash", "henan_ash"])
def test_the_formula_gives_the_scenario_files_to_the_tonne(known, scenario):
    folder = SHARED / "data" / scenario
    if not folder.is_dir():
        pytest.skip(f"scenario {scenario} is not available")
    facts = {row["id"]: row for row in rows("facilities")}
    for name in ("sources", "sinks"):
        with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                fact = facts[row["id"]]
                assert (fact["lat"], fact["lon"]) == (row["lat"], row["lon"]), row["id"]
                wanted = "tonnes_per_year" if name == "sources" else "fly_ash_uptake_t"
                assert tonnes(known, fact) == int(row[wanted]), row["id"]


def tonnes(known: Assumptions, fact: dict[str, str]) -> int:
    capacity = float(fact["capacity"]) if fact["capacity"] else None
    if fact["kind"] == "coal_power":
        return known.fly_ash(capacity).tonnes_per_year
    clinker = float(fact["clinker_t_per_year"]) if fact["clinker_t_per_year"] else None
    return known.cement_uptake(capacity, clinker).tonnes_per_year
