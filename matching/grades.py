"""Quality grades: they classify a lot, and only failing the lowest one refuses it."""

from collections.abc import Mapping

from matching.problem import Acceptance, Limit
from matching.result import Finding

_GRADES = ("I", "II", "III", "S105", "S95", "S75", "特级", "一级", "二级", "三级")
"""Best first within each family: fly ash, slag powder, gypsum. Families never share a use."""


def split_grade(text: str) -> tuple[tuple[str, ...], str]:
    """`I/II/III class F` -> grades I, II, III and variant `class F`; `all` and `` -> none."""
    head, _, tail = text.strip().partition(" ")
    parts = tuple(head.split("/"))
    if set(parts) <= set(_GRADES):
        return parts, tail.strip()
    return (), "" if text.strip() in {"", "all", "general"} else text.strip()


def grade_order(limits: tuple[Limit, ...]) -> tuple[str, ...]:
    """List the grades these limits know, best first; unknown names follow in the order given."""
    named = dict.fromkeys(grade for limit in limits for grade in limit.grades)
    rank = {grade: position for position, grade in enumerate(_GRADES)}
    return tuple(sorted(named, key=lambda grade: rank.get(grade, len(rank))))


def attained_grade(
    acceptance: Acceptance, findings: Mapping[Limit, Finding], broken: set[Limit]
) -> str:
    """Name the best grade none of whose limits is broken; none attained = empty."""
    order = grade_order(acceptance.limits)
    for grade in order:
        if not any(grade in limit.grades for limit in broken & findings.keys()):
            return grade
    return ""


def limits_of_grade(
    acceptance: Acceptance, findings: Mapping[Limit, Finding], grade: str
) -> tuple[Limit, ...]:
    """Keep the limits that speak about a lot of this grade; without one, the lowest's."""
    order = grade_order(acceptance.limits)
    asked = grade or (order[-1] if order else "")
    return tuple(limit for limit in findings if not limit.grades or asked in limit.grades)
