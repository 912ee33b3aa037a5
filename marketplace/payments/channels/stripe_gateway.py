"""The one place that talks to Stripe, and the only one that knows its library.

Every call that moves money carries an idempotency key of ours. Errors come in two kinds: Refused (Stripe has said no
for certain) and Unreachable (nothing is certain: time-outs, its own faults, our key). docs/decisions/0011 says why.
"""

import datetime
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import stripe
from django.conf import settings

from .base import Refused, Unreachable

log = logging.getLogger("minfu.payments")
CURRENCY = "cny"


def is_on() -> bool:
    return "stripe" in settings.PAYMENT_CHANNELS and bool(settings.STRIPE_SECRET_KEY)


@cache
def _client(key: str, base: str, timeout: int) -> stripe.StripeClient:
    return stripe.StripeClient(
        key,
        base_addresses={"api": base},
        http_client=stripe.RequestsClient(timeout=timeout),
        max_network_retries=1,
    )


def _v1() -> Any:
    if not is_on():
        raise Unreachable("Stripe is switched off.")
    return _client(settings.STRIPE_SECRET_KEY, settings.STRIPE_API_BASE, settings.STRIPE_TIMEOUT_SECONDS).v1


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except (stripe.CardError, stripe.InvalidRequestError) as error:
        raise Refused(error.user_message or str(error)) from error
    except stripe.StripeError as error:
        log.warning("stripe: %s: %s", type(error).__name__, error)
        raise Unreachable(f"{type(error).__name__}: {error}") from error


def _once(key: str) -> dict[str, str]:
    return {"idempotency_key": key}


def labels(thing: Any) -> dict[str, str]:
    """What we wrote on a Stripe object when we made it."""
    return thing.metadata.to_dict() if "metadata" in thing and thing.metadata else {}


def find_transfer(group: str) -> Any:
    """The transfer made under this name, None when there is none."""
    with _in_our_words():
        found = _v1().transfers.list({"transfer_group": group, "limit": 2}).data
    if len(found) > 1:
        raise Unreachable(f"{group} was transferred {len(found)} times at Stripe")
    return found[0] if found else None


def create_transfer(*, key: str, amount: int, destination: str, description: str, metadata: dict[str, str]) -> Any:
    with _in_our_words():
        return _v1().transfers.create(
            {
                "amount": amount,
                "currency": CURRENCY,
                "destination": destination,
                "transfer_group": key,
                "description": description,
                "metadata": metadata,
            },
            _once(key),
        )


def get_transfer(transfer: str) -> Any:
    with _in_our_words():
        return _v1().transfers.retrieve(transfer)


def find_reversal(transfer: str, refund: str) -> Any:
    """The reversal of a transfer that carries the id of our refund."""
    with _in_our_words():
        for reversal in _v1().transfers.reversals.list(transfer, {"limit": 100}).auto_paging_iter():
            if labels(reversal).get("refund") == refund:
                return reversal
    return None


def last_reversal(transfer: str) -> str:
    """The name of the newest reversal of a transfer."""
    with _in_our_words():
        found = _v1().transfers.reversals.list(transfer, {"limit": 1}).data
    return found[0].id if found else ""


def reverse_transfer(transfer: str, *, key: str, amount: int, refund: str) -> Any:
    with _in_our_words():
        return _v1().transfers.reversals.create(
            transfer, {"amount": amount, "metadata": {"refund": refund}}, _once(key)
        )


def create_account(*, key: str, name: str, uscc: str) -> Any:
    """A connected account that Stripe itself onboards; it may receive transfers and take payments for itself."""
    with _in_our_words():
        return _v1().accounts.create(
            {
                "type": "express",
                "country": settings.STRIPE_COUNTRY,
                "business_type": "non_profit",
                "company": {"name": name},
                "capabilities": {"transfers": {"requested": True}},
                "metadata": {"uscc": uscc},
            },
            _once(key),
        )


def get_account(account: str) -> Any:
    with _in_our_words():
        return _v1().accounts.retrieve(account)


def may_take_transfers(account: Any) -> bool:
    return account.capabilities.to_dict().get("transfers") == "active"


def onboarding_url(account: str, *, back: str) -> str:
    """Where the organisation tells Stripe who it is; valid for some minutes, made anew each time."""
    with _in_our_words():
        link = _v1().account_links.create(
            {"account": account, "refresh_url": back, "return_url": back, "type": "account_onboarding"}
        )
    return link.url


def create_checkout(
    *, key: str, amount: int, title: str, destination: str, metadata: dict[str, str], done: str, cancelled: str
) -> Any:
    """Stripe's own page on which a person pays by card, Alipay or WeChat Pay, for the organisation `destination`."""
    with _in_our_words():
        return _v1().checkout.sessions.create(
            {
                "mode": "payment",
                "payment_method_types": settings.STRIPE_METHODS,
                "payment_method_options": {"wechat_pay": {"client": "web"}}
                if "wechat_pay" in settings.STRIPE_METHODS
                else {},
                "line_items": [
                    {
                        "quantity": 1,
                        "price_data": {
                            "currency": CURRENCY,
                            "unit_amount": amount,
                            "product_data": {"name": title},
                        },
                    }
                ],
                "payment_intent_data": {"transfer_data": {"destination": destination}, "metadata": metadata},
                "client_reference_id": metadata["incoming"],
                "metadata": metadata,
                "success_url": done,
                "cancel_url": cancelled,
                "locale": "zh",
            },
            _once(key),
        )


def create_qr_intent(*, key: str, amount: int, title: str, destination: str, metadata: dict[str, str]) -> Any:
    """A PaymentIntent confirmed for WeChat Pay: its next action holds the code to show at the counter."""
    with _in_our_words():
        return _v1().payment_intents.create(
            {
                "amount": amount,
                "currency": CURRENCY,
                "description": title,
                "payment_method_types": ["wechat_pay"],
                "payment_method_data": {"type": "wechat_pay"},
                "payment_method_options": {"wechat_pay": {"client": "web"}},
                "confirm": True,
                "transfer_data": {"destination": destination},
                "metadata": metadata,
            },
            _once(key),
        )


def get_session(session: str) -> Any:
    with _in_our_words():
        return _v1().checkout.sessions.retrieve(session)


def get_intent(intent: str) -> Any:
    with _in_our_words():
        return _v1().payment_intents.retrieve(intent, {"expand": ["latest_charge"]})


def find_refund(intent: str, refund: str) -> Any:
    """The refund of an intent that carries the id of ours."""
    with _in_our_words():
        for found in _v1().refunds.list({"payment_intent": intent, "limit": 100}).auto_paging_iter():
            if labels(found).get("refund") == refund:
                return found
    return None


def create_refund(intent: str, *, key: str, amount: int, refund: str) -> Any:
    """Give back to whoever paid, out of the organisation's account, to which the money went."""
    with _in_our_words():
        return _v1().refunds.create(
            {
                "payment_intent": intent,
                "amount": amount,
                "reverse_transfer": True,
                "metadata": {"refund": refund},
            },
            _once(key),
        )


def get_refund(refund: str) -> Any:
    with _in_our_words():
        return _v1().refunds.retrieve(refund)


def balance_transactions(start: datetime.datetime, end: datetime.datetime) -> Iterator[Any]:
    """Every movement of the platform's balance in [start, end), with what it came from."""
    between = {"gte": int(start.timestamp()), "lt": int(end.timestamp())}
    with _in_our_words():
        yield from _v1().balance_transactions.list({"created": between, "limit": 100}).auto_paging_iter()


def is_signed(body: str, header: str, secret: str) -> bool:
    """Signed by Stripe with this secret, whenever that was: the age is judged apart, so that it is logged apart."""
    try:
        return bool(stripe.WebhookSignature.verify_header(body, header, secret, tolerance=None))
    except stripe.SignatureVerificationError:
        return False
