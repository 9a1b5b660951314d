"""From rows to the engine's problem, every number derived by hand."""

from datetime import date

import pytest

from market.catalogue.rules import Behaviour, FactorKind, LegalClass
from market.listings.rules import Side, State
from market.matchmaking import codec, loader
from market.matchmaking.rules import Objective
from matching import problem as engine
from tests.factories import make_assay, make_licence, make_listing, make_material
from tests.market.matchmaking import scene

TODAY = date(2026, 11, 22)


def asked(**fields) -> loader.Scene:
    row = {
        "objective": Objective.TONNES,
        "radius_m": 200_000,
        "road_factor": 1.3,
        "material_ids": (),
        "on": TODAY,
    }
    return loader.Scene(**{**row, **fields})


def test_every_number_of_the_small_market_arrives(session):
    market = scene.make_market(session)
    problem, parameters = loader.load(session, asked())

    assert {s.id: s.tonnes for s in problem.supplies} == {
        str(market.north.id): (100_000.0,),
        str(market.south.id): (50_000.0,),
    }
    supply = problem.supplies[0]
    assert supply.position == engine.Position(34.7, 112.0)
    assert supply.assay == (engine.Bound("LOI", 3.0, 4.0, "%", date(2027, 4, 1)),)
    assert supply.disposal_yuan_per_t == 50
    assert supply.tags == {"class F"}
    slot = problem.slots[0]
    own, look_alike = slot.accepts
    assert (own.material_id, look_alike.material_id) == ("fly_ash", "cfb_ash")
    assert look_alike.allowed is engine.Allowed.NO
    # Clinker at 200 yuan/t, tonne for dry tonne, ash at 10 % water (middle of 0 to 20 %).
    assert own.replaced_yuan_per_t == pytest.approx(180)
    # 0.8 t CO2 per tonne of clinker, again for 0.9 dry tonnes.
    assert own.avoided_co2_kg_per_t == pytest.approx(720)
    # Every factor says which row of the catalogue it is.
    assert own.sources == (("replaced_material", "pr_clinker"), ("avoided_carbon", "co2_clinker"))
    assert supply.sources == (("avoided_disposal", "disp_class1"),)
    assert [key for kind, key in parameters.sources if kind == "freight"] == [
        "fr_short", "fr_medium", "fr_long",
    ]  # fmt: skip
    assert dict(parameters.sources)["avoided_carbon"] == "pr_cea"
    assert own.limits[0].rule == engine.Rule("GB/T 1596-2017", "T2")
    assert problem.materials[0].ranges == (engine.Bound("LOI", 2.0, 7.0, "%"),)
    assert parameters.radius_km == 200
    assert parameters.carbon_yuan_per_t == 100
    # An empty way back at 1.3: 0.1 kg x 1.3 per tonne-km.
    assert parameters.transport_co2_kg_per_t_km == pytest.approx(0.13)


def test_freight_bands_join_without_a_step(session):
    scene.make_market(session)
    _, parameters = loader.load(session, asked())
    short, medium, long = parameters.freight
    # 50 km x 0.7 = 35 yuan; 150 km more at 0.4 = 95 yuan at 200 km.
    assert short.fixed_yuan_per_t == 0
    assert medium.fixed_yuan_per_t + 50 * medium.yuan_per_t_km == pytest.approx(35)
    assert long.fixed_yuan_per_t + 200 * long.yuan_per_t_km == pytest.approx(95)


@pytest.mark.parametrize("closed", [{"state": State.WITHDRAWN}, {"expires_on": date(2026, 11, 21)}])
def test_withdrawn_and_expired_listings_take_no_part(session, closed):
    market = scene.make_market(session)
    for name, value in closed.items():
        setattr(market.north, name, value)
    session.commit()
    problem, _ = loader.load(session, asked())
    assert [s.id for s in problem.supplies] == [str(market.south.id)]


def test_only_the_newest_report_counts(session):
    market = scene.make_market(session)
    make_assay(
        session, market.north, {"LOI": (9.0, 9.0, "%")},
        sampled_on=date(2026, 11, 1), expires_on=date(2026, 11, 10),
    )  # fmt: skip
    session.commit()
    problem, _ = loader.load(session, asked())
    assert problem.supplies[0].assay == (engine.Bound("LOI", 9.0, 9.0, "%", date(2026, 11, 10)),)


def test_a_run_of_one_material_leaves_the_others_out(session):
    market = scene.make_market(session)
    make_listing(session, material_id="cfb_ash")
    session.commit()
    everything, _ = loader.load(session, asked())
    fly_ash, _ = loader.load(session, asked(material_ids=("fly_ash",)))
    assert len(everything.supplies) == 3
    assert {s.id for s in fly_ash.supplies} == {str(market.north.id), str(market.south.id)}


def test_a_material_keeps_its_own_economic_radius(session):
    scene.make_market(session)
    scene.make_factor(
        session, "r_flyash", FactorKind.RADIUS, 150, high=180, unit="km",
        material_ids=["fly_ash"],
    )  # fmt: skip
    session.commit()
    _, parameters = loader.load(session, asked())
    assert parameters.radius_of("fly_ash") == 180


def test_hazardous_waste_needs_the_receivers_licence(session):
    scene.make_market(session)
    make_material(
        session, "al_dross", legal_class=LegalClass.HAZARDOUS, hw_codes=["321-024-48", "321-026-48"]
    )
    scene.make_acceptance(session, "cement_po", "al_dross")
    offer = make_listing(session, material_id="al_dross", waste_code="321-026-48")
    want = make_listing(session, material_id="al_dross", side=Side.WANT)
    from market.orgs.models import Site

    make_licence(session, site=session.get_one(Site, want.site_id), hw_codes=["HW48"])
    session.commit()
    problem, _ = loader.load(session, asked(material_ids=("al_dross",)))
    assert problem.supplies[0].hazard_codes == {"321-026-48"}
    assert problem.supplies[0].disposal_yuan_per_t is None
    assert problem.slots[0].licences[0].covers("321-026-48")
    assert offer.ref != want.ref


def test_border_rules_are_those_in_force_that_day(session):
    scene.make_market(session)
    scene.make_rule(session, "T2", Behaviour.REQUIRE_EVIDENCE, valid_to=date(2026, 8, 14))
    scene.make_rule(session, "T2-C", Behaviour.REQUIRE_EVIDENCE, valid_from=date(2026, 8, 15))
    scene.make_rule(session, "T3-C", Behaviour.BLOCK, article="536")
    session.commit()
    problem, _ = loader.load(session, asked())
    assert [(r.hazardous, r.severity) for r in problem.border_rules] == [
        (False, engine.Severity.WARN),
        (True, engine.Severity.BLOCK),
    ]


def test_an_input_survives_freezing(session):
    scene.make_market(session)
    problem, parameters = loader.load(session, asked(objective=Objective.VALUE))
    frozen = codec.freeze(problem, parameters)
    assert codec.thaw(frozen) == (problem, parameters)
    assert codec.freeze(problem, parameters) == frozen
    thawed, _ = codec.thaw(frozen)
    assert len({id(slot.accepts[0]) for slot in thawed.slots}) == 1


def test_an_input_of_an_older_engine_is_read_and_of_a_newer_one_refused(session):
    import gzip
    import json

    scene.make_market(session)
    document = json.loads(gzip.decompress(codec.freeze(*loader.load(session, asked()))))
    del document["problem"]["supplies"][0]["hazard_codes"]
    problem, _ = codec.thaw(gzip.compress(json.dumps(document).encode()))
    assert problem.supplies[0].hazard_codes == frozenset()
    document["problem"]["supplies"][0]["colour"] = "grey"
    with pytest.raises(ValueError, match="Supply has no 'colour'"):
        codec.thaw(gzip.compress(json.dumps(document).encode()))


def test_a_frozen_input_of_another_format_is_refused():
    import gzip

    with pytest.raises(ValueError, match="unknown format"):
        codec.thaw(gzip.compress(b'{"format": 99}'))
