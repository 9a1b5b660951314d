"""Who acts: roles, the value that stands for the acting person below the views, and limits."""

from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

FAILURES_PER_ADDRESS = 5
FAILURES_PER_ACCOUNT = 50
FAILURE_WINDOW = timedelta(minutes=15)
"""How many wrong passwords one account takes: few from one network address, more from all.

A limit on the account alone would let anybody lock anybody out; one on the address alone is
walked around by whoever owns many.
"""

DEMO_DOMAIN = "demo.wujin"
DEMO_PASSWORD = "wujin-demo"  # noqa: S105 - shown on the sign-in page of a demonstration


class Role(StrEnum):
    PRODUCER = "producer"
    RECEIVER = "receiver"
    PARK_MANAGER = "park_manager"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Actor:
    """The signed-in person: what actions and policies may know of a user.

    ``org_id`` is the firm the person acts for; park managers and staff have none. ``org_standing``
    tells whether that firm is an invented one, which is said wherever its name is.
    """

    user_id: int
    role: Role
    name_zh: str
    name_en: str
    org_id: int | None = None
    org_name_zh: str | None = None
    org_name_en: str | None = None
    org_standing: str | None = None


@dataclass(frozen=True, slots=True)
class DemoAccount:
    """An account anybody may use, with its password."""

    role: Role
    email: str
    password: str
    name_zh: str
    name_en: str
