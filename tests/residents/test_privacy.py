"""Who looks too often is noticed; who has left is made unrecognisable, and the money's rows stay."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction

from marketplace.messages.models import Message
from marketplace.pages import clock
from marketplace.parties.models import Role
from marketplace.residents.actions import (
    correct_resident,
    delegate_to,
    erase_due_residents,
    erase_resident,
    report_death,
    review_alert,
    suspend_resident,
    view_many,
    view_resident,
)
from marketplace.residents.models import RecordView, Resident, ResidentChange, ViewAlert
from tests.given.people import a_bureau, a_person, a_region
from tests.given.residents import a_resident, an_assessment

pytestmark = pytest.mark.django_db


@pytest.fixture
def bureau():
    return a_bureau(region=a_region())


@pytest.fixture
def approver(bureau):
    return a_person(Role.APPROVER, of=bureau)


def test_unusually_many_views_raise_one_alert_that_another_officer_answers(bureau, approver):
    worker = a_person(Role.COMMUNITY_WORKER, of=bureau)
    residents = [a_resident(region=a_region()) for _number in range(21)]
    view_many(residents[:18], "电话回访", by=worker, organisation=bureau)
    view_resident(residents[18], "电话回访", by=worker, organisation=bureau)
    view_resident(residents[18], "再看一次", by=worker, organisation=bureau)
    assert not ViewAlert.objects.exists()
    view_resident(residents[19], "电话回访", by=worker, organisation=bureau)
    view_resident(residents[20], "电话回访", by=worker, organisation=bureau)
    alert = ViewAlert.objects.get()
    assert (alert.viewer, alert.count) == (worker, 21)
    assert Message.objects.filter(to=approver).count() == 1

    with pytest.raises(PermissionDenied):
        review_alert(alert, outcome="explained", note="我在做回访", by=worker)
    with pytest.raises(ValidationError):
        review_alert(alert, outcome="explained", note=" ", by=approver)
    review_alert(alert, outcome="explained", note="社区安排的集中回访，名单已核对", by=approver)
    with pytest.raises(ValidationError) as refusal:
        review_alert(alert, outcome="misuse", note="改主意", by=approver)
    assert refusal.value.code == "reviewed"


def test_a_list_is_opened_whole_or_not_at_all(bureau):
    worker = a_person(Role.COMMUNITY_WORKER, of=bureau)
    far = a_resident(region=a_bureau(region=other_county()).region)
    with pytest.raises(PermissionDenied):
        view_many([a_resident(region=a_region()), far], "走访", by=worker)
    assert not RecordView.objects.exists()


def other_county():
    region = a_region()
    return type(region).objects.get_or_create(code="320583000000", defaults={"name": "昆山市", "level": "county"})[0]


def test_who_left_long_ago_is_made_unrecognisable(bureau, approver):
    resident = a_resident(region=a_region(), name="张福珍", phone="13812345678", address="人民路1号")
    number, worker = resident.id_number, a_person(Role.COMMUNITY_WORKER, of=bureau)
    an_assessment(resident, 40)
    consent = {"consent_on": clock.today(), "consent_note": "女儿张小妹"}
    delegate_to(resident, a_person(), kind="relative", scope="act", by=worker, **consent)
    with pytest.raises(ValidationError) as refusal:
        erase_resident(resident, reason="家属要求", by=approver)
    assert refusal.value.code == "state"
    report_death(resident, reason="死亡证明", by=worker)
    with pytest.raises(ValidationError) as refusal:
        erase_resident(resident, reason="家属要求", by=approver)
    assert refusal.value.code == "retention" and "第十九条" in refusal.value.messages[0]
    assert erase_due_residents() == 0
    with clock.pretend(clock.now() + datetime.timedelta(days=400)):
        with pytest.raises(PermissionDenied):
            erase_resident(resident, reason="到期", by=worker)
        assert erase_due_residents() == 1
        assert erase_due_residents() == 0
    left = Resident.objects.get(pk=resident.pk)
    assert number not in str(vars(left)) and "张福珍" not in str(vars(left))
    assert (left.id_number, left.phone, left.address, left.birth_date.month) == ("", "", "", 1)
    assert left.assessments.get().scores == "" and left.delegations.get().consent_note == "—"
    again = a_resident(region=a_region(), id_number=number)
    assert again.pk != left.pk


def test_the_history_says_who_changed_what_and_only_grows(bureau):
    worker = a_person(Role.COMMUNITY_WORKER, of=bureau)
    resident = a_resident(region=a_region(), household="family", phone="13812345678")
    correct_resident(resident, household="alone", phone="13899999999", by=worker)
    suspend_resident(resident, reason="待核实", by=worker)
    state, corrected, registered = resident.changes.all()
    assert (registered.kind, state.kind) == ("registered", "state")
    assert set(corrected.fields.split(",")) == {"household", "phone"}
    assert corrected.before == {"household": "family"} and corrected.by == worker
    assert state.before == {"state": "active"}
    for act in (lambda: ResidentChange.objects.update(fields=""), lambda: ResidentChange.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            act()
