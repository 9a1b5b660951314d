"""The address on a driver's sheet: it opens that sheet alone, to whoever has the paper."""

import hmac

_LENGTH = 32


def code(secret: str, plan_id: int, truck: int) -> str:
    """Return what an address must carry to show this truck's sheet; nobody else can reckon it."""
    name = f"driver-sheet {plan_id} {truck}"
    return hmac.new(secret.encode(), name.encode(), "sha256").hexdigest()[:_LENGTH]


def is_code(given: str, secret: str, plan_id: int, truck: int) -> bool:
    return hmac.compare_digest(given.encode(), code(secret, plan_id, truck).encode())
