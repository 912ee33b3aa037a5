"""What the inbox and the header read."""

from marketplace.parties.models import User

from .models import Message, MessageQuerySet


def unread_count(user: User) -> int:
    return Message.objects.visible_to(user).unread().count()


def inbox(user: User, *, only_unread: bool = False) -> MessageQuerySet:
    messages = Message.objects.visible_to(user)
    return messages.unread() if only_unread else messages
