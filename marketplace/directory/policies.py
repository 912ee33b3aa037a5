"""Who may change what the directory says."""

from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role, has_role_anywhere, is_operator, is_service


def may_edit_services(user: User, organisation: Organisation) -> bool:
    """A provider's owner or bid writer keeps its own services, prices and service points."""
    return is_operator(user) or is_service(user) or has_role(user, organisation, Role.OWNER, Role.BIDDER)


def may_accredit(user: User, *_subject: object) -> bool:
    """A bureau's officer, approver or signatory admits providers; jobs may. A provider's signatory admits nobody."""
    if is_operator(user) or is_service(user):
        return True
    held = user.memberships.filter(ended_at=None, organisation__kind=Organisation.Kind.BUREAU)
    return user.is_active and held.filter(role__in=[Role.OFFICER, Role.APPROVER, Role.SIGNATORY]).exists()


def may_rate(user: User, *_subject: object) -> bool:
    """Ratings come from a published evaluation: its evaluator, the bureau that publishes it, or a job."""
    return is_operator(user) or is_service(user) or has_role_anywhere(user, Role.EVALUATOR, Role.OFFICER, Role.APPROVER)


def may_edit_categories(user: User, *_subject: object) -> bool:
    """The operator keeps the list of kinds of service."""
    return is_operator(user) or is_service(user)


def may_keep_standards(user: User, bureau: Organisation | None) -> bool:
    """A bureau's officers draft, publish and adopt its standards."""
    if bureau is None or bureau.kind != Organisation.Kind.BUREAU or not user.is_authenticated:
        return False
    return is_service(user) or has_role(user, bureau, Role.OFFICER, Role.APPROVER)


def may_tell_voices(user: User, *_subject: object) -> bool:
    """Shares of satisfied residents are counted by a job, never typed."""
    return is_service(user)
