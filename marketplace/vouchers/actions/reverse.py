"""Taking a redemption back, whole, with its reason."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User
from marketplace.vouchers import policies
from marketplace.vouchers.models import Redemption, Reversal, SettlementLine, Voucher
from marketplace.vouchers.spending import RedemptionSubject


def _is_being_settled(redemption: Redemption) -> bool:
    """A settlement of the programme is on its way in another transaction, and may have counted the redemption.

    A run of minutes reads all redemptions first and commits last. Held shared, the programme keeps a run from
    beginning before this commits; who finds it taken doesn't wait, but lets the next run look here again.
    """
    if connection.vendor != "postgresql":
        return False
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT 1 FROM vouchers_programme WHERE id = %s FOR SHARE SKIP LOCKED", [redemption.programme_id]
        )
        return cursor.fetchone() is None


@transaction.atomic
def reverse_redemption(redemption: Redemption, *, reason: str, by: User) -> Reversal:
    """The money is in the wallet again. Before settlement the provider is never paid for it (a void); after, its next
    settlement is lower by it. Raises ValidationError: `reason`, `reversed` (before, for another reason).
    """
    redemption = Redemption.objects.select_related("provider", "programme__bureau").get(
        resident=redemption.resident_id, month=redemption.month, id=redemption.id
    )
    authorise(policies.may_reverse, by, redemption)
    reason = reason.strip()[:200]
    if not reason:
        raise ValidationError({"reason": ValidationError(_("Say why."), code="reason")})
    may_be_settled = _is_being_settled(redemption)
    wallets = Voucher.objects.filter(
        resident=redemption.resident_id, month=redemption.month, programme=redemption.programme_id
    )
    wallets.select_for_update().get()
    earlier = Reversal.objects.filter(
        resident=redemption.resident_id, month=redemption.month, redemption_id=redemption.id
    ).first()
    if earlier is not None:
        if earlier.reason == reason and earlier.by_id == by.pk:
            return earlier
        raise ValidationError(_("This has been taken back already."), code="reversed")

    is_settled = may_be_settled or (
        SettlementLine.objects.filter(
            programme=redemption.programme_id,
            month=redemption.month,
            settlement__provider=redemption.provider_id,
            settlement__frozen_at__gte=redemption.redeemed_at,
        )
        .exclude(settlement__state="cancelled")
        .exists()
    )
    reversal = Reversal.objects.create(
        resident_id=redemption.resident_id,
        month=redemption.month,
        redemption_id=redemption.id,
        programme_id=redemption.programme_id,
        provider_id=redemption.provider_id,
        amount=redemption.amount,
        reason=reason,
        after_settlement=is_settled,
        reversed_at=clock.now(),
        by=by,
    )
    wallets.update(spent=F("spent") - redemption.amount)
    subject: Any = RedemptionSubject(redemption.id)
    record(
        "voucher.reversed",
        subject,
        by=by,
        organisation=redemption.provider,
        amount=redemption.amount,
        after_settlement=is_settled,
        reason=reason,
    )
    return reversal
