"""What a flow saves of CO2, with the range its factors leave open."""

from collections.abc import Mapping
from typing import Any

from flask_babel import gettext

from market.web.filters import number


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


def carbon(stored: Mapping[str, Any]) -> str:
    """Return the stored net kg of a tonne, haulage taken off; empty in runs older than it."""
    if "co2_range" not in stored:
        return ""
    low, high = (number(value, 1) for value in stored["co2_range"])
    central = number(stored["co2_kg_per_t"], 1)
    text = _("%(central)s kg/t (%(low)s to %(high)s)", central=central, low=low, high=high)
    if stored["co2_missing"]:
        return _("%(text)s; what the use avoids is not known", text=text)
    return text
