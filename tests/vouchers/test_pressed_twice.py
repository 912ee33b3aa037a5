"""Impatient hands: each form of the counter, the desk and the resident sent twice has one effect and a good answer.

The browser stops a second click where it runs scripts; here nothing stops it.
"""

import datetime
import uuid
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest
from django.core.files import File
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from marketplace.pages import clock
from marketplace.parties.models import Role, User
from marketplace.residents.actions import delegate_to, score_assessment
from marketplace.residents.models import Assessment, Resident
from marketplace.vouchers.actions import (
    apply_for,
    book,
    draw_call_backs,
    join_waiting_list,
    redeem,
)
from marketplace.vouchers.actions.bookings import cancel_booking
from marketplace.vouchers.models import (
    Appeal,
    Application,
    Booking,
    CallBack,
    Card,
    CounterDevice,
    Redemption,
    Reversal,
    Visit,
    Waiting,
)
from tests.given.bookings import a_neighbour, an_opening
from tests.given.people import a_person
from tests.given.pictures import PNG
from tests.given.residents import all_scores
from tests.given.vouchers import PIN, a_counter, a_programme

pytestmark = pytest.mark.django_db
MIDMONTH = clock.at_hour(datetime.date(2026, 11, 10), 9)


@pytest.fixture(autouse=True)
def in_the_middle_of_a_month():
    with clock.pretend(MIDMONTH):
        yield


@pytest.fixture
def counter():
    return a_counter()


@pytest.fixture
def worker(counter):
    return a_person(Role.COMMUNITY_WORKER, of=counter.bureau)


@pytest.fixture
def her(counter):
    counter.resident.user = a_person()
    counter.resident.save(update_fields=["user"])
    return counter.resident.user


@pytest.fixture
def twice(client: Client) -> Callable[..., str]:
    """Press the button, press it again before the answer is there: both lead to the same page, which opens."""

    def press(person: User, address: str, /, **form: Any) -> str:
        client.force_login(person)
        form |= {"submission_key": str(uuid.uuid4())}
        first = client.post(address, form)
        for value in form.values():
            if isinstance(value, File):
                value.seek(0)
        second = client.post(address, form)
        assert first.status_code == HTTPStatus.FOUND, first.context["form"].errors
        assert (second.status_code, second["Location"]) == (HTTPStatus.FOUND, first["Location"])
        assert client.get(first["Location"]).status_code == HTTPStatus.OK
        return first["Location"]

    return press


class TestTheCounter:
    def test_taking_a_payment_back(self, counter, twice):
        paid = redeem(counter.provider, **counter.request())
        twice(counter.staff, reverse("vouchers:void", args=[paid.id]), reason="按错了")
        assert counter.voucher.balance == 80_00 and Reversal.objects.count() == 1

    def test_she_came(self, counter, worker, twice):
        opening = an_opening(counter)
        booking = book(opening, counter.resident, by=worker)
        with clock.pretend(opening.starts_at):
            twice(counter.staff, reverse("vouchers:keep_booking", args=[booking.pk]), pin=PIN)
        assert Redemption.objects.get().amount == counter.voucher.spent == 60_00

    def test_nobody_came(self, counter, worker, twice):
        opening = an_opening(counter)
        booking = book(opening, counter.resident, by=worker)
        with clock.pretend(opening.ends_at + datetime.timedelta(hours=1)):
            twice(counter.staff, reverse("vouchers:miss_booking", args=[booking.pk]))
        assert Booking.objects.get().state == "missed" and counter.voucher.held == 0

    def test_called_off(self, counter, worker, twice):
        booking = book(an_opening(counter), counter.resident, by=worker)
        twice(counter.staff, reverse("vouchers:call_off", args=[booking.pk]), reason="护理员生病")
        assert Booking.objects.get().state == "cancelled" and counter.voucher.held == 0

    def test_a_visit_begins_and_ends(self, counter, twice):
        form = {"card": counter.card.number, "service": str(counter.service.pk)}
        there = twice(counter.staff, reverse("vouchers:visits"), **form)
        visit = Visit.objects.get()
        assert there == reverse("vouchers:check_out", args=[visit.pk])
        with clock.pretend(MIDMONTH + datetime.timedelta(minutes=50)):
            twice(counter.staff, there, signature=SimpleUploadedFile("名.png", PNG, "image/png"))
        assert Visit.objects.get().state != Visit.State.RUNNING

    def test_a_device_is_registered(self, counter, twice, client):
        """The answer to the first press may never have come: the second brings the cookie again."""
        twice(counter.staff, reverse("vouchers:devices"), name="前台")
        device = CounterDevice.objects.get()
        client.get(reverse("vouchers:counter"))
        assert client.session["counter_device"] == str(device.pk)
        client.cookies.pop("minfu_counter")
        key = str(uuid.uuid4())
        first = client.post(reverse("vouchers:devices"), {"name": "平板", "submission_key": key})
        client.cookies.pop("minfu_counter")
        second = client.post(reverse("vouchers:devices"), {"name": "平板", "submission_key": key})
        assert second.cookies["minfu_counter"].value == first.cookies["minfu_counter"].value
        assert CounterDevice.objects.count() == 2


class TestTheDesk:
    def test_a_pin(self, counter, worker, twice):
        twice(worker, reverse("vouchers:set_pin", args=[counter.resident.pk]), pin="314159", again="314159")
        assert redeem(counter.provider, **counter.request(pin="314159")).amount == 60_00

    def test_a_card_instead_of_the_one_before(self, counter, worker, twice):
        address = reverse("vouchers:new_card", args=[counter.resident.pk])
        twice(worker, address, pin="314159", again="314159", reason="丢失")
        assert Card.objects.filter(resident=counter.resident).count() == 2
        assert Card.objects.live().get(resident=counter.resident).pk != counter.card.pk

    def test_a_locked_card(self, counter, worker, twice, client):
        counter.card.locked_at, counter.card.wrong_tries = clock.now(), 5
        counter.card.save(update_fields=["locked_at", "wrong_tries"])
        twice(worker, reverse("vouchers:unlock", args=[counter.resident.pk]))
        counter.card.refresh_from_db(fields=["locked_at"])
        assert counter.card.locked_at is None

    def test_the_last_place_for_a_resident(self, counter, worker, twice):
        opening = an_opening(counter, places=1)
        address = reverse("vouchers:desk_book", args=[counter.resident.pk, counter.service.pk])
        twice(worker, address, opening=str(opening.pk))
        assert Booking.objects.get().state == "booked" and counter.voucher.held == 60_00

    def test_a_claim_at_the_one_window(self, counter, worker, twice):
        programme = a_programme(counter.programme.budget_line, code="alone", by_application=True)
        address = reverse("vouchers:apply", args=[counter.resident.pk, programme.code])
        twice(worker, address, channel="desk", need="腿脚不便")
        assert Application.objects.get().programme == programme

    def test_an_application_is_decided_and_looked_at_again(self, counter, worker, twice):
        programme = a_programme(counter.programme.budget_line, code="alone", by_application=True)
        application = apply_for(programme, counter.resident, channel="desk", by=worker)
        officer, approver = (a_person(role, of=counter.bureau) for role in (Role.OFFICER, Role.APPROVER))
        twice(officer, reverse("vouchers:decide", args=[application.pk]), decision="refuse", words="材料不全")
        twice(worker, reverse("vouchers:appeal", args=[application.pk]), grounds="材料已补")
        twice(approver, reverse("vouchers:review_appeal", args=[application.pk]), decision="grant", words="已核实")
        assert Application.objects.get().state == "approved" and Appeal.objects.get().state != "open"

    def test_the_second_assessor(self, counter, worker, twice):
        other = a_person(Role.COMMUNITY_WORKER, of=counter.bureau)
        scored = score_assessment(
            counter.resident, all_scores(50), assessed_on=clock.today(), by=worker, organisation=counter.bureau
        )
        twice(other, reverse("residents:confirm_assessment", args=[counter.resident.pk, scored.pk]), decision="confirm")
        assert Assessment.objects.get().second_assessor == other

    def test_death_is_reported(self, counter, worker, twice):
        twice(worker, reverse("residents:state", args=[counter.resident.pk, "deceased"]), reason="家属告知")
        assert Resident.objects.get().state == "deceased"

    def test_an_answer_on_the_telephone(self, counter, worker, twice):
        redeem(counter.provider, **counter.request())
        with clock.pretend(MIDMONTH + datetime.timedelta(days=30)):
            officer = a_person(Role.OFFICER, of=counter.bureau)
            draw_call_backs(counter.programme, clock.today().replace(month=11, day=1), by=officer)
            call = CallBack.objects.get()
            twice(officer, reverse("vouchers:answer_call_back", args=[call.pk]), answer="denied", note="没有来过")
        assert CallBack.objects.get().state == "denied"


class TestTheResident:
    def test_the_last_place(self, counter, her, twice):
        opening = an_opening(counter, places=1)
        twice(her, reverse("vouchers:my_book", args=[counter.service.pk]), opening=str(opening.pk))
        assert Booking.objects.get().state == "booked" and counter.voucher.held == 60_00

    def test_a_booking_given_up(self, counter, her, twice):
        booking = book(an_opening(counter), counter.resident, by=her)
        twice(her, reverse("vouchers:my_cancel", args=[booking.pk]))
        assert Booking.objects.get().state == "cancelled" and counter.voucher.held == 0

    def test_waiting_and_the_place_that_comes_free(self, counter, her, worker, twice):
        opening = an_opening(counter, places=1)
        taken = book(opening, a_neighbour(counter), by=worker)
        twice(her, reverse("vouchers:my_wait", args=[counter.service.pk]))
        waiting = Waiting.objects.get()
        cancel_booking(taken, reason="", by=worker)
        twice(her, reverse("vouchers:my_offer", args=[waiting.pk]))
        assert Booking.objects.get(resident=counter.resident).state == "booked"

    def test_a_place_not_wanted(self, counter, her, twice):
        waiting = join_waiting_list(counter.service, counter.resident, by=her)
        twice(her, reverse("vouchers:my_offer", args=[waiting.pk]), answer="leave")
        assert Waiting.objects.get().state == "left"

    def test_an_application_and_its_withdrawal(self, counter, her, twice):
        programme = a_programme(counter.programme.budget_line, code="alone", by_application=True)
        twice(her, reverse("vouchers:my_apply", args=[programme.code]), need="腿脚不便")
        application = Application.objects.get()
        twice(her, reverse("vouchers:withdraw_application", args=[application.pk]))
        assert Application.objects.get().state == "withdrawn"

    def test_nobody_acts_for_her_any_more(self, counter, her, worker, twice):
        helper = a_person()
        terms = {"kind": "relative", "scope": "act", "consent_on": clock.today(), "consent_note": "本人签字"}
        one = delegate_to(counter.resident, helper, by=worker, **terms)
        twice(her, reverse("vouchers:end_help", args=[one.pk]))
        other = delegate_to(counter.resident, helper, by=worker, **terms)
        assert twice(helper, reverse("vouchers:end_help", args=[other.pk])) == reverse("desk")
        assert not counter.resident.delegations.live().exists()
