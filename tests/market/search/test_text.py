"""Search text: what the index answers is what reading every document would answer."""

import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from market.search import text
from market.search.models import create_text_table

CHARACTERS = "石膏污泥粉煤灰渣Ⅱ级ＡabgB12 -/·\"'*():&|\\"
words = st.text(alphabet=CHARACTERS, max_size=12)


def reads(document: str, query: str) -> bool:
    """Read the document piece by piece: the slow truth the index must equal."""
    have = text.pieces(document)
    return all(_term_stands(have, text.pieces(term)) for term in text.normalised(query).split())


def _han(piece: str) -> bool:
    return any("一" <= character <= "鿿" for character in piece)


def _term_stands(have: list[str], term: list[str]) -> bool:
    if not term:
        return True
    if len(term) == 1 and _han(term[0]):
        return any(term[0] in piece for piece in have)
    for start in range(len(have) - len(term) + 1):
        window = have[start : start + len(term)]
        first, last = term[0], term[-1]
        if len(term) == 1:
            ok = window[0].startswith(first)
        else:
            ok_first = window[0].endswith(first) if _han(first) else window[0] == first
            ok = ok_first and window[1:-1] == term[1:-1] and window[-1].startswith(last)
            ok = ok and (_han(first) == _han(window[0])) and (_han(last) == _han(window[-1]))
        if ok:
            return True
    return False


@pytest.fixture(scope="module")
def connection():
    engine = sa.create_engine("sqlite://")
    with engine.connect() as connection:
        create_text_table(connection)
        yield connection


def found(connection: sa.Connection, documents: list[str], query: str) -> set[int]:
    connection.exec_driver_sql("DELETE FROM fts_listing")
    for number, document in enumerate(documents):
        connection.exec_driver_sql(
            "INSERT INTO fts_listing (rowid, body) VALUES (?, ?)",
            (number, " ".join(text.document_tokens(document))),
        )
    phrases = text.query_phrases(query)
    if not phrases:
        return set(range(len(documents)))
    rows = connection.exec_driver_sql(
        "SELECT rowid FROM fts_listing WHERE fts_listing MATCH ?", (text.fts5_match(phrases),)
    )
    return {row[0] for row in rows}


@settings(max_examples=300, deadline=None)
@given(documents=st.lists(words, min_size=1, max_size=8), query=words)
def test_the_index_finds_exactly_what_reading_finds(connection, documents, query):
    expected = {n for n, document in enumerate(documents) if reads(document, query)}
    assert found(connection, documents, query) == expected


@pytest.mark.parametrize(
    ("query", "document"),
    [
        ("石膏", "脱硫石膏 FGD gypsum"),
        ("污泥", "市政/工业污泥(一般)"),
        ("灰", "粉煤灰"),
        ("粉", "粉煤灰"),
        ("II级", "粉煤灰 Ⅱ级"),
        ("gyps", "FGD gypsum"),
        ("GB/T 1596", "GB/T 1596-2017 表 1"),
        ("900-001-S02", "代码 900-001-S02"),
        ("ＦＧＤ", "FGD gypsum"),
        ("slags", "Copper smelting slag"),
        ("battery", "Spent batteries"),
        ("batteries", "Spent lead-acid battery"),
        ("ash", "Two ashes"),
        ("glass", "Glass cullet"),
        ("gas", "flue gas"),
        ("脫硫石膏", "脱硫石膏"),
        ("鋼渣", "钢渣（转炉/电炉）"),
    ],
)
def test_finds(connection, query, document):
    assert found(connection, [document, "不相干"], query) == {0}


def test_a_short_word_is_no_plural(connection):
    assert found(connection, ["Coal gangue"], "gas") == set()


@settings(max_examples=300, deadline=None)
@given(document=words, query=words)
def test_holding_a_query_is_being_found_by_it(document, query):
    phrases = text.query_phrases(query)
    assert text.holds(text.document_tokens(document), phrases) == reads(document, query)


@pytest.mark.parametrize("query", ["", "  ", '"*()', "、。"])
def test_a_query_without_words_asks_for_nothing(query):
    assert text.query_phrases(query) == ()


def test_two_characters_apart_are_not_a_word(connection):
    assert found(connection, ["石灰膏"], "石膏") == set()
