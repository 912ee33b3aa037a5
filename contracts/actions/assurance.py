"""What happens around a contract: evaluations that are published of it, suspension, filing."""

import datetime
from decimal import Decimal
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from contracts import checks, notices, policies
from contracts.models import Contract, EvaluationNote
from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.papers.actions import issue_receipt
from marketplace.parties.models import Organisation, User

from .delivery import count_anew
from .locking import locked, need_words
from .stopping import go_on, stop_for_now


@transaction.atomic
def note_evaluation(
    contract: Contract,
    *,
    reference: str,
    grade: str,
    score: Decimal,
    published_on: datetime.date | None = None,
    url: str = "",
    by: User,
) -> EvaluationNote:
    """A published evaluation of the contract: its final part may be asked for, its renewal drafted.

    Called down by the room that evaluates; once per `reference`, which is the evaluation's number.
    """
    contract = locked(contract)
    authorise(policies.may_note_evaluation, by, contract)
    note, is_new = EvaluationNote.objects.get_or_create(
        reference=reference,
        defaults={
            "contract": contract,
            "grade": grade,
            "score": score,
            "published_on": published_on or clock.today(),
            "url": url,
        },
    )
    if is_new:
        record(
            "contract.evaluated", contract, by=by, organisation=contract.buyer,
            number=contract.number, evaluation=reference, grade=grade, score=str(score),
        )  # fmt: skip
        transaction.on_commit(partial(notices.tell_evaluated.enqueue, str(note.pk)))
    return note


@transaction.atomic
def suspend_contract(contract: Contract, *, reason: str, by: User) -> Contract:
    """Stop performance while a challenge stands, or the public interest asks for it (REG 54, GPL 50).

    A suspended agreement takes no vouchers. Raises ValidationError: "state", "no_reason".
    """
    contract = locked(contract)
    authorise(policies.may_suspend, by, contract)
    if not can_proceed(contract.suspend):
        raise ValidationError(_("Only a contract in force can be suspended."), code="state")
    reason = need_words(reason, _("Give the reason."))
    contract.suspend()
    contract.suspended_at, contract.reason = clock.now(), reason
    stop_for_now(contract, by=by)
    contract.save(update_fields=["state", "suspended_at", "reason", "stopped_vouchers"])
    record("contract.suspended", contract, by=by, organisation=contract.buyer, number=contract.number)
    transaction.on_commit(partial(notices.tell_suspended.enqueue, str(contract.pk)))
    return contract


@transaction.atomic
def resume_contract(contract: Contract, *, by: User) -> Contract:
    """What stood against it is gone; the days to accept what waits begin anew, since nobody could.

    Raises ValidationError: "state", "challenged" while a challenge stands.
    """
    contract = locked(contract)
    authorise(policies.may_suspend, by, contract)
    if not can_proceed(contract.resume):
        raise ValidationError(_("The contract is not suspended."), code="state")
    checks.refuse_while_challenged(contract)
    contract.resume()
    contract.suspended_at, contract.reason = None, ""
    go_on(contract, by=by)
    contract.save(update_fields=["state", "suspended_at", "reason", "stopped_vouchers"])
    count_anew(contract)
    record("contract.resumed", contract, by=by, organisation=contract.buyer, number=contract.number)
    transaction.on_commit(partial(notices.tell_resumed.enqueue, str(contract.pk)))
    return contract


@transaction.atomic
def file_contract(contract: Contract, *, by: User) -> Contract:
    """File the signed copy with the finance department (GPL 47): a receipt with its digest, and its officers told.

    Raises ValidationError: "not_signed", "filed".
    """
    contract = locked(contract)
    authorise(policies.may_begin, by, contract)
    if contract.signed_at is None or contract.paper is None:
        raise ValidationError(_("Only a signed contract is filed."), code="not_signed")
    if contract.filed_at is not None:
        raise ValidationError(_("It has been filed already."), code="filed")
    contract.filed_at = clock.now()
    contract.save(update_fields=["filed_at"])
    finance = finance_department(contract)
    receipt = issue_receipt(
        "filing",
        {
            "contract": contract.number,
            "title": contract.title,
            "buyer": contract.buyer.uscc,
            "supplier": contract.supplier.uscc,
            "amount": contract.amount,
            "signed_at": contract.signed_at.astimezone(clock.SHANGHAI).isoformat(timespec="seconds"),
            "paper": contract.paper.code,
            "sha256": contract.paper.sha256,
        },
        about=contract,
        organisation=finance,
        by=by,
    )
    record("contract.filed", contract, by=by, organisation=contract.buyer, number=contract.number, receipt=receipt.code)
    if finance:
        transaction.on_commit(partial(notices.tell_filed.enqueue, str(contract.pk), str(finance.pk)))
    return contract


def finance_department(contract: Contract) -> Organisation | None:
    """The finance department of the buyer's place, or the nearest place above that has one."""
    departments = Organisation.objects.filter(
        kind=Organisation.Kind.FINANCE, state=Organisation.State.ACTIVE
    ).select_related("region")
    code = contract.buyer.region.code
    matching = [one for one in departments if one.region and code.startswith(one.region.prefix)]
    return max(matching, key=lambda one: len(one.region.prefix), default=departments.first())
