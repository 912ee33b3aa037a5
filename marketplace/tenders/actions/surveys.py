"""Asking residents before a service is bought (REG 15)."""

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.encryption import keyed_hash
from marketplace.parties.models import Organisation, User

from .. import policies
from ..models import DemandSurvey, SurveyAnswer, SurveyQuestion
from .numbering import number_of

MOST_QUESTIONS = 20
MOST_WORDS = 500  # characters of one answer
# A family shares an address and a village a community worker's tablet, so several answers from one place are right;
# hundreds are not. A design choice, not a rule of law.
MOST_FROM_ONE_SENDER = 20
SHORTEST_VISIT = datetime.timedelta(seconds=3)  # nobody reads and answers faster: a machine does
SCALE = range(1, 6)


@transaction.atomic
def draft_survey(
    bureau: Organisation,
    title: str,
    questions: Sequence[tuple[str, str, Sequence[str]]],
    *,
    about: str = "",
    closes_at: datetime.datetime,
    by: User,
) -> DemandSurvey:
    """Write a survey: (kind, question, options) each. Raises ValidationError `questions`, `options`, `past`."""
    authorise(policies.may_draft, by, bureau)
    survey = DemandSurvey(bureau=bureau, drafted_by=by)
    _write(survey, title, about, closes_at, questions)
    record("survey.drafted", survey, by=by, organisation=bureau)
    return survey


@transaction.atomic
def change_survey(
    survey: DemandSurvey,
    title: str,
    questions: Sequence[tuple[str, str, Sequence[str]]],
    *,
    about: str = "",
    closes_at: datetime.datetime,
    by: User,
) -> DemandSurvey:
    """Rewrite a survey that nobody has seen yet."""
    survey = _locked(survey)
    authorise(policies.may_change_survey, by, survey)
    survey.questions.all().delete()
    _write(survey, title, about, closes_at, questions)
    record("survey.changed", survey, by=by, organisation=survey.bureau)
    return survey


def _write(survey: DemandSurvey, title: str, about: str, closes_at: datetime.datetime, questions: Sequence) -> None:
    if not 0 < len(questions) <= MOST_QUESTIONS:
        raise ValidationError(
            _("Ask one to %(most)s questions: short surveys are answered."),
            code="questions",
            params={"most": MOST_QUESTIONS},
        )
    if closes_at <= clock.now():
        raise ValidationError({"closes_at": ValidationError(_("This lies in the past."), code="past")})
    survey.title, survey.about, survey.closes_at = title, about, closes_at
    survey.save()
    for position, (kind, text, options) in enumerate(questions, start=1):
        chosen = [option.strip() for option in options if option.strip()]
        if kind in (SurveyQuestion.Kind.ONE, SurveyQuestion.Kind.MANY) and len(set(chosen)) < 2:
            raise ValidationError(
                _("“%(question)s” needs two or more things to choose from."), code="options", params={"question": text}
            )
        SurveyQuestion.objects.create(survey=survey, position=position, kind=kind, text=text, options=chosen)


def _locked(survey: DemandSurvey) -> DemandSurvey:
    return DemandSurvey.objects.select_for_update(of=("self",)).select_related("bureau__region").get(pk=survey.pk)


@transaction.atomic
def publish_survey(survey: DemandSurvey, *, by: User) -> DemandSurvey:
    """Open it to everyone. From now on its questions stay as they are."""
    survey = _locked(survey)
    authorise(policies.may_change_survey, by, survey)
    if survey.closes_at <= clock.now():
        raise ValidationError(_("Its last day lies in the past."), code="past")
    survey.number, survey.published_at = number_of(survey.bureau, "survey", "D"), clock.now()
    survey.save(update_fields=["number", "published_at"])
    record("survey.published", survey, by=by, organisation=survey.bureau, number=survey.number)
    return survey


@transaction.atomic
def answer_survey(
    survey: DemandSurvey, replies: Mapping[str, Any], *, origin: str, token: str, opened_at: datetime.datetime
) -> SurveyAnswer:
    """Take one answer of a person who need not say who they are; the second sending of a page is the first again.

    `origin` (address and browser) is kept only as a keyed hash for this survey, against floods. No event is recorded:
    an answer has no author. Raises ValidationError `survey_closed`, `too_fast`, `too_many`, `empty`, `reply`.
    """
    survey = DemandSurvey.objects.prefetch_related("questions").get(pk=survey.pk)
    now = clock.now()
    if not survey.takes_answers_at(now):
        raise ValidationError(_("This survey is closed. Thank you."), code="survey_closed")
    if now - opened_at < SHORTEST_VISIT:
        raise ValidationError(_("That was very quick. Please press the button again."), code="too_fast")
    sender = keyed_hash(f"survey:{survey.pk}", origin)
    if SurveyAnswer.objects.filter(survey=survey, sender=sender).count() >= MOST_FROM_ONE_SENDER:
        raise ValidationError(
            _("Many answers have come from this device already. Please use another one, or call the bureau."),
            code="too_many",
        )
    taken = {}
    for question in survey.questions.all():
        if (reply := _reply(question, replies.get(str(question.pk)))) not in (None, "", []):
            taken[str(question.pk)] = reply
    if not taken:
        raise ValidationError(_("Please answer at least one question."), code="empty")
    try:
        with transaction.atomic():
            return SurveyAnswer.objects.create(survey=survey, given_at=now, replies=taken, sender=sender, token=token)
    except IntegrityError:
        return SurveyAnswer.objects.get(survey=survey, token=token)


def _reply(question: SurveyQuestion, given: Any) -> Any:
    """The reply in its stored shape; None when there is none."""
    if given in (None, "", []):
        return None
    kind = SurveyQuestion.Kind
    if question.kind == kind.WORDS:
        return str(given).strip()[:MOST_WORDS]
    if question.kind == kind.SCALE and str(given).isdecimal() and int(given) in SCALE:
        return int(given)
    if question.kind == kind.ONE and given in question.options:
        return given
    if question.kind == kind.MANY and isinstance(given, list) and set(given) <= set(question.options):
        return given
    raise ValidationError(_("“%(question)s” has no such answer."), code="reply", params={"question": question.text})


@transaction.atomic
def conclude_survey(survey: DemandSurvey, conclusion: str, *, by: User) -> DemandSurvey:
    """Say what the bureau takes from the answers. It is published with their figures, and tenders may cite it.

    Raises ValidationError `still_open`, `conclusion_missing`, `concluded_already`.
    """
    survey = _locked(survey)
    authorise(policies.may_run_survey, by, survey)
    if survey.published_at is None or survey.closes_at > clock.now():
        raise ValidationError(_("The survey is still open."), code="still_open")
    if survey.concluded_at is not None:
        raise ValidationError(_("The conclusion is published already."), code="concluded_already")
    if not conclusion.strip():
        raise ValidationError(
            {"conclusion": ValidationError(_("Say what follows from the answers."), code="conclusion_missing")}
        )
    survey.conclusion, survey.concluded_at = conclusion, clock.now()
    survey.save(update_fields=["conclusion", "concluded_at"])
    record("survey.concluded", survey, by=by, organisation=survey.bureau, answers=survey.answers.count())
    return survey
