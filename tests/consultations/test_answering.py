"""A person counts once, a sheet counts once, and every refusal is in plain words."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError

from marketplace.audit.models import Entry
from marketplace.consultations.actions import (
    answer_by_sheet,
    answer_openly,
    answer_signed_in,
    enter_at_desk,
    report_results,
    type_in_sheet,
)
from marketplace.consultations.models import Answer, Consultation, Participation, Remark
from marketplace.pages import clock
from marketplace.parties.models import Region
from marketplace.residents.actions import delegate_to, link_account, report_death
from marketplace.residents.models import Delegation
from tests.given.consultations import (
    Asking,
    a_community,
    a_draft_consultation,
    after_it_closed,
    all_replies,
    an_open_answer,
    an_open_consultation,
    sheets_of,
)
from tests.given.people import a_bureau, a_person
from tests.given.refusals import refused
from tests.given.residents import a_resident

pytestmark = pytest.mark.django_db
VISIT = Participation.Consent.VISIT


@pytest.fixture
def asking() -> Asking:
    return Asking()


@pytest.fixture
def consultation(asking) -> Consultation:
    return an_open_consultation(asking)


def test_what_was_said_is_kept_apart_from_who_said_it(asking, consultation):
    resident = a_resident(region=a_community())
    answer = enter_at_desk(
        consultation,
        resident,
        all_replies(consultation, one=1, many=[0, 2], words="早点开"),
        consent=VISIT,
        by=asking.worker,
    )
    assert sorted(answer.replies.values_list("question__kind", "value")) == [
        ("many", 0),
        ("many", 2),
        ("one", 1),
        ("scale", 4),
    ]
    assert answer.region == resident.region and answer.channel == Answer.Channel.DESK
    assert Remark.objects.get().text == "早点开" and Remark.objects.get().state == Remark.State.WAITING
    counted = Participation.objects.get()
    assert str(resident.pk) not in (counted.person or "") and counted.entered_by == asking.worker
    held = {column.name for column in Answer._meta.get_fields()}
    assert not held & {"resident", "participation", "person", "user", "created_at", "given_at"}
    entry = Entry.objects.get(event="consultation.entered")
    assert str(resident.pk) not in str(entry.detail) and entry.subject_id == str(consultation.pk)


def test_a_resident_counts_once_whichever_channel(asking, consultation):
    user, resident = a_person(), a_resident(region=a_community())
    link_account(resident, user, by=asking.officer)
    replies = all_replies(consultation)
    answer_signed_in(consultation, replies, by=user)
    with refused("answered_already", "counted already"):
        enter_at_desk(consultation, resident, replies, consent=VISIT, by=asking.worker)
    with refused("answered_already", "You have answered already"):
        answer_signed_in(consultation, replies, by=user, token="another page")
    sheet, *_rest = sheets_of(consultation, asking)
    with refused("answered_already"):
        answer_by_sheet(sheet, replies, by=user)
    sheet.refresh_from_db()
    assert sheet.used_at is None  # it may still serve somebody else
    assert consultation.answers.count() == consultation.participations.count() == 1


def test_an_account_that_is_tied_to_the_register_later_counts_once(asking, consultation):
    user, resident = a_person(), a_resident(region=a_community())
    answer_signed_in(consultation, all_replies(consultation), by=user, region=a_community())
    link_account(resident, user, by=asking.officer)
    resident.refresh_from_db(fields=["user"])
    with refused("answered_already"):
        enter_at_desk(consultation, resident, all_replies(consultation), consent=VISIT, by=asking.worker)


def test_a_daughter_answers_for_her_mother_who_then_has_answered(asking, consultation):
    daughter, mother = a_person(), a_resident(region=a_community())
    fields = {
        "kind": Delegation.Kind.RELATIVE,
        "consent_on": clock.today(),
        "consent_note": "本人签字",
        "by": asking.officer,
    }
    view_only, stranger = a_person(), a_person()
    delegate_to(mother, daughter, scope=Delegation.Scope.ACT, **fields)
    delegate_to(mother, view_only, scope=Delegation.Scope.VIEW, **fields)
    for nobody in (view_only, stranger):
        with pytest.raises(PermissionDenied):
            answer_signed_in(consultation, all_replies(consultation), by=nobody, resident=mother)
    answer_signed_in(consultation, all_replies(consultation), by=daughter, resident=mother)
    assert Participation.objects.get().consent == Participation.Consent.DELEGATE
    answer_signed_in(consultation, all_replies(consultation), by=daughter, region=a_community())  # her own opinion
    with refused("answered_already", "This resident"):
        answer_signed_in(consultation, all_replies(consultation), by=daughter, resident=mother)
    assert consultation.answers.count() == 2


def test_a_sheet_counts_once_typed_in_or_scanned(asking, consultation):
    first, second, third = sheets_of(consultation, asking)
    replies = all_replies(consultation)
    answer_by_sheet(first, replies)
    with refused("sheet_used", first.spelled, "counts once"):
        type_in_sheet(consultation, first.number, replies, by=asking.worker)
    type_in_sheet(consultation, f" {second.spelled} ", replies, by=asking.worker)
    with refused("sheet_used"):
        answer_by_sheet(second, replies)
    with refused("sheet_used"):
        type_in_sheet(consultation, second.number, replies, by=asking.worker)
    wide = "".join(chr(ord(digit) + 0xFEE0) for digit in third.number)
    type_in_sheet(consultation, wide, replies, by=asking.worker)  # full-width figures of a Chinese keyboard
    assert consultation.answers.filter(channel="sheet").count() == 3
    assert Entry.objects.filter(event="consultation.sheet_typed_in").count() == 2


def test_numbers_that_are_no_sheets(asking, consultation):
    sheet, *_rest = sheets_of(consultation, asking)
    swapped = sheet.number[:-1] + str((int(sheet.number[-1]) + 1) % 10)
    replies = all_replies(consultation)
    for typed in (swapped, "", "12345", "abc", sheet.number + "0"):
        with refused("sheet_number", "twelve digits"):
            type_in_sheet(consultation, typed, replies, by=asking.worker)
    with refused("unknown_sheet", "ever printed"):
        type_in_sheet(consultation, "000000000000", replies, by=asking.worker)
    other = an_open_consultation(asking, title="另一个")
    with refused("other_sheet", "另一个"):
        type_in_sheet(consultation, sheets_of(other, asking)[0].number, replies, by=asking.worker)
    assert not consultation.answers.exists()


def test_time_before_after_and_sheets_a_little_later(asking):
    now = clock.now()
    consultation = an_open_consultation(
        asking, starts_at=now + datetime.timedelta(days=2), closes_at=now + datetime.timedelta(days=10)
    )
    sheets, replies, user = sheets_of(consultation, asking), all_replies(consultation), a_person()
    with refused("not_yet", "opens on"):
        answer_signed_in(consultation, replies, by=user)
    with after_it_closed(consultation):
        with refused("closed"):
            answer_signed_in(consultation, replies, by=user)
        with refused("closed"):
            answer_by_sheet(sheets[0], replies)
        with refused("closed"):
            enter_at_desk(consultation, a_resident(), replies, consent=VISIT, by=asking.worker)
        type_in_sheet(consultation, sheets[0].number, replies, by=asking.worker)  # it lay on the desk in time
    with after_it_closed(consultation, 11), refused("sheet_late", "10 days"):
        type_in_sheet(consultation, sheets[1].number, replies, by=asking.worker)
    with after_it_closed(consultation, 2):
        report_results(consultation, "好", by=asking.officer)
        with refused("closed"):
            type_in_sheet(consultation, sheets[1].number, replies, by=asking.worker)
    assert consultation.answers.count() == 1
    draft = a_draft_consultation(asking)
    with refused("closed"):
        answer_signed_in(draft, all_replies(draft), by=user)


def test_residents_in_the_register_only(asking):
    consultation = an_open_consultation(asking, audience=Consultation.Audience.REGISTERED)
    with refused("sign_in_needed", "paper sheet"):
        an_open_answer(consultation)
    with refused("not_registered", "Ask the desk"):
        answer_signed_in(consultation, all_replies(consultation), by=a_person())
    answer_by_sheet(sheets_of(consultation, asking)[0], all_replies(consultation))
    enter_at_desk(consultation, a_resident(), all_replies(consultation), consent=VISIT, by=asking.worker)
    assert consultation.answers.count() == 2


def test_people_of_other_places_and_the_dead_are_not_counted(asking, consultation):
    elsewhere, _ = Region.objects.get_or_create(
        code="320585101000", defaults={"name": "沙溪镇", "level": "town", "parent_id": "320585000000"}
    )
    neighbour, user = a_resident(region=elsewhere), a_person()
    link_account(neighbour, user, by=a_person_of(elsewhere))
    with refused("outside_places", "城厢镇"):
        answer_signed_in(consultation, all_replies(consultation), by=user)
    with pytest.raises(PermissionDenied):
        enter_at_desk(consultation, neighbour, all_replies(consultation), consent=VISIT, by=asking.worker)
    with refused("region"):
        answer_signed_in(consultation, all_replies(consultation), by=a_person(), region=elsewhere)
    dead = a_resident()
    report_death(dead, reason="家属告知", by=asking.officer)
    with refused("outside_places"):
        enter_at_desk(consultation, dead, all_replies(consultation), consent=VISIT, by=asking.worker)
    assert not consultation.answers.exists() and not consultation.participations.exists()


def a_person_of(region: Region):
    return a_person("officer", of=a_bureau(region=region))


def test_consent_comes_first(asking, consultation):
    resident = a_resident()
    for consent in ("", "self", "delegate", "nonsense"):
        with refused("consent_missing", "Ask the resident first"):
            enter_at_desk(consultation, resident, all_replies(consultation), consent=consent, by=asking.worker)
    with pytest.raises(PermissionDenied):
        enter_at_desk(consultation, resident, all_replies(consultation), consent=VISIT, by=a_person())
    assert not consultation.participations.exists()


def test_the_light_guard_of_the_open_page(consultation):
    replies, now = all_replies(consultation), clock.now()
    common = {"region": None, "origin": "192.0.2.1 tablet"}
    with refused("too_fast"):
        answer_openly(consultation, replies, token="a", opened_at=now - datetime.timedelta(seconds=1), **common)
    opened = now - datetime.timedelta(minutes=1)
    first = answer_openly(consultation, replies, token="a", opened_at=opened, **common)
    assert answer_openly(consultation, replies, token="a", opened_at=opened, **common) == first  # a second click
    for number in range(19):
        answer_openly(consultation, replies, token=f"b{number}", opened_at=opened, **common)
    with refused("same_device", "paper sheet"):
        answer_openly(consultation, replies, token="c", opened_at=opened, **common)
    assert consultation.answers.count() == 20
    assert "192.0.2" not in str(list(consultation.answers.values()))


def test_nothing_said_and_answers_that_are_none(asking, consultation):
    with refused("empty"):
        answer_signed_in(consultation, {}, by=a_person())
    for wrong in ({"one": 3}, {"scale": 6}, {"scale": 0}, {"many": [0, 9]}, {"one": "x"}):
        with refused("reply"):
            answer_signed_in(consultation, all_replies(consultation, **wrong), by=a_person())
    with refused("reply"):
        one = consultation.questions.first()
        answer_signed_in(consultation, {str(one.pk): [0, 1]}, by=a_person())
    assert not consultation.answers.exists() and not consultation.participations.exists()


@pytest.mark.parametrize("what", ["answer", "reply"])
def test_said_is_said(consultation, what):
    answer = an_open_answer(consultation)
    row = answer if what == "answer" else answer.replies.first()
    with pytest.raises(DatabaseError, match="only grows"):
        row.save()
