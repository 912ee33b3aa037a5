"""Every verb begins here: the contract as it is now, held until the transaction ends."""

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from contracts import policies
from contracts.models import Amendment, Contract, Deliverable
from marketplace.audit.actions import authorise
from marketplace.parties.models import User


def locked(contract: Contract) -> Contract:
    """The contract as it is now, held until the transaction ends."""
    return (
        Contract.objects.select_for_update(of=("self",))
        .select_related(
            "buyer__region", "supplier", "budget_line__fund", "award__lot__tender", "call_off__lot__tender", "programme"
        )
        .get(pk=contract.pk)
    )


def locked_draft(contract: Contract, by: User) -> Contract:
    """A draft that `by` may change. Raises ValidationError(code="not_draft")."""
    contract = locked(contract)
    if contract.state != Contract.State.DRAFT:
        authorise(policies.may_send, by, contract)
        raise ValidationError(_("Only a draft can be changed."), code="not_draft")
    authorise(policies.may_edit, by, contract)
    return contract


def locked_deliverable(deliverable: Deliverable) -> Deliverable:
    """The instalment as it is now, under the lock of its contract."""
    contract = locked(Contract(pk=deliverable.contract_id))
    deliverable = (
        Deliverable.objects.select_for_update(of=("self",)).select_related("line__fund").get(pk=deliverable.pk)
    )
    deliverable.contract = contract
    return deliverable


def locked_amendment(amendment: Amendment) -> Amendment:
    """The amendment as it is now, under the lock of its contract."""
    contract = locked(Contract(pk=amendment.contract_id))
    amendment = Amendment.objects.select_for_update(of=("self",)).select_related("line__fund").get(pk=amendment.pk)
    amendment.contract = contract
    return amendment


def need_force(contract: Contract) -> None:
    """Raises ValidationError: "suspended", "not_in_force"."""
    if contract.state == Contract.State.SUSPENDED:
        raise ValidationError(_("The contract is suspended."), code="suspended")
    if contract.state != Contract.State.IN_FORCE:
        raise ValidationError(_("The contract is not in force."), code="not_in_force")


def need_words(text: str, message: str, *, field: str = "reason", code: str = "no_reason") -> str:
    """The text without the space around it. Raises ValidationError on the field when nothing is left."""
    if not text.strip():
        raise ValidationError({field: ValidationError(message, code=code)})
    return text.strip()
