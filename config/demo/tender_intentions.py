"""What the demo city means to buy next, and what its residents said they need."""

import datetime

from marketplace.directory.models import Category
from marketplace.ledger.models import BudgetLine
from marketplace.pages import clock
from marketplace.tenders import actions
from marketplace.tenders.models import DemandSurvey, SurveyQuestion

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
KINDS = SurveyQuestion.Kind
QUESTIONS = (
    (KINDS.ONE, "您最希望日间照料中心提供什么？", ("午餐", "康复训练", "文体活动", "短期托养")),
    (KINDS.MANY, "您一般什么时候会来？", ("上午", "中午", "下午")),
    (KINDS.SCALE, "您需要接送吗？", ()),
    (KINDS.WORDS, "还有什么想对我们说的？", ()),
)
WORDS = ("希望饭菜软一点。", "雨天出门不方便。", "想有人教用手机。", "")


def load(world: World) -> None:
    """Idempotent: returns at once when there is a survey."""
    if DemandSurvey.objects.exists():
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
    asked = _ask(world, "浮桥镇的日间照料中心该提供什么？", days_ago=30)
    with world.at(clock.at_hour(world.today - datetime.timedelta(days=12), 10)):
        conclusion = "多数老人最需要午餐和接送，采购需求据此写明每日供餐和两条接送线路；短期托养需求较少，本期不列入。"
        actions.conclude_survey(asked, conclusion, by=officer)
    _ask(world, "居家上门服务，您最需要哪一项？", days_ago=4)


def _ask(world: World, title: str, *, days_ago: int) -> DemandSurvey:
    bureau, officer = world.organisation("city_bureau"), world.person("buyer")
    opened = clock.at_hour(world.today - datetime.timedelta(days=days_ago), 9)
    with world.at(opened):
        survey = actions.draft_survey(
            bureau,
            title,
            QUESTIONS,
            about="市民政局想听听您的意见，用来安排明年的服务。大约两分钟。",
            closes_at=opened + datetime.timedelta(days=14),
            by=officer,
        )
        survey = actions.publish_survey(survey, by=officer)
    one, many, scale, words = survey.questions.all()
    with world.at(opened + datetime.timedelta(days=2)):
        for number in range(36):
            replies = {
                str(one.pk): world.rng.choice(("午餐", "午餐", "康复训练", "文体活动")),
                str(many.pk): world.rng.sample(("上午", "中午", "下午"), 2),
                str(scale.pk): world.rng.choice((5, 5, 4, 3, 1)),
                str(words.pk): world.rng.choice(WORDS),
            }
            opened_at = clock.now() - datetime.timedelta(minutes=2)
            actions.answer_survey(survey, replies, origin=f"demo-{number}", token=f"demo-{number}", opened_at=opened_at)
    return DemandSurvey.objects.get(pk=survey.pk)
