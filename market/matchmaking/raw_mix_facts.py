"""What a works says of its kiln as one flat list of numbers, and the mix that asks for.

The names are those of the form's fields and of the stored facts; what is left open is absent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from market.matchmaking.raw_mix_data import LOI, Feed, MixAsked
from matching.clinker import Oxides, ash_absorbed
from matching.rawmix import Basis, Cap, Window

MODULI = ("KH", "LSF", "SM", "IM")
USUAL_WINDOWS: Mapping[str, tuple[float, float]] = {
    "KH": (0.88, 0.92),
    "SM": (2.4, 2.8),
    "IM": (1.4, 1.9),
}
"""Windows of plants with a precalciner: Shen Wei, Cement Technology (水泥工艺学), from memory."""
CAPS: Mapping[str, Basis] = {
    "MgO": Basis.CLINKER,
    "SO3": Basis.CLINKER,
    "Na2Oeq": Basis.CLINKER,
    "Cl": Basis.RAW_MEAL,
}
COMPONENTS = (LOI, "SiO2", "Al2O3", "Fe2O3", "CaO", "MgO", "Na2O", "K2O", "SO3", "Cl")
PRICE = "price"
ASH = ("heat", "coal_ash", "coal_heat")
"""kJ per kg of clinker, percent of ash in the coal, kJ per kg of coal."""
CLINKER = "clinker_t"

Facts = Mapping[str, float]


def low_of(modulus: str) -> str:
    return f"{modulus}_low"


def high_of(modulus: str) -> str:
    return f"{modulus}_high"


def cap_of(component: str) -> str:
    return f"{component}_max"


def of_feed(material_id: str, name: str) -> str:
    return f"{material_id}-{name}"


def usual_facts(feeds: Sequence[Feed], caps: Mapping[str, float], clinker_t: float | None) -> Facts:
    """Return what stands in the form before the works says anything of itself."""
    facts: dict[str, float] = {} if clinker_t is None else {CLINKER: clinker_t}
    for modulus, (low, high) in USUAL_WINDOWS.items():
        facts |= {low_of(modulus): low, high_of(modulus): high}
    facts |= {cap_of(name): caps[name] for name in ("MgO",) if name in caps}
    for feed in feeds:
        facts |= {of_feed(feed.material_id, name): value for name, value in feed.analysis.items()}
        if feed.price is not None:
            facts[of_feed(feed.material_id, PRICE)] = feed.price
    return facts


def asked_of(facts: Facts, feeds: Sequence[Feed], ash: Oxides) -> MixAsked:
    """Build what is asked; ``feeds`` give the materials and their carbonate, ``ash`` the coal's."""
    absorbed = ash_share(facts)
    return MixAsked(
        windows=tuple(
            Window(name, facts.get(low_of(name)), facts.get(high_of(name)))
            for name in MODULI
            if low_of(name) in facts or high_of(name) in facts
        ),
        caps=tuple(
            Cap(name, None, facts[cap_of(name)], basis)
            for name, basis in CAPS.items()
            if cap_of(name) in facts
        ),
        feeds=tuple(_feed(feed, facts) for feed in feeds),
        clinker_t=facts[CLINKER],
        ash_share=absorbed,
        ash=dict(ash) if absorbed else {},
    )


def ash_share(facts: Facts) -> float:
    """Return kg of coal ash in a kg of clinker; nothing where the coal is not known."""
    if any(not facts.get(name) for name in ASH):
        return 0.0
    heat, ash_pct, coal = (facts[name] for name in ASH)
    return ash_absorbed(heat, ash_pct / 100, coal)


def _feed(feed: Feed, facts: Facts) -> Feed:
    known = {name: facts.get(of_feed(feed.material_id, name)) for name in COMPONENTS}
    return replace(
        feed,
        analysis={name: value for name, value in known.items() if value is not None},
        price=facts.get(of_feed(feed.material_id, PRICE)),
    )
