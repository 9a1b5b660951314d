"""What the form library says of a field is said in our words."""

import re
from pathlib import Path

import pytest
import wtforms
from flask_babel import get_translations
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import IntegerField, StringField, TimeField
from wtforms.validators import Length

from market.web.form_words import messages


class Asked(FlaskForm):
    tonnes = IntegerField()
    note = StringField(validators=[Length(max=2)])


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("zh", {"tonnes": ["请填整数。"], "note": ["最多 2 个字。"]}),
        (
            "en",
            {
                "tonnes": ["Not a valid integer value."],
                "note": ["Field cannot be longer than 2 characters."],
            },
        ),
    ],
)
def test_a_fault_is_told_in_our_words(app, language, words):
    with app.test_request_context(headers={"Cookie": f"lang={language}"}):
        app.preprocess_request()
        form = Asked(MultiDict({"tonnes": "many", "note": "long"}), meta={"csrf": False})
        assert not form.validate()
        assert form.errors == words


UNUSED = (
    "IP", "Mac", "URL", "UUID", "CSRF", "can't be any", "field name", "cannot be edited",
    "disabled", "week", "exactly", "Choices cannot be None",
)  # fmt: skip
"""Of validators and fields that no form of ours has, and what is raised to programmers."""


def test_all_that_the_library_may_say_is_said_in_our_words(app):
    template = Path(wtforms.__file__).parent / "locale" / "wtforms.pot"
    said = re.findall(r'^msgid "(.+)"$', template.read_text(), re.MULTILINE)
    told = [text for text in said if not any(part in text for part in UNUSED)]
    assert len(told) > 20
    with app.test_request_context(headers={"Cookie": "lang=zh"}):
        app.preprocess_request()
        words = get_translations()
        ours = ({words.ugettext(text), words.ungettext(text, text, 2)} for text in told)
        assert [text for text, found in zip(told, ours, strict=True) if found == {text}] == []


@pytest.mark.parametrize(
    ("language", "words"), [("zh", "请填时间，如 08:30。"), ("en", "Not a valid time value.")]
)
def test_a_time_that_is_none_is_told_in_our_words(app, language, words):
    class Opens(FlaskForm):
        at = TimeField()

    with app.test_request_context(headers={"Cookie": f"lang={language}"}):
        app.preprocess_request()
        form = Opens(MultiDict({"at": "25:00"}), meta={"csrf": False})
        assert not form.validate()
        assert form.errors == {"at": [words]}


def test_each_message_is_one_the_library_still_uses(app):
    code = "".join(path.read_text() for path in Path(wtforms.__file__).parent.rglob("*.py"))
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        assert [text for text in messages() if text not in code] == []
    with app.test_request_context(headers={"Cookie": "lang=zh"}):
        assert not any(text.isascii() for text in messages())
