import csv
import os
from pathlib import Path

import pytest

from market.orgs.demo import rows
from market.orgs.estimates import Ground, Quantity, cement_output, cement_uptake, fly_ash

SHARED = Path(os.environ.get("WUJIN_SHARED", Path(__file__).parents[4] / "shared"))


def test_a_megawatt_leaves_288_tonnes_of_fly_ash():
    """4,500 h x 0.32 t/MWh x 0.20 t/t = 288 t/MW; 640 MW x 288 = 184,320 t."""
    assert fly_ash(1).tonnes_per_year == 288
    assert fly_ash(640).tonnes_per_year == 184_320
    assert fly_ash(2_900).tonnes_per_year == 835_200


def test_every_term_of_the_ash_but_the_capacity_is_an_assumption():
    grounds = {term.quantity: term.ground for term in fly_ash(640).terms}
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
def test_cement_and_what_it_takes_by_hand(capacity, clinker, output, uptake):
    assert cement_output(capacity, clinker).tonnes_per_year == output
    assert cement_uptake(capacity, clinker).tonnes_per_year == uptake
    assert cement_uptake(capacity, clinker).mass_kg_per_year == uptake * 1000


def test_a_capacity_nobody_published_is_called_an_assumption():
    published, *_ = cement_output(1_000_000, None).terms
    assumed, *_ = cement_output(None, None).terms
    assert (published.ground, assumed.ground) == (Ground.FACT, Ground.ASSUMPTION)


@pytest.mark.parametrize("scenario", ["luoyang150_ash", "henan_ash"])
def test_the_formula_gives_the_scenario_files_to_the_tonne(scenario):
    folder = SHARED / "data" / scenario
    if not folder.is_dir():
        pytest.skip(f"scenario {scenario} is not available")
    known = {row["id"]: row for row in rows("facilities")}
    for name in ("sources", "sinks"):
        with (folder / f"{name}.csv").open(encoding="utf-8-sig", newline="") as file:
            for row in csv.DictReader(file):
                fact = known[row["id"]]
                assert (fact["lat"], fact["lon"]) == (row["lat"], row["lon"]), row["id"]
                wanted = "tonnes_per_year" if name == "sources" else "fly_ash_uptake_t"
                assert tonnes(fact) == int(row[wanted]), row["id"]


def tonnes(fact: dict[str, str]) -> int:
    capacity = float(fact["capacity"]) if fact["capacity"] else None
    if fact["kind"] == "coal_power":
        return fly_ash(capacity).tonnes_per_year
    clinker = float(fact["clinker_t_per_year"]) if fact["clinker_t_per_year"] else None
    return cement_uptake(capacity, clinker).tonnes_per_year
