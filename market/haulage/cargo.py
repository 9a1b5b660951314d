"""Which truck may carry what, and what may follow what in it. Pure."""

import re
from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

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


class Between(Protocol):
    """A rule between two cargoes; each side names families or materials."""

    @property
    def one(self) -> list[str]: ...
    @property
    def other(self) -> list[str]: ...
    @property
    def cleaning_s(self) -> int: ...


Rule = TypeVar("Rule", bound=Between)
Kind = tuple[str, str]  # material, family


def rule_between(rules: Iterable[Rule], first: Kind, second: Kind) -> Rule | None:
    """Return what holds between two materials, whichever comes first.

    A rule that names a material comes before one that names its family; among equals the
    longer wash wins.
    """
    found = [
        (max(closeness), rule.cleaning_s, -position, rule)
        for position, rule in enumerate(rules)
        if (closeness := _closeness(rule, first, second))
    ]
    return max(found, key=lambda row: row[:3])[3] if found else None


def _closeness(rule: Between, first: Kind, second: Kind) -> list[int]:
    """Return how many sides name the material itself, for each way round that fits."""
    return [
        (one[0] in rule.one) + (other[0] in rule.other)
        for one, other in ((first, second), (second, first))
        if not {*one}.isdisjoint(rule.one) and not {*other}.isdisjoint(rule.other)
    ]
