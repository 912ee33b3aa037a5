import pytest
from django.urls import reverse

from marketplace.messages.actions import tell
from marketplace.messages.models import Message
from tests.given.people import a_person

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(client):
    user = a_person()
    client.force_login(user)
    return user


def test_opening_a_message_reads_it(client, reader):
    (message,) = tell([reader], subject="<b>标题</b>", body="第一行\n第二行", url="/desk/")
    assert "未读 (1)" in client.get(reverse("notices:inbox")).content.decode()
    page = client.get(reverse("notices:message", args=[message.pk])).content.decode()
    assert "&lt;b&gt;标题" in page
    assert "未读 (0)" in client.get(reverse("notices:inbox")).content.decode()


def test_anothers_message_is_not_there(client, reader):
    (message,) = tell([a_person()], subject="标题", body="")
    assert client.get(reverse("notices:message", args=[message.pk])).status_code == 404
    assert Message.objects.get(pk=message.pk).read_at is None


def test_all_read_at_once_by_post(client, reader):
    tell([reader], subject="一", body="")
    tell([reader], subject="二", body="")
    assert client.get(reverse("notices:read_all")).status_code == 405
    client.post(reverse("notices:read_all"))
    assert not Message.objects.visible_to(reader).unread().exists()


def test_the_list_reads_in_a_constant_number_of_statements(client, reader, django_assert_max_num_queries):
    for number in range(30):
        tell([reader], subject=str(number), body="")
    with django_assert_max_num_queries(8):
        assert client.get(reverse("notices:inbox")).status_code == 200


def test_choosing_no_mail(client, reader):
    client.post(reverse("notices:preferences"), {})
    assert not client.get(reverse("notices:preferences")).context["form"].initial["by_mail"]


def test_a_link_leads_to_the_page_in_the_readers_language():
    english = a_person(language="en")
    (message,) = tell([english], subject="x", body="", url="/inbox/")
    assert message.url == "/en/inbox/"
