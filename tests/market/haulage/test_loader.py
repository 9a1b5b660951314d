"""The day's problem, counted by hand from the small world."""

from sqlalchemy.orm import Session

from market.haulage import codec, loader
from market.haulage.rules import LeftOut, Scope
from market.matchmaking.rules import RunStatus
from routing.problem import Body, Segregation, Window
from tests.market.haulage.world import World, add_flow, ask, estimate_pair


def test_flows_become_whole_loads_and_pick_ups_come_by_weekday(
    session: Session, world: World
) -> None:
    day = loader.load(session, ask(session, world))
    ash = f"F{world.offers['fly_ash'].id}-{world.wants['fly_ash'].id}"
    chips = f"F{world.offers['oily_chips'].id}-{world.wants['oily_chips'].id}"
    # 45 t of ash a day at 30 t a truck: one load on this odd day. The chips fit no truck and go in
    # whole. The slag (6.2 t a day) fills no truck today; the second pick-up is for Tuesdays.
    assert {row.id: row.mass_kg for row in day.problem.collections} == {
        ash: 30_000,
        chips: 3_000,
        "C1": 2_400,
    }
    assert [(row.reason, row.mass_kg, row.next_on) for row in day.left_out] == [
        (LeftOut.BELOW_ONE_LOAD, 6_200, "2026-11-25")
    ]


def test_bodies_and_licences_follow_form_and_law(session: Session, world: World) -> None:
    day = loader.load(session, ask(session, world))
    kinds = {row.id: (row.bodies, row.licence) for row in day.problem.materials}
    assert kinds == {
        "fly_ash.dry": (frozenset({Body.TANKER}), None),
        "steel_slag.lump": (frozenset({Body.TIPPER}), None),
        "oily_chips.dry.HW08": (frozenset({Body.HAZARDOUS_VAN}), "HW08"),
        "scrap_steel.baled": (frozenset({Body.FLATBED}), None),
    }
    assert day.problem.segregations == (Segregation("fly_ash.dry", "steel_slag.lump", 1800),)


def test_no_more_than_the_share_of_a_flow_is_taken(session: Session, world: World) -> None:
    offer, want = estimate_pair(session)
    add_flow(session, world.run, offer, want, 300)
    plan = ask(session, world, scope=Scope.ALL, loads_per_flow=4)
    day = loader.load(session, plan)
    taken = {row.id: row.mass_kg for row in day.problem.collections}
    # 300 t a day are ten loads of 30 t: four are ours, six are left to others.
    assert taken[f"F{offer.id}-{want.id}"] == 4 * 30_000
    left = [(row.reason, row.mass_kg) for row in day.left_out if row.offer_id == offer.id]
    assert left == [(LeftOut.OTHER_CARRIERS, 6 * 30_000)]


def test_estimates_and_far_flows_are_left_out_by_name(session: Session, world: World) -> None:
    near, far = estimate_pair(session), estimate_pair(session, lat=36.0)
    for offer, want in (near, far):
        add_flow(session, world.run, offer, want, 60)
    reasons = {}
    for scope in Scope:
        day = loader.load(session, ask(session, world, scope=scope))
        reasons[scope] = {row.offer_id: row.reason for row in day.left_out}
    assert reasons[Scope.FIRMS][near[0].id] == LeftOut.ESTIMATE
    assert reasons[Scope.FIRMS][far[0].id] == LeftOut.ESTIMATE
    assert near[0].id not in reasons[Scope.ALL]
    # 36.0 N is about 151 km north of the depot, 196 km by road: beyond the 80 km asked for.
    assert reasons[Scope.ALL][far[0].id] == LeftOut.OUT_OF_REACH


def test_distances_are_great_circle_times_the_road_factor(session: Session, world: World) -> None:
    day = loader.load(session, ask(session, world, road_factor=1.5, speed_km_h=60))
    site = world.wants["fly_ash"].site_id
    metres = day.problem.travel.metres(f"D{world.depot.id}", f"S{site}")
    # 0.01 degrees of latitude and 0.05 of longitude at 34.645 N: 1.112 km and 4.574 km, so
    # 4.707 km as the crow flies and 7.06 km by road; at 60 km/h that is as many minutes.
    assert abs(metres - 7_060) < 10
    assert abs(day.problem.travel.seconds(f"D{world.depot.id}", f"S{site}") - 423) <= 2


def test_windows_are_the_gates_and_the_pick_ups_own(session: Session, world: World) -> None:
    day = loader.load(session, ask(session, world, gate_opens_s=7 * 3600))
    windows = {row.id: row.windows for row in day.problem.collections}
    assert windows["C1"] == (Window(8 * 3600, 12 * 3600),)
    cargo = day.cargoes["C1"]
    assert cargo.receiver_windows == ((7 * 3600, 19 * 3600),)
    assert day.places[cargo.origin].name_zh == "机加工车间1"


def test_the_frozen_input_comes_back_as_it_was(session: Session, world: World) -> None:
    problem = loader.load(session, ask(session, world)).problem
    again = codec.thaw(codec.freeze(problem))
    for name in problem.__dataclass_fields__:
        if name != "travel":
            assert getattr(again, name) == getattr(problem, name)
    assert again.travel.site_ids == problem.travel.site_ids
    assert (again.travel.distance_m == problem.travel.distance_m).all()
    assert (again.travel.duration_s == problem.travel.duration_s).all()


def test_a_run_without_flows_still_collects(session: Session, world: World) -> None:
    from tests.market.haulage.world import make_run

    empty = make_run(session, status=RunStatus.EMPTY)
    session.commit()
    day = loader.load(session, ask(session, world, run_id=empty.id))
    assert [row.id for row in day.problem.collections] == ["C1"]
