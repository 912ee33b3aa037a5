"""Processes that die around the call to the channel, for real: each ends in exactly one payment after the restart."""

import datetime
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connection

from marketplace.ledger import resumming
from marketplace.ledger.models import Transfer
from marketplace.pages import clock
from marketplace.parties.models import Role
from marketplace.payments import actions
from marketplace.payments.models import PaymentAttempt, PaymentOrder
from tests.given.money import a_budget_line, an_account, an_approved_order, bank_csv
from tests.given.people import a_person
from tests.given.stripe import a_stripe_account, stripe
from tests.payments.crash import DEATH
from tests.stripe_server import KEY

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="processes share a PostgreSQL database"),
]
__all__ = ["stripe"]
POINTS = [
    "before the intent is committed",
    "after the intent is committed",
    "before the call",
    "after the call",
    "before the answer is committed",
    "after the answer is committed",
]


def worker(point: str, order: PaymentOrder, officer, channel: str, **environment: str) -> subprocess.Popen:
    """A real process on the test's own database."""
    database = connection.settings_dict
    password = f":{database['PASSWORD']}" if database["PASSWORD"] else ""
    address = f"{database['USER']}{password}@{database['HOST']}:{database['PORT']}/{database['NAME']}"
    named = [str(order.bureau_id), str(order.pk), str(officer.pk), channel]
    ours = {"DATABASE_URL": f"postgres://{address}", "PAYMENT_CHANNELS": "bank_file,stripe"}
    return subprocess.Popen(
        [sys.executable, "-m", "tests.payments.crash", point, *named],
        cwd=settings.BASE_DIR,
        env=os.environ | ours | environment,
    )


def restart(order: PaymentOrder, officer, channel: str) -> None:
    """The clock's worker comes up again, twice; an order whose intent was lost is sent anew, by its officer."""
    for minutes in (5, 10):
        with clock.pretend(clock.now() + datetime.timedelta(minutes=minutes)):
            actions.finish_what_was_begun()
    if PaymentOrder.objects.get(pk=order.pk).state == "approved":
        assert not PaymentAttempt.objects.exists()
        batch = actions.send_payments(order.bureau, [order], by=officer, channel=channel)
        actions.carry_out_batch(batch)


def check_paid_once(order: PaymentOrder) -> None:
    assert PaymentOrder.objects.get(pk=order.pk).state == "paid"
    assert PaymentAttempt.objects.get().state == "paid"
    assert Transfer.objects.filter(code=Transfer.Code.PAID).count() == 1
    assert resumming.verify().is_sound


@pytest.fixture
def by_stripe(stripe):
    order = an_approved_order(50_000, line=a_budget_line())
    a_stripe_account(stripe, order.payee)
    officer = a_person(Role.FINANCE, of=order.bureau)
    return order, officer, {"STRIPE_SECRET_KEY": KEY, "STRIPE_API_BASE": stripe.url, "STRIPE_TIMEOUT_SECONDS": "30"}


@pytest.mark.parametrize("point", POINTS)
def test_stripe_pays_once_wherever_the_process_dies(stripe, by_stripe, point):
    order, officer, environment = by_stripe
    assert worker(point, order, officer, "stripe", **environment).wait(60) == DEATH
    restart(order, officer, "stripe")
    assert len(stripe.of("transfer")) == 1
    check_paid_once(order)


@pytest.mark.parametrize("when", ["before", "after"])
def test_stripe_pays_once_when_the_process_is_killed_while_stripe_works(stripe, by_stripe, when):
    """Killed while its request is at Stripe, which has not paid yet (before) or has (after), and answers nobody."""
    order, officer, environment = by_stripe
    hanging = stripe.behave("POST", "/v1/transfers", "hang", when)
    process = worker("never", order, officer, "stripe", **environment)
    assert hanging.reached.wait(60)
    os.kill(process.pid, signal.SIGKILL)
    assert process.wait(10) == -signal.SIGKILL
    # Restarted while Stripe is still at it: Stripe says that the key is in use, so nothing is certain, nothing lost.
    restart(order, officer, "stripe")
    assert PaymentOrder.objects.get().state == ("sent" if when == "before" else "paid")
    hanging.release.set()
    while len(stripe.of("transfer")) < 1:
        pass
    restart(order, officer, "stripe")
    assert len(stripe.of("transfer")) == 1
    check_paid_once(order)


@pytest.mark.parametrize("point", [*POINTS[:3], "half the file is written", *POINTS[3:]])
def test_the_bank_gets_one_file_wherever_the_process_dies(settings, tmp_path, point):
    order = an_approved_order(50_000, line=a_budget_line())
    an_account(order.bureau)
    an_account(order.payee)
    officer = a_person(Role.FINANCE, of=order.bureau)
    outbox = tmp_path / "outbox"
    outbox.mkdir()
    settings.BANK_OUTBOX_DIR = str(outbox)
    assert worker(point, order, officer, "bank_file", BANK_OUTBOX_DIR=str(outbox)).wait(60) == DEATH
    if point == "after the call":  # the bank's program was faster than our restart
        (outbox / "taken").mkdir()
        for file in outbox.glob("*.xml"):
            file.rename(outbox / "taken" / file.name)
    restart(order, officer, "bank_file")

    attempt = PaymentAttempt.objects.get()
    assert attempt.handed_over_at is not None
    files = [*outbox.glob("*.xml"), *outbox.glob("taken/*.xml")]
    assert [file.name for file in files] == [f"{attempt.batch.message_id}.xml"]
    assert Path(files[0]).read_text().count(attempt.end_to_end_id) == 1
    actions.import_bank_answer(order.bureau, bank_csv((attempt, 50_000, "成功", "")), by=officer)
    check_paid_once(order)
