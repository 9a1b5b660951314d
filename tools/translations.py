"""Compile the features' Chinese catalogues into one, or check that they are complete.

python tools/translations.py compile      writes market/translations/zh_Hans/.../messages.mo
python tools/translations.py check        every message has one translation, none is left over
"""

import re
import sys
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOT = Path(__file__).parent.parent
FRAGMENTS = ROOT / "market" / "translations" / "zh_Hans"
OUTPUT = FRAGMENTS / "LC_MESSAGES" / "messages.mo"
METHODS = [
    ("market/**.py", "python"),
    ("templates/**.html", "jinja2"),
    ("templates/**.txt", "jinja2"),
]
KEYWORDS = {
    "_": None,
    "_l": None,
    "gettext": None,
    "lazy_gettext": None,
    "ngettext": (1, 2),
    "pgettext": ((1, "c"), 2),
}
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%%")


def merged() -> tuple[Catalog, list[str]]:
    """Return the union of the fragments, and what contradicts itself between them."""
    catalog = Catalog(locale="zh_Hans", charset="utf-8")
    problems: list[str] = []
    for path in sorted(FRAGMENTS.glob("*.po")):
        with path.open("rb") as file:
            fragment = read_po(file, locale="zh_Hans", abort_invalid=True)
        for message in fragment:
            if not message.id:
                continue
            known = catalog.get(message.id, message.context)
            if known is not None and known.string != message.string:
                problems.append(f"{path.name}: {message.id!r} has another translation elsewhere")
            catalog.add(message.id, message.string, flags=message.flags, context=message.context)
    return catalog, problems


def extracted() -> dict[tuple[object, str | None], str]:
    """Return every message the code and the templates use, with one place it stands in."""
    found: dict[tuple[object, str | None], str] = {}
    options = {"templates/**.html": {"silent": "false"}}
    for folder in ("market", "templates"):
        pattern = [(m.split("/", 1)[1], kind) for m, kind in METHODS if m.startswith(folder)]
        for name, line, text, _comments, context in extract_from_dir(
            ROOT / folder, pattern, options, KEYWORDS
        ):
            found.setdefault((text, context), f"{folder}/{name}:{line}")
    return found


def fault(message: Message | None) -> str | None:
    if message is None:
        return "is not translated"
    strings = message.string if isinstance(message.string, (list, tuple)) else [message.string]
    if not all(strings):
        return "is not translated"
    if message.fuzzy:
        return "is marked fuzzy"
    ids = message.id if isinstance(message.id, (list, tuple)) else [message.id]
    wanted = {hole for text in ids for hole in PLACEHOLDER.findall(text)}
    if any(set(PLACEHOLDER.findall(text)) - wanted for text in strings):
        return "fills holes the message does not have"
    if len(strings) == 1 and set(PLACEHOLDER.findall(strings[0])) != set(
        PLACEHOLDER.findall(ids[-1])
    ):
        return "leaves a hole of the message out"
    return None


def check() -> list[str]:
    catalog, problems = merged()
    used = extracted()
    for (text, context), place in sorted(used.items(), key=lambda item: item[1]):
        key = text if isinstance(text, str) else text[0]
        what = fault(catalog.get(key, context))
        if what:
            problems.append(f"{place}: {text!r} {what}")
    known = {(m.id if isinstance(m.id, str) else m.id[0], m.context) for m in catalog if m.id}
    needed = {(t if isinstance(t, str) else t[0], c) for t, c in used}
    problems += [
        f"{text!r} is translated but not used" for text, _ in sorted(known - needed, key=str)
    ]
    return problems


def main() -> int:
    if sys.argv[1:] == ["compile"]:
        catalog, problems = merged()
        OUTPUT.parent.mkdir(exist_ok=True)
        with OUTPUT.open("wb") as file:
            write_mo(file, catalog)
    else:
        problems = check()
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
