"""Kilns whose works keeps a raw mix: in a run their wants feed one mix instead of standing alone.

What a waste replaces is then found by the mix, so its slots carry neither a replaced price nor
avoided CO2 of their own. Feeds cost the platform's price, or nothing where it knows none: a works'
own price would show in what one more tonne is worth to others.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from market.catalogue import queries as catalogue
from market.listings.models import Listing
from market.matchmaking import raw_mix_facts
from market.matchmaking.calendar import Calendar
from market.matchmaking.models import RawMixTarget
from market.matchmaking.raw_mix_data import (
    KILN_PROCESS,
    Feed,
    MixAsked,
    Usual,
    coal_ash,
    default_feeds,
    feed_material,
    lacks,
    mix_caps,
)
from market.matchmaking.stops import Place, Stop
from market.matchmaking.valuation import Valuation
from market.orgs.models import Line, Site
from market.quantities import kg_from_tonnes
from matching.kiln import CARBONATE, RawMixLine
from matching.limits import unfavourable
from matching.problem import Acceptance, Bound, Limit, Material, Operator, Problem, Slot, Supply
from matching.rawmix import Cap, form_of

SHARE = "share"
Lots = dict[int | None, list[tuple[Supply, tuple[Bound, ...]]]]
CARBONATE_KNOWN = Limit(CARBONATE, Operator.AT_MOST, 1.0, unit=SHARE)
"""Holds for every lot; one whose carbonate nobody knows cannot be reckoned and is refused."""


def with_raw_mixes(
    session: Session,
    problem: Problem,
    rows: Sequence[tuple[Listing, Site]],
    calendar: Calendar,
    valuation: Valuation,
) -> Problem:
    """Let the wants of each kiln that keeps a raw mix feed it; leave all others as they are."""
    wants = {str(want.id): want for want, _ in rows if want.process_id == KILN_PROCESS}
    sites: dict[int | None, Site] = {want.line_id: site for want, site in rows}
    lots = _lots(problem, wants)
    lines = _lines(session, wants, sites, calendar, valuation, lots)
    if not lines:
        return problem
    usual = Usual.read(session)
    return replace(
        problem,
        slots=tuple(
            _fed(slot, lines[wants[slot.id].line_id])
            if slot.id in wants and wants[slot.id].line_id in lines
            else slot
            for slot in problem.slots
        ),
        materials=tuple(_with_carbonate(row, usual) for row in problem.materials),
    )


def _lines(
    session: Session,
    wants: Mapping[str, Listing],
    sites: Mapping[int | None, Site],
    calendar: Calendar,
    valuation: Valuation,
    lots: "Lots",
) -> dict[int | None, RawMixLine]:
    line_ids = {want.line_id for want in wants.values() if want.line_id}
    kept = session.execute(
        sa.select(RawMixTarget, Line)
        .join(Line, Line.id == RawMixTarget.line_id)
        .where(RawMixTarget.line_id.in_(line_ids))
    ).all()
    if not kept:
        return {}
    feeds = default_feeds(session, valuation)
    ash = coal_ash(session)
    caps = mix_caps(session)
    shares = {
        row.material_id: row.max_share
        for row in catalogue.acceptance_for_process(session, KILN_PROCESS)
        if row.max_share is not None
    }
    taken: dict[int | None, set[str]] = defaultdict(set)
    for want in wants.values():
        taken[want.line_id].add(want.material_id)
    return {
        line.id: _line(
            line,
            target.facts,
            (calendar, calendar.stops_of(Place.at(sites[line.id], line.process_id))),
            feeds,
            ash,
            tuple(sorted((name, shares[name]) for name in taken[line.id] if name in shares)),
            [cap for cap in caps if _all_known(lots[line.id], cap)],
        )
        for target, line in kept
    }


def _line(
    line: Line,
    facts: raw_mix_facts.Facts,
    running: tuple[Calendar, Sequence[Stop]],
    feeds: Sequence[Feed],
    ash: Mapping[str, float],
    max_shares: tuple[tuple[str, float], ...],
    caps: Sequence[Cap],
) -> RawMixLine:
    """Spread the works' own clinker over the days it runs; feeds of unknown analysis stay out.

    Of ``caps`` those are added which the works has not set itself and all it mixes is known in.
    """
    asked = raw_mix_facts.asked_of(facts, feeds, ash)
    calendar, stops = running
    platform = {feed.material_id: feed.price or 0.0 for feed in feeds}
    priced = [replace(feed, price=platform[feed.material_id]) for feed in asked.feeds]
    feeds = [feed for feed in priced if not lacks(feed, asked)]
    return RawMixLine(
        id=str(line.id),
        clinker_t=calendar.taken(kg_from_tonnes(asked.clinker_t), stops),
        target=replace(asked, caps=(*asked.caps, *_more_caps(asked, feeds, caps))).target,
        feeds=tuple(feed_material(feed) for feed in feeds),
        max_shares=max_shares,
    )


def _more_caps(asked: MixAsked, feeds: Sequence[Feed], caps: Sequence[Cap]) -> list[Cap]:
    own = {cap.name for cap in asked.caps}
    analyses = [feed.analysis for feed in feeds] + ([asked.ash] if asked.ash_share else [])
    return [
        cap
        for cap in caps
        if cap.name not in own
        and all(name in analysis for name in form_of(cap.name) for analysis in analyses)
    ]


def _lots(problem: Problem, wants: Mapping[str, Listing]) -> "Lots":
    """Return what may come to each line, with the usual ranges of its kind."""
    usual = {material.id: material.ranges for material in problem.materials}
    lots: Lots = defaultdict(list)
    for want in wants.values():
        name = want.material_id
        lots[want.line_id] += [
            (row, usual.get(name, ())) for row in problem.supplies if row.material_id == name
        ]
    return lots


def _all_known(lots: Iterable[tuple[Supply, tuple[Bound, ...]]], cap: Cap) -> bool:
    """Tell whether every lot can be reckoned in a cap; a report counts whatever its age here."""
    limits = [Limit(name, Operator.AT_MOST, 100.0) for name in form_of(cap.name)]
    return all(
        unfavourable(lot, usual, limit, None) is not None for lot, usual in lots for limit in limits
    )


def _fed(slot: Slot, line: RawMixLine) -> Slot:
    return replace(
        slot,
        accepts=tuple(_bare(use) for use in slot.accepts),
        storage=None,
        blend=(*slot.blend, CARBONATE_KNOWN),
        raw_mix=line,
    )


def _bare(use: Acceptance) -> Acceptance:
    return replace(
        use, replaced_yuan_per_t=None, avoided_co2_kg_per_t=0.0, avoided_co2_range=(0.0, 0.0)
    )


def _with_carbonate(material: Material, usual: Usual) -> Material:
    share = usual.carbonate_share(material.id)
    if share is None:
        return material
    return replace(material, ranges=(*material.ranges, Bound(CARBONATE, share, share, SHARE)))
