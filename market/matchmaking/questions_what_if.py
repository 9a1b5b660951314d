"""A what-if from its address: which changes are meant, in the engine's terms and in words."""

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict

from market.matchmaking.forms_questions import FORMS
from market.matchmaking.presenting_questions import Says
from market.matchmaking.questions import Kind
from market.matchmaking.questions_changes import CHANGES, want_first, with_lists
from matching.changes import Case, Change, apply_all
from matching.problem import ProblemError


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


MOST_CHANGES = 12
EARLIER = "and"
"""Name in the address of a change that stands before the one in the form, as an address itself."""


@dataclass(frozen=True, slots=True)
class Given:
    """One change as it stands in the address, and in words."""

    address: str
    sentence: str


@dataclass(frozen=True, slots=True)
class Asked:
    """Changes in their order and the one form still open; ``case`` is the input as changed.

    ``given`` is empty where nothing is asked yet; what is wrong the form says. ``earlier`` are the
    addresses of those before the one in the form.
    """

    kind: Kind
    form: Any
    given: tuple[Given, ...]
    earlier: tuple[str, ...]
    case: Case


@dataclass(frozen=True, slots=True)
class _One:
    kind: Kind
    form: Any
    changes: tuple[Change, ...] | None = None
    sentence: str = ""


def ask(session: Session, says: Says, arguments: MultiDict[str, str]) -> Asked:
    """Read every change of the address, each of the input as those before it left it."""
    given: list[Given] = []
    broken = False
    for text in arguments.getlist(EARLIER)[:MOST_CHANGES]:
        made = _made(session, says, MultiDict(parse_qsl(text, keep_blank_values=True)))
        broken = broken or made[1] is None
        if made[1] is not None:
            says = _told(says, made[1])
            given.append(Given(text, made[0].sentence))
    own = MultiDict((key, value) for key, value in arguments.items() if key != EARLIER)
    one, case = _made(session, says, own)
    if broken:
        _object(one.form, _("A change named before no longer fits and was left out."))
    earlier = tuple(row.address for row in given)
    if case is not None:
        given.append(Given(urlencode(list(own.items())), one.sentence))
    return Asked(one.kind, one.form, tuple(given), earlier, case or says.asked.case)


def _made(session: Session, says: Says, arguments: MultiDict[str, str]) -> tuple[_One, Case | None]:
    """Read one change and make it; None where it is not asked rightly or does not fit."""
    one = _read(session, says, arguments)
    if one.changes is None:
        return one, None
    try:
        return one, apply_all(says.asked.case, one.changes)
    except ProblemError:
        _object(one.form, _("This does not fit the changes before it. Remove one of them."))
        return one, None


def _told(says: Says, case: Case) -> Says:
    return replace(says, asked=replace(says.asked, case=case))


def _object(form: Any, message: str) -> None:
    form.form_errors.append(message)


def _read(session: Session, says: Says, arguments: MultiDict[str, str]) -> _One:
    says.require(arguments)
    raw = arguments.get("change", Kind.OFFER_TONNES.value)
    if raw not in set(Kind):
        form = FORMS[Kind.OFFER_TONNES].of(MultiDict())
        _object(form, _("There is no such change. Choose one of these."))
        return _One(Kind.OFFER_TONNES, with_lists(session, says, form))
    kind = Kind(raw)
    if kind is Kind.LIMIT and not {"limit", "value"} & arguments.keys():
        return _One(kind, want_first(session, says, arguments))
    form = with_lists(session, says, FORMS[kind].of(arguments))
    if not form.asked or not form.validate():
        return _One(kind, form)
    changes, sentence = CHANGES[kind](session, says, form)
    return _One(kind, form, changes, sentence)
