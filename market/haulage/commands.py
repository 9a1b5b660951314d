"""`wujin route`: the planner on a file, from the command line."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from routing.horizon import HorizonPlan, HorizonProblem
    from routing.instances import Instance
    from routing.parameters import Parameters
    from routing.plan import Plan
    from routing.problem import DayProblem
    from routing.solution import Tours

LEAST_ANSWER_S = 20.0
# So many customers without a place are told of one by one.
MOST_TOLD = 10


class BadInputError(click.ClickException):
    """The input is at fault: one line, exit status 2."""

    exit_code = 2

    def format_message(self) -> str:
        return str(self.message)


@click.command("route")
@click.argument("instance", type=click.Path(path_type=Path))
@click.option(
    "--time-limit",
    type=click.FloatRange(min=0, min_open=True),
    default=10.0,
    show_default=True,
    help="Seconds of search.",
)
@click.option("--seed", type=click.IntRange(0, 2**31 - 1), default=1, show_default=True)
@click.option("--out", type=click.Path(path_type=Path), help="Where to write the .sol file.")
@click.option("--best-known", type=float, help="Cost to compare with; else a .sol beside INSTANCE.")
@click.option(
    "--max-iterations",
    type=click.IntRange(min=0),
    help="End the search by count, so that it comes out the same every time.",
)
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    help="Search delivery tours with so many at once; without it as many as there are processors,"
    " at most 4, or one when the search ends by count.",
)
@click.option(
    "--ways",
    help="Measure a day by FILE (csv, json), osrm:URL or valhalla:URL instead of its own travel.",
)
def route_command(
    instance: Path,
    time_limit: float,
    seed: int,
    out: Path | None,
    best_known: float | None,
    max_iterations: int | None,
    workers: int | None,
    ways: str | None,
) -> None:
    """Plan the tours of INSTANCE: VRPLIB, Solomon, Li & Lim, truckload, day or week JSON."""
    from routing.horizon import HorizonProblem
    from routing.instances import Instance
    from routing.parameters import Parameters

    if workers is None:
        workers = 1 if max_iterations is not None else min(4, os.cpu_count() or 1)
    parameters = Parameters(time_limit, seed, max_iterations, workers)
    with _input_faults(instance):
        problem = _read(instance, ways, time_limit)
        if isinstance(problem, Instance):
            known = best_known if best_known is not None else _sibling(problem, instance)
            _route_instance(problem, parameters, out, known)
        elif isinstance(problem, HorizonProblem):
            _route_days(problem, parameters, out)
        else:
            _route_day(problem, parameters, out)


@contextmanager
def _input_faults(instance: Path) -> Iterator[None]:
    """Turn what the planner says of its input into one line and exit status 2."""
    from routing.instances import InstanceError
    from routing.problem import ProblemError

    try:
        yield
    except InstanceError as error:
        raise BadInputError(str(error)) from None
    except ProblemError as error:
        raise BadInputError(f"{instance}: {error}") from None


def _read(
    instance: Path, ways: str | None, time_limit_s: float
) -> Instance | DayProblem | HorizonProblem:
    """Read the file, and measure its ways where that is asked for."""
    from routing.instances import Instance
    from routing.problem import DayProblem
    from routing.reader import read_instance

    try:
        problem = read_instance(instance)
        if ways is None:
            return problem
        if isinstance(problem, Instance):
            raise BadInputError(f"{instance}: only days in JSON can be measured by --ways")
        if isinstance(problem, DayProblem):
            return _measured(problem, ways, time_limit_s)
        return replace(problem, day=_measured(problem.day, ways, time_limit_s))
    except OSError as error:
        raise BadInputError(f"{error.filename or instance}: {error.strerror}") from None


def _measured(problem: DayProblem, ways: str, time_limit_s: float) -> DayProblem:
    """Return the day with the ways of a file or of a road router; one that fails ends the run.

    One answer of a router may take as long as the search, or `LEAST_ANSWER_S` if that is longer.
    """
    from routing.http_client import Client, Patience, RoadTableError
    from routing.matrix_file import read_matrix
    from routing.tables_http import UnreachableError, road_travel, router_at

    if not ways.startswith(("osrm:", "valhalla:")):
        file = Path(ways)
        return replace(problem, travel=read_matrix(file, [site.id for site in problem.sites]))
    patience = Patience(total_s=max(LEAST_ANSWER_S, time_limit_s))
    client = Client(patience=patience, on_wait=partial(click.echo, err=True))
    try:
        return replace(problem, travel=road_travel(router_at(ways), problem.sites, client))
    except ValueError as error:
        raise BadInputError(str(error)) from None
    except (RoadTableError, UnreachableError) as error:
        raise click.ClickException(f"the ways could not be measured: {error}") from None


def _sibling(problem: Instance, instance: Path) -> float | None:
    """Read the best-known cost from the `.sol` of the same name, where one lies."""
    from routing.solution import best_known

    beside = instance.with_suffix(".sol")
    return best_known(problem, beside) if beside.is_file() else None


def _route_instance(
    instance: Instance, parameters: Parameters, out: Path | None, known: float | None
) -> None:
    from routing.no_place import causes
    from routing.solution import cost_text, faults, written
    from routing.tour_search import solve_tours

    solution = solve_tours(instance, parameters)
    for fault in faults(instance, solution):
        raise click.ClickException(f"the plan does not hold: {fault}")
    click.echo(f"cost {cost_text(instance, solution.cost)}")
    click.echo(f"vehicles {solution.vehicles}")
    _tell_full_loads(instance, solution)
    if known and not solution.absent:
        # Adding zero turns the minus zero of a rounding error into zero.
        gap = round(100 * (solution.cost / known - 1), 2) + 0.0
        click.echo(f"best known {cost_text(instance, known)} (gap {gap:.2f} %)")
    click.echo(f"seconds {solution.seconds:.1f}, {solution.iterations} iterations")
    if solution.absent:
        for name, cause in islice(causes(instance, solution), MOST_TOLD):
            click.echo(f"unserved {name}: {cause}")
        rest = len(solution.absent) - MOST_TOLD
        if rest > 0:
            click.echo(f"unserved {rest} more")
        names = ", ".join(str(instance.labels[node]) for node in solution.absent[:MOST_TOLD])
        raise click.ClickException(
            f"{len(solution.absent)} customers fit nowhere: {names}{', ...' if rest > 0 else ''}"
        )
    if out is not None:
        _write(out, written(instance, solution))


def _tell_full_loads(instance: Instance, solution: Tours) -> None:
    """Print what a day of full loads is judged by, in kilometres, where it is one."""
    if instance.loaded is None or solution.absent:
        return
    loaded_km = float(instance.loaded[instance.customers].sum())
    # Plain shuttling drives each load's way back empty.
    way_km, shuttle_km = loaded_km + solution.cost, 2 * loaded_km
    empty = 100 * solution.cost / way_km if way_km else 0.0
    click.echo(f"empty {empty:.1f} % of the way (plain shuttling 50.0 %)")
    if solution.bound is None:
        click.echo("bound none proven")
    else:
        above = solution.cost - solution.bound
        gap = f"{100 * above / solution.bound:.2f} %" if solution.bound else f"{above:.2f} km"
        click.echo(f"bound {solution.bound:.2f} (the cost is {gap} above)")
    saved = 100 * (shuttle_km - way_km) / shuttle_km if shuttle_km else 0.0
    click.echo(f"saved {shuttle_km - way_km:.1f} km, {saved:.1f} %, on plain shuttling")


def _tell_costs(problem: DayProblem, plan: Plan) -> None:
    """Print what each truck's day costs and out of which parts; they add up to the plan's cost."""
    from routing.day import distance_fen, duty_fen

    kinds = {row.id: row for row in problem.vehicle_types}
    kind_of = {row.id: kinds[row.type] for row in problem.vehicles}
    for row in plan.routes:
        kind = kind_of[row.vehicle]
        by_km = distance_fen(row.distance_m, kind.fen_per_km) / 100
        by_h = duty_fen(row.duty_s, kind.fen_per_h) / 100
        click.echo(
            f"  {row.vehicle}: {row.cost_fen / 100:.2f} = {kind.fixed_fen / 100:.2f} a day "
            f"+ {by_km:.2f} for {row.distance_m / 1000:.3f} km "
            f"+ {by_h:.2f} for {row.duty_s / 3600:.4f} h"
        )


def _route_day(problem: DayProblem, parameters: Parameters, out: Path | None) -> None:
    from market.haulage.left_out_text import left_out_line
    from routing.check import check
    from routing.solve import solve

    plan = solve(problem, parameters)
    for fault in check(problem, plan):
        raise click.ClickException(f"the plan does not hold: {fault.where}: {fault.detail}")
    lines = []
    for number, route in enumerate(plan.routes, start=1):
        lines.append(f"Route #{number}: {' '.join(route.load_ids)}")
    lines.append(f"Cost {plan.cost_fen / 100:.2f}")
    _tell_headline(plan)
    click.echo(f"cost {plan.cost_fen / 100:.2f} yuan")
    _tell_costs(problem, plan)
    click.echo(f"vehicles {len(plan.routes)}")
    served = len(plan.loads) - len(plan.unserved)
    click.echo(f"loads {served} of {len(plan.loads)}, {plan.served_kg / 1000:.1f} t")
    click.echo(f"kilometres {plan.distance_m / 1000:.1f}")
    _tell_co2(problem, plan)
    click.echo(f"seconds {plan.seconds:.1f}, {plan.iterations} iterations")
    for row in plan.unserved:
        click.echo(left_out_line(row))
    if not plan.routes:
        raise click.ClickException("nothing could be planned")
    if out is not None:
        _write(out, "\n".join(lines) + "\n")


def _tell_headline(plan: Plan) -> None:
    """Print what a plan is judged by: empty share, proven bound, saving on plain shuttling."""
    shuttled = f"plain shuttling {100 * plan.shuttle_empty_share:.1f} %"
    click.echo(f"empty {100 * plan.empty_share:.1f} % of the way ({shuttled})")
    if plan.bound_fen is not None and plan.bound_gap is not None:
        gap = f"(the cost is {100 * plan.bound_gap:.2f} % above)"
        click.echo(f"bound {plan.bound_fen / 100:.2f} yuan {gap}")
    else:
        click.echo("bound none proven")
    saved = 100 * plan.saved_m / plan.shuttle_m if plan.shuttle_m else 0.0
    click.echo(f"saved {plan.saved_m / 1000:.1f} km, {saved:.1f} %, on plain shuttling")


def _tell_co2(problem: DayProblem, plan: Plan) -> None:
    """Print each truck's and the day's CO2 where the file gives factors."""
    from routing.emissions import Emitted, routes_co2_g

    by_truck = routes_co2_g(problem, plan)
    for vehicle, grams in by_truck.items():
        if grams is not None:
            click.echo(f"CO2 {vehicle} {grams / 1000:.1f} kg")
    sums = Emitted.of(by_truck.values())
    if sums.known:
        part = f" of {sums.known} of {sums.trucks} trucks" if sums.total_g is None else ""
        click.echo(f"CO2 {sums.known_g / 1000:.1f} kg{part}")


def _route_days(problem: HorizonProblem, parameters: Parameters, out: Path | None) -> None:
    from routing.horizon_check import check_horizon
    from routing.horizon_solve import solve_horizon

    plan = solve_horizon(problem, parameters)
    for _, where, detail in check_horizon(problem, plan):
        raise click.ClickException(f"the plan does not hold: {where}: {detail}")
    _tell_days(plan)
    if not any(day.plan.routes for day in plan.days) and plan.unmet:
        raise click.ClickException("nothing could be planned")
    if out is not None:
        lines = []
        for number, day in enumerate(plan.days):
            lines.append(f"Day {number}")
            for at, route in enumerate(day.plan.routes, start=1):
                lines.append(f"Route #{at}: {' '.join(route.load_ids)}")
        lines.append(f"Cost {plan.cost_fen / 100:.2f}")
        _write(out, "\n".join(lines) + "\n")


def _tell_days(plan: HorizonPlan) -> None:
    """Print each day, the levels in tonnes evening by evening, and what could not be kept."""
    for number, day in enumerate(plan.days):
        row = day.plan
        click.echo(
            f"day {number}: vehicles {len(row.routes)}, loads {len(row.loads)}, "
            f"{row.served_kg / 1000:.1f} t, {row.distance_m / 1000:.1f} km, "
            f"{100 * row.empty_share:.1f} % empty, {row.cost_fen / 100:.2f} yuan"
        )
    for kind, levels in (("tank", plan.tanks), ("yard", plan.yards)):
        for level in levels:
            evening = " ".join(f"{kg / 1000:.1f}" for kg in level.evening_kg)
            click.echo(f"{kind} {level.store}: {level.opening_kg / 1000:.1f} | {evening} t")
    click.echo(f"cost {plan.cost_fen / 100:.2f} yuan")
    missed_t = sum(left.mass_kg for left in plan.unmet) / 1000
    gap = ""
    if missed_t:
        gap = f" (no measure of a plan that misses {missed_t:.1f} t)"
    elif plan.bound_fen:
        gap = f" (the cost is {100 * (plan.cost_fen / plan.bound_fen - 1):.2f} % above)"
    click.echo(f"bound {plan.bound_fen / 100:.2f}{gap}")
    click.echo(f"kilometres {plan.distance_m / 1000:.1f}, {100 * plan.empty_share:.1f} % empty")
    click.echo(f"status {plan.status}, seconds {plan.seconds:.1f}, {plan.rounds} rounds")
    for left in plan.unmet:
        blocker = left.unserved.reason if left.unserved else left.blocker
        change = "" if left.relaxation is None else f", by {left.relaxation} {left.unit}"
        mass = f"{left.mass_kg / 1000:.1f} t"
        click.echo(f"{left.kind} {left.subject}, day {left.day}: {mass}; {blocker}{change}")


def _write(out: Path, text: str) -> None:
    try:
        out.write_text(text, encoding="utf-8")
    except OSError as error:
        raise BadInputError(f"{out}: {error.strerror}") from None
