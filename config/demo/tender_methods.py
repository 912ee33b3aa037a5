"""Every method in the demo city: an invited tender, a negotiation, three frameworks with their orders, a single source
under notice; what failed and goes on by another method; a kept search with its digest; and the red flags.

Loaded after the contracts, which take the awards of `tender_plans` in their order.
"""
# ruff: noqa: E501 - tables read better in one line each

import datetime

from marketplace.directory.models import Category
from marketplace.pages import clock
from marketplace.parties.models import User
from marketplace.residents.models import Resident
from marketplace.tenders import actions
from marketplace.tenders.actions import ordering
from marketplace.tenders.actions.experts import describe_expert
from marketplace.tenders.actions.inviting import publish_single_source_notice
from marketplace.tenders.actions.searches import send_digests
from marketplace.tenders.models import Expert, Lot, SavedSearch, Tender

from .tender_plans import Plan
from .tenders import OFFICERS, bring, tender_document
from .world import World

Method, Stage = Tender.Method, Tender.SecondStage
OPINIONS = (
    "李建国（高级工程师，苏州市软件评测中心，演示）：平台源代码和数据接口由原研发机构持有，他人无法在不中断服务的情况下接替。\n"
    "周敏（副研究员，省养老产业研究所，演示）：更换供应商须重建数据库，费用和风险均高于续用，同意单一来源。\n"
    "陈立（高级会计师，演示）：报价构成清楚，未高于同类项目。"
)
HOME, ERRANDS, TALKS = (
    "城厢镇居家上门照护服务框架协议",
    "城厢镇高龄老人代办代购服务框架协议",
    "城厢镇老人心理慰藉服务框架协议",
)
NOTICED = "智慧养老服务平台运行维护服务"
FAILED = "智慧助老体验点运营服务"
METHOD_PLANS = (
    Plan("chengxiang", "2081006-01", HOME, "A framework for home care in Chengxiang", "为全镇失能、半失能老人按小时提供上门照护，入围机构由服务对象自主选择。", "home-care", "chengxiang", 200_000, 50, "awarded", (("yian", 92, 93), ("songbai", 90, 84), ("heyue", 95, 72)), method=Method.FRAMEWORK, second_stage=Stage.CHOICE),
    Plan("chengxiang", "2296002-01", ERRANDS, "A framework for errands in Chengxiang", "为八十周岁以上独居老人代购米面、代缴费、代取药，入围机构轮流承接。", "errands", "chengxiang", 80_000, 49, "awarded", (("heyue", 91, 90), ("xinyu", 93, 88), ("minle", 96, 70)), method=Method.FRAMEWORK, second_stage=Stage.ROTATION),
    Plan("chengxiang", "2080208-01", TALKS, "A framework for counselling in Chengxiang", "为独居和丧偶老人提供心理慰藉，每次服务由入围机构快速报价。", "counselling", "chengxiang", 60_000, 48, "awarded", (("lanting", 94, 92), ("chunhui", 92, 85), ("minle", 96, 70)), method=Method.FRAMEWORK, second_stage=Stage.MINI_BID),
    Plan("city_bureau", "2080299-02", "独居老人紧急呼叫值守服务", "Answering emergency calls of older people living alone", "全天候值守紧急呼叫，两分钟内应答，十五分钟内联系家属或上门。", "emergency", "chengxiang", 120_000, 24, "awarded", (("qingsong", 96, 90), ("yian", 94, 90), ("heyue", 97, 90)), method=Method.NEGOTIATION, final_percent=95),
    Plan("chengxiang", "2296002-01", "城厢镇认知障碍专业照护服务", "Specialist care for people with dementia in Chengxiang", "为三十名中重度认知障碍老人提供日间专业照护和家属指导。", "counselling", "chengxiang", 120_000, 5, "published", method=Method.INVITED),
    Plan("shaxi", "2081006-01", "沙溪镇流动助浴车服务", "A bathing van for Shaxi", "助浴车每月到十个村，为行动不便的老人上门助浴，全年不少于九百人次。", "bath", "shaxi", 150_000, 40, "awarded", (("yian", 93, 92), ("songbai", 95, 84), ("minle", 95, 76))),
    Plan("shaxi", "2296002-01", "沙溪镇互助点厨余与膳食配送服务", "Meals for the mutual-help places of Shaxi", "为六个互助养老点每日配送午餐和晚餐，可送餐到户。", "meal", "shaxi", 110_000, 38, "awarded", (("heyue", 96, 90), ("songbai", 97, 82), ("xinyu", 71, 80)), out="xinyu"),
    Plan("city_bureau", "2080299-02", NOTICED, "Running the smart care platform", "智慧养老服务平台三年运行维护，含呼叫、工单、能力评估数据接口，可用率不低于百分之九十九点五。", "emergency", "chengxiang", 4_200_000, 2, "draft", method=Method.SINGLE_SOURCE),
    Plan("city_bureau", "2080299-02", FAILED, "A place to try smart aids", "展示和试用助行、防走失、远程看护设备，开展使用培训每年不少于六十场。", "home-care", "chengxiang", 90_000, 30, "failed", method=Method.OPEN),
)  # fmt: skip


def load(world: World) -> None:
    """Idempotent: returns at once when the first of them is there."""
    if Tender.objects.filter(title=HOME).exists():
        return
    _keep_searches(world)
    document = tender_document()
    made = {plan.title: bring(world, plan, document) for plan in sorted(METHOD_PLANS, key=lambda plan: -plan.days_ago)}
    _notice(world, made[NOTICED])
    _ask_for_another_method(world, made[FAILED])
    _order_by_choice(world, made[HOME].lots.get())
    _order_in_turn(world, made[ERRANDS].lots.get())
    _order_after_quotes(world, made[TALKS].lots.get())
    _describe_experts(world)
    with world.at(clock.at_hour(world.today, 9)):
        send_digests()
    actions.refresh_red_flags()


def _keep_searches(world: World) -> None:
    """Kept two months ago: today's digest tells what has come since."""
    if SavedSearch.objects.exists():
        return
    with world.at(clock.at_hour(world.today - datetime.timedelta(days=6), 9)):
        actions.save_search(
            name="城厢镇的项目", filters={"region": world.region("chengxiang").code}, by=world.person("provider")
        )
        actions.save_search(name="助餐", filters={"q": "助餐"}, by=world.person("provider"))


def _notice(world: World, tender: Tender) -> None:
    with world.at(clock.at_hour(world.today - datetime.timedelta(days=1), 10)):
        publish_single_source_notice(tender, opinions=OPINIONS, by=world.person("approver"))


def _ask_for_another_method(world: World, tender: Tender) -> None:
    """A public tender that nobody answered; the finance department has allowed a consultation."""
    with world.at(tender.finished_at + datetime.timedelta(days=1)):
        change = actions.propose_method_change(
            tender,
            method=Method.CONSULTATION,
            ground="purchased_services",
            reason="公开招标截止时仅有零家机构响应。走访六家机构，均表示设备试用的服务内容须面谈后才能报价，宜采用竞争性磋商。",
            reviewer=world.organisation("finance_bureau"),
            by=world.person("buyer"),
        )
    with world.at(tender.finished_at + datetime.timedelta(days=3)):
        actions.decide_method_change(
            change, is_allowed=True, reason="符合政府购买服务的情形，同意变更。", by=world.person("reviewer")
        )


def _provider(world: World, supplier) -> User:
    """The bid writer of a provider."""
    return supplier.memberships.filter(role="bidder", ended_at=None).select_related("user").first().user


def _days(world: World, many: int = 60) -> dict[str, datetime.date]:
    return {"starts_on": world.today, "ends_on": world.today + datetime.timedelta(days=many)}


def _order_by_choice(world: World, lot: Lot) -> None:
    """One order that the bureau gave and the provider took on; one that a resident has chosen herself."""
    officer = world.person(OFFICERS["chengxiang"])
    first, *others = lot.admissions.select_related("supplier").order_by("rank")
    order = ordering.order_from(
        first,
        need="陪同就医与术后居家照护",
        quantity=120,
        reason="离服务对象最近，排名第一。",
        by=officer,
        **_days(world),
    )
    ordering.accept_call_off(order, by=_provider(world, first.supplier))
    resident = Resident.objects.filter(user=world.person("resident")).first()
    if resident is not None and resident.region_id.startswith(lot.place.prefix):
        chosen = others[0] if others else first
        ordering.choose_provider(
            chosen, resident, need="每周三次上门助浴助洁", quantity=36, by=world.person("resident"), **_days(world, 84)
        )


def _order_in_turn(world: World, lot: Lot) -> None:
    """Two orders go to two providers."""
    officer = world.person(OFFICERS["chengxiang"])
    for need, quantity in (("十一月为东区三十户代购代缴", 90), ("十二月为南园二十六户代购代缴", 78)):
        order = ordering.order_in_turn(lot, need=need, quantity=quantity, by=officer, **_days(world, 30))
        ordering.accept_call_off(order, by=_provider(world, order.supplier))


def _order_after_quotes(world: World, lot: Lot) -> None:
    """A quick quote that has ended with an order."""
    officer = world.person(OFFICERS["chengxiang"])
    asked_at = clock.at_hour(world.today - datetime.timedelta(days=3), 9)
    with world.at(asked_at):
        asked = ordering.ask_for_quotes(
            lot,
            need="冬至前后独居老人团体慰藉十二场",
            quantity=24,
            quotes_due_at=asked_at + datetime.timedelta(days=1),
            by=officer,
            **_days(world, 40),
        )
    with world.at(asked_at + datetime.timedelta(hours=5)):
        for place, admission in enumerate(lot.admissions.select_related("supplier").order_by("rank")):
            amount = admission.unit_price * 24 * (97 - 4 * place) // 100
            ordering.quote(asked, admission.supplier, amount, by=_provider(world, admission.supplier))
    with world.at(asked_at + datetime.timedelta(days=1, hours=2)):
        ordering.order_lowest_quote(asked, by=officer)


def _describe_experts(world: World) -> None:
    """Specialities with a history: one expert has moved."""
    if Expert.objects.exists():
        return
    keeper, city = world.person("reviewer"), world.region("taicang")
    kinds = {kind.code: kind for kind in Category.objects.all()}
    entries = (
        ("expert1", ("day-care", "home-care"), "主任护师职称证书。"),
        ("expert2", ("meal", "day-care"), "注册营养师证书。"),
        ("expert3", ("rehabilitation", "home-care"), "康复治疗师职称证书。"),
    )
    for key, codes, reason in entries:
        with world.at(clock.at_hour(world.today - datetime.timedelta(days=200), 10)):
            describe_expert(
                world.person(key), specialities=[kinds[code] for code in codes], region=None, reason=reason, by=keeper
            )
    with world.at(clock.at_hour(world.today - datetime.timedelta(days=20), 15)):
        describe_expert(
            world.person("expert1"),
            specialities=[kinds["day-care"], kinds["home-care"]],
            region=city,
            reason="退休返聘，只在太仓市内参加评审。",
            by=keeper,
        )
