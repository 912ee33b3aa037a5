"""Who may do what for an organisation. Plain bools; the same ones guard verbs, hide buttons and filter lists."""

from .models import ApiToken, Membership, Organisation, Role, User


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


KINDS_THAT_ASK = (Organisation.Kind.SOCIAL_ORGANISATION, Organisation.Kind.ENTERPRISE, Organisation.Kind.EVALUATOR)
"""Who may ask to join by themselves; public bodies are entered by the operator."""

_TRADERS = (Role.OWNER, Role.BIDDER, Role.SIGNATORY, Role.FINANCE, Role.COUNTER)
_ROLES = {
    Organisation.Kind.BUREAU: (
        Role.OFFICER,
        Role.APPROVER,
        Role.CUSTODIAN,
        Role.SIGNATORY,
        Role.FINANCE,
        Role.COMMUNITY_WORKER,
        Role.EXPERT,
    ),
    Organisation.Kind.FINANCE: (Role.OWNER, Role.OFFICER, Role.APPROVER, Role.FINANCE, Role.EXPERT),
    Organisation.Kind.SOCIAL_ORGANISATION: _TRADERS,
    Organisation.Kind.ENTERPRISE: _TRADERS,
    Organisation.Kind.EVALUATOR: (Role.OWNER, Role.EVALUATOR, Role.BIDDER, Role.SIGNATORY, Role.FINANCE),
    Organisation.Kind.INCUBATOR: (Role.MANAGER, Role.SIGNATORY, Role.FINANCE),
    Organisation.Kind.AUDIT: (Role.OWNER, Role.AUDITOR),
    Organisation.Kind.OPERATOR: (Role.OWNER,),
}
_MANAGING = {Organisation.Kind.BUREAU: (Role.APPROVER,), Organisation.Kind.INCUBATOR: (Role.MANAGER,)}


def roles_for(organisation: Organisation) -> tuple[Role, ...]:
    """The roles that people can hold in an organisation of this kind."""
    return _ROLES[Organisation.Kind(organisation.kind)]


def managing_roles(organisation: Organisation) -> tuple[Role, ...]:
    """Whoever holds one of these invites colleagues: the approving officer of a bureau, the manager of an incubator,
    elsewhere the owner."""
    return _MANAGING.get(Organisation.Kind(organisation.kind), (Role.OWNER,))


def is_member(user: User, organisation: Organisation) -> bool:
    """The user belongs to the organisation today, in any role."""
    return has_role(user, organisation)


def may_see_members(user: User, organisation: Organisation) -> bool:
    return is_operator(user) or is_member(user, organisation)


def may_manage_members(user: User, organisation: Organisation) -> bool:
    """Invite colleagues, give roles, withdraw invitations."""
    if is_operator(user):
        return True
    trades = organisation.state != Organisation.State.CLOSED
    return trades and has_role(user, organisation, *managing_roles(organisation))


def may_end_membership(user: User, membership: Membership) -> bool:
    """Whoever manages the members; and anybody may lay down a role of their own."""
    return membership.user_id == user.pk or may_manage_members(user, membership.organisation)


def may_edit_organisation(user: User, organisation: Organisation) -> bool:
    """What the organisation says about itself. Its registered facts are the operator's to change."""
    return is_operator(user) or has_role(user, organisation, *managing_roles(organisation))


def may_edit_account(user: User, account: User) -> bool:
    return is_same_person(user, account) or is_operator(user)


def is_same_person(user: User, account: User) -> bool:
    return user.is_authenticated and user.is_active and user.pk == account.pk


def may_revoke_token(user: User, token: ApiToken) -> bool:
    return token.user_id == user.pk or is_operator(user)


def may_load_regions(user: User, *_subject: object) -> bool:
    """The operator, or the installation's own set-up."""
    return is_service(user) or is_operator(user)
