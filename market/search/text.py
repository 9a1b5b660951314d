"""Text as search sees it: overlapping two-character tokens for Chinese, words for the rest.

Chinese is written without spaces, and the databases' own tokenisers either keep a whole run as
one word or need three characters. A run ABC becomes AB, BC, C: a query of two or more characters
is a phrase of pairs, and a single character is the beginning of a token (the closing C makes the
last character of a run findable too).
"""

import re
import unicodedata
from dataclasses import dataclass

MAX_QUERY_CHARS = 100
MAX_DOCUMENT_TOKENS = 4000

_HAN = "㐀-䶿一-鿿豈-﫿\U00020000-\U000323af"
_PIECE = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_HAN_START = re.compile(rf"[{_HAN}]")


@dataclass(frozen=True, slots=True)
class Phrase:
    """Tokens that must follow each other; with ``prefix`` the last one need only begin so."""

    tokens: tuple[str, ...]
    prefix: bool


def normalised(text: str) -> str:
    """Fold width, compatibility forms (Ⅱ, ㎡) and case, so that what looks the same is the same."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())


def pieces(text: str) -> list[str]:
    """Split into runs of Chinese characters and runs of other letters and digits."""
    return _PIECE.findall(normalised(text))


def _is_han(piece: str) -> bool:
    return _HAN_START.match(piece) is not None


def _pairs(piece: str) -> list[str]:
    return [piece[i : i + 2] for i in range(len(piece) - 1)]


def document_tokens(text: str) -> list[str]:
    tokens: list[str] = []
    for piece in pieces(text):
        tokens.extend([*_pairs(piece), piece[-1]] if _is_han(piece) else [piece])
    return tokens[:MAX_DOCUMENT_TOKENS]


def _phrase(term: str) -> Phrase | None:
    found = pieces(term)
    if not found:
        return None
    *before, last = found
    tokens = document_tokens(" ".join(before))
    if not _is_han(last):
        return Phrase((*tokens, last), prefix=True)
    if len(last) == 1:
        return Phrase((*tokens, last), prefix=True)
    return Phrase((*tokens, *_pairs(last)), prefix=False)


def query_phrases(query: str) -> tuple[Phrase, ...]:
    """Read a query: every space-separated term must occur. No searchable term gives ()."""
    terms = normalised(query[:MAX_QUERY_CHARS]).split()
    return tuple(phrase for term in terms if (phrase := _phrase(term)) is not None)


def fts5_match(phrases: tuple[Phrase, ...]) -> str:
    """Write SQLite's MATCH expression. Tokens hold only letters and digits, so quoting is safe."""
    return " ".join(
        f'"{" ".join(phrase.tokens)}"{" *" if phrase.prefix else ""}' for phrase in phrases
    )


def tsquery(phrases: tuple[Phrase, ...]) -> str:
    """Write the same for PostgreSQL, to be cast and not parsed: its parser is blind to Chinese."""
    return " & ".join(
        "("
        + " <-> ".join(f"'{token}'" for token in phrase.tokens)
        + (":*" if phrase.prefix else "")
        + ")"
        for phrase in phrases
    )


def tsvector(tokens: list[str]) -> str:
    """Write a tsvector literal with positions, cast and not parsed for the same reason."""
    return " ".join(f"'{token}':{position}" for position, token in enumerate(tokens, start=1))
