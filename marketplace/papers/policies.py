"""Who may set an organisation's seal."""

from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role

from .models import Paper


def may_sign(by: User, organisation: Organisation, signer: User) -> bool:
    """A person signs in their own name, as signatory or owner of the organisation whose seal it is."""
    return by == signer and has_role(signer, organisation, Role.SIGNATORY, Role.OWNER)


def may_deposit_seal(user: User, organisation: Organisation | None) -> bool:
    """The organisation's owner or signatory."""
    return has_role(user, organisation, Role.OWNER, Role.SIGNATORY)


def may_seal_issued(user: User, paper: Paper) -> bool:
    """A job of the portal, on a paper that an organisation issued: never a person, who signs in their own name."""
    return user.is_service and paper.organisation_id is not None
