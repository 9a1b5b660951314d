"""The catalogue as the demonstration loads it: the same files every installation has."""

from market.catalogue.loader import load

__all__ = ["load"]
