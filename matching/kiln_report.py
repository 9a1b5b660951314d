"""What the kilns of a plan burn and make, and why one makes less than it should."""

from collections.abc import Sequence

import numpy as np

from matching.blended import Blended
from matching.clinker import ratios_of
from matching.geography import Floats
from matching.kiln_rows import Kiln, Kilns, co2_of
from matching.problem import Parameters
from matching.rawmix import conflict_of
from matching.result import RawMixUse

_GRAM = 1e-6


def raw_mix_uses_of(
    kilns: Kilns, answer: Blended, periods: tuple[str, ...], pairs: int, parameters: Parameters
) -> tuple[RawMixUse, ...]:
    """`pairs` is the number of arcs in a period."""
    found: list[RawMixUse] = []
    first = 0
    for kiln in kilns.kilns:
        conflict: tuple[str, ...] | None = None
        for period, clinker_t in enumerate(kiln.line.clinker_t):
            beside = answer.beside[first : first + kiln.columns]
            first += kiln.columns
            sent = answer.flow[kiln.arcs + period * pairs] * kiln.dry
            lots = np.bincount(kiln.lot_of_arc, sent, len(kiln.lots))
            amounts: Floats = np.concatenate((lots, beside[:-1])).astype(np.float64)
            missing = float(beside[-1])
            if missing > _GRAM and conflict is None:
                conflict = _conflict(kiln)
            why = (conflict or ()) if missing > _GRAM else ()
            made = clinker_t - missing
            found.append(_use(kiln, periods[period], amounts, made, missing, why, parameters))
    return tuple(found)


def _conflict(kiln: Kiln) -> tuple[str, ...]:
    """Name what clashes even with all the tonnes one could wish for; () = tonnes are short."""
    return conflict_of(kiln.materials, kiln.line.target, kiln.rows[1:])


def _use(
    kiln: Kiln,
    period: str,
    dry_t: Floats,
    made_t: float,
    missing_t: float,
    conflict: tuple[str, ...],
    parameters: Parameters,
) -> RawMixUse:
    names = dict.fromkeys((*kiln.line.components, *kiln.line.target.ash))
    ash_t = made_t * kiln.line.target.ash_share
    clinker = {
        name: (_carried(kiln, dry_t, name) + ash_t * kiln.line.target.ash.get(name, 0.0)) / made_t
        for name in (names if made_t > _GRAM else ())
    }
    feeds = zip(kiln.line.feeds, dry_t[len(kiln.lots) :].tolist(), strict=True)
    prices = np.array([row.price_yuan_per_t for row in kiln.materials])
    co2_t = float(dry_t @ co2_of(kiln))
    carbon = parameters.carbon_yuan_per_t or 0.0
    return RawMixUse(
        line_id=kiln.line.id,
        period=period,
        clinker_t=made_t,
        missing_t=missing_t if missing_t > _GRAM else 0.0,
        feeds=tuple((feed.id, tonnes) for feed, tonnes in feeds if tonnes > _GRAM),
        clinker=clinker,
        ratios=ratios_of(clinker) if clinker else {},
        cost_yuan=float(dry_t @ prices) + carbon * co2_t,
        process_co2_kg=1000 * co2_t,
        conflict=conflict,
    )


def _carried(kiln: Kiln, dry_t: Floats, name: str) -> float:
    return float(dry_t @ _contents(kiln, name))


def _contents(kiln: Kiln, name: str) -> Floats:
    return np.array([row.analysis.get(name, 0.0) for row in kiln.materials], np.float64)


def clinker_cost(uses: Sequence[RawMixUse]) -> tuple[float, float]:
    """Yuan of feeds and process carbon, and kg of process CO2."""
    return sum(use.cost_yuan for use in uses), sum(use.process_co2_kg for use in uses)
