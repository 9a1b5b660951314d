"""What the form library says of a field is said in our words."""

from pathlib import Path

import pytest
import wtforms
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import IntegerField, StringField
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


def test_each_message_is_one_the_library_still_uses(app):
    code = "".join(path.read_text() for path in Path(wtforms.__file__).parent.rglob("*.py"))
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        assert [text for text in messages() if text not in code] == []
    with app.test_request_context(headers={"Cookie": "lang=zh"}):
        assert not any(text.isascii() for text in messages())
