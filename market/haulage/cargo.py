"""Which truck may carry what: from how a material leaves the gate to body and licence. Pure."""

import re
from collections.abc import Sequence

from market.catalogue.rules import Family, LegalClass, PhysicalForm
from market.listings.rules import Form
from routing.problem import Body

# 国家危险废物名录: the group is HW with two digits, and the last two digits of an eight-digit code.
_GROUP = re.compile(r"HW(\d{2})|\b\d{3}-\d{3}-(\d{2})\b")


def licence_needed(
    legal_class: str, hw_codes: Sequence[str], un_no: str | None, waste_code: str | None
) -> str | None:
    """Return the hazardous-waste group or UN number the carrier must be licensed for, if any."""
    codes = [waste_code or "", *(hw_codes if legal_class == LegalClass.HAZARDOUS else ())]
    for code in codes:
        found = _GROUP.search(code)
        if found:
            return "HW" + (found.group(1) or found.group(2))
    return un_no or None


def bodies_for(form: str, physical: str, family: str, *, licensed: bool) -> frozenset[Body]:
    """Return the bodies that suit: powders ship in tankers when dry, heaps in tippers."""
    if licensed:
        return frozenset({Body.HAZARDOUS_VAN})
    if form in {Form.BALED, Form.PACKED} or physical == PhysicalForm.UNIT:
        return frozenset({Body.FLATBED})
    if form == Form.DRY and physical == PhysicalForm.POWDER:
        return frozenset({Body.TANKER})
    if family == Family.METAL:
        return frozenset({Body.FLATBED, Body.TIPPER})
    return frozenset({Body.TIPPER})
