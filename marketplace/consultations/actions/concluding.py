"""After the last day: remarks are read, figures published, and the bureau says what it does with them."""

import re

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User

from .. import policies
from ..indexing import index_consultation
from ..models import Consultation, Outcome, Remark
from .locking import locked

# Digits that reach or name a person: telephone, ID number, bank card. Names must be seen by a reader.
PERSONAL = re.compile(r"(?<!\d)(1[3-9]\d{9}|\d{3,4}[-－]\d{7,8}|\d{17}[\dXx]|\d{16,19})(?!\d)")


def looks_personal(text: str) -> bool:
    """Something in it is a number by which a person is reached or known."""
    return bool(PERSONAL.search(re.sub(r"(?<=\d)\s+(?=\d)", "", text)))


def _locked_remark(remark: Remark, by: User) -> Remark:
    remark = Remark.objects.select_for_update(of=("self",)).select_related("question__consultation__bureau").get(
        pk=remark.pk
    )  # fmt: skip
    authorise(policies.may_run, by, remark.question.consultation)
    return remark


@transaction.atomic
def show_remark(remark: Remark, words: str, *, by: User) -> Remark:
    """Let a remark stand under the results, as given or with what is personal taken out.

    Raises ValidationError on `words`: `remark_empty`, `personal`.
    """
    remark = _locked_remark(remark, by)
    words = words.strip()
    if not words:
        raise ValidationError(
            {"words": ValidationError(_("Nothing is left of it: hold it back instead."), code="remark_empty")}
        )
    if looks_personal(words):
        raise ValidationError(
            {
                "words": ValidationError(
                    _("There is a telephone, ID or card number in it. Take it out first."), code="personal"
                )
            }
        )
    remark.show(words)
    remark.read_by, remark.read_at = by, clock.now()
    remark.save(update_fields=["state", "shown", "read_by", "read_at"])
    consultation = remark.question.consultation
    record(
        "consultation.remark_shown", consultation, by=by, organisation=consultation.bureau,
        remark=str(remark.pk), shortened=words != remark.text.strip(),
    )  # fmt: skip
    return remark


@transaction.atomic
def hold_back_remark(remark: Remark, *, by: User) -> Remark:
    """Keep a remark with the bureau: it names somebody, or says nothing to the question."""
    remark = _locked_remark(remark, by)
    remark.hold_back()
    remark.read_by, remark.read_at = by, clock.now()
    remark.save(update_fields=["state", "shown", "read_by", "read_at"])
    consultation = remark.question.consultation
    record(
        "consultation.remark_held_back", consultation, by=by, organisation=consultation.bureau, remark=str(remark.pk)
    )
    return remark


@transaction.atomic
def report_results(consultation: Consultation, summary: str, *, by: User) -> Consultation:
    """Publish the figures, with what was said in a few sentences. No answer is taken after this, no sheet typed in.

    Raises ValidationError `still_open`, `reported_already`, `summary_missing`, `remarks_unread`.
    """
    consultation = locked(consultation)
    authorise(policies.may_run, by, consultation)
    if consultation.has_results:
        raise ValidationError(_("The results are published already."), code="reported_already")
    if not consultation.is_closed_at(clock.now()):
        raise ValidationError(_("It is still open: results come after the last day."), code="still_open")
    if not summary.strip():
        raise ValidationError(
            {"summary": ValidationError(_("Say in a few sentences what was said."), code="summary_missing")}
        )
    if unread := Remark.objects.filter(question__consultation=consultation, state=Remark.State.WAITING).count():
        raise ValidationError(
            _("%(count)s remarks have not been read: somebody must look for names and numbers in them first."),
            code="remarks_unread",
            params={"count": unread},
        )
    consultation.report()
    consultation.summary, consultation.reported_at = summary.strip(), clock.now()
    consultation.save(update_fields=["state", "summary", "reported_at"])
    index_consultation(consultation)
    record(
        "consultation.reported", consultation, by=by, organisation=consultation.bureau,
        answers=consultation.answers.count(),
    )  # fmt: skip
    return consultation


@transaction.atomic
def conclude_consultation(consultation: Consultation, text: str, *, text_en: str = "", by: User) -> Outcome:
    """Publish what is done with the answers, and what is not and why. May be followed by more, never rewritten.

    Raises ValidationError `no_results`, `outcome_missing`.
    """
    consultation = locked(consultation)
    authorise(policies.may_run, by, consultation)
    if not consultation.has_results:
        raise ValidationError(_("Publish the results first."), code="no_results")
    if not text.strip():
        raise ValidationError(
            {"text": ValidationError(_("Say what is done with the answers."), code="outcome_missing")}
        )
    consultation.conclude()
    consultation.save(update_fields=["state"])
    outcome = Outcome.objects.create(
        consultation=consultation, text=text.strip(), text_en=text_en.strip(), published_at=clock.now(), by=by
    )
    record("consultation.concluded", consultation, by=by, organisation=consultation.bureau, outcome=str(outcome.pk))
    return outcome
