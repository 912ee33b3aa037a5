"""The resident's own pages, the code on the telephone, who looked, and what officials see instead."""

import datetime

import pytest
from django.core.exceptions import ValidationError
from django.urls import reverse

from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Role
from marketplace.payments.models import IncomingPayment
from marketplace.residents.actions import delegate_to, write_care_plan
from marketplace.residents.models import Delegation
from marketplace.rules.models import Rule
from marketplace.vouchers import guessing
from marketplace.vouchers.actions import look_at_card, redeem, reverse_redemption
from marketplace.vouchers.codes import code_now
from marketplace.vouchers.models import Card, CardLook, Redemption
from tests.given.people import a_person
from tests.given.refusals import code_of
from tests.given.residents import an_assessment
from tests.given.stripe import a_stripe_account, stripe  # noqa: F401 - the server is a fixture
from tests.given.vouchers import PIN, a_counter

pytestmark = pytest.mark.django_db


@pytest.fixture
def counter():
    return a_counter(price=20_00)


@pytest.fixture
def her(counter):
    counter.resident.user = a_person()
    counter.resident.save(update_fields=["user"])
    return counter.resident.user


class TestCode:
    def test_it_pays_once_and_not_later(self, counter):
        code, _seconds = code_now(counter.card, clock.now())
        assert len(code) == 8
        first = redeem(counter.provider, **counter.request(pin=code))
        assert redeem(counter.provider, **counter.request(pin=code)).id == first.id, "sent twice it is one payment"
        with pytest.raises(ValidationError) as refusal:
            redeem(counter.provider, **counter.request(pin=code, key="k2"))
        assert code_of(refusal) == "wrong_pin" and Redemption.objects.count() == 1
        redeem(counter.provider, **counter.request(key="k3"))  # the PIN works besides

    def test_the_one_before_holds_and_older_ones_do_not(self, counter):
        code, _seconds = code_now(counter.card, clock.now() - datetime.timedelta(minutes=1))
        redeem(counter.provider, **counter.request(pin=code))
        old, _seconds = code_now(counter.card, clock.now() - datetime.timedelta(minutes=3))
        with pytest.raises(ValidationError) as refusal:
            redeem(counter.provider, **counter.request(pin=old, key="k2"))
        assert code_of(refusal) == "wrong_pin"

    def test_a_refusal_does_not_use_it_up(self, counter):
        code, _seconds = code_now(counter.card, clock.now())
        with pytest.raises(ValidationError) as refusal:
            redeem(counter.provider, **counter.request(pin=code, amount=100_00, units=5))
        assert code_of(refusal) == "overdrawn"
        assert redeem(counter.provider, **counter.request(pin=code)).amount == 20_00
        counter.card.refresh_from_db(fields=["wrong_tries"])
        assert counter.card.wrong_tries == 0

    def test_codes_of_a_replaced_card_are_dead(self, counter):
        from marketplace.vouchers.actions import issue_card  # noqa: PLC0415

        issue_card(counter.resident, pin=PIN, by=service_user("tests"))
        code, _seconds = code_now(Card.objects.get(pk=counter.card.pk), clock.now())
        with pytest.raises(ValidationError) as refusal:
            redeem(counter.provider, **counter.request(pin=code))
        assert code_of(refusal) == "locked"

    def test_who_sees_it(self, client, counter, her):
        address = reverse("vouchers:my_code")
        client.force_login(her)
        page = client.get(address)
        code, _seconds = code_now(counter.card, clock.now())
        assert f"{code[:4]} {code[4:]}" in page.content.decode() and page["Cache-Control"] == "no-store"
        for scope, status in ((Delegation.Scope.ACT, 200), (Delegation.Scope.VIEW, 403)):
            person = a_person()
            delegate_to(
                counter.resident,
                person,
                kind=Delegation.Kind.RELATIVE,
                scope=scope,
                consent_on=clock.today(),
                consent_note="本人签字",
                by=a_person(Role.COMMUNITY_WORKER, of=counter.bureau),
            )
            client.force_login(person)
            assert client.get(address).status_code == status


class TestLooks:
    def test_written_down_once_a_sale_and_shown_to_her(self, client, counter, her):
        for _each in range(3):
            look_at_card(counter.provider, counter.card.number, by=counter.staff)
        assert CardLook.objects.count() == 1
        client.force_login(her)
        assert counter.provider.name in client.get(reverse("vouchers:my_looked")).content.decode()

    def test_not_without_end(self, counter):
        rule = Rule.objects.get(key="voucher.look_ups")
        moment = clock.now()
        CardLook.objects.bulk_create(
            CardLook(card=counter.card, provider=counter.provider, by=counter.staff, looked_at=moment)
            for _each in range(int(rule.value))
        )
        with pytest.raises(ValidationError) as refusal:
            look_at_card(counter.provider, counter.card.number, by=counter.staff)
        assert refusal.value.code == "too_many_looks"
        look_at_card(counter.provider, counter.card.number, by=a_person(Role.COUNTER, of=counter.provider))

    def test_a_guesser_is_stopped_here_too(self, counter, monkeypatch):
        monkeypatch.setattr(guessing, "MOST_MISSES", 2)
        for _each in range(2):
            with pytest.raises(ValidationError):
                look_at_card(counter.provider, "8632000000000009", by=counter.staff)
        with pytest.raises(ValidationError) as refusal:
            look_at_card(counter.provider, counter.card.number, by=counter.staff)
        assert refusal.value.code == "too_many_misses"


def test_ten_minutes_at_the_counter_then_the_owner(client, counter):
    redemption = redeem(counter.provider, **counter.request())
    client.force_login(counter.staff)
    with clock.pretend(clock.now() + datetime.timedelta(minutes=11)):
        address = reverse("vouchers:void", args=[redemption.id])
        assert client.post(address, {"reason": "按错了"}).status_code == 403
        assert counter.voucher.spent == 20_00
        reverse_redemption(redemption, reason="按错了", by=a_person(Role.OWNER, of=counter.provider))
    assert counter.voucher.spent == 0


def test_officials_are_told_where_their_work_is(client, counter):
    client.force_login(a_person(Role.OFFICER, of=counter.bureau))
    page = client.get(reverse("vouchers:my"))
    assert page.status_code == 403 and reverse("desk") in page.content.decode()
    client.force_login(a_person())
    assert reverse("desk") not in client.get("/en/my/").content.decode().split("<main")[1]


def test_she_reads_what_was_found_and_planned_and_who_only_looks_does_not(client, counter, her):
    worker = a_person(Role.COMMUNITY_WORKER, of=counter.bureau)
    page = reverse("vouchers:my_care")
    client.force_login(her)
    assert "还没有照护计划" in client.get(page).content.decode()
    an_assessment(counter.resident, 58)
    next_year = clock.today() + datetime.timedelta(days=365)
    write_care_plan(counter.resident, goal="在家能安全洗澡", review_on=next_year, needs={"basic_care": 4}, by=worker)
    shown = client.get(page).content.decode()
    assert all(words in shown for words in ("中度失能", "在家能安全洗澡", "基础照护", "每月4次")), shown
    assert "4 times a month" in client.get(f"/en{page}").content.decode()
    for scope, status in ((Delegation.Scope.ACT, 200), (Delegation.Scope.VIEW, 403)):
        helper = a_person()
        delegate_to(
            counter.resident, helper, kind="relative", scope=scope, consent_on=clock.today(), consent_note="签字",
            by=worker,
        )  # fmt: skip
        client.force_login(helper)
        assert client.get(page).status_code == status
        assert (page in client.get(reverse("vouchers:my")).content.decode()) == (status == 200)


def test_she_reads_what_the_register_holds_about_her_and_it_is_on_record(client, counter, her):
    page = reverse("vouchers:my_record")
    client.force_login(her)
    assert counter.resident.id_number not in client.get(page).content.decode(), "first it is opened"
    opened = client.post(page).url
    shown = client.get(opened)
    assert counter.resident.id_number in shown.content.decode() and shown["Cache-Control"] == "no-store"
    assert "查阅本人资料" in client.get(reverse("vouchers:my_looked")).content.decode()
    with clock.pretend(clock.now() + datetime.timedelta(minutes=11)):
        assert client.get(opened).status_code == 404
    helper = a_person()
    delegate_to(
        counter.resident, helper, kind="relative", scope="view", consent_on=clock.today(), consent_note="签字",
        by=a_person(Role.COMMUNITY_WORKER, of=counter.bureau),
    )  # fmt: skip
    client.force_login(helper)
    assert client.post(page).status_code == 403
    assert client.get(opened).status_code == 404


def test_takings(client, counter, django_assert_max_num_queries):
    redeem(counter.provider, **counter.request())
    redeem(counter.provider, **counter.request(key="k2", own_part=5_00))
    client.force_login(a_person(Role.FINANCE, of=counter.provider))
    page = client.get(reverse("vouchers:takings")).content.decode()
    assert "35.00" in page and "5.00" in page
    client.force_login(a_person(Role.OFFICER, of=counter.bureau))
    assert client.get(reverse("vouchers:takings")).status_code == 403


class TestOwnPart:
    def test_cash_where_stripe_is_off(self, client, counter):
        redemption = redeem(counter.provider, **counter.request(own_part=5_00))
        client.force_login(counter.staff)
        address = reverse("vouchers:own_part", args=[redemption.id])
        receipt = reverse("vouchers:receipt", args=[redemption.id])
        assert address not in client.get(receipt).content.decode()
        assert client.post(address).url == receipt and not IncomingPayment.objects.exists()

    def test_by_telephone_where_it_is_on(self, client, counter, stripe):  # noqa: F811
        a_stripe_account(stripe, counter.provider)
        redemption = redeem(counter.provider, **counter.request(own_part=5_00))
        client.force_login(counter.staff)
        address = reverse("vouchers:own_part", args=[redemption.id])
        receipt = reverse("vouchers:receipt", args=[redemption.id])
        assert address in client.get(receipt).content.decode()
        there = client.post(address).url
        assert client.post(address).url == there, "asked twice it is asked once"
        payment = IncomingPayment.objects.get()
        assert (payment.amount, payment.reference) == (5_00, f"redemption/{redemption.id}") and payment.pay_url
        assert there in client.get(receipt).content.decode()


def test_she_sees_who_acts_for_her_and_ends_it(client, counter, her):
    """What she agreed to at the desk she takes back at home; who acts for her may step down, and nobody else."""
    worker = a_person(Role.COMMUNITY_WORKER, of=counter.bureau)
    terms = {"kind": "relative", "scope": "act", "consent_on": clock.today(), "consent_note": "本人签字", "by": worker}
    daughter, neighbour = a_person(name="张小敏"), a_person(name="李阿姨")
    one, other = (delegate_to(counter.resident, who, **terms) for who in (daughter, neighbour))
    page, end = reverse("vouchers:my_helpers"), reverse("vouchers:end_help", args=[one.pk])

    client.force_login(neighbour)
    assert "张小敏" not in client.get(page).content.decode()
    assert client.get(end).status_code == client.post(end).status_code == 404
    assert client.post(reverse("vouchers:end_help", args=[other.pk])).status_code == 302
    assert client.get(page).status_code == 403, "she acts for nobody any more"

    client.force_login(her)
    shown = client.get(page).content.decode()
    assert "张小敏" in shown and "李阿姨" not in shown
    assert "张小敏" in client.get(end).content.decode()
    assert client.post(end).status_code == 302
    assert "只有您自己" in client.get(page).content.decode()
    client.force_login(daughter)
    assert client.get(reverse("vouchers:my")).status_code == 403
