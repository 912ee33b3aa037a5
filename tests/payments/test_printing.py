"""A payment order on paper: after the second officer's word, sealed by a signatory, the same until it changes."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from marketplace.papers import sealing
from marketplace.papers.models import Paper
from marketplace.parties.models import Role
from marketplace.payments.actions import print_order
from marketplace.payments.models import PaymentOrder
from tests.given.money import an_account, an_approved_order, an_order
from tests.given.papers import readers_agree, the_bytes
from tests.given.people import a_person, an_organisation

pytestmark = pytest.mark.django_db


def test_an_approved_order_is_printed_once_and_sealed_by_a_signatory(tmp_path):
    order = an_approved_order(123_456_78)
    an_account(order.payee)
    paper = print_order(order, by=a_person(Role.OFFICER, of=order.bureau))
    assert not paper.signatures.exists()
    assert print_order(order, by=a_person(Role.FINANCE, of=order.bureau)) == paper
    sealed = print_order(order, by=a_person(Role.SIGNATORY, of=order.bureau))
    assert sealed == paper and Paper.objects.count() == 1
    (check,) = sealing.check_seals(the_bytes(sealed))
    assert check.holds and check.organisation_name == order.bureau.name
    with paper.source.open("rb") as source:
        words = source.read().decode()
    assert "壹拾贰万叁仟肆佰伍拾陆元柒角捌分" in words and order.payee.uscc in words and order.number in words
    readers_agree(the_bytes(sealed), tmp_path, seals=1)


def test_nothing_is_handed_out_before_the_second_officer_s_word():
    order = an_order()
    with pytest.raises(ValidationError) as refusal:
        print_order(order, by=a_person(Role.OFFICER, of=order.bureau))
    assert refusal.value.code == "not_approved"
    approved = an_approved_order()
    for person in (a_person(Role.COUNTER, of=approved.bureau), a_person(Role.FINANCE, of=approved.payee)):
        with pytest.raises(PermissionDenied):
            print_order(approved, by=person)
    assert not Paper.objects.exists()


def test_by_page(client):
    order = an_approved_order()
    url = reverse("payments:print_order", args=[order.pk])
    client.force_login(a_person(Role.FINANCE, of=an_organisation()))
    assert client.get(url).status_code == 404
    client.force_login(a_person(Role.OWNER, of=order.payee))
    assert client.get(url).status_code == 403
    client.force_login(a_person(Role.OFFICER, of=order.bureau))
    assert url in client.get(order.get_absolute_url()).content.decode()
    assert client.post(url).status_code == 302
    paper = Paper.objects.get()
    page = client.get(PaymentOrder.objects.get(pk=order.pk).get_absolute_url()).content.decode()
    file = reverse("papers:paper_file", args=[paper.code])
    assert file in page and client.get(file)["Content-Type"] == "application/pdf"
