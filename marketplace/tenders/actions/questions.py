"""Questions on the tender file, asked in the dark and answered in the open."""

from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import Organisation, User

from .. import amendmentrelease, bidnotices, eligibility, policies
from ..invitations import refuse_bidder
from ..models import Question, Tender


@transaction.atomic
def ask_question(tender: Tender, supplier: Organisation, text: str, *, by: User) -> Question:
    """Ask about the tender file until the questions end. Nobody learns who asked."""
    tender = Tender.objects.select_related("bureau__region").get(pk=tender.pk)
    authorise(policies.may_bid, by, supplier)
    eligibility.refuse_member(tender, supplier)
    refuse_bidder(tender, supplier)
    now = clock.now()
    if not tender.takes_bids_at(now) or (tender.questions_until and now >= tender.questions_until):
        raise ValidationError(
            _(
                "Questions could be asked until %(until)s. A query to the buyer stays possible at any time "
                "(Government Procurement Law, Article 51)."
            ),
            code="questions_over",
            params={
                "until": (tender.questions_until or tender.bids_due_at)
                .astimezone(clock.SHANGHAI)
                .strftime("%Y-%m-%d %H:%M")
            },
        )
    text = text.strip()
    if not text:
        raise ValidationError({"text": ValidationError(_("Write your question."), code="required")})
    if supplier.name in text or supplier.uscc in text:
        raise ValidationError(
            {
                "text": ValidationError(
                    _(
                        "Leave your organisation's name and number out: who is interested is not made known before "
                        "the opening (Order 87, Article 28)."
                    ),
                    code="names_asker",
                )
            }
        )
    question = Question.objects.create(tender=tender, supplier=supplier, asked_by=by, text=text, asked_at=now)
    record("question.asked", question, by=by, organisation=supplier, tender=tender.number)
    transaction.on_commit(partial(bidnotices.tell_asked.enqueue, str(question.pk)))
    return question


@transaction.atomic
def answer_question(question: Question, answer: str, *, by: User) -> Question:
    """Answer for all to read. What changes the tender file is an amendment, not an answer."""
    tender = Tender.objects.select_for_update(of=("self",)).select_related("bureau__region").get(pk=question.tender_id)
    authorise(policies.may_manage, by, tender)
    question = tender.questions.select_for_update().get(pk=question.pk)
    refuse_over(tender)
    if question.answered_at:
        raise ValidationError(_("This question is answered already."), code="answered")
    if not answer.strip():
        raise ValidationError({"answer": ValidationError(_("Write the answer."), code="required")})
    if question.supplier.name in answer or question.supplier.uscc in answer:
        raise ValidationError(
            {"answer": ValidationError(_("Don't name who may have asked (Order 87, Article 28)."), code="names_asker")}
        )
    question.answer, question.answered_by, question.answered_at = answer.strip(), by, clock.now()
    question.save(update_fields=["answer", "answered_by", "answered_at"])
    record("question.answered", question, by=by, organisation=tender.bureau, tender=tender.number)
    amendmentrelease.release_amendment(tender, at=question.answered_at, by=by)
    transaction.on_commit(partial(bidnotices.tell_answered.enqueue, str(question.pk)))
    return question


def refuse_over(tender: Tender) -> None:
    """Raises ValidationError(code="too_late") after the deadline."""
    if not tender.takes_bids_at(clock.now()):
        raise ValidationError(
            _("The tender file can be explained or changed until the bids are due (Order 87, Article 27)."),
            code="too_late",
        )
