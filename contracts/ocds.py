"""A contract's part of open data: `contract` when both have signed, `implementation` when paid, then its end.

The process is the tender's: the same ocid, the award's id.
"""

from typing import Any

from marketplace.opendata.actions import publish_release
from marketplace.opendata.parts import document, merge_parties, moment, party, period, reference, value
from marketplace.pages import clock
from marketplace.parties.models import User
from marketplace.payments.models import PaymentOrder
from marketplace.tenders import ocds as tender_ocds
from marketplace.tenders.ocds import in_chinese

from .models import Acceptance, Amendment, Contract, Deliverable

STATUS = {
    Contract.State.SIGNED: "active",
    Contract.State.IN_FORCE: "active",
    Contract.State.SUSPENDED: "active",
    Contract.State.CLOSED: "terminated",
    Contract.State.TERMINATED: "terminated",
}
MILESTONE = {
    Deliverable.State.PLANNED: "scheduled",
    Deliverable.State.REJECTED: "scheduled",
    Deliverable.State.DELIVERED: "scheduled",
    Deliverable.State.ACCEPTED: "met",
    Deliverable.State.DROPPED: "notMet",
}


def ocid_of(contract: Contract) -> str:
    return tender_ocds.ocid_of(contract.lot.tender)


def _award_id(contract: Contract) -> str:
    """The award that the contract carries out; under a framework, the order."""
    return tender_ocds.award_id(contract.award) if contract.award else contract.call_off.number


def _parties(contract: Contract) -> list[dict[str, Any]]:
    return merge_parties(party(contract.buyer, "buyer", "payer"), party(contract.supplier, "supplier", "payee"))


def contract_part(contract: Contract) -> dict[str, Any]:
    """The contract object as it stands now, without its transactions."""
    amendments = [
        {
            "id": amendment.number,
            "date": moment(amendment.signed_at),
            "rationale": amendment.reason,
            "description": amendment.text or amendment.reason,
        }
        for amendment in contract.amendments.signed()
    ]
    return ({"amendments": amendments} if amendments else {}) | {
        "id": contract.number,
        "awardID": _award_id(contract),
        "title": contract.title,
        "status": STATUS[contract.state],
        "period": period(contract.starts_on, contract.ends_on),
        "value": value(contract.amount),
        "dateSigned": moment(contract.signed_at),
        "documents": [
            document(
                f"{contract.number}-signed",
                "contractSigned",
                contract.title,
                path=contract.public_path,
                published=contract.published_at,
            )
        ],
        "milestones": [
            {
                "id": deliverable.reference,
                "title": deliverable.title,
                "type": "delivery",
                "dueDate": moment(deliverable.due_on),
                "status": MILESTONE[deliverable.state],
            }
            for deliverable in contract.deliverables.all()
        ],
    }


@in_chinese
def release_contract(contract: Contract, *, by: User) -> None:
    """Both have signed."""
    publish_release(
        ocid_of(contract),
        tags=["contract"],
        parts={
            "buyer": reference(contract.buyer),
            "parties": _parties(contract),
            "contracts": [contract_part(contract)],
        },
        at=contract.signed_at,
        by=by,
    )


def _release(contract: Contract, tag: str, at: Any, by: User) -> None:
    """The contract as it stands now, under one tag."""
    publish_release(
        ocid_of(contract),
        tags=[tag],
        parts={
            "buyer": reference(contract.buyer),
            "parties": _parties(contract),
            "contracts": [contract_part(contract)],
        },
        at=at,
        by=by,
    )


@in_chinese
def release_acceptance(acceptance: Acceptance, *, by: User) -> None:
    """The result of an acceptance is published (REG 45)."""
    _release(acceptance.report.deliverable.contract, "contractUpdate", acceptance.accepted_at, by)


@in_chinese
def release_amendment(amendment: Amendment, *, by: User) -> None:
    """Both have signed a change."""
    _release(amendment.contract, "contractAmendment", amendment.signed_at, by)


@in_chinese
def release_payment(deliverable: Deliverable, order: PaymentOrder, *, by: User) -> None:
    """The bank has confirmed the payment of an instalment."""
    contract = deliverable.contract
    earlier = PaymentOrder.objects.for_reference(deliverable.reference).filter(paid_at__lt=order.paid_at)
    is_again = earlier.filter(state=PaymentOrder.State.PAID).exists()
    publish_release(
        ocid_of(contract),
        tags=["implementation"],
        parts={
            "buyer": reference(contract.buyer),
            "parties": _parties(contract),
            "contracts": [
                contract_part(contract)
                | {
                    "implementation": {
                        "transactions": [
                            {
                                # a second payment of the same instalment is a transaction of its own
                                "id": f"{deliverable.reference}/{order.number}" if is_again else deliverable.reference,
                                "date": moment(order.paid_at),
                                "value": value(order.amount),
                                "payer": reference(contract.buyer),
                                "payee": reference(contract.supplier),
                            }
                        ]
                    }
                }
            ],
        },
        at=order.paid_at,
        by=by,
    )


@in_chinese
def release_end(contract: Contract, *, by: User) -> None:
    """Closed, or ended early."""
    tag = "contractTermination" if contract.state == Contract.State.TERMINATED else "implementationUpdate"
    _release(contract, tag, contract.ended_at or clock.now(), by)
