"""Who may read what was told: only the person who was."""

from marketplace.parties.models import Organisation, Region, Role, User

from .models import Message


def may_read(user: User, message: Message) -> bool:
    return user.is_authenticated and message.to_id == user.pk


def may_post_letters(user: User, region: Region) -> bool:
    """The desk of a bureau whose region holds the place."""
    bureaus = Organisation.objects.filter(
        kind=Organisation.Kind.BUREAU,
        memberships__user=user,
        memberships__ended_at=None,
        memberships__role__in=[Role.OFFICER, Role.APPROVER, Role.COMMUNITY_WORKER],
    ).select_related("region")
    return any(region.code.startswith(bureau.region.prefix) for bureau in bureaus)
