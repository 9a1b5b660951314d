"""Who acts: roles, and the value that stands for the acting person below the views."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    PRODUCER = "producer"
    RECEIVER = "receiver"
    PARK_MANAGER = "park_manager"
    STAFF = "staff"


@dataclass(frozen=True, slots=True)
class Actor:
    """The signed-in person: what actions and policies may know of a user.

    ``org_id`` is the firm the person acts for; park managers and staff have none.
    """

    user_id: int
    role: Role
    name_zh: str
    name_en: str
    org_id: int | None = None
    org_name_zh: str | None = None
    org_name_en: str | None = None
