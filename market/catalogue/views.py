"""Public pages of the catalogue: what there is, where it may go, and by which rule."""

from datetime import UTC, date, datetime

import flask
from flask.typing import ResponseReturnValue

from market.catalogue import exports, labels, phrases, queries, sheets
from market.catalogue.column_labels import FILES
from market.catalogue.rules import Family
from market.catalogue.tables import TABLES, Table
from market.db import Base
from market.web.access import Blueprint, everyone
from market.web.database import session
from market.web.filters import SHANGHAI
from market.web.language import language

blueprint = Blueprint("catalogue", __name__, url_prefix="/catalogue")
FILE_KINDS = {
    "csv": (exports.as_csv, "text/csv; charset=utf-8"),
    "xlsx": (
        exports.as_xlsx,
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
}
TABLE_OF = {table.file.removesuffix(".csv"): table for table in TABLES}


def home() -> ResponseReturnValue:
    words = flask.request.args.get("q", "").strip()
    asked = set(flask.request.args.getlist("family"))
    families = frozenset(family for family in Family if family in asked)
    return flask.render_template(
        "catalogue/home.html",
        home=sheets.home(session(), words, families),
        q=words,
        chosen=families,
        totals={name: queries.count(session(), TABLE_OF[name].model) for name in FILES},
        files=FILES,
    )


def material(material_id: str) -> ResponseReturnValue:
    return flask.render_template(
        "catalogue/material.html", sheet=sheets.material_sheet(session(), material_id, today())
    )


def process(process_id: str) -> ResponseReturnValue:
    return flask.render_template(
        "catalogue/process.html", sheet=sheets.process_sheet(session(), process_id)
    )


def rules() -> ResponseReturnValue:
    """Show the rules of ``?on=``; what is no date is said so, with status 422."""
    asked = flask.request.args.get("on", "")
    on = day_of(asked)
    wrong = bool(asked) and on is None
    page = flask.render_template(
        "catalogue/rules.html",
        book=sheets.rule_book(session(), on or today()),
        wrong=asked if wrong else "",
        today=today(),
    )
    return page, 422 if wrong else 200


def download(name: str, kind: str) -> ResponseReturnValue:
    """Send a table, or the part that ``?material=``, ``?process=`` and ``?on=`` leave of it."""
    if name not in TABLE_OF or kind not in FILE_KINDS:
        flask.abort(404)
    table = TABLE_OF[name]
    rows = [row for row in queries.rows(session(), table.model) if asked_for(row)]
    write, media_type = FILE_KINDS[kind]
    content = write(exports.sheet(table, str(FILES[name]), rows))
    disposition = f'attachment; filename="{file_name(table, kind)}"'
    return flask.Response(
        content, mimetype=media_type, headers={"Content-Disposition": disposition}
    )


def file_name(table: Table, kind: str) -> str:
    return f"wujin-{table.file.removesuffix('.csv').replace('_', '-')}-{language()}.{kind}"


def asked_for(row: Base) -> bool:
    """Tell whether a row is of the material, the process and the day in the address."""
    arguments = flask.request.args
    for name, column in (("material", "material_id"), ("process", "process_id")):
        if name in arguments and getattr(row, column, arguments[name]) != arguments[name]:
            return False
    on = day_of(arguments.get("on", ""))
    holds_on = getattr(row, "holds_on", None)
    return on is None or holds_on is None or bool(holds_on(on))


def day_of(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def today() -> date:
    return datetime.now(UTC).astimezone(SHANGHAI).date()


def words() -> dict[str, object]:
    """Let every template of the blueprint name what it shows."""
    return {
        "words": labels,
        "phrase": phrases,
        "download_kinds": (("csv", "CSV"), ("xlsx", "XLSX")),
    }


blueprint.context_processor(words)
blueprint.add_url_rule("/", view_func=home, access=everyone)
blueprint.add_url_rule("/materials/<material_id>", view_func=material, access=everyone)
blueprint.add_url_rule("/processes/<process_id>", view_func=process, access=everyone)
blueprint.add_url_rule("/rules", view_func=rules, access=everyone)
blueprint.add_url_rule("/download/<name>.<kind>", view_func=download, access=everyone)
