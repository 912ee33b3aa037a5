"""Standards: drafted, for comment, adopted with a date, replaced; cited by criteria and by leaves."""

import datetime

import pytest
from django.core.exceptions import PermissionDenied
from django.urls import reverse

from evaluations.actions import add_framework
from evaluations.models import Indicator
from marketplace.consultations.actions import adopt_after_consultation, conclude_consultation
from marketplace.directory.actions import (
    adopt_standard,
    change_standard_draft,
    draft_next_version,
    draft_standard,
    drop_standard_version,
)
from marketplace.directory.differences import compare
from marketplace.directory.models import StandardVersion
from marketplace.pages import clock
from marketplace.parties.actions import service_user
from tests.given.consultations import (
    Asking,
    a_concluded_consultation,
    a_draft_consultation,
    a_draft_standard,
    a_reported_consultation,
    after_it_closed,
    an_open_consultation,
)
from tests.given.people import a_person
from tests.given.refusals import refused

pytestmark = pytest.mark.django_db
DAY = datetime.timedelta(days=1)


def get(version: StandardVersion) -> StandardVersion:
    return StandardVersion.objects.select_related("standard__bureau").get(pk=version.pk)


def adopted(asking: Asking, draft: StandardVersion) -> StandardVersion:
    consultation = a_concluded_consultation(asking, standard=draft)
    with after_it_closed(consultation, 3):
        return adopt_after_consultation(consultation, in_force_from=clock.today(), by=asking.officer)


def test_from_draft_to_comment_to_force_and_replaced():
    asking = Asking()
    draft = a_draft_standard(asking)
    consultation = an_open_consultation(asking, standard=draft)
    version = get(draft)
    assert version.state == "comment" and version.consultation_number == consultation.number
    with refused("published"):
        change_standard_draft(version, text="别的", by=asking.officer)
    with refused("in_the_making"):
        draft_next_version(version.standard, text="别的", by=asking.officer)
    with refused("comments_open"):
        adopt_standard(version, in_force_from=clock.today(), heard=1, response="好", by=asking.officer)

    other = Asking()
    first = adopted(other, a_draft_standard(other, code="TC-RZ-02"))
    assert first.state == "adopted" and first.heard == 12 and "七点半" in first.response
    with refused("unchanged"):
        draft_next_version(first.standard, text=first.text, by=other.officer)
    second = adopted(other, draft_next_version(first.standard, text="1 总则\n2 每日七点开门", by=other.officer))
    first = get(first)
    assert (first.state, first.superseded_on) == ("superseded", second.in_force_from)
    assert list(StandardVersion.objects.adopted().filter(standard=first.standard)) == [second]
    with refused("adopted"):
        drop_standard_version(second, reason="不要了", by=other.officer)


def test_nothing_is_adopted_unheard():
    asking = Asking()
    draft = a_draft_standard(asking)
    with refused("not_commented"):
        adopt_standard(draft, in_force_from=clock.today(), heard=0, response="好", by=asking.officer)
    consultation = a_reported_consultation(asking, standard=draft)
    with after_it_closed(consultation, 3):
        with refused("not_concluded"):
            adopt_after_consultation(consultation, in_force_from=clock.today(), by=asking.officer)
        conclude_consultation(consultation, "采纳", by=asking.officer)
        with refused("in_force_past", "backwards"):
            adopt_after_consultation(consultation, in_force_from=clock.today() - DAY, by=asking.officer)
        with pytest.raises(PermissionDenied):
            adopt_after_consultation(consultation, in_force_from=clock.today(), by=Asking().officer)
    with refused("no_standard"):
        adopt_after_consultation(a_concluded_consultation(asking), in_force_from=clock.today(), by=asking.officer)
    assert get(draft).state == "comment"


def test_comments_take_thirty_days_and_only_own_drafts():
    asking = Asking()
    draft = a_draft_standard(asking)
    with refused("standard_period", "30 days"):
        a_draft_consultation(asking, standard=draft, closes_at=clock.now() + 29 * DAY)
    with refused("standard"):
        a_draft_consultation(Asking(), standard=draft)
    with refused("code_taken"):
        a_draft_standard(asking)
    with refused("text_missing"):
        a_draft_standard(asking, code="TC-RZ-09", text=" \n ")
    with pytest.raises(PermissionDenied):
        draft_standard(asking.bureau, code="x", name="x", text="x", by=a_person())


def test_public_pages_show_no_draft(client):
    asking = Asking()
    draft = a_draft_standard(asking)
    page = reverse("directory:standard", args=["TC-RZ-01"])
    assert client.get(page).status_code == 404
    assert client.get(reverse("directory:standard_file", args=["TC-RZ-01", 1])).status_code == 404
    assert client.get(reverse("directory:next_standard", args=["TC-RZ-01"])).status_code == 302
    client.force_login(Asking().officer)
    assert client.get(page).status_code == 404
    assert client.get(reverse("directory:change_standard", args=["TC-RZ-01", 1])).status_code == 404
    client.force_login(asking.officer)
    assert "每日七点半开门" in client.get(page).content.decode()
    version = adopted(asking, draft)
    nxt = adopted(
        asking, draft_next_version(version.standard, text="1 总则\n2 每日七点开门\n3 周六也开", by=asking.officer)
    )
    client.logout()
    for address in (page, "/en" + page, reverse("directory:standards"), version.get_absolute_url()):
        assert client.get(address).status_code == 200
    shown = client.get(reverse("directory:standard_compare", args=["TC-RZ-01", 1, 2])).content.decode()
    assert "<del>半</del>" in shown and "<ins>3 周六也开</ins>" in shown
    pdf = client.get(reverse("directory:standard_file", args=["TC-RZ-01", nxt.version]))
    assert b"".join(pdf.streaming_content).startswith(b"%PDF-")


def test_words_within_a_clause():
    changes = compare(["1 总则", "2 每日八点开门", "3 免费"], ["1 总则", "2 每日七点开门"])
    assert [change.kind for change in changes] == ["same", "changed", "removed"]
    assert [(piece.kind, piece.text) for piece in changes[1].after] == [
        ("same", "2 每日"),
        ("added", "七"),
        ("same", "点开门"),
    ]


def test_a_leaf_cites_what_is_in_force():
    asking, by = Asking(), service_user("tests")
    leaf = {"code": "1", "name": "开门", "weight": 100, "top": 5, "standard": "TC-RZ-01"}
    spec = {"code": "day", "title": "日间", "indicators": [leaf]}
    draft = a_draft_standard(asking)
    with refused("standard", "TC-RZ-01"):
        add_framework(spec, by=by)
    version = adopted(asking, draft)
    framework = add_framework(spec, by=by)
    assert Indicator.objects.get(framework=framework).standard == version
