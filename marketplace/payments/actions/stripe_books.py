"""The nightly comparison: every movement of the platform's balance at Stripe against what we recorded."""

import datetime
from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import User
from marketplace.payments import policies
from marketplace.payments.channels import stripe_gateway as gateway
from marketplace.payments.models import (
    Channel,
    IncomingPayment,
    IncomingRefund,
    PaymentAttempt,
    Refund,
    StripeReconciliation,
)

FIRST_HOUR = 2  # in Shanghai: Stripe has the whole day before
Movement = tuple[str, str, int]  # (kind, name at Stripe, fen as the platform's balance sees it)
CLASSES = {
    "transfer": "transfer",
    "transfer_refund": "reversal",
    "charge": "charge",
    "payment": "charge",
    "refund": "refund",
    "payment_refund": "refund",
}


def reconcile_last_night() -> StripeReconciliation | None:
    """By the clock: yesterday's comparison, once, after the first hour. Safe to run twice."""
    now = clock.now().astimezone(clock.SHANGHAI)
    yesterday = now.date() - datetime.timedelta(days=1)
    if not gateway.is_on() or now.hour < FIRST_HOUR or StripeReconciliation.objects.filter(day=yesterday).exists():
        return None
    return reconcile_stripe(yesterday)


def reconcile_stripe(day: datetime.date) -> StripeReconciliation:
    """Compare one day (Shanghai). Made again, a comparison that nobody has explained takes the newer state.

    Stripe is read before anything of ours is held. Raises channels.Unreachable.
    """
    start = clock.at_hour(day, 0)
    end = start + datetime.timedelta(days=1)
    theirs = Counter(_theirs(start, end))
    ours = Counter(_ours(start, end))
    # What only one side has of this day may stand in the other's books a moment earlier or later.
    late = Counter(_ours(start - datetime.timedelta(hours=1), end + datetime.timedelta(hours=1)))
    only_theirs = theirs - late
    only_ours = ours - theirs
    if only_ours:
        margin = Counter(_theirs(start - datetime.timedelta(hours=1), end + datetime.timedelta(hours=1)))
        only_ours = ours - margin
    differences = [
        {"side": side, "kind": kind, "name": name, "amount": amount}
        for side, movements in (("stripe", only_theirs), ("minfu", only_ours))
        for kind, name, amount in sorted(movements.elements())
    ]
    return _keep(day, theirs, ours, differences)


def _theirs(start: datetime.datetime, end: datetime.datetime) -> Iterator[Movement]:
    for movement in gateway.balance_transactions(start, end):
        if kind := CLASSES.get(movement.type):
            yield kind, movement.source, movement.amount


def _ours(start: datetime.datetime, end: datetime.datetime) -> Iterator[Movement]:
    between = (start, end)
    sent = PaymentAttempt.objects.filter(
        batch__channel=Channel.STRIPE,
        state__in=[PaymentAttempt.State.PAID, PaymentAttempt.State.RETURNED],
        handed_over_at__range=between,
    )
    for name, amount in sent.values_list("channel_reference", "order__amount"):
        yield "transfer", name, -amount
    undone = PaymentAttempt.objects.filter(
        batch__channel=Channel.STRIPE, state=PaymentAttempt.State.RETURNED, answered_at__range=between
    )
    for name, amount in undone.values_list("bank_reference", "order__amount"):
        yield "reversal", name, amount
    back = Refund.objects.filter(channel=Channel.STRIPE, state=Refund.State.DONE, done_at__range=between)
    for name, amount in back.values_list("channel_reference", "amount"):
        yield "reversal", name, amount
    came = IncomingPayment.objects.filter(state=IncomingPayment.State.PAID, paid_at__range=between)
    for name, amount in came.values_list("charge", "amount"):
        yield "charge", name, amount
    went = IncomingRefund.objects.filter(state=IncomingRefund.State.DONE, done_at__range=between)
    for name, amount in went.values_list("refund", "amount"):
        yield "refund", name, -amount


@transaction.atomic
def _keep(
    day: datetime.date, theirs: Counter[Movement], ours: Counter[Movement], differences: list[dict[str, Any]]
) -> StripeReconciliation:
    content = {
        "compared": theirs.total(),
        "sum_theirs": sum(amount * times for (_kind, _name, amount), times in theirs.items()),
        "sum_ours": sum(amount * times for (_kind, _name, amount), times in ours.items()),
        "differences": differences,
        "run_at": clock.now(),
    }
    made, _is_new = StripeReconciliation.objects.update_or_create(day=day, defaults=content)
    record(
        "stripe_books.compared",
        made,
        by=service_user("stripe"),
        day=day.isoformat(),
        compared=made.compared,
        differences=len(differences),
    )
    return made


@transaction.atomic
def explain_reconciliation(reconciliation: StripeReconciliation, *, note: str, by: User) -> StripeReconciliation:
    """A person says what the differences of a day are. Raises ValidationError(code="required" | "decided")."""
    reconciliation = StripeReconciliation.objects.select_for_update().get(pk=reconciliation.pk)
    authorise(policies.may_see_stripe, by)
    if not note.strip():
        raise ValidationError({"reason": ValidationError(_("Say why."), code="required")})
    if not reconciliation.needs_a_person:
        raise ValidationError(_("Nothing of this day waits for an explanation."), code="decided")
    reconciliation.note = note.strip()[:200]
    reconciliation.explained_by, reconciliation.explained_at = by, clock.now()
    reconciliation.save(update_fields=["note", "explained_by", "explained_at"])
    record("stripe_books.explained", reconciliation, by=by, day=reconciliation.day.isoformat())
    return reconciliation
