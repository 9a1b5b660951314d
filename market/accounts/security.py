"""The security extension, told where our users are and how passwords are hashed.

Its own pages are not used: they speak their own words. Sessions, user loading, the sign-in
form's checks and their even timing are.
"""

from typing import Any

import flask
from flask import Flask
from flask.typing import ResponseReturnValue
from flask_security import RoleMixin, Security, UserDatastore, UserMixin, current_user

from market.accounts import passwords, queries
from market.accounts.models import User
from market.accounts.rules import Actor, Role
from market.db import transaction
from market.web.access import ACTOR_LOADER
from market.web.database import session

SETTINGS = {
    "SECURITY_PASSWORD_HASH": "argon2",
    "SECURITY_PASSWORD_SCHEMES": ["argon2"],
    "SECURITY_DEPRECATED_PASSWORD_SCHEMES": [],
    # One hash, without the extension's pepper: a hash made by `hash_password` verifies too.
    "SECURITY_PASSWORD_SINGLE_HASH": ["argon2"],
    "SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": {
        "argon2__memory_cost": passwords.MEMORY_KIB,
        "argon2__time_cost": passwords.PASSES,
        "argon2__parallelism": passwords.LANES,
    },
    "SECURITY_CLI_USERS_NAME": "",
    "SECURITY_CLI_ROLES_NAME": "",
}


class Identity(UserMixin):
    """The signed-in user as the extension wants it, kept out of the tables below the views."""

    fs_uniquifier: str = ""  # the extension looks for it on the class

    def __init__(self, user: User) -> None:
        self.user = user
        self.email = user.email
        self.password = user.password
        self.active = user.active
        self.fs_uniquifier = user.fs_uniquifier
        self.roles = []


class Users(UserDatastore):
    """Where the extension finds users. It creates and deletes none."""

    def __init__(self) -> None:
        super().__init__(Identity, RoleMixin)

    def find_user(self, case_insensitive: bool = False, **by: Any) -> Identity | None:
        """Look up by ``email`` or by the session's ``fs_uniquifier``; both are exact in store."""
        del case_insensitive
        if "email" in by:
            user = queries.user_by_email(session(), by["email"])
        else:
            user = queries.user_by_session_key(session(), by["fs_uniquifier"])
        return None if user is None else Identity(user)

    def put(self, model: Identity) -> Identity:
        """Keep a password that was hashed anew because the parameters had changed."""
        with transaction(session()):
            model.user.password = model.password
        return model


def load_actor() -> Actor | None:
    """Return the person of this request, without the firm: the organisations add that."""
    if not current_user or not current_user.is_authenticated:
        return None
    user: User = current_user.user
    return Actor(user.id, Role(user.role), user.name_zh, user.name_en)


def ask_to_sign_in(*_arguments: Any) -> ResponseReturnValue:
    """Send an anonymous person to the sign-in page, and back to the page they wanted.

    After a form was sent there is no page to come back to, only the one it was on.
    """
    request = flask.request
    wanted = request.full_path.rstrip("?") if request.method in {"GET", "HEAD"} else None
    return flask.redirect(flask.url_for("accounts.sign_in", next=wanted), 303)


def init_app(app: Flask) -> None:
    app.config.update(SETTINGS)
    # The extension insists on a salt; it salts nothing, as passwords are hashed once.
    app.config.setdefault("SECURITY_PASSWORD_SALT", app.config["SECRET_KEY"])
    security = Security(app, Users(), register_blueprint=False)
    security.pwd_context = passwords.LimitedContext(security.pwd_context)
    security.login_manager.unauthorized_handler(ask_to_sign_in)
    app.extensions[ACTOR_LOADER] = load_actor
