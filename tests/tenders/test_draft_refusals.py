"""What keeps a draft from being handed in: each part with its code, the statutory ones with their article."""

import datetime
from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError

from marketplace.pages import clock
from marketplace.parties.models import Role
from marketplace.rules.calendar import is_working_day
from marketplace.tenders import actions, checks
from marketplace.tenders.checks import ScoredRow
from marketplace.tenders.models import Criterion, Tender
from tests.given.people import a_person
from tests.given.refusals import refused
from tests.given.tenders import a_budget_line, a_cast, a_custodian, a_draft, a_scored_row, the_proposed_dates

pytestmark = pytest.mark.django_db
PRICE, PLAN, TEAM = Criterion.Part.PRICE, Criterion.Part.TECHNICAL, Criterion.Part.BUSINESS


def codes(tender: Tender) -> set[str]:
    return {one.code for one in checks.faults(Tender.objects.get(pk=tender.pk))}


def test_an_empty_draft_names_every_part_that_is_missing():
    cast = a_cast()
    tender = actions.draft_tender(cast.bureau, "日间照料", by=cast.officer)
    assert codes(tender) >= {
        "about_missing",
        "budget_line_missing",
        "contact_missing",
        "plan_missing",
        "intention_missing",
        "consultation_missing",
        "catalogue_missing",
        "negative_list_missing",
        "lots_missing",
        "qualifications_missing",
        "weights",
        "schedule_missing",
        "documents_missing",
        "three_custodians",
    }
    with pytest.raises(ValidationError) as refusal:
        actions.submit_for_approval(tender, by=cast.officer)
    assert len(refusal.value.messages) == len(checks.faults(tender))
    assert Tender.objects.get(pk=tender.pk).state == "draft"


def points(price: int, plan: int, team: int) -> list[ScoredRow]:
    return [
        ScoredRow(PRICE, "价格", "", Decimal(price)),
        a_scored_row(PLAN, "服务方案", plan),
        a_scored_row(TEAM, "人员与业绩", team),
    ]


@pytest.mark.parametrize(
    ("method", "price", "plan", "team", "code", "article"),
    [
        ("consultation", 20, 50, 29, "weights", "Article 55"),  # 99 in all
        ("consultation", 20, 50, 31, "weights", "Article 55"),  # 101
        ("consultation", 9, 60, 31, "price_weight", "Caiku [2014] No. 214, Art. 24"),  # 10 to 30 for services
        ("consultation", 31, 40, 29, "price_weight", "Caiku [2014] No. 214, Art. 24"),
        ("open", 9, 60, 31, "price_weight", "Ministry of Finance Order 87, Art. 55"),  # at least 10, no cap
        ("invited", 9, 60, 31, "price_weight", "Ministry of Finance Order 87, Art. 55"),
    ],
)
def test_points_and_the_price_among_them(method, price, plan, team, code, article):
    tender = a_draft(method=method, **({"panel_size": 5} if method in ("open", "invited") else {}))
    before = list(tender.criteria.values_list("name", "weight"))
    with refused(code, article):
        actions.set_scored_criteria(tender, points(price, plan, team), by=tender.cast.officer)
    assert list(tender.criteria.values_list("name", "weight")) == before, "nothing changed"


@pytest.mark.parametrize(
    ("method", "price"), [("consultation", 10), ("consultation", 30), ("open", 10), ("open", 60), ("framework", 40)]
)
def test_the_bounds_themselves_are_allowed(method, price):
    tender = a_draft(method=method, **({"panel_size": 5} if method == "open" else {}))
    actions.set_scored_criteria(tender, points(price, 90 - price, 10), by=tender.cast.officer)
    assert not codes(tender) & {"weights", "price_weight"}


@pytest.mark.parametrize(
    ("size", "code", "article"),
    [(3, "panel_too_small", "Ministry of Finance Order 87"), (6, "panel_even", "Ministry of Finance Order 87")],
)
def test_a_panel_is_odd_and_large_enough(size, code, article):
    tender = a_draft(method="open", panel_size=5)
    with refused(code, article):
        actions.describe_tender(tender, panel_size=size, by=tender.cast.officer)
    assert Tender.objects.get(pk=tender.pk).panel_size == 5


def test_a_framework_says_how_its_orders_are_given():
    tender = a_draft(method="framework")
    with refused("second_stage_missing", "Ministry of Finance Order 110"):
        actions.justify_method(tender, second_stage="", by=tender.cast.officer)
    assert Tender.objects.get(pk=tender.pk).second_stage == "choice"


@pytest.mark.parametrize(
    ("method", "days", "article"),
    [
        ("open", 20, "Art. 35"),
        ("consultation", 10, "Caiku [2014] No. 214"),
        ("framework", 20, "Ministry of Finance Order 110"),
    ],
)
def test_a_day_too_early_is_refused_and_the_earliest_is_said(method, days, article):
    with clock.pretend(clock.at_hour(datetime.date(2026, 3, 2), 10)):  # no holiday in the weeks that follow
        tender = a_draft(method=method, **({"panel_size": 5} if method == "open" else {}))
        dates = the_proposed_dates(tender)
        early = datetime.date(2026, 3, 2) + datetime.timedelta(days=days - 1)
        dates |= {
            "bids_due_at": clock.at_hour(early, 9),
            "questions_until": clock.at_hour(datetime.date(2026, 3, 4), 9),
        }
        earliest = early + datetime.timedelta(days=1)
        with refused("bid_period", article, f"{earliest.day} {earliest:%B} {earliest.year}"):
            actions.set_schedule(tender, **dates, by=tender.cast.officer)


def test_documents_are_there_for_five_working_days():
    with clock.pretend(clock.at_hour(datetime.date(2026, 3, 2), 10)):
        tender = a_draft(method="open", panel_size=5)
        dates = the_proposed_dates(tender) | {"documents_until": datetime.date(2026, 3, 8)}
        with refused("notice_period", "Art. 30", "9 March 2026"):
            actions.set_schedule(tender, **dates, by=tender.cast.officer)
        actions.set_schedule(tender, **(dates | {"documents_until": datetime.date(2026, 3, 9)}), by=tender.cast.officer)


def test_bids_are_opened_on_a_working_day():
    tender = a_draft()
    dates = the_proposed_dates(tender)
    day = dates["bids_due_at"]
    while is_working_day(day.astimezone(clock.SHANGHAI).date()):
        day += datetime.timedelta(days=1)
    with refused("day_off"):
        actions.set_schedule(tender, **(dates | {"bids_due_at": day}), by=tender.cast.officer)


def test_three_custodians_who_can_open():
    tender = a_draft()
    by, [first, second, third] = tender.cast.officer, tender.cast.custodians
    for people, code in (
        ([first, second], "three_custodians"),
        ([first, second, second], "three_custodians"),
        ([first, second, by], "not_custodian"),
    ):
        with refused(code):
            actions.name_custodians(tender, people, by=by)
    unready = a_person(Role.CUSTODIAN, of=tender.bureau)
    actions.name_custodians(tender, [first, second, unready], by=by)
    assert "custodian_not_ready" in codes(tender)
    assert list(tender.custodians.values_list("user", flat=True)) == [first.pk, second.pk, unready.pk]
    actions.name_custodians(tender, [first, third, a_custodian(tender.bureau)], by=by)
    assert not codes(tender)


def test_money_of_another_bureau():
    tender = a_draft()
    with refused("foreign_line"):
        actions.describe_tender(tender, budget_line=a_budget_line(bureau=a_cast().bureau), by=tender.cast.officer)


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("社会组织评估等级4A以上", "rating"),
        ("在本市注册", "region"),
        ("注册资本五十万元以上", "capital"),
        ("成立满三年", "years"),
    ],
)
def test_every_kind_of_discrimination_asks_for_its_reason(words, kind):
    tender = a_draft()
    by = tender.cast.officer
    with refused("discriminates", "Art. 20"):
        actions.set_qualifications(tender, [(words, "证书")], by=by)
    with refused("discriminates", "Art. 20"):
        rows = [*points(20, 50, 20), a_scored_row(TEAM, words, 10)]
        actions.set_scored_criteria(tender, rows, by=by)
    actions.set_qualifications(tender, [(words, "证书", "服务须由本地机构两小时内上门")], by=by)
    assert "discriminates" not in codes(tender)
    assert kind in checks.criteria.KINDS_OF_BIAS


def test_a_method_nobody_offers():
    tender = a_draft()
    with refused("method_not_offered"):
        actions.describe_tender(tender, method="lottery", by=tender.cast.officer)
