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

from .models import Invitation, User


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
def mail_invitation(pk: str) -> bool:
    """The link to join, in the inviter's language: the reader's is not known yet."""
    invitation = Invitation.objects.open().select_related("organisation", "invited_by").filter(pk=pk).first()
    if invitation is None or not invitation.email:
        return False
    with translation.override(invitation.invited_by.language):
        _send("invitation", invitation.email, {"invitation": invitation, "link": invitation_link(invitation)})
    return True
