"""The question before an act is the object's own page: asked about somebody else's, it is not there."""

import uuid

import pytest
from django.urls import reverse

from marketplace.parties.models import Role
from marketplace.vouchers.actions import redeem
from tests.given.people import a_person, an_organisation
from tests.given.vouchers import a_counter

pytestmark = pytest.mark.django_db


def test_of_an_application(client):
    client.force_login(a_person(Role.OWNER, of=an_organisation()))
    for name in ("appeal", "withdraw_application"):
        address = reverse(f"vouchers:{name}", args=[uuid.uuid4()])
        assert client.get(address).status_code == 404, name


def test_of_a_receipt(client):
    counter, other = a_counter(), a_counter(code="other")
    paid = redeem(counter.provider, **counter.request(key="k")).id
    address = reverse("vouchers:text_receipt", args=[paid])
    for staff, status in ((counter.staff, 200), (other.staff, 404)):
        client.force_login(staff)
        assert client.get(address).status_code == status
