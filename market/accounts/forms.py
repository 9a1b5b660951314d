"""The sign-in form: the extension's checks, our words."""

from datetime import UTC, datetime
from typing import Any

import flask
from flask_babel import lazy_gettext as _l
from flask_security.forms import LoginForm
from wtforms import EmailField, HiddenField, PasswordField
from wtforms.validators import InputRequired

from market.accounts import actions, queries
from market.db import transaction
from market.web.database import session

WRONG = _l("Email or password is wrong. Check both and try again.")
WAIT = _l("Too many wrong passwords. Wait 15 minutes, then try again.")


class SignInForm(LoginForm):
    """Email and password; every failure reads the same, so nobody learns which part was wrong."""

    email = EmailField(
        _l("Email"),
        [InputRequired(_l("Enter your email."))],
        render_kw={"autocomplete": "username", "spellcheck": "false"},
    )
    password = PasswordField(
        _l("Password"),
        [InputRequired(_l("Enter your password."))],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField()
    remember = None
    submit = None

    def validate_next(self, field: HiddenField) -> None:
        """Accept anything: the view follows none but our own paths."""

    def validate(self, **options: Any) -> bool:
        if not self.email.data or not self.password.data:
            return bool(super(LoginForm, self).validate(**options))
        failure = self._failure(**options)
        if failure is not None:
            self.email.errors, self.password.errors = [], []
            self.form_errors = [failure]  # of the two together: which one, nobody is told
        return failure is None

    def _failure(self, **options: Any) -> Any:
        now = datetime.now(UTC)
        who = {
            "email": str(self.email.data),
            "remote_address": flask.request.remote_addr or "",
        }
        if queries.must_wait(session(), **who, now=now):
            return WAIT
        passed = super().validate(**options)
        with transaction(session()) as writing:
            if passed:
                actions.forget_failures(writing, **who)
            else:
                actions.record_failure(writing, **who, now=now)
        return None if passed else WRONG
