"""An organisation, a place and a tender with an English name are called by it on every English page; what is kept,
printed and given to others says the registered name."""

import subprocess

import pytest
from django.urls import reverse
from django.utils import translation

from marketplace.messages.models import Message
from marketplace.opendata.parts import party
from marketplace.parties.models import Role
from marketplace.tenders.actions.amending import publish_clarification
from marketplace.tenders.models import Bid
from tests.given.people import a_bureau, a_person, a_region, an_organisation
from tests.given.tenders import (
    a_bid,
    a_cast,
    a_published_tender,
    a_ranked_tender,
    a_supplier,
    after_deadline,
    an_award,
    seats_of,
)

pytestmark = pytest.mark.django_db

BUREAU = {"name": "太仓市民政局", "name_en": "Taicang Bureau of Civil Affairs"}
SUPPLIER = {"name": "怡安养老服务中心", "name_en": "Yian Care Centre"}
TITLE = {"title": "城厢镇日间照料", "title_en": "Day care in Chengxiang"}


def see(client, user, language: str, name: str, *args: object) -> str:
    client.force_login(user)
    with translation.override(language):
        response = client.get(reverse(f"tenders:{name}", args=args))
    assert response.status_code == 200, name
    return response.content.decode()


def test_who_has_an_english_name_is_called_by_it_in_english():
    bureau, nameless, region = a_bureau(**BUREAU), an_organisation(name="无英文名"), a_region()
    region.name_en = "Chengxiang"
    with translation.override("en"):
        assert (str(bureau), str(nameless), str(region)) == (BUREAU["name_en"], "无英文名", "Chengxiang")
    with translation.override("zh-hans"):
        assert (str(bureau), str(region)) == (BUREAU["name"], "城厢镇")
    with translation.override(None):  # nobody reads: a job, the API
        assert str(bureau) == BUREAU["name"]


def test_open_data_give_the_registered_name():
    bureau = a_bureau(**BUREAU)
    with translation.override("en"):
        said = party(bureau, "buyer")
    assert said["name"] == said["identifier"]["legalName"] == BUREAU["name"]
    assert said["address"]["locality"] == "城厢镇"


def test_pages_of_a_tender_speak_the_readers_language(client):
    cast = a_cast(**BUREAU)
    supplier, bidder = a_supplier(**SUPPLIER)
    tender = a_published_tender(cast, **TITLE)
    a_bid(tender, supplier=supplier, by=bidder)
    for user, name, *args in [
        (cast.officer, "manage", tender.pk),
        (cast.officer, "desk_changes", tender.pk),
        (cast.officer, "preview", tender.pk),
        (cast.officer, "procurement"),
        (bidder, "detail", tender.number),
        (bidder, "changes", tender.number),
        (bidder, "bid", tender.number),
        (bidder, "my_bids"),
        (bidder, "list"),
        (bidder, "opening", tender.number),
    ]:
        english = see(client, user, "en", name, *args)
        assert TITLE["title_en"] in english, name
        assert TITLE["title"] not in english, name
        assert BUREAU["name"] not in english, name
        assert TITLE["title"] in see(client, user, "zh-hans", name, *args), name


def test_pages_of_the_panel_speak_the_readers_language(client):
    cast = a_cast(**BUREAU)
    supplier, bidder = a_supplier(**SUPPLIER)
    tender = a_published_tender(cast, **TITLE)
    a_bid(tender, supplier=supplier, by=bidder)
    tender = a_ranked_tender(tender=tender, bids=2)
    with after_deadline(tender, minutes=200):
        seat = seats_of(tender)[0]
        bid = Bid.objects.get(supplier=supplier)
        for name, *args in [
            ("assignment", seat.pk),
            ("assignments",),
            ("opened_bid", bid.pk),
        ]:
            user = cast.officer if name == "opened_bid" else seat.user
            english = see(client, user, "en", name, *args)
            assert TITLE["title"] not in english, name
            assert SUPPLIER["name"] not in english, name
            assert (TITLE["title_en"] if name == "assignments" else SUPPLIER["name_en"]) in english, name


def test_a_message_calls_the_tender_as_its_reader_does(django_capture_on_commit_callbacks):
    cast = a_cast(**BUREAU)
    supplier, bidder = a_supplier(**SUPPLIER)
    colleague = a_person(Role.BIDDER, of=supplier, language="en")
    tender = a_published_tender(cast, **TITLE)
    a_bid(tender, supplier=supplier, by=bidder)
    Message.objects.all().delete()
    with django_capture_on_commit_callbacks(execute=True):
        publish_clarification(tender, "采购需求以本说明为准。", by=cast.officer)
    told = {message.to: message.subject + message.body for message in Message.objects.all()}
    assert TITLE["title_en"] in told[colleague]
    assert TITLE["title"] in told[bidder]


def test_a_letter_names_who_it_is_for_as_registered(client):
    award = an_award(cast=a_cast(**BUREAU), **TITLE)
    tender, bid = award.lot.tender, Bid.objects.get(rank=2)
    type(bid.supplier).objects.filter(pk=bid.supplier_id).update(**SUPPLIER)
    with after_deadline(tender, minutes=200):
        client.force_login(award.cast.officer)
        with translation.override("en"):
            answer = client.get(reverse("tenders:letter_file", args=[bid.pk]))
        pdf = b"".join(answer.streaming_content)
    text = subprocess.run(["pdftotext", "-", "-"], input=pdf, capture_output=True, check=True).stdout.decode()
    for words in (SUPPLIER["name"], TITLE["title"], BUREAU["name"]):
        assert words in text
    assert SUPPLIER["name_en"] not in text
