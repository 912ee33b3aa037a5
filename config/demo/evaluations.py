"""Evaluations of the demo city: published ones of every grade but one, and one that is being scored."""

import datetime

from django.core.management import call_command

from contracts.models import Contract
from evaluations import actions
from evaluations.models import Engagement, Framework
from evaluations.queries import leaves
from marketplace.pages import clock

from .contracts import people_of
from .world import World

SCORERS = ("evaluator", "evaluator_b", "evaluator_c")

# (supplier, framework, share of the marks, findings, recommendations, reply)
PUBLISHED = (
    (
        "yian",
        "day-care",
        95,
        "中心运行规范，日托人次超过合同约定，康复活动记录完整，老人和家属满意度高。",
        "建议增加周末开放时段，完善夜间应急联系机制。",
        "感谢评估组的意见。自下季度起每月两个周末开放，夜间值班电话已公布。",
    ),
    (
        "qingsong",
        "home-care",
        86,
        "康复评估专业，训练计划一人一案；个别护理员培训学时不足。",
        "补足护理员年度培训学时，规范请假替岗流程。",
        "已安排集中培训，缺勤替岗办法已报采购人备案。",
    ),
    (
        "xinyu",
        "home-care",
        72,
        "供餐准时率良好，但满意度回访记录不全，投诉处理台账更新不及时。",
        "建立每周回访制度，投诉三日内答复并公开。",
        "接受评估意见，已指定专人负责回访和投诉台账。",
    ),
    (
        "songbai",
        "home-care",
        91,
        "片区负责制落实到位，上门签到与核销记录一致，农村高龄老人覆盖面广。",
        "加强助浴安全设备配备。",
        "已采购防滑移动浴椅十二套，分发各片区。",
    ),
)


def load(world: World) -> None:
    """Idempotent: returns at once when there are engagements."""
    call_command("load_frameworks", verbosity=0)
    if Engagement.objects.exists():
        return
    for number, (supplier, framework, share, findings, recommendations, reply) in enumerate(PUBLISHED):
        contract = _contract_of(world, supplier)
        if contract is None:
            continue
        day = max(
            world.today - datetime.timedelta(days=80 - 9 * number),
            contract.signed_at.astimezone(clock.SHANGHAI).date() + datetime.timedelta(days=1),
        )
        engagement = _scored(world, contract, framework, day, share)
        people = people_of(world, contract)
        with world.at(clock.at_hour(day + datetime.timedelta(days=22), 10)):
            actions.conclude(
                engagement, findings=findings, recommendations=recommendations, by=world.person("evaluator")
            )
        with world.at(clock.at_hour(day + datetime.timedelta(days=25), 15)):
            actions.reply_to_engagement(engagement, text=reply, by=people.provider)
        with world.at(clock.at_hour(day + datetime.timedelta(days=28), 9)):
            actions.publish_engagement(engagement, by=people.officer)
    _in_scoring(world)


def _contract_of(world: World, supplier: str) -> Contract | None:
    """The oldest service contract of a provider."""
    return (
        Contract.objects.public()
        .services()
        .filter(supplier=world.organisation(supplier))
        .select_related("buyer", "supplier")
        .order_by("signed_at")
        .first()
    )


def _planned(world: World, contract: Contract, framework: str, day: datetime.date) -> Engagement:
    with world.at(clock.at_hour(day, 9)):
        engagement = actions.plan_engagement(
            contract,
            Framework.objects.get(code=framework, version=1),
            world.organisation("evaluator"),
            due_on=day + datetime.timedelta(days=30),
            appointment="2026 年度第三方评估服务询价记录（太民采询〔2026〕3 号）",
            by=people_of(world, contract).officer,
        )
    with world.at(clock.at_hour(day + datetime.timedelta(days=2), 9)):
        return actions.start_scoring(
            engagement,
            scorers=[world.person(key) for key in SCORERS],
            is_independent=True,
            by=world.person("evaluator"),
        )


def _hand_in(world: World, engagement: Engagement, scorer: str, share: int, moment: datetime.datetime) -> None:
    sheet = engagement.scorecards.get(scorer=world.person(scorer))
    points = {
        leaf.pk: min(leaf.top, max(0, round(leaf.top * (share + world.rng.randint(-6, 6)) / 100)))
        for leaf in leaves(engagement.framework)
    }
    with world.at(moment):
        actions.save_scorecard(
            sheet, points=points, visited_on=clock.today(), remark="现场查看并访谈。", by=world.person(scorer)
        )
        actions.submit_scorecard(sheet, by=world.person(scorer))


def _scored(world: World, contract: Contract, framework: str, day: datetime.date, share: int) -> Engagement:
    engagement = _planned(world, contract, framework, day)
    for number, scorer in enumerate(SCORERS):
        _hand_in(world, engagement, scorer, share, clock.at_hour(day + datetime.timedelta(days=18 + number), 16))
    return Engagement.objects.get(pk=engagement.pk)


def _in_scoring(world: World) -> None:
    """One scorer has handed in; two sheets are open, so nobody sees a mark."""
    contract = _contract_of(world, "lanting")
    if contract is None:
        return
    day = world.today - datetime.timedelta(days=12)
    engagement = _planned(world, contract, "home-care", day)
    _hand_in(world, engagement, "evaluator_c", 84, clock.at_hour(day + datetime.timedelta(days=9), 16))
    world.remember("engagement", str(engagement.pk))
