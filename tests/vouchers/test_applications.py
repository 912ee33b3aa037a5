"""Asking, being refused with the reason, and having it looked at by another officer."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from marketplace.messages.models import Message
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Role
from marketplace.residents.actions import correct_resident, delegate_to, link_account
from marketplace.rules.calendar import add_working_days
from marketplace.vouchers.actions import (
    appeal_refusal,
    apply_for,
    decide_application,
    review_appeal,
    run_due_months,
    withdraw_application,
)
from marketplace.vouchers.models import Application, Voucher
from tests.given.people import a_bureau, a_person, a_region, an_organisation
from tests.given.residents import a_resident
from tests.given.vouchers import a_programme

pytestmark = pytest.mark.django_db


@pytest.fixture
def programme():
    return a_programme(code="alone", by_application=True, only_alone=True)


@pytest.fixture
def officer(programme):
    return a_person(Role.OFFICER, of=programme.bureau)


@pytest.fixture
def worker():
    return a_person(Role.COMMUNITY_WORKER, of=a_bureau(region=a_region()))


@pytest.fixture
def resident():
    return a_resident(region=a_region(), household="family")


def test_granted_the_first_voucher_comes_within_five_working_days(programme, officer, worker):
    resident = a_resident(region=a_region(), household="alone")
    run_due_months()
    assert not Voucher.objects.exists()
    application = apply_for(programme, resident, channel="desk", by=worker)
    granted = decide_application(application, approve=True, by=officer)
    assert granted.first_voucher_by == add_working_days(clock.today(), 5)
    run_due_months()
    assert Voucher.objects.get().resident == resident
    assert Message.objects.filter(to=worker).count() == 1


def test_refused_with_the_reason_appealed_and_granted_by_another(programme, officer, worker, resident):
    application = apply_for(programme, resident, channel="paper", paper_number="Z-17", by=worker)
    with pytest.raises(ValidationError) as refusal:
        decide_application(application, approve=True, by=officer)
    assert refusal.value.code == "not_entitled" and "独居" not in refusal.value.messages[0].split("先")[-1]
    refused = decide_application(application, approve=False, by=officer)
    assert [item["code"] for item in refused.reasons] == ["not_alone"]
    appeal = appeal_refusal(refused, "老伴上月去世，现在一个人住", by=worker)
    with pytest.raises(PermissionDenied):
        review_appeal(appeal, grant=True, words="同意", by=officer)
    other = a_person(Role.APPROVER, of=programme.bureau)
    with pytest.raises(ValidationError) as refusal:
        review_appeal(appeal, grant=True, words="同意", by=other)
    assert refusal.value.code == "not_entitled"
    correct_resident(resident, household="alone", by=worker)
    review_appeal(appeal, grant=True, words="已核实独居", by=other)
    assert Application.objects.get(pk=application.pk).state == Application.State.APPROVED
    run_due_months()
    assert Voucher.objects.get().resident == resident
    with pytest.raises(ValidationError) as refusal:
        review_appeal(appeal, grant=False, words="再看", by=other)
    assert refusal.value.code == "state"


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda p, r, w: apply_for(a_programme(code="auto"), r, channel="desk", by=w), "automatic"),
        (lambda p, r, w: apply_for(p, r, channel="paper", by=w), "paper_number"),
        (lambda p, r, w: [apply_for(p, r, channel="desk", by=w) for _twice in range(2)], "applied"),
    ],
)
def test_what_can_not_be_applied_for(programme, resident, worker, act, code):
    with pytest.raises(ValidationError) as refusal:
        act(programme, resident, worker)
    found = refusal.value
    found = next(iter(found.error_dict.values()))[0] if hasattr(found, "error_dict") else found
    assert found.code == code


def test_nobody_decides_on_what_they_handed_in_and_strangers_ask_for_nobody(programme, officer, resident):
    with pytest.raises(PermissionDenied):
        apply_for(programme, resident, channel="online", by=a_person())
    application = apply_for(programme, resident, channel="desk", by=officer)
    with pytest.raises(PermissionDenied):
        decide_application(application, approve=False, words="不", by=officer)
    other = a_person(Role.OFFICER, of=programme.bureau)
    withdraw_application(application, by=officer)
    with pytest.raises(ValidationError) as refusal:
        decide_application(application, approve=False, words="不", by=other)
    assert refusal.value.code == "state"


def test_a_refusal_without_any_reason_is_none(programme, officer, worker):
    application = apply_for(programme, a_resident(region=a_region(), household="alone"), channel="desk", by=worker)
    with pytest.raises(ValidationError) as refusal:
        decide_application(application, approve=False, by=officer)
    assert refusal.value.error_dict["words"][0].code == "words"


def test_the_journey_of_a_daughter_and_the_officers(client, programme, officer, worker, resident):
    """A delegate asks online for her mother, is refused in plain words, appeals; another officer answers."""
    mother, daughter = a_person(), a_person()
    link_account(resident, mother, by=service_user("tests"))
    delegate_to(
        resident, daughter, kind="relative", scope="act", consent_on=clock.today(), consent_note="当面", by=worker,
    )  # fmt: skip
    client.force_login(daughter)
    correct_resident(resident, household="alone", by=service_user("tests"))
    page = client.get(reverse("vouchers:my_programmes"))
    assert page.status_code == 200 and reverse("vouchers:my_apply", args=["alone"]) in page.content.decode()
    correct_resident(resident, household="family", by=service_user("tests"))
    sent = client.post(reverse("vouchers:my_apply", args=["alone"]), {"need": "助浴"}, follow=True)
    application = Application.objects.get()
    assert sent.status_code == 200 and application.channel == "online"
    again = client.post(reverse("vouchers:my_apply", args=["alone"]), {"need": "助浴"})
    assert again.status_code == 422

    client.force_login(officer)
    assert application.get_absolute_url() in client.get("/desk/").content.decode()
    desk = client.get(reverse("vouchers:applications")).content.decode()
    assert resident.masked_name in desk and resident.name not in desk
    decided = client.post(
        reverse("vouchers:decide", args=[application.pk]), {"decision": "refuse", "words": ""}, follow=True
    )
    assert decided.status_code == 200

    client.force_login(daughter)
    page = client.get(application.get_absolute_url()).content.decode()
    assert "与家人同住" in page and reverse("vouchers:appeal", args=[application.pk]) in page
    client.post(reverse("vouchers:appeal", args=[application.pk]), {"grounds": "已经独居三年"})
    client.force_login(a_person(Role.APPROVER, of=programme.bureau))
    client.post(
        reverse("vouchers:review_appeal", args=[application.pk]),
        {"decision": "refuse", "words": "请先更正登记"},
    )
    client.force_login(mother)
    page = client.get(application.get_absolute_url()).content.decode()
    assert "请先更正登记" in page
    client.force_login(a_person())
    assert client.get(application.get_absolute_url()).status_code == 404


def test_what_waits_for_an_answer_stands_above_what_has_one(client, programme, officer, worker, resident):
    waits = apply_for(programme, resident, channel="desk", by=worker)
    later = clock.now() + datetime.timedelta(hours=1)
    with clock.pretend(later):
        neighbour = a_resident(region=a_region(), household="alone")
        answered = apply_for(programme, neighbour, channel="desk", by=worker)
        decide_application(answered, approve=True, by=officer)
        client.force_login(officer)
        rows = list(client.get(reverse("vouchers:applications")).context["object_list"])
    assert rows == [waits, answered]


def test_a_bureau_without_a_programme_sees_empty_lists(client):
    client.force_login(a_person(Role.OFFICER, of=a_bureau()))
    for name in ("applications", "call_backs"):
        assert client.get(reverse(f"vouchers:{name}")).status_code == 200
    client.force_login(a_person(Role.OWNER, of=an_organisation()))
    for name in ("applications", "call_backs"):
        assert client.get(reverse(f"vouchers:{name}")).status_code == 403
