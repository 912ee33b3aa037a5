"""What screens and the API read about people and organisations."""

import hashlib
from itertools import groupby

from marketplace.pages.desk import DeskLink, WaitingItem

from .models import ApiToken, Organisation, User


def roles_of(user: User) -> list[tuple[Organisation, list[str]]]:
    """Each organisation a person belongs to, with the roles held there today. One statement."""
    held = (
        user.memberships.filter(ended_at=None)
        .select_related("organisation")
        .order_by("organisation__name", "organisation_id", "role")
    )
    return [
        (organisation, [membership.role for membership in memberships])
        for organisation, memberships in groupby(held, key=lambda membership: membership.organisation)
    ]


def token_holder(token: str) -> ApiToken | None:
    """The live token with its user and organisation; None when unknown, revoked, or no longer backed by a membership.

    Someone who has left an organisation no longer acts for it, whatever tokens were made before.
    """
    held = (
        ApiToken.objects.select_related("user", "organisation")
        .filter(digest=hashlib.sha256(token.encode()).hexdigest(), revoked_at=None, user__is_active=True)
        .first()
    )
    if held is None or held.organisation_id is None:
        return held
    is_member = held.user.memberships.filter(organisation_id=held.organisation_id, ended_at=None).exists()
    return held if is_member else None


def waiting_for(user: User, organisation: Organisation | None) -> list[WaitingItem]:
    return []


def desk_links(user: User, organisation: Organisation | None) -> list[DeskLink]:
    return []
