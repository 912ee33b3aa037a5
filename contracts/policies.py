"""Who may do what with a contract. Plain bools."""

from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role, is_service
from marketplace.tenders.models import Award
from marketplace.vouchers.models import Programme

from .models import Contract, Deliverable


def may_draft_from(user: User, award: Award) -> bool:
    """An officer of the bureau that awarded."""
    return has_role(user, award.lot.tender.bureau, Role.OFFICER)


def may_admit_to(user: User, programme: Programme) -> bool:
    """An officer of the programme's bureau."""
    return has_role(user, programme.bureau, Role.OFFICER)


def may_edit(user: User, contract: Contract) -> bool:
    """An officer of the buyer, as long as it is a draft."""
    return contract.state == Contract.State.DRAFT and has_role(user, contract.buyer, Role.OFFICER)


def may_send(user: User, contract: Contract) -> bool:
    return has_role(user, contract.buyer, Role.OFFICER)


def signing_side(contract: Contract) -> Organisation | None:
    """Whose turn it is: the supplier signs first, then the buyer, whose signature commits the money."""
    if contract.state == Contract.State.SENT:
        return contract.supplier
    if contract.state == Contract.State.HALF_SIGNED:
        return contract.buyer
    return None


def may_sign(user: User, contract: Contract) -> bool:
    """A person whom the side whose turn it is has named as signatory."""
    return has_role(user, signing_side(contract), Role.SIGNATORY)


def may_refuse(user: User, contract: Contract) -> bool:
    """A signatory of either side."""
    return has_role(user, contract.supplier, Role.SIGNATORY) or has_role(user, contract.buyer, Role.SIGNATORY)


def may_begin(user: User, contract: Contract) -> bool:
    """The clock, or an officer of the buyer."""
    return is_service(user) or has_role(user, contract.buyer, Role.OFFICER)


def may_report(user: User, deliverable: Deliverable) -> bool:
    """The supplier's people who answer for delivery and invoices."""
    return has_role(user, deliverable.contract.supplier, Role.OWNER, Role.FINANCE)


def may_accept(user: User, deliverable: Deliverable) -> bool:
    """An officer of the buyer; the payment that follows is approved by another."""
    return has_role(user, deliverable.contract.buyer, Role.OFFICER)


def may_end(user: User, contract: Contract) -> bool:
    """Close or end early: an officer or approver of the buyer."""
    return has_role(user, contract.buyer, Role.OFFICER, Role.APPROVER)


def is_side(user: User, contract: Contract) -> bool:
    """The person belongs to the buyer or the supplier."""
    return has_role(user, contract.buyer) or has_role(user, contract.supplier)
