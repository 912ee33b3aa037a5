"""What a programme's terms allow of one redemption: a share of the price, a day's money, a month's times."""

import pytest
from django.core.exceptions import ValidationError

from marketplace.pages import clock
from marketplace.vouchers.actions import redeem, reverse_redemption
from marketplace.vouchers.models import Programme, Redemption
from tests.given.vouchers import a_counter

pytestmark = pytest.mark.django_db


def limited(**terms):
    counter = a_counter()
    Programme.objects.filter(pk=counter.programme.pk).update(**terms)
    return counter


def refused(code: str, counter, **changes) -> None:
    before = Redemption.objects.count(), counter.voucher.spent
    with pytest.raises(ValidationError) as refusal:
        redeem(counter.provider, **counter.request(**changes))
    assert refusal.value.code == code
    assert (Redemption.objects.count(), counter.voucher.spent) == before


def test_a_share_of_the_price():
    counter = limited(basis="rate", rate=40, rates={})
    refused("above_share", counter)
    refused("above_share", counter, own_part=35_99)
    assert redeem(counter.provider, **counter.request(own_part=36_00)).amount == 24_00


def test_another_share_for_one_kind_of_service():
    counter = limited(basis="rate", rate=40, rates={"home-care": 50})
    refused("above_share", counter, own_part=29_99)
    assert redeem(counter.provider, **counter.request(own_part=30_00)).amount == 30_00


def test_so_much_a_day():
    counter = limited(daily_limit=50_00)
    refused("daily_limit", counter)
    first = redeem(counter.provider, **counter.request(amount=30_00))
    refused("daily_limit", counter, amount=20_01, key="key-2")
    redeem(counter.provider, **counter.request(amount=20_00, key="key-3"))
    refused("daily_limit", counter, amount=1, key="key-4")
    reverse_redemption(first, reason="没有做", by=counter.staff)
    redeem(counter.provider, **counter.request(amount=30_00, key="key-5"))
    with clock.pretend(clock.at_hour(clock.today(), 0)):
        refused("daily_limit", counter, amount=1, key="key-6")


def test_so_many_times_a_month():
    counter = limited(service_limits={"home-care": 3, "bath": 1})
    redeem(counter.provider, **counter.request(amount=10_00, units=2))
    refused("service_limit", counter, amount=10_00, units=2, key="key-2")
    redeem(counter.provider, **counter.request(amount=10_00, key="key-3"))
    refused("service_limit", counter, amount=10_00, key="key-4")


def test_who_has_too_little_is_told_so_first():
    counter = limited(daily_limit=10_00)
    refused("overdrawn", counter, amount=81_00, units=2)
