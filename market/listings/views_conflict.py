"""What a person typed into a step that a colleague saved meanwhile: theirs beside mine."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import flask
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from market.catalogue.phrases import unit_name
from market.errors import ConflictError
from market.listings import forms, forms_report, labels, queries
from market.listings.answers import from_json
from market.listings.fields import ChoiceField, OneOfField
from market.listings.rules import Step
from market.listings.views import acting
from market.web.database import session
from market.web.messages import words_for

NOT_ASKED = frozenset({"version", "key", "csrf_token"})


@dataclass(frozen=True, slots=True)
class Pair:
    """One field that the two filled differently, as a person reads it."""

    label: str
    theirs: str
    mine: str


def page(
    error: ConflictError, draft_id: int, at: Step, mine: forms.StepForm, make: Any, today: date
) -> ResponseReturnValue:
    """Show both versions; saving mine on top sends the same fields from the newer version."""
    draft = queries.draft(session(), draft_id, acting())
    theirs = _blank(make(session(), draft.side, from_json(draft.answers), today))
    theirs.fill(from_json(draft.answers))
    here = flask.url_for("listings.step", draft_id=draft_id, step=at.value)
    shown = flask.render_template(
        "listings/conflict.html",
        message=words_for(error),
        words=labels,
        change=queries.last_draft_change(session(), draft_id),
        draft_id=None,
        listing_id=draft.listing_id if draft.published_at else None,
        listing=None,
        pairs=pairs(theirs, mine),
        here=None if draft.published_at else here,
        posted=_posted(draft.version),
    )
    return shown, 409


def _blank(form: forms.StepForm) -> forms.StepForm:
    """Take out what the request has put into a form that is to show something else."""
    for field in form:
        field.raw_data = None
        field.data = None
    return form


def _posted(version: int) -> list[tuple[str, str]]:
    sent = flask.request.form.items(multi=True)
    kept = [(name, value) for name, value in sent if name not in NOT_ASKED]
    return [*kept, ("version", str(version))]


def pairs(theirs: forms.StepForm, mine: forms.StepForm) -> list[Pair]:
    found = []
    for field in mine:
        if field.name in NOT_ASKED:
            continue
        other = theirs[field.name]
        unit = _unit(mine, field.name)
        left, right = _shown(other, unit), _shown(field, unit)
        if left != right:
            found.append(Pair(str(field.label.text), left, right))
    return found


def _shown(field: Any, unit: str) -> str:
    """Return a field's value in words: a choice by its label, a number with its unit."""
    if field.type == "BooleanField":
        return str(_("yes") if field.data else _("no"))
    if isinstance(field, ChoiceField | OneOfField):
        labels_of = {str(c.value): str(c.label) for c in field.choices}
        return labels_of.get(str(field.data), "–")
    value = field._value().strip()  # noqa: SLF001 - how WTForms lets a field show itself
    if isinstance(field.data, Decimal):
        value = f"{field.data:,f}"
    return f"{value} {unit}".strip() if value else "–"


def _unit(form: forms.StepForm, name: str) -> str:
    if name.startswith("value_") and isinstance(form, forms_report.ReportForm):
        unit = form.asked[int(name.removeprefix("value_"))].unit
        return "" if unit == "-" else unit_name(unit)
    if name == "mass_t":
        return str(_("t/month"))
    return str(_("t")) if name.endswith("_t") else str(_("¥/t")) if name.endswith("_yuan") else ""
