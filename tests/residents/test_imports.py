"""The file's way: read while one waits, decided, carried out whole; the monthly match suspends at once."""

import tracemalloc

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.urls import reverse

from marketplace.audit.models import Entry
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Role
from marketplace.residents.actions import (
    apply_import,
    begin_import,
    correct_resident,
    discard_import,
    preview_import,
    receive_import,
    reread_import,
)
from marketplace.residents.actions.applying import manifest_of
from marketplace.residents.models import ImportPart, ImportRow, RegisterImport, Resident, ResidentChange
from marketplace.residents.tasks import apply_file, read_file
from marketplace.vouchers.actions import issue_card, redeem
from tests.given.people import a_bureau, a_person, a_region
from tests.given.residents import a_resident, an_id_number
from tests.given.vouchers import PIN, a_counter

pytestmark = pytest.mark.django_db
HEADING = "姓名,身份证号,居住地,社区,户号,居住情况,联系电话,住址,状态"


@pytest.fixture
def bureau():
    return a_bureau(region=a_region())


@pytest.fixture
def officer(bureau):
    return a_person(Role.OFFICER, of=bureau)


def born(number: int):
    return clock.today().replace(year=1930 + number % 30, month=1 + number % 12, day=1 + number % 28)


def a_file(count: int) -> bytes:
    rows = [
        f"王小{number},{an_id_number(born(number), number % 1000)},城厢镇,东区,H{number},独居,1380000{number:04d},"
        f"人民路{number}号,正常"
        for number in range(count)
    ]
    return "\n".join([HEADING, *rows]).encode()


def read(bureau, content, officer, **more) -> RegisterImport:
    return preview_import(bureau, content, "登记册.csv", is_complete=more.get("is_complete", False), by=officer)


def test_every_line_is_in_the_residents_own_history_and_under_the_manifest(bureau, officer):
    preview = read(bureau, a_file(50), officer)
    expected = manifest_of(preview)
    applied = apply_import(preview, by=officer)
    assert Resident.objects.count() == 50 and applied.manifest == expected
    assert Entry.objects.get(event="register.imported").detail["manifest"] == expected
    changes = ResidentChange.objects.filter(register_import=applied)
    assert changes.count() == 50 and set(changes.values_list("kind", flat=True)) == {"registered"}
    resident = Resident.objects.get(name="王小7")
    assert resident.household_number == "H7" and resident.phone == "13800000007" and resident.household == "alone"
    assert not ImportRow.objects.exists() and not ImportPart.objects.exists()


def test_a_second_file_says_what_it_would_change_and_who_is_gone(client, bureau, officer):
    content = a_file(10)
    apply_import(read(bureau, content, officer), by=officer)
    lines = content.decode().splitlines()
    lines[1] = lines[1].replace("独居", "与家人同住").replace("东区", "南园")
    preview = read(bureau, "\n".join(lines[:-1]).encode(), officer, is_complete=True)
    assert preview.report["counts"] == {
        "added": 0, "changed": 1, "ended": 0, "unchanged": 8, "rejected": 0, "gone": 1,
    }  # fmt: skip
    client.force_login(officer)
    changed, gone = client.get(reverse("residents:import", args=[preview.pk])).context["sections"]
    assert [row["words"] for row in changed["rows"]] == ["村（社区）、居住情况"] and gone["count"] == 1
    apply_import(preview, by=officer)
    changed = ResidentChange.objects.get(kind="corrected")
    assert set(changed.fields.split(",")) == {"community", "household"} and changed.before == {"household": "alone"}
    assert Resident.objects.filter(state=Resident.State.SUSPENDED).count() == 1


def test_nothing_goes_in_when_the_register_has_moved_on(bureau, officer):
    content = a_file(3)
    preview = read(bureau, content, officer)
    apply_import(read(bureau, content, officer), by=officer)
    with pytest.raises(ValidationError) as refusal:
        apply_import(preview, by=officer)
    assert refusal.value.code == "stale" and Resident.objects.count() == 3
    reread_import(preview, by=officer)
    assert read_file.func(str(preview.pk)) == "previewed"
    preview.refresh_from_db(fields=["report"])
    assert preview.report["counts"]["unchanged"] == 3
    other = read(bureau, content.replace("东区".encode(), "西区".encode()), officer)
    correct_resident(Resident.objects.first(), community="中区", by=officer)
    with pytest.raises(ValidationError) as refusal:
        apply_import(other, by=officer)
    assert refusal.value.code == "stale"


def test_it_is_read_and_carried_out_in_the_background(client, bureau, officer, django_capture_on_commit_callbacks):
    client.force_login(officer)
    with django_capture_on_commit_callbacks(execute=True):
        from django.core.files.uploadedfile import SimpleUploadedFile  # noqa: PLC0415

        sent = client.post(reverse("residents:preview_import"), {"file": SimpleUploadedFile("登记册.csv", a_file(5))})
    one = RegisterImport.objects.get()
    assert sent.url.endswith(f"/imports/{one.pk}/") and one.state == "previewed"
    assert (one.done, one.total) == (5, 5)
    page = client.get(sent.url).content.decode()
    assert 'name="apply"' in page and "王" in page
    with django_capture_on_commit_callbacks(execute=True):
        client.post(sent.url, {"apply": ""})
    assert Resident.objects.count() == 5
    assert apply_file.func(str(one.pk)) == "applied"  # a retry of the task finds it done
    assert "登记册.csv" in client.get(reverse("residents:imports")).content.decode()


def test_while_it_is_read_the_page_shows_how_far_it_is(client, bureau, officer):
    one = receive_import(bureau, a_file(8), "登记册.csv", by=officer)
    RegisterImport.objects.filter(pk=one.pk).update(done=4)
    client.force_login(officer)
    page = client.get(reverse("residents:import", args=[one.pk])).content.decode()
    assert 'value="4" max="8"' in page and "50%" in page and 'name="apply"' not in page
    assert not Resident.objects.exists()


def test_a_file_that_is_none_says_so(bureau, officer):
    one = receive_import(bureau, b"a,b\n1,2\n", "x.csv", by=officer)
    assert read_file.func(str(one.pk)) == "failed"
    one = RegisterImport.objects.get(pk=one.pk)
    assert "姓名" in one.problem and not one.parts.exists()


def test_a_decision_that_can_not_be_carried_out_is_told_and_changes_nothing(bureau, officer):
    content = a_file(2)
    preview = read(bureau, content, officer)
    begin_import(preview, by=officer)
    apply_import(read(bureau, content, officer), by=officer)
    assert apply_file.func(str(preview.pk)) == "previewed"
    preview = RegisterImport.objects.get(pk=preview.pk)
    assert preview.problem and Resident.objects.count() == 2
    discard_import(preview, by=officer)
    assert not preview.rows.exists()


def test_strangers_send_nothing(bureau):
    with pytest.raises(PermissionDenied):
        receive_import(bureau, a_file(1), "x.csv", by=a_person(Role.COMMUNITY_WORKER, of=bureau))
    assert not RegisterImport.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_the_monthly_match_stops_vouchers_at_once():
    counter = a_counter()
    other = a_resident(region=a_region(), name="李阿婆")
    bureau = a_bureau(region=a_region())
    officer = a_person(Role.OFFICER, of=bureau)
    content = (
        f"身份证号,状态\n{counter.resident.id_number},死亡\n{an_id_number(born(3), 999)},迁出\n123,死亡\n".encode()
    )
    one = receive_import(bureau, content, "比对.csv", kind=RegisterImport.Kind.MATCH, by=officer)
    assert RegisterImport.objects.get(pk=one.pk).state == "applied"  # the task ran after commit
    assert Resident.objects.get(pk=counter.resident.pk).state == Resident.State.SUSPENDED
    assert Resident.objects.get(pk=other.pk).state == Resident.State.ACTIVE
    report = RegisterImport.objects.get(pk=one.pk).report["counts"]
    assert (report["ended"], report["unchanged"], report["rejected"]) == (1, 1, 1)
    with pytest.raises(ValidationError) as refusal:
        redeem(counter.provider, **counter.request())
    assert refusal.value.code == "suspended"
    with pytest.raises(ValidationError) as refusal:  # the card of another resident still pays or lacks only a voucher
        redeem(
            counter.provider,
            **counter.request(card=issue_card(other, pin=PIN, by=service_user("tests")).number, key="key-2"),
        )
    assert refusal.value.code != "suspended"


def test_memory_stays_flat(bureau, officer):
    def peak(count: int) -> int:
        one = receive_import(bureau, a_file(count), "登记册.csv", by=officer)
        tracemalloc.start()
        read_file.func(str(one.pk))
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        discard_import(RegisterImport.objects.get(pk=one.pk), by=officer)
        return most

    peak(200)  # what is loaded once
    few, many = peak(2_500), peak(10_000)
    assert many < few * 1.5, (few, many)
