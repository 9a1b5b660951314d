"""Who is hard to replace, in words: receivers and offers taken out in turn."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from flask_babel import gettext

from market.matchmaking.presenting_questions import Says
from market.matchmaking.reading import BalanceRow
from matching.loss import Loss
from matching.result import Side

_ROUNDING_T = 0.5
"""Tonnes are shown whole; a smaller difference is not one to a reader."""


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


@dataclass(frozen=True, slots=True)
class LossLine:
    """``second`` is the next best partner of the one that loses most and has one."""

    row: BalanceRow
    loss: Loss
    second: str
    second_km: float | None
    turns: tuple[str, ...]


TURNS = 3


def loss_lines(found: Iterable[Loss], says: Says) -> list[LossLine]:
    return [_line(loss, says) for loss in found]


def _line(loss: Loss, says: Says) -> LossLine:
    best = next((turn.second_best for turn in loss.turns if turn.second_best), None)
    lost = says.row(int(loss.id)) if loss.side is Side.SUPPLY else says.want_at(int(loss.id))
    return LossLine(
        lost,
        loss,
        "" if best is None else says.slot(best.other_id),
        None if best is None else best.extra_km,
        tuple(_replaced(loss, says)),
    )


def _replaced(loss: Loss, says: Says) -> Iterable[str]:
    """Say of those that dealt with it most who takes over, and what each then lacks."""
    for turn in [turn for turn in loss.turns if turn.lost_t >= _ROUNDING_T][:TURNS]:
        moves = [move for move in turn.moves if move.more_t >= _ROUNDING_T]
        name = says.slot(turn.id)
        if not moves:
            yield _("%(name)s: nobody takes over", name=name)
        else:
            largest = max(moves, key=lambda move: move.more_t)
            yield _(
                "%(name)s: %(moved)s with %(other)s",
                name=name, moved=says.moved(largest.more_t), other=says.slot(largest.other_id),
            )  # fmt: skip


def loss_sentence(lines: Sequence[LossLine], says: Says, side: Side) -> str:
    of_plants = side is Side.SLOT
    if not any(line.loss.took_t >= _ROUNDING_T for line in lines):
        if of_plants:
            return _("No receiver takes anything in this plan, so none can be missed.")
        return _("No offer gives anything in this plan, so none can be missed.")
    worst = lines[0]
    if worst.loss.stranded_t < _ROUNDING_T:
        if of_plants:
            return _("No single stop strands a tonne: the others would have room.")
        return _("No single offer is missed: others would fill the gap.")
    hard = sum(1 for line in lines if line.loss.stranded_t >= _ROUNDING_T)
    name, moved = says.names.marked(worst.row.end), says.moved(worst.loss.stranded_t)
    if of_plants:
        return _(
            "If %(name)s stops, %(moved)s have nowhere to go; no other stop strands more;"
            " %(hard)s of %(all)s receivers would strand something.",
            name=name, moved=moved, hard=hard, all=len(lines),
        )  # fmt: skip
    return _(
        "If %(name)s stops, receivers get %(moved)s less; no other offer is missed more;"
        " %(hard)s of %(all)s would be missed.",
        name=name, moved=moved, hard=hard, all=len(lines),
    )  # fmt: skip
