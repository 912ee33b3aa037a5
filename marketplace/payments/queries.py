"""What the payment screens read, and what an answer of the bank would change."""

import base64
from dataclasses import dataclass
from enum import StrEnum

from django.utils.translation import gettext as _

from .bankfiles import AnswerRow, read_answer
from .models import BankAnswer, PaymentAttempt


class Change(StrEnum):
    PAID = "paid"
    FAILED = "failed"
    RETURNED = "returned"
    NONE = "none"


@dataclass(frozen=True)
class AnswerEffect:
    """One row of an answer and what it would do; a fault keeps the whole answer from being applied."""

    row: AnswerRow
    attempt: PaymentAttempt | None
    change: Change
    fault: str = ""


def answer_content(answer: BankAnswer) -> bytes:
    """The file as the bank gave it."""
    return base64.b64decode(answer.content)


def preview_answer(answer: BankAnswer) -> list[AnswerEffect]:
    """Row by row: what the answer would change, or why it can't be applied. Two statements' worth of reading."""
    _format, rows = read_answer(answer_content(answer))
    attempts = {
        attempt.end_to_end_id: attempt
        for attempt in PaymentAttempt.objects.filter(
            end_to_end_id__in={row.end_to_end_id for row in rows}, batch__bureau=answer.bureau_id
        ).select_related("order__payee", "batch")
    }
    seen: set[str] = set()
    effects = []
    for row in rows:
        attempt = attempts.get(row.end_to_end_id)
        effects.append(_effect(row, attempt, is_repeated=row.end_to_end_id in seen))
        seen.add(row.end_to_end_id)
    return effects


def _effect(row: AnswerRow, attempt: PaymentAttempt | None, *, is_repeated: bool) -> AnswerEffect:
    fault, change = row.fault, Change.NONE
    State = PaymentAttempt.State
    if not fault and attempt is None:
        fault = _("No payment of this bureau has this end-to-end id.")
    elif not fault and is_repeated:
        fault = _("This payment stands in the file twice.")
    elif not fault and row.amount != attempt.order.amount:
        fault = _("The amount differs from the order's.")
    elif not fault and row.is_paid and attempt.state in (State.FAILED, State.RETURNED):
        fault = _("This try failed before: the bank can't have paid it now. Ask the bank.")
    elif not fault and row.is_paid and attempt.state == State.SENT:
        change = Change.PAID
    elif not fault and not row.is_paid and attempt.state == State.SENT:
        change = Change.FAILED
    elif not fault and not row.is_paid and attempt.state == State.PAID:
        change = Change.RETURNED
    return AnswerEffect(row=row, attempt=attempt, change=change, fault=fault)
