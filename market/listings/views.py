"""A firm's own listings and what it may do to one."""

import secrets
from datetime import UTC, date, datetime
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from market.accounts.rules import Actor
from market.db import transaction
from market.errors import ConflictError
from market.listings import actions, labels, queries
from market.listings.answers import from_json
from market.listings.links import listing_url
from market.web.access import current_actor
from market.web.database import session
from market.web.filters import SHANGHAI, local_date
from market.web.messages import words_for


def now() -> datetime:
    return datetime.now(UTC)


def today() -> date:
    return datetime.now(SHANGHAI).date()


def acting() -> Actor:
    """Return the signed-in person of a route that lets nobody else in."""
    actor: Actor = current_actor()
    return actor


def posted_version() -> int:
    """Return the version the form was made from; a form without one can only be out of date."""
    raw = flask.request.form.get("version", "")
    return int(raw) if raw.isascii() and raw.isdigit() and len(raw) < 10 else -1  # noqa: PLR2004


def posted_key() -> str:
    return flask.request.form.get("key", "")[:64] or secrets.token_urlsafe(16)


def mine() -> ResponseReturnValue:
    actor = acting()
    if actor.org_id is None:
        return flask.render_template("listings/mine.html", listings=[], drafts=[], today=today())
    return flask.render_template(
        "listings/mine.html",
        listings=queries.of_org(session(), actor.org_id),
        drafts=queries.drafts_of(session(), actor.org_id),
        today=today(),
        key=secrets.token_urlsafe(16),
    )


def edit(listing_id: int) -> ResponseReturnValue:
    with transaction(session()):
        draft = actions.start_edit(session(), acting(), listing_id, key=posted_key(), now=now())
    return flask.redirect(flask.url_for("listings.check", draft_id=draft.id), 303)


def duplicate(listing_id: int) -> ResponseReturnValue:
    with transaction(session()):
        draft = actions.duplicate(session(), acting(), listing_id, key=posted_key(), now=now())
    flask.flash(_("A copy as a draft. Its report is left out: the lot is another."))
    return flask.redirect(flask.url_for("listings.check", draft_id=draft.id), 303)


def withdraw(listing_id: int) -> ResponseReturnValue:
    with transaction(session()):
        actions.withdraw(session(), acting(), listing_id, version=posted_version(), now=now())
    flask.flash(_("Withdrawn. Nobody else sees it; you can publish it again."))
    return _back(listing_id)


def republish(listing_id: int) -> ResponseReturnValue:
    with transaction(session()):
        actions.republish(
            session(), acting(), listing_id, version=posted_version(), today=today(), now=now()
        )
    flask.flash(_("Public again."))
    return _back(listing_id)


def renew(listing_id: int) -> ResponseReturnValue:
    with transaction(session()):
        until = actions.renew(session(), acting(), listing_id, today=today(), now=now())
    flask.flash(_("Public until %(day)s.", day=local_date(until)))
    return _back(listing_id)


def _back(listing_id: int) -> ResponseReturnValue:
    """Return to the listing; staff who withdrew one, and owners, may still see it."""
    return flask.redirect(listing_url(listing_id), 303)


def conflict(error: ConflictError) -> ResponseReturnValue:
    """Say who changed what meanwhile, and offer what can be done now."""
    listing_id, draft_id = error.params.get("listing_id"), error.params.get("draft_id")
    shown: dict[str, Any] = {"listing_id": listing_id, "draft_id": draft_id, "change": None}
    if isinstance(listing_id, int):
        shown["change"] = next(iter(queries.changes(session(), listing_id)), None)
        shown["listing"] = queries.summaries(session(), [listing_id]).get(listing_id)
    if isinstance(listing_id, int) and isinstance(draft_id, int):
        shown["mine"] = from_json(queries.draft(session(), draft_id, acting()).answers)
    elif isinstance(draft_id, int):
        shown["change"] = queries.last_draft_change(session(), draft_id)
    page = flask.render_template(
        "listings/conflict.html", code=error.code, message=words_for(error), words=labels, **shown
    )
    return page, 409
