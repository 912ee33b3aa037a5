"""A bureau asks before it buys: one consultation by page, paper and desk, from its draft to what was done with it."""

import datetime

import pytest

from marketplace.consultations.models import Answer, Consultation, Sheet
from marketplace.consultations.queries import citable
from marketplace.pages import clock
from marketplace.residents.actions import link_account
from tests.given.consultations import Asking, a_community
from tests.given.people import PASSWORD, a_person
from tests.given.residents import a_resident

from .town import later
from .visitor import Sight, Visitor

pytestmark = pytest.mark.django_db


def wall(moment: datetime.datetime) -> str:
    return f"{moment.astimezone(clock.SHANGHAI):%Y-%m-%dT%H:%M}"


class Story:
    def __init__(self) -> None:
        self.asking = Asking()
        self.community = a_community()
        self.user, self.resident = a_person(), a_resident(region=self.community, name="张福珍")
        link_account(self.resident, self.user, by=self.asking.officer)
        self.neighbour = a_resident(region=self.community, name="顾德明")
        self.officer = Visitor(self.asking.officer.email, PASSWORD)
        self.worker = Visitor(self.asking.worker.email, PASSWORD)
        self.at_home = Visitor(self.user.email, PASSWORD)
        self.street = Visitor()
        self.now = clock.now()

    def typed(self, **changes) -> dict:
        return {
            "title": "日间照料中心几点开门",
            "about": "明年的合同要写进去。",
            "audience": "everyone",
            "regions": [self.asking.region.code],
            "starts_at": wall(self.now - datetime.timedelta(hours=1)),
            "closes_at": wall(self.now + datetime.timedelta(days=20)),
            "text1": "几点开门最好？",
            "kind1": "one",
            "options1": "七点半\n八点\n八点半",
            "text2": "您最需要哪些服务？",
            "kind2": "many",
            "options2": "助餐\n助浴\n康复",
            "text3": "您还想说什么？",
            "kind3": "words",
        } | changes


def refused(sight: Sight, words: str, **kept: str) -> Sight:
    """The page says so plainly, and what was typed stands on it."""
    assert sight.status == 422, sight.words[:400]
    assert words in sight.words, sight.words[:800]
    for name, value in kept.items():
        fields = next(form for form in sight.document.xpath("//main//form") if name in form.fields).fields
        assert (fields[name] or "").strip().replace("\r", "") == value
    return sight


def test_three_channels_from_draft_to_what_was_done(django_capture_on_commit_callbacks):
    story = Story()
    # Written, with three mistakes on the way; nothing typed is lost.
    page = story.officer.open("/desk/consultations/new/")
    yesterday = wall(story.now - datetime.timedelta(days=1))
    page = refused(
        page.fill(story.typed(closes_at=yesterday)),
        "结束时间早于开始时间",
        title="日间照料中心几点开门",
        text1="几点开门最好？",
    )
    page = refused(page.fill(story.typed(options1="")), "请给出两个以上不同的选项", text2="您最需要哪些服务？")
    page = refused(page.fill(story.typed(regions=[])), "征求哪些地方的意见", options1="七点半\n八点\n八点半")
    desk = page.fill(story.typed())
    consultation = Consultation.objects.get()
    public = "/consultations/"
    assert consultation.title not in story.street.open(public).words
    desk = desk.follow("公开征询").fill()
    consultation = Consultation.objects.get()
    assert consultation.number in desk.words
    address = consultation.get_absolute_url()
    assert consultation.title in story.street.open(public).words

    # Paper: sheets are printed; one is scanned, one typed in, neither counts twice.
    with django_capture_on_commit_callbacks(execute=True):
        desk = desk.follow("打印纸质问卷").fill({"region": story.community.code, "count": "3"})
        assert "刷新进度" in desk.words and "PDF" not in desk.words
    desk = desk.follow("刷新进度")
    assert "PDF" in desk.words
    scanned, typed, unused = Sheet.objects.order_by("serial")
    sheet_page = story.street.open(f"/c/{scanned.number}")
    with later(story.now + datetime.timedelta(minutes=1)):
        thanks = sheet_page.fill({"q1": "0", "q2": ["0", "1"], "q3": "早点开门好"})
        assert "谢谢" in thanks.words
        refused(sheet_page_again(story.street, scanned, story), "已经计入过", q3="再说一遍")
    assert "已计入" in story.street.open(f"/c/{scanned.number}").words
    form = story.worker.open(f"/desk/consultations/{consultation.pk}/type-in/")
    refused(form.fill({"number": scanned.spelled, "q1": "1"}), "已经计入过", number=scanned.spelled, q1="1")
    refused(form.fill({"number": "000000000000", "q1": "1"}), "没有印过这个编号", number="000000000000", q1="1")
    refused(form.fill({"number": typed.number[:-1], "q1": "1"}), "十二位数字", q1="1")
    assert "下一份" in form.fill({"number": typed.spelled, "q1": "1"}).words
    street = story.street.open("/consultations/sheet/")
    refused(street.fill({"number": "1234"}), "十二位数字", number="1234")
    assert consultation.title in street.fill({"number": unused.spelled}).words
    assert "没有印过这个编号" in story.street.open("/c/000000000000", expect=404).words

    # The page: a resident signed in, and somebody unknown.
    own = story.at_home.open(address)
    with later(story.now + datetime.timedelta(minutes=2)):
        assert "谢谢" in own.fill({"q1": "0"}).words
        again = story.at_home.open(address)
    with later(story.now + datetime.timedelta(minutes=3)):
        refused(again.fill({"q1": "2", "q3": "换个主意"}), "您已经答过", q1="2", q3="换个主意")
        stranger = story.street.open(address)
    with later(story.now + datetime.timedelta(minutes=4)):
        refused(stranger.fill(), "至少回答一个问题")
        assert "谢谢" in stranger.fill({"q1": "1", "region": story.community.code}).words

    # The desk: consent first; a resident who answered at home is not counted again.
    enter = story.worker.open(f"/desk/consultations/{consultation.pk}/enter/")
    refused(enter.fill({"who": "顾德明", "q1": "0", "q3": "周六也开"}), "先征得老人同意", who="顾德明", q3="周六也开")
    refused(enter.fill({"who": "张福珍", "consent": "visit", "q1": "0"}), "已经计入过", who="张福珍")
    refused(enter.fill({"who": "没有此人", "consent": "visit", "q1": "0"}), "没有符合的老人", who="没有此人")
    assert "已计入" in enter.fill({"who": "顾德明", "consent": "visit", "q1": "0", "q3": "周六也开"}).words

    channels = dict.fromkeys(["open", "signed_in", "sheet", "desk"], 0)
    for channel in Answer.objects.values_list("channel", flat=True):
        channels[channel] += 1
    assert channels == {"open": 1, "signed_in": 1, "sheet": 2, "desk": 1}

    # After the last day: closed, remarks read, figures out, decided, cited.
    with later(consultation.closes_at - datetime.timedelta(hours=1)):
        late = story.street.open(address)
    with later(consultation.closes_at + datetime.timedelta(hours=1)):
        refused(late.fill({"q1": "2", "q3": "来晚了"}), "已经结束", q1="2", q3="来晚了")
        desk_url = f"/desk/consultations/{consultation.pk}/"
        desk = story.officer.open(desk_url)
        refused(desk.follow("公布结果").fill({"summary": "希望早开门。"}), "还没有读过", summary="希望早开门。")
        remarks = story.officer.open(f"{desk_url}remarks/")
        story.officer.open(remarks.link("阅读并公布")).fill()
        remarks = story.officer.open(f"{desk_url}remarks/")
        story.officer.open(remarks.link("不公布")).fill()
        assert not citable(story.asking.bureau).exists()
        desk = story.officer.open(desk_url).follow("公布结果").fill({"summary": "大家希望早一点开门。"})
        assert citable(story.asking.bureau).get() == consultation
        results = story.street.open(address).words
        assert "大家希望早一点开门。" in results and "不足10份" in results
        desk.follow("说明如何采纳").fill({"text": "新合同写明七点半开门。"})
        for visitor in (story.street, story.at_home):
            assert "新合同写明七点半开门。" in visitor.open(address).words
        assert "What was done" in story.street.open("/en" + address).words
        figures = story.street.open(f"{address}results/?format=csv").text
        assert "少于10" in figures
    assert story.street.client.get(f"/consultations/{consultation.number}x/").status_code == 404


def sheet_page_again(visitor: Visitor, sheet: Sheet, story: Story) -> Sight:
    """Whoever opened the page before the sheet was counted sends it afterwards."""
    consultation = sheet.consultation
    fresh = visitor.open(f"/consultations/{consultation.number}/")
    data = dict(fresh.defaults(fresh.form("q1"))) | {"q3": "再说一遍"}
    response = visitor.client.post(f"/c/{sheet.number}", data)
    return Sight(visitor, response, f"/c/{sheet.number}")
