"""Stripe switched on, and organisations that it pays."""

import itertools
from typing import Any

import pytest
from django.conf import settings

from marketplace.parties.models import Organisation, Role
from marketplace.payments.actions import (
    approve_account,
    ask_donation,
    make_at_stripe,
    offer_donations,
    open_at_stripe,
    request_stripe_account,
    send_payments,
)
from marketplace.payments.actions.stripe_accounts import note_what_stripe_says
from marketplace.payments.models import Channel, IncomingPayment, PayeeAccount, PaymentBatch
from tests import stripe_server

from .money import a_budget_line, an_approved_order
from .people import a_person, an_organisation

_count = itertools.count(1)


def switch_on(settings: Any, server: stripe_server.StripeServer) -> None:
    settings.PAYMENT_CHANNELS = ["bank_file", "stripe"]
    settings.STRIPE_SECRET_KEY = stripe_server.KEY
    settings.STRIPE_WEBHOOK_SECRETS = [stripe_server.SECRET]
    settings.STRIPE_API_BASE = server.url
    settings.STRIPE_TIMEOUT_SECONDS = 5


@pytest.fixture
def stripe(settings):  # settings: pytest-django's, which puts everything back
    """The server, with Minfu pointed at it."""
    with stripe_server.running() as server:
        switch_on(settings, server)
        yield server


def a_stripe_account(server: stripe_server.StripeServer, organisation: Organisation | None = None) -> PayeeAccount:
    """Made at Stripe, onboarded there, agreed to by a second person and in force."""
    organisation = organisation or an_organisation()
    asking, agreeing = a_person(Role.FINANCE, of=organisation), a_person(Role.OWNER, of=organisation)
    account = request_stripe_account(organisation, by=asking)
    make_at_stripe(account, by=asking, back="http://127.0.0.1/")
    number = PayeeAccount.objects.get(pk=account.pk).number
    server.onboard(number)
    note_what_stripe_says(number, can_take_money=True)
    return approve_account(account, by=agreeing)


def a_stripe_batch(server: stripe_server.StripeServer, *amounts: int) -> PaymentBatch:
    """Committed tries, not yet handed over."""
    line = a_budget_line(10 * sum(amounts))
    orders = []
    for amount in amounts:
        order = an_approved_order(amount, line=line)
        a_stripe_account(server, order.payee)
        orders.append(order)
    return send_payments(line.bureau, orders, by=a_person(Role.FINANCE, of=line.bureau), channel=Channel.STRIPE)


def a_gift(server: stripe_server.StripeServer, amount: int = 10_000) -> IncomingPayment:
    """Asked for and open at Stripe: somebody stands before its page. settings.DONATIONS is on."""
    settings.DONATIONS = True
    account = a_stripe_account(server)
    owner = account.organisation.memberships.filter(role=Role.OWNER).first().user
    offer_donations(account.organisation, is_open=True, purpose="助餐", certificate="慈募〔2026〕1号", by=owner)
    return open_at_stripe(ask_donation(account.organisation, amount, key=f"gift/{next(_count)}", payer_name="王女士"))


def last_event(server: stripe_server.StripeServer, kind: str) -> dict[str, Any]:
    return next(event for event in reversed(server.events) if event["type"] == kind)


__all__ = ["a_gift", "a_stripe_account", "a_stripe_batch", "last_event", "stripe", "switch_on"]
