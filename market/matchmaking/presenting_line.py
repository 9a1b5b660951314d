"""The words about a works' line: its VAT refund."""

from flask_babel import gettext

from market.catalogue.models import VatRow
from market.matchmaking.refunds import Refund
from market.web.filters import number, percent, trimmed
from market.web.language import pick


def _(message: str, **values: object) -> str:
    return str(gettext(message, **values))


def row_name(row: VatRow) -> str:
    return _(
        "Row %(row)s: %(product)s, at least %(share)s %%",
        row=row.id, product=pick(row, "product"), share=percent(row.min_share, 0),
    )  # fmt: skip


def refund_sentence(answer: Refund) -> str:
    gap = answer.gap
    share, least = percent(gap.share, 1), percent(gap.row.min_share, 0)
    if not gap.points_short:
        return _(
            "The line stands at %(share)s %%; row %(row)s asks for %(least)s %%. The share is"
            " reached.", share=share, row=gap.row.id, least=least,
        )  # fmt: skip
    short = _(
        "The line stands at %(share)s %%; row %(row)s asks for %(least)s %%: %(points)s points"
        " short.", share=share, row=gap.row.id, least=least,
        points=trimmed(round(gap.points_short, 1)),
    )  # fmt: skip
    tonnes = number(sum(step.tonnes for step in answer.steps))
    if gap.closes:
        closing = _("%(tonnes)s t a year of the offers below close it.", tonnes=tonnes)
    elif answer.steps:
        closing = _(
            "All that may still be added, %(tonnes)s t a year, takes it to %(reached)s %%: not"
            " enough.", tonnes=tonnes, reached=percent(gap.steps[-1].share, 1),
        )  # fmt: skip
    else:
        closing = _("No offer within reach may be added.")
    return f"{short} {closing}"
