"""Posting a listing: five short steps, then check your answers."""

import secrets
from collections.abc import Callable
from datetime import date

import flask
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session
from wtforms import SelectChoice

from market.catalogue import queries as catalogue
from market.catalogue.citations import cited
from market.catalogue.labels import FAMILIES
from market.catalogue.models import Acceptance, Material
from market.catalogue.phrases import clause_text, prose
from market.catalogue.rules import Allowed, Family, LegalClass, MaterialKind, Topic
from market.db import transaction
from market.errors import ConflictError, DomainError
from market.listings import (
    actions,
    forms,
    forms_report,
    labels,
    policy,
    queries,
    views_conflict,
)
from market.listings.answers import Answers, from_json
from market.listings.links import listing_url
from market.listings.models import ListingDraft
from market.listings.rules import Side, Step
from market.listings.views import acting, now, today
from market.web.database import session
from market.web.language import pick
from market.web.messages import words_for

HAZARD_TOPICS = {Topic.HAZARDOUS, Topic.EXEMPTION}
STEP_FORMS: dict[Step, Callable[[Session, str, Answers, date], forms.StepForm]] = {}


def _material_choices(db: Session) -> list[SelectChoice]:
    """Return the materials grouped by family, in the order in which families first appear."""
    groups: dict[str, list[SelectChoice]] = {}
    for material in catalogue.materials(db, kind=MaterialKind.WASTE):
        family = str(FAMILIES[Family(material.family)])
        choice = SelectChoice(material.id, pick(material), optgroup=family)
        groups.setdefault(family, []).append(choice)
    first = SelectChoice("", _("Choose a material"))
    return [first, *(choice for group in groups.values() for choice in group)]


def what_form(db: Session, side: str, answers: Answers, _today: date) -> forms.StepForm:
    del answers
    form = forms.WhatForm()
    form.material_id.choices = _material_choices(db)
    if side == Side.OFFER:
        form.offer_only()
        return form
    form.want_only()
    org_id = acting().org_id
    assert org_id is not None
    processes = catalogue.processes(db)
    names = {process.id: pick(process) for process in processes}
    form.process_id.choices = [
        SelectChoice("", _("Choose a process")),
        *(SelectChoice(process_id, name) for process_id, name in names.items()),
    ]
    form.line_id.choices = [
        SelectChoice("", _("No line in particular")),
        *(
            SelectChoice(str(line.id), f"{pick(line)} · {names.get(line.process_id, '')}")
            for line in queries.lines_of(db, org_id)
        ),
    ]
    return form


def amount_form(_db: Session, side: str, _answers: Answers, _today: date) -> forms.StepForm:
    return forms.amount_form(side)


def quality_form(db: Session, side: str, answers: Answers, on: date) -> forms.StepForm:
    if side == Side.WANT:
        return forms.WantedQualityForm()
    sheet, asked, _uses = queries.quality_sheet(db, answers.material_id, (), on)
    return forms_report.quality_form(asked, frozenset(sheet.missing), on)()


def place_form(db: Session, _side: str, _answers: Answers, _today: date) -> forms.StepForm:
    org_id = acting().org_id
    assert org_id is not None
    form = forms.PlaceForm()
    form.site_id.choices = [
        SelectChoice(site.id, f"{pick(site)} · {pick(site, 'county')}")
        for site in queries.sites_of(db, org_id)
    ]
    return form


def terms_form(_db: Session, side: str, _answers: Answers, _today: date) -> forms.StepForm:
    form = forms.TermsForm()
    if side == Side.OFFER:
        form.offer_only()
    else:
        form.want_only()
    return form


STEP_FORMS.update({
    Step.WHAT: what_form,
    Step.AMOUNT: amount_form,
    Step.QUALITY: quality_form,
    Step.PLACE: place_form,
    Step.TERMS: terms_form,
})  # fmt: skip


def _what_holds(form: forms.StepForm, db: Session) -> bool:
    """Check the choice against the catalogue: a waste code that fits, a process that takes it."""
    material = catalogue.material(db, form.material_id.data)
    if "waste_code" in form:
        hazardous = material.legal_class == LegalClass.HAZARDOUS
        if not hazardous and not form.waste_code.data:
            form.waste_code.data = material.waste_code or ""
        codes = [code.split(" ")[-1] for code in material.hw_codes]
        return bool(form.check_hazard(hazardous=hazardous, codes=codes))
    return _process_takes(form, db, material)


def _process_takes(form: forms.StepForm, db: Session, material: Material) -> bool:
    lines = {str(line.id): line for line in queries.lines_of(db, acting().org_id or 0)}
    line = lines.get(form.line_id.data or "")
    if line is not None and not form.process_id.data:
        form.process_id.data = line.process_id
    error = ""
    if not form.process_id.data:
        error = _("Choose the process that would use it")
    elif line is not None and line.process_id != form.process_id.data:
        error = _("That line runs another process")
    else:
        known = catalogue.acceptance(db, form.process_id.data, material.id)
        if known is None or known.allowed == Allowed.NO:
            error = _refusal(db, material, known)
    if error:
        form.process_id.errors = [*form.process_id.errors, error]
    return not error


def _refusal(db: Session, material: Material, known: Acceptance | None) -> str:
    """Say why not, with the clause where one forbids it, and which processes would."""
    takers = [
        pick(row.process)
        for row in catalogue.acceptance_for_material(db, material.id)
        if row.allowed != Allowed.NO
    ]
    names = str(_("; ")).join(takers)
    if known is None:
        return str(_("It does not take this material. These do: %(names)s", names=names))
    source = clause_text(known.standard, known.clause) if known.standard else cited(known.source)
    return str(
        _(
            "Not allowed: %(note)s (%(source)s). These take it: %(names)s",
            source=source,
            note=prose(pick(known, "note")) or _("the material is not among what it lists"),
            names=names or _("none in the catalogue"),
        )
    )


def _holds(form: forms.StepForm, step: Step, db: Session) -> bool:
    return bool(form.validate_on_submit()) and (step is not Step.WHAT or _what_holds(form, db))


def new() -> ResponseReturnValue:
    wanted = flask.request.args.get("side", "")
    side = Side(wanted) if wanted in set(Side) else policy.default_side(acting())
    answers = Answers()
    form = STEP_FORMS[Step.WHAT](session(), side, answers, today())
    if flask.request.method == "GET":
        form.fill(answers)
        preset = flask.request.args.get("material")
        if preset:
            form.material_id.data = preset
        form.key.data = secrets.token_urlsafe(16)
        return _page(None, side, Step.WHAT, answers, form)
    if not _holds(form, Step.WHAT, session()):
        return _page(None, side, Step.WHAT, answers, form), 422
    key = form.key.data or secrets.token_urlsafe(16)
    changes = form.changes(answers)
    with transaction(session()):
        draft = actions.start_draft(session(), acting(), side=side, key=key, now=now())
        actions.save_step(
            session(), acting(), draft.id, Step.WHAT, changes, version=draft.version, now=now()
        )
    return _after(draft, Step.WHAT)


def step(draft_id: int, step: str) -> ResponseReturnValue:
    if step not in set(Step):
        flask.abort(404)
    at = Step(step)
    draft = queries.draft(session(), draft_id, acting())
    if draft.published_at is not None and flask.request.method == "GET":
        return _published(draft)
    answers = from_json(draft.answers)
    if not answers.material_id and at is not Step.WHAT:
        return _to(draft, Step.WHAT)
    form = STEP_FORMS[at](session(), draft.side, answers, today())
    if flask.request.method == "GET":
        form.fill(answers)
        form.version.data = draft.version
        return _page(draft, draft.side, at, answers, form)
    if not _holds(form, at, session()):
        return _page(draft, draft.side, at, answers, form), 422
    changes = form.changes(answers)
    version = form.version.data or 0
    try:
        with transaction(session()):
            actions.save_step(
                session(), acting(), draft_id, at, changes, version=version, now=now()
            )
    except ConflictError as error:
        return views_conflict.page(error, draft_id, at, form, STEP_FORMS[at], today())
    return _after(draft, at)


def _to(draft: ListingDraft, at: Step) -> ResponseReturnValue:
    return flask.redirect(flask.url_for("listings.step", draft_id=draft.id, step=at.value), 303)


def _published(draft: ListingDraft) -> ResponseReturnValue:
    """Lead from a draft that is already public, by way of the browser's history, to its page."""
    assert draft.listing_id is not None
    return flask.redirect(listing_url(draft.listing_id), 303)


def _after(draft: ListingDraft, at: Step) -> ResponseReturnValue:
    """Go on to what is still open after this step, or to the check page."""
    if flask.request.form.get("then") == "exit":
        flask.flash(_("Draft %(ref)s is saved.", ref=draft.ref))
        return flask.redirect(flask.url_for("listings.mine"), 303)
    follows = _follows(from_json(draft.answers), at)
    if follows is None:
        return flask.redirect(flask.url_for("listings.check", draft_id=draft.id), 303)
    return _to(draft, follows)


def _follows(answers: Answers, at: Step) -> Step | None:
    """Return the step still open that comes after this one once it is saved; None: the check."""
    order = list(Step)
    missing = [step for step in answers.missing_steps() if step is not at]
    later = [step for step in missing if order.index(step) > order.index(at)]
    return next(iter(later or missing), None)


def _rail(draft: ListingDraft | None, at: Step | None, answers: Answers) -> list[dict[str, str]]:
    return [
        {
            "label": str(word),
            "state": "now" if step is at else "done" if step in answers.done else "todo",
            "url": flask.url_for("listings.step", draft_id=draft.id, step=step.value)
            if draft and step in answers.done
            else "",
        }
        for step, word in labels.STEPS.items()
    ]


def _page(
    draft: ListingDraft | None, side: str, at: Step, answers: Answers, form: forms.StepForm
) -> str:
    order = list(Step)
    position = order.index(at)
    before = order[position - 1] if position else None
    return flask.render_template(
        f"listings/step_{at.value}.html",
        draft=draft,
        side=side,
        at=at,
        answers=answers,
        form=form,
        rail=_rail(draft, at, answers),
        before=before,
        after=_follows(answers, at),
        words=labels,
        **_beside(side, at, answers, form),
    )


def _beside(side: str, at: Step, answers: Answers, form: forms.StepForm) -> dict[str, object]:
    """Return what a step shows beside its fields."""
    material_id = form.material_id.data if at is Step.WHAT else answers.material_id
    material = session().get(Material, material_id) if material_id else None
    found: dict[str, object] = {"material": material, "hazard_rules": []}
    if at is Step.WHAT and material is not None:
        found["hazard_rules"] = _hazard_rules(material) if side == Side.OFFER else []
    if at is Step.QUALITY and material is not None:
        found |= _sheet(side, answers, form)
    return found


def _hazard_rules(material: Material) -> list[object]:
    if material.legal_class != LegalClass.HAZARDOUS:
        return []
    rules = catalogue.policy_rules(session(), on=today())
    return [
        rule
        for rule in rules
        if rule.topic in HAZARD_TOPICS
        and (not rule.material_ids or material.id in rule.material_ids)
    ]


def _sheet(side: str, answers: Answers, form: forms.StepForm) -> dict[str, object]:
    readings = answers.readings
    if isinstance(form, forms_report.ReportForm) and flask.request.method == "POST":
        readings = form.readings()
    verdict, checks, uses = queries.quality_sheet(session(), answers.material_id, readings, today())
    if side == Side.WANT:
        checks = queries.process_checks(session(), answers.process_id, answers.material_id, today())
    names = queries.process_names(session(), [use.process_id for use in uses])
    return {"verdict": verdict, "checks": checks, "uses": uses, "processes": names}


def verdict(draft_id: int) -> ResponseReturnValue:
    """Answer, while the person types, where the lot would stand; nothing is saved."""
    draft = queries.draft(session(), draft_id, acting())
    answers = from_json(draft.answers)
    form = quality_form(session(), draft.side, answers, today())
    form.validate()
    return flask.render_template(
        "listings/_verdict_update.html",
        form=form,
        words=labels,
        **_beside(draft.side, Step.QUALITY, answers, form),
    )


def check(draft_id: int) -> ResponseReturnValue:
    draft = queries.draft(session(), draft_id, acting())
    if draft.published_at is not None and flask.request.method == "GET":
        return _published(draft)
    form = forms.PublishForm()
    problems: list[DomainError] = []
    if flask.request.method == "POST" and form.validate_on_submit():
        try:
            with transaction(session()):
                done = actions.publish(session(), acting(), draft_id, today=today(), now=now())
        except DomainError as error:
            if error.code not in actions.MENDABLE:
                raise
            problems.append(error)
            draft = queries.draft(session(), draft_id, acting())
        else:
            flask.flash(_("Published.") if done.is_new else _("Changes published."))
            return flask.redirect(listing_url(done.listing_id), 303)
    elif flask.request.method == "GET":
        form.version.data = draft.version
    page = _check_page(draft, form, problems)
    return (page, 422) if form.errors or problems else page


def _check_page(draft: ListingDraft, form: forms.PublishForm, problems: list[DomainError]) -> str:
    answers = from_json(draft.answers)
    db = session()
    material = db.get(Material, answers.material_id) if answers.material_id else None
    found: dict[str, object] = {"verdict": None}
    if material is not None:
        found["verdict"] = queries.quality_sheet(db, material.id, answers.readings, today())[0]
    return flask.render_template(
        "listings/check.html",
        draft=draft,
        side=draft.side,
        answers=answers,
        material=material,
        place=queries.place_of(db, answers),
        form=form,
        problems=[(words_for(error), error.params.get("step")) for error in problems],
        rail=_rail(draft, None, answers),
        words=labels,
        today=today(),
        **found,
    )


def discard(draft_id: int) -> ResponseReturnValue:
    with transaction(session()):
        actions.discard(session(), acting(), draft_id)
    flask.flash(_("Draft thrown away."))
    return flask.redirect(flask.url_for("listings.mine"), 303)


def rebase(draft_id: int) -> ResponseReturnValue:
    """Keep my answers over what the listing has become meanwhile, and look at them again."""
    with transaction(session()):
        actions.rebase(session(), acting(), draft_id, now=now())
    return flask.redirect(flask.url_for("listings.check", draft_id=draft_id), 303)
