"""Stripe's events: kept as they came, then handled.

An event is a hint, never a fact: its handler asks Stripe for the object as it is now and moves ours there, so that
replays, and events that arrive in any order, end in the same place. A handler that fails leaves the event for the next
run of the clock.
"""

import hashlib
import json
import logging
from collections.abc import Callable
from functools import partial
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.tasks import task

from marketplace.audit.actions import record
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.payments.channels import Refused, Unreachable
from marketplace.payments.channels import stripe_gateway as gateway
from marketplace.payments.models import (
    Change,
    IncomingPayment,
    IncomingRefund,
    PaymentAttempt,
    StripeEvent,
    WebhookDelivery,
)

from .incoming import confirm_incoming, expire_incoming
from .outcomes import Outcome, settle_tries
from .refunds import answer_incoming_refund
from .stripe_accounts import note_what_stripe_says

log = logging.getLogger("minfu.payments")
LARGEST_BODY = 256 * 1024
MOST_TRIES = 50
Verdict = WebhookDelivery.Verdict


def receive_webhook(body: bytes, header: str) -> WebhookDelivery:
    """Judge and keep one delivery; what is accepted is handled after the commit.

    The event is committed before Stripe is told 200. What is not signed leaves a digest and no trace in the audit
    trail: anyone may send that, and it must not fill the disk. What is signed and old, Stripe sends again.
    """
    verdict, event = _judge(body, header)
    try:
        with transaction.atomic():
            return _keep(body, verdict, event)
    except IntegrityError:  # the same event, delivered twice at once
        with transaction.atomic():
            return _keep(body, Verdict.REPEATED, event)


def _judge(body: bytes, header: str) -> tuple[Verdict, dict[str, Any]]:
    try:
        text = body.decode()
        moment = int(dict(part.split("=", 1) for part in header.split(",")[:1])["t"])
    except (UnicodeDecodeError, ValueError, KeyError):
        return Verdict.UNSIGNED, {}
    if not any(gateway.is_signed(text, header, secret) for secret in settings.STRIPE_WEBHOOK_SECRETS):
        return Verdict.UNSIGNED, {}
    try:
        event = json.loads(text)
        described = isinstance(event["id"], str) and isinstance(event["type"], str) and event["data"]["object"]
    except (ValueError, KeyError, TypeError):
        return Verdict.UNREADABLE, {}
    if not described:
        return Verdict.UNREADABLE, {}
    if abs(clock.database_time().timestamp() - moment) > settings.STRIPE_WEBHOOK_TOLERANCE_SECONDS:
        return Verdict.OLD, event
    if StripeEvent.objects.filter(event_id=event["id"]).exists():
        return Verdict.REPEATED, event
    return Verdict.ACCEPTED, event


def _keep(body: bytes, verdict: Verdict, event: dict[str, Any]) -> WebhookDelivery:
    delivery = WebhookDelivery.objects.create(
        verdict=verdict,
        event_id=event.get("id", "")[:120],
        event_type=event.get("type", "")[:80],
        size=len(body),
        sha256=hashlib.sha256(body).hexdigest(),
        body=body.decode() if verdict in (Verdict.ACCEPTED, Verdict.UNREADABLE) else "",
        received_at=clock.database_time(),
    )
    if verdict == Verdict.ACCEPTED:
        kept = StripeEvent.objects.create(
            event_id=delivery.event_id,
            event_type=delivery.event_type,
            object_id=str(event["data"]["object"].get("id", ""))[:120],
            delivery=delivery,
        )
        transaction.on_commit(partial(handle_event.enqueue, str(kept.pk)))
    else:
        log.warning("webhook: %s (%s bytes, sha256 %s)", verdict, delivery.size, delivery.sha256)
    if verdict != Verdict.UNSIGNED:
        record("webhook.received", delivery, by=service_user("stripe"), verdict=str(verdict), kind=delivery.event_type)
    return delivery


@task
def handle_event(event_id: str) -> None:
    """Let an event have its effect, once. Safe to run again, late, or twice at once."""
    event = StripeEvent.objects.select_related("delivery").get(pk=event_id)
    if event.state != StripeEvent.State.RECEIVED:
        return
    handler = HANDLERS.get(event.event_type)
    try:
        is_ours = handler(event) if handler else False  # asks Stripe while nothing of ours is held
    except (Unreachable, Refused, ValidationError) as fault:
        log.warning("webhook: event %s is kept for later: %s", event.event_id, fault)
        _leave(event_id, fault="; ".join(getattr(fault, "messages", [str(fault)])))
    else:
        _close(event_id, is_ours=is_ours)


@transaction.atomic
def _leave(event_id: str, *, fault: str) -> None:
    event = StripeEvent.objects.select_for_update().get(pk=event_id)
    event.tries, event.fault = event.tries + 1, fault[:300]
    event.save(update_fields=["tries", "fault"])


@transaction.atomic
def _close(event_id: str, *, is_ours: bool) -> None:
    event = StripeEvent.objects.select_for_update().get(pk=event_id)
    if event.state != StripeEvent.State.RECEIVED:
        return
    if is_ours:
        event.handle()
    else:
        event.keep()
    event.handled_at, event.fault, event.tries = clock.now(), "", event.tries + 1
    event.save(update_fields=["state", "handled_at", "fault", "tries"])
    record("webhook.handled", event, by=service_user("stripe"), kind=event.event_type, is_ours=is_ours)


def handle_events_left() -> None:
    """By the clock: events whose handler failed or died. An old one comes up again only now and then."""
    waiting = StripeEvent.objects.filter(state=StripeEvent.State.RECEIVED, tries__lt=MOST_TRIES)
    for event in waiting.order_by("created_at")[:100]:
        handle_event.call(str(event.pk))


# What each kind of event is about. A handler returns whether it was about something of ours.


def _transfer(event: StripeEvent) -> bool:
    attempt = PaymentAttempt.objects.filter(channel_reference=event.object_id).first()
    now = gateway.get_transfer(event.object_id)
    if attempt is None:  # our process died before it recorded the answer: the transfer says which try it is
        attempt = PaymentAttempt.objects.filter(end_to_end_id=now.transfer_group or "").first()
    if attempt is None:
        return False
    if not attempt.channel_reference:
        PaymentAttempt.objects.filter(pk=attempt.pk, channel_reference="").update(channel_reference=now.id)
    outcomes = [Outcome(attempt, Change.PAID)]
    if now.reversed and not attempt.order.refunds.exists():
        reversal = gateway.last_reversal(now.id)
        outcomes.append(Outcome(attempt, Change.RETURNED, "Stripe: transfer reversed", reversal))
    by = service_user("payments")
    for outcome in outcomes:
        settle_tries([outcome], by=by)
    return True


def _session(event: StripeEvent) -> bool:
    payment = IncomingPayment.objects.filter(session=event.object_id).first()
    now = gateway.get_session(event.object_id)
    payment = payment or _named(now)
    if payment is None:
        return False
    if now.payment_status == "paid":
        return _confirm(payment, now.payment_intent)
    if now.status == "expired":
        expire_incoming(payment)
    return True


def _intent(event: StripeEvent) -> bool:
    now = gateway.get_intent(event.object_id)
    payment = IncomingPayment.objects.filter(intent=event.object_id).first() or _named(now)
    if payment is None:
        return False
    if now.status == "succeeded":
        return _confirm(payment, now.id)
    if now.status == "canceled":
        expire_incoming(payment)
    return True


def _confirm(payment: IncomingPayment, intent: str) -> bool:
    now = gateway.get_intent(intent)
    charge = now.latest_charge
    method = charge.payment_method_details.type
    confirm_incoming(payment, amount=now.amount_received, intent=now.id, charge=charge.id, method=method)
    return True


def _named(thing: Any) -> IncomingPayment | None:
    """The payment that a Stripe object names, for when our process died before it kept the object's own name."""
    name = gateway.labels(thing).get("incoming", "")
    try:
        return IncomingPayment.objects.filter(pk=name).first() if name else None
    except ValidationError:
        return None


def _refund(event: StripeEvent) -> bool:
    now = gateway.get_refund(event.object_id)
    return _one_refund(now)


def _one_refund(now: Any) -> bool:
    try:
        refund = IncomingRefund.objects.filter(pk=gateway.labels(now).get("refund")).first()
    except ValidationError:
        return False
    if refund is None:
        return False
    answer_incoming_refund(refund, name=now.id, status=now.status)
    return True


def _charge(event: StripeEvent) -> bool:
    """A refund was made. Ours are known by name; one from Stripe's own dashboard is left to the reconciliation."""
    body = json.loads(event.delivery.body)
    intent = body["data"]["object"].get("payment_intent") or ""
    payment = IncomingPayment.objects.filter(intent=intent).exclude(intent="").first()
    if payment is None:
        return False
    for refund in payment.refunds.all():
        if found := gateway.find_refund(intent, str(refund.pk)):
            _one_refund(found)
    return True


def _account(event: StripeEvent) -> bool:
    now = gateway.get_account(event.object_id)
    return note_what_stripe_says(now.id, can_take_money=gateway.may_take_transfers(now))


HANDLERS: dict[str, Callable[[StripeEvent], bool]] = {
    **dict.fromkeys(("transfer.created", "transfer.updated", "transfer.reversed"), _transfer),
    **dict.fromkeys(
        (
            "checkout.session.completed",
            "checkout.session.async_payment_succeeded",
            "checkout.session.async_payment_failed",
            "checkout.session.expired",
        ),
        _session,
    ),
    **dict.fromkeys(("payment_intent.succeeded", "payment_intent.payment_failed", "payment_intent.canceled"), _intent),
    **dict.fromkeys(("refund.created", "refund.updated", "refund.failed"), _refund),
    "charge.refunded": _charge,
    "account.updated": _account,
}
