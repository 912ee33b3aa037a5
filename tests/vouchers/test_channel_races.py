"""Every pair of channels at once on one wallet (PostgreSQL): whoever comes first, all sums agree and nothing is spent
that is not there."""

import datetime
import itertools
import uuid
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, connections
from django.test import Client

from marketplace.ledger.verification import registered_checks
from marketplace.pages import clock
from marketplace.parties.actions import issue_token, service_user
from marketplace.parties.models import Role
from marketplace.residents.actions import suspend_resident
from marketplace.residents.models import Resident
from marketplace.vouchers.actions import (
    confirm_hold,
    expire_month,
    hold,
    redeem,
    reverse_redemption,
    settle_month,
)
from marketplace.vouchers.models import Redemption, Reversal, SettlementLine
from tests.given.people import a_person
from tests.given.vouchers import PIN, a_counter

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's writers are serial"),
]
EACH = 6  # tries of a channel, each of 20 yuan: two channels want three times what the wallet has


def at_the_counter(counter, number: int) -> None:
    redeem(counter.provider, **counter.request(amount=20_00, key=f"counter-{number}"))


def by_program(counter, number: int) -> None:
    body = {"card": counter.card.number, "pin": PIN, "service": str(counter.service.pk), "amount": 20_00}
    headers = {"Authorization": f"Bearer {counter.token}", "Idempotency-Key": f"api-{number}"}
    answer = Client().post("/api/v1/vouchers/redemptions", body, content_type="application/json", headers=headers)
    assert answer.status_code in (201, 422), answer.content


def by_booking(counter, number: int) -> None:
    until = clock.now() + datetime.timedelta(hours=3)
    asked = {"resident": counter.resident, "service": counter.service, "amount": 20_00, "month": clock.today()}
    kept = hold(**asked, key=f"booking-{number}", until=until, by=counter.desk)
    if number % 2:
        confirm_hold(kept, 15_00, by=counter.staff)


def sent_later(counter, number: int) -> None:
    """What the upload of an acceptance does: its number is its key, its time is the counter's."""
    done = clock.now() - datetime.timedelta(minutes=1)
    request = counter.request(amount=20_00, key=f"offline/{counter.provider.pk}/{number}", performed_at=done)
    redeem(counter.provider, **request)


def taking_back(counter, number: int) -> None:
    for redemption in Redemption.objects.order_by("redeemed_at")[:1]:
        reverse_redemption(redemption, reason=f"原因{number}", by=counter.staff)


def settling(counter, _number: int) -> None:
    settle_month(counter.bureau, clock.today(), by=service_user("vouchers"))


def expiring(counter, _number: int) -> None:
    with clock.pretend(clock.now() + datetime.timedelta(days=32)):
        expire_month(counter.programme, counter.month, by=service_user("vouchers"))


def suspending(counter, number: int) -> None:
    if number == EACH // 2:
        suspend_resident(Resident.objects.get(pk=counter.resident.pk), reason="待核实", by=service_user("tests"))


CHANNELS = (at_the_counter, by_program, by_booking, sent_later, taking_back, settling, expiring, suspending)


@pytest.mark.parametrize(
    ("one", "other"),
    itertools.combinations_with_replacement(CHANNELS, 2),
    ids=lambda channel: channel.__name__,
)
def test_two_channels_at_once(one, other):
    counter = a_counter()
    counter.month = clock.today().replace(day=1)
    counter.desk = a_person(Role.COMMUNITY_WORKER, of=counter.bureau)
    _held, counter.token = issue_token("race", counter.provider, by=counter.staff)
    redeem(counter.provider, **counter.request(amount=10_00, key=str(uuid.uuid4())))
    start, unexpected = Barrier(4), []

    def run(channel, offset: int) -> None:
        try:
            start.wait(20)
            for number in range(EACH):
                try:
                    channel(counter, number + offset)
                except (ValidationError, PermissionDenied):
                    continue
        except Exception as fault:
            unexpected.append(fault)
            raise
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        for place, channel in enumerate((one, other, one, other)):
            pool.submit(run, channel, 0 if place < 2 else place * 100)
    assert unexpected == []

    wallet = counter.voucher
    assert wallet.spent + wallet.held + wallet.expired <= wallet.granted
    paid = sum(Redemption.objects.values_list("amount", flat=True))
    assert wallet.spent == paid - sum(Reversal.objects.values_list("amount", flat=True))
    settled = sum(SettlementLine.objects.values_list("amount", flat=True))
    settle_month(counter.bureau, clock.today(), by=service_user("vouchers"))
    if SettlementLine.objects.exists():
        assert sum(SettlementLine.objects.values_list("amount", flat=True)) >= max(settled, wallet.spent)
    assert list(registered_checks()["vouchers"]()) == []
