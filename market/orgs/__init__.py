from flask import Flask


def init_app(app: Flask) -> None:
    """Register the public pages, and let the acting person carry the firm they act for."""
    from flask_babel import lazy_gettext as _l

    from market.orgs.actors import with_firm
    from market.orgs.labels import spoken_name
    from market.orgs.views import blueprint
    from market.web import messages
    from market.web.access import ACTOR_LOADER

    app.extensions[ACTOR_LOADER] = with_firm(app.extensions[ACTOR_LOADER])
    app.jinja_env.filters["spoken_name"] = spoken_name
    app.register_blueprint(blueprint)
    messages.register(
        {
            "licence_number": _l("Write the number on the licence, up to %(largest)s characters."),
            "licence_number_taken": _l("This number is on record already."),
            "licence_without_codes": _l("Write the codes it covers."),
            "licence_code": _l("%(wrong)s is no code: write 321-024-48, or HW48 for the class."),
            "licence_tonnes": _l("Write tonnes a year, above 0 and up to 10,000,000."),
            "site_of_another_firm": _l("Choose a site of this firm."),
        }
    )
