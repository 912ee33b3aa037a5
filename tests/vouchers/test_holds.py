"""Money kept for a booking: held, paid out, let go, run out; and that it can't be spent meanwhile."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from marketplace.audit.models import Entry
from marketplace.directory.actions import suspend_accreditation
from marketplace.directory.models import Accreditation
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Role
from marketplace.residents.actions import suspend_resident
from marketplace.vouchers.actions import confirm_hold, expire_holds, expire_month, hold, redeem, release_hold
from marketplace.vouchers.models import Hold, Redemption
from marketplace.vouchers.verification import check_vouchers
from tests.given.people import a_person
from tests.given.vouchers import Counter, a_counter

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter() -> Counter:
    return a_counter()


@pytest.fixture
def booking(counter) -> dict:
    """What a booking asks: an hour tomorrow."""
    return {
        "resident": counter.resident,
        "service": counter.service,
        "amount": 60_00,
        "month": clock.today(),
        "key": "booking-1",
        "until": clock.now() + datetime.timedelta(hours=6),
        "by": a_person(Role.COMMUNITY_WORKER, of=counter.bureau),
    }


def refused(code: str, act, *args, **changes) -> ValidationError:
    before = Hold.objects.count(), Redemption.objects.count(), Entry.objects.count()
    with pytest.raises(ValidationError) as refusal:
        act(*args, **changes)
    error = refusal.value
    errors = [e for es in error.error_dict.values() for e in es] if hasattr(error, "error_dict") else [error]
    assert errors[0].code == code
    assert (Hold.objects.count(), Redemption.objects.count(), Entry.objects.count()) == before
    return errors[0]


def test_what_is_held_can_not_be_spent(counter, booking):
    hold(**booking)
    assert (counter.voucher.held, counter.voucher.balance) == (60_00, 20_00)
    refusal = refused("overdrawn", redeem, counter.provider, **counter.request())
    assert refusal.params["balance_fen"] == 20_00
    refusal = refused("overdrawn", hold, **booking | {"key": "booking-2", "amount": 20_01})
    assert refusal.params["balance_fen"] == 20_00
    assert list(check_vouchers()) == []


def test_the_same_key_is_one_hold(counter, booking):
    assert hold(**booking).pk == hold(**booking).pk
    assert counter.voucher.held == 60_00
    refused("key_conflict", hold, **booking | {"amount": 50_00})


def test_by_card(counter, booking):
    del booking["resident"]
    assert hold(card=counter.card.spaced_number, **booking).resident == counter.resident
    refused("unknown_card", hold, card="8632000000000009", **booking)


def test_confirmed_it_is_a_redemption_and_the_rest_is_free_again(counter, booking):
    kept = hold(**booking)
    redemption = confirm_hold(kept, 45_00, by=counter.staff)
    assert (redemption.id, redemption.amount, redemption.balance_left) == (kept.id, 45_00, 35_00)
    assert (counter.voucher.spent, counter.voucher.held) == (45_00, 0)
    assert confirm_hold(kept, 45_00, by=counter.staff).id == redemption.id
    refused("hold_ended", confirm_hold, kept, 50_00, by=counter.staff)
    refused("hold_ended", release_hold, kept, reason="取消", by=counter.staff)
    assert Redemption.objects.count() == 1
    assert list(check_vouchers()) == []


def test_let_go(counter, booking):
    kept = hold(**booking)
    refused("reason", release_hold, kept, reason=" ", by=counter.staff)
    assert release_hold(kept, reason="老人临时有事", by=counter.staff).state == Hold.State.RELEASED
    assert release_hold(kept, reason="老人临时有事", by=counter.staff).state == Hold.State.RELEASED
    assert (counter.voucher.held, counter.voucher.balance) == (0, 80_00)
    refused("hold_ended", confirm_hold, kept, by=counter.staff)


def test_run_out_by_the_clock(counter, booking):
    kept = hold(**booking)
    assert expire_holds() == 0
    with clock.pretend(booking["until"]):
        refused("hold_ended", confirm_hold, kept, by=counter.staff)
        assert expire_holds() == 1
        assert expire_holds() == 0
    assert (counter.voucher.held, counter.voucher.balance) == (0, 80_00)
    assert Entry.objects.filter(event="hold.expired").count() == 1


def test_refusals_of_a_hold(counter, booking):
    refused("amount", hold, **booking | {"amount": 0})
    refused("above_list", hold, **booking | {"amount": 60_01})
    refused("until", hold, **booking | {"until": clock.now()})
    refused("until", hold, **booking | {"until": clock.now() + datetime.timedelta(days=40)})
    this = clock.today().replace(day=1)
    refused("until", hold, **booking | {"month": this - datetime.timedelta(days=1)})
    next_one = this + datetime.timedelta(days=31)
    refused("not_issued", hold, **booking | {"month": next_one, "until": clock.at_hour(next_one, 12)})
    for person in (a_person(), counter.staff):  # a provider would spend without a PIN
        with pytest.raises(PermissionDenied):
            hold(**booking | {"by": person})
    suspend_resident(counter.resident, reason="待核实", by=service_user("tests"))
    refused("suspended", hold, **booking)


def test_refusals_of_a_confirmation(counter, booking):
    kept = hold(**booking)
    refused("amount", confirm_hold, kept, 60_01, by=counter.staff)
    refused("amount", confirm_hold, kept, 0, by=counter.staff)
    refused("above_list", confirm_hold, kept, own_part=1, by=counter.staff)
    refused("negative", confirm_hold, kept, own_part=-1, by=counter.staff)
    before = clock.now() - datetime.timedelta(days=32)
    refused("performed_at", confirm_hold, kept, performed_at=before, by=counter.staff)
    for person in (a_person(), booking["by"]):
        with pytest.raises(PermissionDenied):
            confirm_hold(kept, by=person)
    with pytest.raises(PermissionDenied):
        release_hold(kept, reason="试试", by=a_person())
    suspend_accreditation(Accreditation.objects.get(), reason="停业整顿", by=service_user("tests"))
    refused("not_accredited", confirm_hold, kept, by=counter.staff)
    suspend_resident(counter.resident, reason="待核实", by=service_user("tests"))
    refused("suspended", confirm_hold, kept, by=counter.staff)
    assert counter.voucher.held == 60_00


def test_a_month_that_is_over_keeps_what_is_held_and_expires_the_rest(counter, booking):
    month, by = clock.today().replace(day=1), service_user("tests")
    end = clock.at_hour((month + datetime.timedelta(days=31)).replace(day=1), 0)
    kept = hold(**booking | {"until": end + datetime.timedelta(days=2)})
    with clock.pretend(end + datetime.timedelta(hours=1)):
        assert expire_month(counter.programme, month, by=by) == 20_00
        confirm_hold(kept, 50_00, performed_at=end - datetime.timedelta(minutes=30), by=counter.staff)
        assert expire_month(counter.programme, month, by=by) == 10_00
    assert (counter.voucher.spent, counter.voucher.expired, counter.voucher.balance) == (50_00, 30_00, 0)
    assert list(check_vouchers()) == []


def test_who_sees_a_hold(counter, booking):
    kept = hold(**booking)
    for person, seen in ((counter.staff, True), (booking["by"], True), (a_person(), False)):
        assert Hold.objects.visible_to(person).filter(id=kept.id).exists() is seen
