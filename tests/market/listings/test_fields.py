"""Numbers are read as people write them; what is unclear is refused in words."""

from decimal import Decimal

import pytest
from werkzeug.datastructures import MultiDict
from wtforms import Form

from market.listings.fields import AmountField, Range, ReadingField


class Sheet(Form):
    mass = AmountField()
    value = ReadingField()


def read(app, **data):
    with app.test_request_context():
        sheet = Sheet(MultiDict(data))
        sheet.validate()
        return sheet


@pytest.mark.parametrize(
    ("text", "number"),
    [("12,000", "12000"), (" 4.50 ", "4.50"), ("１２．５", "12.5"), ("−35", "-35"), ("", None)],
)
def test_amounts(app, text, number):
    sheet = read(app, mass=text)
    assert sheet.mass.data == (None if number is None else Decimal(number))
    assert not sheet.errors


@pytest.mark.parametrize("text", ["NaN", "inf", "1e9", "12t", "1.2.3", "9" * 50, "--1"])
def test_no_amounts(app, text):
    assert "mass" in read(app, mass=text).errors


@pytest.mark.parametrize(
    ("text", "low", "high"),
    [
        ("4.2", 4.2, 4.2),
        ("3.8-4.6", 3.8, 4.6),
        ("3.8–4.6 %", 3.8, 4.6),
        ("3.8～4.6", 3.8, 4.6),
        ("3.8 至 4.6", 3.8, 4.6),
        ("<0.5", 0, 0.5),
        ("≤ 0.5", 0, 0.5),
        ("-1", -1, -1),
    ],
)
def test_readings(app, text, low, high):
    assert read(app, value=text).value.data == Range(low, high)


@pytest.mark.parametrize("text", ["about 4", "4.6-3.8", ">5", "nan", "1-2-3"])
def test_no_readings(app, text):
    sheet = read(app, value=text)
    assert sheet.errors
    assert sheet.value._value() == text
