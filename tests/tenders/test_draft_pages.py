"""A draft that saves itself, is previewed as the supplier will see it, and is approved by a second pair of eyes."""

import subprocess

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from marketplace.parties.models import Role
from marketplace.tenders import actions
from marketplace.tenders.models import Tender, TypedPage
from tests.given.people import a_person
from tests.given.tenders import a_cast, a_draft, a_supplier, again

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


def test_the_first_page_saves_what_is_right_while_one_types(client):
    tender = a_draft()
    client.force_login(tender.cast.officer)
    page = reverse("tenders:about", args=[tender.pk])
    form = client.get(page).context["form"]
    typed = {name: str(form[name].value() or "") for name in form.fields}
    saved = client.post(page, typed | {"title": "新的名称", "autosave": "1"}, headers=HTMX)
    assert saved.content.decode() == "已保存。"
    assert Tender.objects.get(pk=tender.pk).title == "新的名称"
    kept = client.post(page, typed | {"method": "rfq", "title": "再改", "autosave": "1"}, headers=HTMX)
    assert "尚未保存" in kept.content.decode() or "未保存" in kept.content.decode()
    assert Tender.objects.get(pk=tender.pk).method == "consultation"


@pytest.mark.parametrize("name", ["plan_of", "schedule", "qualifications", "criteria", "terms", "new_lot"])
def test_what_was_typed_comes_back_until_it_is_saved(client, name):
    tender = a_draft()
    client.force_login(tender.cast.officer)
    page = reverse(f"tenders:{name}", args=[tender.pk])
    answer = client.post(page, {"marker": "写了一半", "title": "写了一半", "autosave": "1"}, headers=HTMX)
    assert answer.status_code == 200
    kept = TypedPage.objects.get(tender=tender)
    assert kept.typed["marker"] == ["写了一半"]
    assert "csrfmiddlewaretoken" not in kept.typed
    assert client.get(page).context["is_restored"]
    stranger = a_cast().officer
    client.force_login(stranger)
    assert client.post(page, {"autosave": "1"}, headers=HTMX).status_code == 404


def test_saving_forgets_what_was_only_typed(client):
    tender = a_draft()
    client.force_login(tender.cast.officer)
    page = reverse("tenders:terms", args=[tender.pk])
    client.post(page, {"small_discount": "12", "autosave": "1"}, headers=HTMX)
    assert TypedPage.objects.exists()
    client.post(page, {"pricing": "lowest_ratio", "small_discount": "12", "challenges_once": "on"})
    assert not TypedPage.objects.exists()


def test_the_preview_says_what_the_notice_will_say(client):
    tender = a_draft(lots=2)
    cast = tender.cast
    preview_url = reverse("tenders:preview", args=[tender.pk])
    client.force_login(cast.officer)
    preview = client.get(preview_url).content.decode()
    actions.submit_for_approval(tender, by=cast.officer)
    client.force_login(cast.approver)
    assert client.get(preview_url).status_code == 200, "the second officer reads it too"
    published = actions.approve_tender(tender, by=cast.approver)
    client.logout()
    notice = client.get(published.get_absolute_url()).content.decode()
    for said in (
        tender.title,
        "第2包",
        "500,000.00",
        "服务方案",
        "符合政府采购法第二十二条",
        tender.documents.get().sha256,
    ):
        assert said in preview, said
        assert said in notice, said
    assert published.number not in preview
    for stranger in (a_cast().officer, a_supplier()[1]):
        client.force_login(stranger)
        assert client.get(preview_url).status_code == 404


def test_four_eyes(client):
    tender = a_draft()
    cast = tender.cast
    both = a_person(Role.OFFICER, Role.APPROVER, of=cast.bureau)
    with pytest.raises(PermissionDenied):
        actions.approve_tender(tender, by=cast.approver)  # not handed in
    actions.submit_for_approval(tender, by=both)
    for person in (both, cast.officer, a_cast().approver):
        with pytest.raises(PermissionDenied):
            actions.approve_tender(tender, by=person)
    client.force_login(both)
    approve = reverse("tenders:approve", args=[tender.pk])
    assert client.post(approve).status_code == 403
    assert approve not in client.get(tender.get_desk_url()).content.decode(), "the button is hidden by the same policy"
    client.force_login(cast.approver)
    assert approve in client.get(tender.get_desk_url()).content.decode()
    page = client.get(approve).content.decode()
    assert tender.documents.get().sha256 in page, "who approves sees which bytes"
    key = {"submission_key": "0190a1b2-0000-7000-8000-000000000002"}
    first = client.post(approve, key)
    assert client.post(approve, key)["Location"] == first["Location"]
    approved = again(tender)
    assert (approved.state, approved.approved_by) == ("published", cast.approver)
    assert Tender.objects.filter(number=approved.number).count() == 1


def test_what_comes_back_says_why_and_can_be_handed_in_again(client):
    tender = a_draft()
    cast = tender.cast
    actions.submit_for_approval(tender, by=cast.officer)
    client.force_login(cast.approver)
    back = reverse("tenders:return", args=[tender.pk])
    assert client.post(back, {"reason": " "}).status_code == 422
    assert client.post(back, {"reason": "请写明每月服务人次"}).status_code == 302
    client.force_login(cast.officer)
    assert "请写明每月服务人次" in client.get(tender.get_desk_url()).content.decode()
    assert client.post(reverse("tenders:submit", args=[tender.pk])).status_code == 302
    assert again(tender).state == "pending_approval"


def test_the_tender_file_is_tagged_and_carries_its_fonts(client, tmp_path):
    tender = a_draft(lots=2)
    cast = tender.cast
    actions.submit_for_approval(tender, by=cast.officer)
    published = actions.approve_tender(tender, by=cast.approver)
    paper = tmp_path / "tender.pdf"
    paper.write_bytes(client.get(reverse("tenders:tender_file", args=[published.number])).getvalue())

    def run(*command: str) -> str:
        return subprocess.run([*command, str(paper)], capture_output=True, check=True, text=True).stdout

    about = run("pdfinfo")
    assert "Tagged:          yes" in about
    assert published.title in about
    fonts = run("pdffonts").splitlines()[2:]
    assert fonts
    for line in fonts:
        embedded = line.split()[-5]
        assert embedded == "yes", line
    text = subprocess.run(["pdftotext", "-layout", paper, "-"], capture_output=True, check=True, text=True).stdout
    words = "".join(text.split())
    assert "价格评审方法" in words
    assert "小微企业价格扣除" in words
    assert "一次性提出" in words
