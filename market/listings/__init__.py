from flask import Flask
from flask_babel import lazy_gettext as _l


def init_app(app: Flask) -> None:
    """Register posting and a firm's own listings, the header's links and the error words."""
    from market.accounts.views import HEADER_LINKS
    from market.catalogue.phrases import clause_text, unit_name
    from market.listings import labels
    from market.listings.blueprint import blueprint
    from market.listings.links import listing_url
    from market.web import messages

    app.register_blueprint(blueprint)
    app.jinja_env.globals["listing_words"] = labels
    app.jinja_env.globals["listing_url"] = listing_url
    app.jinja_env.filters["property_label"] = labels.property_label
    app.jinja_env.filters["property_short"] = labels.property_short
    app.jinja_env.filters["property_symbol"] = labels.property_symbol
    app.jinja_env.filters["clause_of"] = clause_text
    app.jinja_env.filters["unit_name"] = unit_name
    app.jinja_env.filters["grade_label"] = labels.grade_label
    HEADER_LINKS.update({"post": "listings.new", "account": "listings.mine"})
    messages.register({
        "listing_changed": _l("The listing was changed meanwhile."),
        "listing_state": _l("The listing is no longer in a state that allows this."),
        "draft_changed": _l("A colleague saved this draft meanwhile."),
        "draft_published": _l("This draft is already published."),
        "draft_incomplete": _l("One step is still open."),
        "hazard_unread": _l("A hazardous waste needs its code and your word on the licence."),
        "site_not_own": _l("That site belongs to another firm."),
    })  # fmt: skip
