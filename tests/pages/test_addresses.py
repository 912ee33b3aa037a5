"""An address that was kept leads on in the language that is being read."""

import pytest
from django.utils import translation

from marketplace.messages.actions import tell
from marketplace.messages.models import Message
from marketplace.pages.language import address_here
from tests.given.people import a_person


@pytest.mark.parametrize("kept", ["/tenders/searches/?q=1", "/en/tenders/searches/?q=1"])
@pytest.mark.parametrize(
    ("reader", "there"), [("en", "/en/tenders/searches/?q=1"), ("zh-hans", "/tenders/searches/?q=1")]
)
def test_an_address_of_a_page(kept, reader, there):
    with translation.override(reader):
        assert address_here(kept) == there


@pytest.mark.parametrize("kept", ["", "/health", "https://example.org/tenders/"])
def test_any_other_stays(kept):
    with translation.override("en"):
        assert address_here(kept) == kept


@pytest.mark.django_db
def test_a_letter_leads_on_in_the_readers_language(client):
    reader = a_person()
    tell([reader], subject="新公告", body="请看。", url="/tenders/searches/")
    client.force_login(reader)
    letter = Message.objects.get()
    assert 'href="/tenders/searches/"' in client.get(f"/inbox/{letter.pk}/").content.decode()
    assert 'href="/en/tenders/searches/"' in client.get(f"/en/inbox/{letter.pk}/").content.decode()
