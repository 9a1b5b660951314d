"""Imports every feature's tables, for migrations and tests."""

from market import audit, jobs
from market.accounts import models as accounts
from market.catalogue import models as catalogue
from market.db import Base
from market.haulage import day_models as days
from market.haulage import gate_models as gates
from market.haulage import models as haulage
from market.haulage import phoned_models as phoned
from market.listings import models as listings
from market.matchmaking import models as matchmaking
from market.matchmaking import question_models as questions
from market.orgs import models as orgs
from market.parks import models as parks
from market.search import models as search

__all__ = [
    "Base",
    "accounts",
    "audit",
    "catalogue",
    "days",
    "gates",
    "haulage",
    "jobs",
    "listings",
    "matchmaking",
    "orgs",
    "parks",
    "phoned",
    "questions",
    "search",
]
