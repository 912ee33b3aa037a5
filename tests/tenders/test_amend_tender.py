"""Questions, clarifications and amendments: in the open, by two officers, with the time that the rule gives."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from marketplace.messages.models import Message
from marketplace.opendata.models import Release
from marketplace.pages import clock
from marketplace.parties.models import Role
from marketplace.rules.actions import change_rule
from marketplace.rules.queries import resolve
from marketplace.tenders import actions
from marketplace.tenders.models import Amendment, Bid, Criterion, Envelope, Question
from tests.given.people import a_person
from tests.given.refusals import refused
from tests.given.tenders import PASSPHRASE, PDF, a_bid, a_published_tender, a_supplier, after_deadline, again

pytestmark = pytest.mark.django_db
MATERIAL, MINOR = Amendment.Weight.MATERIAL, Amendment.Weight.MINOR


def just_before(tender, **before):
    return clock.pretend(tender.bids_due_at - datetime.timedelta(**before))


def amended(tender, weight=MATERIAL, **changes):
    proposed = actions.propose_amendment(tender, weight, "因需求调整", by=tender.cast.officer, **changes)
    return actions.publish_amendment(proposed, by=tender.cast.approver)


def a_ceiling(tender, more=100):
    lot = tender.lots.get()
    return {lot: {"ceiling": lot.ceiling + more}}


@pytest.mark.django_db(transaction=True)
def test_a_question_is_answered_for_all_and_nobody_learns_who_asked(client):
    tender = a_published_tender()
    supplier, bidder = a_supplier(name="怡老服务社")
    client.force_login(bidder)
    url = reverse("tenders:ask", args=[tender.number])
    assert client.post(url, {"text": "服务时间可否调整？"}).status_code == 302
    question = Question.objects.get()

    _other, stranger = a_supplier()
    for user in (None, stranger, tender.cast.officer):
        client.logout()
        if user:
            client.force_login(user)
        page = client.get(reverse("tenders:changes", args=[tender.number])).text
        assert "服务时间可否调整" not in page  # not before it is answered
    client.force_login(tender.cast.officer)
    desk = client.get(reverse("tenders:desk_changes", args=[tender.pk])).text
    assert "服务时间可否调整" in desk
    assert supplier.name not in desk
    assert client.post(reverse("tenders:answer", args=[question.pk]), {"answer": "不可以。"}).status_code == 302
    for address in ("/tenders/", "/en/tenders/"):
        client.logout()
        page = client.get(f"{address}{tender.number}/changes/").text
        assert "不可以。" in page
        assert supplier.name not in page
    assert Release.objects.last().tags == ["tenderAmendment"]
    assert supplier.name not in bytes(Release.objects.last().body).decode()
    assert Message.objects.filter(to=bidder, key__startswith="question-answered").exists()


def test_refused_questions():
    tender = a_published_tender()
    supplier, bidder = a_supplier(name="怡老服务社")
    with refused("names_asker", "Order 87, Article 28"):
        actions.ask_question(tender, supplier, "怡老服务社能否投标？", by=bidder)
    with refused("required"):
        actions.ask_question(tender, supplier, " ", by=bidder)
    with clock.pretend(tender.questions_until), refused("questions_over", "Article 51"):
        actions.ask_question(tender, supplier, "能否延长？", by=bidder)
    with pytest.raises(PermissionDenied):
        actions.ask_question(tender, supplier, "能否延长？", by=a_person(Role.COUNTER, of=supplier))
    assert not Question.objects.exists()
    question = actions.ask_question(tender, supplier, "能否延长？", by=bidder)
    with refused("names_asker", "Order 87, Article 28"):
        actions.answer_question(question, "怡老服务社：可以。", by=tender.cast.officer)
    with after_deadline(tender), refused("too_late", "Order 87, Article 27"):
        actions.answer_question(question, "可以。", by=tender.cast.officer)
    actions.answer_question(question, "可以。", by=tender.cast.officer)
    with refused("answered"):
        actions.answer_question(question, "不可以。", by=tender.cast.officer)


def test_another_bureau_sees_nothing_of_the_desk(client):
    tender = a_published_tender()
    supplier, bidder = a_supplier()
    question = actions.ask_question(tender, supplier, "能否延长？", by=bidder)
    amendment = actions.propose_amendment(tender, MATERIAL, "调整", lots=a_ceiling(tender), by=tender.cast.officer)
    stranger = a_published_tender().cast.officer
    client.force_login(stranger)
    for address in (
        reverse("tenders:desk_changes", args=[tender.pk]),
        reverse("tenders:amend", args=[tender.pk]),
        reverse("tenders:answer", args=[question.pk]),
        reverse("tenders:amendment", args=[amendment.pk]),
    ):
        assert client.get(address).status_code == 404


def test_a_material_change_moves_the_deadline_by_the_rule():
    tender = a_published_tender()
    with just_before(tender, days=1):
        amendment = amended(tender, lots=a_ceiling(tender))
        today = clock.today()
    due = again(tender).bids_due_at.astimezone(clock.SHANGHAI)
    assert (due.date() - today).days >= 5  # 财库〔2014〕214号: five days for a consultation
    assert (due.hour, due.minute) == (9, 30)
    assert amendment.moves_deadline
    assert amendment.due_rule == "财库〔2014〕214号"
    assert [row["field"] for row in amendment.changes] == ["ceiling"]


def test_with_time_enough_the_deadline_stays():
    tender = a_published_tender()
    with just_before(tender, days=9):
        assert not amended(tender, lots=a_ceiling(tender)).moves_deadline


@pytest.mark.django_db(transaction=True)
def test_an_amendment_is_a_public_difference_and_everyone_is_told(client):
    tender = a_published_tender()
    envelope = a_bid(tender)
    criterion = tender.criteria.get(part=Criterion.Part.TECHNICAL)
    amended(
        tender,
        about={"contact_name": "李采购"},
        criteria={criterion: {"name": "服务方案与应急", "weight": Decimal(50)}},
        file=SimpleUploadedFile("新磋商文件.pdf", PDF, "application/pdf"),
        file_title="磋商文件",
    )
    page = client.get(reverse("tenders:changes", args=[tender.number])).text
    for words in ("陈采购", "李采购", "服务方案与应急", "因需求调整"):
        assert words in page
    release = Release.objects.last()
    assert release.tags == ["tenderAmendment"]
    assert "amendments" in bytes(release.body).decode()
    versions = list(tender.documents.order_by("version").values_list("version", "superseded_at"))
    assert [version for version, _at in versions] == [1, 2]
    assert versions[0][1] is not None
    assert Message.objects.filter(to=envelope.submitted_by, key__startswith="amendment-confirm").count() == 1


def test_refused_amendments():
    tender = a_published_tender()
    officer, approver = tender.cast.officer, tender.cast.approver
    lot, condition = tender.lots.get(), tender.criteria.qualification().get()
    with refused("is_material", "Art. 31" if tender.method == "open" else "No. 214"):
        actions.propose_amendment(tender, MINOR, "调整", lots=a_ceiling(tender), by=officer)
    with refused("fixed", "Art. 27"):
        actions.propose_amendment(tender, MATERIAL, "调整", criteria={condition: {"name": "五年以上经验"}}, by=officer)
    with refused("nothing_changed"):
        actions.propose_amendment(tender, MATERIAL, "调整", lots={lot: {"ceiling": lot.ceiling}}, by=officer)
    with refused("reason_missing"):
        actions.propose_amendment(tender, MATERIAL, " ", lots=a_ceiling(tender), by=officer)
    sooner = tender.bids_due_at - datetime.timedelta(days=1)
    with refused("earlier", "Order 87, Article 27"):
        actions.propose_amendment(tender, MINOR, "提前", about={"bids_due_at": sooner}, by=officer)
    with refused("weights", "Article 55"):
        price = tender.criteria.get(part=Criterion.Part.PRICE)
        actions.propose_amendment(tender, MATERIAL, "调整", criteria={price: {"weight": Decimal(25)}}, by=officer)
    with refused("budget_short", "Article 30"):
        actions.propose_amendment(tender, MATERIAL, "调整", lots=a_ceiling(tender, 10**12), by=officer)
    with after_deadline(tender), refused("too_late", "Order 87, Article 27"):
        actions.propose_amendment(tender, MATERIAL, "调整", lots=a_ceiling(tender), by=officer)
    with pytest.raises(PermissionDenied):
        actions.propose_amendment(tender, MATERIAL, "调整", lots=a_ceiling(tender), by=a_supplier()[1])
    assert not Amendment.objects.exists()
    proposed = actions.propose_amendment(tender, MATERIAL, "调整", lots=a_ceiling(tender), by=officer)
    with pytest.raises(PermissionDenied):  # four eyes
        actions.publish_amendment(proposed, by=officer)
    other = actions.propose_amendment(tender, MATERIAL, "又调整", lots=a_ceiling(tender, 7), by=officer)
    actions.publish_amendment(other, by=approver)
    with refused("moved_on"):
        actions.publish_amendment(proposed, by=approver)
    actions.drop_amendment(proposed, by=officer)
    assert tender.lots.get().ceiling == lot.ceiling + 7


def test_the_form_keeps_only_what_differs(client):
    tender = a_published_tender()
    client.force_login(tender.cast.officer)
    url = reverse("tenders:amend", args=[tender.pk])
    form = client.get(url).context["form"]
    data = {bound.name: bound.value() if bound.value() is not None else "" for bound in form}
    lot = tender.lots.get()
    data |= {"weight": "material", "reason": "预算调整", f"{lot.pk}-ceiling": "500001", "file": ""}
    assert client.post(url, data).status_code == 302
    amendment = Amendment.objects.get()
    assert [(row["field"], row["after"]) for row in amendment.changes] == [("ceiling", 50_000_100)]
    client.force_login(tender.cast.approver)
    assert client.post(reverse("tenders:amendment", args=[amendment.pk]), {"answer": "publish"}).status_code == 302
    assert Amendment.objects.get().state == Amendment.State.PUBLISHED


def test_a_sealed_bid_is_confirmed_with_one_click_or_lapses(client):
    tender = a_published_tender()
    envelopes = [a_bid(tender) for _ in range(4)]
    amended(tender, lots=a_ceiling(tender))
    for envelope in envelopes[:3]:
        client.force_login(envelope.submitted_by)
        assert reverse("tenders:bid_confirm", args=[tender.number]) in client.get(f"/tenders/{tender.number}/bid/").text
        assert client.post(reverse("tenders:bid_confirm", args=[tender.number])).status_code == 302
    with refused("nothing_to_confirm"):
        actions.confirm_bid(envelopes[0], by=envelopes[0].submitted_by)
    tender = again(tender)
    with after_deadline(tender):
        for custodian in tender.cast.custodians[:2]:
            actions.unlock_bids(tender, PASSPHRASE, by=custodian)
    assert Bid.objects.count() == 3
    lapsed = Envelope.objects.get(pk=envelopes[3].pk)
    assert (lapsed.state, lapsed.unreadable_cause) == (Envelope.State.UNREADABLE, "unconfirmed")


def test_where_the_rule_lets_them_unconfirmed_bids_stand():
    tender = a_published_tender()
    for _ in range(3):
        a_bid(tender)
    amended(tender, lots=a_ceiling(tender))
    lapses = resolve("tender.unconfirmed_bid_lapses")
    operator = a_person(is_superuser=True)
    change_rule(lapses, by=operator, reason="试行", valid_from=clock.today(), value=0)
    tender = again(tender)
    with after_deadline(tender):
        for custodian in tender.cast.custodians[:2]:
            actions.unlock_bids(tender, PASSPHRASE, by=custodian)
    assert Bid.objects.count() == 3


def test_too_few_confirmed_fail_the_tender_unopened():
    tender = a_published_tender()
    for _ in range(3):
        a_bid(tender)
    amended(tender, lots=a_ceiling(tender))
    tender = again(tender)
    with after_deadline(tender):
        actions.run_due_events()
    assert (again(tender).state, again(tender).end_params["there"]) == ("failed", 0)
