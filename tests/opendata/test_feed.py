"""The feed, records and bulk files: valid OCDS, page by page, cacheable, open to every origin."""

import datetime
import gzip
import json
import os
import shutil
import subprocess
import sys

import pytest
from django.core.management import CommandError, call_command

from marketplace.opendata.actions import publish_release
from tests.given.opendata import at, award_parts, require_shared, schema_faults, tender_parts

pytestmark = pytest.mark.django_db


def ocid(number: int) -> str:
    return f"ocds-minfu1-tender-TC-2026-{number:03d}"


@pytest.fixture
def _seven_releases():
    for number in range(1, 7):
        name = f"TC-2026-{number:03d}"
        publish_release(ocid(number), tags=["planning", "tender"], parts=tender_parts(name), at=at(number))
    publish_release(ocid(1), tags=["award"], parts=award_parts(), at=at(28))


def get(client, url: str) -> dict:
    answer = client.get(url)
    assert answer.status_code == 200, answer
    return json.loads(answer.getvalue())


@pytest.mark.usefixtures("_seven_releases")
def test_the_feed_is_followed_page_by_page(client):
    url, seen, pages = "/ocds/releases.json?limit=3", [], 0
    while url:
        package = get(client, url)
        seen += [release["id"] for release in package["releases"]]
        url, pages = package.get("links", {}).get("next"), pages + 1
    assert pages == 3
    assert seen == [f"{ocid(n)}-0001" for n in range(1, 7)] + [f"{ocid(1)}-0002"]


@pytest.mark.usefixtures("_seven_releases")
def test_since_is_a_date_or_a_time(client):
    by_day = get(client, "/ocds/releases.json?since=2026-03-06")
    by_time = get(client, "/ocds/releases.json?since=2026-03-06T09:00:01%2B08:00")
    assert len(by_day["releases"]) == 2
    assert [release["tag"] for release in by_time["releases"]] == [["award"]]


@pytest.mark.parametrize(
    "query", ["limit=0", "limit=1001", "limit=x", "cursor=-1", "since=yesterday", "since=2026-13-01"]
)
def test_a_parameter_that_makes_no_sense_is_400(client, query):
    answer = client.get(f"/ocds/releases.json?{query}")
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert answer.json()["code"] == "bad_parameter"


@pytest.mark.usefixtures("_seven_releases")
def test_a_reader_that_has_it_is_told_so(client):
    first = client.get("/ocds/releases.json?limit=3")
    again = client.get("/ocds/releases.json?limit=3", headers={"if-none-match": first["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    assert again["Access-Control-Allow-Origin"] == first["Access-Control-Allow-Origin"] == "*"
    publish_release(ocid(9), tags=["tender"], parts=tender_parts("TC-2026-009"), at=at(29))
    changed = client.get("/ocds/releases.json", headers={"if-none-match": client.get("/ocds/releases.json")["ETag"]})
    assert changed.status_code == 304


@pytest.mark.usefixtures("_seven_releases")
def test_packages_are_valid_ocds(client):
    for url in (
        "/ocds/releases.json",
        "/ocds/releases.json?limit=2",
        f"/ocds/releases/{ocid(1)}-0002.json",
        "/ocds/records.json",
        f"/ocds/records/{ocid(1)}.json",
    ):
        assert schema_faults(get(client, url)) == [], url


@pytest.mark.usefixtures("_seven_releases")
def test_a_record_has_its_releases_by_date(client):
    record = get(client, f"/ocds/records/{ocid(1)}.json")["records"][0]
    assert [release["date"][:10] for release in record["releases"]] == ["2026-03-01", "2026-03-28"]
    assert record["compiledRelease"]["awards"]
    listed = get(client, "/ocds/records.json?limit=5")
    assert len(listed["records"]) == 5
    last = get(client, listed["links"]["next"])["records"]
    assert [record["ocid"] for record in last] == [ocid(1)]  # the one that changed last comes last
    link = last[0]["releases"][1]["url"].split("#")
    assert get(client, link[0])["releases"][0]["id"] == link[1]


def test_unknown_things_are_404_in_json(client):
    for url in ("/ocds/records/ocds-minfu1-x.json", "/ocds/releases/x.json", "/ocds/bulk/2026-13.jsonl.gz"):
        answer = client.get(url)
        assert answer.status_code == 404 and answer["Content-Type"] == "application/problem+json"


def test_an_empty_feed_is_a_package_too(client):
    assert get(client, "/ocds/releases.json")["releases"] == []
    assert get(client, "/ocds/records.json")["records"] == []


@pytest.mark.usefixtures("_seven_releases")
@pytest.mark.parametrize("name", ["2026-03", "2026"])
def test_bulk_files(client, name):
    lines = gzip.decompress(client.get(f"/ocds/bulk/{name}.jsonl.gz").getvalue()).decode().splitlines()
    assert len(lines) == 7
    assert json.loads(lines[0])["ocid"] == ocid(1)
    assert gzip.decompress(client.get("/ocds/bulk/2025.jsonl.gz").getvalue()) == b""


@pytest.mark.usefixtures("_seven_releases")
def test_a_constant_number_of_statements(client, django_assert_num_queries):
    with django_assert_num_queries(2):
        get(client, "/ocds/releases.json")
    with django_assert_num_queries(2):
        get(client, "/ocds/records.json")


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_the_page_for_people(client, prefix):
    assert client.get(f"{prefix}/open-data/downloads/").status_code == 200
    publish_release(ocid(1), tags=["tender"], parts=tender_parts(), at=at(1))
    assert "2026-03" in client.get(f"{prefix}/open-data/downloads/").content.decode()


@pytest.mark.usefixtures("_seven_releases")
def test_the_export_writes_both_kinds_of_package(tmp_path):
    call_command("export_ocds", "--out", str(tmp_path), verbosity=0)
    releases = json.loads((tmp_path / "releases-0001.json").read_bytes())
    records = json.loads((tmp_path / "records-0001.json").read_bytes())
    assert (len(releases["releases"]), len(records["records"])) == (7, 6)

    call_command("export_ocds", "--out", str(tmp_path), "--since", "2026-03-28", verbosity=0)
    assert len(json.loads((tmp_path / "releases-0001.json").read_bytes())["releases"]) == 1
    with pytest.raises(CommandError, match="not a date"):
        call_command("export_ocds", "--out", str(tmp_path), "--since", "Tuesday")


@pytest.mark.usefixtures("_seven_releases")
def test_the_public_validator_says_valid(tmp_path):
    """check_ocds.py: two independent passes and references; needs uv and packages, else it is skipped."""
    script = require_shared() / "standards" / "check_ocds.py"
    uv = shutil.which("uv") or shutil.which("uv", path=".uv/bin")
    if uv is None:
        pytest.skip("uv is not installed")
    call_command("export_ocds", "--out", str(tmp_path), verbosity=0)
    said = subprocess.run(
        [uv, "run", "--quiet", "--script", str(script), *map(str, sorted(tmp_path.glob("*.json")))],
        capture_output=True, text=True, check=False, timeout=300,
        env=os.environ | {"UV_PYTHON": sys.executable},  # the script asks for no newer one
    )  # fmt: skip
    if "valid" not in said.stdout.lower():
        pytest.skip(f"check_ocds.py could not run: {said.stderr[-300:]}")
    assert said.returncode == 0, said.stdout
    assert said.stdout.count("valid  ") == 2


def test_a_moment_without_an_offset_is_shanghais(client):
    publish_release(
        ocid(1), tags=["tender"], parts=tender_parts(), at=datetime.datetime(2026, 3, 1, 1, tzinfo=datetime.UTC)
    )
    assert len(get(client, "/ocds/releases.json?since=2026-03-01T09:00:00")["releases"]) == 1
    assert len(get(client, "/ocds/releases.json?since=2026-03-01T09:00:01")["releases"]) == 0
