"""What a step refuses, and in which words."""

import pytest

from market.listings.forms_report import quality_form
from market.listings.quality import Check, Direction, Outcome
from tests.conftest import NOW
from tests.market.listings.posting import save, start


@pytest.mark.parametrize(
    ("step", "data", "words"),
    [
        ("amount", {"mass_t": "many"}, "写数字"),
        ("amount", {"mass_t": "-5"}, "每月 0.001 吨"),
        ("amount", {"mass_t": "0"}, "每月 0.001 吨"),
        ("amount", {"mass_t": "0.0001"}, "每月 0.001 吨"),
        ("amount", {"mass_t": "5", "stock_t": "0.0004"}, "写 0，或 0.001 吨"),
        ("amount", {"mass_t": "5", "storage_t": "8", "min_lot_t": "14"}, "共 13 吨"),
        ("amount", {"mass_t": "5", "stock_t": "9", "storage_t": "8"}, "超过库容 8 吨"),
        ("quality", {"value_0": "101", "sampled_on": "2026-11-08"}, "应在 0 到 100 % 之间"),
        ("quality", {"value_2": "-1", "sampled_on": "2026-11-08"}, "应在 0 到 100 % 之间"),
        ("quality", {"value_2": "9" * 400, "sampled_on": "2026-11-08"}, "写一个数如 4.2"),
        ("quality", {"value_0": "18.6", "sampled_on": "2019-11-08"}, "超过 5 年"),
        (
            "quality",
            {"value_0": "8", "sampled_on": "2026-11-08", "assay_expires_on": "2029-01-01"},
            "不能超过取样后 2 年",
        ),
        ("quality", {"value_0": "8", "sampled_on": "yesterday"}, "日期写成 2026-11-08"),
        ("quality", {"value_0": "5–3", "sampled_on": "2026-11-08"}, "小的在前"),
        ("quality", {"value_0": "18.6"}, "填了检测值，就要写取样日期"),
        ("quality", {"value_0": "18.6", "sampled_on": "2027-11-08"}, "不能在今天之后"),
        ("terms", {"kind": "paid"}, "写价格，或选面议"),
        ("terms", {"kind": "paid", "price_yuan": "-3"}, "谁付钱在上面选"),
        ("terms", {"kind": "open", "price_yuan": "95"}, "上面选了面议"),
        ("terms", {"kind": "gold"}, "从给出的选项里选一个"),
        ("place", {}, "填了才能往下走"),
    ],
)
def test_errors_are_said_in_words_on_top_and_at_the_field(producer, step, data, words):
    client, _site = producer
    start(client)
    page = save(client, 1, step, **data)
    assert page.status_code == 422
    assert page.text.count(words) >= 2
    typed = {name: value for name, value in data.items() if name != "kind"}
    assert all(value in page.text for value in typed.values())


@pytest.mark.parametrize("value", ["-1", "101", "9" * 400, "much"])
def test_nothing_is_said_beside_a_value_that_is_none(producer, value):
    client, _site = producer
    start(client)
    page = save(client, 1, "quality", value_2=value, sampled_on="2026-11-08")
    beside = page.text[page.text.index('id="beside-2"') :]
    beside = beside[: beside.index("</div>")]
    assert "GB/T 1596" in beside
    assert "<b>" not in beside
    assert "<svg" not in beside
    swapped = client.post("/drafts/1/verdict", data={"value_2": value}).text
    assert "<b>" not in swapped[swapped.index('id="beside-2"') :]


def test_too_many_oxides_are_the_whole_forms_fault(app, catalogue):
    asked = tuple(
        Check(name, "%", Direction.AT_MOST, (), None, None, Outcome.UNKNOWN)
        for name in ("SiO2", "Al2O3")
    )
    data = {"value_0": "70", "value_1": "40", "sampled_on": "2026-11-08"}
    with app.test_request_context(method="POST", data=data):
        form = quality_form(asked, frozenset(), NOW.date())()
        assert not form.validate()
        assert "110.0" in form.form_errors[0]
        assert not any(field.errors for field in form)
