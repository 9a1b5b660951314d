"""The form library's own messages, worded by us like all others."""

import flask
from flask import Flask
from flask_babel import get_translations


def use_our_words() -> None:
    """Make forms read this request's messages where they would load the library's own."""
    flask.request.wtforms_translations = get_translations()  # type: ignore[attr-defined]


def messages() -> list[str]:
    """Return what the library says of a field, in the reader's language."""
    words = get_translations()
    gettext, ngettext = words.ugettext, words.ungettext
    return [
        gettext("Date must be at least %(min)s."),
        gettext("Date must be at most %(max)s."),
        gettext("Date must be between %(min)s and %(max)s."),
        gettext("Field must be equal to %(other_name)s."),
        gettext("Invalid Choice: could not coerce."),
        gettext("Invalid choice(s): one or more data inputs could not be coerced."),
        gettext("Invalid email address."),
        gettext("Invalid input."),
        gettext("Invalid value, must be one of: %(values)s."),
        gettext("Not a valid choice."),
        gettext("Not a valid date value."),
        gettext("Not a valid datetime value."),
        gettext("Not a valid decimal value."),
        gettext("Not a valid float value."),
        gettext("Not a valid integer value."),
        gettext("Not a valid time value."),
        gettext("Number must be at least %(min)s."),
        gettext("Number must be at most %(max)s."),
        gettext("Number must be between %(min)s and %(max)s."),
        gettext("This field is required."),
        ngettext(
            "'%(value)s' is not a valid choice for this field.",
            "'%(value)s' are not valid choices for this field.",
            2,
        ),
        ngettext(
            "Field cannot be longer than %(max)d character.",
            "Field cannot be longer than %(max)d characters.",
            2,
        ),
        ngettext(
            "Field must be at least %(min)d character long.",
            "Field must be at least %(min)d characters long.",
            2,
        ),
        gettext("Field must be between %(min)d and %(max)d characters long."),
    ]


def init_app(app: Flask) -> None:
    app.before_request(use_our_words)
