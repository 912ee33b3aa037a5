"""A framework from admission to orders: by choice, in turn, by a quick quote; over the verbs and over HTTP."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Role
from marketplace.residents.actions.register import link_account
from marketplace.rules.actions import change_rule
from marketplace.rules.models import Rule
from marketplace.tenders.actions.framework import admit_bidders
from marketplace.tenders.actions.ordering import (
    accept_call_off,
    ask_for_quotes,
    choose_provider,
    confirm_call_off,
    decline_call_off,
    order_from,
    order_in_turn,
    order_lowest_quote,
    quote,
)
from marketplace.tenders.models import Admission, CallOff
from tests.given.call_offs import a_framework, an_order
from tests.given.people import a_bureau, a_person
from tests.given.refusals import code_of, refusal_of
from tests.given.residents import a_resident
from tests.given.tenders import a_ranked_tender, after_deadline, again

pytestmark = pytest.mark.django_db


def test_the_last_fifth_and_at_least_one_is_not_admitted():
    tender = a_ranked_tender(method="framework")
    lot = tender.lots.get()
    with after_deadline(tender, minutes=180):
        with pytest.raises(PermissionDenied):
            admit_bidders(lot, by=tender.cast.officer)
        admitted = admit_bidders(lot, by=tender.cast.approver)
    assert [one.rank for one in admitted] == [1, 2]
    assert admitted[0].unit_price == admitted[0].bid.amount // 1000
    assert sorted(lot.bids.values_list("state", flat=True)) == ["admitted", "admitted", "lost"]
    assert again(tender).state == "awarded"


def test_nobody_is_admitted_where_the_rule_leaves_everybody_out():
    """The operator has entered a province's row: three quarters are left out. Of three bidders that is everybody."""
    shipped = Rule.objects.get(key="tender.framework_elimination")
    change_rule(
        shipped,
        by=a_person(is_superuser=True),
        reason="本省规定",
        valid_from=clock.today(),
        value=75,
        source="苏财购〔2026〕9号",
    )
    tender = a_ranked_tender(method="framework", facts={"second_stage": "choice"})
    with after_deadline(tender, minutes=180):
        refusal = refusal_of(admit_bidders, tender.lots.get(), by=tender.cast.approver)
    assert code_of(refusal) == "nobody_left"
    assert "75%" in refusal.messages[0] and "苏财购〔2026〕9号" in refusal.messages[0]
    assert not Admission.objects.exists()


def test_the_bureau_chooses_and_the_provider_accepts(client):
    tender = a_framework()
    first, second = tender.lots.get().admissions.order_by("rank")
    by = tender.cast.officer
    reasonless = refusal_of(order_from, first, **an_order(), reason=" ", by=by)
    assert code_of(reasonless) == "reason_missing"
    assert code_of(refusal_of(order_in_turn, first.lot, **an_order(), by=by)) == "way"
    over = refusal_of(order_from, first, **an_order(10_000), reason="近", by=by)
    assert code_of(over) == "framework_short"
    late = an_order() | {"ends_on": first.valid_until + datetime.timedelta(days=1)}
    assert code_of(refusal_of(order_from, first, **late, reason="近", by=by)) == "framework_over"
    assert not CallOff.objects.exists()
    call_off = order_from(second, **an_order(), reason="离村最近", by=by)
    assert call_off.amount == second.unit_price * 10
    assert call_off.supplier == second.supplier
    seller = tender.cast.bidders[tender.cast.suppliers.index(second.supplier)]
    rival = tender.cast.bidders[tender.cast.suppliers.index(first.supplier)]
    address = call_off.get_absolute_url()
    client.force_login(rival)
    assert client.get(address).status_code == 404
    client.force_login(a_person(Role.OFFICER, of=a_bureau()))
    assert client.get(address).status_code == 404
    client.force_login(seller)
    assert client.get(address).status_code == 200
    assert client.post(f"{address}accept/").status_code == 302
    assert CallOff.objects.get().state == "accepted"
    assert client.post(f"{address}accept/").status_code in (302, 422)
    with pytest.raises(ValidationError):
        accept_call_off(call_off, by=seller)
    client.force_login(by)
    assert client.get(address).status_code == 200
    assert client.get(reverse("tenders:call_offs")).status_code == 200


def test_a_resident_chooses_and_the_bureau_confirms(client):
    tender = a_framework()
    lot = tender.lots.get()
    admission = lot.admissions.order_by("rank").first()
    person = a_person()
    resident = a_resident(region=lot.place)
    resident = link_account(resident, person, by=service_user("tests"))
    client.force_login(person)
    page = client.get(reverse("tenders:framework", args=[tender.number]))
    assert reverse("tenders:choose", args=[admission.pk]) in page.content.decode()
    order = {key: str(value) for key, value in an_order().items()}
    assert client.get(reverse("tenders:choose", args=[admission.pk])).status_code == 200
    assert client.post(reverse("tenders:choose", args=[admission.pk]), order).status_code == 302
    call_off = CallOff.objects.get()
    assert (call_off.state, call_off.resident, call_off.supplier) == ("requested", resident, admission.supplier)
    with pytest.raises(PermissionDenied):
        confirm_call_off(call_off, by=person)
    stranger = a_person()
    with pytest.raises(PermissionDenied):
        choose_provider(admission, resident, **an_order(), by=stranger)
    confirm_call_off(call_off, by=tender.cast.officer)
    assert CallOff.objects.get().state == "ordered"


def test_in_turn():
    tender = a_framework("rotation")
    lot, by = tender.lots.get(), tender.cast.officer
    first, second = lot.admissions.order_by("rank")
    orders = [order_in_turn(lot, **an_order(1), by=by) for _ in range(3)]
    assert [one.supplier for one in orders] == [first.supplier, second.supplier, first.supplier]
    seller = tender.cast.bidders[tender.cast.suppliers.index(second.supplier)]
    decline_call_off(orders[1], reason="人手不足", by=seller)
    assert order_in_turn(lot, **an_order(1), by=by).supplier == second.supplier, "a declined order was a turn"
    assert order_in_turn(lot, **an_order(1), by=by).supplier == first.supplier


def test_a_quick_quote():
    tender = a_framework("mini_bid")
    lot, by = tender.lots.get(), tender.cast.officer
    first, second = lot.admissions.order_by("rank")
    due = clock.now() + datetime.timedelta(days=2)
    call_off = ask_for_quotes(lot, **an_order(), quotes_due_at=due, by=by)
    sellers = dict(zip(tender.cast.suppliers, tender.cast.bidders, strict=True))
    above = refusal_of(quote, call_off, first.supplier, first.unit_price * 10 + 1, by=sellers[first.supplier])
    assert code_of(above) == "above_admitted"
    assert "110号" in above.messages[0]
    out = next(s for s in tender.cast.suppliers if s not in (first.supplier, second.supplier))
    assert code_of(refusal_of(quote, call_off, out, 1_000, by=sellers[out])) == "not_admitted"
    quote(call_off, first.supplier, 300_000, by=sellers[first.supplier])
    quote(call_off, second.supplier, 310_000, by=sellers[second.supplier])
    quote(call_off, second.supplier, 290_000, by=sellers[second.supplier])
    assert code_of(refusal_of(order_lowest_quote, call_off, by=by)) == "quotes_running"
    with clock.pretend(due + datetime.timedelta(minutes=1)):
        late = refusal_of(quote, call_off, first.supplier, 1_000, by=sellers[first.supplier])
        assert code_of(late) == "quotes_over"
        ordered = order_lowest_quote(call_off, by=by)
    assert (ordered.supplier, ordered.amount) == (second.supplier, 290_000)
