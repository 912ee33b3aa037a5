"""Who may set an organisation's seal."""

from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role


def may_sign(by: User, organisation: Organisation, signer: User) -> bool:
    """A person signs in their own name, as signatory or owner of the organisation whose seal it is."""
    return by == signer and has_role(signer, organisation, Role.SIGNATORY, Role.OWNER)
