"""Rows for tests: plain functions, sensible defaults, keyword overrides. They flush, not commit."""

from tests.factories.accounts import make_user
from tests.factories.catalogue import make_material, make_process
from tests.factories.listings import make_assay, make_listing
from tests.factories.orgs import make_licence, make_line, make_org, make_site

__all__ = [
    "make_assay",
    "make_licence",
    "make_line",
    "make_listing",
    "make_material",
    "make_org",
    "make_process",
    "make_site",
    "make_user",
]
