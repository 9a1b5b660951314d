from flask import Flask


def init_app(app: Flask) -> None:
    """Register the feature's blueprint, menu entry and error words."""
    from flask_babel import lazy_gettext as _l

    from market.accounts.views import HEADER_LINKS
    from market.matchmaking import views_kept  # noqa: F401 - adds its pages to the questions
    from market.matchmaking.views import blueprint, listing_page
    from market.matchmaking.views_questions import blueprint as questions
    from market.web import messages
    from market.web.navigation import Entry, add_entry

    app.register_blueprint(blueprint)
    app.register_blueprint(listing_page)
    app.register_blueprint(questions)
    HEADER_LINKS["new_run"] = "matchmaking.new"
    add_entry(app, Entry(_l("Matching"), "matchmaking.runs", 20, ("matchmaking", "questions")))
    messages.register(
        {
            "months_out_of_range": _l("Choose from 1 to %(largest)s months."),
            "radius_out_of_range": _l("The radius must lie between 1 and %(largest)s km."),
            "no_weight": _l("Give points for at least one of them."),
            "unknown_material": _l("The catalogue knows no material %(material)s."),
            "run_has_no_input": _l("This run has not read the market yet. Wait until it has."),
            "run_not_comparable": _l(
                "This run was stopped, or listings changed while it was made, so a comparison"
                " would mislead. Make a new run first."
            ),
            "run_input_outdated": _l("This run is too old to ask. Make a new run first."),
            "question_takes_too_long": _l(
                "This was not answered within %(seconds)s seconds. Ask a smaller run."
            ),
            "job_has_ended": _l("This had already ended."),
        }
    )
