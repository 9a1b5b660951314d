"""The words that templates ask for by name."""

import re
from pathlib import Path

import pytest

from market.matchmaking import labels

TEMPLATES = sorted((Path(__file__).parents[3] / "templates" / "matchmaking").glob("*.html"))


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_every_word_a_template_names_is_there(path):
    named = set(re.findall(r"\bwords\.(\w+)", path.read_text(encoding="utf-8")))
    assert [name for name in sorted(named) if not hasattr(labels, name)] == []
