"""Citations in the reader's language: names of laws and standards, and how a value was read.

A source is kept as it was found, often half Chinese and half English. The pairs of
``data/citations.csv`` turn the known pieces into the language of the page; what is not known
(titles of papers, addresses) stays as it is.
"""

import re
from functools import cache
from pathlib import Path

from market.datafiles import read_records
from market.web.language import language

PAIRS = Path(__file__).parent / "data" / "citations.csv"
NUMERALS = dict(zip("一二三四", "1234", strict=True))
FORMS = (
    (re.compile(r"公告 ?(\d{4}) ?年第 ?(\d+) ?号"), r" announcement no. \2 of \1"),
    (re.compile(r"〔(\d{4})〕(\d+)号"), r" [\1] no. \2"),
    (re.compile(r"表 ?(?=\d)"), "Table "),
    (re.compile(r"(?<=\d) 注"), " note"),
    (re.compile(r"[(（](\d{4}) ?修订[)）]"), r" (\1 revision)"),
    (re.compile(r"[(（](\d{4}) ?年[版本][)）]"), r" (\1 edition)"),
    (
        re.compile(r"([一二三])[(（]([一二三四])[)）]"),
        lambda p: f"{NUMERALS[p[1]]}({NUMERALS[p[2]]})",
    ),
    (re.compile(r"(?:^|(?<=[)）s])) ?([一二三四])$"), lambda p: f" part {NUMERALS[p[1]]}"),
    (re.compile(r"(?<=\d)年"), " "),
)
"""How numbered documents are written in English, after their names are."""
PUNCTUATION = str.maketrans({"、": ", ", "，": ", ", "；": "; ", "：": ": ", "（": " (", "）": ")"})
EDGE = "\0"
APART = re.compile(r"(?<=[\w)])\0+(?=[\w(])")
"""Where English pieces meet without a space, as Chinese ones do."""
REPEATED = re.compile(r"(\S[^();]*?) \(\1(?P<rest>[^()]*)\)")


@cache
def _pieces(target: str) -> tuple[re.Pattern[str], dict[str, str]]:
    """Return what finds any known piece of the other language, longest first, and its words."""
    other = "zh" if target == "en" else "en"
    words = {row[other]: row[target] for row in read_records(PAIRS)}
    longest_first = "|".join(map(re.escape, sorted(words, key=len, reverse=True)))
    return re.compile(rf"(?<![A-Za-z])(?:{longest_first})(?![A-Za-z])"), words


def cited(source: str) -> str:
    """Return a source or clause for the reader: known pieces translated, none said twice."""
    target = language()
    known, words = _pieces(target)
    text = known.sub(lambda piece: f"{EDGE}{words[piece[0]]}{EDGE}", source)
    text = (APART.sub(" ", text) if target == "en" else text).replace(EDGE, "")
    if target == "en":
        for form, english in FORMS:
            text = form.sub(english, text)
        text = text.translate(PUNCTUATION)
    return REPEATED.sub(r"\1\g<rest>", " ".join(text.split()))
