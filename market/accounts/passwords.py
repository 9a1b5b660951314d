"""Hashing of passwords, never more at once than the machine has cores.

Parameters: argon2id with 19 MiB, two passes, one lane (OWASP Password Storage Cheat Sheet,
the second of its equivalent argon2id settings). A hash takes a core for some 30 ms; without the
semaphore a burst of sign-ins would hold every thread and many times the memory.
"""

import os
from threading import BoundedSemaphore
from typing import Any

from argon2 import PasswordHasher

MEMORY_KIB = 19_456
PASSES = 2
LANES = 1

_slots = BoundedSemaphore(os.cpu_count() or 1)
_hasher = PasswordHasher(time_cost=PASSES, memory_cost=MEMORY_KIB, parallelism=LANES)


def hash_password(password: str) -> str:
    with _slots:
        return _hasher.hash(password)


class LimitedContext:
    """The security extension's password context, taking turns with ``hash_password``."""

    def __init__(self, context: Any) -> None:
        self._context = context

    def hash(self, secret: str, **options: Any) -> str:
        with _slots:
            return str(self._context.hash(secret, **options))

    def verify(self, secret: str, hashed: str) -> bool:
        with _slots:
            return bool(self._context.verify(secret, hashed))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)
