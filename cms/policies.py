"""Who may write on the public site. Wagtail's own groups decide in its screens."""

from marketplace.parties.models import User
from marketplace.parties.policies import is_operator


def may_publish(user: User) -> bool:
    return user.is_service or is_operator(user) or user.has_perm("wagtailcore.publish_page")


def may_open_site(user: User | None) -> bool:
    """Nobody (a command run by whoever holds the machine), or who may publish."""
    return user is None or may_publish(user)
