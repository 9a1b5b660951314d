"""Words for the catalogue's closed sets."""

from flask_babel import lazy_gettext as _l

from market.catalogue.rules import (
    Allowed,
    Basis,
    Behaviour,
    Confidence,
    FactorKind,
    Family,
    LegalClass,
    LimitType,
    MaterialKind,
    PhysicalForm,
    Scope,
    Sector,
    Severity,
    ShareBasis,
    Standing,
    Topic,
    VatKind,
    Verified,
)

FAMILIES = {
    Family.ASH: _l("Ash"),
    Family.SLAG: _l("Metallurgical slag"),
    Family.MUD: _l("Mud and sludge"),
    Family.GYPSUM: _l("By-product gypsum"),
    Family.MINE: _l("Mineral waste"),
    Family.CHEM: _l("Chemical and organic"),
    Family.METAL: _l("Scrap metal and batteries"),
    Family.HAZARD: _l("Hazardous waste"),
}

MATERIAL_KINDS = {MaterialKind.WASTE: _l("Waste"), MaterialKind.VIRGIN: _l("Virgin material")}

LEGAL_CLASSES = {
    LegalClass.GENERAL: _l("General solid waste"),
    LegalClass.IDENTIFY: _l("Identify first"),
    LegalClass.HAZARDOUS: _l("Hazardous waste"),
    LegalClass.NOT_WASTE: _l("Not a waste"),
}

FORMS = {
    PhysicalForm.POWDER: _l("powder"),
    PhysicalForm.GRANULAR: _l("granules"),
    PhysicalForm.LUMP: _l("lumps"),
    PhysicalForm.SLURRY: _l("slurry or cake"),
    PhysicalForm.UNIT: _l("pieces"),
}

SECTORS = {
    Sector.CEMENT: _l("Cement"),
    Sector.CONCRETE: _l("Concrete"),
    Sector.BUILDING_MATERIAL: _l("Building materials"),
    Sector.ROAD: _l("Roads"),
    Sector.MINE: _l("Mines"),
    Sector.METAL: _l("Metals"),
    Sector.BATTERY: _l("Batteries"),
    Sector.REMANUFACTURE: _l("Remanufacture"),
    Sector.RECYCLING: _l("Plastics, paper, tyres"),
    Sector.NEW_ENERGY: _l("Wind and solar"),
    Sector.GLASS: _l("Glass"),
    Sector.CHEMICAL: _l("Chemicals"),
    Sector.ENVIRONMENT: _l("Flue gas and water"),
}

VERIFIED = {
    Verified.SEEN: _l("checked in a published text"),
    Verified.PARTLY_SEEN: _l("partly checked"),
    Verified.RECALLED: _l("from professional memory"),
    Verified.COMPUTED: _l("derived"),
}

CONFIDENCE = {
    Confidence.HIGH: _l("high confidence"),
    Confidence.MEDIUM: _l("medium confidence"),
    Confidence.LOW: _l("low confidence"),
}

ALLOWED = {
    Allowed.YES: _l("May be used"),
    Allowed.CONDITIONAL: _l("On conditions"),
    Allowed.NO: _l("Not allowed"),
}

LIMIT_TYPES = {LimitType.STANDARD: _l("standard"), LimitType.PRACTICE: _l("practice")}

SHARE_BASES = {
    ShareBasis.DRY_RAW_MEAL: _l("of dry raw meal"),
    ShareBasis.CEMENT_MASS: _l("of cement"),
    ShareBasis.BINDER_MASS: _l("of binder"),
    ShareBasis.PRODUCT: _l("of product"),
    ShareBasis.GYPSUM_FEED: _l("of gypsum feed"),
    ShareBasis.DRY_BODY: _l("of dry body"),
    ShareBasis.DRY_MIX: _l("of dry mix"),
    ShareBasis.AGGREGATE: _l("of aggregate"),
    ShareBasis.FILL: _l("of fill"),
    ShareBasis.CHARGE: _l("of charge"),
    ShareBasis.UNIT: _l("of pieces"),
    ShareBasis.FIBRE: _l("of fibre"),
    ShareBasis.BATCH: _l("of batch"),
    ShareBasis.RAW_MATERIAL: _l("of raw material"),
    ShareBasis.REAGENT: _l("of reagent"),
}

SCOPES = {
    Scope.MATERIAL: _l("the lot"),
    Scope.MIX: _l("the kiln feed"),
    Scope.PRODUCT: _l("the product"),
    Scope.PLANT: _l("the plant"),
    Scope.EFFECT: _l("a comparison test"),
}

SEVERITIES = {
    Severity.BLOCK: _l("must hold"),
    Severity.WARN: _l("caution"),
    Severity.INFO: _l("for information"),
    Severity.OPTIONAL: _l("if agreed"),
}

STANDINGS = {
    Standing.IN_FORCE: _l("in force"),
    Standing.CHECK_SUCCESSOR: _l("a newer edition exists"),
    Standing.SUPERSEDED: _l("superseded"),
    Standing.INDUSTRY: _l("practice, not a standard"),
}

BASES = {Basis.DRY: _l("dry basis"), Basis.AS_RECEIVED: _l("as received")}

FACTOR_KINDS = {
    FactorKind.PROCESS_CO2: _l("CO2 of the process"),
    FactorKind.EMBODIED: _l("CO2 of materials"),
    FactorKind.AVOIDED: _l("CO2 avoided"),
    FactorKind.ENERGY: _l("Energy and electricity"),
    FactorKind.TRANSPORT_CO2: _l("CO2 of transport"),
    FactorKind.PRICE: _l("Prices"),
    FactorKind.DISPOSAL_COST: _l("Disposal costs"),
    FactorKind.LOGISTICS: _l("Freight and roads"),
    FactorKind.RADIUS: _l("Economic radius"),
    FactorKind.TAX: _l("Environmental tax"),
    FactorKind.GENERATION: _l("Generation ratios"),
    FactorKind.TARGET: _l("Targets and capacity"),
}

TOPICS = {
    Topic.LEGAL_FRAME: _l("Legal frame"),
    Topic.WASTE_STATUS: _l("Waste or product"),
    Topic.CLASSIFICATION: _l("Classification"),
    Topic.EXEMPTION: _l("Exemptions"),
    Topic.TRANSFER: _l("Transfer"),
    Topic.HAZARDOUS: _l("Hazardous waste"),
    Topic.CONTRACT: _l("Contract and duty of care"),
    Topic.LEDGER: _l("Ledger and permit"),
    Topic.BACKFILL: _l("Backfill"),
    Topic.KILN: _l("Cement kilns"),
    Topic.BATTERY: _l("Batteries, wind and solar"),
    Topic.SCRAP: _l("Scrapped vehicles"),
    Topic.REMANUFACTURE: _l("Remanufacture"),
    Topic.VAT: _l("VAT"),
    Topic.CIT: _l("Income tax"),
    Topic.ENV_TAX: _l("Environmental tax"),
    Topic.EMISSION: _l("Emission factors"),
    Topic.ALERT: _l("Pollution alerts"),
    Topic.PENALTY: _l("Penalties"),
}

BEHAVIOURS = {
    Behaviour.BLOCK: _l("stops it"),
    Behaviour.REQUIRE_EVIDENCE: _l("asks for proof"),
    Behaviour.WARN: _l("warns"),
    Behaviour.CALCULATE: _l("computes"),
    Behaviour.INFORM: _l("informs"),
}

VAT_KINDS = {
    VatKind.ROW: _l("Catalogue row"),
    VatKind.NOTE: _l("Definition"),
    VatKind.INCOME_TAX: _l("Income tax"),
}

PROPERTIES = {
    "residue_45um": _l("Fineness, residue on 45 µm"),
    "water_requirement_ratio": _l("Water requirement ratio"),
    "LOI": _l("Loss on ignition"),
    "moisture": _l("Moisture"),
    "SO3": _l("Sulfur trioxide SO3"),
    "f-CaO": _l("Free lime f-CaO"),
    "density": _l("Density"),
    "bulk_density": _l("Bulk density"),
    "apparent_density": _l("Apparent density"),
    "soundness_le_chatelier": _l("Soundness, Le Chatelier"),
    "strength_activity_index_28d": _l("Strength activity index, 28 d"),
    "activity_index_7d": _l("Activity index, 7 d"),
    "activity_index_28d": _l("Activity index, 28 d"),
    "specific_surface": _l("Specific surface"),
    "fluidity_ratio": _l("Fluidity ratio"),
    "initial_set_ratio": _l("Initial setting time ratio"),
    "insoluble_residue": _l("Insoluble residue"),
    "glass_content": _l("Glass content"),
    "quality_coefficient_K": _l("Quality coefficient K"),
    "S_sulfide": _l("Sulfide sulfur"),
    "max_particle": _l("Largest particle"),
    "autoclave_expansion_6h": _l("Autoclave expansion, 6 h"),
    "alkalinity": _l("Alkalinity CaO/(SiO2+P2O5)"),
    "metallic_Fe": _l("Metallic iron"),
    "metallic_Al": _l("Metallic aluminium"),
    "immersion_expansion": _l("Expansion in water"),
    "water_soluble_CrVI": _l("Water-soluble Cr(VI)"),
    "Cr_VI": _l("Hexavalent chromium"),
    "Na2Oeq": _l("Alkali as Na2O equivalent"),
    "Na2O+K2O": _l("Alkali, Na2O+K2O"),
    "Cl": _l("Chloride"),
    "F": _l("Fluorine"),
    "free_SiO2": _l("Free silica (quartz)"),
    "sulfur_alkali_ratio": _l("Sulfur to alkali, molar"),
    "sulfide_organic_S": _l("Sulfide and organic sulfur"),
    "total_S": _l("Total sulfur"),
    "IRa": _l("Internal exposure index IRa"),
    "Igamma": _l("External exposure index Iγ"),
    "ammonium_NH4": _l("Ammonium"),
    "setting_time_delay": _l("Delay of setting"),
    "strength_loss_3d_28d": _l("Strength loss, 3 d and 28 d"),
    "attached_water": _l("Attached water"),
    "crystal_water": _l("Water of crystallisation"),
    "water_soluble_MgO": _l("Water-soluble MgO"),
    "water_soluble_Na2O": _l("Water-soluble Na2O"),
    "water_soluble_P2O5": _l("Water-soluble P2O5"),
    "water_soluble_salts": _l("Water-soluble salts"),
    "organic_matter": _l("Organic matter"),
    "pass_0.3mm": _l("Passing 0.3 mm"),
    "pass_0.075mm": _l("Passing 0.075 mm"),
    "leachate_GB8978": _l("HJ 557 leachate over the GB 8978 value"),
    "leachate_pH": _l("Leachate pH"),
    "dose_rate_above_background": _l("Dose rate above background"),
    "external_dose_rate": _l("External dose rate"),
    "alpha_contamination": _l("Alpha contamination"),
    "beta_contamination": _l("Beta contamination"),
    "non_metallic_inclusions": _l("Non-metallic inclusions"),
    "forbidden_items": _l("Closed containers, explosives, oil"),
    "Li_recovery": _l("Lithium recovery"),
    "Ni_recovery": _l("Nickel recovery"),
    "Co_recovery": _l("Cobalt recovery"),
    "Mn_recovery": _l("Manganese recovery"),
    "Pb_recovery": _l("Lead recovery"),
    "electrode_powder_recovery": _l("Electrode powder recovery"),
    "Al_in_electrode_powder": _l("Aluminium in electrode powder"),
    "Cu_in_electrode_powder": _l("Copper in electrode powder"),
    "Li2CO3_energy": _l("Energy per tonne of lithium carbonate"),
    "process_water_recycling": _l("Process water recycled"),
    "capacity_new_plant": _l("Capacity of a new plant"),
    "recycled_aggregate_class": _l("Class of recycled aggregate"),
    "LHV": _l("Net heat"),
    "rubber": _l("Rubber"),
    "carbon_black": _l("Carbon black"),
    "steel": _l("Steel"),
    "textile": _l("Textile"),
    "electrolyte": _l("Electrolyte"),
    "plastic": _l("Plastic"),
    "copper_foil": _l("Copper foil"),
    "glass": _l("Glass cullet"),
    "aluminium_frame": _l("Aluminium frame"),
    "polymer": _l("Polymers"),
    "glass_fibre": _l("Glass fibre"),
    "resin": _l("Resin"),
    "core_adhesive_metal": _l("Core, adhesive, metal"),
}
"""What is not named here is a chemical formula and reads as it is."""

VARIANTS = {
    "class F": _l("class F"),
    "class C": _l("class C"),
    "dry FGD": _l("dry or semi-dry desulfurisation ash"),
    "low alkali": _l("low-alkali cement"),
    "road cement": _l("road cement"),
    "siliceous-aluminous": _l("as siliceous-aluminous feed"),
    "aluminous corrective": _l("as aluminous corrective"),
    "raw meal": _l("raw meal"),
    "raw meal reference": _l("raw meal, reference value"),
    "co-processing": _l("co-processing, kiln feed"),
    "co-processing, raw meal": _l("co-processing, with the raw meal"),
    "co-processing, hot end": _l("co-processing, at the hot end"),
    "co-processing, dosage": _l("co-processing, largest dosage"),
    "clinker content": _l("content of the clinker"),
    "leaching": _l("leaching of the clinker (GB/T 30810)"),
    "main structure": _l("main structure"),
    "hollow": _l("hollow ratio above 25%"),
    "class I": _l("class I yard"),
    "class II": _l("class II yard"),
    "coarse aggregate": _l("coarse aggregate"),
    "NCM cell": _l("NCM cell"),
    "LFP cell": _l("LFP cell"),
}

UNITS = {
    "mg/kg clinker": _l("mg/kg clinker"),
    "mg/kg cement": _l("mg/kg cement"),
    "count": _l("pieces"),
    "class": _l("class"),
    "× limit": _l("× limit"),
    "t/a": _l("t/a"),
    "Mt/a": _l("Mt/a"),
    "h/a": _l("h/a"),
    "t/MWh": _l("t/MWh"),
    "d/a": _l("d/a"),
    "yuan/t": _l("¥/t"),
    "yuan/tCO2": _l("¥/t CO2"),
    "yuan/(t·km)": _l("¥/(t·km)"),
    "ratio": "",
    "index": "",
    "-": "",
}
"""Units that read differently in Chinese; the rest are the same in both languages."""
