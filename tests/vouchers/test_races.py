"""Many at once on PostgreSQL: never a fen too much, and one key has one effect."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
from django.core.exceptions import ValidationError
from django.db import connection, connections, transaction

from marketplace.ledger.verification import registered_checks
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.vouchers.actions import redeem, reverse_redemption, settle_month
from marketplace.vouchers.models import Card, Redemption, Reversal
from tests.given.vouchers import a_counter

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite's writers are serial"),
]


def all_at_once(run, arguments, threads: int) -> list:
    def alone(argument):
        try:
            return run(argument)
        except ValidationError as refusal:
            errors = refusal.error_dict["pin"] if hasattr(refusal, "error_dict") else [refusal]
            return errors[0].code
        finally:
            connections.close_all()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(alone, arguments))


def test_sixty_four_threads_on_one_wallet():
    counter = a_counter()
    answers = all_at_once(
        lambda number: redeem(counter.provider, **counter.request(amount=3_00, key=f"key-{number}")), range(256), 64
    )
    paid = [answer for answer in answers if isinstance(answer, Redemption)]
    assert len(paid) == 26  # 26 × 3 yuan of 80
    assert {answer for answer in answers if not isinstance(answer, Redemption)} == {"overdrawn"}
    assert counter.voucher.spent == 78_00 == sum(redemption.amount for redemption in Redemption.objects.all())
    assert list(registered_checks()["vouchers"]()) == []


def test_the_same_request_fifty_times_at_once():
    counter = a_counter()
    answers = all_at_once(lambda _number: redeem(counter.provider, **counter.request()), range(50), 50)
    assert {(answer.id, answer.amount, answer.balance_left) for answer in answers} == {(answers[0].id, 60_00, 20_00)}
    assert Redemption.objects.count() == 1 and counter.voucher.spent == 60_00


def test_wrong_pins_at_once_lock_after_five():
    counter = a_counter()
    answers = all_at_once(
        lambda number: redeem(counter.provider, **counter.request(pin="000000", key=f"key-{number}")), range(32), 32
    )
    assert sorted(answers) == ["locked"] * 27 + ["wrong_pin"] * 5
    assert Card.objects.get(pk=counter.card.pk).wrong_tries == 5


def test_one_redemption_is_taken_back_once():
    counter = a_counter()
    redemption = redeem(counter.provider, **counter.request())
    all_at_once(lambda number: reverse_redemption(redemption, reason=f"原因{number}", by=counter.staff), range(16), 16)
    assert Reversal.objects.count() == 1 and counter.voucher.spent == 0


def test_a_reversal_while_a_settlement_is_on_its_way_is_netted_by_the_next():
    """Counted as owed by a run that has not committed, and given back meanwhile: the next run must know of it."""
    counter, by = a_counter(), service_user("vouchers")
    redemption = redeem(counter.provider, **counter.request())
    counted, taken_back = Event(), Event()

    def settle():
        try:
            with transaction.atomic():
                settlements = settle_month(counter.bureau, clock.today(), by=by)
                counted.set()
                assert taken_back.wait(20)
            return settlements
        finally:
            counted.set()
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        run = pool.submit(settle)
        assert counted.wait(20)
        reversal = reverse_redemption(redemption, reason="按错了", by=counter.staff)
        taken_back.set()
        assert [settlement.amount for settlement in run.result()] == [60_00]
    assert reversal.after_settlement


def test_reversals_do_not_take_each_other_for_a_settlement():
    counter = a_counter()
    redemptions = [redeem(counter.provider, **counter.request(amount=10_00, key=f"key-{n}")) for n in range(4)]
    all_at_once(lambda one: reverse_redemption(one, reason="按错了", by=counter.staff), redemptions, 4)
    assert set(Reversal.objects.values_list("after_settlement", flat=True)) == {False}
