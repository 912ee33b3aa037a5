"""Who may order, approve, send and read payments, and say where money goes."""

from marketplace.ledger.policies import may_post
from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role, has_role_anywhere, is_operator, is_service

from .models import PayeeAccount, PaymentOrder


def may_order(user: User, bureau: Organisation) -> bool:
    """Any officer of the bureau, and jobs: whoever may also make the debt."""
    return may_post(user, bureau)


def may_approve_order(user: User, order: PaymentOrder) -> bool:
    """A finance or approving officer of the bureau who did not order it: a person, never a job."""
    return (
        user.pk != order.ordered_by_id
        and not user.is_service
        and has_role(user, order.bureau, Role.FINANCE, Role.APPROVER)
    )


def may_send(user: User, bureau: Organisation | None) -> bool:
    """Make bank files, import answers, put failed orders back: the bureau's finance officers."""
    return has_role(user, bureau, Role.FINANCE) and bureau.kind == Organisation.Kind.BUREAU


def may_cancel_order(user: User, order: PaymentOrder) -> bool:
    return has_role(user, order.bureau, Role.FINANCE, Role.APPROVER)


def may_request_account(user: User, organisation: Organisation) -> bool:
    """The organisation's owner or finance."""
    return has_role(user, organisation, Role.OWNER, Role.FINANCE)


def may_decide_account(user: User, account: PayeeAccount) -> bool:
    """A second person: another of the organisation, or a bureau's finance officer, or the operator."""
    if user.pk == account.requested_by_id or is_service(user):
        return False
    return (
        is_operator(user)
        or has_role(user, account.organisation, Role.OWNER, Role.FINANCE, Role.SIGNATORY)
        or user.memberships.filter(
            ended_at=None, role=Role.FINANCE, organisation__kind=Organisation.Kind.BUREAU
        ).exists()
    )


def may_see_payments(user: User) -> bool:
    return has_role_anywhere(user, Role.OFFICER, Role.APPROVER, Role.FINANCE, Role.OWNER, Role.SIGNATORY)
