"""Delivery, acceptance, and the payment that follows. The money moves in the ledger, the page reads it there."""

import hashlib
from functools import partial

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from contracts import notices, ocds, policies, queries
from contracts.models import Acceptance, Contract, Deliverable, DeliveryReport
from marketplace.audit.actions import authorise, record
from marketplace.ledger.actions import accrue_payable, release_commitment
from marketplace.pages import clock
from marketplace.pages.money import format_yuan
from marketplace.parties.models import User
from marketplace.payments.actions import order_payment

from .drafting import locked


def locked_deliverable(deliverable: Deliverable) -> Deliverable:
    """The instalment as it is now, under the lock of its contract."""
    contract = locked(Contract(pk=deliverable.contract_id))
    deliverable = Deliverable.objects.select_for_update().get(pk=deliverable.pk)
    deliverable.contract = contract
    return deliverable


def _need_force(contract: Contract) -> None:
    if contract.state != Contract.State.IN_FORCE:
        raise ValidationError(_("The contract is not in force."), code="not_in_force")


@transaction.atomic
def report_delivery(
    deliverable: Deliverable, *, quantity: int, note: str, invoice_number: str, file: File, by: User
) -> DeliveryReport:
    """The supplier reports an instalment as delivered, with evidence and the invoice's number.

    Raises ValidationError: "not_in_force", "state" when it has been reported, and by field "quantity", "no_note",
    "no_invoice", "invoice_twice" when the supplier has used the invoice number before, "no_file".
    """
    deliverable = locked_deliverable(deliverable)
    contract = deliverable.contract
    authorise(policies.may_report, by, deliverable)
    _need_force(contract)
    if not can_proceed(deliverable.deliver):
        raise ValidationError(_("This instalment has been reported already."), code="state")
    if quantity < 1:
        raise ValidationError({"quantity": ValidationError(_("How many were delivered?"), code="quantity")})
    if not note.strip():
        raise ValidationError({"note": ValidationError(_("Say what was done."), code="no_note")})
    invoice_number = invoice_number.strip()
    if not invoice_number:
        raise ValidationError({"invoice_number": ValidationError(_("Give the invoice's number."), code="no_invoice")})
    if (
        DeliveryReport.objects.filter(deliverable__contract__supplier=contract.supplier, invoice_number=invoice_number)
        .exclude(deliverable=deliverable)
        .exists()
    ):
        raise ValidationError(
            {
                "invoice_number": ValidationError(
                    _("This invoice number has been used for another instalment."), code="invoice_twice"
                )
            }
        )
    if not file:
        raise ValidationError({"file": ValidationError(_("Add a file that shows the delivery."), code="no_file")})

    deliverable.deliver()
    deliverable.save(update_fields=["state"])
    file.seek(0)
    digest = hashlib.sha256(file.read()).hexdigest()
    file.seek(0)
    name = (file.name or "").rsplit("/", 1)[-1][-120:]
    report = DeliveryReport(
        deliverable=deliverable,
        quantity=quantity,
        note=note.strip(),
        invoice_number=invoice_number,
        file_name=name,
        sha256=digest,
        reported_by=by,
        reported_at=clock.now(),
    )
    report.file.save(name, file, save=False)
    report.save(force_insert=True)
    record(
        "deliverable.delivered", deliverable, by=by, organisation=contract.supplier,
        contract=contract.number, instalment=deliverable.position, quantity=quantity, sha256=digest,
    )  # fmt: skip
    transaction.on_commit(partial(notices.tell_delivered.enqueue, str(report.pk)))
    return report


@transaction.atomic
def accept_delivery(
    deliverable: Deliverable, *, residents_heard: int, reason: str = "", deduction: int = 0, by: User
) -> Acceptance:
    """The buyer accepts an instalment, whole or less a deduction (fen); what is accepted is owed and ordered.

    What is deducted goes back to the budget line. Raises ValidationError: "state", "not_in_force", and by field
    "deduction" (too large), "no_reason" for a deduction without one, "not_heard" while no recipient took part (REG 45).
    """
    deliverable = locked_deliverable(deliverable)
    contract = deliverable.contract
    authorise(policies.may_accept, by, deliverable)
    _need_force(contract)
    if not can_proceed(deliverable.accept):
        raise ValidationError(_("There is no delivery to accept."), code="state")
    if not 0 <= deduction < deliverable.amount:
        raise ValidationError(
            {
                "deduction": ValidationError(
                    _("A deduction must be less than ¥%(amount)s: send the delivery back instead."),
                    code="deduction",
                    params={"amount": format_yuan(deliverable.amount)},
                )
            }
        )
    if deduction and not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say why you deduct."), code="no_reason")})
    if residents_heard < 1:
        raise ValidationError(
            {
                "residents_heard": ValidationError(
                    _("Recipients take part in the acceptance of public services: hear at least one."), code="not_heard"
                )
            }
        )

    report = deliverable.reports.get(acceptance=None)
    deliverable.accept()
    deliverable.save(update_fields=["state"])
    acceptance = Acceptance.objects.create(
        report=report,
        is_accepted=True,
        deduction=deduction,
        accepted_amount=deliverable.amount - deduction,
        reason=reason.strip(),
        residents_heard=residents_heard,
        accepted_by=by,
        accepted_at=clock.now(),
    )
    if deduction:
        release_commitment(
            contract.budget_line,
            deduction,
            key=f"deliverable/{deliverable.pk}/deduct",
            reference=deliverable.reference,
            by=by,
        )
    accrue_payable(
        contract.budget_line,
        contract.supplier,
        acceptance.accepted_amount,
        key=f"deliverable/{deliverable.pk}/accrue",
        reference=deliverable.reference,
        by=by,
    )
    order_payment(
        contract.supplier,
        acceptance.accepted_amount,
        purpose=f"{contract.number} {deliverable.title} 发票{report.invoice_number}"[:120],
        reference=deliverable.reference,
        key=f"deliverable/{deliverable.pk}/pay",
        by=by,
    )
    record(
        "deliverable.accepted", deliverable, by=by, organisation=contract.buyer,
        contract=contract.number, instalment=deliverable.position,
        amount=acceptance.accepted_amount, deduction=deduction, residents_heard=residents_heard,
    )  # fmt: skip
    transaction.on_commit(partial(notices.tell_decided.enqueue, str(acceptance.pk)))
    return acceptance


@transaction.atomic
def reject_delivery(deliverable: Deliverable, *, reason: str, residents_heard: int = 0, by: User) -> Acceptance:
    """Send a delivery back to be put right. Raises ValidationError: "state", "not_in_force", "no_reason"."""
    deliverable = locked_deliverable(deliverable)
    contract = deliverable.contract
    authorise(policies.may_accept, by, deliverable)
    _need_force(contract)
    if not can_proceed(deliverable.reject):
        raise ValidationError(_("There is no delivery to send back."), code="state")
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say what must be put right."), code="no_reason")})

    deliverable.reject()
    deliverable.save(update_fields=["state"])
    acceptance = Acceptance.objects.create(
        report=deliverable.reports.get(acceptance=None),
        is_accepted=False,
        reason=reason.strip(),
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


@transaction.atomic
def publish_payments(*, by: User) -> int:
    """Put every payment that the bank has confirmed, and that open data does not have yet, into it; how many.

    Payments are facts of a lower room and don't call up: a job, and the page of the contract's buyer, run this.
    """
    found = queries.unpublished_payments()
    for deliverable, order in found:
        deliverable = locked_deliverable(deliverable)
        if deliverable.payment_published_at is not None:
            continue
        deliverable.payment_published_at = clock.now()
        deliverable.save(update_fields=["payment_published_at"])
        ocds.release_payment(deliverable, order, by=by)
        record(
            "payment.published", deliverable, by=by, organisation=deliverable.contract.buyer,
            contract=deliverable.contract.number, instalment=deliverable.position, amount=order.amount,
        )  # fmt: skip
    return len(found)
