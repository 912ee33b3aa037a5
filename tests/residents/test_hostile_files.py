"""A workbook that was made to harm: it can't be read, says so, and holds nothing up."""

import io
import re
import tracemalloc
import zipfile

import pytest
from django.urls import reverse
from openpyxl import Workbook

from marketplace.parties.models import Role
from marketplace.residents.actions import receive_import
from marketplace.residents.models import RegisterImport, Resident
from marketplace.residents.tasks import read_file
from tests.given.people import a_bureau, a_person, a_region

pytestmark = pytest.mark.django_db
SHEET = "xl/worksheets/sheet1.xml"
SWELLS = (
    '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(8))
    + "]>"
)


def a_workbook(change) -> bytes:
    book = Workbook()
    book.active.append(["姓名", "身份证号", "居住地"])
    book.active.append(["王芳", "x", "城厢镇"])
    plain, made = io.BytesIO(), io.BytesIO()
    book.save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for name in source.namelist():
            content = source.read(name).decode()
            target.writestr(name, change(content) if name == SHEET else content)
    return made.getvalue()


def swelling(content: str) -> str:
    return SWELLS + re.sub(r"<v>.*?</v>|<t>.*?</t>", "<v>&i;</v>", content)


def reading_a_file(content: str) -> str:
    doctype = '<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
    return doctype + re.sub(r"<v>.*?</v>|<t>.*?</t>", "<v>&e;</v>", content)


@pytest.mark.parametrize(
    "change",
    [swelling, reading_a_file, lambda content: content[: len(content) // 2], lambda _content: "no xml at all"],
    ids=["entities that swell", "a file of the machine", "cut off", "not XML"],
)
def test_it_can_not_be_read_and_says_so(client, change):
    bureau = a_bureau(region=a_region())
    officer = a_person(Role.OFFICER, of=bureau)
    content = a_workbook(change)
    assert len(content) < 50_000
    tracemalloc.start()
    try:
        run = receive_import(bureau, content, "登记册.xlsx", by=officer)
        assert read_file.func(str(run.pk)) == "failed"
        assert tracemalloc.get_traced_memory()[1] < 60_000_000
    finally:
        tracemalloc.stop()
    run = RegisterImport.objects.get(pk=run.pk)
    assert run.state == RegisterImport.State.FAILED and "无法读取" in run.problem, run.problem
    client.force_login(officer)
    page = client.get(reverse("residents:import", args=[run.pk])).content.decode()
    assert run.problem in page and "every 1s" not in page
    assert not Resident.objects.exists()
