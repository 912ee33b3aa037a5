"""A place with its money held: booked, kept, given up, missed; and the line of those who wait."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from marketplace.messages.models import Message
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Role
from marketplace.vouchers.actions import (
    accept_offer,
    book,
    cancel_booking,
    join_waiting_list,
    keep_booking,
    leave_waiting_list,
    miss_booking,
    open_places,
    redeem,
    run_due_bookings,
)
from marketplace.vouchers.models import Booking, Opening, Redemption, Waiting
from marketplace.vouchers.queries import offers_for, waiting_of
from marketplace.vouchers.verification import check_vouchers
from tests.given.bookings import a_neighbour, an_opening
from tests.given.people import a_person
from tests.given.refusals import code_of
from tests.given.vouchers import PIN, a_counter

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
def desk(counter):
    return a_person(Role.COMMUNITY_WORKER, of=counter.bureau)


def at_the_time(opening: Opening):
    return clock.pretend(opening.starts_at + datetime.timedelta(minutes=5))


def test_booked_held_kept(counter, desk):
    opening = an_opening(counter)
    booking = book(opening, counter.resident, by=desk)
    assert (booking.held, booking.own_part, counter.voucher.held) == (60_00, 0, 60_00)
    with pytest.raises(ValidationError) as refusal:
        redeem(counter.provider, **counter.request(amount=30_00))
    assert code_of(refusal) == "overdrawn", "what is held can't be spent elsewhere"
    with at_the_time(opening):
        with pytest.raises(ValidationError) as refusal:
            keep_booking(booking, pin="000999", by=counter.staff)
        assert code_of(refusal) == "wrong_pin"
        counter.card.refresh_from_db(fields=["wrong_tries"])
        assert counter.card.wrong_tries == 1 and counter.voucher.held == 60_00
        redemption = keep_booking(booking, pin=PIN, by=counter.staff)
    assert (redemption.amount, redemption.own_part) == (60_00, 0)
    assert (counter.voucher.spent, counter.voucher.held) == (60_00, 0)
    assert Booking.objects.get().state == "kept" and list(check_vouchers()) == []


def test_what_the_voucher_lacks_is_paid_on_the_day(counter, desk):
    redeem(counter.provider, **counter.request())
    opening = an_opening(counter)
    booking = book(opening, counter.resident, by=desk)
    assert (booking.held, booking.own_part) == (20_00, 40_00)
    with at_the_time(opening):
        redemption = keep_booking(booking, pin=PIN, by=counter.staff)
    assert (redemption.amount, redemption.own_part, counter.voucher.balance) == (20_00, 40_00, 0)


def test_a_booking_for_next_month_is_paid_from_that_months_voucher(counter, desk):
    opening = an_opening(counter, hours=24 * 25)
    booking = book(opening, counter.resident, by=desk)
    assert booking.hold_id is None and counter.voucher.held == 0
    with at_the_time(opening):
        from marketplace.vouchers.actions import issue_month  # noqa: PLC0415

        issue_month(counter.programme, clock.today(), by=service_user("tests"))
        redemption = keep_booking(booking, pin=PIN, by=counter.staff)
    assert redemption.month == datetime.date(2026, 12, 1) and redemption.amount == 60_00


def test_given_up_in_time_and_too_late(counter, desk):
    opening = an_opening(counter)
    booking = book(opening, counter.resident, by=desk)
    with clock.pretend(opening.starts_at - datetime.timedelta(minutes=30)):
        with pytest.raises(ValidationError) as refusal:
            cancel_booking(booking, reason="", by=desk)
        assert code_of(refusal) == "too_late"
    cancel_booking(booking, reason="", by=desk)
    assert counter.voucher.balance == 80_00 and Opening.objects.get().taken == 0
    with pytest.raises(ValidationError) as refusal:
        cancel_booking(booking, reason="", by=desk)
    assert code_of(refusal) == "state"


def test_an_absence_costs_nothing(counter, desk):
    opening = an_opening(counter)
    booking = book(opening, counter.resident, by=desk)
    with pytest.raises(ValidationError) as refusal:
        miss_booking(booking, by=counter.staff)
    assert code_of(refusal) == "early"
    with at_the_time(opening):
        miss_booking(booking, by=counter.staff)
    assert counter.voucher.balance == 80_00 and Redemption.objects.count() == 0


def test_full_twice_past_and_strangers(counter, desk):
    opening = an_opening(counter)
    book(opening, counter.resident, by=desk)
    for resident, code in ((counter.resident, "booked"), (a_neighbour(counter), "full")):
        with pytest.raises(ValidationError) as refusal:
            book(opening, resident, by=desk)
        assert code_of(refusal) == code
    with at_the_time(opening), pytest.raises(ValidationError) as refusal:
        book(opening, a_neighbour(counter), by=desk)
    assert code_of(refusal) == "past"
    with pytest.raises(PermissionDenied):
        book(opening, counter.resident, by=counter.staff)
    with pytest.raises(PermissionDenied):
        open_places(
            counter.service,
            starts_at=clock.now() + datetime.timedelta(days=1),
            ends_at=clock.now() + datetime.timedelta(days=2),
            places=1,
            by=desk,
        )
    assert Opening.objects.get().taken == 1


def test_the_line_is_served_in_order_and_an_offer_runs_out(counter, desk):
    opening = an_opening(counter, hours=72)
    booking = book(opening, counter.resident, by=desk)
    first, second = a_neighbour(counter, user=a_person()), a_neighbour(counter)
    one = join_waiting_list(counter.service, first, by=desk)
    assert join_waiting_list(counter.service, first, by=desk).pk == one.pk
    with clock.pretend(clock.now() + datetime.timedelta(minutes=1)):
        two = join_waiting_list(counter.service, second, by=desk)
    assert [waiting_of(resident)[0].place for resident in (first, second)] == [1, 2]
    cancel_booking(booking, reason="", by=desk)
    one, two = Waiting.objects.get(pk=one.pk), Waiting.objects.get(pk=two.pk)
    assert (one.state, two.state, Opening.objects.get().taken) == ("offered", "waiting", 1)
    assert Message.objects.filter(to=first.user).count() == 1
    with clock.pretend(clock.now() + datetime.timedelta(hours=25)):
        with pytest.raises(ValidationError) as refusal:
            accept_offer(one, by=desk)
        assert code_of(refusal) == "state"
        assert run_due_bookings() == 1
        one, two = Waiting.objects.get(pk=one.pk), Waiting.objects.get(pk=two.pk)
        assert (one.state, two.state, Opening.objects.get().taken) == ("waiting", "offered", 1)
        booking = accept_offer(two, by=desk)
    assert booking.resident == second and Opening.objects.get().taken == 1
    leave_waiting_list(one, by=desk)
    with pytest.raises(ValidationError):
        leave_waiting_list(Waiting.objects.get(pk=one.pk), by=desk)


def test_the_choice_is_sorted_and_only_what_is_admitted(counter):
    offers = offers_for(counter.resident, counter.service.category, order="free")
    assert [offer.service for offer in offers] == [counter.service] and offers[0].next is None
    an_opening(counter, places=3)
    assert offers_for(counter.resident, counter.service.category)[0].free == 3
    assert offers_for(counter.resident, counter.service.category, highest=50_00) == []
    accreditation = counter.provider.accreditations.get()
    accreditation.suspend()
    accreditation.save(update_fields=["state"])
    assert offers_for(counter.resident, counter.service.category) == []


class TestPages:
    def test_the_resident_books_waits_and_gives_up(self, client, counter):
        opening = an_opening(counter)
        counter.resident.user = a_person()
        counter.resident.save(update_fields=["user"])
        client.force_login(counter.resident.user)
        kinds = client.get(reverse("vouchers:my_services")).content.decode()
        assert f"kind={counter.service.category_id}" in kinds
        for order in ("near", "price", "grade", "free", "nonsense"):
            page = client.get(f"/my/services/?kind={counter.service.category_id}&order={order}&lat=31.4&lng=x&price=y")
            assert str(counter.service) in page.content.decode()
        address = reverse("vouchers:my_book", args=[counter.service.pk])
        assert client.post(address, {}).status_code == 422
        assert client.post(address, {"opening": str(opening.pk)}, follow=True).status_code == 200
        booking = Booking.objects.get()
        assert "60.00" in client.get(reverse("vouchers:my_bookings")).content.decode()
        assert client.post(reverse("vouchers:my_wait", args=[counter.service.pk])).status_code == 302
        assert client.post(reverse("vouchers:my_cancel", args=[booking.pk])).status_code == 302
        offered = Waiting.objects.get()  # the place that was given up is offered to the next: to her
        assert offered.state == "offered"
        assert client.get(reverse("vouchers:my_bookings")).status_code == 200
        assert client.post(reverse("vouchers:my_offer", args=[offered.pk]), {"answer": "take"}).status_code == 302
        assert Booking.objects.standing().count() == 1
        assert client.get("/en/my/bookings/").status_code == 200

    def test_somebody_elses_booking_is_not_there(self, client, counter, desk):
        booking = book(an_opening(counter), counter.resident, by=desk)
        other = a_neighbour(counter, user=a_person())
        client.force_login(other.user)
        assert client.get(reverse("vouchers:my_cancel", args=[booking.pk])).status_code == 404
        assert client.post(reverse("vouchers:my_cancel", args=[booking.pk])).status_code == 404

    def test_at_the_counter(self, client, counter, desk):
        client.force_login(counter.staff)
        form = {"service": str(counter.service.pk), "minutes": "60", "places": "2", "weeks": "2"}
        address = reverse("vouchers:open_places")
        assert client.post(address, form | {"starts_at": "2026-11-01T09:00"}).status_code == 422
        assert client.post(address, form | {"starts_at": "2026-11-10T17:30"}).status_code == 302
        first = Opening.objects.order_by("starts_at").first()
        assert Opening.objects.count() == 2
        booking = book(first, counter.resident, by=desk)
        with at_the_time(first):
            assert "陈**婆" in client.get(reverse("vouchers:counter_bookings")).content.decode()
            keep = reverse("vouchers:keep_booking", args=[booking.pk])
            assert client.get(keep).status_code == 200
            assert client.post(keep, {"pin": "000999"}).status_code == 422
            receipt = client.post(keep, {"pin": PIN})
            assert receipt.status_code == 302 and "/receipts/" in receipt.url
            assert client.post(keep, {"pin": PIN}).url == receipt.url, "sent twice it shows the one receipt"
        assert Redemption.objects.count() == 1

    def test_at_the_desk(self, client, counter, desk):
        opening = an_opening(counter)
        client.force_login(desk)
        page = reverse("vouchers:desk_services", args=[counter.resident.pk])
        shown = client.get(f"{page}?kind={counter.service.category_id}").content.decode()
        assert str(counter.service) in shown
        address = reverse("vouchers:desk_book", args=[counter.resident.pk, counter.service.pk])
        assert client.post(address, {"answer": "book", "opening": str(opening.pk)}).status_code == 302
        booking = Booking.objects.get()
        assert client.post(address, {"answer": "wait"}).status_code == 302
        cancel = reverse("vouchers:desk_cancel", args=[counter.resident.pk, booking.pk])
        assert client.post(cancel).status_code == 302
        client.force_login(a_person())
        assert client.get(page).status_code == 404
