"""Who was made unrecognisable leaves no word, photo, place or letter in the rooms of the vouchers; the money stays."""

import datetime
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.db import connection
from django.urls import reverse

from marketplace.directory.distance import Place
from marketplace.messages.models import Letter, TextMessage
from marketplace.pages import clock
from marketplace.papers.models import Paper
from marketplace.parties.actions import service_user
from marketplace.parties.models import Role
from marketplace.residents.actions import erase_due_residents, report_death
from marketplace.residents.models import Resident
from marketplace.vouchers.actions import (
    appeal_refusal,
    apply_for,
    check_in,
    check_out,
    decide_application,
    forget_persons,
    link_visit,
    record_hospital_stay,
    redeem,
)
from marketplace.vouchers.models import Application, HospitalStay, Redemption, Visit
from marketplace.vouchers.notices import remind_of_the_months_end, text_receipt
from tests.given.bookings import a_neighbour
from tests.given.people import a_person
from tests.given.pictures import PNG
from tests.given.vouchers import a_counter, a_programme

LAST_WEEK = clock.at_hour(datetime.date(2026, 11, 26), 9)
LATER = LAST_WEEK + datetime.timedelta(days=400)
SECRETS = ("德兴路", "陈阿婆", "13900001234", "老伴上月去世", "太仓一院")


@pytest.fixture
def counter():
    with clock.pretend(LAST_WEEK):
        yield a_counter(price=20_00)


def written_to(resident: Resident, way: str) -> Resident:
    resident.name, resident.phone, resident.address, resident.preferred_way = "陈阿婆", SECRETS[2], "德兴路26号", way
    resident.save()
    return resident


def in_tables() -> str:
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            if table.startswith(("vouchers_", "messages_", "notices_", "residents_resident")):
                cursor.execute(f'SELECT * FROM "{table}"')
                found += [str(row) for row in cursor.fetchall()]
    return "\n".join(found)


def a_life(counter) -> tuple[Visit, Redemption]:
    """A visit that is paid, a stay in hospital, a refusal and its appeal, a receipt by text message."""
    resident, worker = counter.resident, service_user("tests")
    visit = check_in(
        counter.provider, card=counter.card.number, service=counter.service, here=Place(31.45, 121.11), by=counter.staff
    )
    visit = check_out(visit, here=Place(31.45, 121.11), signature=ContentFile(PNG), by=counter.staff)
    redemption = redeem(counter.provider, **counter.request(amount=20_00))
    link_visit(visit, redemption, by=counter.staff)
    text_receipt(redemption, by=counter.staff)
    record_hospital_stay(resident, starts_on=clock.today(), ends_on=None, source="太仓一院", by=worker)
    line = counter.programme.budget_line
    alone = a_programme(line, code="alone", by_application=True, only_alone=True)
    helper = a_person(Role.COMMUNITY_WORKER, of=counter.bureau)
    application = apply_for(alone, resident, channel="desk", need="老伴上月去世", by=helper)
    decide_application(application, approve=False, by=a_person(Role.OFFICER, of=counter.bureau))
    appeal_refusal(Application.objects.get(), "老伴上月去世，现在一个人住", by=helper)
    return visit, redemption


@pytest.mark.django_db(transaction=True)
def test_the_erased_leave_amounts_only(counter, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    written_to(counter.resident, Resident.Way.SMS)
    visit, redemption = a_life(counter)
    report_death(counter.resident, reason="死亡证明", by=service_user("tests"))
    proof = tmp_path / visit.signature.name
    assert proof.exists() and "老伴上月去世" in in_tables()
    assert forget_persons() == 0, "nobody is forgotten before the rule's time"

    with clock.pretend(LATER):
        assert erase_due_residents() == 1
        assert forget_persons() > 0
        assert forget_persons() == 0

    left = in_tables()
    assert [secret for secret in SECRETS if secret in left] == []
    assert not proof.exists() and not HospitalStay.objects.exists() and not TextMessage.objects.exists()
    kept = Visit.objects.get(pk=visit.pk)
    assert (kept.came_lat, kept.left_lng, kept.signature.name, kept.redemption_id) == (None, None, "", redemption.id)
    assert Redemption.objects.get(id=redemption.id).amount == 20_00


@pytest.mark.django_db
def test_who_is_alive_keeps_everything_but_old_post(counter, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    written_to(counter.resident, Resident.Way.SMS)
    written_to(a_neighbour(counter), Resident.Way.POST)
    visit, _redemption = a_life(counter)
    remind_of_the_months_end()
    assert Letter.objects.exists()
    with clock.pretend(LATER):
        assert forget_persons() > 0
    assert not Letter.objects.exists()
    assert Visit.objects.get(pk=visit.pk).came_lat and HospitalStay.objects.exists()
    assert Application.objects.get().need == "老伴上月去世"


@pytest.mark.django_db(transaction=True)
def test_printed_letters_lie_encrypted_are_nobody_elses_and_go(client, counter, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    written_to(a_neighbour(counter), Resident.Way.POST)
    remind_of_the_months_end()
    worker = a_person(Role.COMMUNITY_WORKER, of=counter.bureau)
    client.force_login(worker)
    assert client.post(reverse("vouchers:print_letters")).status_code == 302
    paper = Paper.objects.get(kind="letters")
    files = [path for path in Path(tmp_path).rglob("*") if path.is_file()]
    assert len(files) == 2 and all(path.read_bytes().startswith(b"MINFUENC") for path in files)
    address = reverse("papers:paper_file", args=[paper.code])
    assert b"".join(client.get(address).streaming_content).startswith(b"%PDF")
    assert client.get(paper.get_absolute_url()).status_code == 200
    for other in (a_person(Role.AUDITOR, of=counter.bureau), a_person(is_superuser=True), counter.staff):
        client.force_login(other)
        assert client.get(address).status_code == 404
    with clock.pretend(LATER):
        assert forget_persons() > 0
    assert not Paper.objects.filter(kind="letters").exists()
    assert [path for path in Path(tmp_path).rglob("*") if path.is_file()] == []
