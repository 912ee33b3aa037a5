"""What the inbox and the header read."""

from marketplace.parties.models import User

from .models import Message, MessageQuerySet, Preference


def unread_count(user: User) -> int:
    return Message.objects.visible_to(user).unread().count()


def inbox(user: User, *, only_unread: bool = False) -> MessageQuerySet:
    messages = Message.objects.visible_to(user)
    return messages.unread() if only_unread else messages


def wants_mail(user: User) -> bool:
    return not Preference.objects.filter(user=user, by_mail=False).exists()
