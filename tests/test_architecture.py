"""House rules that no linter knows."""

import ast
import configparser
import inspect
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from market.app import create_app
from market.config import Settings
from market.web.access import Blueprint, MissingAccessRuleError, check_every_route, everyone
from tests.conftest import ROOT

LONGEST_FUNCTION = 50
LONGEST_FILE = 400
LONGEST_VIEW = 15
# What is longer today, and how long. The lists may only shrink: a shorter figure must be entered,
# a new name may not.
LONG_FUNCTIONS: dict[str, int] = {}
LONG_FILES: dict[str, int] = {}
LONG_VIEWS = {
    "market.haulage.views.new_plan": 19,
    "market.haulage.views.plan": 19,
    "market.haulage.week_views.new_week": 19,
    "market.listings.views_draft.check": 21,
    "market.listings.views_draft.new": 21,
    "market.listings.views_draft.step": 26,
    "market.matchmaking.views_line.refund_page": 17,
    "market.matchmaking.views_listing.listing": 22,
    "market.matchmaking.views_result.flow": 28,
    "market.matchmaking.views_result.refusals": 26,
    "market.parks.views.show": 27,
    "market.search.views.market": 29,
}


def code_files() -> list[Path]:
    folders = ("market", "matching", "routing", "tools", "bench", "tests")
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def functions(path: Path) -> list[tuple[str, int]]:
    tree = ast.parse(path.read_text())
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return [
        (f"{path.relative_to(ROOT)}:{node.name}", (node.end_lineno or 0) - node.lineno + 1)
        for node in ast.walk(tree)
        if isinstance(node, kinds)
    ]


def test_functions_stay_short():
    found = {
        name: size
        for path in code_files()
        for name, size in functions(path)
        if size > LONGEST_FUNCTION
    }
    assert found == LONG_FUNCTIONS


def body_lines(view: Callable[..., object]) -> int:
    node = ast.parse(textwrap.dedent(inspect.getsource(view))).body[0]
    assert isinstance(node, ast.FunctionDef)
    first = node.body[1] if ast.get_docstring(node) else node.body[0]
    return (node.end_lineno or 0) - first.lineno + 1


def test_views_stay_thin(settings: Settings):
    views = map(inspect.unwrap, create_app(settings, testing=True).view_functions.values())
    sizes = {
        f"{view.__module__}.{view.__name__}": body_lines(view)
        for view in views
        if view.__module__.startswith("market.")
    }
    assert {name: size for name, size in sizes.items() if size > LONGEST_VIEW} == LONG_VIEWS


def test_files_stay_short():
    sizes = {str(p.relative_to(ROOT)): len(p.read_text().splitlines()) for p in code_files()}
    assert {name: size for name, size in sizes.items() if size > LONGEST_FILE} == LONG_FILES


def test_every_part_of_the_market_is_an_engine_user_or_forbidden_to_be():
    contracts = configparser.ConfigParser()
    contracts.read(ROOT / ".importlinter")
    named = contracts["importlinter:contract:users-of-engines"]["source_modules"].split()
    parts = {f"market.{path.stem}" for path in (ROOT / "market").glob("*.py")}
    parts |= {f"market.{path.parent.name}" for path in (ROOT / "market").glob("*/__init__.py")}
    users = {"market.matchmaking", "market.parks", "market.haulage"}
    assert set(named) == parts - users - {"market.__init__", "market.__main__"}


def test_a_route_without_an_access_rule_cannot_be_registered():
    blueprint = Blueprint("bare", __name__)
    with pytest.raises(MissingAccessRuleError):
        blueprint.add_url_rule("/bare", view_func=lambda: "")


def test_a_route_that_came_in_by_another_way_stops_the_application(settings: Settings):
    app = create_app(settings, testing=True)
    app.view_functions["smuggled"] = lambda: ""
    with pytest.raises(MissingAccessRuleError, match="smuggled"):
        check_every_route(app)


def test_an_access_rule_guards_the_view(settings: Settings):
    app = create_app(settings, testing=True)
    open_door, shut_door = Blueprint("a", __name__), Blueprint("b", __name__)
    open_door.add_url_rule("/open", "open", lambda: "in", access=everyone)
    shut_door.add_url_rule("/shut", "shut", lambda: "in", access=lambda _actor: False)
    app.register_blueprint(open_door)
    app.register_blueprint(shut_door)
    client = app.test_client()
    assert client.get("/open").text == "in"
    assert client.get("/shut").status_code in {302, 303, 401, 403}


@pytest.mark.parametrize("module", ["ortools", "numba", "dbos", "scipy", "pandas", "flask"])
def test_help_pays_for_no_solver(module: str):
    script = (
        "import sys; from market.cli import wujin\n"
        "try: wujin(['--help'])\n"
        f"except SystemExit: sys.exit({module!r} in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, check=False, cwd=ROOT)
    assert run.returncode == 0, run.stderr


def test_nothing_is_fetched_while_serving(settings: Settings):
    """No template or script of ours names another host to load from."""
    texts = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "market/static/js").glob("*.js")]
    loads = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in texts
        for line in path.read_text().splitlines()
        if "http" in line and any(word in line for word in ("src=", "import ", "fetch(", "@import"))
    ]
    assert not loads
