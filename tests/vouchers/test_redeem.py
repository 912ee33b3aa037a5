"""The counter's verb: what it pays, what it refuses, and that a refusal changes nothing."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from marketplace.audit.canonical import column_names, row_mac
from marketplace.audit.models import Entry
from marketplace.directory.actions import suspend_accreditation
from marketplace.directory.models import Accreditation
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.residents.actions import suspend_resident
from marketplace.vouchers.actions import issue_card, issue_month, redeem, unlock_card
from marketplace.vouchers.models import Card, Redemption, Voucher
from tests.given.directory import a_service, admitted
from tests.given.people import a_person
from tests.given.refusals import code_of
from tests.given.vouchers import PIN, Counter, a_counter, a_programme

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter() -> Counter:
    return a_counter()


def refused(counter: Counter, **changes) -> ValidationError:
    before = Redemption.objects.count(), counter.voucher.spent
    with pytest.raises(ValidationError) as refusal:
        redeem(counter.provider, **counter.request(**changes))
    assert (Redemption.objects.count(), counter.voucher.spent) == before
    return refusal.value


def test_an_hour_of_home_care(counter):
    redemption = redeem(counter.provider, **counter.request())
    assert (redemption.amount, redemption.own_part, redemption.balance_left) == (60_00, 0, 20_00)
    assert counter.voucher.balance == 20_00
    assert Entry.objects.filter(event="voucher.redeemed", subject_id=str(redemption.id)).count() == 1


def test_a_second_hour_is_overdrawn_and_the_rest_can_be_paid(counter):
    redeem(counter.provider, **counter.request())
    refusal = refused(counter, key="key-2")
    assert refusal.code == "overdrawn"
    assert refusal.params == {"balance": "20.00", "balance_fen": 20_00}
    redemption = redeem(counter.provider, **counter.request(key="key-3", own_part=40_00))
    assert (redemption.amount, redemption.own_part, redemption.balance_left) == (20_00, 40_00, 0)
    assert counter.voucher.balance == 0


def test_the_same_key_is_one_redemption(counter):
    first = redeem(counter.provider, **counter.request())
    again = redeem(counter.provider, **counter.request())
    assert again.id == first.id and again.replayed and again.balance_left == first.balance_left
    assert counter.voucher.spent == 60_00
    assert code_of(refused(counter, amount=50_00)) == "key_conflict"


def test_five_wrong_pins_lock_the_card_until_the_desk_unlocks_it(counter):
    for _try in range(5):
        assert code_of(refused(counter, pin="000000")) == "wrong_pin"
    assert refused(counter).code == "locked"
    assert Card.objects.get(pk=counter.card.pk).wrong_tries == 5
    unlock_card(counter.card, by=service_user("tests"))
    assert redeem(counter.provider, **counter.request()).amount == 60_00


def test_a_right_pin_forgets_the_wrong_ones(counter):
    for _try in range(4):
        refused(counter, pin="000000")
    redeem(counter.provider, **counter.request(amount=10_00))
    assert Card.objects.get(pk=counter.card.pk).wrong_tries == 0


def test_a_replaced_card_pays_nothing(counter):
    new = issue_card(counter.resident, pin=PIN, by=service_user("tests"))
    assert refused(counter).code == "locked"
    assert redeem(counter.provider, **counter.request(card=new.number)).amount == 60_00


def test_a_card_without_pin(counter):
    new = issue_card(counter.resident, by=service_user("tests"))
    assert refused(counter, card=new.number).code == "no_pin"


def test_a_suspended_resident(counter):
    suspend_resident(counter.resident, reason="住院", by=service_user("tests"))
    assert refused(counter).code == "suspended"


def test_a_provider_that_is_not_admitted(counter):
    suspend_accreditation(Accreditation.objects.get(), reason="检查", by=service_user("tests"))
    assert refused(counter).code == "not_accredited"


def test_a_service_outside_the_programme(counter):
    meal = a_service(counter.provider, category="meal", price=15_00)
    assert refused(counter, service=meal, amount=15_00).code == "outside_programme"


def test_a_month_that_is_over(counter):
    last_month = clock.now() - datetime.timedelta(days=32)
    assert refused(counter, performed_at=last_month).code == "expired"


def test_last_months_voucher_can_not_be_spent_this_month(counter):
    with clock.pretend(clock.now() + datetime.timedelta(days=32)):
        before = Redemption.objects.count()
        with pytest.raises(ValidationError) as refusal:
            redeem(counter.provider, **counter.request())
        assert refusal.value.code == "expired" and Redemption.objects.count() == before


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"card": "1234"}, "card_number"),
        ({"card": "8632000000000000"}, "card_number"),
        ({"card": "8632000000000009"}, "unknown_card"),
        ({"amount": 0}, "amount"),
        ({"amount": -5}, "amount"),
        ({"own_part": -1}, "negative"),
        ({"own_part": 60_00}, "own_part"),
        ({"units": 0}, "units"),
        ({"amount": 61_00}, "above_list"),
        ({"amount": 99_00}, "overdrawn"),
    ],
)
def test_bad_requests(counter, changes, code):
    assert code_of(refused(counter, **changes)) == code


def test_a_time_that_has_not_come(counter):
    assert code_of(refused(counter, performed_at=clock.now() + datetime.timedelta(hours=1))) == "performed_at"


def test_a_stranger_may_not(counter):
    with pytest.raises(PermissionDenied):
        redeem(counter.provider, **counter.request(by=a_person()))
    assert counter.voucher.spent == 0


def test_the_more_particular_programme_pays_first(counter):
    narrow = a_programme(
        counter.programme.budget_line, code="meals-85", amount=30_00, age=85, categories=("meal", "home-care")
    )

    admitted(counter.provider, narrow.code)
    issue_month(narrow, clock.today(), by=service_user("tests"))
    first = redeem(counter.provider, **counter.request(amount=30_00))
    assert first.programme == narrow
    second = redeem(counter.provider, **counter.request(amount=60_00, key="key-2"))
    assert second.programme == counter.programme
    assert Voucher.objects.filter(resident=counter.resident).count() == 2


def test_what_the_statement_writes_into_the_trail_is_signed_as_any_entry(counter):
    """On PostgreSQL the entries are signed before the database writes them."""
    redeem(counter.provider, **counter.request(own_part=1_00))
    for number in range(5):
        refused(counter, pin="000000", key=f"key-{number + 2}")
    names = column_names(Entry)
    entries = Entry.objects.filter(event__in=["voucher.redeemed", "card.wrong_pin", "card.locked"])
    assert entries.count() == 7
    for columns in entries.values(*names):
        assert columns["mac"] == row_mac(columns), columns["event"]
        assert columns["actor_id"] == counter.staff.pk and columns["organisation_id"] == counter.provider.pk
    redeemed = entries.get(event="voucher.redeemed")
    assert redeemed.detail == {"month": f"{clock.today():%Y-%m}", "amount": 59_00, "own_part": 1_00}
    assert {entry.subject_id for entry in entries.exclude(pk=redeemed.pk)} == {str(counter.card.pk)}
