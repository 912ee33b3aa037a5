"""Worked examples across National Day, when weekends move."""

import datetime

import pytest
from django.utils import translation

from marketplace.rules import calendar
from marketplace.rules.actions import decide_day
from marketplace.rules.queries import explain, resolve
from tests.given.people import a_person

pytestmark = pytest.mark.django_db
date = datetime.date


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2025, 9, 28), True),  # a Sunday, worked for 7 October
        (date(2025, 10, 1), False),
        (date(2025, 10, 8), False),
        (date(2025, 10, 9), True),
        (date(2025, 10, 11), True),  # a Saturday, worked for 8 October
        (date(2025, 10, 12), False),
        (date(2026, 9, 20), True),
        (date(2026, 10, 7), False),
        (date(2026, 10, 10), True),
        (date(2026, 11, 22), False),
    ],
)
def test_days_of_two_autumns(day, works):
    assert calendar.is_working_day(day) is works


@pytest.mark.parametrize(
    ("start", "count", "due"),
    [
        # National Day and Mid-Autumn 2025: 1 to 8 October off; 28 September and 11 October worked.
        (date(2025, 9, 26), 2, date(2025, 9, 29)),
        (date(2025, 9, 29), 2, date(2025, 10, 9)),
        (date(2025, 9, 30), 2, date(2025, 10, 10)),
        (date(2025, 9, 29), 7, date(2025, 10, 15)),
        (date(2025, 10, 1), 7, date(2025, 10, 16)),
        # National Day 2026: 1 to 7 October off; 20 September and 10 October worked.
        (date(2026, 9, 28), 5, date(2026, 10, 10)),
        (date(2026, 9, 30), 2, date(2026, 10, 9)),
        (date(2026, 9, 29), 7, date(2026, 10, 14)),
        (date(2026, 9, 18), 2, date(2026, 9, 21)),
        (date(2026, 10, 8), -2, date(2026, 9, 29)),
        (date(2026, 10, 3), 0, date(2026, 10, 3)),
    ],
)
def test_working_days_are_added_across_the_holidays(start, count, due):
    assert calendar.add_working_days(start, count) == due
    if count > 0:
        assert calendar.working_days_between(start, due) == count


def test_many_working_days_make_a_year():
    assert calendar.working_days_between(date(2025, 1, 1), calendar.add_working_days(date(2025, 1, 1), 600)) == 600


def test_due_dates_by_unit():
    assert calendar.due_date(date(2026, 9, 28), resolve("tender.award_notice_period")) == date(2026, 9, 30)
    assert calendar.due_date(date(2026, 9, 28), resolve("contract.signing_period")) == date(2026, 10, 28)
    assert calendar.due_date(date(2024, 2, 29), resolve("service.violation_years")) == date(2027, 2, 28)
    assert calendar.add_months(date(2026, 12, 31), 2) == date(2027, 2, 28)
    moment = calendar.due_moment(date(2026, 9, 28), resolve("tender.award_notice_period"))
    assert moment.isoformat() == "2026-09-30T23:59:59+08:00"
    with pytest.raises(ValueError, match="not a period"):
        calendar.due_date(date(2026, 9, 28), resolve("evaluation.grades"))


def test_why_this_date_in_both_languages():
    rule = resolve("tender.decision_period")
    why = explain(rule, date(2026, 9, 28))

    assert why.due == date(2026, 10, 10) and why.is_as_ruled and not why.warnings
    assert [(step.kind, step.counted) for step in why.steps] == [
        ("working", 2),
        ("holiday", 0),
        ("working", 2),
        ("moved", 1),
    ]
    with translation.override("en"):
        text = explain(rule, date(2026, 9, 28)).text
    assert text == (
        "start 2026-09-28, plus 5 working days; skipping National Day 10-01…10-07; "
        "counting 10-10, a weekend worked in exchange; due 2026-10-10 (Saturday)"
    )
    with translation.override("zh-hans"):
        text = explain(rule, date(2026, 9, 28)).text
    assert "国庆节" in text and "5个工作日" in text and "星期六" in text


def test_a_date_that_differs_from_the_rule_is_said():
    why = explain(resolve("tender.decision_period"), date(2026, 9, 28), date(2026, 10, 12))
    assert not why.is_as_ruled
    assert "2026-10-12" in why.warnings[0]


def test_an_unpublished_year_warns():
    assert calendar.is_published(2026) and not calendar.is_published(2035)
    why = explain(resolve("tender.decision_period"), date(2035, 9, 28))
    assert "2035" in why.warnings[0]


def test_an_officer_decides_a_day():
    operator = a_person(is_superuser=True)
    decide_day(date(2026, 11, 23), is_working=False, reason="台风停工", name="台风", by=operator)
    assert calendar.add_working_days(date(2026, 11, 20), 1) == date(2026, 11, 24)
    assert "台风" in explain(resolve("tender.decision_period"), date(2026, 11, 20)).text

    decide_day(date(2026, 11, 23), is_working=True, reason="台风转向", by=operator)
    assert calendar.add_working_days(date(2026, 11, 20), 1) == date(2026, 11, 23)


def test_one_query_walks_a_period(django_assert_num_queries):
    with django_assert_num_queries(1):
        calendar.add_working_days(date(2026, 9, 28), 30)
