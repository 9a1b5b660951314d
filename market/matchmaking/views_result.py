"""What a run says: the result page, one flow, refusals, prices, files."""

import gzip
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

import flask
from flask.typing import ResponseReturnValue

from market.catalogue import queries as catalogue
from market.catalogue.labels import CONFIDENCE
from market.catalogue.models import Factor
from market.catalogue.rules import Scope
from market.errors import ConflictError, NotFoundError
from market.matchmaking import (
    exports,
    labels,
    labels_span,
    monthly_reading,
    monthly_view,
    policy,
    presenting_dosages,
    presenting_flow,
    presenting_lapses,
    presenting_result,
    queries,
    reading,
)
from market.matchmaking.account import account_of
from market.matchmaking.codec import build
from market.matchmaking.flows import FlowRow
from market.matchmaking.models import MatchRun
from market.matchmaking.presenting import MAP_FLOWS, Names, flow_map
from market.matchmaking.presenting_dosages import Dosages
from market.matchmaking.presenting_lapses import Lapsed, lapsed
from market.matchmaking.presenting_raw_mix import KilnShown
from market.matchmaking.presenting_refusals import in_words
from market.matchmaking.presenting_result import Licensed
from market.matchmaking.queries import FlowOrder
from market.matchmaking.reading import BalanceRow
from market.matchmaking.summary import NEAR, RunSummary
from market.web.access import current_actor
from market.web.database import session
from market.web.filters import km
from market.web.language import pick
from market.web.pagination import PAGE_SIZE, Page, requested_page
from matching.result import Finding, Line

TOP_PRICES = 5
LEFT_SHOWN = 8
NEAR_MISS = "near_miss"
"""What the address says for pairs that a single change would let pass."""
KEPT = frozenset({"material", "month"})
"""What a sorted table keeps of the address."""


def result_page(run: MatchRun) -> ResponseReturnValue:
    database, names = session(), Names(current_actor())
    order, descending = _order()
    material_id = flask.request.args.get("material") or None
    totals = reading.material_totals(database, run.id)
    material = next((row for row in totals if row.material_id == material_id), None)
    month = monthly_view.chosen_month(run)
    page = _flow_page(run, order, material_id, month, descending=descending)
    mapped = queries.flows(database, run.id, material_id=material_id, month=month, limit=MAP_FLOWS)
    summary = RunSummary.of(run.summary)
    assert summary is not None, "a settled run has a summary"
    account = account_of(totals)
    gap = next((pick(row) for row in totals if row.unplaced_kg > 0), "")
    return flask.render_template(
        "matchmaking/show.html",
        run=run,
        summary=summary,
        lead=labels.result_sentence(summary, account, run.span_months, km(run.radius_m), gap),
        cut_short=summary.gap is not None and summary.gap > NEAR,
        headline=presenting_result.headline(summary, account, run.span_months),
        bound=presenting_result.bound(summary, run.objective, run.span_months),
        account=account,
        totals=totals,
        material=material,
        monthly=monthly_view.view(database, run, material),
        page=page,
        order=order,
        descending=descending,
        map_data=flow_map(mapped, names),
        slots=_dearest(run, "want", month),
        supplies=_dearest(run, "offer", month),
        unmatched=reading.unplaced(database, run.id, limit=LEFT_SHOWN + 1),
        left_shown=LEFT_SHOWN,
        refusal_counts=reading.refusal_counts(database, run.id),
        near_misses=reading.count_near_misses(database, run.id),
        licensed=_licensed(run, summary),
        lapsed=_lapsed(run, summary),
        dosages=_dosages(summary),
        kilns=_kilns(summary),
        unit=labels.dual_unit(run.objective),
        may_request=policy.may_request(current_actor()),
        names=names,
        words=labels,
        spans=labels_span,
        sort_url=_sort_url,
    )


def _licensed(run: MatchRun, summary: RunSummary) -> list[Licensed]:
    """Return the licensed tonnes of the run's receivers with who holds the licence."""
    if not summary.quotas:
        return []
    ends = reading.receivers(session(), run.id, [row.site_id for row in summary.quotas])
    return [Licensed.of(ends[row.site_id], row) for row in summary.quotas if row.site_id in ends]


def _lapsed(run: MatchRun, summary: RunSummary) -> list[Lapsed]:
    """Return what runs out within the run with who holds it."""
    if not summary.lapses:
        return []
    owners = [row.owner_id for row in summary.lapses]
    rows = reading.balances(session(), run.id)
    offers = {row.end.listing_id: row.end for row in rows if row.side == "offer"}
    return lapsed(summary.lapses, reading.receivers(session(), run.id, owners), offers)


def _dosages(summary: RunSummary) -> Dosages | None:
    """Return what wastes bring into lines; of a firm's own line to it and to overseers."""
    actor = current_actor()
    lines = {row.line_id: queries.line(session(), row.line_id) for row in summary.dosages}
    seen = {
        line_id: line
        for line_id, line in lines.items()
        if line is not None and policy.sees_raw_mix(actor, line.site.org_id)
    }
    names = {row.id: pick(row) for row in catalogue.materials(session())} if seen else {}
    return Dosages.of(summary.dosages, seen, names) if seen else None


def _kilns(summary: RunSummary) -> list[KilnShown]:
    """Return the raw mixes this reader may see: a works' own, all of them for overseers."""
    actor = current_actor()
    found = []
    for mix in summary.kilns:
        line = queries.line(session(), mix.line_id)
        if line is not None and policy.sees_raw_mix(actor, line.site.org_id):
            found.append(KilnShown.of(mix, line, session()))
    return found


def _dearest(run: MatchRun, side: str, month: date | None) -> list[BalanceRow]:
    if month is None:
        return reading.dearest(session(), run.id, side=side, limit=TOP_PRICES)
    return monthly_reading.dearest(session(), run.id, side=side, month=month, limit=TOP_PRICES)


def _order() -> tuple[FlowOrder, bool]:
    raw = flask.request.args.get("sort", FlowOrder.MASS.value)
    order = FlowOrder(raw) if raw in set(FlowOrder) else FlowOrder.MASS
    return order, flask.request.args.get("dir", "desc") != "asc"


def _flow_page(
    run: MatchRun,
    order: FlowOrder,
    material_id: str | None,
    month: date | None,
    *,
    descending: bool,
) -> Page[FlowRow]:
    total = reading.count_flows(session(), run.id, material_id, month)
    number = min(requested_page(), max(1, -(-total // PAGE_SIZE)))
    rows = queries.flows(
        session(),
        run.id,
        material_id=material_id,
        month=month,
        order=order,
        descending=descending,
        limit=PAGE_SIZE,
        offset=(number - 1) * PAGE_SIZE,
    )
    return Page(rows, number, total)


def _sort_url(order: str) -> str:
    """Return this page's address sorted by a column; the column in use turns round."""
    current, descending = _order()
    kept = {name: text for name, text in flask.request.args.items() if name in KEPT}
    arguments: dict[str, Any] = {
        **(flask.request.view_args or {}),
        **kept,
        "sort": order,
        "dir": "asc" if order == current and descending else "desc",
    }
    return flask.url_for(str(flask.request.endpoint), _anchor="flows", **arguments)


def flow(run_id: int, offer_id: int, want_id: int) -> ResponseReturnValue:
    database = session()
    run = queries.run(database, run_id)
    row = _told_flow(run_id, offer_id, want_id)
    stored = queries.explanation(database, run_id, offer_id, want_id)
    use = catalogue.acceptance(database, row.process_id, row.material_id)
    note = "" if use is None else pick(use, "note")
    lines = [build(Line, line) for line in stored["lines"]]
    return flask.render_template(
        "matchmaking/flow.html",
        run=run,
        flow=row,
        lines=lines,
        carbon=presenting_flow.carbon(stored),
        factors=_factors_of(lines),
        CONFIDENCE=CONFIDENCE,
        elsewhere=sum(
            limit.scope != Scope.MATERIAL
            for limit in catalogue.limits_for(database, row.process_id, row.material_id)
        ),
        margins=[build(Finding, item) for item in stored["margins"]],
        cautions=[
            labels.reason_words(build(Finding, item), note=note) for item in stored["cautions"]
        ],
        grade=stored["grade"],
        use=use,
        map_data=flow_map([row], Names(current_actor())),
        **_wording(),
    )


def _told_flow(run_id: int, offer_id: int, want_id: int) -> FlowRow:
    row = queries.flow(session(), run_id, offer_id, want_id)
    if not policy.sees_pair(current_actor(), row.offer, row.want):
        raise NotFoundError("not_found")
    return row


def _wording() -> dict[str, Any]:
    """Return what every page of a run names its firms and says its words with."""
    return {"names": Names(current_actor()), "words": labels, "spans": labels_span}


def _factors_of(lines: Sequence[Line]) -> list[tuple[str, Factor]]:
    """Pair each line with the catalogue's factors it was reckoned with, as they stand today."""
    known = catalogue.factors(session())
    return [
        (line.kind, known[key])
        for line in lines
        for key in line.source.split("; ")
        if line.yuan_per_t is not None and key in known
    ]


def balances(run_id: int) -> ResponseReturnValue:
    run = queries.run(session(), run_id)
    side = "want" if flask.request.args.get("side") == "want" else "offer"
    total = reading.count_balances(session(), run_id, side)
    number = min(requested_page(), max(1, -(-total // PAGE_SIZE)))
    start = (number - 1) * PAGE_SIZE
    rows = reading.balances(session(), run_id, side=side, limit=PAGE_SIZE, offset=start)
    return flask.render_template(
        "matchmaking/listings.html",
        run=run,
        page=Page(rows, number, total),
        side=side,
        account=account_of(reading.material_totals(session(), run_id)),
        unit=labels.dual_unit(run.objective),
        **_wording(),
    )


def refusals(run_id: int) -> ResponseReturnValue:
    database = session()
    run = queries.run(database, run_id)
    counts = reading.refusal_counts(database, run_id)
    near = reading.count_near_misses(database, run_id)
    code = flask.request.args.get("reason") or None
    only_near = code == NEAR_MISS
    total = near if only_near else sum(n for known, n in counts if code in {None, known})
    number = min(requested_page(), max(1, -(-total // PAGE_SIZE)))
    rows = reading.refusals(
        database,
        run_id,
        code=None if only_near else code,
        near_misses=only_near,
        limit=PAGE_SIZE,
        offset=(number - 1) * PAGE_SIZE,
    )
    return flask.render_template(
        "matchmaking/refusals.html",
        run=run,
        summary=RunSummary.of(run.summary),
        counts=counts,
        near=near,
        code=code,
        page=Page(in_words(database, rows, run.road_factor, Names(current_actor())), number, total),
        **_wording(),
    )


def download(run_id: int, kind: str) -> ResponseReturnValue:
    if kind not in FILES:
        flask.abort(404)
    run = queries.run(session(), run_id)
    mimetype, write = FILES[kind]
    body = write(run, flask.request.args.get("material") or None)
    response = flask.Response(body, mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{run.ref}-{kind}"'
    return response


def _flows_csv(run: MatchRun, material_id: str | None) -> bytes:
    rows = queries.flows(session(), run.id, material_id=material_id)
    return exports.as_csv(exports.flow_sheet(rows, Names(current_actor()), run.span_months))


def _everything(run: MatchRun, material_id: str | None) -> bytes:
    database, names = session(), Names(current_actor())
    rows = queries.flows(database, run.id, material_id=material_id)
    refused = reading.refusals(database, run.id)
    summary = RunSummary.of(run.summary)
    found = _lapsed(run, summary) if summary else []
    dosages = _dosages(summary) if summary else None
    return exports.as_xlsx(
        [
            exports.flow_sheet(rows, names, run.span_months),
            exports.balance_sheet(reading.balances(database, run.id), names, run.span_months),
            exports.refusal_sheet(in_words(database, refused, run.road_factor, names), names),
            *([presenting_lapses.sheet(found, names)] if found else []),
            *([presenting_dosages.sheet(dosages)] if dosages else []),
            exports.run_sheet(run),
        ]
    )


def _geojson(run: MatchRun, material_id: str | None) -> bytes:
    rows = queries.flows(session(), run.id, material_id=material_id)
    return exports.as_geojson(rows, Names(current_actor()))


def _input(run: MatchRun, _material_id: str | None) -> bytes:
    """Hand out the frozen problem, whole lots and all, to those who oversee the market."""
    if not policy.may_read_input(current_actor()):
        flask.abort(403)
    frozen = queries.frozen_input(session(), run.id)
    if frozen is None:
        raise ConflictError("run_has_no_input")
    return gzip.decompress(frozen)


FILES: dict[str, tuple[str, Callable[[MatchRun, str | None], bytes]]] = {
    "flows.csv": ("text/csv", _flows_csv),
    "run.xlsx": (
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _everything,
    ),
    "problem.json": ("application/json", _input),
    "flows.geojson": ("application/geo+json", _geojson),
}
