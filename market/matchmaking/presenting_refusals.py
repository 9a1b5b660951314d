"""Refused pairs in words, the same for the page and the file."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy.orm import Session

from market.catalogue import queries as catalogue
from market.matchmaking import labels
from market.matchmaking.codec import build
from market.matchmaking.labels import ReasonWords
from market.matchmaking.presenting import Names
from market.matchmaking.reading import RefusalRow
from market.web.language import pick
from matching.result import Finding


@dataclass(frozen=True, slots=True)
class Refused:
    """A refused pair with all that blocks it; ``road_m`` by the run's road factor.

    Unless ``is_told`` the kind of reason is all that is said: the values are a withdrawn listing's.
    """

    row: RefusalRow
    reasons: tuple[ReasonWords, ...]
    road_m: float
    is_told: bool = True

    @property
    def kind(self) -> str:
        return self.reasons[0].kind

    @property
    def sentence(self) -> str:
        if not self.is_told:
            return str(labels.REASONS[self.row.code])
        return labels.joined(words.sentence for words in self.reasons)

    @property
    def source(self) -> str:
        return labels.joined(dict.fromkeys(words.source for words in self.reasons))

    @property
    def remedy(self) -> str:
        told = self.reasons if self.is_told else ()
        return labels.joined(dict.fromkeys(words.remedy for words in told))


def in_words(
    session: Session, rows: Iterable[RefusalRow], road_factor: float, names: Names
) -> list[Refused]:
    """Put each pair's reasons into words, with the catalogue's remark where that is the reason."""
    uses = {(row.process_id, row.material_id): row for row in catalogue.acceptances(session)}
    found = []
    for row in rows:
        use = uses.get((row.process_id, row.material_id))
        note = "" if use is None else pick(use, "note")
        reasons = (labels.reason_words(build(Finding, item), note=note) for item in row.reasons)
        blocking = tuple(words for words in reasons if words.blocks)
        road_m = names.shown_m(row, row.distance_m * road_factor)
        found.append(Refused(row, blocking, road_m, names.explains(row)))
    return found
