"""A settlement as its readers meet it: headed by whose and of when, its number beside; on screen and on paper."""

import subprocess

import pytest
from django.urls import reverse
from django.utils.formats import date_format

from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Role
from marketplace.vouchers.actions import redeem, settle_month
from tests.given.people import a_person
from tests.given.vouchers import a_counter

pytestmark = pytest.mark.django_db


def test_the_provider_reads_its_settlement_and_prints_the_statement(client):
    counter = a_counter()
    redeem(counter.provider, **counter.request())
    (settlement,) = settle_month(counter.bureau, clock.today(), by=service_user("tests"))
    heading = f"{counter.provider}{date_format(clock.today(), 'YEAR_MONTH_FORMAT')}结算"
    client.force_login(a_person(Role.OWNER, of=counter.provider))
    page = client.get(settlement.get_absolute_url()).content.decode()
    assert f"<h1>{heading}单</h1>" in page and settlement.number in page

    printed = client.post(reverse("vouchers:print_statement", args=[settlement.number]), follow=True)
    code = printed.request["PATH_INFO"].rstrip("/").rsplit("/", 1)[-1]
    paper = b"".join(client.get(reverse("papers:paper_file", args=[code])).streaming_content)
    found = subprocess.run(["pdftotext", "-layout", "-", "-"], input=paper, capture_output=True, check=True)
    words = "".join(found.stdout.decode().split())
    assert heading in words and settlement.number in words and "60.00" in words and "居家照护" in words

    client.force_login(a_person(Role.OWNER, of=a_counter(code="other").provider))
    assert client.get(settlement.get_absolute_url()).status_code == 404
    assert client.post(reverse("vouchers:print_statement", args=[settlement.number])).status_code == 404
