"""What the kilns of a plan burn and make, and why one makes less than it should."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from matching.blended import Blended
from matching.clinker import ratios_of
from matching.geography import Floats
from matching.kiln_rows import Kiln, Kilns, co2_of
from matching.problem import Parameters, Supply
from matching.rawmix import conflict_of
from matching.result import RawMixUse

_GRAM = 1e-6


def raw_mix_uses_of(
    kilns: Kilns,
    answer: Blended,
    periods: tuple[str, ...],
    pairs: int,
    parameters: Parameters,
    supplies: Sequence[Supply],
) -> tuple[RawMixUse, ...]:
    """`pairs` is the number of arcs in a period."""
    found: list[RawMixUse] = []
    first = 0
    for kiln in kilns.kilns:
        feeds, burnt, aside, stock = kiln.beside
        conflict: tuple[str, ...] | None = None
        before = np.zeros(len(kiln.silos.into))
        for period, clinker_t in enumerate(kiln.line.clinker_t):
            beside = answer.beside[first : first + kiln.columns]
            first += kiln.columns
            sent = answer.flow[kiln.arcs + period * pairs].copy()
            sent[kiln.silos.into] += before - beside[stock]
            before = beside[stock]
            lots: Floats = np.zeros(len(kiln.lots))
            np.add.at(lots, kiln.lot_of_arc, np.maximum(0.0, sent) * kiln.dry)
            np.add.at(lots, kiln.promised_lot, beside[burnt])
            amounts: Floats = np.concatenate((lots, beside[feeds]))
            missing = float(beside[-1])
            if missing > _GRAM and conflict is None:
                conflict = _conflict(kiln)
            why = (conflict or ()) if missing > _GRAM else ()
            made = clinker_t - missing
            use = _use(kiln, periods[period], amounts, made, missing, why, parameters)
            left = _set_aside(kiln, period, beside[aside], supplies)
            found.append(replace(use, burnt=_burnt(kiln, lots, supplies), set_aside=left))
    return tuple(found)


def _burnt(kiln: Kiln, dry_t: Floats, supplies: Sequence[Supply]) -> tuple[tuple[str, float], ...]:
    """List tonnes as received of each lot in the mix."""
    wet = dry_t / (1 - np.array([row.moisture_share for row in kiln.materials[: len(dry_t)]]))
    return tuple(
        (supplies[lot].id, tonnes)
        for lot, tonnes in zip(kiln.lots.tolist(), wet.tolist(), strict=True)
        if tonnes > 0
    )


def _set_aside(
    kiln: Kiln, period: int, dry_t: Floats, supplies: Sequence[Supply]
) -> tuple[tuple[str, float], ...]:
    """List what contracts bring and the mix does not take, or cannot reckon with."""
    lots = np.concatenate((kiln.promised.lots, kiln.unknown.lots))
    wet = np.concatenate((dry_t / kiln.promised_dry, kiln.unknown.tonnes[period]))
    return tuple(
        (supplies[lot].id, tonnes)
        for lot, tonnes in zip(lots.tolist(), wet.tolist(), strict=True)
        if tonnes > _GRAM
    )


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
