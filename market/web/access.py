"""Every route says who may use it. A route without a rule cannot be registered."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import flask
from flask.typing import ResponseReturnValue

# Given the acting person (None: not signed in), may the route be used at all? What a person may
# do to one particular thing is the feature's policy, asked inside the view.
AccessRule = Callable[[Any], bool]

ACTOR_LOADER = "wujin.actor"
OPEN_ENDPOINTS = frozenset({"static"})
"""Routes that are not ours to guard; a library's own blueprint is listed by its prefix."""
OPEN_PREFIXES = ("security.",)

_RULE = "_wujin_access"


class MissingAccessRuleError(Exception):
    """A route was declared without saying who may use it."""


def current_actor() -> Any:
    """Return the signed-in ``Actor``, or None; loaded once a request."""
    if "actor" not in flask.g:
        flask.g.actor = flask.current_app.extensions[ACTOR_LOADER]()
    return flask.g.actor


def everyone(_actor: Any) -> bool:
    """Public reading."""
    return True


def guarded(
    view: Callable[..., ResponseReturnValue], rule: AccessRule
) -> Callable[..., ResponseReturnValue]:
    @wraps(view)
    def wrapper(**values: Any) -> ResponseReturnValue:
        actor = current_actor()
        if rule(actor):
            return view(**values)
        if actor is not None:
            flask.abort(403)
        return flask.current_app.login_manager.unauthorized()  # type: ignore[attr-defined,no-any-return]

    setattr(wrapper, _RULE, rule)
    return wrapper


def may_use(endpoint: str) -> bool:
    """Tell whether the person may use this route of ours; a visitor may once signed in."""
    return current_actor() is None or is_open(endpoint)


def is_open(endpoint: str) -> bool:
    """Tell whether whoever asks, signed in or not, may use this route of ours right now."""
    rule: AccessRule = getattr(flask.current_app.view_functions[endpoint], _RULE)
    return rule(current_actor())


class Blueprint(flask.Blueprint):
    """A blueprint whose every URL carries an access rule: the feature's table of URLs."""

    def add_url_rule(
        self,
        rule: str,
        endpoint: str | None = None,
        view_func: Any = None,
        provide_automatic_options: bool | None = None,
        *,
        access: AccessRule | None = None,
        **options: Any,
    ) -> None:
        if access is None or view_func is None:
            raise MissingAccessRuleError(f"{self.name}: {rule} has no access rule")
        name = endpoint or view_func.__name__
        super().add_url_rule(
            rule, name, guarded(view_func, access), provide_automatic_options, **options
        )


def check_every_route(app: flask.Flask) -> None:
    """Stop the program when a route came in by another way than ``Blueprint``."""
    for endpoint, view in app.view_functions.items():
        is_open = endpoint in OPEN_ENDPOINTS or endpoint.startswith(OPEN_PREFIXES)
        if not is_open and not hasattr(view, _RULE):
            raise MissingAccessRuleError(f"{endpoint} has no access rule")
