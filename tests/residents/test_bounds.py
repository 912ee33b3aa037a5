"""Whose record it is: a bureau's file stops at its border, and a delegate hands nothing on."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Region, Role
from marketplace.residents.actions import apply_import, delegate_to, end_delegation, move_resident, preview_import
from marketplace.residents.models import Delegation, Resident
from tests.given.people import a_bureau, a_person, a_region
from tests.given.residents import a_resident

pytestmark = pytest.mark.django_db


def other_town(region: Region) -> Region:
    code = f"{region.code[:6]}199000"
    return Region.objects.get_or_create(code=code, defaults={"name": "外镇", "level": "town", "parent": region.parent})[
        0
    ]


def a_file(resident: Resident, region: Region, **more: str) -> bytes:
    cells = {"姓名": resident.name, "身份证号": resident.id_number, "居住地代码": region.code, **more}
    return f"{','.join(cells)}\n{','.join(cells.values())}\n".encode()


def test_a_bureau_does_not_take_another_ones_resident_by_a_file():
    theirs = a_region()
    resident = a_resident(region=theirs, phone="13812345678", address="人民路 1 号")
    bureau = a_bureau(region=other_town(theirs))
    officer = a_person(Role.OFFICER, of=bureau)
    content = a_file(resident, bureau.region, 联系电话="13900000000")

    preview = preview_import(bureau, content, "register.csv", is_complete=False, by=officer)

    assert preview.report["counts"]["rejected"] == 1
    assert preview.report["rejected"][0]["problems"] == ["elsewhere"]
    assert Resident.objects.get().region == theirs


def test_after_the_move_is_recorded_the_other_bureau_takes_the_resident_in():
    theirs = a_region()
    resident = a_resident(region=theirs)
    bureau = a_bureau(region=other_town(theirs))
    officer = a_person(Role.OFFICER, of=bureau)
    move_resident(resident, reason="迁出", by=service_user("tests"))

    preview = preview_import(bureau, a_file(resident, bureau.region), "register.csv", is_complete=False, by=officer)
    apply_import(preview, by=officer)

    resident = Resident.objects.get()
    assert (resident.region, resident.state) == (bureau.region, Resident.State.ACTIVE)


def test_a_delegate_appoints_nobody_and_dismisses_nobody():
    resident = a_resident()
    desk = a_person(Role.COMMUNITY_WORKER, of=a_bureau(region=resident.region))
    consent = {"kind": "relative", "consent_on": clock.today() - datetime.timedelta(days=1), "consent_note": "当面"}
    daughter, son, stranger = a_person(), a_person(), a_person()
    delegate_to(resident, daughter, scope="act", by=desk, **consent)
    sons = delegate_to(resident, son, scope="view", by=desk, **consent)

    with pytest.raises(PermissionDenied):
        delegate_to(resident, stranger, scope="act", by=daughter, **consent)
    with pytest.raises(PermissionDenied):
        end_delegation(sons, by=daughter)
    assert Delegation.objects.live().count() == 2
    end_delegation(sons, by=son)
    assert Delegation.objects.live().count() == 1


def test_what_has_run_out_can_be_given_anew():
    resident = a_resident()
    desk = a_person(Role.COMMUNITY_WORKER, of=a_bureau(region=resident.region))
    daughter, today = a_person(), clock.today()
    given = {"kind": "relative", "scope": "act", "consent_on": today, "consent_note": "当面", "by": desk}
    delegate_to(resident, daughter, ends_on=today, **given)
    with pytest.raises(ValidationError) as refusal:
        delegate_to(resident, daughter, **given)
    assert refusal.value.error_dict["delegate"][0].code == "delegated"
    with clock.pretend(clock.now() + datetime.timedelta(days=1)):
        assert not Delegation.objects.live().exists()
        anew = delegate_to(resident, daughter, **given)
        assert Delegation.objects.live().get() == anew
