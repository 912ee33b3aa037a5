"""What the demo city means to buy next: intentions without a tender yet."""

import datetime

from marketplace.directory.models import Category
from marketplace.ledger.models import BudgetLine
from marketplace.pages import clock
from marketplace.tenders import actions
from marketplace.tenders.models import PlanLine

from .world import World

YUAN = 100
# (budget line, kind of service, title, what is needed, yuan, days ago)
INTENTIONS = (
    (
        "2296002-01",
        "day-care",
        "浮桥镇日间照料中心运营服务",
        "三十个日托床位，含午餐、康复活动和接送，工作日开放。",
        420_000,
        33,
    ),
    (
        "2081006-02",
        "errands",
        "高龄独居老人探访关爱服务",
        "每周上门探访一次，紧急情况当日报告，全年不少于两万人次。",
        260_000,
        9,
    ),
)


def load(world: World) -> None:
    """Idempotent: returns at once when the first of them is there."""
    if PlanLine.objects.filter(title=INTENTIONS[0][2]).exists():
        return
    bureau, officer = world.organisation("city_bureau"), world.person("buyer")
    for code, category, title, about, amount, days_ago in INTENTIONS:
        with world.at(clock.at_hour(world.today - datetime.timedelta(days=days_ago), 10)):
            line = actions.add_plan_line(
                bureau,
                budget_line=BudgetLine.objects.filter(bureau=bureau, code=code, closed_at=None).latest("year"),
                category=Category.objects.get(pk=category),
                title=title,
                about=about,
                amount=amount * YUAN,
                method="consultation",
                planned_for=world.today + datetime.timedelta(days=30),
                by=officer,
            )
            actions.publish_intention(line, by=officer)
