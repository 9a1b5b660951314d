"""A clinker line inside an allocation: what it must make, of what, and what its quarry offers."""

from dataclasses import dataclass

from matching import validation
from matching.rawmix import RawMaterial, Target, needed_components
from matching.validation import ProblemError

CARBONATE = "carbonate_share_of_CaO"
"""Property of a lot: the part of its CaO and MgO that is carbonate; unknown counts as all."""

MOST_ASH_SHARE = 0.99
"""kg of coal ash in a kg of clinker: something of the meal must stay in it."""
MOST_LOI_PERCENT = 99
"""Of a feed something must stay in the clinker."""


@dataclass(frozen=True, slots=True)
class RawMixLine:
    """One kiln. What comes into its slots and its own `feeds` make `clinker_t` (one per period).

    The slots of a line all carry it (`Slot.raw_mix`).

    `feeds` are virgin materials at the line, as many dry tonnes as wanted, at a price of 0 or more
    per dry tonne. `max_shares` caps all lots of a waste together, as a share of the dry raw meal.
    The price of carbon is the run's, so `target` has none; what it bans must not be accepted.
    """

    id: str
    clinker_t: tuple[float, ...]
    target: Target
    feeds: tuple[RawMaterial, ...] = ()
    max_shares: tuple[tuple[str, float], ...] = ()

    def __post_init__(self) -> None:
        validation.require_tonnes(self.clinker_t, self.id)
        validation.require_unique((row.id for row in self.feeds), "feed")
        validation.require_within(self.target.ash_share, 0, MOST_ASH_SHARE, "coal ash", self.id)
        for name, share in self.max_shares:
            validation.require_within(share, 0, 1, f"largest share of {name}", self.id)
        if self.target.carbon_yuan_per_t:
            raise self._wrong("the price of carbon is the run's, not the line's", "carbon")
        if self.target.banned:
            raise self._wrong("what is banned must be left out of its slots and feeds", "banned")
        if self.target.ash_share:
            for name in needed_components(self.target):
                if name not in self.target.ash:
                    raise self._wrong(f"coal ash has no {name}", name)
        for feed in self.feeds:
            self._require_feed(feed)

    def _require_feed(self, feed: RawMaterial) -> None:
        """Hold a feed to a known analysis, and to a price that does not pay for burning more."""
        missing = [name for name in self.components if name not in feed.analysis]
        if missing:
            raise self._wrong(f"feed {feed.id} has no {missing[0]}", missing[0])
        if feed.loss_on_ignition > MOST_LOI_PERCENT:
            raise self._wrong(f"nothing of feed {feed.id} stays in the clinker", "LOI")
        if feed.price_yuan_per_t < 0:
            raise self._wrong(
                f"feed {feed.id} has a price below 0 and no end to its tonnes:"
                " list what brings money as a supply",
                "price_yuan_per_t",
            )

    def _wrong(self, message: str, field_name: str) -> ProblemError:
        return ProblemError(f"line {self.id}: {message}", owner=self.id, field_name=field_name)

    @property
    def components(self) -> tuple[str, ...]:
        """Analyses every material of the line must have, in percent; LOI comes on top."""
        magnesia = ("MgO",) if self.target.magnesia_co2 else ()
        return tuple(dict.fromkeys((*needed_components(self.target), "CaO", *magnesia)))

    def require_slot(
        self, slot_id: str, own: "RawMixLine", periods: int, *, opening_t: float
    ) -> None:
        """Raise where a slot carries another line of this name, or a silo with something in it."""
        if own != self:
            raise self._wrong("two different lines have this name", "id")
        if len(self.clinker_t) != periods:
            raise self._wrong("give one amount of clinker per period", "clinker_t")
        if opening_t > 0:
            raise self._wrong(
                f"slot {slot_id} feeds the mix, and what its silo holds at the start has no known"
                " analysis: leave it out of opening_t, and its place out of room_t",
                "opening_t",
            )
