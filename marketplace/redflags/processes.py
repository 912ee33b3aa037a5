"""A compiled release as the indicators read it. Open data is what others wrote: whatever is not as it should be is as
good as missing."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

NOT_SUBMITTED = ("invited", "withdrawn")
DECIDED = ("active", "cancelled", "unsuccessful")


def _dict(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _ids(parties: Any) -> tuple[str, ...]:
    return tuple(name for party in _list(parties) if (name := _text(_dict(party).get("id"))) is not None)


def moment(value: Any) -> datetime.datetime | None:
    """RFC 3339 with an offset, or nothing."""
    try:
        read = datetime.datetime.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    return read if read.tzinfo else None


@dataclass(frozen=True)
class Bid:
    """`amount` in major units of `currency`, as published; `tenderers` None where the field is missing."""

    status: str | None
    date: str | None
    tenderers: tuple[str, ...] | None
    parties: int
    amount: Decimal | None
    currency: str | None

    @property
    def is_priced(self) -> bool:
        return self.amount is not None and self.currency is not None

    @property
    def sole_tenderer(self) -> str | None:
        return self.tenderers[0] if self.tenderers and self.parties == 1 else None


@dataclass(frozen=True)
class Award:
    status: str | None
    suppliers: tuple[str, ...]
    parties: int
    classes: tuple[str, ...]

    @property
    def sole_supplier(self) -> str | None:
        return self.suppliers[0] if self.suppliers and self.parties == 1 else None


class Process:
    """One contracting process."""

    def __init__(self, release: Mapping[str, Any]):
        self.ocid: str | None = _text(release.get("ocid"))
        self.tender = _dict(release.get("tender"))
        self._release = release

    @property
    def is_cancelled(self) -> bool:
        return self.tender.get("status") == "cancelled"

    @property
    def method(self) -> str | None:
        return _text(self.tender.get("procurementMethod"))

    @property
    def method_details(self) -> str | None:
        return _text(self.tender.get("procurementMethodDetails"))

    @property
    def period(self) -> Mapping[str, Any]:
        return _dict(self.tender.get("tenderPeriod"))

    @property
    def buyer(self) -> str | None:
        return _text(_dict(self._release.get("buyer")).get("id"))

    @property
    def procuring_entity(self) -> str | None:
        return _text(_dict(self.tender.get("procuringEntity")).get("id"))

    @property
    def names(self) -> dict[str, str]:
        """Of those who take part, by their id."""
        parties = [_dict(party) for party in _list(self._release.get("parties"))]
        return {party["id"]: party["name"] for party in parties if _text(party.get("id")) and _text(party.get("name"))}

    @cached_property
    def bids(self) -> list[Bid] | None:
        """None where the field is missing: a process without bids is not one whose bids nobody published."""
        details = _dict(self._release.get("bids")).get("details")
        return [_bid(_dict(bid)) for bid in details] if isinstance(details, list) else None

    @cached_property
    def awards(self) -> list[Award] | None:
        awards = self._release.get("awards")
        return [_award(_dict(award)) for award in awards] if isinstance(awards, list) else None

    @property
    def submitted(self) -> list[Bid]:
        """Pending, valid and disqualified bids."""
        return [bid for bid in self.bids or [] if bid.status is not None and bid.status not in NOT_SUBMITTED]

    @property
    def decided(self) -> list[Award] | None:
        """The awards in force, once no award is pending any more; None until then, or without bids."""
        if self.awards is None or self.bids is None:
            return None
        known = [award for award in self.awards if award.status is not None]
        if any(award.status not in DECIDED for award in known):
            return None
        return [award for award in known if award.status == "active"]

    @property
    def sole_winner(self) -> str | None:
        """Who won everything: with one award in force all bids competed with each other."""
        decided = self.decided
        return decided[0].sole_supplier if decided and len(decided) == 1 else None


def _bid(bid: Mapping[str, Any]) -> Bid:
    value, tenderers = _dict(bid.get("value")), bid.get("tenderers")
    amount = value.get("amount")
    is_number = isinstance(amount, int | float | Decimal) and not isinstance(amount, bool)
    return Bid(
        status=_text(bid.get("status")),
        date=_text(bid.get("date")),
        tenderers=_ids(tenderers) if isinstance(tenderers, list) else None,
        parties=len(_list(tenderers)),
        amount=Decimal(str(amount)) if is_number else None,
        currency=_text(value.get("currency")),
    )


def _award(award: Mapping[str, Any]) -> Award:
    classes = [_text(_dict(_dict(item).get("classification")).get("id")) for item in _list(award.get("items"))]
    return Award(
        status=_text(award.get("status")),
        suppliers=_ids(award.get("suppliers")),
        parties=len(_list(award.get("suppliers"))),
        classes=tuple(name for name in classes if name is not None),
    )
