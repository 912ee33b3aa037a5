"""Check-ins of carers become records of the contract's service, by day and service; what a voucher pays does not."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.urls import reverse

from contracts import actions
from contracts.models import RecordImport
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Role
from marketplace.residents.models import Resident
from marketplace.vouchers.actions import check_in, check_out, issue_card
from tests.given.contracts import a_contract_in_force, at
from tests.given.directory import a_service
from tests.given.people import a_person
from tests.given.residents import a_resident

pytestmark = pytest.mark.django_db
PNG = b"\x89PNG\r\n\x1a\n" + b"\0" * 16


def a_visit(contract, card: str, service, day: int, hour: int) -> None:
    carer = a_person(Role.COUNTER, of=contract.supplier)
    with clock.pretend(clock.at_hour(contract.awarded_on, hour) + datetime.timedelta(days=day)):
        visit = check_in(contract.supplier, card=card, service=service, by=carer)
    with clock.pretend(clock.at_hour(contract.awarded_on, hour + 1) + datetime.timedelta(days=day)):
        check_out(visit, photo=ContentFile(PNG, name="门口.png"), by=carer)


def test_finished_visits_become_records_that_the_provider_looks_at_first(client):
    contract = a_contract_in_force()
    service = a_service(contract.supplier)
    residents: list[Resident] = [a_resident(), a_resident()]
    cards = [issue_card(resident, pin="135790", by=service_user("tests")).number for resident in residents]
    for card, day, hour in ((cards[0], 10, 9), (cards[1], 10, 11), (cards[0], 10, 14), (cards[0], 11, 9)):
        a_visit(contract, card, service, day, hour)
    deliverable = contract.deliverables.get(position=1)
    with at(contract, 20):
        with pytest.raises(PermissionDenied):
            actions.gather_visits(deliverable, by=contract.cast.officer)
        client.force_login(contract.cast.provider)
        url = reverse("contracts:gather", args=[deliverable.pk])
        assert url in client.get(reverse("contracts:records", args=[deliverable.pk])).content.decode()
        answer = client.post(url)
        source = RecordImport.objects.get()
        assert answer["Location"].endswith(reverse("contracts:records_preview", args=[source.pk]))
        assert [(row["quantity"], row["people"]) for row in source.rows] == [("3", "2"), ("1", "1")]
        assert not any(row["problems"] for row in source.rows)
        actions.apply_records(source, by=contract.cast.provider)
        with pytest.raises(ValidationError) as refusal:
            actions.gather_visits(deliverable, by=contract.cast.provider)
        assert refusal.value.error_dict["file"][0].code == "applied"
    assert sum(deliverable.records.values_list("quantity", flat=True)) == 4
    assert not any(resident.name in str(source.rows) for resident in residents)


def test_without_a_visit_there_is_nothing_to_gather():
    contract = a_contract_in_force()
    with at(contract, 20), pytest.raises(ValidationError) as refusal:
        actions.gather_visits(contract.deliverables.get(position=1), by=contract.cast.provider)
    assert refusal.value.code == "no_visits"
    assert not RecordImport.objects.exists()
