"""Photos and papers laid to a leaf: what they must be, what is kept of them, until when."""

import datetime
import io
import uuid
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils import translation
from PIL import Image

from evaluations import actions
from evaluations.models import Evidence, Scorecard
from evaluations.photos import place_of
from evaluations.queries import heads_of, scored_leaves
from evaluations.sheets import values_of
from marketplace.pages import clock
from tests.given.evaluations import a_handed_in_sheet, a_scoring_engagement
from tests.given.pictures import OWNER, a_photo

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.7\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n%%EOF\n"


def jpeg(content: bytes, name: str = "现场.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content, "image/jpeg")


@pytest.fixture
def sheet():
    engagement = a_scoring_engagement(scorers=2)
    found = engagement.scorecards.get(scorer=engagement.cast.scorers[0])
    found.case, found.by = engagement, engagement.cast.scorers[0]
    found.leaves = list(scored_leaves(engagement.framework))
    return found


def lay(sheet, file, **more) -> Evidence:
    return actions.add_evidence(sheet, sheet.leaves[0], file, by=sheet.by, **more)


def code_of(act) -> str:
    with pytest.raises(ValidationError) as refusal:
        act()
    return refusal.value.code


def test_a_photo_loses_all_but_time_and_place(sheet, settings):
    sent = a_photo(placed=True)
    kept = lay(sheet, jpeg(sent))
    assert (kept.lat, kept.lng, kept.place_from) == (Decimal("31.45500"), Decimal("121.10000"), "photo")
    assert kept.taken_at == datetime.datetime(2026, 3, 5, 10, 20, 30, tzinfo=clock.SHANGHAI)
    content = Evidence.objects.get().file.open("rb").read()
    assert OWNER.encode() in sent and OWNER.encode() not in content
    with Image.open(io.BytesIO(content)) as picture:
        assert picture.size == (320, 240) and not picture.getexif()
    assert kept.sha256 != kept.sent_sha256 and kept.size == len(content)
    on_disk = (settings.MEDIA_ROOT / kept.file.name).read_bytes()
    assert on_disk.startswith(b"MINFUENC") and content[:64] not in on_disk


def test_the_device_s_place_counts_before_the_photo_s(sheet):
    kept = lay(sheet, jpeg(a_photo(placed=True)), here=place_of("31.2", "120.9"))
    assert (kept.lat, kept.place_from) == (Decimal("31.20000"), "device")
    assert place_of("91", "0") is place_of("north", "0") is place_of(None, None) is place_of("nan", "1") is None


def test_the_same_file_is_laid_once(sheet):
    key = uuid.uuid4()
    first = lay(sheet, jpeg(a_photo()), key=key)
    assert first.pk == key and lay(sheet, jpeg(a_photo()), key=key) == lay(sheet, jpeg(a_photo())) == first
    assert Evidence.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("假.jpg", b"MZ\x90\x00 a program", "not_what_it_says"),
        ("假.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF and nothing more", "not_what_it_says"),
        ("其实是PDF.png", PDF, "not_what_it_says"),
        ("其实是图.pdf", None, "not_what_it_says"),
        ("表.xlsx", b"PK", "wrong_ending"),
    ],
)
def test_what_is_not_what_it_says_is_refused(sheet, name, content, code):
    assert code_of(lambda: lay(sheet, SimpleUploadedFile(name, content or a_photo()))) == code
    assert not Evidence.objects.exists()


def test_a_paper_stays_as_it_is(sheet):
    kept = lay(sheet, SimpleUploadedFile("签到表.pdf", PDF))
    assert kept.sha256 == kept.sent_sha256 and kept.file.open("rb").read() == PDF and not kept.is_photo


def test_evidence_after_the_sheet_is_handed_in_is_late(sheet, client):
    kept = lay(sheet, jpeg(a_photo()))
    a_handed_in_sheet(sheet.case, sheet.by, 4, 8, 90)
    assert code_of(lambda: lay(sheet, jpeg(a_photo(3)))) == "late"
    assert code_of(lambda: actions.remove_evidence(kept, by=sheet.by)) == "late"
    client.force_login(sheet.by)
    for language, words in (("zh-hans", "此后的佐证材料不再收"), ("en", "evidence that comes later")):
        with translation.override(language):
            answer = client.post(
                reverse("evaluations:sheet_files", args=[sheet.pk]),
                {"leaf": str(sheet.leaves[0].pk), "file": jpeg(a_photo(4))},
            )
        assert answer.status_code == 422 and answer.json()["code"] == "late" and words in answer.json()["words"]
    assert Evidence.objects.count() == 1


def test_only_the_scorer_lays_and_takes_back(sheet, settings, django_capture_on_commit_callbacks):
    kept = lay(sheet, jpeg(a_photo()))
    path = settings.MEDIA_ROOT / kept.file.name
    for person in (sheet.case.cast.scorers[1], sheet.case.cast.evaluator_owner, sheet.case.cast.officer):
        with pytest.raises(PermissionDenied):
            actions.add_evidence(sheet, sheet.leaves[0], jpeg(a_photo(2)), by=person)
        with pytest.raises(PermissionDenied):
            actions.remove_evidence(kept, by=person)
    assert path.exists()
    with django_capture_on_commit_callbacks(execute=True):
        actions.remove_evidence(kept, by=sheet.by)
    assert not Evidence.objects.exists() and not path.exists()


@pytest.mark.parametrize(("language", "words"), [("zh-hans", "不是"), ("en", "is not a")])
def test_a_photo_that_is_not_one_by_page_and_nothing_typed_is_lost(sheet, client, language, words):
    first, second, _third = sheet.leaves
    client.force_login(sheet.by)
    with translation.override(language):
        address = sheet.get_absolute_url()
        answer = client.post(
            address,
            {
                f"points_{first.pk}": "4",
                f"note_{first.pk}": "签到表已核",
                "remark": "需要复访",
                f"file_{first.pk}": jpeg(b"MZ a program", "假照片.jpg"),
                f"file_{second.pk}": jpeg(a_photo(1), "真照片.jpg"),
                "save": "1",
            },
        )
    page = answer.content.decode()
    assert answer.status_code == 422 and "假照片.jpg" in page and words in page
    assert "签到表已核" in page and "需要复访" in page and "真照片.jpg" in page
    stood = values_of(heads_of(sheet))
    assert stood[f"points_{first.pk}"] == "4" and stood["remark"] == "需要复访", "what is right is kept all the same"
    assert [one.name for one in Evidence.objects.all()] == ["真照片.jpg"]
    assert Scorecard.objects.get(pk=sheet.pk).state == "open"
