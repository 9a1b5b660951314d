"""A plan whose ways could not be measured: why, what was said, what would help. View-side."""

from dataclasses import dataclass

from market.errors import DomainError
from market.haulage.labels import NO_WAYS, NO_WAYS_REMEDIES
from market.haulage.models import CollectionPlan, PlanWeek
from market.haulage.picture import place_name
from market.haulage.rules import NoWays
from market.haulage.table_faults import fault_words
from market.haulage.ways import TableLacksError
from market.web.messages import words_for


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why the ways of a day could not be measured, what was said, and what would help."""

    why: str
    said: str
    pairs: list[str]
    more: int
    remedy: str


def words_of(error: DomainError) -> str:
    """Return the words for an error, with places by the names that people and tables have."""
    if isinstance(error, TableLacksError):
        ends = [[f"{end['site']} {place_name(end)}" for end in pair] for pair in error.pairs]
        error.params["pairs"] = "; ".join(" → ".join(pair) for pair in ends)
    if error.code == "table_broken":
        error.params["fault"] = fault_words(str(error.params["fault"]))
    return words_for(error)


def no_ways(plan: CollectionPlan | PlanWeek) -> Trouble | None:
    """Return why the plan has no ways; None when it failed for another reason or not at all."""
    told = plan.summary.get("no_ways")
    if told is None:
        return None
    reason = NoWays(told["reason"])
    return Trouble(
        why=str(NO_WAYS[reason]) % told,
        said=told["fault"],
        pairs=[" → ".join(place_name(end) for end in pair) for pair in told["pairs"]],
        more=told["more"],
        remedy=str(NO_WAYS_REMEDIES[reason]),
    )
