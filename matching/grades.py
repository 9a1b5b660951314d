"""Quality grades: they classify a lot, and only failing the lowest one refuses it."""

from collections.abc import Collection, Iterable
from collections.abc import Set as AbstractSet

from matching.problem import Limit

_GRADES = ("I", "II", "III", "S105", "S95", "S75", "特级", "一级", "二级", "三级")
"""Best first within each family: fly ash, slag powder, gypsum. Families never share a use."""


def split_grade(text: str) -> tuple[tuple[str, ...], str]:
    """`I/II/III class F` -> grades I, II, III and variant `class F`; `all` and `` -> none."""
    head, _, tail = text.strip().partition(" ")
    parts = tuple(head.split("/"))
    if set(parts) <= set(_GRADES):
        return parts, tail.strip()
    return (), "" if text.strip() in {"", "all", "general"} else text.strip()


def grade_order(limits: Iterable[Limit]) -> tuple[str, ...]:
    """List the grades these limits know, best first; unknown names follow in the order given."""
    named = dict.fromkeys(grade for limit in limits for grade in limit.grades)
    rank = {grade: position for position, grade in enumerate(_GRADES)}
    return tuple(sorted(named, key=lambda grade: rank.get(grade, len(rank))))


def attained_grade(limits: Collection[Limit], unproven: AbstractSet[Limit]) -> str:
    """Name the best grade all of whose limits are shown to hold; none = empty."""
    for grade in grade_order(limits):
        if not any(grade in limit.grades for limit in unproven):
            return grade
    return ""


def limits_of_grade(
    limits: Collection[Limit], grade: str, broken: AbstractSet[Limit]
) -> tuple[Limit, ...]:
    """Keep the limits that speak about a lot of this grade.

    Without a grade the least is asked: the lowest that is not broken, else the lowest.
    """
    order = grade_order(limits)[::-1]
    whole = (name for name in order if not any(name in limit.grades for limit in broken))
    asked = grade or next(whole, order[0] if order else "")
    return tuple(limit for limit in limits if not limit.grades or asked in limit.grades)
