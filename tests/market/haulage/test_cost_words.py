"""What each truck's day costs: its parts add up to the fen, on the page as in the plan."""

from market.haulage import queries
from market.haulage.cost_words import cost_table, cost_words


def fen(told):
    return round(100 * float(told.replace(",", "")))


def test_the_parts_of_every_truck_and_of_all_add_up_to_the_plan_s_cost(planned, app, session):
    routes = queries.routes(session, planned.id)
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        table = cost_table(routes)
        told = [cost_words(route) for route in routes]
    for row in (*table.rows, table.sum):
        assert fen(row.fixed) + fen(row.km_cost) + fen(row.hours_cost) == fen(row.cost)
    assert [fen(row.cost) for row in table.rows] == [route.cost_fen for route in routes]
    assert fen(table.sum.cost) == planned.summary["cost_fen"]
    for row, words in zip(table.rows, told, strict=True):
        assert words.startswith(f"¥{row.cost}: ¥{row.fixed} a day + ¥{row.km_cost} for ")
        assert f" + ¥{row.hours_cost} for {row.hours.split()[0]} h at ¥" in words


def test_the_page_shows_the_sum_to_the_fen(planned, english):
    page = english.get(f"/haulage/plans/{planned.id}").get_data(as_text=True)
    assert f"{planned.summary['cost_fen'] / 100:,.2f}</td>" in page


def test_the_kilometres_and_hours_that_are_shown_give_the_amounts_shown(planned, app, session):
    with app.test_request_context(headers={"Cookie": "lang=en"}):
        rows = cost_table(queries.routes(session, planned.id)).rows
    for row in rows:
        kilometres, per_km = (float(part.replace(",", "")) for part in row.km.split(" × "))
        assert abs(100 * kilometres * per_km - fen(row.km_cost)) <= 0.5 + 1e-6
        clock, per_h = row.hours.split(" × ")
        hour, minute, second = map(int, clock.split(":"))
        seconds = 3600 * hour + 60 * minute + second
        assert abs(100 * seconds / 3600 * float(per_h) - fen(row.hours_cost)) <= 0.5 + 1e-6
