"""The pieces from which an app composes its part of a release: money, moments, parties, documents.

See docs/open-data.md for a whole example.
"""

import datetime
from typing import Any

from django.conf import settings

from marketplace.pages import clock


def value(fen: int) -> dict[str, Any]:
    """Fen as an OCDS value in yuan. The one place where money is a fraction: JSON of the standard has no other."""
    return {"amount": fen // 100 if fen % 100 == 0 else fen / 100, "currency": "CNY"}


def moment(when: datetime.datetime | datetime.date) -> str:
    """RFC 3339 in Asia/Shanghai; a date is its first moment there."""
    if not isinstance(when, datetime.datetime):
        when = clock.at_hour(when, 0)
    return when.astimezone(clock.SHANGHAI).isoformat(timespec="seconds")


def period(start: datetime.datetime | datetime.date | None, end: datetime.datetime | datetime.date | None) -> dict:
    """An OCDS period. An end given as a date is the last second of that day."""
    if end is not None and not isinstance(end, datetime.datetime):
        end = clock.at_hour(end, 23, 59) + datetime.timedelta(seconds=59)
    return {
        **({"startDate": moment(start)} if start else {}),
        **({"endDate": moment(end)} if end else {}),
    }


def party_id(uscc: str) -> str:
    """The id of an organisation everywhere in our open data: register and number."""
    return f"CN-USCC-{uscc}"


def reference(organisation: Any) -> dict[str, str]:
    """A reference to a party. `organisation` has `uscc` and `name`."""
    return {"id": party_id(organisation.uscc), "name": organisation.name}


def party(organisation: Any, *roles: str) -> dict[str, Any]:
    """A party with its identifier, address and roles (`buyer`, `procuringEntity`, `tenderer`, `supplier`, `payer`,
    `payee`, `funder`, …). `organisation` has `uscc`, `name`, `name_en`, `address`, `region` (name); no person is named.
    """
    region = getattr(organisation, "region", None)
    address = {
        **({"streetAddress": organisation.address} if getattr(organisation, "address", "") else {}),
        **({"locality": getattr(region, "name", region)} if region else {}),
        "countryName": "中国",
    }
    return {
        "id": party_id(organisation.uscc),
        "name": organisation.name,
        "identifier": {"scheme": "CN-USCC", "id": organisation.uscc, "legalName": organisation.name},
        "address": address,
        "roles": list(roles),
    }


def merge_parties(*parties: dict[str, Any]) -> list[dict[str, Any]]:
    """Each organisation once, with all its roles."""
    found: dict[str, dict[str, Any]] = {}
    for one in parties:
        if one["id"] in found:
            known = found[one["id"]]
            known["roles"] += [role for role in one["roles"] if role not in known["roles"]]
        else:
            found[one["id"]] = one | {"roles": list(one["roles"])}
    return list(found.values())


def document(
    identifier: str,
    document_type: str,
    title: str,
    *,
    path: str,
    published: datetime.datetime | None = None,
    language: str = "zh",
    format: str = "text/html",
) -> dict[str, Any]:
    """A document on this site. `document_type` is a code of OCDS' documentType list (`tenderNotice`, `awardNotice`,
    `contractNotice`, `contractSigned`, `evaluationReports`, …), `path` an address on this site."""
    return {
        "id": identifier,
        "documentType": document_type,
        "title": title,
        "url": settings.BASE_URL + path,
        **({"datePublished": moment(published)} if published else {}),
        "format": format,
        "language": language,
    }
