"""After a failure: the lots that got no award again, by the same method or by another that was allowed."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from marketplace.messages.models import Message
from marketplace.pages import clock
from marketplace.parties.models import Organisation, Role, User
from marketplace.tenders import actions, checks
from marketplace.tenders.models import Lot, MethodChange, Tender
from tests.given.people import a_person, an_organisation
from tests.given.refusals import refused
from tests.given.tenders import a_bid, a_cast, a_published_tender, after_deadline, again, an_awarded_tender

pytestmark = pytest.mark.django_db
WHY = "公告期内只有两家机构响应，需求难以事先写明。"


def a_finance_department() -> tuple[Organisation, User]:
    finance = an_organisation(Organisation.Kind.FINANCE)
    return finance, a_person(Role.OFFICER, Role.APPROVER, of=finance)


def a_failed_tender(**draft) -> Tender:
    """Nobody came."""
    tender = a_published_tender(**({"method": "open", "panel_size": 5} | draft))
    with after_deadline(tender):
        actions.run_due_events()
    failed = again(tender)
    assert failed.state == "failed"
    return failed


def asked(tender: Tender, finance: Organisation, **more) -> MethodChange:
    said = {"method": "negotiation", "ground": "failed_tender", "reason": WHY, "reviewer": finance}
    return actions.propose_method_change(tender, **(said | more), by=tender.cast.officer)


def test_another_method_is_asked_for_allowed_and_drafted():
    tender = a_failed_tender(ceiling=500_000_000)  # above the threshold: the approval counts for GPL 27 too
    finance, reviewer = a_finance_department()
    change = asked(tender, finance)
    with refused("asked_already"):
        asked(tender, finance)
    with refused("change_not_approved"):
        actions.repeat_tender(tender, change=change, by=tender.cast.officer)
    change = actions.decide_method_change(change, is_allowed=True, by=reviewer)
    assert change.state == "approved"
    draft = actions.repeat_tender(tender, change=change, by=tender.cast.officer)
    assert (draft.method, draft.method_ground, draft.method_reason) == ("negotiation", "failed_tender", WHY)
    assert (draft.approval_number, draft.approval_date) == (change.number, clock.today())
    assert draft.lots.get().repeats == tender.lots.get()
    wrong = {fault.code for fault in checks.faults(draft)}
    assert not wrong & {"ground_missing", "no_failed_tender", "approval_missing", "method_change_unapproved", "method"}
    assert "weights" in wrong, "a negotiation needs points of its own: the price alone"
    with refused("repeated_already"):
        actions.repeat_tender(tender, by=tender.cast.officer)


@pytest.mark.parametrize(
    ("said", "code", "article"),
    [
        ({"method": "open"}, "same_method", ""),
        ({"method": "rfq"}, "rfq_for_services", "Article 32"),
        ({"ground": ""}, "ground_missing", "Arts. 26–32"),
        ({"ground": "unique"}, "ground_missing", "Arts. 26–32"),
        ({"reason": " "}, "ground_reason_missing", ""),
    ],
)
def test_what_may_not_be_asked(said, code, article):
    tender = a_failed_tender()
    finance, _reviewer = a_finance_department()
    with refused(code, article):
        asked(tender, finance, **said)
    assert not MethodChange.objects.exists()


def test_only_a_finance_department_is_asked_and_only_after_a_tender_is_failure_a_ground():
    tender = a_failed_tender()
    with refused("reviewer", "Art. 37"):
        asked(tender, tender.bureau)
    finance, _reviewer = a_finance_department()
    with refused("no_approval_needed", "Art. 37"):
        asked(a_failed_tender(method="consultation", panel_size=3), finance, method="open", ground="")
    with refused("no_failed_tender"):
        asked(a_failed_tender(method="consultation", panel_size=3), finance)


def test_four_eyes_and_strangers():
    tender = a_failed_tender()
    finance, reviewer = a_finance_department()
    _stranger_finance, stranger = a_finance_department()
    with pytest.raises(PermissionDenied):
        actions.propose_method_change(
            tender, method="consultation", ground="", reason=WHY, reviewer=finance, by=tender.cast.approver
        )
    change = asked(tender, finance)
    for person in (stranger, tender.cast.officer, tender.cast.approver):
        with pytest.raises(PermissionDenied):
            actions.decide_method_change(change, is_allowed=True, by=person)
    with refused("reason_missing"):
        actions.decide_method_change(change, is_allowed=False, by=reviewer)
    actions.decide_method_change(change, is_allowed=False, reason="应当重新招标。", by=reviewer)
    with refused("decided_already"):
        actions.decide_method_change(change, is_allowed=True, by=reviewer)
    with refused("change_not_approved"):
        actions.repeat_tender(tender, change=change, by=tender.cast.officer)
    assert MethodChange.objects.get().number is None


def test_a_repeated_draft_may_not_change_its_method_by_itself():
    tender = a_failed_tender()
    by = tender.cast.officer
    draft = actions.repeat_tender(tender, by=by)
    assert draft.method == "open"
    with refused("method_change_unapproved", "Art. 37"):
        actions.describe_tender(draft, method="consultation", panel_size=3, by=by)
    assert Tender.objects.get(pk=draft.pk).method == "open"
    Tender.objects.filter(pk=draft.pk).update(method="consultation")  # as if it had been so before
    assert "method_change_unapproved" in {fault.code for fault in checks.faults(Tender.objects.get(pk=draft.pk))}


def test_one_failed_lot_of_an_awarded_tender_is_offered_again():
    tender = a_published_tender(lots=2)
    _first, second = tender.lots.order_by("position")
    cast = tender.cast
    for number in range(3):
        a_bid(tender, price=40_000_000 + number * 1_000_000)
    tender = an_awarded_tender(tender=tender, bids=0)
    assert not may_be_repeated(tender)
    with after_deadline(tender, minutes=200):
        for award in second.awards.all():
            actions.decline_award(award, reason="人员不足", by=cast.officer)
        actions.begin_again(Lot.objects.get(pk=second.pk), reason="无合适候选人", by=cast.approver)
        draft = actions.repeat_tender(again(tender), by=cast.officer)
        assert [lot.repeats for lot in draft.lots.all()] == [second]
        assert draft.small_discount == tender.small_discount
        assert not {fault.code for fault in checks.faults(draft)} & {"above_plan", "budget_short"}
        with refused("repeated_already"):
            actions.repeat_tender(again(tender), by=cast.officer)
        actions.cancel_tender(draft, reason="写错了", by=cast.officer)
        assert actions.repeat_tender(again(tender), by=cast.officer).lots.count() == 1, "a draft given up frees the lot"


def may_be_repeated(tender: Tender) -> bool:
    """Nothing of it has failed: nobody may repeat it."""
    try:
        actions.repeat_tender(tender, by=tender.cast.officer)
    except PermissionDenied:
        return False
    return True


def test_the_way_over_the_pages(client, django_capture_on_commit_callbacks):
    tender = a_failed_tender()
    finance, reviewer = a_finance_department()
    client.force_login(tender.cast.officer)
    assert reverse("tenders:repeat", args=[tender.pk]) in client.get(tender.get_desk_url()).content.decode()
    page = client.get(reverse("tenders:repeat", args=[tender.pk])).content.decode()
    assert "第三十七条" in page
    ask = reverse("tenders:ask_for_another_method", args=[tender.pk])
    assert ask in page
    said = {"method": "negotiation", "ground": "failed_tender", "reason": WHY, "reviewer": finance.pk}
    assert client.post(ask, said | {"reason": ""}).status_code == 422
    key = {"submission_key": "0190a1b2-0000-7000-8000-000000000001"}
    with django_capture_on_commit_callbacks(execute=True):
        sent = client.post(ask, said | key)
    change = MethodChange.objects.get()
    assert sent["Location"] == change.get_absolute_url()
    assert client.post(ask, said | key)["Location"] == sent["Location"], "a second press is the first"
    assert Message.objects.filter(to=reviewer).exists()
    assert client.post(sent["Location"], {"is_allowed": "yes"}).status_code == 403, "not by the bureau itself"

    client.force_login(reviewer)
    assert change.get_absolute_url() in client.get(reverse("desk")).content.decode()
    assert change.get_absolute_url() in client.get(reverse("tenders:method_changes")).content.decode()
    assert client.post(change.get_absolute_url(), {"is_allowed": "no"}).status_code == 422
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(change.get_absolute_url(), {"is_allowed": "yes"}).status_code == 302
    change = MethodChange.objects.get()
    assert Message.objects.filter(to=tender.cast.officer, body__contains=change.number).exists()

    client.force_login(tender.cast.officer)
    page = client.get(reverse("tenders:repeat", args=[tender.pk]))
    assert change.number in page.content.decode()
    assert client.post(reverse("tenders:repeat", args=[tender.pk]), {"change": str(change.pk)}).status_code == 302
    draft = Tender.objects.get(again=tender)
    assert (draft.method, draft.approval_number) == ("negotiation", change.number)

    client.force_login(a_cast().officer)
    assert client.get(change.get_absolute_url()).status_code == 404
    assert client.get(ask).status_code == 404


def test_the_bureau_may_take_its_request_back(client):
    tender = a_failed_tender()
    finance, reviewer = a_finance_department()
    change = asked(tender, finance)
    client.force_login(reviewer)
    away = reverse("tenders:withdraw_method_change", args=[change.pk])
    assert client.post(away).status_code == 403
    client.force_login(tender.cast.officer)
    assert client.post(away).status_code == 302
    assert MethodChange.objects.get().state == "withdrawn"
    with refused("decided_already"):
        actions.decide_method_change(change, is_allowed=True, by=reviewer)


def test_many_requests_are_one_number_of_statements(client, django_assert_max_num_queries):
    finance, reviewer = a_finance_department()
    client.force_login(reviewer)
    address = reverse("tenders:method_changes")
    asked(a_failed_tender(), finance)
    client.get(address)
    with django_assert_max_num_queries(40) as first:
        client.get(address)
    for _more in range(2):
        with clock.pretend(clock.now() + datetime.timedelta(days=1)):
            asked(a_failed_tender(), finance)
    with django_assert_max_num_queries(len(first.captured_queries)):
        client.get(address)
