"""From approved orders to a file for the bank."""

import datetime
from collections.abc import Iterable

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.pages.models import uuid7
from marketplace.parties.actions import next_number
from marketplace.parties.models import Organisation, User
from marketplace.payments import policies
from marketplace.payments.bankfiles import pain001, treasury_csv
from marketplace.payments.models import PayeeAccount, PaymentAttempt, PaymentBatch, PaymentOrder
from marketplace.rules.calendar import is_working_day

BANK_FILES = {"xml": (pain001, "application/xml"), "csv": (treasury_csv, "text/csv; charset=utf-8")}


@transaction.atomic
def send_payments(bureau: Organisation, orders: Iterable[PaymentOrder], *, by: User) -> PaymentBatch:
    """Commit the intent to pay these approved orders, in one batch, all or none.

    Each order gets a try with an end-to-end id of its own before any file exists: the file is rendered from what was
    committed (bankfiles.pain001, bankfiles.treasury_csv), so a crash leaves either nothing or a file to fetch again.
    Raises ValidationError(code="no_orders" | "not_approved" | "no_account" | "no_own_account").
    """
    authorise(policies.may_send, by, bureau)
    wanted = {order.pk for order in orders}
    locked = list(
        PaymentOrder.objects.select_for_update(of=("self",))
        .filter(pk__in=wanted, bureau=bureau)
        .select_related("payee")
        .order_by("pk")
    )
    if not locked:
        raise ValidationError(_("Choose at least one payment."), code="no_orders")
    if len(locked) != len(wanted) or any(order.state != PaymentOrder.State.APPROVED for order in locked):
        raise ValidationError(
            _("Someone has changed the list meanwhile: only approved orders can be sent."), code="not_approved"
        )
    own_account = PayeeAccount.objects.of(bureau)
    if own_account is None:
        raise ValidationError(
            _("Your bureau has no account to pay from: enter it and have a second person approve it."),
            code="no_own_account",
        )
    accounts = _accounts_of(locked)

    now = clock.now()
    year = now.astimezone(clock.SHANGHAI).year
    batch = PaymentBatch.objects.create(
        bureau=bureau,
        number=f"PC{year}-{next_number(bureau, 'payment_batch', year):04d}",
        account=own_account,
        count=len(locked),
        total=sum(order.amount for order in locked),
        pay_on=_next_working_day(now.astimezone(clock.SHANGHAI).date()),
        made_by=by,
        made_at=now,
    )
    for order in locked:
        attempt_id = uuid7()
        PaymentAttempt.objects.create(
            id=attempt_id,
            order=order,
            batch=batch,
            account=accounts[order.payee_id],
            end_to_end_id=f"E{attempt_id.hex}",
        )
        order.send()
        order.save(update_fields=["state"])
        record("payment.sent", order, by=by, organisation=bureau, amount=order.amount, batch=batch.number)

    record("payment_batch.made", batch, by=by, organisation=bureau, count=batch.count, total=batch.total)
    return batch


@transaction.atomic
def download_bank_file(batch: PaymentBatch, format: str, *, by: User) -> bytes:
    """The batch as a file ("xml": pain.001, "csv": the treasury's list), the same bytes each time.

    Rendered anew from what was committed: it names accounts, so no copy lies on a disk. Each download is recorded.
    """
    batch = PaymentBatch.objects.select_related("bureau", "account").get(pk=batch.pk)
    authorise(policies.may_send, by, batch.bureau)
    make, _content_type = BANK_FILES[format]

    record("payment_batch.downloaded", batch, by=by, organisation=batch.bureau, format=format)
    return make(batch)


def _accounts_of(orders: list[PaymentOrder]) -> dict:
    """The account in force of each payee, by payee. Raises ValidationError(code="no_account") naming who has none."""
    in_force: dict = {}
    for account in PayeeAccount.objects.in_force().filter(organisation__in={order.payee_id for order in orders}):
        in_force.setdefault(account.organisation_id, account)
    missing = sorted({order.payee.name for order in orders if order.payee_id not in in_force})
    if missing:
        raise ValidationError(
            _("No account is in force for %(names)s: nothing was sent."),
            code="no_account",
            params={"names": "、".join(missing)},
        )
    return in_force


def _next_working_day(day: datetime.date) -> datetime.date:
    while not is_working_day(day):
        day += datetime.timedelta(days=1)
    return day
