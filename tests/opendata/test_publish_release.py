"""What happened is published with the fact, kept as bytes, and merged into the process's record."""

import hashlib

import orjson
import pytest
from django.db import DatabaseError, transaction

from marketplace.opendata.actions import InvalidRelease, ocid_for, publish_release
from marketplace.opendata.merging import compile_releases
from marketplace.opendata.models import Process, Release
from tests.given.opendata import Bureau, at, award_parts, tender_parts

pytestmark = pytest.mark.django_db

OCID = "ocds-minfu1-tender-TC-2026-001"


def publish(parts=None, tags=("tender",), day=1, ocid=OCID):
    return publish_release(ocid, tags=list(tags), parts=parts or tender_parts(), at=at(day))


def test_ids_are_stable_and_plain():
    assert ocid_for("tender", "TC-2026-001") == OCID
    chinese = ocid_for("tender", "太采〔2026〕1号")
    assert chinese == ocid_for("tender", "太采〔2026〕1号") != ocid_for("tender", "太采〔2026〕2号")
    assert chinese.isascii() and "/" not in chinese


def test_the_bytes_are_kept():
    release = publish()
    kept = Release.objects.get(position=release.position)
    content = orjson.loads(bytes(kept.body))
    assert hashlib.sha256(bytes(kept.body)).hexdigest() == kept.sha256
    assert content["id"] == f"{OCID}-0001"
    assert content["date"] == "2026-03-01T09:00:00+08:00"
    assert content["language"] == "zh" and content["initiationType"] == "tender"
    assert content["tender"]["value"] == {"amount": 300000.5, "currency": "CNY"}


def test_positions_follow_each_other_and_releases_are_numbered_by_process():
    first, second = publish(), publish(award_parts(), tags=["award"], day=28)
    other = publish(tender_parts("TC-2026-002"), ocid="ocds-minfu1-tender-TC-2026-002")
    assert [first.position, second.position, other.position] == [1, 2, 3]
    assert (second.release_id, other.release_id) == (f"{OCID}-0002", "ocds-minfu1-tender-TC-2026-002-0001")


def test_the_record_is_the_present_state():
    publish()
    publish(award_parts(), tags=["award"], day=28)

    process = Process.objects.get(ocid=OCID)
    state = orjson.loads(bytes(process.compiled))
    assert process.releases == 2 and process.title == "社区日间照料中心运营" and process.buyer == Bureau.name
    assert state["tag"] == ["compiled"] and state["date"] == "2026-03-28T09:00:00+08:00"
    assert state["tender"]["status"] == "complete"
    assert state["tender"]["lots"][0]["id"] == "lot-1"
    assert len(state["parties"]) == 2
    # The award's release calls the bureau `buyer` only: it stays the procuring entity.
    assert state["parties"][0]["roles"] == ["buyer", "procuringEntity"]
    assert state["awards"][0]["value"]["amount"] == 288000


def test_merging_by_id_whole_lists_and_null():
    merged = compile_releases(
        [
            {"ocid": "o", "id": "1", "date": "2026-01-01T00:00:00Z", "tag": ["tender"],
             "tender": {"id": "t", "title": "甲", "submissionMethod": ["written"],
                        "items": [{"id": "1", "quantity": 1}, {"id": "2"}]}},
            {"ocid": "o", "id": "3", "date": "2026-01-03T00:00:00Z", "tag": ["tenderUpdate"],
             "tender": {"id": "t", "title": None, "items": [{"id": "2", "quantity": 5}, {"id": "3"}]}},
            {"ocid": "o", "id": "2", "date": "2026-01-02T00:00:00Z", "tag": ["tenderUpdate"],
             "tender": {"id": "t", "title": "乙", "submissionMethod": ["inPerson"]}},
        ]
    )  # fmt: skip
    assert merged["id"] == "o-2026-01-03T00:00:00Z"
    assert "title" not in merged["tender"]
    assert merged["tender"]["submissionMethod"] == ["inPerson"]
    assert merged["tender"]["items"] == [{"id": "1", "quantity": 1}, {"id": "2", "quantity": 5}, {"id": "3"}]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"parties": None}, "not among the parties"),
        ({"awards": [{"id": "a", "relatedLots": ["lot-9"]}]}, "not in tender/lots"),
        ({"awards": [{"title": "x"}]}, "has no id"),
        ({"awards": []}, "empty list"),
        ({"title": ""}, "leave it out"),
        ({"contracts": [{"id": "c", "awardID": "a9"}], "awards": [{"id": "a1"}]}, "not among the awards"),
    ],
)
def test_what_is_not_open_data_is_refused(change, says):
    parts = tender_parts() | change
    parts = {name: value for name, value in parts.items() if value is not None}
    with pytest.raises(InvalidRelease, match=says):
        publish(parts)
    assert not Release.objects.exists()


def test_unknown_tags_are_refused():
    with pytest.raises(InvalidRelease, match="not an OCDS release tag"):
        publish(tags=["tendering"])


def test_what_was_published_stays():
    publish()
    for change in (lambda: Release.objects.update(sha256=""), lambda: Release.objects.all().delete()):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert Release.objects.count() == 1
