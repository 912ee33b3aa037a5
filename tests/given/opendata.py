"""Open data to publish, and the OCDS schema to hold it against.

The schema's files are not shipped: where ../shared/standards is missing, `schema_faults` skips the test with a reason.
"""

import datetime
import json
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from jsonschema import Draft4Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from marketplace.opendata import parts
from marketplace.opendata.packages import EXTENSIONS
from marketplace.pages import clock

STANDARD = "https://standard.open-contracting.org/schema/1__1__5/"


@cache
def shared() -> Path | None:
    """The folder of shared material beside the repository, or beside the main worktree."""
    for folder in (settings.BASE_DIR.parent, *settings.BASE_DIR.parents):
        if (folder / "shared" / "standards" / "ocds").is_dir():
            return folder / "shared"
    return None


def require_shared() -> Path:
    found = shared()
    if found is None:
        pytest.skip("../shared is not here: no OCDS schema, no real packages")
    return found


def _merge_patch(target: Any, patch: Any) -> Any:
    """RFC 7396: how an OCDS extension changes the schema."""
    if not isinstance(patch, dict):
        return patch
    target = dict(target) if isinstance(target, dict) else {}
    for name, value in patch.items():
        if value is None:
            target.pop(name, None)
        else:
            target[name] = _merge_patch(target.get(name), value)
    return target


@cache
def _validator(package: str) -> Draft4Validator:
    folder = require_shared() / "standards" / "ocds"
    with zipfile.ZipFile(folder / "standard-1__1__5-schema.zip") as archive:
        named = {name.rsplit("/", 1)[-1]: name for name in archive.namelist()}

        def load(name: str) -> Any:
            return json.loads(archive.read(named[name]))

        release = load("release-schema.json")
        versioned, outer = load("versioned-release-validation-schema.json"), load(f"{package}-package-schema.json")
    for url in EXTENSIONS:
        organisation, repository, version = url.split("/")[3:6]
        with zipfile.ZipFile(folder / "extensions" / f"{organisation}__{repository}__{version}.zip") as archive:
            for name in archive.namelist():
                if name.count("/") == 1 and name.endswith("/release-schema.json"):
                    release = _merge_patch(release, json.loads(archive.read(name)))
    registry = Registry().with_resources(
        [
            (STANDARD + "release-schema.json", Resource.from_contents(release, DRAFT4)),
            (STANDARD + "versioned-release-validation-schema.json", Resource.from_contents(versioned, DRAFT4)),
        ]
    )
    return Draft4Validator(outer, registry=registry, format_checker=FormatChecker())


def schema_faults(package: dict[str, Any]) -> list[str]:
    """What the OCDS 1.1.5 schema with our extensions says against a release or record package."""
    validator = _validator("record" if "records" in package else "release")
    return [f"{fault.json_path}: {fault.message[:200]}" for fault in validator.iter_errors(package)]


class Bureau:
    """As much of an organisation as a release names."""

    uscc, name, region, address = "11320585014183055T", "太仓市民政局", "太仓市", "县府东街"


class Provider:
    uscc, name, region, address = "523205850000000017", "怡安养老服务中心", "城厢镇", ""


def at(day: int, hour: int = 9) -> datetime.datetime:
    return clock.at_hour(datetime.date(2026, 3, day), hour)


def tender_parts(number: str = "TC-2026-001", title: str = "社区日间照料中心运营") -> dict[str, Any]:
    return {
        "title": title,
        "parties": [parts.party(Bureau, "buyer", "procuringEntity")],
        "buyer": parts.reference(Bureau),
        "planning": {"budget": {"id": "2026-208-01", "amount": parts.value(30_000_000), "project": "福彩公益金"}},
        "tender": {
            "id": number,
            "title": title,
            "status": "active",
            "procuringEntity": parts.reference(Bureau),
            "procurementMethod": "open",
            "mainProcurementCategory": "services",
            "value": parts.value(30_000_050),
            "tenderPeriod": parts.period(at(1), at(25)),
            "lots": [{"id": "lot-1", "title": title, "value": parts.value(30_000_050)}],
            "items": [{"id": "item-1", "description": title, "quantity": 12, "relatedLot": "lot-1"}],
            "documents": [parts.document("notice", "tenderNotice", title, path="/tenders/x/", published=at(1))],
        },
    }


def award_parts() -> dict[str, Any]:
    return {
        "parties": parts.merge_parties(parts.party(Bureau, "buyer"), parts.party(Provider, "supplier", "tenderer")),
        "buyer": parts.reference(Bureau),
        "tender": {"id": "TC-2026-001", "status": "complete", "numberOfTenderers": 1,
                   "tenderers": [parts.reference(Provider)]},
        "awards": [
            {
                "id": "award-1",
                "status": "active",
                "date": parts.moment(at(28)),
                "value": parts.value(28_800_000),
                "suppliers": [parts.reference(Provider)],
            }
        ],
    }  # fmt: skip
