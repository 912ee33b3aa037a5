"""What people are told about contracts, after commit."""

from typing import Any

from django.tasks import task
from django.urls import reverse

from marketplace.messages.actions import tell
from marketplace.parties.models import Organisation, Role, User

from .models import Acceptance, Contract, DeliveryReport


def people_of(organisation: Organisation, *roles: Role) -> list[User]:
    return list(
        User.objects.filter(
            memberships__organisation=organisation, memberships__role__in=roles, memberships__ended_at=None
        ).distinct()
    )


def _tell(contract: Contract, people: list[User], event: str, **context: Any) -> None:
    tell(
        people,
        template=f"contracts/{event}",
        context={"contract": contract} | context,
        url=contract.get_absolute_url(),
        about=contract,
        key=f"contract-{contract.pk}-{event}",
    )


def _contract(pk: str) -> Contract:
    return Contract.objects.select_related("buyer", "supplier").get(pk=pk)


@task
def tell_sent(contract_id: str) -> None:
    """The supplier's signatories: please sign."""
    contract = _contract(contract_id)
    _tell(contract, people_of(contract.supplier, Role.SIGNATORY), "sign", side="supplier")


@task
def tell_half_signed(contract_id: str) -> None:
    """The buyer's signatories: the supplier has signed."""
    contract = _contract(contract_id)
    _tell(contract, people_of(contract.buyer, Role.SIGNATORY), "half_signed")


@task
def tell_signed(contract_id: str) -> None:
    """Both sides: it is signed and published."""
    contract = _contract(contract_id)
    people = people_of(contract.supplier, Role.OWNER, Role.FINANCE) + people_of(contract.buyer, Role.OFFICER)
    _tell(contract, people, "signed")


@task
def tell_refused(contract_id: str) -> None:
    """Both sides: somebody won't sign."""
    contract = _contract(contract_id)
    _tell(contract, people_of(contract.supplier, Role.OWNER) + people_of(contract.buyer, Role.OFFICER), "refused")


@task
def tell_ended(contract_id: str) -> None:
    """Both sides: closed, or ended early."""
    contract = _contract(contract_id)
    _tell(contract, people_of(contract.supplier, Role.OWNER) + people_of(contract.buyer, Role.OFFICER), "ended")


@task
def tell_delivered(report_id: str) -> None:
    """The buyer's officers: a delivery waits for acceptance."""
    report = DeliveryReport.objects.select_related("deliverable__contract__buyer").get(pk=report_id)
    contract = report.deliverable.contract
    tell(
        people_of(contract.buyer, Role.OFFICER),
        template="contracts/delivered",
        context={"contract": contract, "deliverable": report.deliverable, "report": report},
        url=reverse("contracts:accept", args=[report.deliverable_id]),
        about=contract,
        key=f"report-{report.pk}",
    )


@task
def tell_decided(acceptance_id: str) -> None:
    """The supplier: accepted, or sent back."""
    acceptance = Acceptance.objects.select_related("report__deliverable__contract__supplier").get(pk=acceptance_id)
    deliverable = acceptance.report.deliverable
    tell(
        people_of(deliverable.contract.supplier, Role.OWNER, Role.FINANCE),
        template="contracts/decided",
        context={"contract": deliverable.contract, "deliverable": deliverable, "acceptance": acceptance},
        url=deliverable.contract.get_absolute_url(),
        about=deliverable.contract,
        key=f"acceptance-{acceptance.pk}",
    )
