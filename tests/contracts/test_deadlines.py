"""The days of the law, by the clock: thirty to sign, two working days to publish, seven to file, ten to accept."""

import datetime

import pytest
from django.utils import translation

from contracts import actions
from contracts.actions import run_due_contracts
from contracts.models import Acceptance, Contract
from marketplace.messages.models import Message
from marketplace.pages import clock
from marketplace.papers.models import Receipt
from marketplace.parties.models import User
from marketplace.rules.calendar import add_working_days
from tests.given.contracts import (
    a_contract_in_force,
    a_delivery,
    a_sent_contract,
    a_signed_contract,
    again,
)

pytestmark = pytest.mark.django_db


def on(day: datetime.date, hour: int = 9):
    return clock.pretend(clock.at_hour(day, hour))


def test_thirty_days_to_sign_and_whose_turn_it_is_is_reminded_before():
    contract = a_sent_contract()
    assert contract.sign_by == contract.awarded_on + datetime.timedelta(days=30)  # GPL 46
    people = {"supplier": contract.cast.provider, "buyer": contract.cast.signatory}
    reminded: dict[str, list[int]] = {"supplier": [], "buyer": []}
    half_signed = None
    for left in range(28, -3, -1):
        if left == 4:
            half_signed = half_signed_now(contract)
        before = {side: reminders(person) for side, person in people.items()}
        with on(contract.sign_by - datetime.timedelta(days=left)):
            run_due_contracts()
            run_due_contracts()
        for side, person in people.items():
            reminded[side] += [left] * (reminders(person) - before[side])
    assert half_signed is not None
    assert reminded == {"supplier": [10], "buyer": [3, 1, 0, -1, -2]}, "once a day; late, every day"
    assert again(contract).state == Contract.State.HALF_SIGNED, "the clock signs nothing"


def reminders(person: User) -> int:
    return Message.objects.filter(to=person, key__contains="remind").count()


def half_signed_now(contract: Contract) -> Contract:
    with on(contract.sign_by - datetime.timedelta(days=4), 8):
        actions.sign_contract(contract, by=contract.cast.provider)
    return again(contract)


def test_what_both_signed_is_published_at_once_and_filed_within_seven_working_days(client):
    contract = a_signed_contract()
    signed_on = contract.signed_at.astimezone(clock.SHANGHAI).date()
    assert contract.published_at == contract.signed_at  # due within two working days (REG 50)
    with on(add_working_days(signed_on, 7), 8):
        run_due_contracts()
    contract = again(contract)
    assert contract.filed_at.astimezone(clock.SHANGHAI).date() <= add_working_days(signed_on, 7)  # GPL 47
    assert Receipt.objects.of(contract).filter(kind="filing").count() == 1
    with translation.override("zh-hans"), on(signed_on + datetime.timedelta(days=20)):
        page = client.get(contract.get_absolute_url()).content.decode()
    for days in (2, 7):
        due = add_working_days(signed_on, days)
        assert f"{due.year}年{due.month}月{due.day}日" in page or due.isoformat() in page, (days, due)


def test_ten_working_days_of_silence_are_acceptance_and_not_one_less():
    contract = a_contract_in_force()
    deliverable = a_delivery(contract)
    report = deliverable.reports.get()
    assert report.deemed_on == add_working_days(report.reported_at.astimezone(clock.SHANGHAI).date(), 10)
    with on(report.deemed_on, 23):
        run_due_contracts()
    assert not Acceptance.objects.exists()
    with on(report.deemed_on + datetime.timedelta(days=1)):
        run_due_contracts()
        run_due_contracts()
    assert Acceptance.objects.get().is_deemed


def test_the_days_of_silence_begin_anew_after_a_suspension():
    contract = a_contract_in_force()
    report = a_delivery(contract).reports.get()
    with on(report.deemed_on):
        actions.suspend_contract(contract, reason="收到质疑", by=contract.cast.officer)
    resumed = report.deemed_on + datetime.timedelta(days=40)
    with on(resumed):
        run_due_contracts()
        actions.resume_contract(contract, by=contract.cast.officer)
        run_due_contracts()
    assert not Acceptance.objects.exists(), "nobody could accept or object meanwhile"
    report.refresh_from_db()
    assert report.deemed_on == add_working_days(resumed, contract.acceptance_days)
    with on(report.deemed_on + datetime.timedelta(days=1)):
        run_due_contracts()
    assert Acceptance.objects.get().is_deemed


def test_the_first_day_begins_the_contract():
    contract = a_signed_contract()
    with on(contract.starts_on - datetime.timedelta(days=1)):
        run_due_contracts()
    assert again(contract).state == Contract.State.SIGNED
    with on(contract.starts_on, 1):
        run_due_contracts()
    assert again(contract).state == Contract.State.IN_FORCE
