"""Signing in and out."""

import flask
from flask.typing import ResponseReturnValue
from flask_security import login_user, logout_user

from market.accounts import queries
from market.accounts.forms import SignInForm
from market.accounts.labels import ROLES
from market.accounts.policy import signed_in
from market.web.access import Blueprint, current_actor, everyone, may_use
from market.web.database import session
from market.web.language import local_path

blueprint = Blueprint("accounts", __name__)


# The header's links: name -> endpoint. A feature above adds its own to the same dictionary.
HEADER_LINKS = {"sign_out": "accounts.sign_out"}


def sign_in() -> ResponseReturnValue:
    form = SignInForm()
    if current_actor() is not None:
        return flask.redirect(local_path(form.next.data or "/"), 303)
    if form.validate_on_submit():
        assert form.user is not None
        login_user(form.user, remember=False, authn_via=["password"])
        return flask.redirect(local_path(form.next.data or "/"), 303)
    page = flask.render_template(
        "accounts/sign_in.html",
        form=form,
        demo_accounts=queries.demo_accounts(session()),
        role_names=ROLES,
    )
    return page, 422 if form.errors else 200


def sign_out() -> ResponseReturnValue:
    logout_user()
    return flask.redirect("/", 303)


def header_links() -> dict[str, dict[str, str]]:
    """Give the header the links this person may use; signing in leads back to where they were."""
    links = {
        name: flask.url_for(endpoint)
        for name, endpoint in HEADER_LINKS.items()
        if may_use(endpoint)
    }
    if current_actor() is not None:
        return {"links": links}
    here = flask.request.full_path.rstrip("?") if flask.request.method == "GET" else None
    start = None if flask.request.blueprint == blueprint.name else here
    return {"links": {**links, "sign_in": flask.url_for("accounts.sign_in", next=start)}}


blueprint.add_url_rule("/sign-in", view_func=sign_in, methods=["GET", "POST"], access=everyone)
blueprint.add_url_rule("/sign-out", view_func=sign_out, methods=["POST"], access=signed_in)
