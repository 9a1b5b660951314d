"""What is wrong with a dispatcher's table of ways, in the reader's language. View-side only."""

import re

from flask_babel import lazy_gettext as _l

# As `routing.matrix_file` and what it reads with say it.
_FAULTS = (
    (r"'(?P<text>.*)' is not a number", _l("'%(text)s' is not a number")),
    (r"'(?P<text>.*)' is not a finite number", _l("'%(text)s' is not a finite number")),
    (r"(?P<text>\S+) is beyond (?P<most>\S+), .*", _l("%(text)s is above %(most)s, the most read")),
    (r"(?P<text>\S+) is above (?P<most>\S+), .*", _l("%(text)s is above %(most)s, the most read")),
    (r"(?P<text>\S+) is negative", _l("%(text)s is negative")),
    (r"(?P<text>\S+) is below (?P<least>\S+)", _l("%(text)s is below %(least)s")),
    (r"a number is missing(?:: .*)?", _l("a number is missing")),
    (
        r"(?P<n>\d+) values where (?P<right>\d+) belong",
        _l("%(n)s values where %(right)s belong"),
    ),
    (
        r"(?P<n>\d+) values for (?P<right>\d+) sites",
        _l("%(n)s values where %(right)s belong"),
    ),
    (
        r"(?P<n>\d+) rows for (?P<right>\d+) sites",
        _l("%(n)s rows where %(right)s belong"),
    ),
    (r"(?:site )?(?P<text>.+) appears twice(?: in one .*)?", _l("%(text)s appears twice")),
    (r"(?P<text>\S+) from (?P<site>\S+) to itself.*", _l("%(text)s from %(site)s to itself")),
    (r"'(?P<text>.*)' is missing", _l("'%(text)s' is missing")),
    (
        r"the header must be (?P<header>\S+), or begin with (?P<other>\S+)",
        _l("the header must be %(header)s, or begin with %(other)s"),
    ),
    (r"a quoted value does not end, .*", _l("a quoted value does not end")),
    (r"the file is empty", _l("the file is empty")),
)
_OTHER = _l("here the file is not as a table must be written (%(fault)s)")


def fault_words(fault: str) -> str:
    """Return a fault of the reader in the language of the page."""
    for pattern, words in _FAULTS:
        found = re.fullmatch(pattern, fault)
        if found is not None:
            return str(words) % found.groupdict()
    return str(_OTHER) % {"fault": fault}
