"""What leaves the house after commit."""

from urllib.parse import urljoin

from django.conf import settings
from django.core.mail import EmailMessage
from django.db import transaction
from django.tasks import task

from marketplace.pages import clock

from .gateways import GatewayRefused, gateway
from .models import Message, TextMessage

MOST_TRIES = 5


@task
def mail_message(pk: str) -> bool:
    """Send one message by mail, once: the row is held while it is sent, so that a retry finds it sent.

    A crash between the server's "yes" and our commit can send a second copy; it carries the same Message-ID, by which
    mail programs show one. Returns whether it was sent now.
    """
    with transaction.atomic():
        message = Message.objects.select_for_update(of=("self",)).select_related("to").filter(pk=pk).first()
        if message is None or message.mailed_at or not message.to.email or not message.to.is_active:
            return False
        text = message.body
        if message.url:
            text = f"{text}\n\n{urljoin(settings.BASE_URL, message.url)}"
        host = settings.BASE_URL.split("//", 1)[-1].split("/", 1)[0].split(":", 1)[0]
        EmailMessage(
            subject=message.subject,
            body=text,
            from_email=settings.DEFAULT_FROM_EMAIL,
            to=[message.to.email],
            headers={"Message-ID": f"<{message.pk}@{host}>", "Content-Language": message.language},
        ).send()
        message.mailed_at = clock.now()
        message.save(update_fields=["mailed_at"])
    return True


@task
def send_text(pk: str) -> bool:
    """Hand one text message to the gateway, once; the row is held meanwhile. Returns whether it was sent now.

    A crash after the gateway's "yes" sends it again under the same key, by which the gateway knows it.
    """
    with transaction.atomic():
        text = TextMessage.objects.select_for_update().filter(pk=pk).first()
        if text is None or text.state == TextMessage.State.SENT or text.tries >= MOST_TRIES:
            return False
        text.tries += 1
        try:
            text.gateway_id = gateway().send(text.number, text.text, text.key)
        except GatewayRefused:
            text.fail()
        else:
            text.go()
            text.sent_at = clock.now()
        text.save(update_fields=["state", "tries", "gateway_id", "sent_at"])
    return text.state == TextMessage.State.SENT
