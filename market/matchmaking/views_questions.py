"""Questions about a saved run, answered while the person waits.

Every question is a GET: its address can be shared, and asks the same of the same frozen input.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import flask
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from market.errors import ConflictError, NotFoundError
from market.jobs import Job, JobState
from market.matchmaking import (
    exports,
    kept_questions,
    labels,
    labels_span,
    policy,
    presenting_losses,
    presenting_mixes,
    presenting_what_if,
    questions_places,
    sheets_questions,
)
from market.matchmaking import presenting_questions as presenting
from market.matchmaking.exports import Sheet
from market.matchmaking.forms_questions import ChosenOffer, ChosenWant, NewPlant
from market.matchmaking.kept_questions import Compared
from market.matchmaking.presenting import Names
from market.matchmaking.presenting_questions import Says
from market.matchmaking.question_models import KeptQuestion
from market.matchmaking.questions import (
    Losses,
    Question,
    Read,
    alone,
    best_places,
    losses,
    mixes,
    reaches,
    read,
    what_if,
)
from market.matchmaking.questions_changes import listing_choices, use_choices
from market.matchmaking.questions_maps import reach_map, site_map
from market.matchmaking.questions_what_if import EARLIER, MOST_CHANGES, Asked, ask
from market.web.access import Blueprint, current_actor, everyone
from market.web.database import session
from matching.result import Side

if TYPE_CHECKING:
    from matching.mixes import Mixture

blueprint = Blueprint("questions", __name__)
FLOWS_SHOWN = 30


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows; ``sheet`` is its table as a file, once there is an answer."""

    lead: str
    context: dict[str, Any] = field(default_factory=dict)
    sheet: Sheet | None = None
    status: int = 200


@dataclass(frozen=True, slots=True)
class KeptLine:
    row: KeptQuestion
    job: Job | None
    title: str

    @property
    def state(self) -> str:
        return "" if self.job is None else str(presenting.JOB_STATES[JobState(self.job.state)])

    @property
    def changes(self) -> int:
        return len(MultiDict(parse_qsl(self.row.address)).getlist(EARLIER))


def overview(run_id: int) -> ResponseReturnValue:
    asked = _read(run_id)
    return flask.render_template(
        "matchmaking/questions.html",
        run=asked.run,
        questions=presenting.QUESTIONS,
        kept=kept_lines(run_id),
    )


def question(run_id: int, code: str) -> ResponseReturnValue:
    asked, kind, shown = _answer(run_id, code)
    return _page(asked, kind, shown)


def table(run_id: int, code: str) -> ResponseReturnValue:
    """Answer the table as a file; a question that cannot be answered shows its page instead."""
    asked, kind, shown = _answer(run_id, code)
    if shown.sheet is None:
        return _page(asked, kind, shown, 422)
    return as_file(shown.sheet, f"{asked.run.ref}-{kind.value}")


def as_file(sheet: Sheet, name: str) -> flask.Response:
    response = flask.Response(exports.as_csv(sheet), mimetype="text/csv")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _answer(run_id: int, code: str) -> tuple[Read, Question, Shown]:
    if code not in set(Question):
        raise NotFoundError("not_found")
    asked, kind = _read(run_id), Question(code)
    return asked, kind, ANSWERS[kind](Says(asked, Names(current_actor())))


def kept_lines(run_id: int) -> list[KeptLine]:
    """Return what this person had worked out of a run, the newest first."""
    database = session()
    rows = kept_questions.of_actor(database, run_id, current_actor())
    return [
        KeptLine(
            row,
            kept_questions.job_of(database, row),
            str(presenting.QUESTIONS[Question(row.code)][0]),
        )
        for row in rows
    ]


def _read(run_id: int) -> Read:
    return read(session(), run_id)


def _page(asked: Read, kind: Question, shown: Shown, status: int = 0) -> ResponseReturnValue:
    arguments: dict[str, Any] = flask.request.args.to_dict(flat=False)
    address = {**arguments, "run_id": asked.run.id, "code": kind.value}
    file_url = None if shown.sheet is None else flask.url_for("questions.table", **address)
    return answer_page(asked, kind, shown, file_url), status or shown.status


def answer_page(
    asked: Read, kind: Question, shown: Shown, file_url: str | None, row: KeptQuestion | None = None
) -> str:
    """Render a question; ``row`` is the kept one whose answer is shown."""
    return flask.render_template(
        f"matchmaking/question_{kind.name.lower()}.html",
        run=asked.run,
        question=kind,
        questions=presenting.QUESTIONS,
        lead=shown.lead,
        names=Names(current_actor()),
        words=labels,
        spans=labels_span,
        mass_unit=labels_span.mass_unit(asked.run.span_months),
        says=presenting,
        may_keep=policy.may_request(current_actor()),
        kept=kept_lines(asked.run.id),
        file_url=file_url,
        kept_row=row,
        **shown.context,
    )


def _what_if(says: Says) -> Shown:
    question = ask(session(), says, flask.request.args)
    answer = None
    slow = False
    if question.given:
        try:
            answer = Compared.of(what_if(says.asked, question.case))
        except ConflictError:
            slow = True
    return what_if_shown(says, question, answer, slow=slow)


def what_if_shown(
    says: Says, question: Asked, answer: Compared | None, *, slow: bool = False
) -> Shown:
    """Show the form and the changes; the answer too, where there is one."""
    context: dict[str, Any] = {
        "form": question.form,
        "kind": question.kind,
        "kinds": presenting.KINDS,
        "units": presenting.units(question.kind, says.months),
        "given": question.given,
        "earlier": question.earlier,
        "addresses": [row.address for row in question.given],
        "most": len(question.given) >= MOST_CHANGES,
        "slow": slow,
        "answer": answer,
        "left_aside": says.asked.leaves_lots,
    }
    status = 422 if question.form.errors else 200
    if answer is None:
        return Shown(str(presenting.QUESTIONS[Question.WHAT_IF][1]), context, status=status)
    figures = presenting_what_if.figure_lines(answer, says.months)
    left = presenting_what_if.left_over(answer, says)
    flows = presenting_what_if.flow_changes(answer.flows, says)
    parties = presenting_what_if.party_lines(answer.parties, says)
    pairs = {
        _("may meet only now"): presenting_what_if.pair_lines(answer.opened, says),
        _("may no longer meet"): presenting_what_if.pair_lines(answer.closed, says),
    }
    shown, between = presenting_what_if.ends(parties)
    return Shown(
        presenting_what_if.what_if_sentence(
            [row.sentence for row in question.given], answer, says.months
        ),
        {
            **context,
            "figures": figures,
            "flows": flows,
            "flows_shown": FLOWS_SHOWN,
            "parties": shown,
            "between": between,
            "pairs": pairs,
            "left": left,
        },
        sheets_questions.what_if(figures, flows, parties, pairs, left, says.months),
        status,
    )


def _loss(says: Says) -> Shown:
    """Show the whole table where a job has made it, else what is known while the person waits."""
    side = Side.SUPPLY if flask.request.args.get("of") == "offers" else Side.SLOT
    table = kept_questions.loss_table(session(), says.asked.run.id)
    if table is None:
        answer = losses(says.asked, side)
    else:
        answer = Losses(table.offers if side is Side.SUPPLY else table.plants)
    lines = presenting_losses.loss_lines(answer.found, says)
    return Shown(
        presenting_losses.loss_sentence(lines, says, side),
        {
            "lines": lines,
            "untried": answer.untried,
            "most_untried": min((row.took_t for row in answer.found), default=None),
            "of_plants": side is Side.SLOT,
        },
        sheets_questions.loss(lines, says, side),
    )


def _site(says: Says) -> Shown:
    uses = questions_places.uses(session(), says.asked)
    form = NewPlant.of(flask.request.args)
    form.offer({"use": use_choices(uses)})
    lead = str(presenting.QUESTIONS[Question.SITE][1])
    context: dict[str, Any] = {"form": form, "found": None}
    if not form.asked or not form.validate():
        return Shown(lead, context, status=422 if form.errors else 200)
    use = next(row for row in uses if row.key == form.use.data)
    slot = questions_places.new_slot(session(), says.asked, use, form.value.data)
    places = questions_places.places(says.asked)
    best = best_places(says.asked, slot, [place.candidate for place in places])
    found = [(places[index], site) for index, site in best.found]
    return Shown(
        presenting.site_sentence(found, says),
        {
            **context,
            "found": found,
            "use": use,
            "tried": len(places),
            "proof": presenting.proof_sentence(best, says),
            "map_data": site_map(found, says),
            "place_name": presenting.place_name,
            "feed_text": lambda site: presenting.feeds_text(site, says),
        },
        sheets_questions.site(found, says),
    )


def _reach(says: Says) -> Shown:
    says.require(flask.request.args)
    form = ChosenOffer.of(flask.request.args)
    form.offer({"offer_id": listing_choices(says, "offer")})
    lead = str(presenting.QUESTIONS[Question.REACH][1])
    context: dict[str, Any] = {"form": form, "found": None}
    if not form.asked or not form.validate():
        return Shown(lead, context, status=422 if form.errors else 200)
    if not says.asked.case.parameters.freight:
        return Shown(presenting.no_freight(), context)
    offer_id = int(form.offer_id.data)
    found = [use for use in reaches(says.asked, offer_id) if says.may_ask(int(use.slot_id))]
    rows = [(says.row(int(use.slot_id)), use) for use in found]
    return Shown(
        presenting.reach_sentence(found, says, offer_id),
        {
            **context,
            "found": rows,
            "offer": says.row(offer_id),
            "map_data": reach_map(says.asked, says.row(offer_id), found, says),
        },
        sheets_questions.reach(rows, says),
    )


def _mix(says: Says) -> Shown:
    says.require(flask.request.args)
    form = ChosenWant.of(flask.request.args)
    form.offer({"want_id": listing_choices(says, "want")})
    lead = str(presenting.QUESTIONS[Question.MIX][1])
    context: dict[str, Any] = {"form": form, "found": None}
    if not form.asked or not form.validate():
        return Shown(lead, context, status=422 if form.errors else 200)
    want_id = int(form.want_id.data)
    found = _open_mixes(says, want_id)
    by_itself = [row for row in alone(says.asked, want_id) if says.may_ask(row.offer_id)]
    return Shown(
        presenting_mixes.mix_sentence(found, by_itself, says, want_id),
        {
            **context,
            "found": found,
            "binding_text": presenting_mixes.binding_text,
            "listing": lambda part: says.row(int(part.supply_id)),
            "alone": presenting_mixes.alone_lines(by_itself, says),
        },
        sheets_questions.mix(found, says),
    )


def _open_mixes(says: Says, want_id: int) -> "list[Mixture]":
    """Return the mixtures of offers that the reader may still ask about."""
    return [
        mix
        for mix in mixes(says.asked, want_id)
        if all(says.may_ask(int(part.supply_id)) for part in mix.parts)
    ]


ANSWERS: dict[Question, Callable[[Says], Shown]] = {
    Question.WHAT_IF: _what_if,
    Question.LOSS: _loss,
    Question.SITE: _site,
    Question.REACH: _reach,
    Question.MIX: _mix,
}

for rule, view in (
    ("/runs/<int:run_id>/questions", overview),
    ("/runs/<int:run_id>/questions/<code>", question),
    ("/runs/<int:run_id>/questions/<code>/table.csv", table),
):
    blueprint.add_url_rule(rule, view_func=view, access=everyone)
