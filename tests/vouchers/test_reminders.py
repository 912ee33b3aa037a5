"""Who is told of the month's end, and how; the gateway of text messages; letters; no number in a log."""

import datetime
import json
import logging
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from marketplace.messages.actions import text_number
from marketplace.messages.models import Letter, Message, TextMessage
from marketplace.messages.tasks import send_text
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Role
from marketplace.residents.actions import delegate_to
from marketplace.residents.models import Delegation, Resident
from marketplace.vouchers.actions import issue_month, redeem
from marketplace.vouchers.notices import remind_of_the_months_end, text_receipt
from tests.given.bookings import a_neighbour
from tests.given.people import a_person, a_region
from tests.given.residents import a_resident
from tests.given.vouchers import a_counter

pytestmark = pytest.mark.django_db
PHONE = "13900001234"
LAST_WEEK = clock.at_hour(datetime.date(2026, 11, 26), 9)


@pytest.fixture(autouse=True)
def in_the_last_week():
    with clock.pretend(LAST_WEEK):
        yield


@pytest.fixture
def counter():
    return a_counter()


def reached(resident: Resident, way: str, **fields) -> Resident:
    resident.preferred_way = way
    for name, value in fields.items():
        setattr(resident, name, value)
    resident.save()
    return resident


def test_each_in_the_way_preferred_and_once(counter):
    by_text = reached(counter.resident, Resident.Way.SMS, phone=PHONE)
    by_post = reached(a_neighbour(counter), Resident.Way.POST, address="城厢镇德兴路26号")
    by_account = a_neighbour(counter, user=a_person())
    reached(a_neighbour(counter), Resident.Way.PHONE)
    spent = reached(a_neighbour(counter), Resident.Way.SMS, phone=PHONE)
    redeem(
        counter.provider,
        **counter.request(card=spent.cards.live().get().number, amount=120_00, own_part=40_00, units=2, key="all"),
    )
    daughter = a_person()
    delegate_to(
        by_post,
        daughter,
        kind=Delegation.Kind.RELATIVE,
        scope=Delegation.Scope.ACT,
        consent_on=clock.today(),
        consent_note="本人签字",
        by=a_person(Role.COMMUNITY_WORKER, of=counter.bureau),
    )
    assert remind_of_the_months_end() == 3
    assert remind_of_the_months_end() == 0
    text = TextMessage.objects.get()
    assert text.number == PHONE and "80.00" in text.text and by_text.name not in text.text
    letter = Letter.objects.get()
    assert letter.name == by_post.name and letter.address.startswith("城厢镇")
    assert {message.to for message in Message.objects.all()} == {by_account.user, daughter}
    with clock.pretend(clock.at_hour(datetime.date(2026, 11, 10), 9)):
        assert remind_of_the_months_end() == 0


def test_number_and_text_are_encrypted_where_they_lie(counter, django_db_blocker):
    from django.db import connection  # noqa: PLC0415

    text_number(PHONE, "vouchers/month_end", {"name": "陈**婆", "left": 1, "last_day": clock.today()}, key="k")
    with connection.cursor() as cursor:
        cursor.execute("SELECT number, text FROM notices_textmessage")
        number, text = cursor.fetchone()
    assert PHONE not in number and "陈" not in text


def test_the_file_gateway(counter, settings, tmp_path):
    settings.VAR_DIR = tmp_path
    text = text_number(PHONE, "vouchers/month_end", {"name": "陈**婆", "left": 1, "last_day": clock.today()}, key="k/1")
    assert send_text.call(str(text.pk)) and not send_text.call(str(text.pk))
    sent = json.loads((tmp_path / "sms" / "k-1.json").read_text())
    assert sent["to"] == PHONE and "民福" in sent["text"]


class Operator(BaseHTTPRequestHandler):
    """An operator's gateway that is full the first time."""

    heard: list[dict] = []
    answers = [503, 200]

    def do_POST(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.heard.append(body | {"token": self.headers["Authorization"]})
        self.send_response(self.answers[len(self.heard) - 1])
        self.end_headers()
        self.wfile.write(b'{"id": "op-7"}')

    def log_message(self, *_words):
        """Quiet."""


def test_the_http_gateway_tries_again_and_says_nothing_personal(counter, settings, caplog):
    caplog.set_level(logging.DEBUG)
    server = HTTPServer(("127.0.0.1", 0), Operator)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.SMS_GATEWAY = "marketplace.messages.gateways.HttpGateway"
    settings.SMS_GATEWAY_URL = f"http://127.0.0.1:{server.server_port}/send"
    settings.SMS_GATEWAY_TOKEN = "secret"
    try:
        context = {"name": "陈**婆", "left": 1, "last_day": clock.today()}
        text = text_number(PHONE, "vouchers/month_end", context, key="k/2")
        assert not send_text.call(str(text.pk))
        assert TextMessage.objects.get().state == "failed"
        assert send_text.call(str(text.pk))
    finally:
        server.shutdown()
    text = TextMessage.objects.get()
    assert (text.state, text.gateway_id, text.tries) == ("sent", "op-7", 2)
    assert [one["to"] for one in Operator.heard] == [PHONE, PHONE] and Operator.heard[0]["token"] == "Bearer secret"
    assert PHONE not in caplog.text and "陈" not in caplog.text


class Elsewhere(Operator):
    """A gateway that sends whoever asks on to an address in the clear."""

    def do_POST(self):
        self.heard.append({"path": self.path})
        self.send_response(307)
        self.send_header("Location", f"http://127.0.0.1:{self.server.server_port}/in-the-clear")
        self.end_headers()


def test_a_gateway_that_points_elsewhere_is_not_followed(settings):
    Elsewhere.heard = []
    server = HTTPServer(("127.0.0.1", 0), Elsewhere)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings.SMS_GATEWAY = "marketplace.messages.gateways.HttpGateway"
    settings.SMS_GATEWAY_URL = f"http://127.0.0.1:{server.server_port}/send"
    try:
        text = text_number(
            PHONE, "vouchers/month_end", {"name": "陈**婆", "left": 1, "last_day": clock.today()}, key="k/3"
        )
        assert not send_text.call(str(text.pk))
    finally:
        server.shutdown()
    assert Elsewhere.heard == [{"path": "/send"}] and TextMessage.objects.get().state == "failed"


def test_the_receipt_by_text_message(client, counter):
    redemption = redeem(counter.provider, **counter.request())
    client.force_login(counter.staff)
    address = reverse("vouchers:text_receipt", args=[redemption.id])
    reached(counter.resident, Resident.Way.PHONE, phone="")
    assert client.post(address).status_code == 403
    reached(counter.resident, Resident.Way.PHONE, phone=PHONE)
    page = client.get(reverse("vouchers:receipt", args=[redemption.id])).content.decode()
    assert address in page and PHONE not in page
    assert client.post(address).status_code == 302
    assert client.post(address).status_code == 422
    assert TextMessage.objects.get().number == PHONE
    assert text_receipt.__name__


def test_letters_are_printed_and_posted(client, counter):
    reached(counter.resident, Resident.Way.POST, address="城厢镇德兴路26号")
    remind_of_the_months_end()
    worker = a_person(Role.COMMUNITY_WORKER, of=counter.bureau)
    client.force_login(worker)
    page = client.get(reverse("vouchers:reminders")).content.decode()
    assert reverse("vouchers:print_letters") in page and "德兴路" not in page
    assert client.post(reverse("vouchers:print_letters")).status_code == 302
    assert Letter.objects.get().state == "posted"
    assert client.post(reverse("vouchers:print_letters")).status_code == 422
    client.force_login(counter.staff)
    assert client.get(reverse("vouchers:reminders")).status_code == 403


def test_everybody_whom_no_message_reaches_is_listed_page_by_page(client, counter):
    """Unspent this month, no account: as many statements for thirty as for one, and none left out."""
    reached(counter.resident, Resident.Way.WORKER)
    client.force_login(a_person(Role.COMMUNITY_WORKER, of=counter.bureau))
    address = reverse("vouchers:reminders")
    first = client.get(address)
    assert [person.pk for person in first.context["people"]] == [counter.resident.pk]
    assert first.context["people"][0].left > 0
    with CaptureQueriesContext(connection) as one:
        client.get(address)
    for _number in range(29):
        reached(a_resident(region=a_region()), Resident.Way.PHONE)
    issue_month(counter.programme, clock.today(), by=service_user("tests"))
    with CaptureQueriesContext(connection) as many:
        first = client.get(address)
    second = client.get(address, {"page": 2})
    assert first.context["count"] == 30 and len(many) == len(one)
    seen = [person.pk for page in (first, second) for person in page.context["people"]]
    assert len(seen) == len(set(seen)) == 30
    redeem(counter.provider, **counter.request())
    assert client.get(address).context["count"] == 29
