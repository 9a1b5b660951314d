"""The network of the region: who could feed whom, and what happens when one stops."""

import functools
from dataclasses import dataclass
from typing import Any

import flask
from flask.typing import ResponseReturnValue

from market.matchmaking import exports, queries, reading
from market.matchmaking.flows import End, FlowRow
from market.matchmaking.models import MatchRun
from market.matchmaking.presenting import MAP_FLOWS, Names, flow_map
from market.matchmaking.summary import RunSummary
from market.parks import chain_words, labels, policy, whatif
from market.parks import queries as conversions_known
from market.parks.chains import Chains, find_chains
from market.parks.conversion_views import today
from market.parks.files import chain_sheet, indicator_sheet, material_sheet
from market.parks.gaps import missing_uses
from market.parks.indicators import Structure, structure
from market.parks.network import Cut, Network, counties, network
from market.parks.presenting import sankey
from market.web.access import Blueprint, current_actor, everyone
from market.web.database import session
from market.web.pagination import PAGE_SIZE, Page, requested_page

blueprint = Blueprint("parks", __name__)


def _cut() -> Cut:
    arguments = flask.request.args
    return Cut(arguments.get("county", ""), arguments.get("material", ""))


def _largest_note(run: MatchRun, found: Network, names: Names) -> str:
    """Name the largest receiver, and what its stop would strand where the run has asked."""
    summary, sink = RunSummary.of(run.summary), found.largest_sink
    if summary is None or sink is None:
        return ""
    loss = next((row for row in summary.losses if row.site_id == sink.end.site_id), None)
    return labels.largest_note(names.marked(sink.end), None if loss is None else loss.stranded_t)


@dataclass(frozen=True, slots=True)
class Reading:
    """A run in two queries; everything a page or a file shows is made from them."""

    run: MatchRun
    flows: list[FlowRow]
    balances: list[reading.BalanceRow]

    @classmethod
    def of(cls, run: MatchRun) -> "Reading":
        return cls(run, queries.flows(session(), run.id), reading.balances(session(), run.id))

    def network(self) -> Network:
        return network(self.run.id, self.flows, self.balances, _cut())


def show() -> ResponseReturnValue:
    run = queries.latest_run(session())
    names = Names(current_actor())
    if run is None:
        return flask.render_template("parks/empty.html")
    read = Reading.of(run)
    found = read.network()
    number = min(requested_page(), max(1, -(-len(found.flows) // PAGE_SIZE)))
    start = (number - 1) * PAGE_SIZE
    return flask.render_template(
        "parks/show.html",
        run=run,
        network=found,
        lead=labels.network_sentence(found),
        largest_note=_largest_note(run, found, names),
        counties=counties(read.balances),
        materials=_materials(read.balances),
        page=Page(found.flows[start : start + PAGE_SIZE], number, len(found.flows)),
        map_data=flow_map(found.flows, names),
        map_flows=MAP_FLOWS,
        sankey=sankey(found, names),
        missing=missing_uses(session(), found.gaps, read.balances),
        names=names,
        words=labels,
        cut_arguments=_arguments(found.cut),
        **_shape(read, found),
        **_stop(read),
    )


def _shape(read: Reading, found: Network) -> dict[str, Any]:
    return {
        "structure": _structure(read, found),
        "summary": RunSummary.of(read.run.summary),
        "chains": _chains(read),
        "chain_words": chain_words,
        "sees_note": functools.partial(policy.sees_private, current_actor()),
    }


def _structure(read: Reading, found: Network) -> Structure:
    offers = (row for row in read.balances if row.side == "offer")
    return structure(
        found.flows, (row for row in offers if found.cut.holds(row.end, row.material_id))
    )


def _chains(read: Reading) -> Chains:
    """Join the whole run's flows: a cut's chains may lead out of it."""
    declared = conversions_known.visible(session(), current_actor(), today())
    return find_chains(read.flows, declared, _cut())


def stop() -> ResponseReturnValue:
    """Answer the what-if alone, for the page that asks without reloading."""
    run = queries.latest_run(session())
    if run is None:
        flask.abort(404)
    read = Reading.of(run)
    return flask.render_template(
        "parks/_stop.html",
        run=run,
        names=Names(current_actor()),
        cut_arguments=_arguments(_cut()),
        **_stop(read),
    )


def _stop(read: Reading) -> dict[str, Any]:
    """Solve again without the receiver the address names; without one there is nothing to say."""
    raw = flask.request.args.get("stop", "")
    sites = {row.want.site_id: row.want for row in read.flows}
    chosen = sites.get(int(raw)) if raw.isascii() and raw.isdigit() else None
    summary = RunSummary.of(read.run.summary)
    known = {
        "sinks": network(read.run.id, read.flows, (), Cut()).sinks,
        "stopped": chosen,
        "losses": () if summary is None else summary.losses,
        "sites": sites,
    }
    if chosen is None:
        return {**known, "outcome": None, "ends": {}}
    outcome = _outcome(read, chosen.site_id)
    words = {} if outcome is None else _words(outcome, chosen)
    return {
        **known,
        **words,
        "outcome": outcome,
        "ends": {row.end.listing_id: row for row in read.balances},
    }


def _words(outcome: whatif.Stop, chosen: End) -> dict[str, str]:
    name = Names(current_actor()).marked(chosen)
    return {
        "stop_sentence": labels.stop_sentence(outcome, name),
        "stop_note": labels.stop_note(outcome),
    }


def _outcome(read: Reading, site_id: int) -> whatif.Stop | None:
    summary = RunSummary.of(read.run.summary)
    frozen = queries.frozen_input(session(), read.run.id)
    if frozen is None or summary is None or summary.changed_meanwhile or not summary.is_best:
        return None
    session().commit()  # nothing stays open while the solver works
    return whatif.stop_receiver(frozen, site_id)


def _materials(balances: list[reading.BalanceRow]) -> list[reading.BalanceRow]:
    """Return one row of each material on offer, for the list to choose from."""
    found = {row.material_id: row for row in balances if row.side == "offer"}
    return sorted(found.values(), key=lambda row: row.material_id)


def _arguments(cut: Cut) -> dict[str, str]:
    known = {"county": cut.county, "material": cut.material_id}
    return {name: value for name, value in known.items() if value}


def download(kind: str) -> ResponseReturnValue:
    run = queries.latest_run(session())
    if run is None or kind not in FILES:
        flask.abort(404)
    body = _file(kind, Reading.of(run), Names(current_actor()))
    response = flask.Response(body, mimetype=FILES[kind])
    response.headers["Content-Disposition"] = f'attachment; filename="network-{run.ref}-{kind}"'
    return response


FILES = {
    "flows.csv": "text/csv",
    "network.xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "flows.geojson": "application/geo+json",
}


def _file(kind: str, read: Reading, names: Names) -> bytes:
    found = read.network()
    match kind:
        case "flows.csv":
            return exports.as_csv(exports.flow_sheet(found.flows, names))
        case "flows.geojson":
            return exports.as_geojson(found.flows, names)
        case _:
            return exports.as_xlsx(
                [
                    exports.flow_sheet(found.flows, names),
                    material_sheet(found),
                    indicator_sheet(_structure(read, found)),
                    chain_sheet(_chains(read), names),
                ]
            )


blueprint.add_url_rule("/park", view_func=show, access=everyone)
blueprint.add_url_rule("/park/stop", view_func=stop, access=everyone)
blueprint.add_url_rule("/park/download/<kind>", view_func=download, access=everyone)
