"""The works of test vector D of the cement reference: its analyses, prices, shares and coal."""

from sqlalchemy.orm import Session

from market.catalogue.models import Composition
from market.catalogue.rules import Basis, FactorKind, MaterialKind
from market.listings.models import Listing
from market.listings.rules import Side
from tests.factories import make_line, make_listing, make_material, make_process
from tests.market.matchmaking import scene

COMPONENTS = ("CaO", "SiO2", "Al2O3", "Fe2O3", "MgO", "Na2O", "K2O", "LOI")
FEEDS = {
    "limestone": ((53.13, 2.42, 0.31, 0.19, 0.57, 0, 0, 42.66), 1.0, 40),
    "sandstone": ((1, 88, 4.5, 2, 0.5, 0, 0, 2), 0.5, 40),
    "iron_powder": ((3.53, 34.42, 11.53, 48.27, 0.09, 0, 0, 0), 0.0, 200),
}
WASTES = {
    "fly_ash": ((2.8, 50.6, 27.1, 7.1, 1.2, 0.5, 1.3, 8.2), 0.0, 10, 0.10),
    "steel_slag": ((44, 14, 3.5, 23, 7.5, 0, 0, 1.5), 0.03, 20, 0.05),
    "carbide_slag": ((66, 4, 2, 0.6, 0.5, 0, 0, 24.5), 0.07, 30, 0.15),
    "red_mud_bayer": ((18, 19, 23, 11, 0.8, 7, 1.2, 12), 0.25, -20, 0.03),
}
COAL_ASH = (4.79, 53.52, 35.34, 4.46, 1.19, 0, 0)
ASKED = {
    "KH_low": 0.89, "KH_high": 0.91, "SM_low": 2.4, "SM_high": 2.6, "IM_low": 1.4, "IM_high": 1.7,
    "MgO_max": 5, "Na2Oeq_max": 0.6, "heat": 3100, "coal_ash": 25, "coal_heat": 23000,
    "clinker_t": 1_000_000,
}  # fmt: skip
NATURAL = ("fly_ash",)


def analysis(session: Session, material_id: str, row: tuple[float, ...], carbonate: float) -> None:
    for name, value in zip(COMPONENTS, row, strict=False):
        session.add(
            Composition(
                material_id=material_id, component=name, low=value, typical=value, high=value,
                unit="%", basis=Basis.DRY, carbonate_share=carbonate if name == "CaO" else None,
                **scene.evidence(),
            )
        )  # fmt: skip


def make_kiln(session: Session, wastes: tuple[str, ...] = tuple(WASTES)) -> Listing:
    """Return the want of a kiln that 1,000 kt of each of these wastes stand beside."""
    make_process(session, "clinker", name_zh="水泥熟料", name_en="Clinker raw meal")
    scene.make_factor(session, "fr_short", FactorKind.LOGISTICS, 0.7)
    scene.make_factor(session, "fr_medium", FactorKind.LOGISTICS, 0.4)
    scene.make_factor(session, "fr_long", FactorKind.LOGISTICS, 0.3)
    for name, (row, carbonate, price) in FEEDS.items():
        make_material(session, name, name_en=name, kind=MaterialKind.VIRGIN, family="mine")
        scene.make_acceptance(session, "clinker", name)
        analysis(session, name, row, carbonate)
        scene.make_factor(session, f"pr_{name}", FactorKind.PRICE, price, material_ids=[name])
    make_material(session, "coal_ash_fuel", kind=MaterialKind.VIRGIN, family="mine")
    analysis(session, "coal_ash_fuel", COAL_ASH, 0.0)
    for name, (row, carbonate, _price, share) in WASTES.items():
        make_material(
            session, name, name_en=name, family="ash", moisture_share_min=0, moisture_share_max=0
        )
        scene.make_acceptance(session, "clinker", name, max_share=share)
        analysis(session, name, row, carbonate)
    site = scene.place(session, 0.0, "Works")
    line = make_line(session, site=site, process_id="clinker", output_kg_per_year=1_000_000_000)
    want = make_listing(
        session, site=site, side=Side.WANT, process_id="clinker", line_id=line.id,
        mass_kg_per_year=100_000_000,
    )  # fmt: skip
    for name in wastes:
        make_listing(
            session, site=scene.place(session, 0.0, f"Source of {name}"), material_id=name,
            mass_kg_per_year=1_000_000_000, price_fen_per_t=WASTES[name][2] * 100,
            moisture_share=0.0,
        )  # fmt: skip
    session.commit()
    return want
