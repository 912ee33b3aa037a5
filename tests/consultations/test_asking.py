"""Writing, publishing, sheets, reading remarks, results, what was done; and what each of them refuses."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from marketplace.consultations.actions import (
    QuestionRow,
    change_consultation,
    conclude_consultation,
    hold_back_remark,
    make_run_file,
    print_sheets,
    publish_consultation,
    report_results,
    show_remark,
)
from marketplace.consultations.models import Consultation, Remark, Sheet
from marketplace.consultations.queries import citable
from marketplace.consultations.results import results_of
from marketplace.messages.models import Message
from marketplace.pages import clock
from marketplace.papers.models import Paper
from marketplace.parties.models import Region
from marketplace.search.queries import search
from tests.given.consultations import (
    MANY,
    ONE,
    QUESTIONS,
    SCALE,
    Asking,
    a_community,
    a_concluded_consultation,
    a_draft_consultation,
    a_reported_consultation,
    after_it_closed,
    an_open_answer,
    an_open_consultation,
    sheets_of,
)
from tests.given.people import a_bureau, a_person
from tests.given.refusals import refused

pytestmark = pytest.mark.django_db


@pytest.fixture
def asking() -> Asking:
    return Asking()


def test_questions_that_can_not_be_asked(asking):
    for questions, code in (
        ([], "questions"),
        ([QuestionRow(SCALE, f"第{n}问") for n in range(13)], "questions"),
        ([QuestionRow(SCALE, "  ")], "questions"),
        ([QuestionRow(ONE, "几点开门？", [])], "choices"),
        ([QuestionRow(MANY, "哪些服务？", ["助餐", " "])], "choices"),
        ([QuestionRow(ONE, "几点开门？", ["八点", "八点"])], "choices"),
        ([QuestionRow(ONE, "几点开门？", ["八点", "九点"], "When?", ["8:00"])], "choices_en"),
    ):
        with refused(code):
            a_draft_consultation(asking, questions=questions)
    assert not Consultation.objects.exists()


def test_an_end_before_the_start_and_an_end_in_the_past(asking):
    now = clock.now()
    hour = datetime.timedelta(hours=1)
    with refused("period", "Look at both"):
        a_draft_consultation(asking, starts_at=now + 2 * hour, closes_at=now + hour)
    with refused("past"):
        a_draft_consultation(asking, starts_at=now - 2 * hour, closes_at=now - hour)
    with refused("places"):
        a_draft_consultation(asking, regions=[])
    with refused("places", "own places"):
        a_draft_consultation(asking, regions=[Region.objects.get(code="320500000000")])
    assert not Consultation.objects.exists()
    late = a_draft_consultation(asking, closes_at=now + hour)
    with clock.pretend(now + 3 * hour), refused("past"):
        publish_consultation(late, by=asking.officer)


def test_only_the_bureaus_officers_ask(asking):
    draft = a_draft_consultation(asking)
    other = Asking()
    for by in (asking.worker, other.officer, a_person()):
        with pytest.raises(PermissionDenied):
            publish_consultation(draft, by=by)
        with pytest.raises(PermissionDenied):
            change_consultation(draft, QUESTIONS, [asking.region], by=by)
    assert not Consultation.objects.visible_to(other.officer).exists()
    assert not Consultation.objects.public().exists()


def test_published_it_is_found_numbered_told_and_fixed(asking):
    consultation = an_open_consultation(asking)
    assert consultation.number == f"320585100-{clock.today().year}-Z0001"
    assert an_open_consultation(asking).number.endswith("-Z0002")
    assert an_open_consultation(Asking(a_bureau())).number == f"320585100.2-{clock.today().year}-Z0001"
    assert consultation.number in str([found.url for found in search("日间照料", kinds=["consultation"]).hits])
    assert Message.objects.filter(to=asking.worker, about_id=str(consultation.pk)).count() == 1
    with pytest.raises(PermissionDenied):
        change_consultation(consultation, QUESTIONS[:1], [asking.region], by=asking.officer)


def test_sheets_are_numbered_on_and_printed_once_published(asking):
    draft = a_draft_consultation(asking)
    with refused("not_published"):
        print_sheets(draft, asking.region, 2, by=asking.officer)
    consultation = publish_consultation(draft, by=asking.officer)
    first = sheets_of(consultation, asking, 2)
    run = make_run_file(print_sheets(consultation, a_community(), 2, by=asking.worker), language="zh-hans")
    assert [sheet.serial for sheet in [*first, *run.sheets.all()]] == [1, 2, 3, 4]
    assert len({sheet.number for sheet in Sheet.objects.all()}) == 4
    with run.paper.file.open("rb") as file:
        assert file.read(5) == b"%PDF-"
    assert run.paper.pages >= 2
    for count in (0, -1, 51):
        with refused("count", "50 sheets"):
            print_sheets(consultation, asking.region, count, by=asking.officer)
    with refused("region"):
        print_sheets(consultation, Region.objects.get(code="320000000000"), 1, by=asking.officer)
    with pytest.raises(PermissionDenied):
        print_sheets(consultation, asking.region, 1, by=a_person())
    with after_it_closed(consultation), refused("closed"):
        print_sheets(consultation, asking.region, 1, by=asking.officer)
    assert Sheet.objects.count() == 4


def test_the_file_is_made_while_nobody_waits(asking, client, django_capture_on_commit_callbacks):
    """The page answers at once and shows that the file is on its way; printing twice makes one file."""
    consultation = an_open_consultation(asking)
    client.force_login(asking.officer)
    desk = consultation.get_desk_url()
    form = {"region": asking.region.code, "count": 3, "language": "zh-hans"}
    with django_capture_on_commit_callbacks() as later:
        answer = client.post(reverse("consultations:print", args=[consultation.pk]), form)
    assert answer.status_code == 302
    run = consultation.sheet_runs.get()
    file = reverse("consultations:sheets_file", args=[consultation.pk, run.pk])
    assert run.paper is None and run.sheets.count() == 3
    page = client.get(desk).content.decode()
    assert "正在生成" in page and 'hx-trigger="every 2s"' in page and file not in page
    assert client.get(file).status_code == 404
    for callback in later * 2:
        callback()
    page = client.get(desk).content.decode()
    assert file in page and "正在生成" not in page and "every 2s" not in page
    assert b"".join(client.get(file).streaming_content)[:5] == b"%PDF-"
    assert Paper.objects.filter(kind="consultation-sheets").count() == 1


def test_remarks_are_read_before_they_are_public(asking):
    consultation = an_open_consultation(asking)
    for number, words in enumerate(["早一点开门", "请打13812345678找我女儿王芳", "护理员张三很好"]):
        an_open_answer(consultation, number, words=words)
    with after_it_closed(consultation):
        with refused("remarks_unread", "3 remarks"):
            report_results(consultation, "好", by=asking.officer)
        remarks = {remark.text: remark for remark in Remark.objects.all()}
        with refused("personal", "telephone"):
            show_remark(remarks["请打13812345678找我女儿王芳"], "请打 138 1234 5678", by=asking.officer)
        with refused("remark_empty"):
            show_remark(remarks["早一点开门"], "  ", by=asking.officer)
        with pytest.raises(PermissionDenied):
            show_remark(remarks["早一点开门"], "早一点开门", by=asking.worker)
        show_remark(remarks["早一点开门"], "早一点开门", by=asking.officer)
        show_remark(remarks["护理员张三很好"], "护理员很好", by=asking.officer)
        hold_back_remark(remarks["请打13812345678找我女儿王芳"], by=asking.officer)
        report_results(consultation, "希望早开门。", by=asking.officer)
    shown = results_of(consultation, for_public=True).questions[3].remarks
    assert sorted(shown) == ["护理员很好", "早一点开门"]


def test_results_come_after_the_last_day_once_and_with_words(asking):
    consultation = an_open_consultation(asking)
    with refused("still_open"):
        report_results(consultation, "好", by=asking.officer)
    with refused("no_results"):
        conclude_consultation(consultation, "做了", by=asking.officer)
    with after_it_closed(consultation):
        with refused("summary_missing"):
            report_results(consultation, "  ", by=asking.officer)
        report_results(consultation, "好", by=asking.officer)
        with refused("reported_already"):
            report_results(consultation, "好", by=asking.officer)
        with refused("outcome_missing"):
            conclude_consultation(consultation, " ", by=asking.officer)
        conclude_consultation(consultation, "七点半开门", by=asking.officer)
        conclude_consultation(consultation, "一月起实行", by=asking.officer)  # more may follow
    outcome = consultation.outcomes.first()
    outcome.text = "没说过"
    with pytest.raises(Exception, match="only grows"):
        outcome.save()


def test_a_tender_may_cite_what_has_results(asking):
    open_one = an_open_consultation(asking)
    reported, concluded = a_reported_consultation(asking), a_concluded_consultation(asking)
    a_reported_consultation(Asking())  # another bureau's
    assert set(citable(asking.bureau)) == {reported, concluded}
    assert open_one not in citable(asking.bureau)


def test_small_figures_are_hidden_and_can_not_be_worked_out(asking):
    consultation = a_reported_consultation(asking, answers=23)  # 12 say 七点半, 11 八点, nobody 八点半
    public, own = results_of(consultation, for_public=True), results_of(consultation, for_public=False)
    assert [bar.count for bar in public.questions[0].bars] == [12, 11, 0]
    assert public.total == 23 and public.questions[3].answered == 0
    few = a_reported_consultation(asking, answers=13)  # 7 and 6
    assert [bar.count for bar in results_of(few, for_public=True).questions[0].bars] == [None, None, 0]
    assert [bar.count for bar in results_of(few, for_public=False).questions[0].bars] == [7, 6, 0]
    tiny = results_of(a_reported_consultation(asking, answers=4), for_public=True)
    assert tiny.total is None and tiny.questions[0].answered is None
    assert all(bar.count in (None, 0) for bar in [*tiny.channels, *tiny.places, *tiny.questions[0].bars])
    assert own.total == 23


def test_one_small_figure_takes_another_with_it(asking):
    consultation = an_open_consultation(asking)
    for number in range(32):
        an_open_answer(consultation, number, one=0 if number < 15 else 1 if number < 29 else 2)
    counts = [bar.count for bar in results_of(consultation, for_public=True).questions[0].bars]
    assert counts == [15, None, None]  # 14 and 3: the three can't be had as the rest


def test_the_results_take_as_many_statements_for_ten_as_for_fifty(asking, django_assert_num_queries):
    few, many = a_reported_consultation(asking, answers=10), a_reported_consultation(asking, answers=50)
    for consultation in (few, many):
        with django_assert_num_queries(9):
            results_of(consultation, for_public=True)


def test_a_mean_is_of_all_who_answered(asking):
    consultation = an_open_consultation(asking)
    for number in range(20):
        an_open_answer(consultation, number, scale=5 if number < 10 else 2)
    assert results_of(consultation, for_public=True).questions[2].mean == pytest.approx(3.5)


def test_how_it_stands_is_nobody_else_s_before_the_results(asking, client):
    """The desk's page shows running figures: whoever merely signs in and has its address does not see them."""
    consultation = an_open_consultation(asking)
    for person, status in ((asking.officer, 200), (asking.worker, 200), (a_person(), 403), (a_person(of=None), 403)):
        client.force_login(person)
        assert client.get(consultation.get_desk_url()).status_code == status
