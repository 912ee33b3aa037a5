"""One supplier: the notice, its objections, additions, the agreed price."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from marketplace.pages import clock
from marketplace.rules.calendar import due_date
from marketplace.rules.queries import resolve
from marketplace.tenders import actions, checks
from marketplace.tenders.actions import inviting
from marketplace.tenders.actions.agreeing import agree_price
from marketplace.tenders.models import (
    Bid,
    Objection,
    PriceAgreement,
    SingleSourceNotice,
    Tender,
)
from tests.given.particular_tenders import a_unique_draft
from tests.given.refusals import code_of, refusal_of
from tests.given.tenders import (
    PASSPHRASE,
    a_bid,
    a_draft,
    a_published_tender,
    after_deadline,
    again,
    an_awarded_tender,
    the_invited,
)

pytestmark = pytest.mark.django_db


def codes(tender: Tender) -> set[str]:
    return {one.code for one in checks.faults(tender)}


# Single source


def test_a_unique_source_is_noticed_five_working_days():
    tender = a_unique_draft()
    cast = tender.cast
    assert codes(tender) == {"notice_missing"}
    assert "第三十八条" in " ".join(refusal_of(actions.submit_for_approval, tender, by=cast.officer).messages)
    with pytest.raises(PermissionDenied):
        inviting.publish_single_source_notice(tender, opinions="同意", by=cast.officer)
    silent = refusal_of(inviting.publish_single_source_notice, tender, opinions=" ", by=cast.approver)
    assert code_of(silent) == "opinions_missing"
    notice = inviting.publish_single_source_notice(tender, opinions="王教授：同意。", by=cast.approver)
    rule = resolve("tender.notice_period", region=tender.bureau.region, method="single_source")
    assert notice.ends_on == due_date(clock.today(), rule)
    tender = again(tender)
    assert codes(tender) == {"notice_running"}
    with clock.pretend(clock.at_hour(notice.ends_on, 23, 59)):
        assert "notice_running" in codes(again(tender))
    with clock.pretend(clock.at_hour(notice.ends_on + datetime.timedelta(days=1), 9)):
        assert "notice_running" not in codes(again(tender))


def test_anyone_objects_and_an_objection_that_holds_bars_the_method(client):
    tender = a_unique_draft()
    cast = tender.cast
    notice = inviting.publish_single_source_notice(tender, opinions="王教授：同意。", by=cast.approver)
    address = reverse("tenders:notice", args=[notice.pk])
    empty = client.post(address, {"name": "", "contact": "", "text": ""})
    assert empty.status_code == 422
    said = {"name": "和悦社区服务中心", "contact": "0512-53000000", "text": "本机构同样能够提供该服务。"}
    assert client.post(address, {**said, "homepage": "http://spam"}).status_code == 302
    assert not Objection.objects.exists()
    assert client.post(address, said).status_code == 302
    objection = Objection.objects.get()
    assert said["contact"] not in client.get(address).content.decode(), "the public does not read who objects"
    over = clock.at_hour(notice.ends_on + datetime.timedelta(days=1), 9)
    with clock.pretend(over):
        late = refusal_of(inviting.object_to_notice, notice, name="甲", contact="乙", text="丙")
        assert late.code == "notice_over"
        assert "三十八条" in late.messages[0]
        assert codes(again(tender)) >= {"objection_open"}
        mute = refusal_of(inviting.answer_objection, objection, reply="", is_upheld=True, by=cast.approver)
        assert code_of(mute) == "reply_missing"
        inviting.answer_objection(objection, reply="经补充论证，异议成立。", is_upheld=True, by=cast.approver)
        assert "objection_upheld" in codes(again(tender))
        twice = refusal_of(inviting.answer_objection, objection, reply="再答", is_upheld=False, by=cast.approver)
        assert twice.code == "answered_already"


def test_no_notice_where_none_is_needed():
    tender = a_draft(method="single_source")
    refusal = refusal_of(inviting.publish_single_source_notice, tender, opinions="同意", by=tender.cast.approver)
    assert refusal.code == "notice_unneeded"
    assert not SingleSourceNotice.objects.exists()


def test_an_addition_is_at_most_a_tenth_and_from_the_same_supplier():
    first = an_awarded_tender(ceiling=10_000_000)
    award = first.lots.get().awards.get()
    cast = first.cast
    draft = a_draft(cast, method="single_source", ceiling=award.amount // 10 + 1)
    by, facts = cast.officer, {"method_ground": "top_up", "method_reason": "新增十个床位。"}
    unnamed = refusal_of(actions.justify_method, draft, by=by, **facts)
    assert code_of(unnamed) == "tops_up_missing"
    other = refusal_of(actions.justify_method, draft, by=by, tops_up=award, **facts)
    assert code_of(other) == "another_supplier"
    inviting.name_supplier(draft, award.supplier, by=by)
    large = refusal_of(actions.justify_method, draft, by=by, tops_up=award, **facts)
    assert code_of(large) == "top_up_too_large"
    assert "第三十一条" in large.messages[0]
    actions.change_lot(draft.lots.get(), by=by, ceiling=award.amount // 10)
    actions.justify_method(draft, by=by, tops_up=award, **facts)


def test_the_price_of_a_single_source_is_agreed_and_minuted():
    tender = a_published_tender(method="single_source", ceiling=1_000_000)
    supplier, user = the_invited(tender)[0]
    a_bid(tender, supplier=supplier, by=user, price=950_000)
    with after_deadline(tender):
        actions.run_due_events()
        for custodian in tender.cast.custodians[:2]:
            actions.unlock_bids(tender, PASSPHRASE, by=custodian)
    with after_deadline(tender, minutes=60):
        bid, by, today = Bid.objects.get(), tender.cast.officer, clock.today()
        said = {"people": "陈采购、王教授、林代表", "minutes": "成本构成如下……", "agreed_on": today, "by": by}
        with pytest.raises(PermissionDenied):
            actions.draw_panel(tender, by=by)
        above = refusal_of(agree_price, bid, 950_001, **said)
        assert code_of(above) == "above_sealed"
        assert "四十一条" in above.messages[0]
        assert code_of(refusal_of(agree_price, bid, 900_000, **(said | {"minutes": ""}))) == "minutes_missing"
        assert code_of(refusal_of(agree_price, bid, 900_000, **(said | {"people": ""}))) == "people_missing"
        agree_price(bid, 900_000, **said)
        assert PriceAgreement.objects.get().asked == 950_000
        award = actions.award_bid(Bid.objects.get(), by=tender.cast.approver, reason="唯一供应商，价格合理。")
    assert award.amount == 900_000
    assert Tender.objects.get(pk=tender.pk).state == "awarded"
