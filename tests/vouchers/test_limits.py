"""What a programme's terms allow of one redemption: a share of the price, a day's money, a month's times."""
"""What a programme's own terms allow: a share of the price up to a cap, so much a day, so often a month."""

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
pytestmark = pytest.mark.django_db(transaction=True)


def refused(counter, **changes) -> ValidationError:
    before = Redemption.objects.count()
    with pytest.raises(ValidationError) as refusal:
        redeem(counter.provider, **counter.request(**changes))
    assert Redemption.objects.count() == before
    return refusal.value


def test_a_share_of_the_price_up_to_the_cap():
    """The national pilot: deduct = min(rate × eligible self-pay, remaining cap)."""
    counter = a_counter(basis=Programme.Basis.RATE, rate=40, rates={"bath": 30}, amount=50_00, price=100_00)
    refusal = refused(counter, amount=100_00, own_part=59_99)
    assert (refusal.code, refusal.params["balance_fen"]) == ("over_rate", 40_00)
    paid = redeem(counter.provider, **counter.request(amount=100_00, own_part=60_00))
    assert (paid.amount, paid.own_part, paid.balance_left) == (40_00, 60_00, 10_00)
    refusal = refused(counter, amount=100_00, own_part=60_00, key="key-2")
    assert (refusal.code, refusal.params["balance_fen"]) == ("overdrawn", 10_00)  # the rest of the cap
    redeem(counter.provider, **counter.request(amount=100_00, own_part=90_00, key="key-3"))


def test_so_much_a_day_and_what_is_taken_back_counts_no_more():
    counter = a_counter(daily_limit=30_00)
    first = redeem(counter.provider, **counter.request(amount=20_00))
    refusal = refused(counter, amount=20_00, key="key-2")
    assert (refusal.code, refusal.params["balance_fen"]) == ("daily_limit", 10_00)
    reverse_redemption(first, reason="没有服务", by=counter.staff)
    redeem(counter.provider, **counter.request(amount=30_00, key="key-3"))


def test_so_often_a_month():
    counter = a_counter(service_limits={"home-care": 1})
    redeem(counter.provider, **counter.request(amount=20_00))
    assert refused(counter, amount=20_00, key="key-2").code == "service_limit"
