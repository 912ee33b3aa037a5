"""What must hold of a release before its bytes are kept for ever.

The OCDS schema itself is checked in the tests (its files are not shipped); here stands what a schema can't see, and
what an app most easily gets wrong.
"""

import datetime
from collections.abc import Iterator
from typing import Any

from .merging import WHOLE_LISTS

TAGS = frozenset(
    [
        "planning",
        "planningUpdate",
        "tender",
        "tenderAmendment",
        "tenderUpdate",
        "tenderCancellation",
        "award",
        "awardUpdate",
        "awardCancellation",
        "contract",
        "contractUpdate",
        "contractAmendment",
        "implementation",
        "implementationUpdate",
        "contractTermination",
    ]
)


def faults(release: dict[str, Any]) -> list[str]:
    """Everything that is wrong with a release, each with its path; nothing when it may be published."""
    return list(_faults(release))


def _faults(release: dict[str, Any]) -> Iterator[str]:
    if not release["tag"]:
        yield "tag: at least one"
    for tag in release["tag"]:
        if tag not in TAGS:
            yield f"tag: {tag!r} is not an OCDS release tag"
    yield from _plain(release, "")
    yield from _references(release)


def _plain(value: Any, path: str) -> Iterator[str]:
    """Only what JSON knows; no empty strings or lists, which say nothing; every object in a list that is merged by id
    has one, of its own."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _plain(inner, f"{path}/{name}")
    elif isinstance(value, list):
        if not value:
            yield f"{path}: an empty list, leave it out"
        seen = set()
        for index, inner in enumerate(value):
            yield from _plain(inner, f"{path}/{index}")
            if isinstance(inner, dict) and path.rsplit("/", 1)[-1] not in WHOLE_LISTS:
                if "id" not in inner:
                    yield f"{path}/{index}: has no id"
                elif inner["id"] in seen:
                    yield f"{path}/{index}: the id {inner['id']!r} comes twice"
                seen.add(inner.get("id"))
    elif value == "":
        yield f"{path}: empty, leave it out"
    elif isinstance(value, datetime.date):
        yield f"{path}: a date must be text (parts.moment)"
    elif value is not None and not isinstance(value, str | int | float | bool):
        yield f"{path}: {type(value).__name__} is not JSON"


def _references(release: dict[str, Any]) -> Iterator[str]:
    parties = {party.get("id"): party for party in release.get("parties", [])}
    for path, role, reference in organisation_references(release):
        party = parties.get(reference.get("id"))
        if party is None:
            yield f"{path}: {reference.get('id')!r} is not among the parties"
        elif role not in party.get("roles", []):
            yield f"{path}: the party {reference.get('id')!r} lacks the role {role!r}"
    tender = release.get("tender", {})
    lots = {lot.get("id") for lot in tender.get("lots", [])}
    awards = {award.get("id") for award in release.get("awards", [])}
    related = [*release.get("awards", []), *release.get("bids", {}).get("details", []), *tender.get("items", [])]
    for thing in related:
        named = thing.get("relatedLots", [thing["relatedLot"]] if "relatedLot" in thing else [])
        for lot in named:
            if lots and lot not in lots:
                yield f"{thing.get('id')}: lot {lot!r} is not in tender/lots"
    for contract in release.get("contracts", []):
        if awards and contract.get("awardID") not in awards:
            yield f"contracts/{contract.get('id')}: awardID {contract.get('awardID')!r} is not among the awards"


def organisation_references(release: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """(path, role that the party must have, reference)."""
    if "buyer" in release:
        yield "buyer", "buyer", release["buyer"]
    tender = release.get("tender", {})
    if "procuringEntity" in tender:
        yield "tender/procuringEntity", "procuringEntity", tender["procuringEntity"]
    for tenderer in tender.get("tenderers", []):
        yield "tender/tenderers", "tenderer", tenderer
    for bid in release.get("bids", {}).get("details", []):
        for tenderer in bid.get("tenderers", []):
            yield f"bids/{bid.get('id')}/tenderers", "tenderer", tenderer
    for award in release.get("awards", []):
        for supplier in award.get("suppliers", []):
            yield f"awards/{award.get('id')}/suppliers", "supplier", supplier
    for contract in release.get("contracts", []):
        for transaction in contract.get("implementation", {}).get("transactions", []):
            for side in ("payer", "payee"):
                if side in transaction:
                    yield (
                        f"contracts/{contract.get('id')}/transactions/{transaction.get('id')}",
                        side,
                        transaction[side],
                    )
