"""A raw mix in words and rows: recipe, moduli against windows, limits with margins, cost, CO2."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask_babel import gettext
from sqlalchemy.orm import Session

from market.catalogue import queries as catalogue
from market.listings.labels import property_label
from market.listings.values import ListingSummary
from market.matchmaking import labels, raw_mix_facts
from market.matchmaking.raw_mix_data import LOI
from market.matchmaking.raw_mixes import Lot, MixAnswer, Unused
from market.matchmaking.summary import KilnMix
from market.orgs.models import Line
from market.quantities import KG_PER_TONNE
from market.web.filters import NOTHING, number, percent, trimmed
from market.web.language import pick
from matching.rawmix import Basis, Binding, RawMix, form_of

_SHARE = re.compile(r"share of (\S+) <= (\S+)")
_LIMIT = re.compile(r"(\S+)( of raw meal)? (>=|<=) (\S+)( %)?")
_NOTHING = 5e-5
"""Shares that are shown as 0.00 %."""


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


@dataclass(frozen=True, slots=True)
class Part:
    """One material of the recipe; ``listing`` None: a feed of the works."""

    name: str
    listing: ListingSummary | None
    share: float
    dry_kg_per_t: float
    wet_t: float
    price: float
    assayed: bool | None
    most: float | None


@dataclass(frozen=True, slots=True)
class Held:
    """A modulus or a component with what it is held to; an end nobody asked for is None."""

    name: str
    value: float
    low: float | None
    high: float | None
    unit: str
    where: str
    margin: float | None


@dataclass(frozen=True, slots=True)
class Shown:
    lead: str
    parts: Sequence[Part]
    held: Sequence[Held]
    tight: Sequence[tuple[str, float]]
    phases: Sequence[tuple[str, float]]
    mix: RawMix
    virgin: RawMix
    conflict: Sequence[str]
    virgin_conflict: Sequence[str]
    unused: Sequence[tuple[Unused, str]]
    incomplete: Sequence[tuple[str, str]]
    refused: Sequence[tuple[ListingSummary, labels.ReasonWords]]
    figures: Sequence[tuple[str, str, str]]
    left_out: int


def shown(answer: MixAnswer, facts: raw_mix_facts.Facts, names: Mapping[str, str]) -> Shown:
    called = dict(names) | {key: _lot_name(lot, names) for key, lot in answer.lots.items()}
    mix = answer.mix
    waste = sum(share for key, share in mix.shares.items() if key in answer.lots)
    return Shown(
        lead=_lead(answer, waste, called),
        parts=_parts(answer, called, facts),
        held=_held(answer, facts) if mix.possible else (),
        tight=[(constraint(row.name, called), _per_unit(row)) for row in mix.binding],
        phases=[*mix.phases.items(), (_("Liquid at 1450 °C"), mix.liquid)] if mix.possible else [],
        mix=mix,
        virgin=answer.virgin,
        conflict=[constraint(name, called) for name in mix.conflict],
        virgin_conflict=[constraint(name, called) for name in answer.virgin.conflict],
        unused=[(row, _why_unused(row)) for row in answer.unused],
        incomplete=[
            (called[feed_id], _missing(missing)) for feed_id, missing in answer.incomplete.items()
        ],
        refused=[
            (row.listing, labels.reason_words(row.view.verdict.findings[0]))
            for row in answer.refused
        ],
        figures=_figures(answer, waste) if mix.possible else (),
        left_out=len(answer.unused) + len(answer.refused),
    )


def _figures(answer: MixAnswer, waste: float) -> list[tuple[str, str, str]]:
    """Return label, number and unit of what the mix comes to beside one of feeds alone."""
    mix, virgin = answer.mix, answer.virgin
    money, carbon = _("¥/t of clinker"), _("kg/t of clinker")
    missing = _("a figure is missing") if answer.incomplete else _("impossible")
    cost, co2 = number(virgin.cost_yuan_per_t, 2), _kg_co2(virgin)
    return [
        (_("Wastes in the raw meal"), percent(waste, 1), "%"),
        (_("Material"), number(mix.cost_yuan_per_t, 2), money),
        (_("All virgin"), *((cost, money) if virgin.possible else (NOTHING, missing))),
        (_("Process CO2"), _kg_co2(mix), carbon),
        (_("All virgin"), *((co2, carbon) if virgin.possible else (NOTHING, missing))),
    ]


def _kg_co2(mix: RawMix) -> str:
    return number(KG_PER_TONNE * mix.process_co2_t_per_t)


def _per_unit(row: Binding) -> float:
    """Return what a limit costs per unit it is shown in: a share is shown in percent."""
    return row.worth / 100 if _SHARE.fullmatch(row.name) else row.worth


def _lot_name(lot: Lot, names: Mapping[str, str]) -> str:
    return f"{names[lot.offer.supply.material_id]} {lot.offer.listing.ref}"


def _lead(answer: MixAnswer, waste: float, called: Mapping[str, str]) -> str:
    mix, virgin = answer.mix, answer.virgin
    if mix.unbounded:
        names = _("; ").join(constraint(name, called) for name in mix.conflict)
        return _(
            "There is no cheapest mix: the more of %(names)s is burnt, the cheaper it gets."
            " Correct its price or its loss on ignition.", names=names,
        )  # fmt: skip
    if not mix.possible:
        names = _("; ").join(constraint(name, called) for name in mix.conflict)
        clash = _("No mix holds all of this. What clashes: %(names)s.", names=names)
        return labels.paragraph(clash, _left_out(answer, called))
    text = _(
        "Wastes make up %(share)s %% of the dry raw meal; a tonne of clinker costs %(cost)s ¥ of"
        " material and gives off %(co2)s kg of process CO2.",
        share=percent(waste, 1), cost=number(mix.cost_yuan_per_t, 2),
        co2=_kg_co2(mix),
    )  # fmt: skip
    if not virgin.possible and answer.incomplete:
        unknown = _("Whether it could be all virgin is not known.")
        return labels.paragraph(text, unknown, _left_out(answer, called))
    if not virgin.possible:
        names = _("; ").join(constraint(name, called) for name in virgin.conflict)
        more = _("Without wastes these feeds make no clinker: %(names)s.", names=names)
        return labels.paragraph(text, more)
    return labels.paragraph(
        text,
        _(
            "All virgin it would be %(cost)s ¥ and %(co2)s kg.",
            cost=number(virgin.cost_yuan_per_t, 2), co2=_kg_co2(virgin),
        ),
    )  # fmt: skip


def _left_out(answer: MixAnswer, called: Mapping[str, str]) -> str:
    """Name the feeds that could not be mixed for want of a figure; empty = none."""
    if not answer.incomplete:
        return ""
    feeds = (
        _("%(feed)s (%(missing)s)", feed=called[feed_id], missing=_missing(missing))
        for feed_id, missing in answer.incomplete.items()
    )
    return _(
        "These feeds are left out for want of a figure: %(feeds)s. Enter it below.",
        feeds=_(", ").join(feeds),
    )


def _parts(answer: MixAnswer, called: Mapping[str, str], facts: raw_mix_facts.Facts) -> list[Part]:
    mix = answer.mix
    rows = []
    for key, share in mix.shares.items():
        lot = answer.lots.get(key)
        if share < _NOTHING and lot is None:
            continue
        material = answer.materials[key]
        rows.append(
            Part(
                name=called[lot.offer.supply.material_id if lot else key],
                listing=lot.offer.listing if lot else None,
                share=share,
                dry_kg_per_t=KG_PER_TONNE * mix.kg_per_kg[key],
                wet_t=mix.wet_kg_per_kg[key] * facts[raw_mix_facts.CLINKER],
                price=material.price_yuan_per_t,
                assayed=lot.assayed if lot else None,
                most=material.max_share,
            )
        )
    return sorted(rows, key=lambda row: (row.listing is not None, -row.share))


def _held(answer: MixAnswer, facts: raw_mix_facts.Facts) -> list[Held]:
    mix = answer.mix
    rows = []
    for name in raw_mix_facts.MODULI:
        low, high = facts.get(raw_mix_facts.low_of(name)), facts.get(raw_mix_facts.high_of(name))
        rows.append(_row(name, mix.ratios[name], low, high, "", _("clinker")))
    for name, basis in raw_mix_facts.CAPS.items():
        high = facts.get(raw_mix_facts.cap_of(name))
        value = _worst(answer, name, basis)
        if value is not None:
            where = _("clinker") if basis is Basis.CLINKER else _("dry raw meal")
            rows.append(_row(property_label(name), value, None, high, "%", where))
    return rows


def _row(
    name: str, value: float, low: float | None, high: float | None, unit: str, where: str
) -> Held:
    margins = [high - value] if high is not None else []
    margins += [value - low] if low is not None else []
    margin = round(min(margins), 6) + 0.0 if margins else None
    return Held(name, value, low, high, unit, where, margin)


def _worst(answer: MixAnswer, name: str, basis: Basis) -> float | None:
    """Return a component's unfavourable end, as caps are held; None where not all know it."""
    form, mix = form_of(name), answer.mix
    used = [row for key, row in answer.materials.items() if mix.kg_per_kg[key] > 0]
    if any(part not in row.analysis for row in used for part in form):
        return None
    total = sum(mix.kg_per_kg[row.id] * row.content(form, at_most=True) for row in used)
    return total if basis is Basis.CLINKER else total / sum(mix.kg_per_kg.values())


def constraint(name: str, called: Mapping[str, str]) -> str:
    """Put the engine's name of a constraint into words."""
    if share := _SHARE.fullmatch(name):
        return _(
            "%(name)s at most %(share)s %% of the raw meal",
            name=called.get(share[1], share[1]), share=trimmed(100 * float(share[2]), 3),
        )  # fmt: skip
    if limit := _LIMIT.fullmatch(name):
        sign = "≥" if limit[3] == ">=" else "≤"
        unit = " %" if limit[5] else ""
        what = limit[1] if limit[1] in raw_mix_facts.MODULI else property_label(limit[1])
        text = f"{what} {sign} {limit[4]}{unit}"
        return _("%(limit)s of the raw meal", limit=text) if limit[2] else text
    return {
        "closure": _("what is left after burning must be the clinker"),
        "no feed": _("no feed is known well enough to be mixed"),
    }.get(name, name)


def _why_unused(row: Unused) -> str:
    reasons = []
    if row.missing:
        reasons.append(_("not known: %(names)s", names=_missing(row.missing)))
    if row.carbonate_unknown:
        reasons.append(_("nobody knows how much of its CaO is carbonate"))
    return labels.joined(reasons) or _("another lot of this material is cheaper at the gate")


def _missing(names: Sequence[str]) -> str:
    special = {"price": _("price"), LOI: property_label(LOI)}
    return _(", ").join(special.get(name, name) for name in names)


@dataclass(frozen=True, slots=True)
class KilnShown:
    """A kiln's mix in a run: dry tonnes of its feeds, moduli as the range over the periods."""

    name: str
    mix: KilnMix
    feeds: Sequence[tuple[str, float]]
    conflict: str

    @classmethod
    def of(cls, mix: KilnMix, line: Line, session: Session) -> "KilnShown":
        names = {row.id: pick(row) for row in catalogue.materials(session)}
        return cls(
            name=f"{pick(line.site)} · {pick(line)}",
            mix=mix,
            feeds=[(names.get(key, key), tonnes) for key, tonnes in mix.feeds.items()],
            conflict=_("; ").join(constraint(name, names) for name in mix.conflict),
        )
