"""The URLs of listings, and who may use each. What may be done to one listing is the policy's."""

from market.accounts.policy import signed_in
from market.errors import ConflictError
from market.listings import views, views_draft
from market.listings.policy import may_post
from market.web.access import Blueprint

blueprint = Blueprint("listings", __name__)
blueprint.register_error_handler(ConflictError, views.conflict)

GET, POST, BOTH = ["GET"], ["POST"], ["GET", "POST"]
add = blueprint.add_url_rule

add("/my/listings", view_func=views.mine, methods=GET, access=signed_in)
add("/listings/new", view_func=views_draft.new, methods=BOTH, access=may_post)
add("/drafts/<int:draft_id>/check", view_func=views_draft.check, methods=BOTH, access=may_post)
add("/drafts/<int:draft_id>/discard", view_func=views_draft.discard, methods=POST, access=may_post)
add("/drafts/<int:draft_id>/rebase", view_func=views_draft.rebase, methods=POST, access=may_post)
add("/drafts/<int:draft_id>/verdict", view_func=views_draft.verdict, methods=POST, access=may_post)
add("/drafts/<int:draft_id>/<step>", view_func=views_draft.step, methods=BOTH, access=may_post)
add("/listings/<int:listing_id>/edit", view_func=views.edit, methods=POST, access=may_post)
add(
    "/listings/<int:listing_id>/duplicate",
    view_func=views.duplicate,
    methods=POST,
    access=may_post,
)
add("/listings/<int:listing_id>/withdraw", view_func=views.withdraw, methods=POST, access=signed_in)
add(
    "/listings/<int:listing_id>/republish",
    view_func=views.republish,
    methods=POST,
    access=may_post,
)
add("/listings/<int:listing_id>/renew", view_func=views.renew, methods=POST, access=may_post)
