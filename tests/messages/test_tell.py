import pytest
from django.core import mail
from django.utils.translation import gettext_lazy as _

from marketplace.messages.actions import choose_mail, tell
from marketplace.messages.models import Message
from tests.given.people import a_person

pytestmark = pytest.mark.django_db


def test_told_in_the_inbox_at_once_and_by_mail_after_commit(django_capture_on_commit_callbacks):
    reader = a_person(name="王芳")
    with django_capture_on_commit_callbacks(execute=True):
        (message,) = tell(
            [reader], subject="中标通知", body="请在 %(days)s 日内签订。", context={"days": 30}, url="/x/"
        )
        assert Message.objects.visible_to(reader).get() == message
        assert not mail.outbox

    (sent,) = mail.outbox
    assert sent.to == [reader.email]
    assert sent.subject == "中标通知"
    assert "30 日" in sent.body
    assert sent.body.endswith("/x/")
    assert Message.objects.get(pk=message.pk).mailed_at


def test_each_reader_is_told_in_their_own_language():
    chinese, english = a_person(), a_person(language="en")
    tell([chinese, english], subject=_("Suspended"), body="")
    assert Message.objects.get(to=english).subject == "Suspended"
    assert Message.objects.get(to=chinese).language == "zh-hans"


def test_told_twice_with_one_key_is_told_once(django_capture_on_commit_callbacks):
    reader = a_person()
    for _again in range(2):
        with django_capture_on_commit_callbacks(execute=True):
            tell([reader, reader], subject="一次", body="", key="tender:1:published")
    assert Message.objects.count() == 1
    assert len(mail.outbox) == 1


def test_who_wants_no_mail_gets_none(django_capture_on_commit_callbacks):
    reader = a_person()
    choose_mail(by_mail=False, by=reader)
    with django_capture_on_commit_callbacks(execute=True):
        tell([reader], subject="一", body="二")
    assert not mail.outbox
    assert Message.objects.visible_to(reader).unread().count() == 1
