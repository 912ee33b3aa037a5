"""A look at a card: counted, limited, and on the list that the resident reads."""

import datetime

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise
from marketplace.pages import clock
from marketplace.parties.models import Organisation, User
from marketplace.rules.queries import resolve
from marketplace.vouchers import policies, queries
from marketplace.vouchers.guessing import count_miss, refuse_guesser
from marketplace.vouchers.models import CardLook
from marketplace.vouchers.models.cards import clean_card_number

HOUR = datetime.timedelta(hours=1)
SAME_LOOK = datetime.timedelta(minutes=10)  # the pages of one sale are one look


@transaction.atomic
def look_at_card(provider: Organisation, number: str, *, by: User) -> queries.CardView:
    """Masked name and balance for an admitted provider's counter; the look itself is written down.

    Raises ValidationError: `not_accredited`, `too_many_misses`, `too_many_looks` (rule `voucher.look_ups`),
    `card_number`, `unknown_card`.
    """
    authorise(policies.may_redeem, by, provider)
    if not policies.is_admitted(provider):
        raise ValidationError(_("Your organisation is not admitted to any programme today."), code="not_accredited")
    refuse_guesser(provider, by)
    moment = clock.now()
    most = int(resolve("voucher.look_ups").number)
    if CardLook.objects.filter(by=by, looked_at__gt=moment - HOUR).count() >= most:
        raise ValidationError(
            _("More than %(most)d cards were looked at in an hour. Wait, or call the operator."),
            code="too_many_looks",
            params={"most": most},
        )
    view = queries.card_view(clean_card_number(number))
    if view is None:
        count_miss(provider, by)
        raise ValidationError(_("Nobody has a card with this number. Check the 16 digits."), code="unknown_card")
    same = CardLook.objects.filter(card=view.card, by=by, looked_at__gt=moment - SAME_LOOK)
    if not same.exists():
        CardLook.objects.create(card=view.card, provider=provider, by=by, looked_at=moment)
    return view
