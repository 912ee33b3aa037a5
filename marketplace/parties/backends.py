"""Signing in with a telephone number or an e-mail address."""

from django.contrib.auth.backends import ModelBackend
from django.db.models import Q

from .models import User


class PhoneOrEmailBackend(ModelBackend):
    def authenticate(self, request, username: str | None = None, password: str | None = None, **kwargs):
        if not username or password is None:
            return None
        user = User.objects.filter(
            Q(email=username.strip().lower()) | Q(phone=username.strip()), is_service=False
        ).first()
        if user is None:
            User().set_password(password)  # the same time for a name that nobody has
            return None
        return user if user.check_password(password) and self.user_can_authenticate(user) else None
