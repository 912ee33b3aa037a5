"""Residents are asked before a service is bought: the form, a second press, floods, figures, the citation."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse
from django.utils import translation

from marketplace.pages import clock
from marketplace.tenders import actions
from marketplace.tenders.actions import surveys
from marketplace.tenders.models import DemandSurvey, SurveyAnswer
from tests.given.tenders import Cast, a_cast, a_draft

pytestmark = pytest.mark.django_db
QUESTIONS = (
    ("one", "最需要什么？", ("午餐", "康复")),
    ("many", "什么时候来？", ("上午", "下午")),
    ("scale", "要接送吗？", ()),
    ("words", "还想说什么？", ()),
)


def the_code(refusal) -> str:
    error = refusal.value
    errors = error.error_dict.values() if hasattr(error, "error_dict") else [error.error_list]
    return next(one.code for group in errors for one in group)


def a_survey(cast: Cast) -> DemandSurvey:
    closes_at = clock.now() + datetime.timedelta(days=10)
    made = actions.draft_survey(
        cast.bureau, "日间照料中心该提供什么？", QUESTIONS, closes_at=closes_at, by=cast.officer
    )
    return actions.publish_survey(made, by=cast.officer)


def some_answers(survey: DemandSurvey, many: int, *, choice: str = "午餐", words: str = "") -> None:
    one, _many, scale, free = survey.questions.all()
    opened_at = clock.now() - datetime.timedelta(minutes=2)
    for number in range(many):
        replies = {str(one.pk): choice, str(scale.pk): "5", str(free.pk): words}
        origin = f"{choice}-{number}"
        actions.answer_survey(survey, replies, origin=origin, token=origin, opened_at=opened_at)


def a_page(client, survey: DemandSurvey) -> tuple[str, dict[str, str]]:
    """The address of the form and what a browser would send, filled in by a person who took ten seconds."""
    address = reverse("tenders:survey", args=[survey.number])
    with clock.pretend(clock.now() - datetime.timedelta(seconds=10)):
        token = client.get(address).context["form"].initial["token"]
    one, many, scale, free = survey.questions.all()
    sent = {str(one.pk): "午餐", str(many.pk): ["上午", "下午"], str(scale.pk): "4", str(free.pk): "饭菜软一点"}
    return address, {"token": token, "homepage": "", **sent}


def test_a_resident_answers_without_a_name_and_the_second_press_is_the_first(client):
    survey = a_survey(a_cast())
    assert survey.title in client.get(reverse("tenders:surveys")).content.decode()
    address, sent = a_page(client, survey)
    assert not client.cookies.get("sessionid"), "no account, no cookie"
    for _press in range(2):
        answered = client.post(address, sent)
        assert answered.status_code == 302
        assert answered["Location"] == reverse("tenders:survey_thanks", args=[survey.number])
    answer = SurveyAnswer.objects.get()
    assert list(answer.replies.values()) == ["午餐", ["上午", "下午"], 4, "饭菜软一点"]
    assert "127.0.0.1" not in answer.sender, "the sender is a hash"
    assert client.get(reverse("tenders:survey_thanks", args=[survey.number])).status_code == 200


def test_machines_floods_and_empty_answers(client):
    survey = a_survey(a_cast())
    address, sent = a_page(client, survey)
    assert client.post(address, sent | {"homepage": "http://spam"}).status_code == 302
    assert client.post(address, sent | {"token": "forged"}).status_code == 422
    assert client.post(address, {"token": sent["token"], "homepage": ""}).status_code == 422
    assert not SurveyAnswer.objects.exists()
    opened_at, replies = clock.now() - datetime.timedelta(minutes=1), {str(survey.questions.first().pk): "午餐"}

    def answer(token: str, **more) -> SurveyAnswer:
        return actions.answer_survey(
            survey, more.get("replies", replies), origin="one", token=token, opened_at=more.get("opened_at", opened_at)
        )

    for more, code in (
        ({"opened_at": clock.now()}, "too_fast"),
        ({"replies": {str(survey.questions.first().pk): "麻将"}}, "reply"),
    ):
        with pytest.raises(ValidationError) as refusal:
            answer("x", **more)
        assert the_code(refusal) == code
    for number in range(surveys.MOST_FROM_ONE_SENDER):
        answer(str(number))
    with pytest.raises(ValidationError) as refusal:
        answer("one more")
    assert the_code(refusal) == "too_many"
    with clock.pretend(survey.closes_at + datetime.timedelta(seconds=1)):
        with pytest.raises(ValidationError) as refusal:
            answer("late")
        assert the_code(refusal) == "survey_closed"
    assert SurveyAnswer.objects.count() == surveys.MOST_FROM_ONE_SENDER


def test_the_result_is_public_without_small_cells_and_without_words(client):
    cast = a_cast()
    survey = a_survey(cast)
    some_answers(survey, 12, words="王奶奶住在三楼")
    some_answers(survey, 3, choice="康复")
    with pytest.raises(ValidationError) as refusal:
        actions.conclude_survey(survey, "需要午餐。", by=cast.officer)
    assert the_code(refusal) == "still_open"
    with clock.pretend(survey.closes_at + datetime.timedelta(minutes=1)):
        with pytest.raises(PermissionDenied):
            actions.conclude_survey(survey, "需要午餐。", by=a_cast().officer)
        with pytest.raises(ValidationError) as refusal:
            actions.conclude_survey(survey, " ", by=cast.officer)
        assert the_code(refusal) == "conclusion_missing"
        actions.conclude_survey(survey, "需要午餐。", by=cast.officer)
        page = client.get(reverse("tenders:survey", args=[survey.number]))
        assert "需要午餐" in page.content.decode()
        assert "王奶奶" not in page.content.decode()
        one = page.context["results"][0]
        assert [(bar.label, bar.count) for bar in one.bars] == [("午餐", 12), ("康复", None)], "3 is under ten: hidden"
        client.force_login(cast.officer)
        desk = client.get(survey.get_desk_url()).content.decode()
        assert "王奶奶" in desk, "the bureau reads the words"


def test_a_tender_cites_the_concluded_survey(client):
    tender = a_draft()
    cast = tender.cast
    survey = a_survey(cast)
    some_answers(survey, 12)
    with pytest.raises(ValidationError) as refusal:
        actions.plan_tender(tender, by=cast.officer, survey=survey, consultation_note="")
    assert the_code(refusal) == "survey_open"
    with clock.pretend(survey.closes_at + datetime.timedelta(minutes=1)):
        survey = actions.conclude_survey(survey, "需要午餐。", by=cast.officer)
        actions.plan_tender(tender, by=cast.officer, survey=survey, consultation_note="")
        dates = {"documents_until": None, "questions_until": None, "bids_due_at": None}
        client.force_login(cast.officer)
        form = client.get(reverse("tenders:schedule", args=[tender.pk])).context["form"]
        actions.set_schedule(tender, by=cast.officer, **{name: form.initial[name] for name in dates})
        actions.submit_for_approval(tender, by=cast.officer)
        published = actions.approve_tender(tender, by=cast.approver)
        client.logout()
        with translation.override("zh-hans"):
            page = client.get(reverse("tenders:detail", args=[published.number])).content.decode()
    assert reverse("tenders:survey", args=[survey.number]) in page
