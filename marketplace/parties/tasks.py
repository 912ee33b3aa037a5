"""Letters with a link that opens something: made when they are sent, kept nowhere."""

from urllib.parse import urljoin

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core import signing
from django.core.mail import EmailMessage
from django.tasks import task
from django.template import Context
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode

from .encryption import decrypt
from .models import ApiToken, Invitation, User
from .texting import text_number


def invitation_link(invitation: Invitation) -> str:
    """The signed address that works once and until the invitation expires."""
    token = signing.Signer(salt="parties.invitation").sign(str(invitation.pk))
    return urljoin(settings.BASE_URL, reverse("parties:accept", args=[token]))


def _send(template: str, to: str, context: dict[str, object]) -> None:
    text = get_template(f"parties/mail/{template}.txt").template.render(Context(context, autoescape=False))
    subject, _newline, body = text.strip().partition("\n")
    EmailMessage(subject=subject.strip(), body=body.strip(), from_email=settings.DEFAULT_FROM_EMAIL, to=[to]).send()


@task
def mail_password_reset(pk: str) -> bool:
    """A link that sets a new password, to the address of the account. Sent again by a retry, it is a fresh link."""
    user = User.objects.filter(pk=pk, is_active=True).exclude(email=None).first()
    if user is None:
        return False
    with translation.override(user.language):
        uid = urlsafe_base64_encode(force_bytes(user.pk))
        path = reverse("parties:reset_password", args=[uid, default_token_generator.make_token(user)])
        hours = settings.PASSWORD_RESET_TIMEOUT // 3600
        _send("password_reset", user.email, {"reader": user, "link": urljoin(settings.BASE_URL, path), "hours": hours})
    return True


@task
def mail_address_changed(pk: str, sealed: str) -> bool:
    """To the address that was left: whoever did not do it themselves has to know, and learns it nowhere else.

    It comes encrypted: a task's row stays in the database long after the account has let go of the address.
    """
    old = decrypt(sealed.encode()).decode()
    user = User.objects.filter(pk=pk).first()
    if user is None or user.email == old:
        return False
    with translation.override(user.language):
        _send("address_changed", old, {"reader": user})
    return True


@task
def mail_token_ends(pk: str) -> bool:
    """A program's token has its last day soon."""
    token = ApiToken.objects.live().select_related("user", "organisation").filter(pk=pk, user__is_active=True).first()
    if token is None or not token.user.email:
        return False
    with translation.override(token.user.language):
        link = urljoin(settings.BASE_URL, reverse("parties:tokens"))
        _send("token_ends", token.user.email, {"reader": token.user, "token": token, "link": link})
    return True


@task
def send_invitation(pk: str) -> bool:
    """The link to join, by mail or by text message, in the inviter's language: the reader's is not known yet."""
    invitation = Invitation.objects.open().select_related("organisation", "invited_by").filter(pk=pk).first()
    if invitation is None:
        return False
    context = {"invitation": invitation, "link": invitation_link(invitation)}
    if not invitation.email:
        text_number(invitation.phone, "invitation_text", context, key=f"invitation:{pk}")
        return True
    with translation.override(invitation.invited_by.language):
        _send("invitation", invitation.email, context)
    return True
