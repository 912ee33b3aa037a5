"""A person's own account: name, ways to be reached, password."""

import uuid
from functools import partial

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.tokens import default_token_generator
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.encoding import force_str
from django.utils.http import urlsafe_base64_decode
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock

from .. import policies
from ..contacts import spell_contact, spell_email, spell_phone
from ..encryption import encrypt
from ..models import User
from ..tasks import mail_address_changed, mail_password_reset
from .tokens import revoke_tokens_of

SERVICES = uuid.UUID("8d4c1f0e-6a57-5b3e-9d0a-4f2f5f3d7c61")  # the namespace of the keys of service users


def service_user(name: str) -> User:
    """The named service user that a job acts as; made on first use.

    Its key follows from the name, so that two jobs which begin at once can't make two of them.
    """
    user, _created = User.objects.get_or_create(
        pk=uuid.uuid5(SERVICES, name), defaults={"name": name, "is_service": True, "password": "!"}
    )
    return user


def spell_ways(email: str, phone: str, *, of: User | None = None) -> tuple[str | None, str | None]:
    """Address and number as they are kept; refuses what is wrong, missing, or another's, on the field it concerns.

    Raises ValidationError with codes `email`, `phone`, `no_contact`, `taken`.
    """
    faults: dict[str, ValidationError] = {}
    found: dict[str, str | None] = {"email": None, "phone": None}
    for field, typed, spell in (("email", email, spell_email), ("phone", phone, spell_phone)):
        if not typed:
            continue
        try:
            found[field] = spell(typed)
        except ValidationError as fault:
            faults[field] = fault
            continue
        if User.objects.filter(**{field: found[field]}).exclude(pk=of.pk if of else None).exists():
            faults[field] = ValidationError(_("Another account already uses this."), code="taken")
    if not email and not phone:
        faults["email"] = ValidationError(
            _("A person needs a telephone number or an e-mail address."), code="no_contact"
        )
    if faults:
        raise ValidationError(faults)
    return found["email"], found["phone"]


def check_new_password(password: str, user: User) -> None:
    """The rules of AUTH_PASSWORD_VALIDATORS, on the field `password`."""
    try:
        validate_password(password, user)
    except ValidationError as weak:
        raise ValidationError({"password": weak}) from None


@transaction.atomic
def change_profile(
    user: User, *, name: str, email: str, phone: str, language: str, password: str = "", by: User
) -> User:
    """How a person is called, reached and spoken to.

    Address and number are what one signs in with, and links that set passwords go to the address: whoever found a
    screen left open must not take the account over. So either changes only with the present password, and the
    address that was left is told. Raises ValidationError as `spell_ways`, and `language`, `wrong_password`.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    authorise(policies.may_edit_account, by, user)
    if language not in dict(settings.LANGUAGES):
        raise ValidationError({"language": ValidationError(_("Choose one of the languages."), code="language")})
    before = {"email": user.email, "phone": user.phone, "name": user.name, "language": user.language}
    user.email, user.phone = spell_ways(email, phone, of=user)
    user.name, user.language = name.strip(), language
    changed = sorted(field for field, value in before.items() if getattr(user, field) != value)
    if {"email", "phone"} & set(changed) and user.pk == by.pk:
        refuse_wrong_password(user, password, field="password")
    user.save(update_fields=["name", "email", "phone", "language"])
    if changed:
        record("user.changed", user, by=by, fields=changed)
    if "email" in changed and before["email"]:
        left = encrypt(before["email"].encode()).decode()
        transaction.on_commit(partial(mail_address_changed.enqueue, str(user.pk), left))
    return user


def refuse_wrong_password(user: User, password: str, *, field: str) -> None:
    """Raises ValidationError(code="wrong_password") on the field."""
    if not user.check_password(password):
        raise ValidationError({field: ValidationError(_("This is not your present password."), code="wrong_password")})


@transaction.atomic
def change_password(user: User, *, old: str, password: str, by: User) -> User:
    """Set a new password, knowing the old one: whoever had it may have made tokens, so they open nothing any more.

    Raises ValidationError `wrong_password`, or what is weak about the new one.
    """
    user = User.objects.select_for_update().get(pk=user.pk)
    authorise(policies.is_same_person, by, user)
    refuse_wrong_password(user, old, field="old")
    check_new_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    record("user.password_changed", user, by=by)
    revoke_tokens_of(user, by=by)
    return user


LETTERS_EVERY = 300  # seconds between two letters with a link to one account


def ask_password_reset(contact: str) -> None:
    """Send a link to whoever has this address or number, by mail. Says nothing to the asker about who exists.

    Anyone may ask, so an account gets one letter in five minutes: nobody's mailbox is filled from here.
    """
    try:
        kind, spelled = spell_contact(contact)
    except ValidationError:
        return
    user = User.objects.filter(**{kind: spelled}, is_active=True, is_service=False).exclude(email=None).first()
    if user is not None and cache.add(f"parties.reset.{user.pk}", True, LETTERS_EVERY):
        transaction.on_commit(partial(mail_password_reset.enqueue, str(user.pk)))


def holder_of_reset(uid: str, token: str) -> User | None:
    """Whose password a mailed link may set; None when the link is spent, too old or not ours."""
    try:
        user = User.objects.get(pk=force_str(urlsafe_base64_decode(uid)), is_active=True)
    except (User.DoesNotExist, ValueError, OverflowError, ValidationError):
        return None
    return user if default_token_generator.check_token(user, token) else None


@transaction.atomic
def reset_password(uid: str, token: str, *, password: str) -> User:
    """Set a new password with the mailed link: the link is spent, tokens are revoked. Raises ValidationError `link`."""
    user = holder_of_reset(uid, token)
    if user is None:
        raise ValidationError(_("This link has been used or is too old. Ask for a new one."), code="link")
    user = User.objects.select_for_update().get(pk=user.pk)
    check_new_password(password, user)
    user.set_password(password)
    user.save(update_fields=["password"])
    record("user.password_reset", user, by=user)
    revoke_tokens_of(user, by=user)
    return user


@transaction.atomic
def close_account(user: User, *, reason: str, by: User) -> User:
    """No more signing in: memberships end, tokens are revoked, what the person did stays on record."""
    user = User.objects.select_for_update().get(pk=user.pk)
    authorise(policies.is_operator, by)
    if user.pk == by.pk:
        raise ValidationError(_("Nobody closes their own operator's account."), code="own_account")
    now = clock.now()
    user.is_active = False
    user.save(update_fields=["is_active"])
    user.memberships.live().update(ended_at=now)
    record("user.closed", user, by=by, reason=reason)
    revoke_tokens_of(user, by=by)
    return user
