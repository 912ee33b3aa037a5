"""What people are told about contracts, after commit."""

from typing import Any

from django.tasks import task
from django.urls import reverse

from marketplace.messages.actions import tell
from marketplace.parties.models import Organisation, Role, User

from .models import (
    Acceptance,
    Amendment,
    Contract,
    DeliveryReport,
    EvaluationNote,
    Forfeiture,
    MonthlyReport,
    Premises,
    Subcontract,
    Termination,
)
from .policies import signing_side, suppliers_of


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
    """The signatories of the supplier and its consortium: please sign."""
    contract = _contract(contract_id)
    for organisation in suppliers_of(contract):
        _tell(contract, people_of(organisation, Role.SIGNATORY), "sign", side="supplier")


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


def both_sides(contract: Contract) -> list[User]:
    """Those who run the contract: the supplier's owner, the buyer's officers."""
    return people_of(contract.supplier, Role.OWNER) + people_of(contract.buyer, Role.OFFICER)


def remind_to_sign(contract: Contract, days_left: int) -> int:
    """Whoever's turn it is, once a day: so many days are left, or (negative) passed. How many were told."""
    from_supplier = signing_side(contract) == "supplier"
    signed = set(contract.signings.values_list("organisation", flat=True))
    organisations = suppliers_of(contract) if from_supplier else [contract.buyer]
    people = [
        person
        for organisation in organisations
        if organisation.pk not in signed
        for person in people_of(organisation, Role.SIGNATORY)
    ]
    tell(
        people,
        template="contracts/remind",
        context={"contract": contract, "days": abs(days_left), "is_late": days_left < 0, "is_last": days_left == 0},
        url=contract.get_absolute_url(),
        about=contract,
        key=f"contract-{contract.pk}-remind-{contract.state}-{days_left}",
    )
    return len(people)


def _tell_amendment(
    amendment_id: str, event: str, *, buyer: tuple[Role, ...] = (), supplier: tuple[Role, ...] = ()
) -> None:
    amendment = Amendment.objects.select_related("contract__buyer", "contract__supplier").get(pk=amendment_id)
    contract = amendment.contract
    people = people_of(contract.buyer, *buyer) if buyer else []
    if supplier:
        people += [person for organisation in suppliers_of(contract) for person in people_of(organisation, *supplier)]
    tell(
        people,
        template=f"contracts/amendment_{event}",
        context={"contract": contract, "amendment": amendment},
        url=amendment.get_absolute_url(),
        about=contract,
        key=f"amendment-{amendment.pk}-{event}",
    )


@task
def tell_amendment_sent(amendment_id: str) -> None:
    """The supplier's signatories: please sign the change."""
    _tell_amendment(amendment_id, "sign", supplier=(Role.SIGNATORY,))


@task
def tell_amendment_half_signed(amendment_id: str) -> None:
    """The buyer's signatories: the supplier has signed the change."""
    _tell_amendment(amendment_id, "sign", buyer=(Role.SIGNATORY,))


@task
def tell_amendment_signed(amendment_id: str) -> None:
    """Both sides: the change holds."""
    _tell_amendment(amendment_id, "signed", buyer=(Role.OFFICER,), supplier=(Role.OWNER, Role.FINANCE))


@task
def tell_amendment_refused(amendment_id: str) -> None:
    """Both sides: the change is off."""
    _tell_amendment(amendment_id, "refused", buyer=(Role.OFFICER,), supplier=(Role.OWNER,))


@task
def tell_notice(notice_id: str) -> None:
    """The other side: notice was given. The buyer's officers in any case, who settle."""
    notice = Termination.objects.select_related("contract__buyer", "contract__supplier").get(pk=notice_id)
    _tell(notice.contract, both_sides(notice.contract), "notice", notice=notice)


@task
def tell_evaluated(note_id: str) -> None:
    """Both sides: an evaluation is published, what waited for it may go on."""
    note = EvaluationNote.objects.select_related("contract__buyer", "contract__supplier").get(pk=note_id)
    tell(
        both_sides(note.contract),
        template="contracts/evaluated",
        context={"contract": note.contract, "note": note},
        url=note.contract.get_absolute_url(),
        about=note.contract,
        key=f"evaluation-{note.pk}",
    )


@task
def tell_suspended(contract_id: str) -> None:
    """Both sides: nothing is delivered or accepted for now."""
    contract = _contract(contract_id)
    tell(
        both_sides(contract),
        template="contracts/suspended",
        context={"contract": contract},
        url=contract.get_absolute_url(),
        about=contract,
    )


@task
def tell_resumed(contract_id: str) -> None:
    """Both sides: the contract goes on."""
    contract = _contract(contract_id)
    tell(
        both_sides(contract),
        template="contracts/resumed",
        context={"contract": contract},
        url=contract.get_absolute_url(),
        about=contract,
    )


@task
def tell_filed(contract_id: str, department_id: str) -> None:
    """The finance department's officers: a signed copy is filed."""
    contract = _contract(contract_id)
    department = Organisation.objects.get(pk=department_id)
    _tell(contract, people_of(department, Role.OFFICER, Role.FINANCE), "filed")


def remind_of_bond(contract: Contract, days: int) -> int:
    """The buyer's finance and officers, once for each day that the rule names: a bond waits. How many were told."""
    people = people_of(contract.buyer, Role.FINANCE, Role.OFFICER)
    tell(
        people,
        template="contracts/bond_waits",
        context={"contract": contract, "days": days},
        url=f"{contract.get_absolute_url()}#bond",
        about=contract,
        key=f"contract-{contract.pk}-bond-{days}",
    )
    return len(people)


@task
def tell_premises(premises_id: str) -> None:
    """Whoever has to confirm next."""
    premises = Premises.objects.select_related("contract__buyer", "contract__supplier").get(pk=premises_id)
    contract = premises.contract
    tell(
        both_sides(contract),
        template="contracts/premises",
        context={"contract": contract, "premises": premises},
        url=f"{contract.get_absolute_url()}#premises",
        about=contract,
        key=f"premises-{premises.pk}-{premises.state}",
    )


@task
def tell_month(report_id: str) -> None:
    """The buyer's officers: a month is reported."""
    report = MonthlyReport.objects.select_related("contract__buyer").get(pk=report_id)
    tell(
        people_of(report.contract.buyer, Role.OFFICER),
        template="contracts/month",
        context={"contract": report.contract, "report": report},
        url=f"{report.contract.get_absolute_url()}#months",
        about=report.contract,
        key=f"month-{report.pk}",
    )


@task
def tell_subcontract(subcontract_id: str) -> None:
    """The buyer's officers: the supplier asks to subcontract."""
    subcontract = Subcontract.objects.select_related("contract__buyer").get(pk=subcontract_id)
    contract = subcontract.contract
    _tell(contract, people_of(contract.buyer, Role.OFFICER), "subcontract", subcontract=subcontract)


@task
def tell_subcontract_decided(subcontract_id: str) -> None:
    """The supplier: consent or refusal."""
    subcontract = Subcontract.objects.select_related("contract__supplier").get(pk=subcontract_id)
    contract = subcontract.contract
    tell(
        people_of(contract.supplier, Role.OWNER, Role.FINANCE),
        template="contracts/subcontract_decided",
        context={"contract": contract, "subcontract": subcontract},
        url=contract.get_absolute_url(),
        about=contract,
        key=f"subcontract-{subcontract.pk}-decided",
    )


@task
def tell_forfeited(forfeiture_id: str) -> None:
    """The supplier, and whoever at the buyer hands it over: a part of the bond is lost."""
    made = Forfeiture.objects.select_related("bond__contract__buyer", "bond__contract__supplier").get(pk=forfeiture_id)
    contract = made.bond.contract
    tell(
        people_of(contract.supplier, Role.OWNER, Role.FINANCE) + people_of(contract.buyer, Role.FINANCE),
        template="contracts/forfeited",
        context={"contract": contract, "forfeiture": made},
        url=contract.get_absolute_url(),
        about=contract,
        key=f"forfeiture-{made.pk}",
    )
