"""Words of the market page: facet values, orders, and what was left out of an address."""

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from market.catalogue.labels import FAMILIES
from market.catalogue.rules import Family
from market.listings.labels import FORMS, grade_label
from market.listings.rules import Form
from market.orgs.labels import STANDINGS
from market.orgs.rules import Standing
from market.search.criteria import Note, Sort
from market.search.models import UNGRADED, UNTESTED

FACETS = {
    "material": _l("Material"),
    "family": _l("Family"),
    "standing": _l("Standing"),
    "grade": _l("Grade"),
    "county": _l("County"),
    "form": _l("Delivery"),
}

SORTS = {
    Sort.DELIVERED: _l("Delivered price"),
    Sort.DISTANCE: _l("Distance"),
    Sort.PRICE: _l("Price"),
    Sort.MASS: _l("Tonnage"),
    Sort.NEWEST: _l("Newest first"),
}

NOTES = {
    "bad_near": _l("Left out: %(value)s is no place. Write latitude, longitude in degrees."),
    "bad_radius_km": _l("Left out: the radius %(value)s is not between 1 and 1,000 km."),
    "radius_alone": _l("Left out: a radius of %(value)s km needs a place to count from."),
    "bad_min_t": _l("Left out: %(value)s is no tonnage."),
    "bad_max_t": _l("Left out: %(value)s is no tonnage."),
    "range_empty": _l("The tonnage range is empty: %(value)s."),
    "bad_page": _l("There is no page %(value)s; this is the first."),
    "bad_side": _l("Left out: there are offers and wants, no %(value)s."),
    "bad_sort": _l("Left out: nothing can be sorted by %(value)s."),
    "bad_material": _l("Left out: the catalogue has no material %(value)s."),
    "bad_standing": _l("Left out: there is no standing %(value)s."),
    "bad_form": _l("Left out: there is no delivery form %(value)s."),
}


def note_text(note: Note) -> str:
    return str(NOTES[note.code]) % {"value": note.value}


def value_label(facet: str, value: str, names: dict[str, str]) -> str:
    """Return how a facet's value reads; ``names`` are those of materials and counties."""
    if facet == "grade":
        if value == UNTESTED:
            return str(_("not tested"))
        return str(_("no grade") if value == UNGRADED else grade_label(value))
    if facet == "family" and value in set(Family):
        return str(FAMILIES[Family(value)])
    if facet == "standing":
        return str(STANDINGS[Standing(value)])
    if facet == "form":
        return str(FORMS[Form(value)])
    return names.get(value, value)
