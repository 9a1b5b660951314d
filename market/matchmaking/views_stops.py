"""The days on which a want's line stands still by its firm's own word; seen by the firm alone."""

from datetime import UTC, datetime

import flask
from flask.typing import ResponseReturnValue

from market.catalogue import queries as catalogue
from market.db import transaction
from market.errors import NotFoundError
from market.listings import queries as listings
from market.listings.models import Listing
from market.listings.rules import Side
from market.matchmaking import own_stops
from market.matchmaking.forms_stops import StopForm
from market.matchmaking.views_listing import today
from market.orgs.policy import may_change
from market.web.access import current_actor
from market.web.database import session


def stops_page(listing_id: int) -> ResponseReturnValue:
    return _page(_own_want(listing_id), StopForm())


def keep_stop(listing_id: int) -> ResponseReturnValue:
    """Add the days of the form, or take back those that are named."""
    want, actor, now = _own_want(listing_id), current_actor(), datetime.now(UTC)
    drop = flask.request.form.get("drop", type=int)
    if drop is not None:
        with transaction(session()) as writing:
            own_stops.drop(writing, actor, want, drop, now=now)
        return _back(listing_id)
    form = StopForm()
    form.today = today()
    if not form.validate_on_submit():
        return _page(want, form)
    first_on, last_on, note = form.first_on.data, form.last_on.data, form.note.data
    with transaction(session()) as writing:
        own_stops.add(writing, actor, want, first_on=first_on, last_on=last_on, note=note, now=now)
    return _back(listing_id)


def _own_want(listing_id: int) -> Listing:
    listings.detail(session(), listing_id, current_actor(), today())
    want = listings.listing(session(), listing_id)
    if want.side != Side.WANT or not may_change(current_actor(), want.org_id):
        raise NotFoundError("not_found")
    return want


def _page(want: Listing, form: StopForm) -> ResponseReturnValue:
    page = flask.render_template(
        "matchmaking/stops.html",
        want=listings.detail(session(), want.id, current_actor(), today()).summary,
        stops=own_stops.of_want(session(), want),
        law=[row for row in catalogue.stoppages(session()) if want.process_id in row.process_ids],
        form=form,
    )
    return page, 422 if form.errors else 200


def _back(listing_id: int) -> ResponseReturnValue:
    return flask.redirect(flask.url_for("listing_page.stops_page", listing_id=listing_id), 303)
