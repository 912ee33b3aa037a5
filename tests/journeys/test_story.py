"""One whole story through every room, over HTTP, as the people who live it: steps 1 to 8 of "A city from nothing"."""

import datetime

import pytest

from contracts.models import Contract
from marketplace.pages import clock
from marketplace.tenders.models import Tender

from .buying import deliver_and_pay, open_score_and_award, publish_a_tender, seal_a_bid, sign_a_contract
from .caring import evaluate, raise_a_young_one, read_it_all, settle_the_month, spend_a_voucher
from .town import Town, later

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_city_from_nothing():
    with later(clock.at_hour(datetime.date(2026, 3, 2), 9)):
        town = Town()
        number = publish_a_tender(town)
        raise_a_young_one(town)
        for key, price in (("provider", "396000"), ("provider_chunhui", "420000"), ("provider_heyue", "450000.50")):
            seal_a_bid(town, key, number, price)

    due = Tender.objects.get(number=number).bids_due_at
    with later(due + datetime.timedelta(minutes=5)):
        open_score_and_award(town, number)
    with later(due + datetime.timedelta(days=2)):
        contract = sign_a_contract(town)
    starts_on = Contract.objects.get(number=contract).starts_on
    with later(clock.at_hour(starts_on, 9)):
        deliver_and_pay(town, contract)
        spend_a_voucher(town)
        evaluate(town, contract)
    with later(clock.at_hour(starts_on.replace(day=1) + datetime.timedelta(days=33), 9)):
        settle_the_month(town)
        read_it_all(town, number, contract)
