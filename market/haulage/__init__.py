from flask import Flask
from flask_babel import lazy_gettext as _l


def init_app(app: Flask) -> None:
    """Register the feature's blueprint, menu entry and error words."""
    from market.haulage.views import blueprint
    from market.web import messages, navigation

    app.register_blueprint(blueprint)
    navigation.add_entry(app, navigation.Entry(_l("Collection"), "haulage.plans", 30, ("haulage",)))
    messages.register(
        {
            "no_run_to_plan": _l("There is no matching run with a result yet. Start one first."),
            "day_not_plannable": _l("Choose a day from today to %(days)s days ahead."),
            "no_truck": _l("Choose at least one depot that has a truck in service."),
            "out_of_range": _l("Enter a number from %(low)s to %(high)s."),
        }
    )
