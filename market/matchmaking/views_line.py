"""What a want's line could do with every offer around it: nothing is stored, the address asks."""

from datetime import date
from typing import Any

import flask
from flask.typing import ResponseReturnValue

from market.catalogue.models import VatRow
from market.errors import NotFoundError
from market.listings import queries as listings
from market.listings.values import ListingSummary
from market.matchmaking import labels, presenting_line, refunds
from market.matchmaking.forms_line import RefundForm
from market.matchmaking.refunds import LineFacts
from market.matchmaking.views_listing import today
from market.web.access import current_actor
from market.web.database import session


def refund_page(listing_id: int) -> ResponseReturnValue:
    on = today()
    want = _want(listing_id, on)
    known = refunds.facts(session(), want, on)
    form = _refund_form(known)
    answer = _refund(want, known, form, on) if known.rows and form.total_t.data else None
    return flask.render_template(
        "matchmaking/refund.html",
        want=want,
        known=known,
        form=form,
        answer=answer,
        row=_row(known, form),
        lead=presenting_line.refund_sentence(answer) if answer else "",
        words=labels,
        says=presenting_line,
        today=on,
    ), 422 if form.errors else 200


def _want(listing_id: int, on: date) -> ListingSummary:
    """Return a want this reader may see; an offer has no line."""
    want = listings.detail(session(), listing_id, current_actor(), on).summary
    if want.is_offer:
        raise NotFoundError("not_found")
    return want


def _refund_form(known: LineFacts) -> Any:
    """Fill what the market knows of the line where nothing is asked yet."""
    form = RefundForm.of(flask.request.args)
    form.offer({"row": [(row.id, presenting_line.row_name(row)) for row in known.rows]})
    if not known.mill:
        del form.clinker
    if form.asked or not known.rows:
        return form
    form.row.data = known.rows[0].id
    form.counted_t.data = round(sum(known.held.values()))
    if "clinker" in form:
        form.clinker.data = "own" if known.own_kiln else "bought"
    if not (known.mill and known.own_kiln):
        form.total_t.data = None if known.output_t is None else round(known.output_t)
    return form


def _row(known: LineFacts, form: Any) -> VatRow | None:
    return next((row for row in known.rows if row.id == form.row.data), None)


def _refund(want: ListingSummary, known: LineFacts, form: Any, on: date) -> refunds.Refund | None:
    row = _row(known, form)
    if row is None or (form.asked and not form.validate()):
        return None
    asked = refunds.Asked(
        row=row,
        total_t=form.total_t.data,
        counted_t=min(form.counted_t.data, form.total_t.data),
        bought_clinker="clinker" in form and form.clinker.data == "bought",
    )
    return refunds.refund(
        session(), want, known, asked, on=on,
        road_factor=flask.current_app.config["WUJIN"].road_factor,
    )  # fmt: skip
