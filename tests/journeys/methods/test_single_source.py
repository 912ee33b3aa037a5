"""A single source at the threshold, from intention through its public notice and an objection to award, over HTTP."""

import datetime

import pytest

from marketplace.pages import clock
from marketplace.tenders.models import SingleSourceNotice

from .office import MORNING, Office, after, later

pytestmark = pytest.mark.django_db


def test_a_unique_supplier_after_its_notice():
    with later(MORNING):
        office = Office(budget=2_000_000_000)
        home = office.draft("single_source", "失智老人专用照护系统服务", 4_000_000)
        page = office.visitor("buyer").open(f"{home}method/")
        facts = {"method_ground": "unique", "method_reason": "该服务依托其专有评估体系。"}
        unapproved = page.fill(facts)
        assert unapproved.status == 422
        approval = {"approval_number": "苏财购〔2026〕21号", "approval_date": "2026-02-27"}
        assert page.fill(facts | approval).status == 200
        named = office.visitor("buyer").open(f"{home}invitations/")
        assert named.fill({"supplier": named.option("supplier", "怡安")}, form="supplier").status == 200
        office.complete(home)
        early = office.visitor("buyer").open(f"{home}submit/").fill({})
        assert early.status == 422
        assert "第三十八条" in early.words or "第三十八条" in early.words, early.words
        office.visitor("buyer").open(f"{home}notice/", expect=403)
        told = office.visitor("approver").open(f"{home}notice/").fill({"opinions": "王建民,教授:同意。"})
        assert told.status == 200, told.words
        notice = SingleSourceNotice.objects.get()
        # Five working days after Monday 2 March: 3, 4, 5, 6, then Monday 9.
        assert notice.ends_on == datetime.date(2026, 3, 9)
        said = {"name": "和悦社区服务社", "contact": "0512-53000000", "text": "本机构也能提供。"}
        objected = office.stranger().open(f"/notices/{notice.pk}/").fill(said, form="text")
        assert objected.status == 200, objected.words
        assert "怡安" in office.stranger().open("/notices/").words
    with later(clock.at_hour(datetime.date(2026, 3, 10), 9)):
        open_ = office.visitor("buyer").open(f"{home}submit/").fill({})
        assert open_.status == 422, "an objection is not answered yet"
        approver = office.visitor("approver")
        reply = approver.open(approver.open(f"/notices/{notice.pk}/").link_to("/objections/"))
        assert reply.fill({"reply": "经补充论证,异议不成立。", "is_upheld": "no"}).status == 200
        office.visitor("buyer").open(f"{home}schedule/").fill({})
        tender = office.publish(home)
        office.bid("supplier1", tender, "3900000")
        refused = office.visitor("supplier2").client.post(f"/tenders/{tender.number}/bid/seal/", {"confirm": "on"})
        assert refused.status_code in (403, 422)
    with after(tender):
        office.open_bids(tender)
        buyer = office.visitor("buyer")
        buyer.open(f"{home}panel/", expect=403)  # no panel: people of experience talk with the supplier
        agree = buyer.open(buyer.open(home).link_to("/agree/"))
        minutes = {"people": "陈采购、王建民教授、林怡安", "minutes": "人工占七成;同类合同三百八十万元;议定如下。"}
        above = agree.fill({"amount": "3900000.01"} | minutes)
        assert above.status == 422
        assert "四十一条" in above.words
        assert agree.fill({"amount": "3800000"} | minutes).status == 200
        office.award(home, "怡安养老服务中心")
    assert office.lot(tender).awards.get().amount == 380_000_000
