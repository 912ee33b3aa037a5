"""Visits that do not fit, each found with its evidence; decided by a person; what is proven is taken back."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from marketplace.directory.distance import Place
from marketplace.ledger.queries import payable_to
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Role
from marketplace.residents.models import Resident
from marketplace.vouchers.actions import (
    answer_call_back,
    check_in,
    check_out,
    decide_case,
    draw_call_backs,
    link_visit,
    look_for_fraud,
    record_hospital_stay,
    redeem,
    settle_month,
)
from marketplace.vouchers.actions.fraud import drawn
from marketplace.vouchers.evidence import sentence
from marketplace.vouchers.models import CallBack, FraudCase, Redemption, Visit
from marketplace.vouchers.verification import check_vouchers
from tests.given.bookings import a_neighbour
from tests.given.people import a_person
from tests.given.pictures import PNG
from tests.given.vouchers import PIN, SUZHOU, TAICANG, a_counter

pytestmark = pytest.mark.django_db
NOON = clock.at_hour(datetime.date(2026, 11, 10), 12)


@pytest.fixture(autouse=True)
def at_noon():
    with clock.pretend(NOON):
        yield


@pytest.fixture
def counter():
    return a_counter(price=20_00)


@pytest.fixture
def officer(counter):
    return a_person(Role.OFFICER, of=counter.bureau)


def at(minutes: int):
    return clock.pretend(NOON + datetime.timedelta(minutes=minutes))


def a_visit(counter, resident, *, came: int, left: int, carer=None, here: Place | None = TAICANG, pays: bool = True):
    """From the door to the door, in minutes after noon, and the payment at its end."""
    carer = carer or counter.staff
    card = resident.cards.live().get()
    with at(came):
        visit = check_in(counter.provider, card=card.number, service=counter.service, here=here, by=carer)
    with at(left):
        visit = check_out(visit, here=here, signature=ContentFile(PNG), by=carer)
        if pays:
            redemption = redeem(
                counter.provider, **counter.request(card=card.number, key=f"visit/{visit.pk}", by=carer)
            )
            link_visit(visit, redemption, by=carer)
    return visit


def the_case(kind: str) -> FraudCase:
    with at(24 * 60 - 60 * 13):
        look_for_fraud()
        assert look_for_fraud() == 0, "found again it is the same case"
    case = FraudCase.objects.get(kind=kind)
    for line in case.evidence:
        assert sentence(line)[-1] in "。.", f"no sentence says {line}"
    return case


def test_the_proof_of_a_visit_lies_encrypted(counter, settings):
    visit = a_visit(counter, counter.resident, came=0, left=60)
    stored = (settings.MEDIA_ROOT / visit.signature.name).read_bytes()
    assert stored.startswith(b"MINFUENC") and PNG not in stored
    assert visit.signature.open("rb").read() == PNG


def test_a_visit_from_door_to_door(counter):
    visit = a_visit(counter, counter.resident, came=0, left=60)
    assert (visit.state, visit.came_lat) == ("done", visit.left_lat) and visit.signature
    with pytest.raises(ValidationError) as refusal:
        check_out(visit, signature=ContentFile(PNG), by=counter.staff)
    assert refusal.value.code == "state"


def test_one_visit_at_a_time_and_no_end_without_proof(counter):
    ask = {"card": counter.card.number, "service": counter.service, "by": counter.staff}
    visit = check_in(counter.provider, **ask)
    with pytest.raises(ValidationError) as refusal:
        check_in(counter.provider, **ask)
    assert refusal.value.code == "visiting"
    with pytest.raises(ValidationError) as refusal:
        check_out(visit, by=counter.staff)
    assert refusal.value.code == "proof"
    with pytest.raises(PermissionDenied):
        check_out(visit, signature=ContentFile(PNG), by=a_person(Role.COUNTER, of=counter.provider))
    assert Visit.objects.get().state == "running"


def test_two_carers_with_one_resident_at_the_same_time(counter):
    other = a_person(Role.COUNTER, of=counter.provider)
    a_visit(counter, counter.resident, came=0, left=60)
    a_visit(counter, counter.resident, came=30, left=90, carer=other)
    case = the_case("overlap")
    assert case.evidence[-1] == {"same": "resident", "minutes": 30} and case.amount == 20_00


def test_too_far_in_too_little_time(counter):
    a_visit(counter, counter.resident, came=0, left=60)
    a_visit(counter, a_neighbour(counter), came=70, left=120, here=SUZHOU)
    case = the_case("travel")
    assert case.evidence[-1]["km"] > 40 and case.evidence[-1]["minutes"] == 10


def test_honest_days_are_no_case(counter):
    a_visit(counter, counter.resident, came=0, left=60)
    a_visit(counter, a_neighbour(counter), came=150, left=200, here=SUZHOU)
    a_visit(counter, a_neighbour(counter), came=290, left=320, here=None)
    with at(400):
        assert look_for_fraud() == 0


def test_many_residents_on_one_device(counter):
    for number in range(8):
        with at(number):
            card = a_neighbour(counter).cards.live().get().number
            redeem(counter.provider, **counter.request(card=card, key=f"n{number}", device="手机 aabbccddeeff"))
    case = the_case("device")
    assert case.evidence[0]["residents"] == 8 and len(case.redemptions) == 8 and case.amount == 160_00


def test_used_after_death(counter):
    redeem(counter.provider, **counter.request(key="before"))
    with at(10):
        redeem(counter.provider, **counter.request(key="after"))
    resident = Resident.objects.get(pk=counter.resident.pk)
    with clock.pretend(NOON + datetime.timedelta(minutes=5)):
        resident.die("register")
        resident.state_at = clock.now()
        resident.save(update_fields=["state", "state_at"])
    case = the_case("deceased")
    assert len(case.redemptions) == 1 and case.amount == 20_00


def test_used_in_hospital(counter, officer):
    desk = a_person(Role.COMMUNITY_WORKER, of=counter.bureau)
    with pytest.raises(ValidationError):
        record_hospital_stay(
            counter.resident,
            starts_on=datetime.date(2026, 11, 9),
            ends_on=datetime.date(2026, 11, 8),
            source="x",
            by=desk,
        )
    record_hospital_stay(
        counter.resident,
        starts_on=datetime.date(2026, 11, 8),
        ends_on=datetime.date(2026, 11, 12),
        source="家属",
        by=desk,
    )
    redeem(counter.provider, **counter.request())
    assert the_case("hospital").evidence[0]["source"] == "家属"


def test_a_burst_at_the_end_of_the_month(counter):
    neighbours = [a_neighbour(counter).cards.live().get().number for _each in range(6)]
    redeem(counter.provider, **counter.request(key="early"))
    for day in (28, 29, 30):
        for number, card in enumerate(neighbours + [counter.card.number]):
            with clock.pretend(clock.at_hour(datetime.date(2026, 11, day), 9, number * 5)):
                redeem(counter.provider, **counter.request(card=card, key=f"{day}/{number}", device=f"d{number}"))
    with clock.pretend(clock.at_hour(datetime.date(2026, 11, 30), 20)):
        look_for_fraud()
    case = FraudCase.objects.get(kind="burst")
    assert case.evidence[0]["last_days"] == 21 and not case.redemptions


def test_proven_it_is_taken_back_in_the_ledger(counter, officer):
    with clock.pretend(NOON - datetime.timedelta(days=1)):
        redeem(counter.provider, **counter.request(key="honest"))
    for number in range(8):
        with at(number):
            card = a_neighbour(counter).cards.live().get().number
            redeem(counter.provider, **counter.request(card=card, key=f"n{number}", device="手机 aabbccddeeff"))
    case = the_case("device")
    with at(60):
        settle_month(counter.bureau, clock.today(), by=service_user("vouchers"))
        with pytest.raises(PermissionDenied):
            decide_case(case, proven=True, note="收卡", by=counter.staff)
        with pytest.raises(ValidationError):
            decide_case(case, proven=True, note="", by=officer)
        case = decide_case(case, proven=True, note="收卡代刷，机构承认", by=officer)
    assert (case.state, case.taken_back) == ("proven", 160_00)
    with at(70):
        assert settle_month(counter.bureau, clock.today(), by=service_user("vouchers")) == [], "it owes: nothing is due"
        with pytest.raises(ValidationError) as refusal:
            decide_case(case, proven=False, note="again", by=officer)
    assert refusal.value.code == "state"
    assert payable_to(counter.provider) == 0 and list(check_vouchers()) == []


def test_unfounded_takes_nothing(counter, officer):
    a_visit(counter, counter.resident, came=0, left=60)
    a_visit(counter, a_neighbour(counter), came=70, left=120, here=SUZHOU)
    case = decide_case(the_case("travel"), proven=False, note="定位漂移", by=officer)
    assert (case.state, case.taken_back, Redemption.objects.count()) == ("unfounded", 0, 2)


class TestCallBacks:
    def test_anyone_draws_the_same_again(self):
        ids = list(range(1000))
        first = drawn(ids, "seed", 5)
        assert first == drawn(ids[::-1], "seed", 5) and len(first) == 50 and first != drawn(ids, "other", 5)
        assert drawn([], "seed", 5) == [] and len(drawn([1], "seed", 5)) == 1

    def test_a_month_is_drawn_once_and_a_denial_opens_a_case(self, counter, officer):
        for number in range(3):
            redeem(counter.provider, **counter.request(key=f"k{number}"))
        month = clock.today()
        with pytest.raises(ValidationError) as refusal:
            draw_call_backs(counter.programme, month, by=officer)
        assert refusal.value.code == "month"
        with clock.pretend(NOON + datetime.timedelta(days=25)):
            draw = draw_call_backs(counter.programme, month, by=officer)
            assert (draw.population, draw.calls.count(), draw.percent) == (3, 1, 5)
            with pytest.raises(ValidationError):
                draw_call_backs(counter.programme, month, by=officer)
            with pytest.raises(PermissionDenied):
                answer_call_back(draw.calls.get(), "confirmed", by=counter.staff)
            call = answer_call_back(draw.calls.get(), "unreached", by=officer)
            with pytest.raises(ValidationError):
                answer_call_back(call, "denied", by=officer)
            answer_call_back(call, "denied", note="老人说当天没人来过", by=officer)
            with pytest.raises(ValidationError):
                answer_call_back(call, "confirmed", by=officer)
        assert CallBack.objects.get().tries == 2
        assert FraudCase.objects.get().kind == "denied"


class TestPages:
    def test_the_carers_telephone(self, client, counter):
        client.force_login(counter.staff)
        address = reverse("vouchers:visits")
        assert client.get(address).status_code == 200
        form = {"card": counter.card.number, "service": str(counter.service.pk), "lat": "31.45", "lng": "121.11"}
        assert client.post(address, form | {"card": "1"}).status_code == 422
        there = client.post(address, form)
        visit = Visit.objects.get()
        assert there.url == reverse("vouchers:check_out", args=[visit.pk]) == client.get(address).url
        assert client.post(there.url, {}).status_code == 422
        paid = client.post(there.url, {"signature": SimpleUploadedFile("signature.png", PNG, "image/png")})
        assert paid.url == reverse("vouchers:counter_pay", args=[counter.service.pk])
        receipt = client.post(paid.url, {"pin": PIN, "own_part": "", "units": "1"})
        assert receipt.status_code == 302
        visit = Visit.objects.get()
        assert visit.redemption_id == Redemption.objects.get().id

    def test_the_queue(self, client, counter, officer):
        a_visit(counter, counter.resident, came=0, left=60)
        visit = a_visit(counter, a_neighbour(counter), came=70, left=120, here=SUZHOU)
        case = the_case("travel")
        client.force_login(officer)
        assert reverse("vouchers:case", args=[case.pk]) in client.get(reverse("vouchers:cases")).content.decode()
        address = reverse("vouchers:case", args=[case.pk])
        assert "km an hour" in client.get("/en" + address).content.decode()
        assert "相当于每小时" in client.get(address).content.decode()
        assert client.get(reverse("vouchers:visit_proof", args=[visit.pk, "signature"])).status_code == 200
        assert client.get(reverse("vouchers:visit_proof", args=[visit.pk, "photo"])).status_code == 404
        assert client.post(address, {"proven": "no", "note": ""}).status_code == 422
        assert client.post(address, {"proven": "no", "note": "定位漂移"}).status_code == 302
        assert client.get(reverse("desk")).status_code == 200
        client.force_login(a_person())
        assert client.get(address).status_code == 404
        assert client.get(reverse("vouchers:visit_proof", args=[visit.pk, "signature"])).status_code == 404
        client.force_login(counter.staff)
        assert client.get(address).status_code == 404, "a provider does not read its own case"

    def test_ringing(self, client, counter, officer):
        redeem(counter.provider, **counter.request())
        client.force_login(officer)
        with clock.pretend(NOON + datetime.timedelta(days=25)):
            assert client.post(reverse("vouchers:draw_call_backs", args=[counter.programme.code])).status_code == 302
            page = client.get(reverse("vouchers:call_backs")).content.decode()
            call = CallBack.objects.get()
            address = reverse("vouchers:answer_call_back", args=[call.pk])
            assert address in page and "陈**婆" in page
            assert client.post(address, {"answer": "denied", "note": ""}).status_code == 422
            assert client.post(address, {"answer": "confirmed"}).status_code == 302
        assert CallBack.objects.get().state == "confirmed"
        client.force_login(a_person())
        assert client.get(reverse("vouchers:call_backs")).status_code == 403
