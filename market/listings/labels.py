"""Words for the closed sets of listings; properties are named as the catalogue names them."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from market.catalogue.phrases import formula, property_name
from market.listings.quality import Outcome
from market.listings.rules import Basis, Form, Side, State, Step

SIDES = {Side.OFFER: _l("Offer"), Side.WANT: _l("Want")}

STATES = {State.OPEN: _l("Public"), State.WITHDRAWN: _l("Withdrawn")}

BASES = {Basis.DECLARED: _l("Declared by the firm"), Basis.ESTIMATE: _l("Estimate")}

FORMS = {
    Form.DRY: _l("Dry powder or grain"),
    Form.WET: _l("Wet or slurry"),
    Form.LUMP: _l("Lump"),
    Form.BALED: _l("Baled"),
    Form.PACKED: _l("Packed or by the piece"),
}

STEPS = {
    Step.WHAT: _l("What"),
    Step.AMOUNT: _l("How much, when"),
    Step.QUALITY: _l("Quality"),
    Step.PLACE: _l("Where"),
    Step.TERMS: _l("Price and terms"),
}

OUTCOMES = {
    Outcome.WITHIN: _l("within"),
    Outcome.WARN: _l("note"),
    Outcome.OUTSIDE: _l("outside"),
    Outcome.UNLIMITED: _l("No limit"),
    Outcome.UNKNOWN: _l("not measured"),
}

VERBS = {
    "post": _l("posted it"),
    "edit": _l("changed it"),
    "withdraw": _l("withdrew it"),
    "republish": _l("published it again"),
    "renew": _l("renewed it"),
}


def property_label(name: str) -> str:
    return property_name(name)


FIELDS = {
    "material_id": _l("Material"),
    "process_id": _l("Used in"),
    "line_id": _l("Production line"),
    "form": _l("How it leaves the gate"),
    "waste_code": _l("Waste code"),
    "mass_kg_per_year": _l("A month"),
    "min_lot_kg": _l("Smallest lot"),
    "stock_kg": _l("In store now"),
    "storage_kg": _l("Room in store"),
    "storage_fen_per_t_month": _l("Storage cost"),
    "max_suppliers": _l("Most suppliers in a month"),
    "moisture_share": _l("Moisture"),
    "site_id": _l("Site"),
    "price_fen_per_t": _l("Price"),
    "disposal_fen_per_t": _l("What disposal costs you today"),
    "note": _l("Terms and notes"),
}

SHORT_CHARS = 10
SPOKEN = frozenset({"Igamma"})  # its label holds the sign already

_SHORT = {
    "residue_45um": _l("Fineness"),
    "water_requirement_ratio": _l("Water ratio"),
    "strength_activity_index_28d": _l("Activity"),
    "alkalinity": _l("Basicity"),
    "Na2O+K2O": _l("Alkali"),
    "IRa": _l("Index IRa"),
    "Igamma": _l("Index Iγ"),
    "quality_coefficient_K": _l("Coefficient K"),
    "CaSO4.2H2O": _l("Gypsum"),
    "CaSO4.2H2O+CaSO4": _l("Sulfates"),
    "CaSO3.0.5H2O": _l("Sulfite"),
    "SiO2+Al2O3+Fe2O3": _l("Si+Al+Fe"),
    "LOI": _l("LOI"),
    "dose_rate_above_background": _l("Dose rate"),
    "external_dose_rate": _l("Gamma rate"),
    "alpha_contamination": _l("Alpha"),
    "beta_contamination": _l("Beta"),
    "metallic_Fe": _l("Metal Fe"),
}


def property_short(name: str) -> str:
    """Return a name short enough for a list; the page of the listing has the whole one."""
    if name in _SHORT:
        return str(_SHORT[name])
    whole, symbol = property_name(name), property_symbol(name)
    return symbol if symbol and len(whole) > SHORT_CHARS else whole


def property_symbol(name: str) -> str:
    """Return the chemical formula that goes below a spoken name, or nothing."""
    symbol = formula(name)
    is_formula = not name.islower() and "_" not in name and name not in SPOKEN
    return symbol if is_formula and symbol not in property_name(name) else ""


_GRADES = {
    "特级": _l("Special grade"),
    "一级": _l("First grade"),
    "二级": _l("Second grade"),
    "三级": _l("Third grade"),
}


def grade_label(grade: str) -> str:
    """Return ``II`` as "II 级" / "Grade II"; slag classes such as S95 stand as they are."""
    if grade in _GRADES:
        return str(_GRADES[grade])
    if grade and set(grade) <= {"I", "V"}:
        return str(_("Grade %(grade)s", grade=grade))
    return grade
