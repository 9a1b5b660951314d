"""What comes out of what a want takes, by its firm's own word; the form is the firm's alone."""

from datetime import UTC, date, datetime

import flask
from flask.typing import ResponseReturnValue

from market.db import transaction
from market.errors import DomainError, ForbiddenError, NotFoundError
from market.listings import queries as listings
from market.listings.models import Listing
from market.listings.rules import Side
from market.orgs.policy import may_change, may_write
from market.parks import actions, chain_words, queries
from market.parks.forms import ConversionForm
from market.web.access import Blueprint, current_actor
from market.web.database import session
from market.web.filters import SHANGHAI
from market.web.messages import words_for

blueprint = Blueprint("conversions", __name__)


def today() -> date:
    return datetime.now(UTC).astimezone(SHANGHAI).date()


def show(listing_id: int) -> ResponseReturnValue:
    return _page(_own_want(listing_id), ConversionForm())


def keep(listing_id: int) -> ResponseReturnValue:
    """Keep what the form says, or take back the row that is named."""
    want, actor, now = _own_want(listing_id), current_actor(), datetime.now(UTC)
    drop = flask.request.form.get("drop", type=int)
    if drop is not None:
        with transaction(session()) as writing:
            actions.drop(writing, actor, want, drop, now=now)
        return _back(listing_id)
    form = ConversionForm()
    form.today = today()
    return _back(listing_id) if _kept(form, want, now) else _page(want, form)


def _kept(form: ConversionForm, want: Listing, now: datetime) -> bool:
    """Keep what was written; where the rules refuse it, leave their words at its field."""
    form.offer(queries.offered_at(session(), want.site_id))
    if not form.validate_on_submit():
        return False
    try:
        with transaction(session()) as writing:
            actions.declare(writing, current_actor(), want, form.facts(), now=now)
    except (ForbiddenError, NotFoundError):
        raise
    except DomainError as error:
        form.blame(error, words_for(error))
        return False
    return True


def _own_want(listing_id: int) -> Listing:
    listings.detail(session(), listing_id, current_actor(), today())
    want = listings.listing(session(), listing_id)
    if want.side != Side.WANT or not may_change(current_actor(), want.org_id):
        raise NotFoundError("not_found")
    return want


def _page(want: Listing, form: ConversionForm) -> ResponseReturnValue:
    materials = queries.offered_at(session(), want.site_id)
    form.offer(materials)
    rows = queries.of_want(session(), want, today())
    page = flask.render_template(
        "parks/conversions.html",
        want=listings.detail(session(), want.id, current_actor(), today()).summary,
        rows=rows,
        materials=materials,
        form=form,
        gains=sum(row.yield_share for row in rows) > 1,
        words=chain_words,
    )
    return page, 422 if form.errors else 200


def _back(listing_id: int) -> ResponseReturnValue:
    return flask.redirect(flask.url_for("conversions.show", listing_id=listing_id), 303)


for view, methods in ((show, ["GET"]), (keep, ["POST"])):
    blueprint.add_url_rule(
        "/listings/<int:listing_id>/outputs", view_func=view, methods=methods, access=may_write
    )
