import datetime

import pytest
from django.core.management import call_command

from marketplace.pages import clock
from marketplace.vouchers.actions import redeem, run_due_months
from marketplace.vouchers.models import Voucher
from tests.given.vouchers import a_counter

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_month_is_issued_once_and_the_last_one_expires():
    with clock.pretend(clock.at_hour(datetime.date(2026, 4, 10), 9)):
        counter = a_counter()
        redeem(counter.provider, **counter.request())
        assert run_due_months() == 0, "April has been issued already"

    with clock.pretend(clock.at_hour(datetime.date(2026, 5, 1), 0, 5)):
        assert run_due_months() == 2, "April expires, May is issued"
        assert run_due_months() == 0

    april, may = Voucher.objects.filter(resident=counter.resident).order_by("month")
    assert (april.spent, april.expired) == (60_00, 20_00)
    assert (may.granted, may.spent) == (80_00, 0)
    call_command("verify_ledger")
