"""Who stands still in a run, as its page tells it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import flask
from flask_babel import gettext
from sqlalchemy.orm import Session

from market.catalogue.models import Stoppage
from market.matchmaking import reading
from market.matchmaking.calendar import months_from
from market.matchmaking.flows import End
from market.matchmaking.models import MatchRun
from market.matchmaking.stopping import Held, spells
from market.web.language import pick

ENDS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class StopShown:
    """``url`` and ``source`` are empty where a firm said so itself."""

    rule: str
    url: str
    source: str
    spells: Sequence[tuple[date, date]]
    ends: Sequence[End]
    shown: int = ENDS_SHOWN


def stops_shown(session: Session, run: MatchRun) -> list[StopShown]:
    """Return the stops a run was frozen with, as far as their receivers are still in it."""
    if run.first_month is None or not run.stops:
        return []
    held = [Held.of_json(row) for row in run.stops]
    wanted = sorted({want_id for row in held for want_id in row.want_ids})
    rows = reading.balances(session, run.id, listing_ids=wanted)
    ends = {row.end.listing_id: row.end for row in rows}
    return [_shown(session, run, row, ends) for row in held]


def _shown(session: Session, run: MatchRun, held: Held, ends: dict[int, End]) -> StopShown:
    assert run.first_month is not None, "only a run over months has stops"
    row = session.get(Stoppage, held.stop.id) if held.stop.id else None
    times = spells(held.stop, months_from(run.first_month, run.span_months))
    held_ends = [ends[want_id] for want_id in held.want_ids if want_id in ends]
    if row is None:
        name = held.stop.id or str(gettext("The firm's own word"))
        return StopShown(name, "", "", times, held_ends)
    return StopShown(
        f"{row.rule_id} · {pick(row, 'region')}",
        flask.url_for("catalogue.rules", _anchor=f"stoppage-{row.id}"),
        " ".join(filter(None, (row.source, row.clause))),
        times,
        held_ends,
    )
