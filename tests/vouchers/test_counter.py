"""The point of sale over HTTP: card, service, PIN, receipt; and by program."""

import datetime
import json
import uuid

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.urls import reverse

from marketplace.pages import clock
from marketplace.parties.actions import issue_token
from marketplace.parties.models import ApiToken, Organisation, Role
from marketplace.vouchers import guessing
from marketplace.vouchers.actions import redeem
from marketplace.vouchers.documents import print_card
from marketplace.vouchers.models import Redemption
from tests.given.people import a_person, an_organisation
from tests.given.vouchers import PIN, a_counter

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter():
    return a_counter()


@pytest.fixture
def staff(client, counter):
    client.force_login(counter.staff)
    return client


def pay(staff, counter, **changes):
    staff.post(reverse("vouchers:counter"), {"card": counter.card.spaced_number})
    form = {"pin": PIN, "own_part": "", "submission_key": str(uuid.uuid4()), "units": "1"} | changes
    return staff.post(reverse("vouchers:counter_pay", args=[counter.service.pk]), form)


def test_an_hour_then_a_second_refused_then_split(staff, counter):
    page = staff.post(reverse("vouchers:counter"), {"card": counter.card.number}, follow=True)
    assert "陈**婆" in page.content.decode() and "80.00" in page.content.decode()
    receipt = pay(staff, counter)
    assert receipt.status_code == 302
    assert "20.00" in staff.get(receipt.url).content.decode()

    refused = pay(staff, counter)
    words = refused.content.decode()
    assert refused.status_code == 422 and "20.00" in words and 'value="40.00"' in words and PIN not in words
    split = pay(staff, counter, own_part="40.00")
    assert split.status_code == 302
    assert [r.amount for r in Redemption.objects.order_by("redeemed_at")] == [60_00, 20_00]


def test_the_form_sent_twice_is_one_redemption(staff, counter):
    key = str(uuid.uuid4())
    first = pay(staff, counter, submission_key=key)
    assert pay(staff, counter, submission_key=key).url == first.url
    assert Redemption.objects.count() == 1


def test_sent_again_when_no_answer_came_it_shows_the_receipt(staff, counter):
    """The card is off the counter by then: the page that knows nothing of a payment would invite a second one."""
    form = {"pin": PIN, "own_part": "", "submission_key": str(uuid.uuid4()), "units": "1"}
    address = reverse("vouchers:counter_pay", args=[counter.service.pk])
    staff.post(reverse("vouchers:counter"), {"card": counter.card.number})
    first = staff.post(address, form)
    assert staff.post(address, form).url == first.url == reverse("vouchers:receipt", args=[Redemption.objects.get().id])
    other = staff.post(address, form | {"submission_key": str(uuid.uuid4())})
    assert other.url == reverse("vouchers:counter") and Redemption.objects.count() == 1


def test_what_was_just_paid_is_said_before_it_is_paid_again(staff, counter):
    receipt = pay(staff, counter).url
    staff.post(reverse("vouchers:counter"), {"card": counter.card.number})
    address = reverse("vouchers:counter_pay", args=[counter.service.pk])
    assert receipt in staff.get(address).content.decode()
    with clock.pretend(clock.now() + datetime.timedelta(minutes=16)):
        assert receipt not in staff.get(address).content.decode()
    staff.post(receipt + "void/", {"reason": "按错了"})
    assert receipt not in staff.get(address).content.decode()


def test_a_wrong_pin_is_counted(staff, counter):
    for _try in range(5):
        assert pay(staff, counter, pin="999000").status_code == 422
    counter.card.refresh_from_db(fields=["locked_at"])
    assert counter.card.locked_at is not None


def test_taking_back_from_todays_list(staff, counter):
    receipt = pay(staff, counter).url
    assert staff.get(reverse("vouchers:today")).status_code == 200
    assert staff.post(receipt + "void/", {"reason": ""}).status_code == 422
    assert staff.post(receipt + "void/", {"reason": "按错了"}).status_code == 302
    assert counter.voucher.balance == 80_00


def test_strangers(client, counter):
    assert client.get(reverse("vouchers:counter")).status_code == 302
    client.force_login(a_person())
    assert client.get(reverse("vouchers:counter")).status_code == 403


def test_the_resident_sees_it_in_both_languages(client, counter):
    counter.resident.user = a_person()
    counter.resident.save(update_fields=["user"])
    client.force_login(counter.resident.user)
    assert "您还可以用" in client.get("/my/").content.decode()
    assert "You can still spend" in client.get("/en/my/").content.decode()
    for name in ("my_history", "my_looked", "my_services", "my_card"):
        assert client.get(reverse(f"vouchers:{name}")).status_code == 200


def test_a_printed_card_is_not_for_who_oversees(client, counter):
    """An auditor reads everything that is not personal; a card's number and code are."""
    desk = a_person(Role.COMMUNITY_WORKER, of=counter.bureau)
    paper = print_card(counter.card, by=desk)
    auditor = a_person(Role.AUDITOR, of=an_organisation(Organisation.Kind.AUDIT))
    operator = a_person(is_superuser=True)
    for person, seen in ((desk, 200), (auditor, 404), (operator, 404)):
        client.force_login(person)
        assert client.get(reverse("papers:paper_file", args=[paper.code])).status_code == seen


def test_who_only_asked_to_join_learns_nothing_of_a_card(client, counter):
    """Anyone on the internet may ask to join and owns an organisation then, without being admitted anywhere."""
    stranger = an_organisation(state=Organisation.State.PENDING)
    owner = a_person(Role.OWNER, of=stranger)
    client.force_login(owner)
    for number in (counter.card.number, "8632000000000009"):
        answer = client.post(reverse("vouchers:counter"), {"card": number})
        assert answer.status_code == 422 and "陈" not in answer.content.decode()
        _held, token = issue_token("guess", stranger, by=owner)
        headers = {"Authorization": f"Bearer {token}"}
        answer = client.get(f"/api/v1/vouchers/cards/{number}/balance", headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (403, "not_accredited")
    for pin in (PIN, "999000"):
        with pytest.raises(ValidationError) as refusal:
            redeem(stranger, **counter.request(pin=pin, by=owner, key=pin))
        assert refusal.value.code == "not_accredited"
    counter.card.refresh_from_db(fields=["wrong_tries"])
    assert counter.card.wrong_tries == 0


class TestByProgram:
    @pytest.fixture
    def call(self, client, counter):
        import hashlib  # noqa: PLC0415

        secret = "test-token-of-the-counter"
        ApiToken.objects.create(
            user=counter.staff,
            organisation=counter.provider,
            name="test",
            digest=hashlib.sha256(secret.encode()).hexdigest(),
            expires_on=clock.today(),
        )

        def call(path, body=None, key="k1"):
            headers = {"Authorization": f"Bearer {secret}", "Idempotency-Key": key}
            if body is None:
                return client.get(f"/api/v1/vouchers/{path}", headers=headers)
            return client.post(
                f"/api/v1/vouchers/{path}", json.dumps(body), content_type="application/json", headers=headers
            )

        return call

    def test_a_guesser_is_stopped(self, call, counter, monkeypatch):
        """Over all cards, by balance as by PIN: five tries a card are no limit for who has a list of cards."""
        monkeypatch.setattr(guessing, "MOST_MISSES", 3)
        assert call("cards/8632000000000009/balance").status_code == 404
        body = {"card": counter.card.number, "service": str(counter.service.pk), "amount": 60_00}
        for key in ("k1", "k2"):
            assert call("redemptions", body | {"pin": "999000"}, key=key).status_code == 422
        answer = call(f"cards/{counter.card.number}/balance")
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_misses")
        answer = call("redemptions", body | {"pin": PIN}, key="k3")
        assert (answer.status_code, answer.json()["code"]) == (429, "too_many_misses")
        assert Redemption.objects.count() == 0

    def test_redeem_replay_conflict_refuse_reverse(self, call, counter):
        body = {
            "card": counter.card.number,
            "pin": PIN,
            "service": str(counter.service.pk),
            "units": 1,
            "amount": 60_00,
            "device": "pos-1",
        }
        assert call(f"cards/{counter.card.number}/balance").json()["balance"] == 80_00
        first = call("redemptions", body)
        assert first.status_code == 201, first.content
        assert first.json()["balance_left"] == 20_00 and first.json()["state"] == "redeemed"
        assert call("redemptions", body).json() == first.json()
        assert call("redemptions", body | {"amount": 50_00}).status_code == 409
        refused = call("redemptions", body, key="k2")
        assert (refused.status_code, refused.json()["code"], refused.json()["balance"]) == (422, "overdrawn", 20_00)
        assert call("redemptions", body | {"pin": "111000"}, key="k3").json()["code"] == "wrong_pin"
        undone = call(f"redemptions/{first.json()['id']}/reverse", {"reason": "按错了"}, key="k4")
        assert (undone.status_code, undone.json()["state"]) == (200, "voided")
        assert counter.voucher.balance == 80_00

    def test_a_token_that_is_known_is_asked_again_each_time(self, call, counter):
        """Whose it is, is remembered; that it still holds, never."""
        body = {"card": counter.card.number, "pin": PIN, "service": str(counter.service.pk), "amount": 1_00}
        assert call("redemptions", body).status_code == 201
        assert call("redemptions", body, key="k2").status_code == 201
        counter.staff.memberships.update(role=Role.FINANCE)
        answer = call("redemptions", body, key="k3")
        assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")
        counter.staff.memberships.update(ended_at=clock.now(), role=Role.COUNTER)
        answer = call("redemptions", body, key="k3")
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        counter.staff.memberships.update(ended_at=None)
        ApiToken.objects.update(revoked_at=clock.now())
        answer = call("redemptions", body, key="k3")
        assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
        assert Redemption.objects.count() == 2

    def test_what_is_not_there(self, call):
        """Past the sessions and the messages there are pages of error too."""
        assert call("no-such-thing/").status_code == 404

    def test_a_call_is_few_statements(self, call, counter, django_assert_max_num_queries):
        body = {"card": counter.card.number, "pin": PIN, "service": str(counter.service.pk), "amount": 1_00}
        call("redemptions", body)
        most = 3 if connection.vendor == "postgresql" else 26
        with django_assert_max_num_queries(most):
            assert call("redemptions", body, key="k2").status_code == 201


def test_a_share_is_of_what_is_left_after_the_insurance_and_never_more_than_the_cap(client):
    """The national pilot: `deduct = min(rate × eligible self-pay after insurance, remaining cap)`."""
    counter = a_counter(amount=30_00, basis="rate", rate=40)
    client.force_login(counter.staff)
    client.post(reverse("vouchers:counter"), {"card": counter.card.number})
    address = reverse("vouchers:counter_pay", args=[counter.service.pk])
    whole, insured, capped = (client.get(address + query) for query in ("", "?insured=20", "?units=2"))
    parts = [(page.context["self_pay"], page.context["by_voucher"]) for page in (whole, insured, capped)]
    assert parts == [(60_00, 24_00), (40_00, 16_00), (120_00, 30_00)]
    assert 'value="24.00"' in insured.content.decode(), "the own part stands there, to be said before the PIN"

    too_little = {"insured": "20", "own_part": "23.99", "pin": PIN}
    assert client.post(address, too_little).status_code == 422 and not Redemption.objects.exists()
    assert client.post(address, too_little | {"own_part": "24"}).status_code == 302
    paid = Redemption.objects.get()
    assert (paid.amount, paid.own_part) == (16_00, 24_00)


def test_where_a_voucher_pays_all_nobody_is_asked_about_insurance(client):
    counter = a_counter()
    client.force_login(counter.staff)
    client.post(reverse("vouchers:counter"), {"card": counter.card.number})
    page = client.get(reverse("vouchers:counter_pay", args=[counter.service.pk]) + "?insured=20")
    assert page.context["self_pay"] == 60_00 and "长护险" not in page.content.decode()
