"""A settlement is paid within the days that the provider's agreement gives; without any, as the rule says."""

import pytest

from contracts import actions
from marketplace.directory.models import Accreditation
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.rules.calendar import add_days, due_date
from marketplace.rules.queries import resolve
from marketplace.vouchers.actions import redeem, settle_month
from tests.given.contracts import a_cast
from tests.given.vouchers import a_counter

pytestmark = pytest.mark.django_db


def settled(counter):
    redeem(counter.provider, **counter.request())
    (settlement,) = settle_month(counter.bureau, clock.today(), by=service_user("tests"))
    return settlement


def test_without_an_agreement_the_rule_says_when():
    counter = a_counter()
    rule = resolve("voucher.settlement_payment", region=counter.bureau.region)
    assert settled(counter).due_on == due_date(clock.today(), rule)


def test_the_agreement_says_when():
    counter = a_counter()
    cast = a_cast(counter.bureau, counter.provider)
    agreement = actions.draft_provider_agreement(
        counter.programme, counter.provider, starts_on=clock.today(), by=cast.officer
    )
    assert agreement.payment_days == resolve("voucher.settlement_payment", region=counter.bureau.region).number
    actions.change_conditions(agreement, payment_days=12, by=cast.officer)
    words = "\n".join(agreement.clauses.values_list("text", flat=True))
    assert "12" in words
    actions.send_for_signature(agreement, by=cast.officer)
    actions.sign_contract(agreement, by=cast.provider)
    actions.sign_contract(agreement, by=cast.signatory)
    assert Accreditation.objects.get(organisation=counter.provider).settlement_days == 12
    assert settled(counter).due_on == add_days(clock.today(), 12)
