"""Sentences of chains and conversions."""

from flask_babel import gettext, ngettext
from flask_babel import lazy_gettext as _l

from market.matchmaking.labels import paragraph
from market.matchmaking.presenting import Names
from market.orgs.rules import Standing
from market.parks.chains import ChainRow, Chains, Leg, Processor
from market.parks.queries import Declared
from market.parks.rules import Ground
from market.quantities import KG_PER_TONNE
from market.web.filters import local_date, tonnes, trimmed
from market.web.language import pick

GROUNDS = {
    Ground.MEASURED: _l("own measurement"),
    Ground.TRIAL: _l("trial run"),
    Ground.DESIGN: _l("design of the line"),
}
TELLING_KG = KG_PER_TONNE / 2
"""Less does not show in whole tonnes, so nothing is said of it."""


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


def ground(row: Declared) -> str:
    """Say where a yield comes from; that of an invented firm is as invented as the firm."""
    if row.end.standing == Standing.DEMO:
        return _("demonstration: the figure is invented, as the firm is")
    return _(
        "%(ground)s, %(day)s", ground=GROUNDS[Ground(row.ground)], day=local_date(row.stated_on)
    )


def lead(found: Chains) -> str:
    """Say how much of what works make of others' waste has a user in the plan."""
    works = ngettext(
        "%(num)s works says what comes out of what it takes.",
        "%(num)s works say what comes out of what they take.",
        found.sites,
    )
    if not found.rows:
        return paragraph(works, _("In this plan no chain runs over it to a user."))
    return paragraph(
        works,
        _("In this plan %(t)s t a year come out of others' waste there and go on to a user.",
          t=tonnes(found.through_kg)),
    )  # fmt: skip


def title(row: ChainRow) -> str:
    return " → ".join(pick(leg.flow, "material") for leg in row.legs)


def leg_note(leg: Leg) -> str:
    if leg.full:
        return _("%(t)s t/a, all of it", t=tonnes(leg.mass_kg))
    return _("%(t)s of %(plan)s t/a", t=tonnes(leg.mass_kg), plan=tonnes(leg.plan_kg))


def limit(row: ChainRow, names: Names) -> str:
    """Name what keeps more from passing, and say where a chain closes."""
    circle = _("The chain comes back to where it began.") if row.closed else ""
    if row.held_by is not None:
        return paragraph(
            _("No more passes: %(works)s can take in %(t)s t a year.",
              works=names.marked(row.held_by.end), t=tonnes(row.held_by.capacity_kg_per_year)),
            circle,
        )  # fmt: skip
    leg = row.narrowest
    assert leg is not None, "something is always the narrowest"
    return paragraph(
        _("No more passes: that is all %(giver)s sends to %(taker)s in this plan.",
          giver=names.marked(leg.flow.offer), taker=names.marked(leg.flow.want)),
        circle,
    )  # fmt: skip


def processor_note(row: Processor) -> str:
    """Compare what a works could make with what the plan lets it send on."""
    if row.taken_kg < TELLING_KG:
        return _("This plan brings it nothing to make it of.")
    if row.short_kg >= TELLING_KG:
        return _(
            "%(t)s t of what it sends on must be made of something else.", t=tonnes(row.short_kg)
        )
    if row.unused_kg >= TELLING_KG:
        return _("%(t)s t could be made that nobody takes.", t=tonnes(row.unused_kg))
    return _("All it could make is taken.")


def yield_note(row: Declared) -> str:
    words = _("%(y)s t of a tonne of %(material)s", y=trimmed(row.yield_share, 4),
              material=pick(row, "takes"))  # fmt: skip
    if row.capacity_kg_per_year is None:
        return words
    return _("%(words)s, up to %(t)s t a year taken in", words=words,
             t=tonnes(row.capacity_kg_per_year))  # fmt: skip
