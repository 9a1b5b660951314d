"""Every reason has its sentence and its remedy, with the planner's own figures in them."""

import pytest

from market.haulage.labels import day_long, day_short, weekday_name
from market.haulage.reason_labels import HARD, TAGS, reason_words
from routing.plan import Reason
from tests.market.haulage.world import MONDAY

PARAMS = {
    Reason.NO_BODY: ("", None, None, "hazardous_van, tanker"),
    Reason.NO_LICENCE: ("", None, None, "HW08"),
    Reason.MASS: ("kg", 40_000, 31_000, "T1"),
    Reason.VOLUME: ("l", 50_000, 45_000, "T1"),
    Reason.COLLECTION_WINDOW: ("s", 59_700, 57_600, "C1"),
    Reason.RECEIVER_WINDOW: ("s", 59_700, 57_600, "W1"),
    Reason.UNLOADING_TIME: ("s", 59_700, 57_600, "F1-2"),
    Reason.SHIFT: ("s", 64_800, 61_200, "V1"),
    Reason.DRIVER_HOURS: ("s", 36_000, 28_800, "V1"),
    Reason.RECEIVER_INTAKE: ("kg", 120_000, 100_000, "W1"),
    Reason.FLEET_BUSY: ("s", 64_800, 61_200, "V1"),
    Reason.NOT_WORTH: ("fen", 50_000, 20_000, "V1"),
}


def params(reason, truck=3):
    unit, value, limit, subject = PARAMS.get(reason, ("", None, None, ""))
    change = None if value is None else value - limit
    return {
        "unit": unit,
        "value": value,
        "limit": limit,
        "relaxation": change,
        "subject": subject,
        "truck": truck,
    }


@pytest.fixture(params=["zh", "en"])
def language(app, request):
    with app.test_request_context(headers={"Cookie": f"lang={request.param}"}):
        yield request.param


@pytest.mark.parametrize("reason", list(Reason))
def test_every_reason_is_a_sentence_with_a_remedy(language, reason):
    detail, remedy = reason_words(reason.value, params(reason))
    for words in (detail, remedy):
        assert words.endswith("." if language == "en" else "。")
        assert "%" not in words
        assert "None" not in words
    assert str(TAGS[reason])


def test_figures_are_those_of_the_planner_in_peoples_units(app):
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        detail, remedy = reason_words("receiver_window", params(Reason.RECEIVER_WINDOW))
        assert detail == "The receiver closes at 16:00; truck 3 could only be there at 16:35."
        assert remedy == "Have the receiver stay open until 16:35, 35 min longer."
        detail, remedy = reason_words("mass", params(Reason.MASS))
        assert detail == "One load weighs 40.0 t; the largest truck takes 31.0 t."
        assert remedy == "Make the load lighter by 9.0 t."
        _, remedy = reason_words("fleet_busy", params(Reason.FLEET_BUSY))
        assert remedy.startswith("Let truck 3 work 60 min longer")
        _, remedy = reason_words("fleet_busy", params(Reason.FLEET_BUSY, truck=None))
        assert remedy == "One more truck of this kind, or move it to another day."


def test_what_is_asked_for_is_shown_rounded_to_the_side_that_does(app):
    row = {**params(Reason.RECEIVER_WINDOW), "value": 59_701, "relaxation": 2_101}
    more = {**params(Reason.RECEIVER_INTAKE), "value": 120_001, "relaxation": 20_001}
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        _, remedy = reason_words("receiver_window", row)
        assert remedy == "Have the receiver stay open until 16:36, 36 min longer."
        _, remedy = reason_words("receiver_intake", more)
        assert remedy == "Ask the receiver for 20.1 t more that day, or move it a day."


def test_two_changes_and_one_more_truck_are_told_together(app):
    also = {**params(Reason.RECEIVER_INTAKE), "reason": "receiver_intake"}
    row = {**params(Reason.FLEET_BUSY), "vehicle": "V1", "also": also}
    spare = {"spare": "V2", "spare_truck": 2, "spare_s": [21_600, 30_001]}
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        detail, remedy = reason_words("fleet_busy", {**row, **spare})
        assert detail == (
            "With it truck 3 would be back at 18:00; its shift ends at 17:00. "
            "The receiver takes 100.0 t a day; this would make 120.0 t."
        )
        assert remedy == (
            "Both at once: Let truck 3 work 60 min longer. "
            "Ask the receiver for 20.0 t more that day, or move it a day. "
            "Or one more truck like truck 2, out from 6:00 to 8:21."
        )
        only = {"unit": "", "vehicle": "", **spare}
        assert reason_words("fleet_busy", only)[1] == (
            "One more truck like truck 2 would carry it, out from 6:00 to 8:21."
        )


def test_another_load_s_gate_is_named_and_what_was_not_looked_into_is_told(app):
    row = {**params(Reason.COLLECTION_WINDOW), "vehicle": "V1"}
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        detail, _ = reason_words("collection_window", row, {"C1": "Pit Two"})
        assert detail == (
            "With it truck 3 would come to Pit Two at 16:35; that is open until 16:00."
        )
        _, remedy = reason_words("collection_window", {**row, "tried": False, "vehicle": ""})
        fits = reason_words("fleet_busy", {**row, "tried": False})
    assert fits == (
        "As the plan is, truck 3 has room and time for it.",
        "Put it on that truck by hand, or plan again.",
    )
    assert remedy == "There was no time to look for what would do: plan again with more."


def test_a_gate_that_opens_too_late_is_not_told_to_close_later(app):
    too_late = {**params(Reason.COLLECTION_WINDOW), "value": 61_200, "limit": 72_000}
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        detail, remedy = reason_words("collection_window", {**too_late, "relaxation": 10_800})
    assert detail == "Loading opens at 20:00; it would have to begin by 17:00."
    assert remedy == "Open the gate by 17:00, 180 min sooner."


@pytest.mark.parametrize(
    ("reason", "what"),
    [(Reason.COLLECTION_WINDOW, "Loading"), (Reason.UNLOADING_TIME, "Unloading")],
)
def test_the_locked_time_of_another_load_is_named_as_that(app, reason, what):
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        detail, remedy = reason_words(reason, {**params(reason), "subject": "F1-2#1"})
    assert detail == (f"{what} F1-2#1 is locked to 16:00; with this one it would only be at 16:35.")
    assert remedy == "Lock that load to 16:35 or later, or unlock it."


def test_what_no_hour_can_mend_is_a_stop():
    assert Reason.NO_LICENCE in HARD
    assert Reason.FLEET_BUSY not in HARD


def test_days_read_as_people_write_them(app):
    for code, short, long, weekday in (
        ("zh", "11 月 23 日", "2026 年 11 月 23 日 星期一", "一"),
        ("en", "23 November", "Monday 23 November 2026", "Mon"),
    ):
        with app.test_request_context(headers={"Cookie": f"lang={code}"}):
            assert day_short(MONDAY) == short
            assert day_long(MONDAY) == long
            assert weekday_name(1) == weekday


@pytest.mark.parametrize("reason", [Reason.COLLECTION_WINDOW, Reason.SHIFT, Reason.MASS])
def test_a_limit_whose_lifting_would_not_do_says_so(language, reason):
    sentence, remedy = reason_words(reason, {**params(reason), "relaxation": None})
    assert "%(" not in sentence + remedy
    assert remedy in {
        "No one change would do: add a truck of this kind, or move it a day.",
        "单改一处不够：加一辆同类的车，或换一天。",
    }


@pytest.mark.parametrize("reason", [Reason.NO_BODY, Reason.NO_LICENCE, Reason.NOT_ADMITTED])
def test_the_one_truck_that_could_take_it_is_named(language, reason):
    sentence, remedy = reason_words(reason, {**params(reason), "vehicle": "V1"})
    truck = "truck 3" if language == "en" else "3 号车"
    assert truck in sentence
    assert truck in remedy
    assert "%(" not in sentence + remedy


def test_one_more_truck_is_told_together_with_what_else_it_takes(app):
    also = {**params(Reason.NOT_WORTH), "reason": "not_worth"}
    row = {**params(Reason.FLEET_BUSY), "unit": "", "vehicle": "", "relaxation": None, "also": also}
    spare = {"spare": "V2", "spare_truck": 2, "spare_s": [21_600, 30_001]}
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        _, remedy = reason_words("fleet_busy", {**row, **spare, "truck": None})
        hasty = {"unit": "", "vehicle": "", "tried": False, **spare}
        assert reason_words("fleet_busy", hasty)[1] == (
            "One more truck like truck 2 would carry it, out from 6:00 to 8:21. "
            "There was no time to look whether less would do."
        )
    assert remedy == (
        "Both at once: One more truck like truck 2 would carry it, out from 6:00 to 8:21. "
        "Raise what leaving it costs by ¥300."
    )
