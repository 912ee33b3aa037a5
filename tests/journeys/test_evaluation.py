"""A day-care centre is evaluated, over HTTP: three scorers, marks far from the others', the provider's reply and
appeal, the second evaluator, publication, the final payment, and what had to be put right until it was.

Every figure is computed by hand:
    A1 (20 points, 0 to 5): 3, 4, 1; the lead lets 4 stand and counts 3 for 1: 10/3 ÷ 5 × 20 = 13.33
    A2 (15, 0 to 5): 3, 3, 4: 10/3 ÷ 5 × 15 = 10      B1 (35, 0 to 10): 6, 6, 7: 19/3 ÷ 10 × 35 = 22.17
    C1 (30, 0 to 10): 5, 5, 4: 14/3 ÷ 10 × 30 = 14    in all 59.50, poor; after the appeal C1 7: 21, in all 66.50, fair.
"""

import datetime
import re

import pytest
from django.core.management import call_command
from nltk.metrics.agreement import AnnotationTask
from nltk.metrics.distance import interval_distance

from contracts.models import Deliverable
from evaluations import actions
from evaluations.models import Engagement, Evidence, Mark
from marketplace.directory.models import ProviderRating
from marketplace.pages import clock
from marketplace.parties.actions import grant_role, service_user
from marketplace.parties.models import Organisation, Role
from tests.given.people import a_person, an_organisation
from tests.given.pictures import a_photo

from .buying import pay_everything_ordered
from .contract_desk import Desk, browser, done
from .town import a_file
from .visitor import Sight, Visitor

pytestmark = pytest.mark.django_db

SHEETS = {"甲": (3, 3, 6, 5), "乙": (4, 3, 6, 5), "丙": (1, 4, 7, 4)}
TOPS = (5, 5, 10, 10)


def leaf(code: str, name: str, weight: int, top: int, dimension: str) -> dict:
    return {
        "code": code, "name": name, "name_en": code, "weight": weight, "top": top, "dimension": dimension,
        "evidence": "档案与现场",
    }  # fmt: skip


FRAMEWORK = {
    "code": "day-care-journey",
    "title": "日间照料试点指标",
    "title_en": "Day care: pilot indicators",
    "indicators": [
        {"code": "A", "name": "过程", "dimension": "process", "children": [
            leaf("A1", "人员配备", 20, 5, "process"), leaf("A2", "服务记录", 15, 5, "process")]},
        {"code": "B", "name": "产出", "dimension": "output", "children": [leaf("B1", "日托完成率", 35, 10, "output")]},
        {"code": "C", "name": "效益", "dimension": "benefit", "children": [leaf("C1", "老人改善", 30, 10, "benefit")]},
    ],
}  # fmt: skip


class Evaluation:
    """The people around one evaluation, each with a browser."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        actions.add_framework(FRAMEWORK, by=service_user("tests"))
        first, second = (an_organisation(Organisation.Kind.EVALUATOR) for _ in range(2))
        self.evaluator, self.second = first, second
        self.lead = browser(a_person(Role.OWNER, of=first))
        self.people = {name: a_person(Role.EVALUATOR, of=first, name=f"评分人{name}") for name in SHEETS}
        self.scorers = {name: browser(person) for name, person in self.people.items()}
        self.reviewer = browser(a_person(Role.OWNER, Role.EVALUATOR, of=second))
        self.home = ""

    @property
    def row(self) -> Engagement:
        return Engagement.objects.get()

    def plan(self) -> None:
        page = self.desk.officer.open("/evaluations/plan/")
        form = page.form("framework")
        values = {
            "contract": page.option("contract", self.desk.contract.title),
            "framework": page.option("framework", "日间照料试点"),
            "due_on": (clock.today() + datetime.timedelta(days=30)).isoformat(),
        }
        if "appointment" in form.fields:
            values["appointment"] = "限额以下，三家比选"
        if "evaluator" in form.fields:
            tied = a_person(Role.EVALUATOR, of=an_organisation(Organisation.Kind.EVALUATOR, name="有关联的评估机构"))
            tied_to = tied.memberships.get().organisation
            grant_role(tied, self.desk.contract.supplier, Role.FINANCE, by=None)
            again = self.desk.officer.open("/evaluations/plan/")
            refused = again.fill(values | {"evaluator": again.option("evaluator", tied_to.name)})
            assert refused.status == 422 and not Engagement.objects.exists(), "a tie to the provider"
            values["evaluator"] = page.option("evaluator", self.evaluator.name)
            planned = done(refused.fill(values))
        else:
            planned = done(page.fill(values))
        self.home = re.search(r"/evaluations/[0-9a-f-]{36}/", planned.address).group()

    def start(self) -> None:
        page = self.lead.open(f"{self.home}start/")
        named = [page.option("scorers", person.name) for person in self.people.values()]
        form = page.form("scorers")
        boxes = form.xpath(".//input[@type='checkbox']/@name")
        declared = {name: "on" for name in boxes if name != "scorers"}
        done(page.fill({"scorers": named} | declared))
        twice = self.lead.open(f"{self.home}scorers/add/")
        again = twice.fill({"scorer": twice.option("scorer", "评分人甲"), "is_independent": "on"})
        assert again.status == 422 and "一人只评一份" in again.words, "a second scorecard by the same person"

    def score(self, name: str, *, press: str) -> Sight:
        """Two sittings: half of it is saved, then the rest is handed in; the third time a photo is none."""
        visitor = self.scorers[name]
        page = visitor.open(visitor.open(f"{self.home}work/").link_to("/evaluations/scorecards/"))
        form = page.form("points_")
        points = [field for field in form.fields if field.startswith("points_")]
        notes = [field for field in form.fields if field.startswith("note_")]
        files = [field for field in form.fields if field.startswith("file_")]
        given = dict(zip(points, (str(mark) for mark in SHEETS[name]), strict=True))
        half = dict(list(given.items())[:2]) | {notes[0]: f"{name}：花名册与排班表相符"}
        page = done(page.fill(half, form="points_", press="保存"))
        assert f"{name}：花名册" in page.text
        rest = {"visited_on": clock.today().isoformat(), "remark": f"{name}的备注"} | given
        wrong = page.fill(rest | {files[0]: a_file("照片.jpg", b"no photo")}, form="points_", press=press)
        assert wrong.status == 422 and "照片.jpg" in wrong.words and f"{name}的备注" in wrong.text
        handed_in = wrong.fill({files[0]: a_file("照片.jpg", a_photo(len(name)))}, form="points_", press=press)
        return done(handed_in)


def test_a_day_care_centre_is_evaluated():
    desk = Desk()
    with desk.on(1):
        desk.draft()
        done(
            desk.officer.open(f"{desk.home}lay-out/").fill(
                {"every": "6", "quantity": "30", "unit": "场", "kind": "milestone", "final": "10"}
            )
        )
        desk.sign()
    contract = desk.contract
    final = contract.deliverables.get(kind=Deliverable.Kind.FINAL)
    for number, row in enumerate(contract.deliverables.exclude(pk=final.pk).order_by("position")):
        with desk.on(5 + number):
            call_command("run_clock", "--once")
            desk.deliver(row.position)
    case = Evaluation(desk)
    with desk.on(100):
        case.plan()
        case.start()
        for name in SHEETS:
            case.score(name, press="交")
            if name != "丙":
                public = case.lead.open(f"{case.home}work/")
                assert "花名册" not in public.text and "13.33" not in public.text, "private until all are in"
                assert not Mark.objects.exists()
        assert case.row.state == Engagement.State.MODERATING and Evidence.objects.count() == 3

    with desk.on(102):
        work = case.lead.open(f"{case.home}work/")
        early = case.lead.open(f"{case.home}settle/").fill({})
        assert early.status == 422 and "A1" in early.words, "the outliers first"
        for own, counts, reason in ((4, 4, "证据充分，维持。"), (1, 3, "未计入新到岗两人。")):
            mark = Mark.objects.get(indicator__code="A1", points=own)
            page = case.lead.open(f"{case.home}moderate/{mark.pk}/")
            assert f"评分人{'乙' if own == 4 else '丙'}" in page.words
            done(page.fill({"points": str(counts), "reason": reason}))
        work = case.lead.open(f"{case.home}work/")
        assert "1 / 5" in work.words and "计为 3" in work.words, "both values are kept"
        done(case.lead.open(f"{case.home}settle/").fill({}))
        work = case.lead.open(f"{case.home}work/")
        assert "59.50" in work.words
        triples = [
            (scorer, place, mark / TOPS[place]) for scorer, marks in SHEETS.items() for place, mark in enumerate(marks)
        ]
        alpha = AnnotationTask(data=[(s, str(p), v) for s, p, v in triples], distance=interval_distance).alpha()
        assert f"{alpha:.3f}" in work.words, "agreement of the scorers' own marks"
        done(
            case.lead.open(f"{case.home}findings/").fill(
                {"findings": "服务记录基本完整，效益证据不足。", "recommendations": "补充老人前后测评。"}
            )
        )

    sheet = desk.provider.open(desk.provider.open(f"{case.home}work/").link_to("/evaluations/scorecards/"))
    assert "花名册与排班表相符" in sheet.words and "照片.jpg" in sheet.words, "open to the provider once locked"
    with desk.on(103):
        done(desk.provider.open(f"{case.home}reply/").fill({"text": "已补齐两名护理员，前后测评材料随申诉提交。"}))
        page = desk.provider.open(f"{case.home}appeal/")
        leaves = [page.option("leaves", "B1"), page.option("leaves", "C1")]
        done(page.fill({"leaves": leaves, "reason": "评估时前后测评尚未装订。"}))
        assert case.row.state == Engagement.State.APPEALED
        once = desk.provider.open(f"{case.home}appeal/")
        assert once.fill({"leaves": leaves, "reason": "再次申诉。"}).status == 422, "one may appeal once"
    with desk.on(105):
        page = desk.officer.open(f"{case.home}appeal/assign/")
        assert case.evaluator.name not in [option.text for option in page.document.xpath("//select/option")]
        done(page.fill({"reviewer": page.option("reviewer", case.second.name)}))
        page = case.reviewer.open(case.reviewer.open("/desk/").link_to("/evaluations/appeals/"))
        page = case.reviewer.open(f"{page.address}decide/")
        points = [field for field in page.form("points_").fields if field.startswith("points_")]
        findings = [field for field in page.form("points_").fields if field.startswith("finding_")]
        done(
            page.fill(
                {points[1]: "7", findings[0]: "维持原分。", findings[1]: "三十二人前后测评属实。"}, form="points_"
            )
        )
        row = case.row
        assert (str(row.score), row.grade, str(row.appeal.score_before)) == ("66.50", "fair", "59.50")

    with desk.on(107):
        early = desk.provider.open(f"/contracts/instalments/{final.pk}/report/").fill(
            {"note": "申请尾款", "invoice_number": "W1"}
        )
        assert early.status == 422, "the final part waits for the publication"
        done(desk.officer.open(f"{case.home}publish/").fill({}))
        public = Visitor().open(case.home)
        for words in ("66.50", "效益证据不足", "已补齐两名护理员", "补充老人前后测评"):
            assert words in public.words, words
        assert "评分人甲" not in public.words
        assert ProviderRating.objects.get(organisation=contract.supplier).grade == "fair"
        assert Visitor().open(f"{case.home}report.pdf").response["Content-Type"] == "application/pdf"

    with desk.on(108):
        desk.deliver(final.position, quantity="1")
        pay_everything_ordered(desk)
        accepted = Deliverable.objects.get(pk=final.pk).reports.get().acceptance.accepted_amount
        assert accepted == final.amount - final.amount * 20 // 100, "of a fair service 80 percent of the final part"

        page = desk.officer.open(f"{case.home}rectify/")
        day = clock.today() + datetime.timedelta(days=30)
        done(page.fill({"problem": "建立老人前后测评档案。", "due_on": day.isoformat()}))
        thing = case.row.rectifications.get().get_absolute_url()
    with desk.on(110):
        done(desk.provider.open(f"{thing}plan/").fill({"plan": "十月底前全部建档。"}))
    with desk.on(120):
        proof = {"proof": "已建档三十二份。", "file": a_file("建档清单.pdf")}
        done(desk.provider.open(f"{thing}report/").fill(proof))
        done(desk.officer.open(f"{thing}return/").fill({"reason": "缺六人。"}))
    with desk.on(125):
        done(desk.provider.open(f"{thing}report/").fill({"proof": "三十八份齐全。", "file": a_file("建档清单.pdf")}))
        done(desk.officer.open(f"{thing}confirm/").fill({}))
    assert "三十八份齐全" in Visitor().open(thing).words
