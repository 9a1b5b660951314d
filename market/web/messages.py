"""The words for error codes. A feature registers its own; an unknown code shows itself."""

from collections.abc import Mapping

from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from market.errors import DomainError

_WORDS: dict[str, LazyString] = {
    "not_found": _l("This does not exist, or you may not see it."),
    "forbidden": _l("Your role may not do this."),
    "changed_meanwhile": _l("Somebody changed this meanwhile. Look at it again, then decide."),
}


def register(words: Mapping[str, LazyString]) -> None:
    _WORDS.update(words)


def words_for(error: DomainError) -> str:
    text = _WORDS.get(error.code)
    return error.code if text is None else str(text) % error.params
