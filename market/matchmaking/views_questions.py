"""Questions about a saved run: answered while the person waits, nothing stored.

Every question is a GET: its address can be shared, and asks the same of the same frozen input.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import flask
from flask.typing import ResponseReturnValue

from market.errors import NotFoundError
from market.matchmaking import exports, labels, presenting_mixes, questions_places, sheets_questions
from market.matchmaking import presenting_questions as presenting
from market.matchmaking.exports import Sheet
from market.matchmaking.forms_questions import ChosenOffer, ChosenWant, NewPlant
from market.matchmaking.presenting import Names
from market.matchmaking.presenting_questions import Says
from market.matchmaking.questions import (
    Question,
    Read,
    alone,
    best_places,
    losses,
    mixes,
    reaches,
    read,
)
from market.matchmaking.questions_maps import reach_map, site_map
from market.matchmaking.questions_what_if import Asked, answer_of, ask, listing_choices, use_choices
from market.web.access import Blueprint, current_actor, everyone
from market.web.database import session

blueprint = Blueprint("questions", __name__)


@dataclass(frozen=True, slots=True)
class Shown:
    """What a page shows; ``sheet`` is its table as a file, once there is an answer."""

    lead: str
    context: dict[str, Any] = field(default_factory=dict)
    sheet: Sheet | None = None
    status: int = 200


def overview(run_id: int) -> ResponseReturnValue:
    asked = _read(run_id)
    return flask.render_template(
        "matchmaking/questions.html", run=asked.run, questions=presenting.QUESTIONS
    )


def question(run_id: int, code: str) -> ResponseReturnValue:
    asked, kind, shown = _answer(run_id, code)
    return _page(asked, kind, shown)


def table(run_id: int, code: str) -> ResponseReturnValue:
    """Answer the table as a file; a question that cannot be answered shows its page instead."""
    asked, kind, shown = _answer(run_id, code)
    if shown.sheet is None:
        return _page(asked, kind, shown, 422)
    response = flask.Response(exports.as_csv(shown.sheet), mimetype="text/csv")
    name = f"{asked.run.ref}-{kind.value}.csv"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _answer(run_id: int, code: str) -> tuple[Read, Question, Shown]:
    if code not in set(Question):
        raise NotFoundError("not_found")
    asked, kind = _read(run_id), Question(code)
    return asked, kind, ANSWERS[kind](Says(asked, Names(current_actor())))


def _read(run_id: int) -> Read:
    return read(session(), run_id)


def _page(asked: Read, kind: Question, shown: Shown, status: int = 0) -> ResponseReturnValue:
    arguments: dict[str, Any] = flask.request.args.to_dict()
    address = {**arguments, "run_id": asked.run.id, "code": kind.value}
    return flask.render_template(
        f"matchmaking/question_{kind.name.lower()}.html",
        run=asked.run,
        question=kind,
        questions=presenting.QUESTIONS,
        lead=shown.lead,
        names=Names(current_actor()),
        words=labels,
        says=presenting,
        file_url=None if shown.sheet is None else flask.url_for("questions.table", **address),
        **shown.context,
    ), status or shown.status


def _what_if(says: Says) -> Shown:
    question = ask(session(), says, flask.request.args)
    context: dict[str, Any] = {
        "form": question.form,
        "kind": question.kind,
        "kinds": presenting.KINDS,
        "unit": presenting.UNITS.get(question.kind, ""),
        "answer": None,
    }
    if question.changes is None:
        lead = str(presenting.QUESTIONS[Question.WHAT_IF][1])
        return Shown(lead, context, status=422 if question.form.errors else 200)
    return _compared(says, question, context)


def _compared(says: Says, question: Asked, context: dict[str, Any]) -> Shown:
    answer = answer_of(says.asked, question)
    flows = presenting.flow_changes(answer.flows, says)
    figures = presenting.figure_lines(answer)
    return Shown(
        presenting.what_if_sentence(question.sentence, answer),
        {
            **context,
            "answer": answer,
            "figures": figures,
            "flows": flows,
            "left": presenting.left_over(answer, says),
        },
        sheets_questions.what_if(figures, flows),
    )


def _loss(says: Says) -> Shown:
    answer = losses(says.asked)
    lines = presenting.loss_lines(answer.found, says)
    return Shown(
        presenting.loss_sentence(lines, says),
        {"lines": lines, "untried": answer.untried},
        sheets_questions.loss(lines, says),
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
            "proof": presenting.proof_sentence(best),
            "map_data": site_map(found, says),
            "place_name": presenting.place_name,
            "feed_text": lambda site: presenting.feeds_text(site, says),
        },
        sheets_questions.site(found, says),
    )


def _reach(says: Says) -> Shown:
    form = ChosenOffer.of(flask.request.args)
    form.offer({"offer_id": listing_choices(says, "offer")})
    lead = str(presenting.QUESTIONS[Question.REACH][1])
    context: dict[str, Any] = {"form": form, "found": None}
    if not form.asked or not form.validate():
        return Shown(lead, context, status=422 if form.errors else 200)
    if not says.asked.case.parameters.freight:
        return Shown(presenting.no_freight(), context)
    offer_id = int(form.offer_id.data)
    found = reaches(says.asked, offer_id)
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
    form = ChosenWant.of(flask.request.args)
    form.offer({"want_id": listing_choices(says, "want")})
    lead = str(presenting.QUESTIONS[Question.MIX][1])
    context: dict[str, Any] = {"form": form, "found": None}
    if not form.asked or not form.validate():
        return Shown(lead, context, status=422 if form.errors else 200)
    want_id = int(form.want_id.data)
    found, by_itself = mixes(says.asked, want_id), alone(says.asked, want_id)
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
