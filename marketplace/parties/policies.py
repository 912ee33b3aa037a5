"""Who may do what for an organisation. Plain bools; the same ones guard verbs, hide buttons and filter lists."""

from .models import Organisation, Role, User


def has_role(user: User, organisation: Organisation | None, *roles: Role) -> bool:
    """The user holds one of the roles (any role when none is named) in this organisation today."""
    if organisation is None or not user.is_authenticated or not user.is_active:
        return False
    held = user.memberships.filter(organisation=organisation, ended_at=None)
    return held.filter(role__in=roles).exists() if roles else held.exists()


def has_role_anywhere(user: User, *roles: Role) -> bool:
    """The user holds one of the roles in some organisation today."""
    if not user.is_authenticated or not user.is_active:
        return False
    return user.memberships.filter(role__in=roles, ended_at=None).exists()


def is_operator(user: User, *_subject: object) -> bool:
    """The operator of this installation, who edits rules and admits organisations."""
    return user.is_authenticated and user.is_active and user.is_superuser


def is_auditor(user: User, *_subject: object) -> bool:
    """An auditor reads everything that is not personal, and changes nothing."""
    return has_role_anywhere(user, Role.AUDITOR)


def is_service(user: User, *_subject: object) -> bool:
    """A named service user: the clock, an import, a job."""
    return user.is_service
