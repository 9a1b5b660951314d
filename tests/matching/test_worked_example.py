"""The worked example: its commands run, its arithmetic holds, and no number stands there unproven."""

import ast
import csv
import operator
import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from market.matchmaking.commands import match_command, rawmix_command
from matching.account import account_of
from matching.check import check
from matching.clinker import CO2_PER_CAO
from matching.explain import explain_pair
from matching.geography import EARTH_RADIUS_KM
from matching.result import LineKind, Reason
from matching.scenario import read_scenario
from matching.solve import solve

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "worked-example.md").read_text(encoding="utf-8")
EXAMPLE = ROOT / "docs" / "worked-example"
NUMBER = re.compile(r"(?<![\w.·])-?\d+(?:\.\d+)?(?![\w.]*\d)")
STEPS = {ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul,
         ast.Div: operator.truediv}  # fmt: skip

CONSTANTS = {
    "percent, kg per t, half": (100, 1000, 0.5, 1),
    "moduli of clinker (Shen Wei; Lea and Parker)": (1.65, 0.35, 2.8, 1.18, 0.65),
    "Bogue": (4.0710, 7.6024, 6.7187, 1.4297, 2.8675, 0.7544, 2.6504, 1.6920, 3.0432),
    "melt at 1450 °C (Lea)": (3, 2.25),
    "CO2 of calcium carbonate": (CO2_PER_CAO,),
    "the earth": (3.14159265, EARTH_RADIUS_KM, 180),
    "degrees of latitude between the places": (0.1, 0.3, 0.4, 0.8),
    "a way far too long, nothing, half": (8200, 0, 2),
    "cement that a tonne of ash replaces, and the dry part of one": (0.3, 0.995),
    "percent of the files as fractions, t of CO2 as kg": (0.5313, 0.01, 0.66, 0.918, 0.98, 830),
}


def _blocks(kind: str) -> list[str]:
    return re.findall(rf"^```{kind}\n(.*?)\n```$", PAGE, re.DOTALL | re.MULTILINE)


def _rows() -> Iterator[tuple[str, str, str]]:
    """Yield label, expression and printed result of each reckoned line, in order."""
    for line in "\n".join(_blocks("calc")).splitlines():
        label, _, rest = line.partition("  ")
        expression, _, printed = rest.rpartition(" = ")
        yield label, expression, printed


def _value(expression: str) -> float:
    def of(node: ast.expr) -> float:
        if isinstance(node, ast.BinOp):
            return float(STEPS[type(node.op)](of(node.left), of(node.right)))
        assert isinstance(node, ast.Constant), expression
        return float(node.value)

    text = expression.replace("×", "*").replace("÷", "/")
    return of(ast.parse(text, mode="eval").body)


def _step(printed: str) -> float:
    """Return one unit of the last digit that is shown; zeros at the end of a whole number are none."""
    if "." in printed:
        return float(10 ** -len(printed.split(".")[1]))
    return float(10 ** (len(printed) - len(printed.rstrip("0"))))


def _agree(value: float, printed: str) -> bool:
    return abs(value - float(printed)) <= 0.5001 * _step(printed)


def _run(line: str, out: Path) -> Result:
    name, *arguments = shlex.split(line.removeprefix("wujin "))
    command = {"match": match_command, "rawmix": rawmix_command}[name]
    paths = [str(ROOT / word) if word.startswith("docs/") else word for word in arguments]
    return CliRunner().invoke(command, [str(out) if word == "OUT" else word for word in paths])


@pytest.fixture(name="printed", scope="module")
def _printed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What each command prints, and each file the plan is written to."""
    out = tmp_path_factory.mktemp("example") / "OUT"
    found = {}
    for line in _blocks("sh"):
        result = _run(line, out)
        assert result.exit_code == ("without-iron" in line), result.output
        found[line] = (result.stdout + result.stderr).rstrip("\n")
    found |= {f"OUT/{file.name}": file.read_text().rstrip("\n") for file in out.iterdir()}
    return found


def test_every_command_prints_what_stands_there(printed):
    shown = re.findall(r"```sh\n(.*?)\n```\n\n```text\n(.*?)\n```", PAGE, re.DOTALL)
    assert len(shown) == 3
    for line, text in shown:
        assert printed[line] == text


def test_every_file_of_the_plan_is_as_shown(printed):
    shown = re.findall(r"`(OUT/\w+\.csv)`[^\n]*:\n\n```csv\n(.*?)\n```", PAGE, re.DOTALL)
    names = ("flows", "unmatched", "duals", "account")
    assert [name for name, _ in shown] == [f"OUT/{name}.csv" for name in names]
    for name, text in shown:
        assert printed[name] == text
    assert '"net_value_yuan": 5520777.53' in printed["OUT/summary.json"]
    assert '"gap": 0.0' in printed["OUT/summary.json"]


def test_every_line_of_arithmetic_holds_to_its_last_digit():
    rows = list(_rows())
    assert len(rows) > 70
    for label, expression, printed in rows:
        assert _agree(_value(expression), printed), (label, expression, printed)


def _read(name: str) -> list[dict[str, str]]:
    with (EXAMPLE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _factors() -> dict[str, str]:
    """Return each factor of the catalogue as it is written there."""
    path = ROOT / "market" / "catalogue" / "data" / "factors.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {row["id"]: row["value"] for row in csv.DictReader(file)}


def test_no_number_is_reckoned_with_that_has_no_source(printed):
    """Each is of an input file, the catalogue, a program's output, a line before it, a constant."""
    factors = _factors()
    known = [float(n) for group in CONSTANTS.values() for n in group]
    known += [float(factors[name]) for name in re.findall(r"`(\w+)`", PAGE) if name in factors]
    for file in [*EXAMPLE.glob("*.*"), *EXAMPLE.glob("scenario/*.csv")]:
        known += [float(n) for n in NUMBER.findall(file.read_text(encoding="utf-8"))]
    for text in printed.values():
        known += [float(n) for n in NUMBER.findall(text)]
    for _, expression, result in _rows():
        for number in NUMBER.findall(expression):
            assert any(_agree(value, number) for value in known), (expression, number)
        known.append(float(result))


def _table(head: str) -> list[list[str]]:
    """Return the cells of the table whose header begins so."""
    (body,) = re.findall(rf"^\| \| {head}.*?\n\|[-|]+\n(.*?)\n\n", PAGE, re.DOTALL | re.MULTILINE)
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in body.splitlines()]


def test_the_tables_are_the_input_files():
    columns = ("CaO", "SiO2", "Al2O3", "Fe2O3", "LOI", "price_yuan_per_t")
    rows = [[r["id"].replace("_", " "), *map(r.get, columns)] for r in _read("materials.csv")]
    target = tomllib.loads((EXAMPLE / "targets.toml").read_text(encoding="utf-8"))
    ash = target["coal_ash"]["analysis"]
    assert _table("CaO") == [*rows, ["coal ash", *(f"{ash[k]:g}" for k in columns[:4]), "", ""]]
    lots = {row["id"]: row for row in _read("scenario/supplies.csv")}
    assays = {row["supply"]: row for row in _read("scenario/assays.csv")}
    lines = {row["id"]: row for row in _read("scenario/lines.csv")}
    mill, road = _read("scenario/slots.csv")
    own, average, base = _read("scenario/limits.csv")
    assert (average["scope"], own["clause"]) == ("mix", "T2")
    assert _table("latitude") == [
        *(
            [name, lot["lat"], lot["tonnes"], f"{assays[name]['low']} to {assays[name]['high']}"]
            for name, lot in lots.items()
        ),
        [
            "mill, P·O cement", lines["mill"]["lat"],
            f"{mill['max_share']} of its {lines['mill']['product_t']} t",
            (f"a lot at most {own['value']} ({own['standard']}, {own['clause']});"
            f" its own silo on average at most {average['value']}"),
        ],
        ["road base", lines["road"]["lat"], road["tonnes"],
         f"a lot at most {base['value']} ({base['standard']})"],
    ]  # fmt: skip


def test_the_analyses_and_prices_are_the_catalogues():
    path = ROOT / "market" / "catalogue" / "data" / "compositions.csv"
    with path.open(encoding="utf-8-sig", newline="") as file:
        usual = [row for row in csv.DictReader(file) if row["typical"] and not row["part"]]
    target = tomllib.loads((EXAMPLE / "targets.toml").read_text(encoding="utf-8"))
    shown: dict[str, dict[str, float | str]] = {
        "coal_ash_fuel": target["coal_ash"]["analysis"],
        **{str(row["id"]): dict(row) for row in _read("materials-with-slag.csv")},
    }
    seen = 0
    for row in usual:
        found = shown.get(row["material_id"], {})
        if row["component"] in found:
            seen += 1
            assert float(found[row["component"]]) == float(row["typical"]), row
        if row["component"] == "CaO" and row["carbonate_share"] and "price_yuan_per_t" in found:
            assert float(found["carbonate_share_of_CaO"]) == float(row["carbonate_share"]), row
    # Six materials with five figures each; the ash of the coal has burnt off already.
    assert seen == 6 * 5 - 1
    factors = _factors()
    prices = {
        "limestone": "pr_limestone", "sandstone": "pr_sandstone", "fly_ash": "pr_flyash_wet",
        "iron_powder": "pr_iron_powder", "carbide_slag": "pr_carbide",
    }  # fmt: skip
    for row in _read("materials-with-slag.csv"):
        assert float(row["price_yuan_per_t"]) == float(factors[prices[row["id"]]])


def _sentences_on_the_mix() -> list[str]:
    """Say every number outside of tables and fences anew, from where it comes from."""
    target = tomllib.loads((EXAMPLE / "targets.toml").read_text(encoding="utf-8"))
    moduli, coal = target["moduli"], target["coal_ash"]
    slag = _read("materials-with-slag.csv")[-1]
    kh, sm, im = (moduli[name][0] for name in ("KH", "SM", "IM"))
    return [
        "## 1.", "## 2.",
        f"KH {kh:.2f}, SM {sm}, IM {im}",
        (f"{coal['heat_kj_per_kg_clinker']} kJ per kg of clinker of a coal with"
        f" {100 * coal['ash_share']:g} % ash and {coal['coal_kj_per_kg']} kJ/kg"),
        "each material keeps 1 − LOI:",
        f"KH = (C − 1.65 A − 0.35 F) / 2.8 S at {kh:.2f}",
        f"C − 1.65 A − 0.35 F − 2.8 · {kh:.2f} S = 0",
        f"S − {sm} (A + F) = 0 and A − {im} F = 0",
        f"({CO2_PER_CAO} t per t of CaO",
        f"{100 * float(slag['max_share']):g} % of the meal at most",
        (f"CaO {slag['CaO']}, SiO2 {slag['SiO2']}, Al2O3 {slag['Al2O3']}, Fe2O3 {slag['Fe2O3']},"
        f" LOI {slag['LOI']}, {slag['price_yuan_per_t']} yuan,"
        f" {100 * float(slag['carbonate_share_of_CaO']):g} % of its CaO"),
        "one more percentage point of the meal is a hundredth of the unit, 0.27 yuan",
        f"None is as low as {im}:",
    ]  # fmt: skip


def _sentences_on_the_plan() -> list[str]:
    f = _factors()
    shown = {label: float(result) for label, _, result in _rows()}
    north, south, _ = _read("scenario/assays.csv")
    x, y = north["high"], south["high"]
    tonnes = _read("scenario/supplies.csv")[1]["tonnes"]
    empty = float(_scenario()["transport_co2_kg_per_t_km"]) / float(f["tr_heavy_diesel_truck_30_t"])
    return [
        f"({_read('scenario/supplies.csv')[0]['moisture_pct']} % water)",
        f"bringing its LOI down by {-shown['burnt at the mill']:g} points",
        f"average of {_read('scenario/limits.csv')[1]['value']} is no reason to refuse north's {x}",
        "is a 180th of half",
        f"{_scenario()['road_factor']} times as long (`circ_plain`)",
        f"({f['disp_class1']} yuan, `disp_class1`)",
        f"({f['pr_clinker']} yuan, `pr_clinker`; {f['co2_clinker_total']} t CO2,",
        f"0.3 t of cement ({f['pr_cement']} yuan, `pr_cement`; {f['ef_po_cement']} kg CO2,",
        f"Freight is {f['fr_short']} yuan per t and km up to 50 km (`fr_short`), {f['fr_medium']} for",
        (f"{50 * float(f['fr_short']):g} yuan at 50 km, so"
        f" {50 * (float(f['fr_short']) - float(f['fr_medium'])):g} + {f['fr_medium']} km beyond"),
        (f"gives off {_scenario()['transport_co2_kg_per_t_km']} kg of CO2"
        f" ({f['tr_heavy_diesel_truck_30_t']} kg,"),
        f"and {empty:.1f} for the empty way back); carbon is {f['pr_cea']} yuan/t",
        f"room for {0.2 * 100000:g} t, so",
        f"With all {tonnes} t of south, *x* t of north give {x} x + {y} · {tonnes} ≤ 6 (x + {tonnes})",
        f"{_read('scenario/slots.csv')[1]['tonnes']} t go,",
        f"within {_scenario()['radius_km']} km, one of which",
        "`net_value_yuan` 5520777.53 and `gap` 0:",
        f"would pay to be rid of the ash ({f['disp_class1']} yuan/t)",
        ("clinker at 0.80 and 0.90 t/t, trucks that come back loaded or all of them empty"
        f" (1.3 and 1.8 times {f['tr_heavy_diesel_truck_30_t']});"),
        "a way of 8200 km would make it so:",
        f"South's ash carries {shown['carried']} t of north's",
        (f"the average of 6 has its price too: x = {tonnes} (L − {y}) / ({x} − L) grows with L,"
        " at L = 6 by"),
    ]  # fmt: skip


def _scenario() -> dict[str, str]:
    return {row["name"]: row["value"] for row in _read("scenario/factors.csv")}


def test_every_other_number_of_the_page_stands_in_a_sentence_that_is_said_anew():
    prose = re.sub(r"^```.*?^```$|^\|.*?$", "", PAGE, flags=re.DOTALL | re.MULTILINE)
    prose = " ".join(prose.split())
    for sentence in [*_sentences_on_the_mix(), *_sentences_on_the_plan()]:
        assert prose.count(sentence) == 1, sentence
        prose = prose.replace(sentence, "")
    names = re.sub(r"\b(CO2|SiO2|Al2O3|Fe2O3)\b|`[^`]*`", "", prose)
    assert re.findall(r"\S*\d\S*", names) == []


def test_the_plans_intermediate_values_are_the_engines():
    """The same label on the page and in the engine: distances, waterfalls, margins, duals."""
    shown = {label: float(result) for label, _, result in _rows()}
    problem, parameters = read_scenario(EXAMPLE / "scenario")
    result = solve(problem, parameters)
    assert check(problem, parameters, result) == ()
    ends = {"mill": "mill-ash", "road": "road-base"}
    pairs = {
        (lot, place): explain_pair(problem, parameters, lot, slot)
        for lot in ("north", "south", "burnt")
        for place, slot in ends.items()
    }
    for (lot, place), pair in pairs.items():
        where = "on the road" if place == "road" else "at the mill"
        lines = {line.kind: line.yuan_per_t for line in pair.lines}
        expected = {
            f"{lot} to {place}": pair.distance_km,
            f"freight {lot} to {place}": -(lines[LineKind.FREIGHT] or 0),
            f"carbon of the haul, {lot} to {place}": -(lines[LineKind.TRANSPORT_CARBON] or 0),
            f"carbon saved {where}": lines[LineKind.AVOIDED_CARBON],
            f"replaced {where}, yuan": lines[LineKind.REPLACED_MATERIAL],
            f"{lot} {where}, yuan/t": pair.value_yuan_per_t,
            f"{lot} {where}, kg/t": pair.co2_kg_per_t.central,
            f"{lot} {where}, low end": pair.co2_kg_per_t.low,
            f"{lot} {where}, high end": pair.co2_kg_per_t.high,
        }
        for label in expected.keys() & shown.keys():
            assert shown[label] == pytest.approx(expected[label], abs=0.011), label
        judged = [*pair.verdict.findings, *pair.verdict.margins]
        if f"{lot} {where}" in shown:
            assert [row.margin for row in judged] == pytest.approx([shown[f"{lot} {where}"]])
    refused = pairs["burnt", "mill"].verdict
    assert [row.reason for row in refused.findings] == [Reason.LIMIT_EXCEEDED]
    account = account_of(problem, parameters, result)
    assert shown["the plan, kg"] == pytest.approx(account.co2_kg.central, abs=500)
    assert shown["the plan, low end, kg"] == pytest.approx(account.co2_kg.low, abs=500)
    assert shown["the plan, high end, kg"] == pytest.approx(account.co2_kg.high, abs=500)
    yuan = {entry.kind: entry.yuan for entry in account.entries}
    assert shown["disposal saved, yuan"] == pytest.approx(yuan[LineKind.AVOIDED_DISPOSAL])
    assert shown["raw material replaced, yuan"] == pytest.approx(yuan[LineKind.REPLACED_MATERIAL])
    assert shown["freight, yuan"] == pytest.approx(-yuan[LineKind.FREIGHT], abs=50)
    assert shown["price, least, yuan"] == pytest.approx(account.transfer.low_yuan)
    assert shown["price, even, yuan"] == pytest.approx(account.transfer.even_yuan, abs=1)
    assert shown["the plan, yuan"] == pytest.approx(result.net_value_yuan, abs=50)
    assert shown["bound, yuan"] == pytest.approx(result.bound, abs=50)
    (mix,) = result.mixes
    assert mix.worth.yuan == pytest.approx(shown["yuan per point"], rel=1e-3)
