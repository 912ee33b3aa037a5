"""Consultations on their way: drafted, open, closed, with answers by every channel."""

import datetime
from dataclasses import dataclass, field

from marketplace.consultations.actions import (
    QuestionRow,
    answer_openly,
    conclude_consultation,
    draft_consultation,
    hold_back_remark,
    print_sheets,
    publish_consultation,
    report_results,
)
from marketplace.consultations.models import Consultation, Question, Remark, Sheet
from marketplace.directory.actions import draft_standard
from marketplace.directory.models import StandardVersion
from marketplace.pages import clock
from marketplace.parties.models import Organisation, Region, Role, User
from tests.given.people import a_bureau, a_person, a_region

ONE, MANY, SCALE, WORDS = Question.Kind.ONE, Question.Kind.MANY, Question.Kind.SCALE, Question.Kind.WORDS
QUESTIONS = [
    QuestionRow(
        ONE,
        "日间照料中心几点开门最好？",
        ["七点半", "八点", "八点半"],
        "When should it open?",
        ["7:30", "8:00", "8:30"],
    ),
    QuestionRow(MANY, "您最需要哪些服务？", ["助餐", "助浴", "康复"]),
    QuestionRow(SCALE, "您对现在的服务满意吗？"),
    QuestionRow(WORDS, "您还想说什么？"),
]


@dataclass
class Asking:
    """A bureau with its officer and community worker."""

    bureau: Organisation = field(default_factory=a_bureau)

    def __post_init__(self) -> None:
        self.officer: User = a_person(Role.OFFICER, of=self.bureau)
        self.worker: User = a_person(Role.COMMUNITY_WORKER, of=self.bureau)

    @property
    def region(self) -> Region:
        return self.bureau.region


def a_community(name: str = "德兴社区", number: int = 13, *, is_rural: bool = False) -> Region:
    """A community of Chengxiang town."""
    town = a_region()
    community, _ = Region.objects.get_or_create(
        code=f"{town.prefix}{number:03d}",
        defaults={"name": name, "level": Region.Level.COMMUNITY, "parent": town, "is_rural": is_rural},
    )
    return community


def a_draft_consultation(asking: Asking | None = None, **fields) -> Consultation:
    asking = asking or Asking()
    now = clock.now()
    return draft_consultation(
        asking.bureau,
        fields.pop("questions", QUESTIONS),
        fields.pop("regions", [asking.region]),
        by=asking.officer,
        **{
            "title": "日间照料中心怎么开放",
            "title_en": "Opening hours of the day-care centre",
            "about": "明年的合同要写进去。",
            "starts_at": now - datetime.timedelta(minutes=1),
            "closes_at": now + datetime.timedelta(days=40),
            **fields,
        },
    )


def an_open_consultation(asking: Asking | None = None, **fields) -> Consultation:
    asking = asking or Asking()
    return publish_consultation(a_draft_consultation(asking, **fields), by=asking.officer)


def all_replies(consultation: Consultation, one: int = 0, many=(0,), scale: int = 4, words: str = "") -> dict:
    """An answer to each question; the words are left out when empty."""
    given = {ONE: one, MANY: list(many), SCALE: scale, WORDS: words}
    return {str(question.pk): given[question.kind] for question in consultation.questions.all()}


def an_open_answer(consultation: Consultation, number: int = 1, **replies):
    """Somebody unknown answers on a device of their own."""
    return answer_openly(
        consultation,
        all_replies(consultation, **replies),
        region=None,
        origin=f"192.0.2.{number % 250} device {number}",
        token=f"page-{number}",
        opened_at=clock.now() - datetime.timedelta(minutes=1),
    )


def sheets_of(consultation: Consultation, asking: Asking, count: int = 3, region: Region | None = None) -> list[Sheet]:
    run = print_sheets(consultation, region or asking.region, count, by=asking.officer)
    return list(run.sheets.all())


def after_it_closed(consultation: Consultation, days: int = 1):
    return clock.pretend(consultation.closes_at + datetime.timedelta(days=days))


def a_reported_consultation(asking: Asking | None = None, answers: int = 12, **fields) -> Consultation:
    """Closed, with answers of `answers` people, its figures public."""
    asking = asking or Asking()
    consultation = an_open_consultation(asking, **fields)
    for number in range(answers):
        an_open_answer(consultation, number, one=number % 2)
    with after_it_closed(consultation):
        for remark in Remark.objects.filter(question__consultation=consultation, state=Remark.State.WAITING):
            hold_back_remark(remark, by=asking.officer)
        return report_results(consultation, "大家希望早一点开门。", by=asking.officer)


def a_concluded_consultation(asking: Asking | None = None, **fields) -> Consultation:
    asking = asking or Asking()
    consultation = a_reported_consultation(asking, **fields)
    with after_it_closed(consultation, 2):
        conclude_consultation(consultation, "新合同写明七点半开门。", by=asking.officer)
    return Consultation.objects.get(pk=consultation.pk)


def a_draft_standard(
    asking: Asking, *, code: str = "TC-RZ-01", text: str = "1 总则\n2 每日七点半开门"
) -> StandardVersion:
    return draft_standard(
        asking.bureau, code=code, name="日间照料服务规范", name_en="Day care", text=text, by=asking.officer
    )
