"""How a contract ends: all delivered and paid, or before its time."""

from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from contracts import notices, ocds, policies, queries
from contracts.models import Contract, Deliverable
from marketplace.audit.actions import authorise, record
from marketplace.directory.actions import end_accreditation
from marketplace.directory.models import Accreditation
from marketplace.ledger.actions import release_commitment
from marketplace.pages import clock
from marketplace.parties.models import User

from .drafting import locked


@transaction.atomic
def close_contract(contract: Contract, *, by: User) -> Contract:
    """Close when all is accepted and paid. Raises ValidationError: "state", "undelivered", "unpaid", "not_over"."""
    contract = locked(contract)
    authorise(policies.may_end, by, contract)
    if not can_proceed(contract.close):
        raise ValidationError(_("Only a contract in force can be closed."), code="state")
    if contract.deliverables.standing().exists():
        raise ValidationError(_("Some instalments are still to be delivered or accepted."), code="undelivered")
    money = queries.money_of(contract)
    if money.paid < money.accepted:
        raise ValidationError(_("Some of what was accepted is not paid yet."), code="unpaid")
    if not contract.is_service and clock.today() <= contract.ends_on:
        raise ValidationError(_("The agreement is still running: end it early instead."), code="not_over")

    contract.close()
    contract.ended_at = clock.now()
    contract.save(update_fields=["state", "ended_at"])
    record("contract.closed", contract, by=by, organisation=contract.buyer, number=contract.number)
    if contract.is_service:
        ocds.release_end(contract, by=by)
    transaction.on_commit(partial(notices.tell_ended.enqueue, str(contract.pk)))
    return contract


@transaction.atomic
def terminate_contract(contract: Contract, *, reason: str, by: User) -> Contract:
    """End it before its time; what is not accepted goes back to the budget line, an agreement's accreditation ends.

    Raises ValidationError: "state", "no_reason", "undecided" while a delivery waits for the buyer's finding.
    """
    contract = locked(contract)
    authorise(policies.may_end, by, contract)
    if not can_proceed(contract.terminate):
        raise ValidationError(_("Only a signed contract can be ended."), code="state")
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Give the reason."), code="no_reason")})
    standing = list(contract.deliverables.standing().select_for_update().order_by("position"))
    if any(deliverable.state == Deliverable.State.DELIVERED for deliverable in standing):
        raise ValidationError(_("A delivery waits to be accepted or sent back: decide it first."), code="undecided")

    contract.terminate()
    contract.reason, contract.ended_at = reason.strip(), clock.now()
    contract.save(update_fields=["state", "reason", "ended_at"])
    for deliverable in standing:
        deliverable.contract = contract
        deliverable.drop()
        deliverable.save(update_fields=["state"])
        release_commitment(
            contract.budget_line,
            deliverable.amount,
            key=f"deliverable/{deliverable.pk}/drop",
            reference=deliverable.reference,
            by=by,
        )
    if contract.programme:
        standing_accreditation = (
            Accreditation.objects.filter(organisation=contract.supplier, programme_code=contract.programme.code)
            .exclude(state=Accreditation.State.ENDED)
            .first()
        )
        if standing_accreditation:
            end_accreditation(standing_accreditation, reason=contract.reason, by=by)
    record("contract.terminated", contract, by=by, organisation=contract.buyer, number=contract.number)
    if contract.is_service:
        ocds.release_end(contract, by=by)
    transaction.on_commit(partial(notices.tell_ended.enqueue, str(contract.pk)))
    return contract
