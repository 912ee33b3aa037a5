"""The bank's answer: read, previewed, applied whole."""

import base64
import hashlib
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import Organisation, User
from marketplace.payments import policies
from marketplace.payments.bankfiles import read_answer
from marketplace.payments.models import BankAnswer, Change
from marketplace.payments.queries import preview_answer

from .outcomes import Outcome, lock_tries, settle_tries


@transaction.atomic
def read_bank_answer(bureau: Organisation, file: Any, *, by: User) -> BankAnswer:
    """Keep the bank's file, unapplied, so that queries.preview_answer can show what it would change.

    `file` has `read()` and `name`. Raises ValidationError (on "file") when it can't be read at all.
    """
    authorise(policies.may_send, by, bureau)
    content = file.read()
    try:
        answer_format, _rows = read_answer(content)
    except ValidationError as refusal:
        raise ValidationError({"file": refusal}) from None

    answer = BankAnswer.objects.create(
        bureau=bureau,
        name=str(getattr(file, "name", "") or "answer").rsplit("/", 1)[-1][-120:],
        format=answer_format,
        sha256=hashlib.sha256(content).hexdigest(),
        content=base64.b64encode(content).decode(),
        read_by=by,
        read_at=clock.now(),
    )

    record("bank_answer.read", answer, by=by, organisation=bureau, sha256=answer.sha256)
    return answer


@transaction.atomic
def apply_bank_answer(answer: BankAnswer, *, by: User) -> BankAnswer:
    """Let every row have its effect, or none: paid orders are posted to the ledger, failed ones return to the queue.

    A row that says what is known already changes nothing, so the same answer may safely come twice.
    Raises ValidationError(code="faulty_rows" | "answer_closed").
    """
    answer = BankAnswer.objects.select_for_update(of=("self",)).select_related("bureau").get(pk=answer.pk)
    authorise(policies.may_send, by, answer.bureau)
    if answer.state != BankAnswer.State.READ:
        raise ValidationError(_("This answer was applied or discarded already."), code="answer_closed")
    lock_tries(effect.attempt for effect in preview_answer(answer) if effect.attempt)
    effects = preview_answer(answer)
    faulty = [effect for effect in effects if effect.fault]
    if faulty:
        raise ValidationError(
            ngettext(
                "One row is wrong: nothing was applied.", "%(count)s rows are wrong: nothing was applied.", len(faulty)
            ),
            code="faulty_rows",
            params={"count": len(faulty)},
        )

    settle_tries(
        (
            Outcome(effect.attempt, effect.change, effect.row.cause, effect.row.bank_reference)
            for effect in effects
            if effect.attempt
        ),
        by=by,
        answer=answer,
    )
    answer.apply()
    answer.applied_by = by
    answer.applied_at = clock.now()
    answer.paid = sum(effect.change == Change.PAID for effect in effects)
    answer.failed = sum(effect.change in (Change.FAILED, Change.RETURNED) for effect in effects)
    answer.save(update_fields=["state", "applied_by", "applied_at", "paid", "failed"])

    record(
        "bank_answer.applied",
        answer,
        by=by,
        organisation=answer.bureau,
        sha256=answer.sha256,
        paid=answer.paid,
        failed=answer.failed,
    )
    return answer


@transaction.atomic
def discard_bank_answer(answer: BankAnswer, *, by: User) -> BankAnswer:
    """It was the wrong file. Raises ValidationError(code="answer_closed")."""
    answer = BankAnswer.objects.select_for_update(of=("self",)).select_related("bureau").get(pk=answer.pk)
    authorise(policies.may_send, by, answer.bureau)
    if answer.state != BankAnswer.State.READ:
        raise ValidationError(_("This answer was applied or discarded already."), code="answer_closed")

    answer.discard()
    answer.save(update_fields=["state"])

    record("bank_answer.discarded", answer, by=by, organisation=answer.bureau, sha256=answer.sha256)
    return answer


@transaction.atomic
def import_bank_answer(bureau: Organisation, file: Any, *, by: User) -> BankAnswer:
    """Read and apply at once: for jobs and whoever has looked at the file elsewhere. All or nothing."""
    return apply_bank_answer(read_bank_answer(bureau, file, by=by), by=by)
