"""Before a tender: plan, intention, residents, catalogue, negative list, splitting. Every refusal names its article."""

import datetime
import re

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import translation

from marketplace.opendata.models import Release
from marketplace.pages import clock
from marketplace.parties.models import Role
from marketplace.rules.actions import change_rule
from marketplace.rules.queries import resolve
from marketplace.tenders import actions, checks
from marketplace.tenders.models import Intention, PlanLine, Tender
from tests.given.money import a_budget_line
from tests.given.particular_tenders import THRESHOLD
from tests.given.people import a_bureau, a_person
from tests.given.refusals import refusal_of
from tests.given.site import an_operator
from tests.given.tenders import a_cast, a_category, a_draft, a_plan_line, a_published_tender, plan_the

pytestmark = pytest.mark.django_db


def fault(tender: Tender, code: str) -> str:
    """The words of a fault; fails when the draft has none of that code."""
    with translation.override("zh-hans"):
        return next(" ".join(one.error.messages) for one in checks.faults(tender) if one.code == code)


def codes(tender: Tender) -> set[str]:
    return {one.code for one in checks.faults(tender)}


def test_a_whole_draft_has_no_fault():
    assert codes(a_draft()) == set()


def test_a_plan_stays_within_the_budget_line():
    cast = a_cast()
    line = a_budget_line(10_000_000, bureau=cast.bureau)
    a_plan_line(cast, budget_line=line, amount=6_000_000)
    refusal = refusal_of(a_plan_line, cast, budget_line=line, amount=4_000_001)
    assert refusal.error_dict["amount"][0].code == "over_budget"
    assert "二十九条" in refusal.messages[0] or "29" in refusal.messages[0]
    assert PlanLine.objects.count() == 1
    a_plan_line(cast, budget_line=line, amount=4_000_000)


def test_a_plan_line_is_of_the_bureaus_own_money_and_no_rfq():
    cast = a_cast()
    foreign = refusal_of(a_plan_line, cast, budget_line=a_budget_line(10_000), amount=1)
    assert foreign.error_dict["budget_line"][0].code == "foreign_line"
    line = a_budget_line(10_000, bureau=cast.bureau)
    rfq = refusal_of(a_plan_line, cast, budget_line=line, amount=1, method="rfq")
    assert rfq.error_dict["method"][0].code == "rfq_for_services"
    with pytest.raises(PermissionDenied):
        actions.add_plan_line(cast.bureau, by=cast.approver)


def test_an_intention_is_published_once_and_as_open_data():
    cast = a_cast()
    line = a_plan_line(cast, budget_line=a_budget_line(10_000_000, bureau=cast.bureau), amount=5_000_000)
    intention = actions.publish_intention(line, by=cast.officer)
    assert re.search(r"-Y\d{4}$", intention.number)
    assert refusal_of(actions.publish_intention, line, by=cast.officer).code == "published_already"
    release = Release.objects.get()
    assert release.tags == ["planning"]
    assert b"plannedProcurementNotice" in bytes(release.body)
    actions.change_plan_line(line, by=cast.officer, title="改了名字")
    assert Intention.objects.get().title != "改了名字"


def test_the_intention_stands_for_thirty_days():
    tender = a_draft()
    cast = tender.cast
    young = a_plan_line(cast, budget_line=tender.budget_line, amount=tender.ceiling)
    unpublished = plan_the(tender, cast, plan_line=young)
    assert "财库〔2020〕10号" in fault(unpublished, "intention_missing")
    told = clock.now() - datetime.timedelta(days=29)
    with clock.pretend(told):
        actions.publish_intention(young, by=cast.officer)
    tender = Tender.objects.get(pk=tender.pk)
    earliest = told.astimezone(clock.SHANGHAI).date() + datetime.timedelta(days=30)
    assert f"{earliest.year}年{earliest.month}月{earliest.day}日" in fault(tender, "intention_too_young")
    refusal = refusal_of(actions.submit_for_approval, tender, by=cast.officer)
    assert "30" in " ".join(refusal.messages)
    assert Tender.objects.get(pk=tender.pk).state == "draft"
    with clock.pretend(clock.now() + datetime.timedelta(days=1)):
        assert "intention_too_young" not in codes(tender)
    plan_the(tender, cast, plan_line=young, no_intention_reason="台风后三个村的老人急需安置。")
    assert "intention_too_young" not in codes(Tender.objects.get(pk=tender.pk))


def test_a_tender_carries_out_one_plan_line():
    tender = a_draft()
    cast, by = tender.cast, tender.cast.officer
    assert (
        refusal_of(actions.plan_tender, tender, by=by, plan_line=None).error_dict["plan_line"][0].code == "plan_missing"
    )
    other = a_plan_line(cast, budget_line=a_budget_line(90_000_000, bureau=cast.bureau), amount=90_000_000)
    foreign = refusal_of(actions.plan_tender, tender, by=by, plan_line=other)
    assert foreign.error_dict["plan_line"][0].code == "foreign_plan_line"
    small = a_plan_line(cast, budget_line=tender.budget_line, amount=tender.ceiling - 1)
    above = refusal_of(actions.plan_tender, tender, by=by, plan_line=small)
    assert above.error_dict["plan_line"][0].code == "above_plan"
    assert "29" in above.messages[0] or "二十九" in above.messages[0]


def test_residents_are_heard_first():
    tender = a_draft()
    refusal = refusal_of(actions.plan_tender, tender, by=tender.cast.officer, consultation_note="")
    error = refusal.error_dict["consultation"][0]
    assert error.code == "consultation_missing"
    assert "第十五条" in error.messages[0]


def test_only_what_the_catalogue_holds():
    tender, by = (draft := a_draft()), draft.cast.officer
    outside = refusal_of(actions.plan_tender, tender, by=by, catalogue_code="Z9999")
    assert outside.error_dict["catalogue_code"][0].code == "outside_catalogue"
    assert "102号" in outside.messages[0]
    missing = refusal_of(actions.plan_tender, tender, by=by, catalogue_code="")
    assert missing.error_dict["catalogue_code"][0].code == "catalogue_missing"


@pytest.mark.parametrize(
    ("title", "item"),
    [("护理员劳务派遣服务", "（五）"), ("日间照料中心装修工程", "（三）"), ("养老项目融资", "（四）")],
)
def test_nothing_of_the_negative_list(title, item):
    tender, by = (draft := a_draft()), draft.cast.officer
    actions.describe_tender(tender, by=by, title=title)
    refusal = refusal_of(actions.plan_tender, tender, by=by)
    assert refusal.code == "negative_list"
    assert "第十条" in refusal.messages[0]
    assert item in refusal.messages[0], refusal.messages
    assert "negative_list" in codes(Tender.objects.get(pk=tender.pk))


def test_the_negative_list_is_confirmed_item_by_item():
    tender = a_draft()
    refusal = refusal_of(actions.plan_tender, tender, by=tender.cast.officer, is_outside_negative_list=False)
    error = refusal.error_dict["is_outside_negative_list"][0]
    assert error.code == "negative_list_missing"
    assert "第十条" in error.messages[0]


def test_splitting_is_refused():
    cast = a_cast()
    line = a_budget_line(THRESHOLD * 3, bureau=cast.bureau)
    first = a_published_tender(cast, ceiling=THRESHOLD * 6 // 10, budget_line=line)
    assert first.state == "published"
    second = a_draft(cast, ceiling=THRESHOLD * 5 // 10, budget_line=line)
    words = fault(second, "splitting")
    assert "第二十八条" in words
    assert "4,000,000" in words
    refusal_of(actions.submit_for_approval, second, by=cast.officer)
    assert Tender.objects.get(pk=second.pk).state == "draft"
    # approved beforehand, by public tender, of another kind, or from another line: not splitting
    second.approval_number, second.approval_date = "苏财购〔2026〕18号", clock.today()
    assert "splitting" not in codes(second)
    second = Tender.objects.get(pk=second.pk)
    second.method = "open"
    assert "splitting" not in codes(second)
    elsewhere = a_draft(cast, ceiling=THRESHOLD * 5 // 10)
    assert "splitting" not in codes(elsewhere)


def test_a_failed_purchase_is_no_part_of_splitting():
    cast = a_cast()
    line = a_budget_line(THRESHOLD * 3, bureau=cast.bureau)
    first = a_published_tender(cast, ceiling=THRESHOLD * 6 // 10, budget_line=line)
    actions.cancel_tender(first, reason="任务取消", by=cast.approver)
    assert codes(a_draft(cast, ceiling=THRESHOLD * 5 // 10, budget_line=line)) == set()


def test_two_halves_in_one_approval_take_turns():
    """Both were whole when handed in; the one approved second is held against the first."""
    cast = a_cast()
    line = a_budget_line(THRESHOLD * 3, bureau=cast.bureau)
    halves = [a_draft(cast, ceiling=THRESHOLD * 6 // 10, budget_line=line) for _ in range(2)]
    for half in halves:
        actions.submit_for_approval(half, by=cast.officer)
    actions.approve_tender(halves[0], by=cast.approver)
    refusal = refusal_of(actions.approve_tender, halves[1], by=cast.approver)
    assert "第二十八条" in " ".join(refusal.messages)
    assert Tender.objects.get(pk=halves[1].pk).state == "pending_approval"


def test_leaving_public_tender_needs_approval_beforehand():
    tender = a_draft(ceiling=THRESHOLD)
    words = fault(tender, "approval_missing")
    assert "第二十七条" in words
    assert "第二十三条" in words
    by = tender.cast.officer
    tomorrow = clock.today() + datetime.timedelta(days=1)
    late = refusal_of(
        actions.justify_method, tender, by=by, approval_number="苏财购〔2026〕18号", approval_date=tomorrow
    )
    assert late.error_dict["approval_date"][0].code == "approval_in_future"
    actions.justify_method(tender, by=by, approval_number="苏财购〔2026〕18号", approval_date=clock.today())
    assert "approval_missing" not in codes(Tender.objects.get(pk=tender.pk))
    assert "approval_missing" not in codes(a_draft(ceiling=THRESHOLD - 1))


def test_the_operator_changes_the_threshold():
    tender = a_draft(ceiling=THRESHOLD)
    rule = resolve("tender.threshold", region=tender.bureau.region, budget_level="local")
    change_rule(
        rule,
        by=an_operator(),
        value=THRESHOLD * 2,
        valid_from=clock.today(),
        source="江苏省集中采购目录及标准",
        status="V2",
        reason="录入本省标准",
    )
    assert "approval_missing" not in codes(tender)


def test_the_method_page_shows_the_threshold_and_how_sure_it_is(client):
    tender = a_draft(ceiling=THRESHOLD)
    client.force_login(tender.cast.officer)
    with translation.override("zh-hans"):
        page = client.get(reverse("tenders:method", args=[tender.pk])).content.decode()
    assert "4,000,000" in page
    assert "凭记忆" in page
    assert "江苏省的数额" in page


def test_plans_are_the_bureaus_own(client):
    cast = a_cast()
    line = a_plan_line(cast, budget_line=a_budget_line(10_000, bureau=cast.bureau), amount=5_000)
    stranger = a_person(Role.OFFICER, of=a_bureau())
    client.force_login(stranger)
    for name in ("plan_line", "change_plan_line", "publish_intention"):
        assert client.get(reverse(f"tenders:{name}", args=[line.pk])).status_code == 404
    assert line.title not in client.get(reverse("tenders:plan")).content.decode()
    client.force_login(cast.approver)
    assert client.get(reverse("tenders:change_plan_line", args=[line.pk])).status_code == 403


@pytest.mark.parametrize("language", ["en", "zh-hans"])
def test_the_pages_of_plans_and_intentions(client, language):
    cast = a_cast()
    line = a_plan_line(cast, budget_line=a_budget_line(10_000, bureau=cast.bureau), amount=5_000)
    with translation.override(language):
        client.force_login(cast.officer)
        for name, args in (
            ("plan", []),
            ("new_plan_line", []),
            ("plan_line", [line.pk]),
            ("change_plan_line", [line.pk]),
            ("publish_intention", [line.pk]),
        ):
            assert client.get(reverse(f"tenders:{name}", args=args)).status_code == 200, name
        address = reverse("tenders:publish_intention", args=[line.pk])
        client.post(address)
        client.post(address)
        client.logout()
        intention = Intention.objects.get()
        page = client.get(reverse("tenders:intention", args=[intention.number]))
        assert line.title in page.content.decode()
        assert line.title in client.get(reverse("tenders:intentions")).content.decode()
        assert client.get(reverse("tenders:intention", args=["TC-2026-Y9999"])).status_code == 404


def test_the_list_of_intentions_costs_the_same_however_long(client, django_assert_max_num_queries):
    cast = a_cast()
    line = a_budget_line(10_000_000, bureau=cast.bureau)
    for _ in range(12):
        actions.publish_intention(a_plan_line(cast, budget_line=line, amount=1_000), by=cast.officer)
    with django_assert_max_num_queries(6):
        client.get(reverse("tenders:intentions"))
    assert a_category()
