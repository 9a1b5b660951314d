from flask import Flask


def init_app(app: Flask) -> None:
    """Register the feature's blueprint, menu entry and error words."""
    del app
