"""Which fields of a release have a column of ours: all others are counted, and kept in the original JSON."""

from collections import Counter
from typing import Any

_AMOUNT = ("amount", "currency")
COLUMNS = frozenset(
    [
        "ocid", "id", "date", "language", "title", "description", "buyer/id", "buyer/name",
        "tender/title", "tender/description", "tender/status", "tender/procurementMethod",
        "tender/procurementMethodDetails", "tender/mainProcurementCategory", "tender/classification/description",
        "tender/tenderPeriod/endDate", "tender/documents/url", "planning/documents/url", "awards/documents/url",
        "parties/id", "parties/name",
        "awards/id", "awards/title", "awards/status", "awards/date", "awards/suppliers/id", "awards/suppliers/name",
        "contracts/id", "contracts/awardID", "contracts/title", "contracts/status", "contracts/dateSigned",
        "contracts/period/startDate", "contracts/period/endDate",
        *(f"{path}/{part}" for path in ("tender/value", "awards/value", "contracts/value") for part in _AMOUNT),
        *(
            f"contracts/implementation/transactions/{part}"
            for part in (
                "id", "date", *(f"{value}/{one}" for value in ("value", "amount") for one in _AMOUNT),
                *(f"{who}/{one}" for who in ("payer", "payee", "providerOrganization", "receiverOrganization")
                  for one in ("id", "name", "legalName")),
            )
        ),
    ]
)  # fmt: skip


def count_kept(value: Any, kept: Counter, path: str = "") -> None:
    """Count the fields of a release that have no column, by their path without indexes."""
    if isinstance(value, dict):
        for name, inner in value.items():
            count_kept(inner, kept, f"{path}/{name}" if path else str(name))
    elif isinstance(value, list):
        for inner in value:
            count_kept(inner, kept, path)
    elif value is not None and path not in COLUMNS:
        kept[path] += 1
