"""The bank's statement against our payments: every payment finds its line, every line its payment or a person."""

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.encryption import keyed_hash
from marketplace.parties.models import Organisation, User
from marketplace.payments import policies
from marketplace.payments.bankfiles import Booking, ReadStatement, UnreadableAnswer, read_statement
from marketplace.payments.models import BankStatement, Change, PayeeAccount, PaymentAttempt, StatementLine

from .outcomes import Outcome, settle_tries

State, Direction = StatementLine.State, StatementLine.Direction
ORDER_NUMBER = re.compile(r"ZF\d{4}-\d{5,}")


@transaction.atomic
def import_statement(bureau: Organisation, file: Any, *, by: User) -> BankStatement:
    """Keep the bank's statement and hold it against our payments, at a constant number of statements.

    A debit proves that a payment went (it becomes paid if no answer said so yet), a credit with its end-to-end id that
    it came back. Bookings that an earlier statement had are left out. What fits nothing waits for a person.
    Raises ValidationError on "file": what read_statement refuses, code="known" or "other_account".
    """
    authorise(policies.may_reconcile, by, bureau)
    content = file.read()
    digest = hashlib.sha256(content).hexdigest()
    try:
        found = read_statement(content)
        _check_ours(found, bureau, digest)
    except ValidationError as refusal:
        raise ValidationError({"file": refusal}) from None

    prints = _fingerprints(found.bookings, bureau)
    seen = set(
        StatementLine.objects.filter(bureau=bureau, fingerprint__in=prints).values_list("fingerprint", flat=True)
    )
    fresh = {digest: booking for digest, booking in prints.items() if digest not in seen}
    statement = BankStatement.objects.create(
        bureau=bureau,
        name=str(getattr(file, "name", "") or "statement").rsplit("/", 1)[-1][-120:],
        format=found.format,
        sha256=digest,
        content=base64.b64encode(content).decode(),
        from_on=found.from_on,
        to_on=found.to_on,
        opening=found.opening,
        closing=found.closing,
        count=len(fresh),
        known=len(seen),
        read_by=by,
        read_at=clock.now(),
    )
    lines = [_line(statement, fingerprint, booking) for fingerprint, booking in fresh.items()]
    outcomes = _match(lines, bureau)
    StatementLine.objects.bulk_create(lines, batch_size=500)
    settle_tries((outcome for outcome in outcomes if outcome.change == Change.PAID), by=by)
    settle_tries((outcome for outcome in outcomes if outcome.change == Change.RETURNED), by=by)

    record(
        "bank_statement.imported",
        statement,
        by=by,
        organisation=bureau,
        sha256=statement.sha256,
        lines=len(lines),
        unmatched=sum(line.state == State.UNMATCHED for line in lines),
    )
    return statement


def _check_ours(found: ReadStatement, bureau: Organisation, digest: str) -> None:
    if BankStatement.objects.filter(bureau=bureau, sha256=digest).exists():
        raise UnreadableAnswer(_("This statement has been imported already."), code="known")
    hashes = [keyed_hash("payments.account", number) for number in found.accounts]
    ours = PayeeAccount.objects.filter(organisation=bureau, state=PayeeAccount.State.APPROVED)
    if hashes and not ours.filter(number_hash__in=hashes).exists():
        raise UnreadableAnswer(_("This statement is of an account that is not your bureau's."), code="other_account")


def _fingerprints(bookings: list[Booking], bureau: Organisation) -> dict[str, Booking]:
    """A digest of each booking; equal ones of the same file are told apart by their order."""
    times: Counter[tuple] = Counter()
    prints = {}
    for b in bookings:
        content = (b.booked_on.isoformat(), b.direction, b.amount, b.end_to_end_id, b.bank_reference)
        times[content] += 1
        prints[keyed_hash("payments.booking", f"{bureau.pk}|{content}|{times[content]}")] = b
    return prints


def _line(statement: BankStatement, fingerprint: str, booking: Booking) -> StatementLine:
    return StatementLine(
        statement=statement,
        bureau=statement.bureau,
        fingerprint=fingerprint,
        position=booking.position,
        booked_on=booking.booked_on,
        direction=booking.direction,
        amount=booking.amount,
        end_to_end_id=booking.end_to_end_id,
        bank_reference=booking.bank_reference,
        counterparty=booking.counterparty,
        text=booking.text,
    )


def _match(lines: list[StatementLine], bureau: Organisation) -> list[Outcome]:
    """Find each line's payment, debits before credits; what these lines prove about the payments. Three statements."""
    by_id, by_number = _candidates(lines, bureau)
    taken = set(
        StatementLine.objects.filter(attempt__in=[attempt.pk for attempt in by_id.values()]).values_list(
            "attempt_id", "direction"
        )
    )
    proven: dict[Any, str] = {}  # what the debits of this very statement made of their tries
    outcomes = []
    for line in sorted(lines, key=lambda line: (line.direction != Direction.DEBIT, line.booked_on, line.position)):
        attempt = by_id.get(line.end_to_end_id) or _by_text(line, by_number)
        line.why = _why_not(line, attempt, taken, proven)
        if line.why or attempt is None:
            continue
        line.attempt = attempt
        line.match()
        taken.add((attempt.pk, line.direction))
        if outcome := _outcome(line, attempt, proven.get(attempt.pk, attempt.state)):
            outcomes.append(outcome)
            proven[attempt.pk] = str(outcome.change)
    return outcomes


def _candidates(
    lines: Iterable[StatementLine], bureau: Organisation
) -> tuple[dict[str, PaymentAttempt], dict[str, list[PaymentAttempt]]]:
    ids = {line.end_to_end_id for line in lines if line.end_to_end_id}
    numbers = {number for line in lines if not line.end_to_end_id for number in ORDER_NUMBER.findall(line.text)}
    tries = PaymentAttempt.objects.filter(batch__bureau=bureau).select_related("order", "batch")
    found = list(tries.filter(end_to_end_id__in=ids)) + list(tries.filter(order__number__in=numbers))
    by_number: dict[str, list[PaymentAttempt]] = {}
    for attempt in {attempt.pk: attempt for attempt in found}.values():
        by_number.setdefault(attempt.order.number, []).append(attempt)
    return {attempt.end_to_end_id: attempt for attempt in found}, by_number


def _by_text(line: StatementLine, by_number: dict[str, list[PaymentAttempt]]) -> PaymentAttempt | None:
    """A line without an end-to-end id that names an order in its text: its one try that can be meant."""
    numbers = set() if line.end_to_end_id else set(ORDER_NUMBER.findall(line.text))
    if len(numbers) != 1:
        return None
    tries = [attempt for attempt in by_number.get(numbers.pop(), []) if attempt.state != PaymentAttempt.State.FAILED]
    return tries[0] if len(tries) == 1 else None


def _why_not(line: StatementLine, attempt: PaymentAttempt | None, taken: set, proven: dict[Any, str]) -> str:
    """A word for why a person must look; empty when the line is this payment's. See queries.WHY."""
    if attempt is None:
        return "no_payment"
    if (attempt.pk, line.direction) in taken:
        return "twice"
    if line.amount != attempt.order.amount:
        return "amount"
    state = proven.get(attempt.pk, attempt.state)
    if line.direction == Direction.DEBIT and state == PaymentAttempt.State.FAILED:
        return "failed_before"
    if line.direction == Direction.CREDIT and state == PaymentAttempt.State.SENT:
        return "no_debit"
    if line.direction == Direction.CREDIT and attempt.order.refunded:
        return "paid_back"
    return ""


def _outcome(line: StatementLine, attempt: PaymentAttempt, state: str) -> Outcome | None:
    if line.direction == Direction.DEBIT and state == PaymentAttempt.State.SENT:
        return Outcome(attempt, Change.PAID, reference=line.bank_reference)
    if line.direction == Direction.CREDIT and state == PaymentAttempt.State.PAID:
        return Outcome(attempt, Change.RETURNED, line.text or _("Sent back by the bank"), line.bank_reference)
    return None


@transaction.atomic
def explain_line(line: StatementLine, *, note: str, order_number: str = "", by: User) -> StatementLine:
    """A person says what a line is: one of our payments (by its order's number), or something else, with the reason.

    Raises ValidationError(code="decided" | "required" | "no_such_payment" | the words of queries.WHY).
    """
    line = StatementLine.objects.select_for_update(of=("self",)).select_related("bureau").get(pk=line.pk)
    authorise(policies.may_reconcile, by, line.bureau)
    if line.state != State.UNMATCHED:
        raise ValidationError(_("This line has been decided on already."), code="decided")
    if not note.strip():
        raise ValidationError({"reason": ValidationError(_("Say why."), code="required")})
    outcomes = []
    if number := order_number.strip():
        attempt = _named(line, number)
        line.attempt = attempt
        if outcome := _outcome(line, attempt, attempt.state):
            outcomes.append(outcome)
        line.match()
    else:
        line.explain()
    line.why, line.note = "", note.strip()[:200]
    line.decided_by, line.decided_at = by, clock.now()
    line.save(update_fields=["state", "why", "note", "attempt", "decided_by", "decided_at"])
    settle_tries(outcomes, by=by)

    record(
        "statement_line.explained",
        line,
        by=by,
        organisation=line.bureau,
        amount=line.amount,
        direction=line.direction,
        order=order_number.strip(),
    )
    return line


def _named(line: StatementLine, number: str) -> PaymentAttempt:
    """The try of the order with this number that the line can be. Raises ValidationError on "attempt"."""
    tries = PaymentAttempt.objects.filter(batch__bureau=line.bureau, order__number=number).select_related("order")
    free = tries.exclude(
        pk__in=StatementLine.objects.filter(direction=line.direction, attempt__isnull=False).values("attempt")
    )
    fits = [attempt for attempt in free if not _why_not(line, attempt, set(), {})]
    if len(fits) != 1:
        raise ValidationError(
            {
                "attempt": ValidationError(
                    _("No payment of this order fits the line: look at its amount, and whether it went or came back."),
                    code="no_such_payment",
                )
            }
        )
    return fits[0]
