"""Residents are asked: one consultation with its results and what was done, one open; two standards of service.

The finished one asked by three channels about the first standard, which has been adopted since; the open one puts the
second standard up for comment.
"""

# ruff: noqa: E501 - what residents read stands in one line

import datetime
import random

from config.demo.residents import story_resident
from config.demo.world import World
from marketplace.consultations.actions import (
    QuestionRow,
    adopt_after_consultation,
    answer_openly,
    answer_signed_in,
    conclude_consultation,
    draft_consultation,
    enter_at_desk,
    hold_back_remark,
    print_sheets,
    publish_consultation,
    report_results,
    show_remark,
    type_in_sheet,
)
from marketplace.consultations.models import Consultation, Question, Remark
from marketplace.directory.actions import draft_standard
from marketplace.directory.models import Category
from marketplace.pages import clock
from marketplace.parties.models import Region
from marketplace.residents.models import Resident

ONE, MANY, SCALE, WORDS = Question.Kind.ONE, Question.Kind.MANY, Question.Kind.SCALE, Question.Kind.WORDS

DAY_CARE = """1 范围：本规范适用于城厢镇各日间照料中心由政府购买的日间照料服务。
2 开放时间：每周开放不少于六天，七点半开门，十七点关门；法定节假日提前公告。
3 人员：老人与护理员之比不高于八比一；护理员持证上岗，每年培训不少于四十学时。
4 助餐：提供午餐，每周菜单公示；可选低糖、低盐、软食。
5 助浴：每位老人每周可预约一次，两名人员在场，浴前测量血压。
6 活动：每天上午、下午各一次，其中每周不少于两次认知或康复活动。
7 接送：行动不便的老人可预约接送，中心到家半小时内。
8 安全：每月一次消防和防跌倒检查，记录公示。
9 意见：每季度听取老人和家属意见，十个工作日内答复。"""
DAY_CARE_EN = """1 Scope: day care in the centres of Chengxiang Town that is bought by government.
2 Opening hours: six days a week or more, from 7:30 to 17:00; holidays are announced.
3 Staff: one carer for eight residents at the most, certified, forty hours of training a year.
4 Meals: lunch, the week's menu posted; low sugar, low salt, soft food.
5 Bathing: once a week for each resident by appointment, two carers, blood pressure taken first.
6 Activities: one in the morning, one in the afternoon; twice a week for memory or rehabilitation.
7 Transport: for those who walk badly, within half an hour of home.
8 Safety: fire and falls are checked every month and the record is posted.
9 Opinions: residents and families are heard every quarter and answered within ten working days."""
HOME_CARE = """1 范围：本规范适用于本市政府购买的居家上门照护服务。
2 预约：当天预约次日上门，急需的两小时内答复。
3 人员：上门人员佩戴工牌，首次上门由社区工作人员陪同。
4 时长：每次不少于一小时，起止时间由老人签认。
5 内容：按照护计划服务，不推销任何商品。
6 记录：每次服务留下纸质记录一份，由老人保管。
7 替换：老人可以要求更换护理员，三个工作日内办理。"""

FINISHED = [
    QuestionRow(ONE, "日间照料中心几点开门最好？", ["七点半", "八点", "八点半"], "When should the centre open?", ["7:30", "8:00", "8:30"]),
    QuestionRow(MANY, "您最需要哪些服务？", ["助餐", "助浴", "康复训练", "接送", "认知活动"], "What do you need most?",
                ["Meals", "Bathing", "Rehabilitation", "Transport", "Memory activities"]),
    QuestionRow(SCALE, "您对中心现在的服务满意吗？", text_en="Are you content with the centre today?"),
    QuestionRow(WORDS, "您还想说什么？", text_en="What else would you like to say?"),
]  # fmt: skip
OPEN = [
    QuestionRow(ONE, "上门服务每次多长时间合适？", ["一小时", "一个半小时", "两小时"], "How long should a visit be?", ["One hour", "One and a half", "Two hours"]),
    QuestionRow(MANY, "上门时您最看重什么？", ["准时", "手脚干净利落", "说话和气", "总是同一个人"], "What matters most to you?",
                ["On time", "Skilled hands", "Kind words", "Always the same person"]),
    QuestionRow(SCALE, "这份规范说清楚了吗？", text_en="Is the draft clear?"),
    QuestionRow(WORDS, "哪一条要改？怎么改？", text_en="Which clause should change, and how?"),
]  # fmt: skip
SAID = [
    "早上女儿上班前送我来，七点半最好。",
    "软食再烂一点，牙不行了。",
    "接送车上下要有人扶。",
    "希望礼拜六也开，礼拜六家里没人。",
    "厕所的扶手松了，麻烦修一下。",
    "护理员小姑娘蛮好的，想多留她几年。",
    "请打电话给我儿子，号码13900000000。",
]


def load(world: World) -> None:
    if Consultation.objects.exists():
        return
    rng = random.Random(15)  # noqa: S311 - a story, not a secret
    _finished(world, rng)
    _open(world, rng)


def _at(world: World, days: int, hour: int = 10):
    return world.at(clock.at_hour(world.today + datetime.timedelta(days=days), hour))


def _reply(consultation: Consultation, rng: random.Random, shares: list[int], words: str = "") -> dict:
    replies: dict = {}
    for question in consultation.questions.all():
        options = range(len(question.options))
        if question.kind == ONE:
            replies[str(question.pk)] = rng.choices(options, shares)[0]
        elif question.kind == MANY:
            replies[str(question.pk)] = [place for place in options if rng.random() < 0.7 - 0.12 * place]
        elif question.kind == SCALE:
            replies[str(question.pk)] = rng.choices([5, 4, 3, 2, 1], [30, 40, 18, 8, 4])[0]
        elif words:
            replies[str(question.pk)] = words
    return replies


def _finished(world: World, rng: random.Random) -> None:
    bureau, officer, worker = world.organisation("city_bureau"), world.person("buyer"), world.person("community_worker")
    town = world.region("chengxiang")
    with _at(world, -95):
        standard = draft_standard(
            bureau, code="TC-YL-01", name="日间照料中心服务规范", name_en="Day care in community centres",
            text=DAY_CARE, text_en=DAY_CARE_EN, category=Category.objects.filter(pk="day-care").first(), by=officer,
        )  # fmt: skip
        consultation = draft_consultation(
            bureau, FINISHED, [town], by=officer,
            title="日间照料中心怎么开放、做些什么", title_en="Opening hours and services of the day-care centres",
            about="城厢镇日间照料中心的合同年底到期。新合同写什么，先问大家；服务规范草案也请一起看看。",
            about_en="The contracts of Chengxiang's day-care centres end this year. Before the new ones are written, we ask you.",
            standard=standard, starts_at=clock.now(), closes_at=clock.now() + datetime.timedelta(days=35),
        )  # fmt: skip
        consultation = publish_consultation(consultation, by=officer)
        communities = list(Region.objects.filter(parent=town, level=Region.Level.COMMUNITY)[:12])
        run = print_sheets(consultation, communities[11], 12, by=worker)
    with _at(world, -80):
        people = list(
            Resident.objects.active().within(town).exclude(pk=story_resident().pk)
            .select_related("region").order_by("id_hash")[200:222]
        )  # fmt: skip
        for number, resident in enumerate(people):
            words = SAID[number] if number < 4 else ""
            enter_at_desk(
                consultation, resident, _reply(consultation, rng, [5, 3, 2], words), consent="visit", by=worker
            )
        for number, sheet in enumerate(run.sheets.all()[:11]):
            words = SAID[4 + number] if number < 3 else ""
            type_in_sheet(consultation, sheet.number, _reply(consultation, rng, [6, 3, 1], words), by=worker)
        answer_signed_in(consultation, _reply(consultation, rng, [1, 0, 0]), by=world.person("resident"))
        for number in range(26):
            answer_openly(
                consultation, _reply(consultation, rng, [3, 5, 4]), region=rng.choice([*communities[:3], None]),
                origin=f"203.0.113.{number} phone", token=f"demo-{number}",
                opened_at=clock.now() - datetime.timedelta(minutes=2),
            )  # fmt: skip
    with _at(world, -52):
        for remark in Remark.objects.filter(question__consultation=consultation):
            if "号码" in remark.text:
                hold_back_remark(remark, by=officer)
            else:
                show_remark(remark, remark.text, by=officer)
        report_results(
            consultation,
            "多数人希望早开门：来服务台和交纸质问卷的老人多选七点半，网上作答的家属多选八点。"
            "最需要的是助餐和助浴。有几位老人希望周六也开放。",
            by=officer,
        )
    with _at(world, -50):
        conclude_consultation(
            consultation,
            "采纳：新合同写明七点半开门，每周开放六天；助餐、助浴列为必须提供的项目，写入评分标准。\n"
            "部分采纳：接送先在行动不便的老人中试行，半年后再看。\n"
            "未采纳：晚间延长到十九点，因护理员夜班不足，明年再议。",
            text_en="Adopted: open at 7:30, six days a week; meals and bathing are required and scored. In part: transport is "
            "tried for those who walk badly. Not adopted: opening until 19:00, for want of staff; again next year.",
            by=officer,
        )
        adopt_after_consultation(consultation, in_force_from=clock.today() + datetime.timedelta(days=10), by=officer)
    world.remember("consultation", consultation.number)


def _open(world: World, rng: random.Random) -> None:
    bureau, officer, worker = world.organisation("city_bureau"), world.person("buyer"), world.person("community_worker")
    with _at(world, -9):
        standard = draft_standard(
            bureau, code="TC-YL-02", name="居家上门照护服务规范", name_en="Care in the home",
            text=HOME_CARE, category=Category.objects.filter(pk="home-care").first(), by=officer,
        )  # fmt: skip
        consultation = draft_consultation(
            bureau, OPEN, [world.region("taicang")], by=officer,
            title="居家上门照护服务规范征求意见", title_en="Have your say on care in the home",
            about="护理员上门应当做到什么？规范定下来以前，请老人和家属看一看、说一说。",
            about_en="What should a carer who comes to your home do? Before the standard holds, tell us.",
            standard=standard, starts_at=clock.now(), closes_at=clock.now() + datetime.timedelta(days=40),
        )  # fmt: skip
        consultation = publish_consultation(consultation, by=officer)
        run = print_sheets(consultation, world.region("shaxi"), 3, by=worker)
    with _at(world, -3):
        for sheet in run.sheets.all()[:2]:
            type_in_sheet(consultation, sheet.number, _reply(consultation, rng, [4, 3, 2]), by=worker)
        for number in range(9):
            answer_openly(
                consultation, _reply(consultation, rng, [4, 3, 2]), region=None,
                origin=f"198.51.100.{number} phone", token=f"demo-open-{number}",
                opened_at=clock.now() - datetime.timedelta(minutes=2),
            )  # fmt: skip
    world.remember("open_consultation", consultation.number)
    world.remember("sheet", run.sheets.last().number)
