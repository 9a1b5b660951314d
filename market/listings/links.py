"""The public address of a listing. The page is composed above, with what the listing matches."""

import flask


def listing_url(listing_id: int) -> str:
    return f"{flask.request.script_root}/listings/{listing_id}"
