"""Who sees red flags, and who says what came of one."""

from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role, has_role_anywhere, is_auditor, is_operator, is_service


def may_see_flags(user: User, *_subject: object) -> bool:
    """Auditors, the operator, and the buyers whom the flags concern."""
    return is_auditor(user) or is_operator(user) or has_role_anywhere(user, Role.OFFICER, Role.APPROVER)


def works_on_flags(user: User, organisation: Organisation | None) -> bool:
    """Whether the flags are on the desk of who acts for this organisation."""
    return is_operator(user) or has_role(user, organisation, Role.AUDITOR, Role.OFFICER, Role.APPROVER)


def may_review(user: User, *_subject: object) -> bool:
    """Only auditors: a buyer doesn't explain away its own flags."""
    return is_auditor(user)


def may_find_flags(user: User, *_subject: object) -> bool:
    """The clock; the operator when somebody can't wait for it."""
    return is_operator(user) or is_service(user)
