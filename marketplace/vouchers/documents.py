"""What is printed: the card with how to use it, and a provider's statement of a settlement."""

import segno
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.formats import date_format
from django.utils.html import mark_safe
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise
from marketplace.messages.actions import post_letters
from marketplace.papers.actions import print_paper
from marketplace.papers.documents import in_chinese
from marketplace.papers.models import Paper
from marketplace.parties.models import Organisation, User

from . import policies, queries
from .models import Card, Settlement
from .queries.settlements import services_of


def card_qr(card: Card) -> SafeString:
    """The card's number as a square code: no name, no ID number, nothing that pays without the PIN."""
    code = segno.make(card.number, error="m", micro=False)
    return mark_safe(code.svg_inline(scale=6, border=2, omitsize=True, svgclass="card-qr", lineclass=None))  # noqa: S308 - our own SVG


def code_qr(card: Card, code: str) -> SafeString:
    """Number and rotating code together: the counter's camera needs nothing more."""
    made = segno.make(f"{card.number}.{code}", error="m", micro=False)
    return mark_safe(made.svg_inline(scale=6, border=2, omitsize=True, svgclass="card-qr", lineclass=None))  # noqa: S308 - our own SVG


def print_card(card: Card, *, by: User) -> Paper:
    """Large type, the square code, the number, how to use it in five lines. The name stays masked.

    No organisation issues it: whoever belongs to one may read its papers, and this one is the resident's alone.
    """
    authorise(policies.may_print_card, by, card.resident)
    return print_paper(
        "voucher-card",
        "vouchers/print/card.html",
        {
            "card": card,
            "resident": card.resident,
            "card_qr": card_qr(card),
            "helpline": queries.helpline_of(card.resident),
        },
        title=_("Voucher card"),
        about=card,
        language=(get_language() or "zh-hans").lower(),
        by=by,
    )


def print_statement(settlement: Settlement, *, by: User) -> Paper:
    """What was redeemed, month by month and programme by programme, for the provider's books."""
    authorise(policies.may_see_settlement, by, settlement)
    return print_paper(
        "settlement-statement",
        "vouchers/print/statement.html",
        {
            "settlement": settlement,
            "lines": settlement.lines.select_related("programme"),
            "services": services_of(settlement),
        },
        title=_("%(provider)s: statement of %(month)s")
        % {"provider": settlement.provider, "month": date_format(settlement.month, "YEAR_MONTH_FORMAT")},
        about=settlement,
        language=(get_language() or "zh-hans").lower(),
        organisation=settlement.bureau,
        by=by,
    )


@transaction.atomic
def print_letters(bureau: Organisation, *, by: User) -> Paper:
    """Every letter that waits in the bureau's region, a page each, in one file; made, they count as posted.

    Raises ValidationError(code="none") when nothing waits.
    """
    letters = list(queries.letters_to_print(bureau).order_by("region", "pk")[:500])
    if not letters:
        raise ValidationError(_("No letter waits to be printed."), code="none")
    post_letters(letters, by=by)
    with in_chinese():
        return print_paper(
            "letters",
            "vouchers/print/letters.html",
            {"letters": letters},
            title=_("Letters to residents"),
            about=letters[0],
            by=by,
        )
