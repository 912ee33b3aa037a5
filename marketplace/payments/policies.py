"""Who may order, approve, send and read payments, and say where money goes."""

from django.conf import settings

from marketplace.ledger.models import oversees_all_money
from marketplace.ledger.policies import may_post
from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role, is_operator, is_service

from .models import Channel, DonationOffer, IncomingPayment, PayeeAccount, PaymentOrder, payees_of


def may_order(user: User, bureau: Organisation) -> bool:
    """Any officer of the bureau, and jobs: whoever may also make the debt."""
    return may_post(user, bureau)


def may_approve_order(user: User, order: PaymentOrder) -> bool:
    """A finance or approving officer of the bureau who did not order it: a person, never a job.

    What a job ordered, such as a delivery deemed accepted, any officer may approve: who sends it is the second one.
    """
    roles = (Role.FINANCE, Role.APPROVER) + ((Role.OFFICER,) if order.ordered_by.is_service else ())
    return user.pk != order.ordered_by_id and not user.is_service and has_role(user, order.bureau, *roles)


def is_alone(user: User, order: PaymentOrder) -> bool:
    """A job ordered it and this person approved it: another must send it, so that two officers have looked."""
    return order.ordered_by.is_service and order.approved_by_id == user.pk


def may_print_order(user: User, order: PaymentOrder) -> bool:
    """Officers, approvers, finance and signatories of the bureau."""
    return has_role(user, order.bureau, Role.OFFICER, Role.APPROVER, Role.FINANCE, Role.SIGNATORY)


def may_send(user: User, bureau: Organisation | None) -> bool:
    """Make bank files, import answers, put failed orders back: the bureau's finance officers."""
    return has_role(user, bureau, Role.FINANCE) and bureau.kind == Organisation.Kind.BUREAU


def may_cancel_order(user: User, order: PaymentOrder) -> bool:
    return has_role(user, order.bureau, Role.FINANCE, Role.APPROVER)


def may_claim_interest(user: User, order: PaymentOrder) -> bool:
    """The payee's owner or finance."""
    return has_role(user, order.payee, Role.OWNER, Role.FINANCE)


def may_decide_interest(user: User, order: PaymentOrder) -> bool:
    """A person of the bureau who may order: an officer, an approver or finance; a job never pays for a delay."""
    return not is_service(user) and has_role(user, order.bureau, Role.OFFICER, Role.APPROVER, Role.FINANCE)


def may_refund(user: User, order: PaymentOrder) -> bool:
    """Record that a payee gave money back, or have Stripe take it back: the bureau's finance officers."""
    return may_send(user, order.bureau)


def may_reconcile(user: User, bureau: Organisation | None) -> bool:
    """Hold the bank's statement against the payments, and say what a line is."""
    return may_send(user, bureau)


def may_see_stripe(user: User) -> bool:
    """Events and nightly comparisons of the whole platform."""
    return oversees_all_money(user)


def may_collect(user: User, organisation: Organisation) -> bool:
    """Ask a resident for their own part: whoever stands at the organisation's counter, and jobs."""
    return is_service(user) or has_role(user, organisation, Role.COUNTER, Role.OWNER, Role.FINANCE)


def may_refund_incoming(user: User, payment: IncomingPayment) -> bool:
    return has_role(user, payment.organisation, Role.OWNER, Role.FINANCE)


def may_offer_donations(user: User, organisation: Organisation | None) -> bool:
    return (
        settings.DONATIONS
        and has_role(user, organisation, Role.OWNER, Role.FINANCE)
        and organisation.kind == Organisation.Kind.SOCIAL_ORGANISATION
    )


def donations_are_on() -> bool:
    return settings.DONATIONS and "stripe" in settings.PAYMENT_CHANNELS and bool(settings.STRIPE_SECRET_KEY)


def takes_donations(organisation: Organisation) -> bool:
    """Switched on for the city, offered by the organisation, and its account may take money."""
    return (
        donations_are_on()
        and DonationOffer.objects.filter(organisation=organisation, is_open=True).exists()
        and PayeeAccount.objects.in_force()
        .filter(organisation=organisation, channel=Channel.STRIPE, is_usable=True)
        .exists()
    )


def may_request_account(user: User, organisation: Organisation) -> bool:
    """The organisation's owner or finance."""
    return has_role(user, organisation, Role.OWNER, Role.FINANCE)


DECIDE_ACCOUNTS = (Role.OWNER, Role.FINANCE, Role.SIGNATORY)


def may_decide_account(user: User, account: PayeeAccount) -> bool:
    """A second person: another of the organisation, a finance officer of a bureau that pays it, or the operator."""
    if user.pk == account.requested_by_id or is_service(user):
        return False
    return (
        is_operator(user)
        or has_role(user, account.organisation, *DECIDE_ACCOUNTS)
        or payees_of(user).filter(pk=account.organisation_id).exists()
    )


def works_on_payments(user: User, organisation: Organisation | None) -> bool:
    """Whether payments are on the desk of who acts for this organisation."""
    return has_role(user, organisation, Role.OFFICER, Role.APPROVER, Role.FINANCE, Role.OWNER, Role.SIGNATORY)
