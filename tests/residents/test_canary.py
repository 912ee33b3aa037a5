"""Canary ID numbers: after a whole life in the system they stand in no table, log, cache, mail, paper, export or page
but the one that was opened for a purpose."""

import datetime
import io
import logging
import re
import zipfile
from pathlib import Path

import pytest
from django.apps import apps
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.urls import reverse

from marketplace.pages import clock
from marketplace.parties.actions import service_user
from marketplace.parties.models import Role
from marketplace.residents.actions import delegate_to, link_account
from marketplace.residents.models import RecordView, RegisterImport, Resident, check_character
from marketplace.vouchers.actions import issue_card, issue_month, redeem, run_due_months
from marketplace.vouchers.documents import print_card
from tests.given.directory import a_service, admitted
from tests.given.people import a_bureau, a_person, a_region
from tests.given.vouchers import PIN, a_programme

pytestmark = pytest.mark.django_db(transaction=True)
BORN = datetime.date(1937, 2, 3)


def canary(serial: int) -> str:
    body = f"320585{BORN:%Y%m%d}{serial:03d}"
    return body + check_character(body)


CANARIES = [canary(711), canary(713)]
PHONE, ADDRESS = "13777777771", "金丝雀路7号"
WRONG = CANARIES[0][:-1] + ("1" if CANARIES[0][-1] != "1" else "2")  # a rejected line's number is a secret too
FILE = (
    "姓名,身份证号,居住地,社区,居住情况,联系电话,住址,状态\n"
    + "\n".join(f"金丝雀{n},{number},城厢镇,东区,独居,{PHONE},{ADDRESS},正常" for n, number in enumerate(CANARIES))
).encode()


def dumped() -> str:
    """Every row of every table, as a dump of the database would hold it."""
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            found += [
                bytes(cell) if isinstance(cell, memoryview) else cell for row in cursor.fetchall() for cell in row
            ]
    return "\n".join(cell.decode("latin-1") if isinstance(cell, bytes) else str(cell) for cell in found)


def files_under(folder: str | Path) -> str:
    texts = []
    for path in Path(folder).rglob("*"):
        if path.is_file():
            texts.append(path.read_bytes().decode("latin-1"))
    return "\n".join(texts)


def text_of(response) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    if content[:2] == b"PK":  # a workbook: look inside
        with zipfile.ZipFile(io.BytesIO(content)) as book:
            content = b"\n".join(book.read(name) for name in book.namelist())
    return content.decode("utf-8", "replace")


def secrets_in(text: str) -> list[str]:
    return [
        secret for secret in (*CANARIES, WRONG, PHONE, ADDRESS) if secret in text or secret in text.replace(" ", "")
    ]


def test_canaries_sing_nowhere(client, settings, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    settings.MEDIA_ROOT = tmp_path / "media"
    bureau = a_bureau(region=a_region())
    officer = a_person(Role.OFFICER, Role.APPROVER, of=bureau)
    worker = a_person(Role.COMMUNITY_WORKER, of=bureau)
    client.force_login(officer)
    bad = FILE + f"\n错一位,{WRONG},城厢镇,东区,独居,{PHONE},{ADDRESS},正常\n".encode()
    for content in (bad, FILE):
        client.post(reverse("residents:preview_import"), {"file": SimpleUploadedFile("登记册.csv", content)})
    rejected, good = RegisterImport.objects.order_by("created_at")
    while_waiting = dumped()
    for one in (rejected, good):
        page = client.get(reverse("residents:import", args=[one.pk]))
        assert secrets_in(text_of(page)) == []
    client.post(reverse("residents:import", args=[rejected.pk]), {"discard": ""})
    client.post(reverse("residents:import", args=[good.pk]), {"apply": ""})
    resident = Resident.objects.get(name="金丝雀0")
    assert resident.id_number == CANARIES[0]

    programme = a_programme()
    issue_month(programme, clock.today(), by=service_user("tests"))
    run_due_months()
    service = a_service(price=20_00)
    admitted(service.organisation, programme.code)
    card = issue_card(resident, pin=PIN, by=officer)
    counter = a_person(Role.COUNTER, of=service.organisation)
    redemption = redeem(
        service.organisation, card=card.number, pin=PIN, service=service, amount=20_00, key="canary", by=counter
    )
    paper = print_card(card, by=officer)
    daughter, own = a_person(), a_person()
    delegate_to(
        resident, daughter, kind="relative", scope="act", consent_on=clock.today(), consent_note="当面", by=worker
    )
    link_account(resident, own, by=officer)

    pages = {
        officer: [
            reverse("residents:register"), reverse("residents:register") + f"?q={CANARIES[0][:6]}",
            reverse("residents:imports"), reverse("residents:imports") + "?format=xlsx",
            reverse("residents:import", args=[good.pk]), reverse("residents:resident", args=[resident.pk]),
            reverse("vouchers:window"), reverse("vouchers:window_of", args=[resident.pk]),
            reverse("vouchers:resident", args=[resident.pk]), reverse("residents:alerts"), "/desk/",
        ],
        programme.drafted_by: [
            reverse("vouchers:programme", args=[programme.code]), reverse("vouchers:figures"),
            reverse("vouchers:trial", args=[programme.code]), reverse("vouchers:issuing"),
            reverse("vouchers:never_spent", args=[programme.code]),
            reverse("vouchers:never_spent", args=[programme.code]) + "?format=xlsx",
            reverse("vouchers:never_spent", args=[programme.code]) + "?format=csv",
            reverse("vouchers:applications"), reverse("vouchers:applications") + "?format=csv",
        ],
        counter: [reverse("vouchers:counter"), reverse("vouchers:today"),
                  reverse("vouchers:receipt", args=[redemption.id])],
        daughter: [reverse("vouchers:my"), reverse("vouchers:my_history"), reverse("vouchers:my_programmes"),
                   reverse("vouchers:my_looked"), reverse("vouchers:my_card")],
        own: [reverse("vouchers:my"), reverse("vouchers:my_programmes"), reverse("vouchers:my_looked")],
        a_person(is_superuser=True, is_staff=True): [
            "/admin/", reverse("residents:alerts"),
        ],
    }  # fmt: skip
    seen = 0
    for reader, addresses in pages.items():
        client.force_login(reader)
        for address in addresses:
            response = client.get(address, follow=True)
            assert response.status_code == 200, (address, response.status_code)
            assert secrets_in(text_of(response)) == [], address
            seen += 1
    client.logout()
    for address in ("/", "/figures/", "/providers/", "/services/", paper.get_absolute_url(), "/ocds/releases.json"):
        assert secrets_in(text_of(client.get(address, follow=True))) == [], address

    # Found by the whole number, sent by POST: the answer is masked, and the number stands in no address.
    client.force_login(worker)
    found = text_of(client.post(reverse("vouchers:window"), {"q": CANARIES[0]}))
    assert secrets_in(re.sub(r'value="[^"]*"', "", found)) == [] and resident.masked_name in found
    opened = text_of(client.post(reverse("residents:unmask", args=[resident.pk]), {"purpose": "上门核对"}, follow=True))
    assert secrets_in(opened) == [CANARIES[0], PHONE, ADDRESS]
    assert RecordView.objects.get(resident=resident).purpose == "上门核对"

    assert secrets_in(while_waiting) == []
    assert secrets_in(dumped()) == []
    assert secrets_in(caplog.text) == []
    assert secrets_in(files_under(settings.MEDIA_ROOT)) == []
    assert secrets_in(repr(getattr(cache, "_cache", {}))) == []
    assert seen >= 25 and len(apps.get_models()) > 50
