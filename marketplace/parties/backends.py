"""Signing in with a telephone number or an e-mail address."""

from django.contrib.auth.backends import ModelBackend
from django.core.exceptions import ValidationError

from .contacts import spell_contact
from .models import User


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
