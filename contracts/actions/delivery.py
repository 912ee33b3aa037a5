"""Delivery, acceptance, and the payment that follows. The money moves in the ledger, the page reads it there."""

import datetime
import hashlib
from functools import partial

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from contracts import formula, notices, ocds, policies
from contracts.models import Acceptance, Contract, Deliverable, DeliveryReport
from contracts.money import left_to_order
from marketplace.audit.actions import authorise, record
from marketplace.ledger.actions import accrue_payable, release_commitment
from marketplace.pages import clock
from marketplace.pages.money import format_yuan
from marketplace.parties.models import Organisation, User
from marketplace.payments.actions import order_payment
from marketplace.payments.models import PaymentOrder
from marketplace.rules.calendar import add_working_days
from marketplace.rules.queries import resolve

from .locking import locked_deliverable, need_force, need_words

Kind = Deliverable.Kind


@transaction.atomic
def report_delivery(
    deliverable: Deliverable,
    *,
    quantity: int,
    note: str,
    invoice_number: str,
    file: File | None,
    invoice: File | None = None,
    by: User,
) -> DeliveryReport:
    """The supplier reports an instalment as delivered, with evidence, and the invoice's number and file.

    An advance or a final part is asked for in the same way, without evidence. Raises ValidationError: "not_in_force",
    "suspended", "state" when it has been reported, "not_assured" for a part that waits for a renewal,
    "not_evaluated" for the final part before the evaluation is published, and by field "quantity", "no_note",
    "no_invoice", "invoice_twice" when the supplier has used the invoice number before, "no_file".
    """
    deliverable = locked_deliverable(deliverable)
    contract = deliverable.contract
    authorise(policies.may_report, by, deliverable)
    need_force(contract)
    if not can_proceed(deliverable.deliver):
        raise ValidationError(_("This instalment has been reported already."), code="state")
    if deliverable.waits_for_renewal:
        raise ValidationError(
            _("This part comes after %(day)s: it waits for the renewal."),
            code="not_assured",
            params={"day": contract.assured_until.isoformat()},
        )
    if deliverable.kind == Kind.FINAL:
        _need_evaluation(contract)
    if quantity < 1:
        raise ValidationError({"quantity": ValidationError(_("How many were delivered?"), code="quantity")})
    note = need_words(note, _("Say what was done."), field="note", code="no_note")
    invoice_number = _fresh_invoice(deliverable, invoice_number)
    if not file and deliverable.is_delivery:
        raise ValidationError({"file": ValidationError(_("Add a file that shows the delivery."), code="no_file")})

    deliverable.deliver()
    deliverable.save(update_fields=["state"])
    report = DeliveryReport(
        deliverable=deliverable,
        quantity=quantity,
        note=note,
        invoice_number=invoice_number,
        reported_by=by,
        reported_at=clock.now(),
        deemed_on=_deemed_on(deliverable, clock.today()),
    )
    if file:
        report.file_name, report.sha256 = _keep(report.file, file)
    if invoice:
        report.invoice_name, report.invoice_sha256 = _keep(report.invoice_file, invoice)
    report.save(force_insert=True)
    record(
        "deliverable.delivered", deliverable, by=by, organisation=contract.supplier,
        contract=contract.number, instalment=deliverable.position, quantity=quantity, sha256=report.sha256,
    )  # fmt: skip
    transaction.on_commit(partial(notices.tell_delivered.enqueue, str(report.pk)))
    return report


def _need_evaluation(contract: Contract) -> str:
    """The grade of the newest published evaluation. Raises ValidationError(code="not_evaluated")."""
    note = contract.evaluation_notes.order_by("published_on", "created_at").last()
    if note is None:
        raise ValidationError(_("The final part waits for the published evaluation."), code="not_evaluated")
    return note.grade


def _fresh_invoice(deliverable: Deliverable, number: str) -> str:
    number = need_words(number, _("Give the invoice's number."), field="invoice_number", code="no_invoice")
    # One of the supplier's reports at a time: its other contracts have locks of their own.
    Organisation.objects.select_for_update(no_key=True).get(pk=deliverable.contract.supplier_id)
    used = DeliveryReport.objects.filter(
        deliverable__contract__supplier=deliverable.contract.supplier, invoice_number=number
    ).exclude(deliverable=deliverable)
    if used.exists():
        raise ValidationError(
            {
                "invoice_number": ValidationError(
                    _("This invoice number has been used for another instalment."), code="invoice_twice"
                )
            }
        )
    return number


def _keep(field: object, file: File) -> tuple[str, str]:
    """Store a file on its field; its name and SHA-256."""
    file.seek(0)
    digest = hashlib.sha256(file.read()).hexdigest()
    file.seek(0)
    name = (file.name or "").rsplit("/", 1)[-1][-120:]
    field.save(name, file, save=False)
    return name, digest


def _deemed_on(deliverable: Deliverable, reported_on: datetime.date) -> datetime.date | None:
    """When silence counts as acceptance: after the working days that the contract gives, never for a final part."""
    days = deliverable.contract.acceptance_days
    return add_working_days(reported_on, days) if days and deliverable.kind != Kind.FINAL else None


def count_anew(contract: Contract) -> None:
    """The days of silence of what waits to be accepted begin today. The caller holds the contract."""
    waiting = DeliveryReport.objects.filter(deliverable__contract=contract, acceptance=None)
    for report in waiting.exclude(deemed_on=None):
        report.deemed_on = add_working_days(clock.today(), contract.acceptance_days)
        report.save(update_fields=["deemed_on"])


@transaction.atomic
def attach_invoice(report: DeliveryReport, *, number: str, file: File | None = None, by: User) -> DeliveryReport:
    """Give the invoice again, for instance for less after a deduction, until the payment is at the bank.

    Raises ValidationError: "paid" when the money is on its way, by field "no_invoice", "invoice_twice".
    """
    deliverable = locked_deliverable(report.deliverable)
    authorise(policies.may_report, by, deliverable)
    report = deliverable.reports.select_for_update().get(pk=report.pk)
    orders = PaymentOrder.objects.for_reference(deliverable.reference)
    if orders.filter(state__in=[PaymentOrder.State.SENT, PaymentOrder.State.PAID]).exists():
        raise ValidationError(_("The payment is at the bank: the invoice stands."), code="paid")
    report.invoice_number = _fresh_invoice(deliverable, number)
    if file:
        report.invoice_name, report.invoice_sha256 = _keep(report.invoice_file, file)
    report.save(update_fields=["invoice_number", "invoice_file", "invoice_name", "invoice_sha256"])
    record(
        "deliverable.invoiced", deliverable, by=by, organisation=deliverable.contract.supplier,
        contract=deliverable.contract.number, instalment=deliverable.position, sha256=report.invoice_sha256,
    )  # fmt: skip
    return report


@transaction.atomic
def accept_delivery(
    deliverable: Deliverable,
    *,
    residents_heard: int = 0,
    quantity: int | None = None,
    satisfaction: int | None = None,
    opinion: str = "",
    reason: str = "",
    deduction: int = 0,
    by: User,
) -> Acceptance:
    """The buyer accepts an instalment, whole or in part; what the contract's formula leaves is owed and ordered.

    `quantity` accepted (default: as reported), `satisfaction` in percent, and a further `deduction` (fen) by the
    buyer's own finding. What is deducted goes back to the budget line. Raises ValidationError: "state",
    "not_in_force", "suspended", and by field "quantity" (more than reported), "percent", "deduction" (too large),
    "no_reason" for a deduction without one, "not_heard" while no recipient took part (REG 45).
    """
    deliverable = locked_deliverable(deliverable)
    contract = deliverable.contract
    authorise(policies.may_accept, by, deliverable)
    need_force(contract)
    if not can_proceed(deliverable.accept):
        raise ValidationError(_("There is no delivery to accept."), code="state")
    report = deliverable.reports.get(acceptance=None)
    quantity = report.quantity if quantity is None else quantity
    if not 0 <= quantity <= report.quantity:
        raise ValidationError({"quantity": ValidationError(_("At most what was reported."), code="quantity")})
    if satisfaction is not None and not 0 <= satisfaction <= 100:
        raise ValidationError({"satisfaction": ValidationError(_("A share in percent, 0 to 100."), code="percent")})
    if residents_heard < 1 and deliverable.is_delivery:
        rule = resolve("contract.acceptance", on=clock.today(), region=contract.buyer.region)
        raise ValidationError(
            {
                "residents_heard": ValidationError(
                    _("Recipients take part in the acceptance of public services: hear at least one (%(source)s)."),
                    code="not_heard",
                    params={"source": rule.citation},
                )
            }
        )
    grade = _need_evaluation(contract) if deliverable.kind == Kind.FINAL else ""
    lines = formula.deductions(deliverable, quantity=quantity, satisfaction=satisfaction, grade=grade)
    left = deliverable.amount - sum(line.fen for line in lines)
    if deduction < 0 or (deduction and deduction >= left):
        raise ValidationError(
            {
                "deduction": ValidationError(
                    _("A deduction must be less than ¥%(amount)s: send the delivery back instead."),
                    code="deduction",
                    params={"amount": format_yuan(left)},
                )
            }
        )
    if deduction:
        need_words(reason, _("Say why you deduct."))
        lines.append(formula.Deduction("finding", deduction, {}))
    acceptance = _settle(
        report,
        Acceptance(
            accepted_quantity=quantity,
            residents_heard=residents_heard,
            satisfaction=satisfaction,
            opinion=opinion.strip(),
            reason=reason.strip(),
        ),
        lines,
        by,
    )
    transaction.on_commit(partial(notices.tell_decided.enqueue, str(acceptance.pk)))
    return acceptance


@transaction.atomic
def deem_accepted(deliverable: Deliverable, *, by: User) -> Acceptance:
    """The days that the contract gives have passed in silence: the delivery counts as accepted, as reported.

    Raises ValidationError: "state", "not_in_force", "suspended", "too_early".
    """
    deliverable = locked_deliverable(deliverable)
    authorise(policies.may_accept, by, deliverable)
    need_force(deliverable.contract)
    if not can_proceed(deliverable.accept):
        raise ValidationError(_("There is no delivery to accept."), code="state")
    report = deliverable.reports.get(acceptance=None)
    if report.deemed_on is None or clock.today() <= report.deemed_on:
        raise ValidationError(_("The buyer may still accept or object."), code="too_early")
    lines = formula.deductions(deliverable, quantity=report.quantity)
    acceptance = _settle(report, Acceptance(accepted_quantity=report.quantity, is_deemed=True), lines, by)
    transaction.on_commit(partial(notices.tell_decided.enqueue, str(acceptance.pk)))
    return acceptance


def _settle(report: DeliveryReport, acceptance: Acceptance, lines: list[formula.Deduction], by: User) -> Acceptance:
    """Write the finding, give back what is not due, owe and order the rest, publish the result (REG 45).

    What an early end left undelivered is no deduction: the instalment remembers it as dropped.
    """
    deliverable = report.deliverable = locked_deliverable(report.deliverable)
    contract, reference = deliverable.contract, deliverable.reference
    deliverable.accept()
    deliverable.dropped_amount = sum(line.fen for line in lines if line.code == formula.SETTLEMENT)
    deliverable.save(update_fields=["state", "dropped_amount"])
    not_due = sum(line.fen for line in lines)
    acceptance.report, acceptance.is_accepted = report, True
    acceptance.deduction = not_due - deliverable.dropped_amount
    acceptance.accepted_amount = deliverable.amount - not_due
    acceptance.lines = [line.stored() for line in lines]
    acceptance.accepted_by, acceptance.accepted_at = by, clock.now()
    acceptance.save(force_insert=True)
    key = f"deliverable/{deliverable.pk}"
    if not_due:
        release_commitment(deliverable.budget_line, not_due, key=f"{key}/deduct", reference=reference, by=by)
    if acceptance.accepted_amount:
        accrue_payable(
            deliverable.budget_line, contract.supplier, acceptance.accepted_amount,
            key=f"{key}/accrue", reference=reference, by=by,
        )  # fmt: skip
        order_payment(
            contract.supplier, acceptance.accepted_amount, purpose=_purpose(report), reference=reference,
            key=f"{key}/pay", by=by, agreed_days=contract.payment_days,
        )  # fmt: skip
    record(
        "deliverable.accepted", deliverable, by=by, organisation=contract.buyer,
        contract=contract.number, instalment=deliverable.position, amount=acceptance.accepted_amount,
        deduction=acceptance.deduction, residents_heard=acceptance.residents_heard, deemed=acceptance.is_deemed,
    )  # fmt: skip
    ocds.release_acceptance(acceptance, by=by)
    return acceptance


def _purpose(report: DeliveryReport) -> str:
    deliverable = report.deliverable
    return f"{deliverable.contract.number} {deliverable.title} 发票{report.invoice_number}"[:120]


@transaction.atomic
def order_again(deliverable: Deliverable, *, by: User) -> PaymentOrder:
    """Order what is still owed once more: the order before was cancelled, or what it paid came back and is owed again.

    Raises ValidationError: "state" unless it is accepted and something of it is neither paid nor ordered.
    """
    deliverable = locked_deliverable(deliverable)
    authorise(policies.may_accept, by, deliverable)
    orders = PaymentOrder.objects.for_reference(deliverable.reference)
    acceptance = Acceptance.objects.filter(report__deliverable=deliverable, is_accepted=True).first()
    left = left_to_order(deliverable, acceptance.accepted_amount) if acceptance else 0
    if acceptance is None or not left:
        raise ValidationError(_("Nothing of this instalment is left to be ordered."), code="state")
    if deliverable.payment_published_at is not None:
        deliverable.payment_published_at = None  # the new payment is published too
        deliverable.save(update_fields=["payment_published_at"])
    return order_payment(
        deliverable.contract.supplier,
        left,
        purpose=_purpose(acceptance.report),
        reference=deliverable.reference,
        key=f"deliverable/{deliverable.pk}/pay/{orders.count() + 1}",
        by=by,
        accepted_on=acceptance.accepted_at.astimezone(clock.SHANGHAI).date(),
        agreed_days=deliverable.contract.payment_days,
    )


@transaction.atomic
def reject_delivery(
    deliverable: Deliverable, *, reason: str, residents_heard: int = 0, opinion: str = "", by: User
) -> Acceptance:
    """Send a delivery back to be put right. Raises ValidationError: "state", "not_in_force", "no_reason"."""
    deliverable = locked_deliverable(deliverable)
    contract = deliverable.contract
    authorise(policies.may_accept, by, deliverable)
    need_force(contract)
    if not can_proceed(deliverable.reject):
        raise ValidationError(_("There is no delivery to send back."), code="state")
    reason = need_words(reason, _("Say what must be put right."))

    deliverable.reject()
    deliverable.save(update_fields=["state"])
    acceptance = Acceptance.objects.create(
        report=deliverable.reports.get(acceptance=None),
        is_accepted=False,
        reason=reason,
        opinion=opinion.strip(),
        residents_heard=residents_heard,
        accepted_by=by,
        accepted_at=clock.now(),
    )
    record(
        "deliverable.rejected", deliverable, by=by, organisation=contract.buyer,
        contract=contract.number, instalment=deliverable.position,
    )  # fmt: skip
    transaction.on_commit(partial(notices.tell_decided.enqueue, str(acceptance.pk)))
    return acceptance


def settle_part(deliverable: Deliverable, quantity: int, *, note: str, by: User) -> Acceptance | None:
    """At an early end: pay the delivered part of an instalment, release the rest. The caller holds the contract.

    Nothing delivered: it is dropped. Raises ValidationError(code="quantity") for more than was agreed.
    """
    if not 0 <= quantity <= deliverable.quantity:
        raise ValidationError(
            _("%(title)s: at most %(most)s."),
            code="quantity",
            params={"title": deliverable.title, "most": deliverable.quantity},
        )
    if quantity == 0 or not deliverable.is_committed:
        deliverable.drop()
        deliverable.dropped_amount = deliverable.amount
        deliverable.save(update_fields=["state", "dropped_amount"])
        if deliverable.is_committed:
            release_commitment(
                deliverable.budget_line, deliverable.amount, key=f"deliverable/{deliverable.pk}/drop",
                reference=deliverable.reference, by=by,
            )  # fmt: skip
        return None
    deliverable.deliver()
    deliverable.save(update_fields=["state"])
    report = DeliveryReport.objects.create(
        deliverable=deliverable, quantity=quantity, note=note, invoice_number="", reported_by=by,
        reported_at=clock.now(),
    )  # fmt: skip
    line = formula.settled(deliverable, quantity)
    return _settle(
        report,
        Acceptance(accepted_quantity=quantity, reason=note),
        [line] if line and line.fen else [],
        by,
    )
