"""Step 5 of the story, by the verbs: issued, spent, refused, split, settled, paid."""

import datetime
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection

from marketplace.ledger.models import Account
from marketplace.ledger.queries import balance, payable_to
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Role
from marketplace.payments.models import PaymentOrder
from marketplace.vouchers.actions import (
    approve_settlement,
    expire_month,
    issue_month,
    order_settlement,
    redeem,
    reverse_redemption,
    settle_month,
)
from marketplace.vouchers.models import Redemption, Settlement, Voucher
from marketplace.vouchers.verification import check_vouchers
from tests.given.people import a_person, a_region
from tests.given.residents import a_resident
from tests.given.vouchers import a_counter, a_programme

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter():
    return a_counter()


def outstanding(counter) -> int:
    return balance(Account.of(Account.Kind.VOUCHERS, line=counter.programme.budget_line))


def test_the_month_from_issue_to_payment(counter):
    assert outstanding(counter) == 80_00
    redeem(counter.provider, **counter.request())
    with pytest.raises(ValidationError) as refusal:
        redeem(counter.provider, **counter.request(key="key-2"))
    assert refusal.value.code == "overdrawn" and "20.00" in refusal.value.messages[0]
    redeem(counter.provider, **counter.request(key="key-3", own_part=40_00))

    [settlement] = settle_month(counter.bureau, clock.today(), by=service_user("vouchers"))
    assert settlement.amount == 80_00
    assert settle_month(counter.bureau, clock.today(), by=service_user("vouchers")) == []
    officer, approver = a_person(Role.OFFICER, of=counter.bureau), a_person(Role.APPROVER, of=counter.bureau)
    with pytest.raises(PermissionDenied):
        approve_settlement(settlement, by=officer)
    approve_settlement(settlement, by=approver)
    order_settlement(settlement, by=officer)
    assert payable_to(counter.provider) == 80_00
    assert outstanding(counter) == 0
    [order] = PaymentOrder.objects.filter(reference=settlement.number)
    assert (order.amount, order.payee) == (80_00, counter.provider)
    assert list(check_vouchers()) == []


def test_what_comes_after_the_freeze_goes_into_the_next_run(counter):
    redeem(counter.provider, **counter.request(amount=10_00))
    [first] = settle_month(counter.bureau, clock.today(), by=service_user("vouchers"))
    redeem(counter.provider, **counter.request(amount=20_00, key="key-2"))
    [second] = settle_month(counter.bureau, clock.today(), by=service_user("vouchers"))
    assert (first.amount, second.amount, second.run) == (10_00, 20_00, 2)


def test_a_reversal_before_settlement_is_never_paid(counter):
    redemption = redeem(counter.provider, **counter.request())
    reversal = reverse_redemption(redemption, reason="服务没有做", by=counter.staff)
    assert not reversal.after_settlement and counter.voucher.balance == 80_00
    assert reverse_redemption(redemption, reason="服务没有做", by=counter.staff).pk == reversal.pk
    with pytest.raises(ValidationError) as refusal:
        reverse_redemption(redemption, reason="另一个原因", by=counter.staff)
    assert refusal.value.code == "reversed"
    assert settle_month(counter.bureau, clock.today(), by=service_user("vouchers")) == []


def test_a_reversal_after_settlement_lowers_the_next_one(counter):
    redemption = redeem(counter.provider, **counter.request())
    settle_month(counter.bureau, clock.today(), by=service_user("vouchers"))
    assert reverse_redemption(redemption, reason="服务没有做", by=counter.staff).after_settlement
    assert settle_month(counter.bureau, clock.today(), by=service_user("vouchers")) == []
    redeem(counter.provider, **counter.request(amount=60_00, key="key-2"))
    assert settle_month(counter.bureau, clock.today(), by=service_user("vouchers")) == []
    redeem(counter.provider, **counter.request(amount=15_00, key="key-3"))
    [next_one] = settle_month(counter.bureau, clock.today(), by=service_user("vouchers"))
    assert next_one.amount == 15_00
    assert list(check_vouchers()) == []


def test_a_month_is_issued_once_and_late_comers_get_theirs(counter):
    assert issue_month(counter.programme, clock.today(), by=service_user("vouchers")) is None
    a_resident(age=90, region=a_region())
    a_resident(age=70, region=a_region())
    issue = issue_month(counter.programme, clock.today(), by=service_user("vouchers"))
    assert (issue.vouchers, issue.amount) == (1, 80_00)
    assert Voucher.objects.count() == 2


def test_age_counts_from_the_month_of_the_birthday():
    programme = a_programme()
    month = clock.today().replace(day=1)
    assert programme.youngest_birth_date(month).day >= 28
    a_resident(born=programme.youngest_birth_date(month), region=a_region())
    a_resident(born=programme.youngest_birth_date(month) + datetime.timedelta(days=1), region=a_region())
    assert issue_month(programme, month, by=service_user("vouchers")).vouchers == 1


def test_without_budget_nothing_is_issued(counter):
    programme = a_programme(counter.programme.budget_line, code="too-dear", amount=20_000_00)
    with pytest.raises(ValidationError) as refusal:
        issue_month(programme, clock.today(), by=service_user("vouchers"))
    assert refusal.value.code == "budget_short"
    assert not Voucher.objects.filter(programme=programme).exists()


def test_what_is_left_expires_back_to_the_line(counter):
    redeem(counter.provider, **counter.request())
    month = clock.today().replace(day=1)
    line = counter.programme.budget_line
    with pytest.raises(ValidationError):
        expire_month(counter.programme, month, by=service_user("vouchers"))
    with clock.pretend(clock.now() + datetime.timedelta(days=32)):
        before = type(line).objects.get(pk=line.pk).available
        assert expire_month(counter.programme, month, by=service_user("vouchers")) == 20_00
        assert expire_month(counter.programme, month, by=service_user("vouchers")) == 0
        assert type(line).objects.get(pk=line.pk).available == before + 20_00
        [settlement] = settle_month(counter.bureau, month, by=service_user("vouchers"))
    assert settlement.amount == 60_00 and Settlement.objects.count() == 1
    assert list(check_vouchers()) == []


def test_a_redemption_that_nobody_made_is_named(counter):
    """Written into the database with its wallet's counter, as its owner could: all sums agree, the trail does not."""
    redemption = redeem(counter.provider, **counter.request(amount=20_00))
    forged = uuid.uuid4()
    columns = [field.column for field in Redemption._meta.concrete_fields if field.column != "id"]
    key = forged if connection.features.has_native_uuid_field else forged.hex
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO vouchers_redemption (id, {', '.join(columns)}) "
            f"SELECT %s, {', '.join(columns)} FROM vouchers_redemption",
            [key],
        )
    Voucher.objects.update(spent=40_00)
    faults = list(check_vouchers())
    assert [fault for fault in faults if str(forged) in fault] == faults and len(faults) == 1
    assert str(redemption.id) not in faults[0]
