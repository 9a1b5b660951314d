"""`wujin match` and `wujin rawmix`. Solvers load when a command runs, not with the program."""

import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from matching.problem import Parameters, Problem
    from matching.rawmix import RawMix
    from matching.result import Result


@click.command("match", short_help="Match sources with sinks from CSV files.")
@click.argument("sources", type=click.Path(path_type=Path))
@click.argument("sinks", type=click.Path(path_type=Path), required=False)
@click.option(
    "--radius-km", type=float, help="Road or great-circle km.  [default: 200, or the scenario's]"
)
@click.option(
    "--objective",
    type=click.Choice(["tonnes", "net_value"]),
    help="tonnes: most tonnes, then fewest tonne-km; net_value needs a scenario's factors."
    "  [default: tonnes, or the scenario's]",
)
@click.option(
    "--sink-capacity",
    metavar="COLUMN",
    help="Column of SINKS with the tonnes a sink takes.  [default: uptake_t]",
)
@click.option(
    "--time-limit",
    "time_limit_s",
    type=float,
    metavar="SECONDS",
    help="Give the best plan found by then, with its bound.  [default: none, or the scenario's]",
)
@click.option(
    "--workers",
    type=int,
    help="Processes for large independent parts; the plan is the same.  [default: all cores]",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="Directory for flows.csv, duals.csv, unmatched.csv and summary.json;"
    " of a scenario also refusals.csv and more.",
)
def match_command(
    sources: Path,
    sinks: Path | None,
    radius_km: float | None,
    objective: str | None,
    sink_capacity: str | None,
    time_limit_s: float | None,
    workers: int | None,
    out: Path,
) -> None:
    """Allocate the tonnes of SOURCES to SINKS within the radius, with a proven optimum.

    SOURCES has id, lat, lon, material, tonnes_per_year; SINKS has id, lat, lon, accepts and
    the tonnes a sink takes. A single folder is a scenario: supplies, lines, slots and, where
    they are, assays, limits, calendar and factors (see matching/README.md).
    Exit status: 0 solved, 1 nothing can be matched, 2 bad input.
    """
    from matching.problem import ProblemError
    from matching.scenario_run import require_run
    from matching.tables import BadFileError

    if out.exists() and not out.is_dir():
        _end(f"{out}: this is a file; give --out the name of a folder", 2)
    try:
        problem, parameters = _read(sources, sinks, sink_capacity, objective)
        chosen = {"radius_km": radius_km, "time_limit_s": time_limit_s, "workers": workers}
        parameters = _chosen(parameters, chosen, objective)
        if sinks is None:
            require_run(sources, parameters)
        result = _solve_and_write(problem, parameters, out, scenario=sinks is None)
    except BadFileError as error:
        _end(str(error), 2)
    except ProblemError as error:
        _end(f"{sources}: {error}", 2)
    except OSError as error:
        _end(f"{out}: cannot be written ({error.strerror}); choose another --out", 2)
    clashes = _no_mix(problem, parameters, result)
    if not result.flows:
        _end(_why_nothing(problem, result, out) + clashes, 1)
    click.echo(_sentence(problem, result, out) + clashes)
    for sentence in _lapses(problem, parameters, result):
        click.echo(sentence)


def _read(
    sources: Path, sinks: Path | None, sink_capacity: str | None, objective: str | None
) -> tuple["Problem", "Parameters"]:
    from matching.files import read_problem
    from matching.problem import Parameters
    from matching.scenario import read_scenario
    from matching.tables import BadFileError

    if sinks is not None:
        if objective == "net_value":
            problem = "--objective net_value needs freight and prices, which SOURCES does not hold"
            remedy = "give a scenario folder with factors.csv, or choose --objective tonnes"
            raise BadFileError(sources, problem, remedy)
        return read_problem(sources, sinks, sink_capacity), Parameters()
    if not sources.is_dir():
        remedy = "give SOURCES and SINKS, or a scenario folder"
        raise BadFileError(sources, "this is no folder", remedy)
    if sink_capacity:
        remedy = "leave it out with a scenario: slots.csv has tonnes or max_share"
        raise BadFileError(sources, "--sink-capacity belongs to a SINKS file", remedy)
    return read_scenario(sources)


def _chosen(
    parameters: "Parameters", given: Mapping[str, float | None], objective: str | None
) -> "Parameters":
    """Let options that were given override the scenario's factors."""
    from matching.problem import Objective
    from matching.side_by_side import cores

    values: dict[str, Any] = {"workers": cores()}
    values |= {name: value for name, value in given.items() if value is not None}
    if objective:
        values["objective"] = Objective(objective)
    return replace(parameters, **values)


def _solve_and_write(
    problem: "Problem", parameters: "Parameters", out: Path, *, scenario: bool
) -> "Result":
    from matching.check import check
    from matching.output import write_result
    from matching.solve import solve

    result = solve(problem, parameters)
    started = time.perf_counter()
    violations = check(problem, parameters, result)
    if violations:
        raise AssertionError(f"the checker refuses the plan: {violations[0]}")
    seconds = time.perf_counter() - started
    write_result(out, problem, parameters, result, check_seconds=seconds, scenario=scenario)
    return result


def _sentence(problem: "Problem", result: "Result", out: Path) -> str:
    offered = sum(sum(row.tonnes) for row in problem.supplies)
    seconds = sum(row.seconds for row in result.seconds)
    gap = "unknown" if result.gap is None else f"{result.gap:g}"
    return (
        f"{result.status}: {result.tonnes:,.10g} t of {offered:,.10g} t matched over"
        f" {len(result.flows)} flows, {result.tonne_km:,.0f} tonne-km, gap {gap},"
        f" {result.edges} candidate pairs, {seconds:.3f} s; written to {out}{_unwanted(problem)}"
    )


def _unwanted(problem: "Problem") -> str:
    """Name materials that are offered and no sink accepts: perhaps a misspelling."""
    wanted = {row.material_id for slot in problem.slots for row in slot.accepts}
    strange = sorted({supply.material_id for supply in problem.supplies} - wanted)
    return f"; no sink accepts {', '.join(strange)}" if strange else ""


def _no_mix(problem: "Problem", parameters: "Parameters", result: "Result") -> str:
    """Name slots whose blend limits exclude every mix of what is in reach, and those limits."""
    from matching.conflicts import conflicts_of

    found = conflicts_of(problem, parameters, result)
    return "".join(
        f"; no mix in reach meets {' and '.join(map(str, row.clashes))} of {row.slot_id}"
        for row in found
    )


def _lapses(problem: "Problem", parameters: "Parameters", result: "Result") -> Iterator[str]:
    """Say what runs out within the plan, what that means for its months, and what to do."""
    from matching.lapsing import LapseKind, lapses_of

    for row in lapses_of(problem, parameters, result):
        names, months = ", ".join(row.names), f"{row.periods[0]} to {row.periods[-1]}"
        if row.kind is LapseKind.LICENCE:
            own = f"{row.owner_id}: licence {row.number}".rstrip()
            yield (
                f"{own} ends on {row.last_day}; nothing of {names} goes there in {months}"
                " unless it is renewed"
            )
        else:
            yield (
                f"{row.owner_id}: the report on {names} ends on {row.last_day}; {months} send"
                f" {row.tonnes:,.10g} t that count on a new one, {row.refused_t:,.10g} t of them"
                " refused by the usual range alone"
            )


def _why_nothing(problem: "Problem", result: "Result", out: Path) -> str:
    wanted = {row.material_id for slot in problem.slots for row in slot.accepts}
    offered = {supply.material_id for supply in problem.supplies}
    if not wanted & offered:
        return (
            f"nothing matched: sources offer {', '.join(sorted(offered))},"
            f" sinks accept {', '.join(sorted(wanted))}"
        )
    if any(row.refused < row.in_radius for row in result.unmatched) and not result.edges:
        return "nothing matched: every pair that may meet would cost more than it brings"
    if not result.edges and result.refused_pairs:
        return (
            f"nothing matched: all {result.refused_pairs} pairs within the radius are refused;"
            f" {out / 'refusals.csv'} says why, by which rule, and what would change it"
        )
    if not result.edges:
        return "nothing matched: no sink that accepts the material lies within the radius"
    return "nothing matched: no source within reach of a sink has tonnes, or no sink has room"


def _end(message: str, status: int) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(status)


@click.command("rawmix", short_help="Find the least-cost clinker raw mix.")
@click.argument("materials", type=click.Path(path_type=Path))
@click.argument("targets", type=click.Path(path_type=Path))
def rawmix_command(materials: Path, targets: Path) -> None:
    """Mix MATERIALS.csv to the moduli and caps of TARGETS.toml at the least cost.

    Exit status: 0 solved, 1 impossible (the constraints that clash are named), 2 bad input.
    """
    from matching.problem import ProblemError
    from matching.rawmix import raw_mix
    from matching.rawmix_files import read_materials, read_target
    from matching.tables import BadFileError

    try:
        target = read_target(targets)
        mix = raw_mix(read_materials(materials, target), target)
    except (BadFileError, ProblemError) as error:
        _end(str(error), 2)
    if mix.unbounded:
        _end(
            f"no least cost: {'; '.join(mix.conflict)}; give max_share, or correct LOI or price", 1
        )
    if not mix.possible:
        _end(f"impossible: {'; '.join(mix.conflict)} cannot hold together", 1)
    for line in _mix_lines(mix):
        click.echo(line)


def _mix_lines(mix: "RawMix") -> Iterator[str]:
    yield f"cost {mix.cost_yuan_per_t:.4f} yuan per t clinker"
    if mix.objective_yuan_per_t != mix.cost_yuan_per_t:
        yield f"cost with carbon {mix.objective_yuan_per_t:.4f} yuan per t clinker"
    yield f"dry raw meal {sum(mix.kg_per_kg.values()):.5f} t per t clinker"
    yield f"process CO2 {mix.process_co2_t_per_t:.5f} t per t clinker"
    yield "material                dry % of meal   dry t/t clinker   wet t/t clinker"
    for name, share in mix.shares.items():
        dry, wet = mix.kg_per_kg[name], mix.wet_kg_per_kg[name]
        yield f"{name:<22}{100 * share:>15.3f}{dry:>18.5f}{wet:>18.5f}"
    yield "clinker %: " + _pairs(mix.clinker, 3)
    yield "moduli: " + _pairs(mix.ratios, 4) + _with_magnesia(mix)
    yield "phases %: " + _pairs(mix.phases, 2) + f" liquid at 1450 C {mix.liquid:.2f}"
    for row in mix.binding:
        yield f"binding: {row.name} (one unit more: {row.worth:+.4f} yuan per t clinker)"


def _with_magnesia(mix: "RawMix") -> str:
    from matching.clinker import lsf_with_magnesia

    return f" LSF with MgO {lsf_with_magnesia(mix.clinker):.4f}" if "MgO" in mix.clinker else ""


def _pairs(values: Mapping[str, float], digits: int) -> str:
    return " ".join(f"{name} {value:.{digits}f}" for name, value in values.items())
