"""Every SELECT on matching runs. The rows are frozen values; nothing lazy leaves this module."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased, joinedload

from market.accounts.models import User
from market.catalogue.models import Material, Process
from market.errors import NotFoundError
from market.jobs import ENDED, Job
from market.listings.models import Listing
from market.listings.rules import MONTHS_PER_YEAR, State
from market.matchmaking.flows import End, FlowRow
from market.matchmaking.models import MatchFlow, MatchMonthFlow, MatchRun
from market.matchmaking.rules import OVERSEERS, SETTLED, Objective
from market.orgs.models import Line, Organisation, Site


class FlowOrder(StrEnum):
    MASS = "mass"
    DISTANCE = "distance"
    VALUE = "value"
    MATERIAL = "material"


def latest_run(session: Session, *, finished: bool = True) -> MatchRun | None:
    """Return the region's newest run: one with a result, or one still being made.

    Only a run over all materials and a year, asked for by those who oversee the region and on
    fresh input, speaks for it; anybody else's is their own.
    """
    newest_first = (
        sa.select(MatchRun)
        .join(User, User.id == MatchRun.created_by)
        .where(
            User.role.in_(OVERSEERS),
            MatchRun.repeats_id.is_(None),
            sa.func.coalesce(MatchRun.month_count, MONTHS_PER_YEAR) == MONTHS_PER_YEAR,
        )
        .order_by(MatchRun.id.desc())
    )
    if finished:
        statement = newest_first.where(MatchRun.status.in_(SETTLED))
    else:
        statement = newest_first.join(Job, Job.id == MatchRun.job_id).where(Job.state.not_in(ENDED))
    rows = session.scalars(statement.execution_options(yield_per=20))
    found = next((run for run in rows if not run.material_ids), None)
    rows.close()
    return found


def run(session: Session, run_id: int) -> MatchRun:
    found = session.get(MatchRun, run_id)
    if found is None:
        raise NotFoundError("not_found")
    return found


def frozen_input(session: Session, run_id: int) -> bytes | None:
    """Return the gzipped input, which ordinary reading of a run leaves in the database."""
    return session.scalar(sa.select(MatchRun.input_gz).where(MatchRun.id == run_id))


def flows(
    session: Session,
    run_id: int,
    *,
    offer_id: int | None = None,
    want_id: int | None = None,
    material_id: str | None = None,
    month: date | None = None,
    order: FlowOrder = FlowOrder.MASS,
    descending: bool = True,
    limit: int | None = None,
    offset: int = 0,
) -> list[FlowRow]:
    """Return the flows of a run, largest first unless told otherwise; one query.

    With a month, those that move in it, with its tonnes.
    """
    statement = _flow_rows().where(MatchFlow.run_id == run_id)
    if month is not None:
        monthly = statement.join(MatchMonthFlow, in_month(month))
        statement = monthly.add_columns(MatchMonthFlow.mass_kg)
    if offer_id is not None:
        statement = statement.where(MatchFlow.offer_id == offer_id)
    if want_id is not None:
        statement = statement.where(MatchFlow.want_id == want_id)
    if material_id is not None:
        statement = statement.where(MatchFlow.material_id == material_id)
    column = _ORDER_COLUMNS[order]
    if month is not None and order is FlowOrder.MASS:
        column = sa.type_coerce(MatchMonthFlow.mass_kg, sa.BigInteger)
    statement = statement.order_by(
        column.desc() if descending else column.asc(), MatchFlow.offer_id, MatchFlow.want_id
    )
    if limit is not None:
        statement = statement.limit(limit).offset(offset)
    if month is not None:
        return [_of_month(_flow_row(*row[:-1]), row[-1]) for row in session.execute(statement)]
    return [_flow_row(*row) for row in session.execute(statement)]


def in_month(month: date) -> sa.ColumnElement[bool]:
    """Join the part of a flow that falls into a month."""
    return sa.and_(
        MatchMonthFlow.run_id == MatchFlow.run_id,
        MatchMonthFlow.offer_id == MatchFlow.offer_id,
        MatchMonthFlow.want_id == MatchFlow.want_id,
        MatchMonthFlow.month == month,
    )


def _of_month(row: FlowRow, mass_kg: int) -> FlowRow:
    transport_kg_m = round(row.transport_kg_m * mass_kg / row.mass_kg)
    return replace(row, mass_kg=mass_kg, transport_kg_m=transport_kg_m, months=1)


def explanation(session: Session, run_id: int, offer_id: int, want_id: int) -> dict[str, Any]:
    """Return the stored waterfall, margins and cautions of one flow, as ``outcome`` wrote them."""
    found = session.get(MatchFlow, (run_id, offer_id, want_id))
    if found is None:
        raise NotFoundError("not_found")
    return found.explanation


def flow(session: Session, run_id: int, offer_id: int, want_id: int) -> FlowRow:
    rows = flows(session, run_id, offer_id=offer_id, want_id=want_id)
    if not rows:
        raise NotFoundError("not_found")
    return rows[0]


def job_of(session: Session, match_run: MatchRun) -> Job | None:
    return None if match_run.job_id is None else session.get(Job, match_run.job_id)


def unfinished_like(
    session: Session,
    objective: Objective,
    radius_m: int,
    material_ids: Sequence[str],
    first_month: date | None,
    month_count: int | None,
    weights: Mapping[str, float] | None = None,
    time_limit_s: int | None = None,
) -> MatchRun | None:
    """Return a queued or running run of the same request and time limit, if there is one."""
    statement = (
        sa.select(MatchRun)
        .join(Job, Job.id == MatchRun.job_id)
        .where(
            MatchRun.objective == objective,
            MatchRun.radius_m == radius_m,
            MatchRun.first_month.is_not_distinct_from(first_month),
            MatchRun.month_count.is_not_distinct_from(month_count),
            MatchRun.time_limit_s.is_not_distinct_from(time_limit_s),
            MatchRun.repeats_id.is_(None),
            Job.state.not_in(ENDED),
            Job.cancel_requested_at.is_(None),
        )
        .order_by(MatchRun.id)
    )
    wanted = (sorted(material_ids), weights)
    found = session.scalars(statement)
    return next((r for r in found if (sorted(r.material_ids), r.weights) == wanted), None)


def unfinished_repeat(session: Session, run_id: int) -> MatchRun | None:
    """Return the repetition of a run that is still queued or running, if there is one."""
    statement = (
        sa.select(MatchRun)
        .join(Job, Job.id == MatchRun.job_id)
        .where(
            MatchRun.repeats_id == run_id,
            Job.state.not_in(ENDED),
            Job.cancel_requested_at.is_(None),
        )
        .order_by(MatchRun.id)
    )
    return session.scalars(statement).first()


_Offer = aliased(Listing, name="offer")
_Want = aliased(Listing, name="want")
_OfferSite = aliased(Site, name="offer_site")
_WantSite = aliased(Site, name="want_site")
_OfferOrg = aliased(Organisation, name="offer_org")
_WantOrg = aliased(Organisation, name="want_org")

_ORDER_COLUMNS: dict[FlowOrder, sa.ColumnElement[Any]] = {
    FlowOrder.MASS: sa.type_coerce(MatchFlow.mass_kg, sa.BigInteger),
    FlowOrder.DISTANCE: sa.type_coerce(MatchFlow.distance_m, sa.Integer),
    FlowOrder.VALUE: sa.func.coalesce(MatchFlow.value_fen_per_t, 0),
    FlowOrder.MATERIAL: sa.type_coerce(MatchFlow.material_id, sa.String),
}


def _flow_rows() -> Any:
    return (
        sa.select(
            MatchFlow,
            MatchRun,
            Material,
            Process,
            _Offer,
            _OfferSite,
            _OfferOrg.standing,
            _Want,
            _WantSite,
            _WantOrg.standing,
        )
        .join(MatchRun, MatchRun.id == MatchFlow.run_id)
        .join(Material, Material.id == MatchFlow.material_id)
        .join(_Offer, _Offer.id == MatchFlow.offer_id)
        .join(_OfferSite, _OfferSite.id == _Offer.site_id)
        .join(_OfferOrg, _OfferOrg.id == _Offer.org_id)
        .join(_Want, _Want.id == MatchFlow.want_id)
        .join(_WantSite, _WantSite.id == _Want.site_id)
        .join(_WantOrg, _WantOrg.id == _Want.org_id)
        .join(Process, Process.id == _Want.process_id)
    )


def end_of(listing: Listing, site: Site, standing: str) -> End:
    return End(
        listing_id=listing.id,
        org_id=listing.org_id,
        site_id=site.id,
        name_zh=site.name_zh,
        name_en=site.name_en,
        county_zh=site.county_zh,
        county_en=site.county_en,
        lat=site.lat,
        lon=site.lon,
        standing=standing,
        basis=listing.basis,
        prefecture_zh=site.prefecture_zh,
        prefecture_en=site.prefecture_en,
        is_open=listing.state == State.OPEN,
    )


def _flow_row(
    row: MatchFlow,
    run: MatchRun,
    material: Material,
    process: Process,
    offer: Listing,
    offer_site: Site,
    offer_standing: str,
    want: Listing,
    want_site: Site,
    want_standing: str,
) -> FlowRow:
    return FlowRow(
        run_id=row.run_id,
        months=run.span_months,
        material_id=material.id,
        material_zh=material.name_zh,
        material_en=material.name_en,
        family=material.family,
        form=offer.form,
        waste_code=offer.waste_code,
        process_id=process.id,
        process_zh=process.name_zh,
        process_en=process.name_en,
        mass_kg=row.mass_kg,
        distance_m=row.distance_m,
        road_m=round(row.distance_m * run.road_factor),
        transport_kg_m=row.transport_kg_m,
        value_fen_per_t=row.value_fen_per_t,
        co2_kg_per_t=(co2 := row.explanation.get("co2_kg_per_t")),
        is_co2_unknown=row.explanation.get("co2_missing", co2 is None),
        offer=end_of(offer, offer_site, offer_standing),
        want=end_of(want, want_site, want_standing),
    )


def line(session: Session, line_id: int) -> Line | None:
    """Return a production line with its site, or None where it is gone."""
    return session.scalar(sa.select(Line).options(joinedload(Line.site)).where(Line.id == line_id))
