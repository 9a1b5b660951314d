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
_PIECE = re.compile(rf"[{_HAN}]+|[^\W\d_{_HAN}]+|\d+")
_HAN_START = re.compile(rf"[{_HAN}]")
_PLURAL = re.compile(r"(?<=[a-z]{3})(?:(?<=[^aeiou])ies|(?<=sh|ch|ss)es|(?<=[^siu])s)$", re.ASCII)
_TRADITIONAL = str.maketrans(
    "礦鋼鐵爐電鋁鉛銅鎂鈦鋅鉬鎢廢輪膠塵風機築餘熱發廠縣區陽鄭濟寧漿鹽鹼鈣錳鎳紙塊磚鋰氣飛還鑄脫舊組"
    "動爾葉採選煙潔樓資業場洛陰無氧綠藍鍋壓黃鈉矽質產運貨車輛",
    "矿钢铁炉电铝铅铜镁钛锌钼钨废轮胶尘风机筑余热发厂县区阳郑济宁浆盐碱钙锰镍纸块砖锂气飞还铸脱旧组"
    "动尔叶采选烟洁楼资业场洛阴无氧绿蓝锅压黄钠硅质产运货车辆",
)
"""Characters of the trade as they are written in Hong Kong and Taiwan, and here."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Tokens that must follow each other; with ``prefix`` the last one need only begin so."""

    tokens: tuple[str, ...]
    prefix: bool


def normalised(text: str) -> str:
    """Fold width, compatibility forms (Ⅱ, ㎡), case and traditional characters.

    What looks or is read the same is then the same.
    """
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).lower())
    return folded.translate(_TRADITIONAL)


def pieces(text: str) -> list[str]:
    """Split into runs of Chinese characters, of letters and of digits.

    GB/T1596 and GB/T 1596 are so the same; English plurals become singular.
    """
    return [_PLURAL.sub(_singular, piece) for piece in _PIECE.findall(normalised(text))]


def _singular(ending: re.Match[str]) -> str:
    return "y" if ending[0] == "ies" else ""


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


def holds(tokens: list[str], phrases: tuple[Phrase, ...]) -> bool:
    """Tell whether a document of these tokens is one the index would find."""
    return all(_stands(tokens, phrase) for phrase in phrases)


def _stands(tokens: list[str], phrase: Phrase) -> bool:
    *before, last = phrase.tokens
    for start in range(len(tokens) - len(before)):
        end = tokens[start + len(before)]
        if tokens[start : start + len(before)] == before and (
            end.startswith(last) if phrase.prefix else end == last
        ):
            return True
    return False


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
