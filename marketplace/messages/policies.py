"""Who may read what was told: only the person who was."""

from marketplace.parties.models import User

from .models import Message


def may_read(user: User, message: Message) -> bool:
    return user.is_authenticated and message.to_id == user.pk
