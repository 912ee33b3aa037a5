"""From approved orders to a batch that a channel carries."""

import datetime
from collections.abc import Iterable
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record, record_all
from marketplace.pages import clock
from marketplace.pages.models import uuid7
from marketplace.parties.actions import next_number
from marketplace.parties.models import Organisation, User
from marketplace.payments import policies
from marketplace.payments.bankfiles import pain001, treasury_csv
from marketplace.payments.channels import carrier_of, open_channels
from marketplace.payments.models import Channel, PayeeAccount, PaymentAttempt, PaymentBatch, PaymentOrder
from marketplace.rules.calendar import is_working_day

from . import carrying

CHUNK = 500
BANK_FILES = {"xml": (pain001, "application/xml"), "csv": (treasury_csv, "text/csv; charset=utf-8")}


@transaction.atomic
def send_payments(
    bureau: Organisation, orders: Iterable[PaymentOrder], *, by: User, channel: str = Channel.BANK_FILE
) -> PaymentBatch:
    """Commit the intent to pay these approved orders, in one batch through one channel, all or none.

    Each order gets a try with an end-to-end id of its own before anything reaches the channel: a bank file is rendered
    from what was committed, Stripe is called after the commit. So a crash leaves either nothing, or tries that are
    asked about and handed over again (actions.carrying). The number of statements does not grow with the orders.
    Raises ValidationError(code="no_orders" | "not_approved" | "alone" | "no_account" | "other_channel" |
    "no_own_account" | "channel_off").
    """
    authorise(policies.may_send, by, bureau)
    if channel not in open_channels():
        raise ValidationError(_("This channel is switched off."), code="channel_off")
    wanted = {order.pk for order in orders}
    locked = list(
        PaymentOrder.objects.select_for_update(of=("self",))
        .filter(pk__in=wanted, bureau=bureau)
        .select_related("payee", "ordered_by")
        .order_by("pk")
    )
    if not locked:
        raise ValidationError(_("Choose at least one payment."), code="no_orders")
    if len(locked) != len(wanted) or any(order.state != PaymentOrder.State.APPROVED for order in locked):
        raise ValidationError(
            _("Someone has changed the list meanwhile: only approved orders can be sent."), code="not_approved"
        )
    if alone := [order.number for order in locked if policies.is_alone(by, order)]:
        raise ValidationError(
            _("You alone have looked at %(numbers)s: another officer must send what a job ordered and you approved."),
            code="alone",
            params={"numbers": "、".join(alone)},
        )
    own_account = PayeeAccount.objects.of(bureau) if channel == Channel.BANK_FILE else None
    if own_account is None and channel == Channel.BANK_FILE:
        raise ValidationError(
            _("Your bureau has no account to pay from: enter it and have a second person approve it."),
            code="no_own_account",
        )
    accounts = _accounts_of(locked, channel)

    now = clock.now()
    year = now.astimezone(clock.SHANGHAI).year
    batch = PaymentBatch.objects.create(
        bureau=bureau,
        number=f"PC{year}-{next_number(bureau, 'payment_batch', year):04d}",
        channel=channel,
        account=own_account,
        count=len(locked),
        total=sum(order.amount for order in locked),
        pay_on=_next_working_day(now.astimezone(clock.SHANGHAI).date()),
        made_by=by,
        made_at=now,
    )
    tries = []
    for order in locked:
        attempt_id = uuid7()
        tries.append(
            PaymentAttempt(
                id=attempt_id,
                order=order,
                batch=batch,
                account=accounts[order.payee_id],
                end_to_end_id=f"E{attempt_id.hex}",
            )
        )
        order.send()
        order.channel = channel
    PaymentAttempt.objects.bulk_create(tries, batch_size=CHUNK)
    PaymentOrder.objects.bulk_update(locked, ["state", "channel"], batch_size=CHUNK)

    record_all(
        "payment.sent",
        ((order, {"amount": order.amount, "batch": batch.number}) for order in locked),
        by=by,
        organisation=bureau,
    )
    record("payment_batch.made", batch, by=by, organisation=bureau, count=batch.count, total=batch.total)
    if carrier_of(channel):
        transaction.on_commit(partial(carrying.carry_out.enqueue, str(batch.pk)))
    return batch


@transaction.atomic
def download_bank_file(batch: PaymentBatch, format: str, *, by: User) -> bytes:
    """The batch as a file ("xml": pain.001, "csv": the treasury's list), the same bytes each time.

    Rendered anew from what was committed: it names accounts, so no copy lies on a disk. Each download is recorded.
    Raises ValidationError(code="no_file").
    """
    batch = PaymentBatch.objects.select_related("bureau", "account").get(pk=batch.pk)
    authorise(policies.may_send, by, batch.bureau)
    make, _content_type = BANK_FILES[format]

    if batch.channel != Channel.BANK_FILE:
        raise ValidationError(_("Only a batch for the bank has a file."), code="no_file")
    batch.attempts.filter(handed_over_at=None).update(handed_over_at=clock.now())

    record("payment_batch.downloaded", batch, by=by, organisation=batch.bureau, format=format)
    return make(batch)


def _accounts_of(orders: list[PaymentOrder], channel: str) -> dict:
    """The account in force of each payee, by payee.

    Raises ValidationError(code="no_account" | "other_channel"), naming whose.
    """
    in_force = PayeeAccount.objects.to_pay({order.payee_id for order in orders})
    missing = sorted({order.payee.name for order in orders if order.payee_id not in in_force})
    if missing:
        raise ValidationError(
            _("No account is in force for %(names)s: nothing was sent."),
            code="no_account",
            params={"names": "、".join(missing)},
        )
    other = sorted({order.payee.name for order in orders if in_force[order.payee_id].channel != channel})
    if other:
        raise ValidationError(
            _("%(names)s is paid by another channel: nothing was sent."),
            code="other_channel",
            params={"names": "、".join(other)},
        )
    return in_force


def _next_working_day(day: datetime.date) -> datetime.date:
    while not is_working_day(day):
        day += datetime.timedelta(days=1)
    return day
