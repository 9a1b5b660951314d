"""What people call loads and trucks on the desk."""

from market.haulage.dispatch_bench import Bench, Choice
from market.haulage.dispatch_pages import bench
from market.haulage.dispatch_words import Names
from market.haulage.models import Vehicle, VehicleType
from routing.operate import Refusal, RefusalCode, Situation
from routing.plan import Plan, Reason
from tests.routing.days import day


def cargo(origin, destination):
    ends = {"origin": origin, "destination": destination, "want_id": 1}
    return {"material_id": "ash", "material_zh": "粉煤灰", "material_en": "Fly ash", **ends}


def names():
    gates = ("power", "steel", "kiln", "brick")
    return Names(
        {"F1": cargo("power", "kiln"), "F2": cargo("power", "brick"), "F3": cargo("steel", "kiln")},
        {name: {"name_zh": name, "name_en": name, "standing": "member"} for name in gates},
        {
            f"V{number}": Vehicle(number=number, type=VehicleType(name_zh="车", name_en="tipper"))
            for number in range(1, 13)
        },
    )


def test_loads_of_one_gate_to_several_receivers_are_told_apart(app):
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        app.preprocess_request()
        found = [names().load(key) for key in ("F1#1", "F2#1", "F3#1")]
    assert found == [
        "Fly ash · power → kiln #1",
        "Fly ash · power → brick #1",
        "Fly ash · steel #1",
    ]


def test_trucks_that_all_lack_the_body_stand_by_their_number(app):
    """Before them stands what one change would mend, in the planner's order."""
    no_body = Refusal(RefusalCode.LIMIT, reason=Reason.NO_BODY)
    late = [Refusal(RefusalCode.LIMIT, "", Reason.SHIFT, 9, 5, change, "s") for change in (4, 5)]
    choices = [Choice(f"V{n}", "W1", None, refusal=no_body) for n in (1, 10, 11, 12, 2, 3)]
    choices += [Choice("V9", "W1", None, refusal=late[0])]
    choices += [Choice("V4", "W1", None, refusal=late[1])]
    situation = Situation(day({"depot": (0, 0)}, (), ()), Plan((), (), (), *[0] * 6))
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        app.preprocess_request()
        view = bench(Bench("F1#1", 30_000, choices), names(), {}, plan_id=1, situation=situation)
    assert [int(row.truck.split()[1]) for row in view.cannot] == [9, 4, 1, 2, 3, 10, 11, 12]
