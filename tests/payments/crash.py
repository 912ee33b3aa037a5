"""A worker that dies at one point: `python -m tests.payments.crash POINT BUREAU ORDER OFFICER CHANNEL`.

Run as a process of its own by test_crashes.py, on the same database and the same channel. It sends one approved order
and hands it over, and is gone (os._exit: no rollback, no clean-up, no flushed buffer) where it was told to die.
"""

import os
import sys
from collections.abc import Iterator
from typing import NoReturn

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from django.db import transaction  # noqa: E402

from marketplace.parties.models import Organisation, User  # noqa: E402
from marketplace.payments.actions import carry_out_batch, carrying, send_payments  # noqa: E402
from marketplace.payments.channels import Answer, Carrier, carrier_of  # noqa: E402
from marketplace.payments.models import PaymentAttempt, PaymentBatch, PaymentOrder  # noqa: E402

DEATH = 9


def die() -> NoReturn:
    os._exit(DEATH)


class Dying(Carrier):
    """The real channel, in a process that dies just before or just after it."""

    def __init__(self, channel: str, *, after: bool) -> None:
        self.real, self.after = carrier_of(channel), after

    def carry(self, batch: PaymentBatch, attempts: list[PaymentAttempt]) -> Iterator[Answer]:
        if self.after:
            for _answer in self.real.carry(batch, attempts):
                die()
        die()
        yield  # a generator, as the real ones


def die_while_recording(answer: Answer) -> None:
    with transaction.atomic():
        carrying.really_record(answer)
        die()  # before the commit


def main(point: str, bureau_id: str, order_id: str, officer_id: str, channel: str) -> None:
    bureau, officer = Organisation.objects.get(pk=bureau_id), User.objects.get(pk=officer_id)
    order = PaymentOrder.objects.get(pk=order_id)
    with transaction.atomic():
        batch = send_payments(bureau, [order], by=officer, channel=channel)
        if point == "before the intent is committed":
            die()
        transaction.get_connection().run_on_commit.clear()  # handed over below, where it can die
    if point == "after the intent is committed":
        die()
    if point == "before the call":
        carrying.carrier_of = lambda channel: Dying(channel, after=False)
    if point == "after the call":
        carrying.carrier_of = lambda channel: Dying(channel, after=True)
    if point == "before the answer is committed":
        carrying.really_record, carrying.record_answer = carrying.record_answer, die_while_recording
    if point == "half the file is written":
        os.fsync = lambda _file: die()
    carry_out_batch(batch)
    if point == "after the answer is committed":
        die()


if __name__ == "__main__":
    main(*sys.argv[1:])
