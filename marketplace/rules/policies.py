"""Who may change what the rules say."""

from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import AnonymousUser


def may_change_rules(user: AbstractBaseUser | AnonymousUser, *_subject: object) -> bool:
    """The operator of the installation."""
    return user.is_authenticated and user.is_active and bool(getattr(user, "is_superuser", False))
