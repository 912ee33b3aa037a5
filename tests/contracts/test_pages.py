"""Who sees which page, what a form does, and that lists cost a constant number of statements."""

import csv
import io

import pytest
from django.urls import reverse
from django.utils import translation

from contracts.models import Contract, Deliverable
from marketplace.pages.money import format_yuan
from marketplace.parties.models import Region, Role
from tests.given.contracts import (
    a_contract_in_force,
    a_delivery,
    a_draft_contract,
    a_half_signed_contract,
    a_paid_delivery,
    a_sent_contract,
    a_signed_contract,
    again,
    an_accepted_delivery,
    an_agreement,
    at,
    some_evidence,
)
from tests.given.people import a_bureau, a_person, an_organisation
from tests.given.tenders import a_published_tender, an_award

pytestmark = pytest.mark.django_db


def test_a_draft_is_the_buyer_s_alone(client):
    contract = a_draft_contract()
    url = contract.get_absolute_url()
    assert client.get(url).status_code == 404
    client.force_login(contract.cast.provider)
    assert client.get(url).status_code == 404
    client.force_login(contract.cast.officer)
    assert client.get(url).status_code == 200


def test_what_is_sent_is_seen_by_both_and_nobody_else(client):
    contract = a_sent_contract()
    client.force_login(contract.cast.provider)
    assert client.get(contract.get_absolute_url()).status_code == 200
    assert client.get(reverse("contracts:paper", args=[contract.number])).status_code == 200
    client.force_login(a_person(Role.OWNER, of=an_organisation()))
    assert client.get(contract.get_absolute_url()).status_code == 404
    assert client.get(reverse("contracts:paper", args=[contract.number])).status_code == 404


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_a_signed_contract_is_public(client, language):
    contract = a_signed_contract()
    with translation.override(language):
        page = client.get(contract.get_absolute_url())
        register = client.get(reverse("contracts:register"))
    assert page.status_code == register.status_code == 200
    assert contract.number in page.content.decode() and contract.number in register.content.decode()
    assert contract.cast.signatory.name not in page.content.decode()


def test_working_pages_of_others_are_404(client):
    contract = a_contract_in_force()
    deliverable = a_delivery(contract)
    report = deliverable.reports.get()
    client.force_login(a_person(Role.OFFICER, Role.SIGNATORY, Role.OWNER, of=an_organisation()))
    for url in (
        reverse("contracts:sign", args=[contract.number]),
        reverse("contracts:end", args=[contract.number]),
        reverse("contracts:accept", args=[deliverable.pk]),
        reverse("contracts:report", args=[deliverable.pk]),
        reverse("contracts:evidence", args=[report.pk]),
    ):
        assert client.get(url).status_code == 404


def test_a_colleague_without_the_role_is_forbidden(client):
    contract = a_contract_in_force()
    deliverable = a_delivery(contract)
    client.force_login(a_person(Role.COUNTER, of=contract.buyer))
    assert client.get(reverse("contracts:accept", args=[deliverable.pk])).status_code == 403


def test_the_officer_drafts_and_sends_from_the_desk(client):
    award = an_award()
    officer = award.cast.officer
    client.force_login(officer)
    assert award.lot.tender.title in client.get(reverse("contracts:desk")).content.decode()
    contract_day = award.awarded_at
    from marketplace.pages import clock  # noqa: PLC0415

    with clock.pretend(contract_day):
        answer = client.post(
            reverse("contracts:draft", args=[award.pk]), {"starts_on": clock.today().isoformat()}, follow=True
        )
        contract = Contract.objects.get()
        assert answer.redirect_chain[-1][0] == contract.get_absolute_url()
        client.post(reverse("contracts:send", args=[contract.number]))
    assert Contract.objects.get().state == Contract.State.SENT


def test_signing_by_page_asks_for_the_tick(client):
    contract = a_half_signed_contract()
    client.force_login(contract.cast.signatory)
    url = reverse("contracts:sign", args=[contract.number])
    with at(contract):
        assert client.post(url, {}).status_code == 422
        assert client.post(url, {"has_read": "on"}).status_code == 302
    assert again(contract).state == Contract.State.SIGNED


def test_a_refused_form_keeps_what_was_typed(client):
    contract = a_contract_in_force()
    deliverable = contract.deliverables.first()
    client.force_login(contract.cast.provider)
    with at(contract, 30):
        answer = client.post(
            reverse("contracts:report", args=[deliverable.pk]),
            {"quantity": "3", "note": "二月份服务小结", "invoice_number": "", "file": some_evidence()},
        )
    assert answer.status_code == 422
    assert "二月份服务小结" in answer.content.decode()


def test_a_file_that_lies_is_refused(client):
    contract = a_contract_in_force()
    deliverable = contract.deliverables.first()
    client.force_login(contract.cast.provider)
    lying = some_evidence("照片.png")
    with at(contract, 30):
        answer = client.post(
            reverse("contracts:report", args=[deliverable.pk]),
            {"quantity": "3", "note": "做了", "invoice_number": "1", "file": lying},
        )
    assert answer.status_code == 422
    assert contract.deliverables.first().state == Deliverable.State.PLANNED


def test_acceptance_sent_twice_counts_once(client):
    contract = a_contract_in_force()
    deliverable = a_delivery(contract)
    client.force_login(contract.cast.officer)
    url = reverse("contracts:accept", args=[deliverable.pk])
    data = {"residents_heard": "5", "submission_key": "01890000-0000-7000-8000-000000000001"}
    with at(contract, 32):
        first, second = client.post(url, data), client.post(url, data)
    assert first.status_code == second.status_code == 302
    assert first["Location"] == second["Location"]


def test_the_public_page_hides_evidence_and_invoice(client):
    contract = a_contract_in_force()
    report = an_accepted_delivery(contract).reports.get()
    page = client.get(contract.get_absolute_url()).content.decode()
    assert report.file_name not in page and report.invoice_number not in page


def test_the_register_is_filtered_and_saved(client):
    contract = a_signed_contract()
    for query, is_found in (
        ({"q": contract.title[:4]}, True),
        ({"q": contract.number}, True),
        ({"q": "没有这个"}, False),
        ({"kind": "provider_agreement"}, False),
        ({"buyer": str(contract.buyer_id)}, True),
    ):
        page = client.get(reverse("contracts:register"), query).content.decode()
        assert (f'href="{contract.get_absolute_url()}"' in page) == is_found, query
    saved = client.get(reverse("contracts:register"), {"format": "csv"})
    assert contract.number in saved.getvalue().decode("utf-8-sig")


def test_the_register_costs_the_same_for_one_and_for_many(client, django_assert_max_num_queries):
    first = an_agreement()
    contracts = [first] + [an_agreement(code=f"p{number}") for number in range(5)]
    from contracts import actions  # noqa: PLC0415

    counts, saved = [], []
    for contract in contracts:
        actions.send_for_signature(contract, by=contract.cast.officer)
        actions.sign_contract(contract, by=contract.cast.provider)
        actions.sign_contract(contract, by=contract.cast.signatory)
        with django_assert_max_num_queries(40) as captured:
            client.get(reverse("contracts:register"))
        counts.append(len(captured))
        with django_assert_max_num_queries(40) as captured:
            table = client.get(reverse("contracts:register"), {"format": "csv"}).getvalue().decode("utf-8-sig")
        saved.append(len(captured))
    assert counts[1] == counts[-1] and saved[0] == saved[-1]
    rows = list(csv.reader(io.StringIO(table)))
    assert [row[0] for row in rows[1:]] == [contract.number for contract in reversed(contracts)]


def test_the_desk_says_what_waits(client):
    contract = a_sent_contract()
    client.force_login(contract.cast.provider)
    with at(contract):
        assert reverse("contracts:contract", args=[contract.number]) in client.get(reverse("desk")).content.decode()


def test_the_register_is_filtered_by_place_and_leaves_as_a_file_with_words(client):
    contract = a_signed_contract()
    inside = contract.buyer.region
    elsewhere = Region.objects.create(code="320581000000", name="常熟市", level="county", parent_id="320500000000")
    a_bureau(region=elsewhere)
    url = reverse("contracts:register")
    assert contract.number in client.get(url, {"region": inside.code}).content.decode()
    assert contract.number not in client.get(url, {"region": elsewhere.code}).content.decode()
    saved = client.get(url, {"format": "csv", "buyer": str(contract.buyer_id)}).getvalue().decode()
    row = next(line for line in saved.splitlines() if contract.number in line)
    assert contract.buyer.name in row and contract.supplier.uscc in row and contract.budget_line.name in row
    assert str(Contract.State.SIGNED.label) in row and f"{contract.amount / 100:.2f}" in row


def test_what_waits_comes_first_on_the_desk(client):
    award = an_award()
    waiting = a_sent_contract(a_draft_contract(award))
    later = an_award(tender=a_published_tender(award.cast))
    signed = a_signed_contract(a_draft_contract(later))
    client.force_login(waiting.cast.officer)
    page = client.get(reverse("contracts:desk")).content.decode()
    assert page.index(waiting.number) < page.index(signed.number)


def test_the_editor_of_an_article_shows_what_the_library_says(client):
    contract = a_draft_contract()
    client.force_login(contract.cast.officer)
    clause = contract.clauses.filter(is_fixed=False).exclude(standard_text="").first()
    url = reverse("contracts:clause", args=[contract.number, clause.position])
    assert "<details" in client.get(url).content.decode()
    client.post(url, {"heading": clause.heading, "text": "另有约定。", "text_en": ""})
    page = client.get(url).content.decode()
    assert '<details class="library-words" open>' in page and clause.standard_text.splitlines()[0][:12] in page


def test_the_officer_sees_what_the_formula_comes_to_before_and_after(client):
    contract = a_contract_in_force()
    deliverable = a_delivery(contract)
    client.force_login(contract.cast.officer)
    url = reverse("contracts:accept", args=[deliverable.pk])
    unit = deliverable.amount * contract.shortfall_rate // (deliverable.quantity * 100)
    with at(contract, 31):
        assert f"¥{format_yuan(unit)}" in client.get(url).content.decode()
        sent = {"quantity": deliverable.quantity - 1, "residents_heard": 3, "reason": "少一次", "opinion": ""}
        page = client.post(url, sent, follow=True).content.decode()
    assert f"¥{format_yuan(deliverable.amount - unit)}" in page and f"¥{format_yuan(unit)}" in page


def test_the_desk_is_filtered_and_saved(client):
    contract = a_signed_contract()
    other = a_draft_contract()
    client.force_login(contract.cast.officer)
    url = reverse("contracts:desk")
    for query, is_found in (
        ({}, True),
        ({"q": contract.number.lower()}, True),
        ({"q": "没有这个"}, False),
        ({"q": "没有\x00"}, True),  # such words are not heeded
        ({"state": "signed"}, True),
        ({"state": "draft"}, False),
        ({"other": str(contract.supplier_id)}, True),
        ({"other": str(other.supplier_id)}, True),  # not one of its own: not heeded
        ({"year": str(contract.starts_on.year)}, True),
        ({"year": "1999"}, True),  # no such year is offered: the filter is not heeded
        ({"kind": "provider_agreement"}, False),
    ):
        page = client.get(url, query).content.decode()
        assert (f'href="{contract.get_absolute_url()}"' in page) == is_found, query
    saved = client.get(url, {"format": "csv", "state": "signed"}).getvalue().decode("utf-8-sig")
    assert contract.number in saved
    assert contract.number not in client.get(url, {"format": "csv", "state": "draft"}).getvalue().decode("utf-8-sig")


def test_working_pages_belong_to_the_desk_public_ones_to_the_menu(client):
    contract = a_signed_contract()
    desk, menu = 'href="/desk/" aria-current="true"', 'href="/contracts/" aria-current'
    page = client.get(contract.get_absolute_url()).content.decode()
    assert menu in page and desk not in page
    client.force_login(contract.cast.officer)
    for url in (contract.get_absolute_url(), reverse("contracts:notice", args=[contract.number]),
                reverse("contracts:desk"), reverse("payments:queue")):  # fmt: skip
        page = client.get(url).content.decode()
        assert desk in page and menu not in page, url
    assert menu in client.get(reverse("contracts:register")).content.decode()


def test_closing_is_offered_when_all_is_paid_and_not_before(client):
    contract = a_contract_in_force()
    client.force_login(contract.cast.officer)
    close = reverse("contracts:close", args=[contract.number])
    offered = []
    for row in contract.deliverables.order_by("position"):
        with at(contract, 34):
            offered.append(close in client.get(contract.get_absolute_url()).text)
        a_paid_delivery(contract, row.position)
    with at(contract, 34):
        assert close in client.get(contract.get_absolute_url()).text
        client.post(close)
    assert not any(offered) and again(contract).state == "closed"
