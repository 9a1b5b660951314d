"""Words for the closed sets of the organisations, and how a firm's name is read aloud."""

import re

from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape

from market.orgs.estimates import Ground, Quantity
from market.orgs.rules import FacilityKind, PlantType, Standing
from market.web.language import language, pick

STANDINGS = {
    Standing.MEMBER: _l("Member"),
    Standing.DEMO: _l("Demo"),
    Standing.ESTIMATE: _l("Estimate"),
}

KINDS = {
    FacilityKind.COAL_POWER: _l("Coal power plant"),
    FacilityKind.CEMENT: _l("Cement plant"),
}

PLANT_TYPES = {
    PlantType.INTEGRATED: _l("Clinker and cement"),
    PlantType.GRINDING: _l("Grinding station"),
}

QUANTITIES = {
    Quantity.POWER_CAPACITY: _l("Installed capacity"),
    Quantity.FULL_LOAD_HOURS: _l("Full-load hours"),
    Quantity.COAL_USE: _l("Coal for each MWh"),
    Quantity.ASH_YIELD: _l("Fly ash for each tonne of coal"),
    Quantity.CEMENT_CAPACITY: _l("Cement capacity"),
    Quantity.CLINKER_CAPACITY: _l("Clinker capacity"),
    Quantity.CEMENT_PER_CLINKER: _l("Cement for each tonne of clinker"),
    Quantity.CAPACITY_USE: _l("Use of capacity"),
    Quantity.ADMIXTURE_SHARE: _l("Greatest fly ash share of P·O cement"),
}

GROUNDS = {
    Ground.FACT: _l("Public source"),
    Ground.ASSUMPTION: _l("Assumption"),
    Ground.RULE: _l("Standard"),
}

UNITS = {
    "t/a": _l("t/a"),
    "t/t": _l("t/t"),
    "h/a": _l("h/a"),
    "t/MWh": _l("t/MWh"),
    "MW": "MW",
}

HAN = re.compile("[\u4e00-\u9fff]")


def spoken_name(thing: object, attribute: str = "name") -> Markup:
    """Return a name for a page, marked as English or Chinese where it has none in the other."""
    name = pick(thing, attribute)
    own = "zh" if HAN.search(name) else "en"
    if not name or own == language():
        return escape(name)
    return Markup('<span lang="{}">{}</span>').format("en" if own == "en" else "zh-Hans", name)
