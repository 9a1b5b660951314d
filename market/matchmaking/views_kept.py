"""Questions that a job works out: asking, watching, stopping, and the kept answer."""

from datetime import UTC, datetime
from urllib.parse import parse_qsl, urlencode

import flask
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from market.db import transaction
from market.errors import NotFoundError
from market.jobs import Job, JobState
from market.matchmaking import kept_questions, labels, policy
from market.matchmaking import presenting_questions as presenting
from market.matchmaking.kept_questions import Compared
from market.matchmaking.presenting import Names, Panel, Stage, panel
from market.matchmaking.presenting_questions import Says
from market.matchmaking.question_models import KeptQuestion
from market.matchmaking.questions import Question, read
from market.matchmaking.questions_what_if import EARLIER, ask
from market.matchmaking.rules import JobStage
from market.matchmaking.views_questions import (
    Shown,
    answer_page,
    as_file,
    blueprint,
    what_if_shown,
)
from market.web.access import current_actor, everyone
from market.web.database import session
from matching.changes import Case

KEPT = frozenset({Question.WHAT_IF, Question.LOSS})


def keep(run_id: int, code: str) -> ResponseReturnValue:
    """Queue the question of the form; one that is not rightly asked goes back to its page."""
    if code not in KEPT:
        raise NotFoundError("not_found")
    address, changed = _asked(run_id) if code == Question.WHAT_IF else ("", None)
    if code == Question.WHAT_IF and not address:
        return flask.redirect(flask.url_for("questions.question", run_id=run_id, code=code), 303)
    with transaction(session()) as writing:
        row = kept_questions.keep(
            writing, current_actor(), run_id, Question(code),
            address=address, changed=changed, now=datetime.now(UTC),
        )  # fmt: skip
    return flask.redirect(flask.url_for("questions.kept", run_id=run_id, question_id=row.id), 303)


def _asked(run_id: int) -> tuple[str, Case | None]:
    """Return the changes of the form as an address, and the input they make."""
    sent = MultiDict((EARLIER, row) for row in flask.request.form.getlist(EARLIER))
    asked = ask(session(), Says(read(session(), run_id), Names(current_actor())), sent)
    return urlencode([(EARLIER, row.address) for row in asked.given]), asked.case


def kept(run_id: int, question_id: int) -> ResponseReturnValue:
    row = _question(run_id, question_id)
    if row.answer_gz is None:
        return flask.render_template("matchmaking/question_progress.html", **_progress(row))
    if row.code == Question.LOSS:
        return flask.redirect(flask.url_for("questions.question", run_id=run_id, code="loss"), 303)
    file_url = flask.url_for("questions.table_of_kept", run_id=run_id, question_id=row.id)
    return answer_page(read(session(), run_id), Question.WHAT_IF, _shown(row), file_url, row)


def table_of_kept(run_id: int, question_id: int) -> ResponseReturnValue:
    row = _question(run_id, question_id)
    if row.answer_gz is None or row.code == Question.LOSS:
        raise NotFoundError("not_found")
    sheet = _shown(row).sheet
    assert sheet is not None, "a kept answer has a table"
    return as_file(sheet, f"M-{run_id:04d}-what-if-{row.id}")


def progress_of_kept(run_id: int, question_id: int) -> ResponseReturnValue:
    """Answer the panel alone; once the job has ended the whole page is asked for again."""
    values = _progress(_question(run_id, question_id))
    job = values["job"]
    ended = {"HX-Refresh": "true"} if not isinstance(job, Job) or job.ended else {}
    return flask.render_template("matchmaking/_question_panel.html", **values), 200, ended


def cancel_kept(run_id: int, question_id: int) -> ResponseReturnValue:
    row = _question(run_id, question_id)
    with transaction(session()) as writing:
        kept_questions.cancel(writing, current_actor(), row, now=datetime.now(UTC))
    return flask.redirect(flask.url_for("questions.kept", run_id=run_id, question_id=row.id), 303)


def _question(run_id: int, question_id: int) -> KeptQuestion:
    return kept_questions.question(session(), current_actor(), run_id, question_id)


def _shown(row: KeptQuestion) -> Shown:
    says = Says(read(session(), row.run_id), Names(current_actor()))
    question = ask(session(), says, MultiDict(parse_qsl(row.address)))
    assert row.answer_gz is not None
    return what_if_shown(says, question, kept_questions.unpack(Compared, row.answer_gz))


def _progress(row: KeptQuestion) -> dict[str, object]:
    job = kept_questions.job_of(session(), row)
    return {
        "run": read(session(), row.run_id).run,
        "question": row,
        "title": presenting.QUESTIONS[Question(row.code)][0],
        "job": job,
        "panel": None if job is None else _panel(job),
        "words": labels,
    }


def _panel(job: Job) -> Panel:
    """Show the two stages such a job has."""
    whole = panel(job, datetime.now(UTC))
    order = (JobStage.SOLVE, JobStage.STORE)
    current = order.index(JobStage.STORE) if job.stage == JobStage.STORE else 0
    states = [
        "done" if index < current or job.state == JobState.DONE
        else "now" if index == current and job.state == JobState.RUNNING else "todo"
        for index in range(len(order))
    ]  # fmt: skip
    stages = [
        Stage(str(labels.STAGES[stage]), state) for stage, state in zip(order, states, strict=True)
    ]
    return Panel(whole.percent, current + 1, stages, whole.seconds_left, whole.note, whole.finished)


for rule, view, methods, access in (
    ("/runs/<int:run_id>/questions/<code>/keep", keep, ["POST"], policy.may_request),
    ("/runs/<int:run_id>/kept/<int:question_id>", kept, ["GET"], everyone),
    ("/runs/<int:run_id>/kept/<int:question_id>/table.csv", table_of_kept, ["GET"], everyone),
    ("/runs/<int:run_id>/kept/<int:question_id>/progress", progress_of_kept, ["GET"], everyone),
    ("/runs/<int:run_id>/kept/<int:question_id>/cancel", cancel_kept, ["POST"], policy.may_request),
):
    blueprint.add_url_rule(rule, view_func=view, methods=methods, access=access)
