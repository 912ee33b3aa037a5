"""Signing in with a telephone number or an e-mail address."""

from django.contrib.auth.backends import BaseBackend, ModelBackend
from django.core.exceptions import ValidationError

from .contacts import spell_contact
from .models import Role, User
from .policies import has_role_anywhere


class PhoneOrEmailBackend(ModelBackend):
    def authenticate(self, request, username: str | None = None, password: str | None = None, **kwargs):
        if not username or password is None:
            return None
        try:
            kind, contact = spell_contact(username)
            user = User.objects.filter(**{kind: contact}, is_service=False).first()
        except ValidationError:
            user = None
        if user is None:
            User().set_password(password)  # the same time for a name that nobody has
            return None
        return user if user.check_password(password) and self.user_can_authenticate(user) else None


def name_counted(request, credentials: dict | None = None) -> str | None:
    """Under which name axes counts a try: one spelling of each contact, whichever door it came through.

    Our own form spells it before it asks; Wagtail's and Django admin's sign-in hand over what was typed, and
    `138 1234 5678` must not have ten tries more than `13812345678`.
    """
    typed = (credentials or {}).get("username") or request.POST.get("username")
    if not typed:
        return None
    try:
        return spell_contact(typed)[1]
    except ValidationError:
        return typed.strip().lower()


class RoleBackend(BaseBackend):
    """Permissions of rooms below that ask Django instead of us: auditors read the audit trail."""

    BY_ROLE = {"audit.view_entry": (Role.AUDITOR,)}

    def has_perm(self, user_obj, perm: str, obj=None) -> bool:
        return perm in self.BY_ROLE and has_role_anywhere(user_obj, *self.BY_ROLE[perm])
