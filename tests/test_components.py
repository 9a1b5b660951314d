"""What the parts of pages draw: positions, words, ties between labels and fields."""

import re
from pathlib import Path

import pytest
from jinja2 import Environment, FileSystemLoader, select_autoescape
from markupsafe import Markup
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, DecimalField, Form, validators

from market.web.pagination import Page

TEMPLATES = Path(__file__).parent.parent / "templates"
SEALS = {"A": "灰", "H": "危"}


@pytest.fixture(scope="module")
def parts():
    """Give a function that loads one file of macros, with Chinese seals and plain English words."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(),
        extensions=["jinja2.ext.i18n"],
    )
    env.install_gettext_callables(
        lambda s: s,
        lambda s, p, n: s if n == 1 else p,
        newstyle=True,
        pgettext=lambda c, s: SEALS.get(s, s) if c == "seal" else s,
        npgettext=lambda _c, s, p, n: s if n == 1 else p,
    )
    env.globals.update(csrf_token=lambda: "token", asset=lambda name: f"/static/{name}")
    return lambda name: env.get_template(f"components/{name}.html").module


def percents(html, element, attribute):
    return [float(x) for x in re.findall(rf'<{element}\b[^>]*?\b{attribute}="([\d.]+)%"', html)]


class TestLimitBar:
    def test_needle_and_limit_stand_in_proportion(self, parts):
        html = parts("bars").limit_bar(4, [{"value": 8, "label": "II"}], low=0, high=10)
        assert percents(html, "line", "x1") == [80]
        assert re.search(r'<svg x="40.0%"[^>]*>\s*<path class="needle', html)

    def test_at_most_puts_the_outside_after_the_last_limit(self, parts):
        html = parts("bars").limit_bar(4, [{"value": 5, "label": "I"}, {"value": 8, "label": "II"}])
        zones = re.findall(r'<rect class="(zone-\w+)" x="([\d.]+)%"', html)
        assert [name for name, _ in zones] == ["zone-1", "zone-2", "zone-out"]
        assert float(zones[-1][1]) == pytest.approx(84, abs=0.1)

    def test_at_least_puts_the_outside_before_the_first_limit(self, parts):
        html = parts("bars").limit_bar(86, [{"value": 70, "label": "ok"}], op=">=")
        zones = re.findall(r'<rect class="(zone-\w+)"', html)
        assert zones == ["zone-out", "zone-1"]
        assert "≥ 70" in html

    def test_a_window_has_an_outside_at_both_ends(self, parts):
        html = parts("bars").limit_bar(
            0.92, [{"value": 0.9, "label": ""}, {"value": 0.96, "label": "ok"}], op="between"
        )
        assert re.findall(r'<rect class="(zone-\w+)"', html) == ["zone-out", "zone-1", "zone-out"]
        assert "≥ 0.9" in html
        assert "≤ 0.96" in html

    @pytest.mark.parametrize("op", ["<=", ">="])
    @pytest.mark.parametrize("limit", [0, 8])
    @pytest.mark.parametrize("value", [-3, 0, 0.001, 7.999, 8, 250])
    def test_nothing_leaves_the_bar(self, parts, op, limit, value):
        html = parts("bars").limit_bar(value, [{"value": limit, "label": "x"}], op=op)
        for attribute in ("x", "width", "x1"):
            for element in ("rect", "line", "svg"):
                assert all(0 <= p <= 100 for p in percents(html, element, attribute))

    def test_an_unknown_value_draws_no_needle(self, parts):
        html = parts("bars").limit_bar(None, [{"value": 8, "label": "x"}])
        assert "needle" not in html
        assert "zone-out" in html

    def test_bounds_are_drawn_as_a_range(self, parts):
        html = parts("bars").limit_bar(6, [{"value": 8, "label": ""}], low=0, high=10, range=(5, 6))
        assert 'class="needle-range" x="50.0%"' in html
        assert percents(html.split("needle-range")[1], "svg", "x") == [60]


class TestWaterfall:
    LINES = (
        {"label": "a", "value": 50, "shown": "+50"},
        {"label": "b", "value": 50, "shown": "+50"},
        {"label": "c", "value": -25, "shown": "−25"},
    )

    def test_steps_start_where_the_last_one_ended(self, parts):
        html = parts("bars").waterfall(self.LINES, {"label": "sum", "value": 75, "shown": "75"})
        boxes = re.findall(
            r'class="(wfall-(?:gain|cost|sum))" x="([\d.]+)%"[^>]*?width="([\d.]+)%"', html
        )
        assert boxes == [
            ("wfall-gain", "0.0", "50.0"),
            ("wfall-gain", "50.0", "50.0"),
            ("wfall-cost", "75.0", "25.0"),
            ("wfall-sum", "0.0", "75.0"),
        ]

    def test_a_loss_reaches_left_of_zero(self, parts):
        lines = (
            {"label": "a", "value": -60, "shown": "−60"},
            {"label": "b", "value": 20, "shown": "+20"},
        )
        html = parts("bars").waterfall(lines, {"label": "sum", "value": -40, "shown": "−40"})
        x, width = re.search(
            r'class="wfall-sum" x="([\d.]+)%"[^>]*?width="([\d.]+)%"', html
        ).groups()
        assert float(x) == pytest.approx(100 / 3, abs=0.05)
        assert float(width) == pytest.approx(200 / 3, abs=0.05)

    def test_fair_range_and_asked_price_share_the_axis(self, parts):
        fair = {"label": "p", "low": 25, "high": 75, "asked": 50, "shown": "25–75"}
        html = parts("bars").waterfall(
            self.LINES, {"label": "sum", "value": 75, "shown": "75"}, fair
        )
        assert 'class="wfall-range" x="25.0%" y="12" width="50.0%"' in html
        assert 'class="wfall-asked" x1="50.0%"' in html


def test_mirrored_bars_of_one_table_share_a_scale(parts):
    macro = parts("bars").mirrored_bar
    large, small = macro(50, 100, 100, "ash", "50", "100"), macro(25, 10, 100, "ash", "25", "10")
    assert percents(large, "rect", "width") == [18.5, 37]
    assert percents(small, "rect", "width") == [9.25, 3.7]


def test_certainty_parts_fill_the_bar_in_proportion(parts):
    html = parts("bars").certainty_bar(
        [
            {"value": 1, "kind": "executed"},
            {"value": 0, "kind": "contracted"},
            {"value": 3, "kind": "unplaced"},
        ],
        "x",
    )
    assert re.findall(r'<svg x="([\d.]+)%" y="0" width="([\d.]+)%"', html) == [
        ("0.0", "25.0"),
        ("25.0", "75.0"),
    ]
    assert "part-contracted" not in html


def test_the_value_of_a_short_bar_is_outside_what_may_be_cut(parts):
    html = parts("bars").limit_micro("a very long name", 22.1, 30)
    name = re.search(r'<span class="micro-name"[^>]*>(.*?)</span>', html).group(1)
    assert "22.1" not in name
    assert "<b>22.1</b> / 30" in html


class TestSeal:
    def test_carries_its_character_and_is_silent_beside_a_name(self, parts):
        html = parts("ui").seal("ash")
        assert ">灰<" in html
        assert 'aria-hidden="true"' in html

    def test_alone_it_has_a_name(self, parts):
        html = parts("ui").seal("hazard", label="Hazardous waste")
        assert 'role="img" aria-label="Hazardous waste"' in html

    def test_estimate_and_round_show_in_the_class(self, parts):
        html = parts("ui").seal("ash", shape="round", estimate=True)
        assert "is-estimate" in html
        assert "seal-round" in html

    def test_a_number_replaces_the_character_and_is_read(self, parts):
        html = parts("ui").seal("ash", number=3)
        assert ">3<" in html
        assert "aria-hidden" not in html


@pytest.mark.parametrize(
    ("confidence", "words"),
    [
        ("seen", "checked against the original"),
        ("recalled", "from professional memory"),
        ("computed", "derived"),
        ("partly seen", "partly checked"),
        ("partly_seen", "partly checked"),
    ],
)
def test_confidence_is_said_in_words(parts, confidence, words):
    assert words in parts("ui").source_note("GB/T 1596", confidence)


def test_text_arguments_are_escaped_and_markup_is_kept(parts):
    html = parts("ui").page_header("<b>x</b>", badges=[Markup("<i>ok</i>")], lead="a & b")
    assert "&lt;b&gt;x&lt;/b&gt;" in html
    assert "<i>ok</i>" in html
    assert "a &amp; b" in html


class Lot(Form):
    loi = DecimalField("Loss on ignition", [validators.InputRequired("Give a number, such as 4.2")])
    true = BooleanField("It is true", [validators.InputRequired("Tick it to publish")])


class TestForms:
    def failed(self):
        form = Lot(MultiDict())
        assert not form.validate()
        return form

    def test_a_wrong_field_is_tied_to_its_error_and_hint(self, parts):
        html = parts("forms").field(self.failed().loi, hint="950 °C", unit="%")
        assert 'aria-describedby="loi-hint loi-error"' in html
        assert 'aria-invalid="true"' in html
        assert 'id="loi-error">Give a number, such as 4.2<' in html
        assert '<label for="loi">' in html

    def test_a_right_field_claims_nothing(self, parts):
        html = parts("forms").field(Lot().loi)
        assert "aria-invalid" not in html
        assert "aria-describedby" not in html

    def test_the_summary_counts_links_and_takes_focus(self, parts):
        html = parts("forms").error_summary(self.failed())
        assert "2 things to mend" in html
        assert re.findall(r'href="#(\w+)"', html) == ["loi", "true"]
        assert "data-autofocus" in html

    def test_no_error_no_summary(self, parts):
        assert not parts("forms").error_summary(Lot()).strip()


class TestPagination:
    def pages(self, parts, number, total):
        page = Page(items=[], number=number, total=total, size=10)
        return parts("tables").pagination(page, lambda n: f"?page={n}")

    def test_one_page_needs_none(self, parts):
        assert not self.pages(parts, 1, 10).strip()

    def test_far_pages_are_left_out_but_the_ends_stay(self, parts):
        html = self.pages(parts, 10, 200)
        assert sorted({int(n) for n in re.findall(r"\?page=(\d+)", html)}) == [1, 8, 9, 11, 12, 20]
        assert 'aria-current="page">10<' in html

    def test_the_first_page_has_no_previous(self, parts):
        assert 'rel="prev"' not in self.pages(parts, 1, 30)


def test_a_block_of_the_timetable_stands_at_its_minute(parts):
    vehicle = {
        "name": "1",
        "note": "",
        "summary": "",
        "blocks": [{"kind": "load", "start": 360, "end": 420, "family": "ash"}],
    }
    html = parts("timetable").timetable([vehicle], 300, 900, "day")
    assert 'class="tt-block tt-load" x="10.0%" y="0" width="10.0%"' in html
    assert "灰" in html


JOB = {
    "percent": 40,
    "stage": 2,
    "seconds_left": 8,
    "note": None,
    "finished": False,
    "stages": [{"label": "Read", "state": "done"}, {"label": "Solve", "state": "now"}],
}


class TestJobPanel:
    def test_polls_while_it_works_and_offers_to_stop(self, parts):
        html = parts("job").job_panel(JOB, "/progress", cancel_url="/cancel")
        assert 'hx-get="/progress"' in html
        assert 'id="job-cancel"' in html
        assert 'name="csrf_token" value="token"' in html
        assert 'data-announce="Solve"' in html
        assert 'aria-valuenow="40"' in html

    def test_its_button_is_not_replaced_under_the_pointer(self, parts):
        html = parts("job").job_panel(JOB, "/progress", cancel_url="/cancel")
        live, _, rest = html.partition('<div id="job-live"')[2].partition("</div>")
        assert 'hx-select="#job-live"' in live
        assert "job-cancel" not in live
        assert "job-cancel" in rest

    def test_stops_asking_when_it_is_done(self, parts):
        html = parts("job").job_panel(JOB | {"finished": True}, "/progress", cancel_url="/cancel")
        assert "hx-get" not in html
        assert "job-cancel" not in html


def test_gates_left_to_do_are_numbered_in_order(parts):
    html = parts("deal").gate_list(
        [
            {"label": "a", "owner": "", "state": "done"},
            {"label": "b", "owner": "", "state": "now"},
            {"label": "c", "owner": "", "state": "todo"},
        ]
    )
    marks = re.findall(r'<span class="gate-mark">(.*?)</span>(?:<|\s)', html, re.DOTALL)
    assert [m for m in marks if m.isdigit()] == ["1", "2"]
