"""Who may do what with a contract. Plain bools."""

from collections.abc import Collection

from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role, is_auditor, is_operator, is_service
from marketplace.tenders.models import Award, CallOff
from marketplace.vouchers.models import Programme

from .models import Amendment, Bond, Contract, Deliverable, Forfeiture, Premises, Signing, Subcontract, Termination


def may_draft_from(user: User, award: Award) -> bool:
    """An officer of the bureau that awarded."""
    return has_role(user, award.lot.tender.bureau, Role.OFFICER)


def may_draft_call_off(user: User, call_off: CallOff) -> bool:
    """An officer of the bureau that ordered."""
    return has_role(user, call_off.lot.tender.bureau, Role.OFFICER)


def may_admit_to(user: User, programme: Programme) -> bool:
    """An officer of the programme's bureau."""
    return has_role(user, programme.bureau, Role.OFFICER)


def may_edit(user: User, contract: Contract) -> bool:
    """An officer of the buyer, as long as it is a draft."""
    return contract.state == Contract.State.DRAFT and has_role(user, contract.buyer, Role.OFFICER)


def may_send(user: User, contract: Contract) -> bool:
    return has_role(user, contract.buyer, Role.OFFICER)


def may_discard(user: User, contract: Contract) -> bool:
    """An officer of the buyer: a draft has never left the house."""
    return has_role(user, contract.buyer, Role.OFFICER)


def signing_side(contract: Contract | Amendment) -> str:
    """Whose turn it is: the supplier signs first, then the buyer, whose signature commits the money."""
    if contract.state == Contract.State.SENT:
        return Signing.Side.SUPPLIER
    if contract.state == Contract.State.HALF_SIGNED:
        return Signing.Side.BUYER
    return ""


def suppliers_of(contract: Contract) -> list[Organisation]:
    """The supplier, then the members of its consortium in their order."""
    return [contract.supplier, *(member.organisation for member in contract.members.select_related("organisation"))]


def _signer(user: User, contract: Contract, side: str, signed: Collection[object]) -> Organisation | None:
    """The organisation of that side for which the person signs, one that is not among `signed`."""
    sides: dict[str, list[Organisation]] = {"supplier": suppliers_of(contract), "buyer": [contract.buyer]}
    organisations = sides.get(side, [])
    for organisation in organisations:
        if organisation.pk not in signed and has_role(user, organisation, Role.SIGNATORY):
            return organisation
    return None


def signing_organisation(user: User, contract: Contract) -> Organisation | None:
    """The organisation for which the person signs now, one that has not signed yet; None when it is not their turn."""
    signed = set(contract.signings.values_list("organisation", flat=True))
    return _signer(user, contract, signing_side(contract), signed)


def may_sign(user: User, contract: Contract) -> bool:
    """A person whom the organisation whose turn it is has named as signatory."""
    return signing_organisation(user, contract) is not None


def amendment_signer(user: User, amendment: Amendment) -> Organisation | None:
    """As `signing_organisation`, for a supplement."""
    signed = set(amendment.paper.signatures.values_list("organisation", flat=True)) if amendment.paper else set()
    return _signer(user, amendment.contract, signing_side(amendment), signed)


def may_sign_amendment(user: User, amendment: Amendment) -> bool:
    return amendment_signer(user, amendment) is not None


def may_draft_amendment(user: User, contract: Contract) -> bool:
    """An officer of the buyer, while the contract stands."""
    return contract.state in Contract.STANDING_STATES and has_role(user, contract.buyer, Role.OFFICER)


def may_send_amendment(user: User, amendment: Amendment) -> bool:
    return has_role(user, amendment.contract.buyer, Role.OFFICER)


def may_refuse_amendment(user: User, amendment: Amendment) -> bool:
    """A signatory of either side; the officer who drafted may take it back."""
    return may_refuse(user, amendment.contract) or has_role(user, amendment.contract.buyer, Role.OFFICER)


def may_hold_bond(user: User, contract: Contract) -> bool:
    """Finance or an officer of the buyer, who sees the money or the letter come in."""
    return has_role(user, contract.buyer, Role.FINANCE, Role.OFFICER)


def may_return_bond(user: User, bond: Bond) -> bool:
    return may_hold_bond(user, bond.contract)


def may_hand_over_forfeit(user: User, forfeiture: Forfeiture) -> bool:
    return may_hold_bond(user, forfeiture.bond.contract)


def may_forfeit(user: User, bond: Bond) -> bool:
    """An approver of the buyer, and not the person who took the bond in."""
    return user.pk != bond.held_by_id and has_role(user, bond.contract.buyer, Role.APPROVER)


def may_suspend(user: User, contract: Contract) -> bool:
    """An officer or approver of the buyer; the clock, when a challenge stands."""
    return is_service(user) or has_role(user, contract.buyer, Role.OFFICER, Role.APPROVER)


def may_hand_over(user: User, premises: Premises) -> bool:
    """The buyer's officers hand over and take back."""
    return has_role(user, premises.contract.buyer, Role.OFFICER)


def may_take_over(user: User, premises: Premises) -> bool:
    """The supplier's people take over and give back."""
    return has_role(user, premises.contract.supplier, Role.OWNER, Role.SIGNATORY)


def may_tell(user: User, contract: Contract) -> bool:
    """Monthly reports and subcontracts: the supplier's owner or finance."""
    return has_role(user, contract.supplier, Role.OWNER, Role.FINANCE)


def may_consent(user: User, subcontract: Subcontract) -> bool:
    """An officer or approver of the buyer."""
    return has_role(user, subcontract.contract.buyer, Role.OFFICER, Role.APPROVER)


def may_give_notice(user: User, contract: Contract) -> bool:
    """Either side: an officer or approver of the buyer, the supplier's owner or signatory."""
    return notice_side(user, contract) != ""


def notice_side(user: User, contract: Contract) -> str:
    """For which side the person would give notice."""
    if has_role(user, contract.buyer, Role.OFFICER, Role.APPROVER):
        return Signing.Side.BUYER
    if has_role(user, contract.supplier, Role.OWNER, Role.SIGNATORY):
        return Signing.Side.SUPPLIER
    return ""


def may_answer_notice(user: User, notice: Termination) -> bool:
    """The side that did not give it."""
    side = notice_side(user, notice.contract)
    return side != "" and side != notice.side


def may_withdraw_notice(user: User, notice: Termination) -> bool:
    return notice_side(user, notice.contract) == notice.side


def may_keep_library(user: User, *_subject: object) -> bool:
    """The words of all bureaus' contracts: the operator."""
    return is_operator(user)


def may_note_evaluation(user: User, contract: Contract) -> bool:
    """Whoever publishes evaluations of the buyer: its officers and approvers; jobs."""
    return is_service(user) or has_role(user, contract.buyer, Role.OFFICER, Role.APPROVER)


def may_refuse(user: User, contract: Contract) -> bool:
    """A signatory of either side, the consortium's members too."""
    sides = [contract.buyer, *suppliers_of(contract)]
    return any(has_role(user, organisation, Role.SIGNATORY) for organisation in sides)


def may_begin(user: User, contract: Contract) -> bool:
    """The clock, or an officer of the buyer."""
    return is_service(user) or has_role(user, contract.buyer, Role.OFFICER)


def may_report(user: User, deliverable: Deliverable) -> bool:
    """The supplier's people who answer for delivery and invoices."""
    return has_role(user, deliverable.contract.supplier, Role.OWNER, Role.FINANCE)


def may_accept(user: User, deliverable: Deliverable) -> bool:
    """An officer of the buyer; the payment that follows is approved by another. The clock, when the days are over."""
    return is_service(user) or has_role(user, deliverable.contract.buyer, Role.OFFICER)


def may_end(user: User, contract: Contract) -> bool:
    """Close or end early: an officer or approver of the buyer."""
    return has_role(user, contract.buyer, Role.OFFICER, Role.APPROVER)


def may_take_archive(user: User, contract: Contract) -> bool:
    """What has been signed: its two sides, auditors, the operator."""
    return contract.is_public and (is_side(user, contract) or is_auditor(user) or is_operator(user))


def is_side(user: User, contract: Contract) -> bool:
    """The person belongs to the buyer, the supplier or a member of its consortium."""
    return (
        has_role(user, contract.buyer)
        or has_role(user, contract.supplier)
        or any(has_role(user, member.organisation) for member in contract.members.select_related("organisation"))
    )
