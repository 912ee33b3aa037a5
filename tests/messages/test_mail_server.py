"""Mail over a real SMTP server, with a task that is run again."""

import socket

import pytest
from aiosmtpd.controller import Controller

from marketplace.messages.actions import tell
from marketplace.messages.models import Message
from marketplace.messages.tasks import mail_message
from tests.given.people import a_person

pytestmark = pytest.mark.django_db


class Postbox:
    def __init__(self):
        self.letters = []
        self.is_full = False

    async def handle_DATA(self, server, session, envelope):
        if self.is_full:
            return "452 no room left"
        self.letters.append(envelope)
        return "250 OK"


@pytest.fixture
def postbox(settings):
    box = Postbox()
    with socket.create_server(("127.0.0.1", 0)) as probe:  # the controller can't be asked for any free port
        port = probe.getsockname()[1]
    controller = Controller(box, hostname="127.0.0.1", port=port)
    controller.start()
    settings.MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": port},
        }
    }
    yield box
    controller.stop()


def test_sent_once_in_chinese_however_often_the_task_runs(postbox):
    reader = a_person()
    (message,) = tell([reader], subject="中标通知", body="恭喜。", url="/inbox/")
    assert mail_message.call(str(message.pk)) is True
    assert mail_message.call(str(message.pk)) is False
    (letter,) = postbox.letters
    assert letter.rcpt_tos == [reader.email]
    assert f"<{message.pk}@127.0.0.1>".encode() in letter.content


def test_a_server_without_room_leaves_it_to_the_next_try(postbox):
    (message,) = tell([a_person()], subject="通知", body="正文")
    postbox.is_full = True
    with pytest.raises(Exception, match="no room"):
        mail_message.call(str(message.pk))
    assert Message.objects.get(pk=message.pk).mailed_at is None
    postbox.is_full = False
    assert mail_message.call(str(message.pk)) is True
    assert len(postbox.letters) == 1
