"""One voice for each occasion, by five doors, and none of them is the provider's."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied

from evaluations.actions import (
    ask_about_last_month,
    ask_by_text,
    find_by_link,
    forget_complainants,
    give_at_counter,
    give_by_code,
    give_by_link,
    give_own,
    occasion_of,
    print_receipt_code,
    print_statement_codes,
    write_down,
)
from evaluations.models import Feedback
from evaluations.voicecodes import link_token
from marketplace.messages.models import TextMessage
from marketplace.pages import clock
from marketplace.parties.actions import grant_role, service_user
from marketplace.parties.models import Role
from marketplace.residents.actions import erase_due_residents, report_death
from marketplace.residents.models import Delegation, Resident
from marketplace.vouchers.actions import redeem, reverse_redemption
from marketplace.vouchers.models import Card
from tests.given.people import a_person
from tests.given.refusals import refused
from tests.given.voices import a_visit_paid

pytestmark = pytest.mark.django_db
Face, Channel = Feedback.Face, Feedback.Channel


def by_code(code, **changes):
    return give_by_code(code, **{"face": Face.SATISFIED, "place": "10.0.0.1", "device_of": None, "by": None} | changes)


def given() -> list[Feedback]:
    return list(Feedback.objects.given())


def delegate_of(resident, scope="act"):
    person = a_person()
    Delegation.objects.create(
        resident=resident, delegate=person, kind="relative", scope=scope, consent_on=clock.today(), consent_note="口头"
    )
    return person


def test_the_resident_taps_at_the_counter_and_proves_it_with_the_pin():
    paid = a_visit_paid()
    voice = give_at_counter(
        paid.redemption, face=Face.SO_SO, sentence=" 来得晚了 \n 一点 ", pin=paid.counter.pin, by=paid.counter.staff
    )
    assert (voice.face, voice.channel, voice.weight) == ("so_so", "counter", 50)
    assert voice.sentence == "来得晚了 一点"
    assert voice.written_by is None


def test_without_the_residents_proof_the_staff_says_nothing():
    paid = a_visit_paid()
    with refused("wrong_pin"):
        give_at_counter(paid.redemption, face=Face.SATISFIED, pin="000001", by=paid.counter.staff)
    assert not given()
    assert Card.objects.get(pk=paid.counter.card.pk).wrong_tries == 1
    with pytest.raises(PermissionDenied):
        give_at_counter(paid.redemption, face=Face.SATISFIED, pin=paid.counter.pin, by=a_person())


def test_the_resident_hears_that_the_counter_spoke_for_her():
    paid = a_visit_paid()
    Resident.objects.filter(pk=paid.resident.pk).update(preferred_way="sms")
    resident = Resident.objects.get(pk=paid.resident.pk)
    resident.phone = "13900001111"
    resident.save(update_fields=["phone"])
    give_at_counter(paid.redemption, face=Face.SATISFIED, pin=paid.counter.pin, by=paid.counter.staff)
    text = TextMessage.objects.get().text
    assert paid.provider.name in text
    assert "ring the community desk" in text or "社区" in text


def test_the_slip_of_the_counter_needs_the_pin_and_the_bureaus_statement_does_not():
    paid = a_visit_paid()
    feedback, code = print_receipt_code(paid.redemption, by=paid.counter.staff)
    assert len(code) == 12
    assert code not in str(Feedback.objects.values().get())
    with refused("wrong_pin"):
        by_code(code)
    officer = a_person(Role.COMMUNITY_WORKER, of=paid.counter.bureau)
    [(same, better)] = print_statement_codes(paid.resident, clock.today(), by=officer)
    assert same.pk == feedback.pk
    assert better != code
    with refused("unknown_code"):
        by_code(code)
    assert by_code(better).channel == Channel.PAPER
    assert print_receipt_code(paid.redemption, by=paid.counter.staff)[1] == ""


def test_the_slip_with_the_pin_is_the_residents():
    paid = a_visit_paid()
    _feedback, code = print_receipt_code(paid.redemption, by=paid.counter.staff)
    spoken = f" {code[:4]}-{code[4:8]} {code[8:]} "
    assert by_code(spoken, pin=paid.counter.pin).weight == 100


@pytest.mark.parametrize("role", [Role.OWNER, Role.COUNTER, Role.FINANCE, Role.BIDDER])
def test_no_code_helps_the_providers_own_people(role):
    paid = a_visit_paid()
    officer = a_person(Role.COMMUNITY_WORKER, of=paid.counter.bureau)
    [(feedback, code)] = print_statement_codes(paid.resident, clock.today(), by=officer)
    person = a_person(role, of=paid.provider)
    with refused("own_people"):
        by_code(code, by=person)
    with refused("providers_device"):
        by_code(code, device_of=paid.provider)
    Feedback.objects.filter(pk=feedback.pk).update(texted_at=clock.now())
    with refused("own_people"):
        give_by_link(link_token(feedback), face=Face.SATISFIED, device_of=None, by=person)
    assert not given()


def test_a_delegate_who_belongs_to_the_provider_is_not_the_resident():
    paid = a_visit_paid()
    feedback = occasion_of(paid.redemption)
    person = delegate_of(paid.resident)
    grant_role(person, paid.provider, Role.COUNTER, by=None)
    with pytest.raises(PermissionDenied):
        give_own(feedback, face=Face.SATISFIED, by=person)
    assert not Feedback.objects.visible_to(person).exists()
    assert not given()


def test_a_community_worker_who_belongs_to_the_provider_writes_nothing_down():
    paid = a_visit_paid()
    worker = a_person(Role.COMMUNITY_WORKER, of=paid.counter.bureau)
    grant_role(worker, paid.provider, Role.FINANCE, by=None)
    with pytest.raises(PermissionDenied):
        write_down(occasion_of(paid.redemption), face=Face.SATISFIED, channel=Channel.WORKER, by=worker)
    assert not given()


def test_delegate_call_back_and_worker():
    paid = a_visit_paid()
    worker = a_person(Role.COMMUNITY_WORKER, of=paid.counter.bureau)
    voice = write_down(occasion_of(paid.redemption), face=Face.NOT_SATISFIED, channel=Channel.CALL, by=worker)
    assert (voice.channel, voice.written_by_id) == ("call", worker.pk)
    with refused("channel"):
        write_down(voice, face=Face.SATISFIED, channel=Channel.PAPER, by=worker)
    assert give_own(voice, face=Face.SATISFIED, by=delegate_of(paid.resident)).face == "satisfied"
    with refused("given"):  # what the resident has said herself is not written over
        write_down(voice, face=Face.NOT_SATISFIED, channel=Channel.CALL, by=worker)
    changed = Feedback.objects.get()
    assert (changed.first_face, changed.face) == ("not_satisfied", "satisfied")
    with pytest.raises(PermissionDenied):
        give_own(voice, face=Face.SATISFIED, by=delegate_of(paid.resident, scope="view"))
    with pytest.raises(PermissionDenied):
        write_down(voice, face=Face.SATISFIED, channel=Channel.CALL, by=a_person())


def test_one_voice_a_redemption_changed_within_the_rules_days_and_never_at_the_counter():
    paid = a_visit_paid()
    feedback, delegate = occasion_of(paid.redemption), delegate_of(paid.resident)
    give_own(feedback, face=Face.NOT_SATISFIED, by=delegate)
    with refused("given"):
        give_at_counter(paid.redemption, face=Face.SATISFIED, pin=paid.counter.pin, by=paid.counter.staff)
    with clock.pretend(clock.now() + datetime.timedelta(days=3)):
        give_own(feedback, face=Face.SO_SO, by=delegate)
    with clock.pretend(clock.now() + datetime.timedelta(days=4)), refused("given", "3 days"):
        give_own(feedback, face=Face.SATISFIED, by=delegate)
    assert [voice.face for voice in given()] == ["so_so"]


def test_what_was_taken_back_or_is_too_old_is_not_asked_about():
    paid = a_visit_paid()
    feedback = occasion_of(paid.redemption)
    with clock.pretend(clock.now() + datetime.timedelta(days=31)), refused("over"):
        give_own(feedback, face=Face.SATISFIED, by=delegate_of(paid.resident))
    reverse_redemption(paid.redemption, reason="刷错了", by=paid.owner)
    with refused("taken_back"):
        give_at_counter(paid.redemption, face=Face.SATISFIED, pin=paid.counter.pin, by=paid.counter.staff)
    with refused("taken_back"):
        give_own(feedback, face=Face.SATISFIED, by=delegate_of(paid.resident))


def test_a_face_is_needed_and_a_wrong_code_is_counted():
    paid = a_visit_paid()
    with refused("face"):
        give_own(occasion_of(paid.redemption), face="grand", by=delegate_of(paid.resident))
    with refused("code"):
        by_code("1234")
    for _try in range(20):
        with refused("unknown_code"):
            by_code("000000000000", place="10.0.0.9")
    with refused("too_many_tries"):
        by_code("000000000000", place="10.0.0.9")
    with refused("unknown_code"):
        by_code("000000000000", place="10.0.0.10")


def test_a_sentence_names_nobody():
    paid = a_visit_paid()
    voice = give_own(
        occasion_of(paid.redemption),
        face=Face.SATISFIED,
        sentence=f"我是{paid.resident.name}，电话 138-1234 5678，很好",
        by=delegate_of(paid.resident),
    )
    assert voice.sentence == "我是＊，电话 ＊，很好"


def test_a_text_message_with_a_link_once_in_thirty_days_and_never_to_the_provider():
    paid = a_visit_paid()
    resident = paid.resident
    resident.phone, resident.preferred_way = "13900001111", "sms"
    resident.save(update_fields=["phone", "preferred_way"])
    tomorrow = clock.now() + datetime.timedelta(days=1)
    with clock.pretend(tomorrow):
        assert ask_by_text() == 1
        assert ask_by_text() == 0
    feedback, text = Feedback.objects.get(), TextMessage.objects.get().text
    token = link_token(feedback)
    assert token in text
    assert find_by_link(token) == feedback
    with refused("unknown_code"):
        find_by_link(token[:-1] + ("0" if token[-1] != "0" else "1"))
    redeem(paid.provider, **paid.counter.request(key="again", amount=10_00))
    with clock.pretend(tomorrow + datetime.timedelta(days=1)):
        assert ask_by_text() == 0
    give_by_link(token, face=Face.SATISFIED, device_of=None, by=None)
    assert [voice.channel for voice in given()] == ["sms"]


def test_a_number_of_the_providers_people_gets_no_link():
    paid = a_visit_paid()
    paid.counter.staff.phone = "13900001111"
    paid.counter.staff.save(update_fields=["phone"])
    paid.resident.phone, paid.resident.preferred_way = "139 0000 1111", "sms"
    paid.resident.save(update_fields=["phone", "preferred_way"])
    with clock.pretend(clock.now() + datetime.timedelta(days=1)):
        assert ask_by_text() == 0
    assert not TextMessage.objects.exists()


def test_a_month_of_care_is_asked_about_once():
    counter = a_visit_paid(key="0").counter
    for key in ("1", "2", "3"):
        redeem(counter.provider, **counter.request(key=key, amount=5_00))
    with clock.pretend(clock.now() + datetime.timedelta(days=32)):
        assert ask_about_last_month() == 1
        assert ask_about_last_month() == 0
        voice = give_own(
            Feedback.objects.get(redemption_id=None), face=Face.SATISFIED, by=delegate_of(counter.resident)
        )
    assert voice.month == clock.today().replace(day=1)


def test_of_who_was_made_unrecognisable_the_face_stays_without_the_sentence():
    paid = a_visit_paid()
    give_at_counter(
        paid.redemption, face=Face.SO_SO, sentence="我老伴上月走了", pin=paid.counter.pin, by=paid.counter.staff
    )
    assert forget_complainants() == 0
    report_death(paid.resident, reason="死亡证明", by=service_user("tests"))
    with clock.pretend(clock.now() + datetime.timedelta(days=400)):
        assert erase_due_residents() == 1
        assert forget_complainants() == 1
        assert forget_complainants() == 0
    voice = Feedback.objects.get()
    assert (voice.face, voice.sentence) == ("so_so", "")
