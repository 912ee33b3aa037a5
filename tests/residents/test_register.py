"""Into the register one by one and by file; masked, opened for a purpose."""

import datetime
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.urls import reverse

from marketplace.pages import clock
from marketplace.parties.models import Region, Role
from marketplace.residents.actions import (
    apply_import,
    delegate_to,
    link_account,
    preview_import,
    register_resident,
    report_death,
    view_resident,
)
from marketplace.residents.models import RecordView, Resident, mask_id, mask_name
from marketplace.residents.urls import urlpatterns as residents_urls
from marketplace.vouchers.urls import urlpatterns as vouchers_urls
from tests.given.people import a_bureau, a_person, a_region
from tests.given.residents import a_resident, an_id_number

pytestmark = pytest.mark.django_db
BORN = datetime.date(1940, 3, 8)


@pytest.fixture
def bureau():
    return a_bureau(region=a_region())


@pytest.fixture
def officer(bureau):
    return a_person(Role.OFFICER, of=bureau)


def a_file(*rows: str) -> bytes:
    return "\n".join(["姓名,身份证号,居住地,状态", *rows]).encode()


def test_masks():
    assert [mask_name(name) for name in ("张三", "张小三", "欧阳小三")] == ["张*", "张*三", "欧**三"]
    assert mask_id("320585194001011234") == "320585********1234"


def test_a_wrong_check_character_needs_a_reason(officer):
    number = an_id_number(BORN)
    wrong = number[:-1] + ("0" if number[-1] != "0" else "1")
    with pytest.raises(ValidationError) as refusal:
        register_resident(name="张福珍", id_number=wrong, region=a_region(), by=officer)
    assert refusal.value.error_dict["id_number"][0].code == "id_number"
    resident = register_resident(
        name="张福珍", id_number=wrong, region=a_region(), id_override="证件如此", birth_date=BORN, by=officer
    )
    assert resident.birth_date == BORN


def test_nobody_twice(officer):
    number = an_id_number(BORN)
    register_resident(name="张福珍", id_number=number, region=a_region(), by=officer)
    with pytest.raises(ValidationError) as refusal:
        register_resident(name="张福珍", id_number=number.lower(), region=a_region(), by=officer)
    assert refusal.value.error_dict["id_number"][0].code == "registered"


def test_the_id_number_is_nowhere_in_the_clear(officer):
    number = an_id_number(BORN)
    resident = register_resident(name="张福珍", id_number=number, region=a_region(), phone="19900001111", by=officer)
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM residents_resident")
        dump = repr(cursor.fetchall())
        cursor.execute("SELECT * FROM audit_entry")
        dump += repr(cursor.fetchall())
    assert number not in dump and "19900001111" not in dump
    assert Resident.objects.get(pk=resident.pk).id_number == number


def test_looking_leaves_a_trace(client, officer):
    resident = a_resident(region=a_region())
    client.force_login(officer)
    page = client.get(reverse("residents:resident", args=[resident.pk])).content.decode()
    assert resident.id_number not in page and resident.masked_id in page
    opened = client.post(reverse("residents:unmask", args=[resident.pk]), {"purpose": "上门核对住址"}, follow=True)
    assert resident.id_number in opened.content.decode()
    assert RecordView.objects.get().purpose == "上门核对住址"
    with pytest.raises(PermissionDenied):
        view_resident(resident, "好奇", by=a_person())


def test_a_stranger_finds_nobody(client):
    resident = a_resident(region=a_region())
    client.force_login(a_person())
    assert client.get(reverse("residents:resident", args=[resident.pk])).status_code == 404


def test_a_file_goes_in_whole_or_not_at_all(bureau, officer):
    known = a_resident(region=a_region(), name="张福珍")
    new = an_id_number(BORN)
    bad = preview_import(
        bureau, a_file(f"李桂英,{new},城厢镇,", "王无名,123,城厢镇,", f"钱大,{new},火星,"), "a.csv",
        is_complete=False, by=officer,
    )  # fmt: skip
    assert bad.report["counts"]["rejected"] == 2
    assert [row["problems"] for row in bad.report["rejected"]] == [["id_number"], ["unknown_region", "twice"]]
    with pytest.raises(ValidationError) as refusal:
        apply_import(bad, by=officer)
    assert refusal.value.code == "rejected" and Resident.objects.count() == 1

    good = preview_import(
        bureau, a_file(f"李桂英,{new},城厢镇,正常", f"张福珍,{known.id_number},城厢镇,死亡"), "b.csv",
        is_complete=False, by=officer,
    )  # fmt: skip
    assert good.report["counts"] | {"added": 1, "ended": 1} == good.report["counts"]
    applied = apply_import(good, by=officer)
    assert (
        not applied.rows.exists()
        and not applied.parts.exists()
        and Resident.objects.get(pk=known.pk).state == Resident.State.DECEASED
    )
    assert Resident.objects.active().get().name == "李桂英"


@pytest.mark.parametrize("content", [b"\x00\x01", b"", b"a,b\n1,2"])
def test_a_file_that_is_none(bureau, officer, content):
    with pytest.raises(ValidationError) as refusal:
        preview_import(bureau, content, "a.csv", is_complete=False, by=officer)
    assert "file" in refusal.value.error_dict


def test_the_register_costs_the_same_for_one_and_for_many(client, officer, django_assert_max_num_queries):
    for _number in range(6):
        a_resident(region=a_region())
    client.force_login(officer)
    with django_assert_max_num_queries(30):
        assert client.get(reverse("residents:register"), {"q": "陈"}).status_code == 200


def test_a_sign_in_of_ones_own_and_taken_away(client, officer):
    resident, other = a_resident(region=a_region()), a_resident(region=a_region())
    account = a_person()
    client.force_login(officer)
    address = reverse("residents:link_account", args=[resident.pk])
    assert client.post(address, {"account": account.email}).status_code == 302
    for again, name in ((other, account.email), (resident, a_person().email), (other, officer.email)):
        refused = client.post(reverse("residents:link_account", args=[again.pk]), {"account": name})
        assert refused.status_code == 422 and name in refused.content.decode()
    assert Resident.objects.get(pk=resident.pk).user == account
    end = reverse("residents:unlink_account", args=[resident.pk])
    assert client.post(end).status_code == client.post(end).status_code == 302
    assert Resident.objects.get(pk=resident.pk).user is None
    client.force_login(account)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("who", ["stranger", "resident", "delegate", "officer elsewhere"])
def test_the_desk_s_pages_about_somebody_are_there_for_her_desk_only(client, officer, who):
    """Her own record has a page of its own, `/my/`; the desk's forms are not hers, not even empty ones."""
    resident, reader = a_resident(region=a_region()), a_person()
    if who == "resident":
        link_account(resident, reader, by=officer)
    elif who == "delegate":
        consent = {"consent_on": clock.today(), "consent_note": "当面同意"}
        delegate_to(resident, reader, kind="relative", scope="act", by=officer, **consent)
    elif who == "officer elsewhere":
        far = Region.objects.get_or_create(code="320583000000", defaults={"name": "昆山市", "level": "county"})[0]
        reader = a_person(Role.OFFICER, of=a_bureau(region=far))
    client.force_login(reader)
    others = {"view": uuid.uuid4(), "delegation": uuid.uuid4(), "assessment": uuid.uuid4(), "booking": uuid.uuid4()}
    others["benefit"] = uuid.uuid4()
    others |= {"service": uuid.uuid4(), "verb": "suspend", "code": "silver"}
    seen = 0
    for pattern in [*residents_urls, *vouchers_urls]:
        route = str(pattern.pattern)
        if route.startswith("desk/residents/<uuid:pk>/"):
            wanted = {name: others[name] for name in pattern.pattern.converters if name != "pk"}
            space = "residents" if pattern in residents_urls else "vouchers"
            address = reverse(f"{space}:{pattern.name}", kwargs={"pk": resident.pk, **wanted})
            assert client.get(address).status_code == 404, address
            seen += 1
    assert seen > 20


def test_the_desk_corrects_what_is_wrong_without_seeing_what_is_secret(client, officer):
    resident = a_resident(
        region=a_region(), name="张福珍", phone="13812345678", address="人民路1号", household="family"
    )
    client.force_login(officer)
    address = reverse("residents:correct", args=[resident.pk])
    page = client.get(address).content.decode()
    assert not any(secret in page for secret in ("张福珍", "13812345678", "人民路1号"))
    form = {"name": "", "phone": "13900000000", "address": "", "region": resident.region_id, "community": "德兴社区"}
    form |= {"household": "alone", "household_number": "", "preferred_way": "sms"}
    assert client.post(address, form).status_code == 302
    kept = Resident.objects.get(pk=resident.pk)
    assert (kept.name, kept.phone, kept.address) == ("张福珍", "13900000000", "人民路1号")
    assert (kept.household, kept.community, kept.preferred_way) == ("alone", "德兴社区", "sms")
    assert kept.changes.count() == 2 and kept.changes.first().by == officer
    client.post(address, form | {"phone": ""})
    assert kept.changes.count() == 2, "nothing new is no change"
    assert client.post(address, form | {"region": "320583000000"}).status_code == 422
    assert address in client.get(reverse("residents:resident", args=[resident.pk])).content.decode()
    assert address in client.get(reverse("vouchers:window_of", args=[resident.pk])).content.decode()


def test_a_benefit_from_elsewhere_is_noted_and_ended_at_the_window(client, officer):
    resident = a_resident(region=a_region())
    client.force_login(officer)
    today = clock.today()
    noted = {"kind": "ltci", "starts_on": today, "ends_on": ""}
    assert client.post(reverse("residents:add_benefit", args=[resident.pk]), noted).status_code == 302
    benefit = resident.benefits.get()
    address = reverse("residents:end_benefit", args=[resident.pk, benefit.pk])
    window = reverse("vouchers:window_of", args=[resident.pk])
    assert address in client.get(window).content.decode() and client.get(address).status_code == 200
    early = today - datetime.timedelta(days=1)
    assert client.post(address, {"ends_on": early}).status_code == 422
    assert client.post(address, {"ends_on": today}).status_code == 302
    assert client.post(address, {"ends_on": today}).status_code == 422
    assert resident.benefits.get().ends_on == today and address not in client.get(window).content.decode()


def test_who_was_recorded_as_dead_by_mistake_lives_again_when_an_approver_says_so(client, officer, bureau):
    resident = a_resident(region=a_region())
    report_death(resident, reason="看错一行", by=officer)
    address, page = reverse("residents:state", args=[resident.pk, "reinstate"]), resident_page(resident)
    client.force_login(officer)
    assert address not in client.get(page).content.decode()
    assert client.post(address, {"reason": "本人在世"}).status_code == 403
    client.force_login(a_person(Role.APPROVER, of=bureau))
    assert address in client.get(page).content.decode()
    assert client.post(address, {"reason": "本人在世，已上门核实"}).status_code == 302
    assert Resident.objects.get().state == "active" and resident.changes.first().before == {"state": "deceased"}


def resident_page(resident: Resident) -> str:
    return reverse("residents:resident", args=[resident.pk])
