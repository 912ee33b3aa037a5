"""Residents heard: how it was, month after month, by several doors; six grievances, each somewhere else on its way."""

import datetime
import random
from typing import Any

from stdnum.cn import uscc as uscc_number

from config.demo.residents import story_resident
from config.demo.world import World
from evaluations.actions import (
    acknowledge_grievance,
    answer_grievance,
    ask_provider,
    count_all_voices,
    give_own,
    lodge_grievance,
    occasion_of,
    say_content,
    state_side,
    write_down,
)
from evaluations.models import Feedback, Grievance
from marketplace.pages import clock
from marketplace.parties.actions import grant_role, register_organisation
from marketplace.parties.models import Organisation, Region, Role, User
from marketplace.residents.models import Resident
from marketplace.vouchers.models import Redemption
from marketplace.vouchers.models.programmes import first_of_month

COMMUNITY = "320585100004"  # 县府社区
SENTENCES = {
    "satisfied": [
        "护理员手脚轻，洗得干净。", "小姑娘有耐心，陪我说话。", "饭菜软，吃得下。", "准时，还帮我倒了垃圾。",
        "扶我走了两圈，不催。", "窗户擦得亮。", "血压也帮我记下来了。", "换了床单，睡得香。", "", "", "", "", "", "",
    ],
    "so_so": ["每次换人，要重新教。", "时间短了些。", "来得比说好的晚。", "话不多，活还行。", "", ""],
    "not_satisfied": ["约好上午，下午才来。", "说话声音太大，嫌我慢。", "地没拖干净。", ""],
}  # fmt: skip


def load(world: World) -> None:
    if Feedback.objects.exists():
        return
    _voices(world)
    _grievances(world)
    count_all_voices()


def _voices(world: World) -> None:
    """About a dozen residents a month for two providers in the last four whole months, and a few for a third."""
    rng = random.Random(12345)  # noqa: S311 - a story, not a secret
    worker = world.person("community_worker")
    months, month = [], first_of_month(world.today)
    for _number in range(4):
        month = first_of_month(month - datetime.timedelta(days=1))
        months.append(month)
    for key, each, mood in (("yian", 14, (82, 12, 6)), ("heyue", 11, (66, 22, 12)), ("songbai", 2, (70, 20, 10))):
        for month in reversed(months):
            rows = Redemption.objects.filter(provider=world.organisation(key), month=month)
            for row in _one_a_resident(rows, each):
                face = rng.choices(list(SENTENCES), mood)[0]
                channel = rng.choice([Feedback.Channel.CALL, Feedback.Channel.WORKER])
                with world.at(row.performed_at + datetime.timedelta(hours=rng.randint(2, 40))):
                    write_down(
                        occasion_of(row), face=face, sentence=rng.choice(SENTENCES[face]), channel=channel, by=worker
                    )
    own = Redemption.objects.filter(resident=story_resident()).select_related("service", "resident", "provider")
    latest = own.order_by("-redeemed_at").first()
    if latest is not None:
        with world.at(latest.performed_at + datetime.timedelta(hours=3)):
            give_own(occasion_of(latest), face="satisfied", sentence="走得稳多了。", by=world.person("delegate"))


def _one_a_resident(rows, most: int) -> list[Redemption]:
    """The last redemption of each of so many residents."""
    found: dict[object, Redemption] = {}
    for row in rows.select_related("service", "resident", "provider").order_by("-performed_at")[: most * 3]:
        found.setdefault(row.resident_id, row)
    return list(found.values())[:most]


def _community_office(world: World) -> tuple[Organisation, User]:
    """The office of a community, below the town's: where most grievances begin."""
    body = "11320585MADEMA041"
    office = register_organisation(
        uscc=body + uscc_number.calc_check_digit(body),
        name="县府社区居民委员会(演示)",
        name_en="Xianfu Community Committee (demo)",
        kind=Organisation.Kind.BUREAU,
        legal_form=Organisation.LegalForm.INSTITUTION,
        region=Region.objects.get(code=COMMUNITY),
        by=world.person("admin"),
    )
    officer = world.person("community_worker")
    grant_role(officer, office, Role.OFFICER, by=None)
    return office, officer


def _grievances(world: World) -> None:
    """New; in hand; the provider asked; answered; up two levels and well ended; from 12345 about a voucher."""
    _office, officer = _community_office(world)
    place = Region.objects.get(code=COMMUNITY)
    town, city = world.person("buyer_chengxiang"), world.person("buyer")
    residents = list(Resident.objects.active().filter(region=place.parent).order_by("id_hash")[:6])
    now = clock.now()

    def ago(days: float) -> datetime.datetime:
        return now - datetime.timedelta(days=days)

    def told(number: int, days: float, **fields) -> tuple[Grievance, str]:
        with world.at(ago(days)):
            given: dict[str, Any] = {"channel": "desk", "place": place, "relation": "self"}
            return lodge_grievance(**given | {"resident": residents[number], "by": officer} | fields)

    yian, heyue = world.organisation("yian"), world.organisation("heyue")
    up, code = told(
        0,
        24,
        category="missed",
        provider=heyue,
        words="约好每周二来打扫，这个月两次没来，打电话说排不开人，券倒是刷掉了一次。",
        wish="把没做的那次券退回来，以后说好就来。",
    )
    for days, official, outcome, answer in (
        (23, officer, "not_upheld", "机构说明当天护理员临时请假，已口头道歉，未发现多刷。"),
        (17, town, "not_upheld", "查看了排班表，机构人手不足，建议老人改约时间。"),
        (10, city, "upheld", "核对上门定位和核销记录，有一次没有上门却核销。该次服务券已退回，机构已补做打扫并道歉。"),
    ):  # fmt: skip
        with world.at(ago(days)):
            up = acknowledge_grievance(up, by=official)
            hearing = ask_provider(
                up,
                question="有老人反映本月约定的打扫没有按时上门，而服务券已经核销。请说明排班、上门和核销情况。",
                by=official,
            )
        with world.at(ago(days - 1)):
            state_side(
                hearing,
                statement="护理员请假，替班没有衔接好。我们核对后补做，并调整排班提醒。",
                by=world.person("provider_heyue"),
            )
        with world.at(ago(days - 2)):
            measures = "机构上线改约提醒，请假须当日通知老人。" if outcome == "upheld" else ""
            up = answer_grievance(up, outcome=outcome, answer=answer, measures=measures, by=official)
        with world.at(ago(days - 3)):
            face = "satisfied" if outcome == "upheld" else "not_satisfied"
            up = say_content(up, face=face, words="" if outcome == "upheld" else "没有人来核对过。", by=None, code=code)

    told(
        1, 0.1, category="manner", provider=yian, words="新来的护理员喊我“喂”，嫌我走得慢，当着别人的面说我。"
    )  # fmt: skip
    asked, _code = told(
        2, 2, category="quality", provider=yian, words="洗澡水不热，说了也不调，回来就感冒了。", wish="水要热。"
    )
    with world.at(ago(1.5)):
        asked = acknowledge_grievance(asked, by=officer)
        question = "有老人反映助浴时水温偏低、提出后没有调整。请说明测温记录和操作规程。"
        ask_provider(asked, question=question, by=officer)
    told(
        3, 1, category="voucher", relation="relative", channel="hotline", hotline_number="TC12345-20261122-0087",
        words="老人的卡输错密码锁了，社区窗口周末不开，吃饭刷不了。",
    )  # fmt: skip
    answered, code = told(4, 9, category="place", provider=yian, words="日间照料中心的厕所没有扶手，地滑。")
    with world.at(ago(8.5)):
        answered = acknowledge_grievance(answered, by=officer)
        hearing = ask_provider(
            answered, question="有老人反映日间照料中心卫生间缺少扶手、地面湿滑。请说明整改打算。", by=officer
        )
    with world.at(ago(7)):
        state_side(hearing, statement="情况属实，已采购扶手和防滑垫，本周装好。", by=world.person("provider"))
    with world.at(ago(6)):
        answer_grievance(
            answered,
            outcome="upheld",
            answer="您说得对。扶手和防滑垫已经装好，我们去看过了。",
            measures="加装扶手、铺防滑垫。",
            by=officer,
        )
    with world.at(ago(3)):
        anonymous, _code = lodge_grievance(
            channel="web", category="money", relation="unnamed", place=Region.objects.get(code="320585101000"),
            provider=world.organisation("songbai"), words="打扫一小时收了两小时的钱，邻居也是。", by=None,
        )  # fmt: skip
    world.remember("grievance", str(up.pk))
    world.remember("grievance_new", Grievance.objects.order_by("-lodged_at").first().number)
    world.remember("grievance_anonymous", str(anonymous.pk))
