"""What happens to contracts by the clock."""

from django.db import transaction
from django.db.models import Q

from contracts import checks, notices, ocds, queries
from contracts.models import Contract
from marketplace.audit.actions import record
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import User
from marketplace.rules.queries import resolve

from .assurance import file_contract, suspend_contract
from .delivery import deem_accepted
from .locking import locked_deliverable
from .signing import begin_due_contracts

CLOCK = "contracts' clock"


def run_due_contracts() -> int:
    """Begin, deem accepted, file, remind, publish what the bank has paid; how many. Safe to run twice."""
    by = service_user(CLOCK)
    return (
        begin_due_contracts(by=by)
        + suspend_challenged_contracts(by=by)
        + deem_due_deliveries(by=by)
        + file_signed_contracts(by=by)
        + remind_signers()
        + remind_bond_holders()
        + publish_payments(by=by)
    )


def suspend_challenged_contracts(*, by: User) -> int:
    """Stop what is performed while its award, or its framework, is challenged (REG 54). An officer resumes it."""
    suspended = 0
    tenders = queries.challenged_tenders()
    challenged = Q(award__lot__tender__in=tenders) | Q(call_off__lot__tender__in=tenders)
    for contract in Contract.objects.in_force().services().filter(challenged):
        if suspension := checks.suspension_of(contract):
            suspend_contract(contract, reason=suspension.text, by=by)
            suspended += 1
    return suspended


def deem_due_deliveries(*, by: User) -> int:
    """Accept what the buyer has left unanswered for longer than the contract allows."""
    due = list(queries.deliveries_deemed_by(clock.today()))
    for deliverable in due:
        deem_accepted(deliverable, by=by)
    return len(due)


def file_signed_contracts(*, by: User) -> int:
    """File what is signed with the finance department, well within the days of GPL 47."""
    due = list(Contract.objects.public().services().filter(filed_at=None).order_by("signed_at")[:200])
    for contract in due:
        file_contract(contract, by=by)
    return len(due)


def remind_signers() -> int:
    """Remind whoever's turn it is on the days before the last one that the rule names; once a day each."""
    today, told = clock.today(), 0
    for contract in queries.unsigned().select_related("buyer__region", "supplier"):
        days = resolve("contract.signing_reminders", on=today, region=contract.buyer.region).data["days_before"]
        left = (contract.sign_by - today).days
        if left in days or left < 0:
            told += notices.remind_to_sign(contract, left)
    return told


def remind_bond_holders() -> int:
    """Remind who holds the bond of a contract that has ended early, on the days after it that the rule names."""
    today, told = clock.today(), 0
    for contract in queries.bonds_to_settle().select_related("buyer__region"):
        days = resolve("contract.bond_reminders", on=today, region=contract.buyer.region).data["days_after"]
        since = (today - contract.ended_at.astimezone(clock.SHANGHAI).date()).days
        if since in days:
            told += notices.remind_of_bond(contract, since)
    return told


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
