"""Loads: a firm's own, and each one's record for those who may read it."""

from datetime import UTC, date, datetime

import flask
from flask.typing import ResponseReturnValue

from market.accounts.policy import signed_in
from market.haulage import load_pages, phoned_pages, queries, records
from market.haulage.actions import local_day
from market.haulage.forms import TicketForm
from market.haulage.policy import is_of_firm, may_plan
from market.quantities import kg_from_tonnes
from market.web.access import Blueprint, current_actor
from market.web.database import session
from market.web.pagination import PAGE_SIZE, Page, page_url, requested_page

blueprint = Blueprint("loads", __name__, url_prefix="/haulage/loads")


def own_loads() -> ResponseReturnValue:
    """List what trucks fetch from the firm and bring to it, newest day first."""
    number, org_id = requested_page(), current_actor().org_id
    rows, total = queries.loads_of_firm(
        session(), org_id, limit=PAGE_SIZE, offset=(number - 1) * PAGE_SIZE
    )
    return flask.render_template(
        "haulage/own_loads.html",
        lines=[load_pages.own_line(row) for row in rows],
        waiting=phoned_pages.waiting_lines(session(), org_id, local_day(datetime.now(UTC))),
        page=Page(rows, number, total),
        url_of=page_url,
    )


def load(on: date, name: str) -> ResponseReturnValue:
    """Show one load's record; with a net mass in the address, beside that."""
    record = records.current(session(), on, name, current_actor())
    form = TicketForm(flask.request.args, meta={"csrf": False})
    found = _weighed(record, form)
    page = flask.render_template(
        "haulage/load.html",
        load=record,
        plan_id=record.plan_id if may_plan(current_actor()) else None,
        lead=load_pages.sentence(record),
        facts=load_pages.facts(record),
        weighed=None if found is None else load_pages.weighed_words(found),
        form=form,
        here=flask.url_for("loads.load", on=on, name=name),
        draft=flask.url_for("loads.draft", on=on, name=name, net_t=found and form.net_t.data),
    )
    return page, 422 if form.errors else 200


def draft(on: date, name: str) -> ResponseReturnValue:
    """Hand out what a consignment is drafted from; with a net mass in the address, that too."""
    record = records.current(session(), on, name, current_actor())
    found = _weighed(record, TicketForm(flask.request.args, meta={"csrf": False}))
    answer = flask.jsonify(load=record.as_json(), ticket=None if found is None else found.as_json())
    file = f"{record.number.replace('/', '-')}.json"
    answer.headers.set("Content-Disposition", "attachment", filename=file)
    return answer


def _weighed(record: records.LoadRecord, form: TicketForm) -> records.Weighed | None:
    if not form.validate() or form.net_t.data is None:
        return None
    return records.Weighed(record.mass_kg, kg_from_tonnes(form.net_t.data))


def load_of_before(root_id: int, load_key: str) -> ResponseReturnValue:
    """Lead papers that number a load by its plan to the load of that day."""
    row = queries.plan(session(), root_id)
    name = records.load_name(row, load_key)
    return flask.redirect(flask.url_for("loads.load", on=row.planned_on, name=name), 301)


for rule, view, access in (
    ("", own_loads, is_of_firm),
    ("/<day:on>/<name>", load, signed_in),
    ("/<day:on>/<name>/consignment.json", draft, signed_in),
    ("/<int:root_id>/<load_key>", load_of_before, signed_in),
):
    blueprint.add_url_rule(rule, view_func=view, access=access)
