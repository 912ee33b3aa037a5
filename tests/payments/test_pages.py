"""The payment screens through HTTP, as the real people."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from marketplace.ledger.queries import payable_to
from marketplace.parties.models import Role
from marketplace.payments.models import BankAnswer, PayeeAccount, PaymentBatch, PaymentOrder
from tests.given.money import a_batch, an_account, an_approved_order, an_order, bank_csv
from tests.given.people import a_person, an_organisation

pytestmark = pytest.mark.django_db


def test_from_the_queue_to_paid(client):
    order = an_order(50_000)
    an_account(order.bureau)
    an_account(order.payee)
    client.force_login(a_person(Role.OFFICER, of=order.bureau))
    assert order.number in client.get("/payments/").text
    page = client.get(order.get_absolute_url()).text
    assert reverse("payments:approve", args=[order.pk]) in page, "a job ordered it: any officer may be the first"
    client.post(reverse("payments:approve", args=[order.pk]))
    assert PaymentOrder.objects.get().state == "approved"

    client.force_login(a_person(Role.FINANCE, of=order.bureau))
    page = client.get("/payments/send/").text
    assert "checked" in page and PayeeAccount.objects.of(order.payee).number not in page
    assert client.post("/payments/send/", {}).status_code == 422
    answer = client.post("/payments/send/", {"orders": [str(order.pk)]})
    batch = PaymentBatch.objects.get()
    assert answer.url == batch.get_absolute_url()
    assert client.get(answer.url).status_code == 200
    for kind, start in (("xml", b"<?xml"), ("csv", b"\xef\xbb\xbf")):
        file = client.post(reverse("payments:batch_file", args=[batch.pk, kind]))
        assert file.content.startswith(start)
        assert file["Cache-Control"] == "no-store"

    row = bank_csv((batch.attempts.get(), 50_000, "成功", ""))
    answer = client.post("/payments/answers/", {"file": SimpleUploadedFile("a.csv", row.read())})
    page = client.get(answer.url).text
    assert order.number in page
    assert PaymentOrder.objects.get().state == "sent"
    client.post(answer.url, {})
    assert PaymentOrder.objects.get().state == "paid"
    assert payable_to(order.payee) == 0
    assert client.get(answer.url).status_code == 200

    client.force_login(a_person(Role.FINANCE, of=order.payee))
    assert order.number in client.get("/payments/").text
    assert client.get(order.get_absolute_url()).status_code == 200
    assert client.get(f"/ledger/trail/?reference={order.reference}").status_code == 200


def test_an_unreadable_answer_says_so_on_the_form(client):
    batch = a_batch(50_000)
    client.force_login(batch.made_by)
    page = client.post("/payments/answers/", {"file": SimpleUploadedFile("a.xml", b"<broken")})
    assert page.status_code == 422
    assert not BankAnswer.objects.exists()


def test_an_account_entered_by_one_and_approved_by_another(client):
    organisation = an_organisation()
    finance, owner = a_person(Role.FINANCE, of=organisation), a_person(Role.OWNER, of=organisation)
    client.force_login(finance)
    assert client.get("/payments/accounts/").status_code == 200
    form = {"account_name": organisation.name, "bank": "农业银行太仓支行", "number": "62284800001111"}
    refused = client.post("/payments/accounts/new/", form | {"number": "x"})
    assert refused.status_code == 422 and "农业银行太仓支行" in refused.text
    page = client.post("/payments/accounts/new/", form)
    account = PayeeAccount.objects.get()
    assert page.url == account.get_absolute_url()
    own = client.get(page.url).text
    assert "62284800001111" not in own
    assert client.post(reverse("payments:approve_account", args=[account.pk])).status_code == 403

    client.force_login(owner)
    assert "62284800001111" in client.get(page.url).text
    client.post(reverse("payments:approve_account", args=[account.pk]))
    assert PayeeAccount.objects.of(organisation) == account
    assert client.get("/payments/accounts/").status_code == 200


def test_strangers_find_nothing(client):
    order = an_approved_order()
    account = an_account(order.payee)
    client.force_login(a_person(Role.OWNER, Role.FINANCE, of=an_organisation()))
    for url in (
        order.get_absolute_url(),
        account.get_absolute_url(),
        reverse("payments:approve", args=[order.pk]),
        reverse("payments:refuse_account", args=[account.pk]),
    ):
        assert client.get(url).status_code == 404
    assert client.get("/payments/send/").status_code == 403
    assert order.number not in client.get("/payments/").text


def test_the_queue_costs_the_same_however_long(client, django_assert_max_num_queries):
    first = an_order()
    client.force_login(a_person(Role.FINANCE, of=first.bureau))
    client.get("/payments/")
    with django_assert_max_num_queries(60) as few:
        client.get("/payments/")
    for _ in range(4):
        an_order(line=first.line)
    with django_assert_max_num_queries(len(few)):
        client.get("/en/payments/?state=draft&q=ZF")
    for kind in ("csv", "xlsx"):
        assert client.get(f"/payments/export.{kind}").status_code == 200
