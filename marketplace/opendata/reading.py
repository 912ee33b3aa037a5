"""Read OCDS packages of others: release by release, every field that can't be read named with its path and reason.

Publishers differ: OCDS 1.0 names beside 1.1 ones, organisations inline or by reference, amounts without a currency.
Nothing here raises for a field; what has no column stays in the release's own JSON, which is kept whole.
"""

import datetime
import hashlib
import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from marketplace.pages import clock

from .columns import count_kept
from .models import DIGITS
from .scanning import NotAPackage, members

LARGEST = 2**63 - 1


@dataclass
class ReadAmount:
    amount: int | None = None
    currency: str = ""


@dataclass
class ReadTransaction:
    transaction_id: str
    paid_at: datetime.datetime | None
    value: ReadAmount
    payer: str
    payee: str


@dataclass
class ReadContract:
    contract_id: str
    award_id: str
    title: str
    status: str
    signed_at: datetime.datetime | None
    starts_at: datetime.datetime | None
    ends_at: datetime.datetime | None
    value: ReadAmount
    transactions: list[ReadTransaction]


@dataclass
class ReadAward:
    award_id: str
    title: str
    status: str
    suppliers: str
    awarded_at: datetime.datetime | None
    value: ReadAmount


@dataclass
class ReadProcess:
    """What the columns hold of one state of a process."""

    ocid: str
    stage: str
    title: str
    description: str
    language: str
    buyer: str
    status: str
    method: str
    method_details: str
    category: str
    released_at: datetime.datetime | None
    bids_due_at: datetime.datetime | None
    url: str
    value: ReadAmount
    awards: list[ReadAward]
    contracts: list[ReadContract]


@dataclass
class ReadRelease:
    """One release of a package: its identity, its text, what is wrong with it. `process` is None when unreadable."""

    position: int
    ocid: str
    release_id: str
    released_at: datetime.datetime | None
    original: str
    process: ReadProcess | None
    issues: list[tuple[str, str]] = field(default_factory=list)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.original.encode()).hexdigest()


@dataclass
class ReadPackage:
    frame: dict[str, Any]
    publisher: str
    releases: list[ReadRelease]
    sha256: str
    # Paths without a column and how often they come: kept in the original JSON.
    kept: Counter = field(default_factory=Counter)

    @property
    def unreadable(self) -> list[ReadRelease]:
        return [release for release in self.releases if release.process is None]


def read_package(content: bytes) -> ReadPackage:
    """Read a release or record package. Raises NotAPackage."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        raise NotAPackage(_("The file is not text in UTF-8 (byte %(place)s).") % {"place": fault.start}) from fault
    frame: dict[str, Any] = {}
    releases: list[ReadRelease] = []
    kept: Counter = Counter()
    found = False
    try:
        for name, value in members(text):
            if name in ("releases", "records"):
                found = True
                if not isinstance(value, Iterator):
                    raise NotAPackage(_("“%(name)s” is not a list.") % {"name": name})
                for item, original in value:
                    for release in _releases_in(name, item):
                        own_text = original if release is item else ""
                        releases.append(read_release(release, len(releases), own_text))
                        count_kept(release, kept)
            else:
                frame[name] = value
    except json.JSONDecodeError as fault:
        raise NotAPackage(
            _("The file can't be read as JSON: line %(line)s, column %(column)s.")
            % {"line": fault.lineno, "column": fault.colno}
        ) from fault
    except RecursionError as fault:
        raise NotAPackage(_("The file is nested too deeply.")) from fault
    if not found:
        raise NotAPackage(_("This is not an OCDS package: it has neither releases nor records."))
    if not releases:
        raise NotAPackage(_("The package holds no releases."))
    publisher = frame.get("publisher")
    name = publisher.get("name") if isinstance(publisher, dict) else ""
    return ReadPackage(
        frame, str(name or _("Unknown publisher"))[:200], releases, hashlib.sha256(content).hexdigest(), kept
    )


def _releases_in(name: str, item: Any) -> list[Any]:
    if name == "releases" or not isinstance(item, dict):
        return [item]
    embedded = [one for one in item.get("releases") or [] if isinstance(one, dict) and "ocid" in one]
    return embedded or [item.get("compiledRelease") or item]


def as_text(value: Any) -> str:
    """JSON text of a release inside a record, which has no text of its own to keep."""
    return json.dumps(value, ensure_ascii=False, default=_number)


def _number(value: Decimal) -> float | int:
    return int(value) if value == value.to_integral_value() else float(value)


def read_release(release: Any, position: int, original: str = "") -> ReadRelease:
    """One release; unreadable (process None) when it is no object or names no process."""
    reader = Reader(release if isinstance(release, dict) else {})
    original = original or as_text(release)
    if not isinstance(release, dict):
        return ReadRelease(position, "", "", None, original, None, [("", _("A release must be an object."))])
    ocid, release_id = reader.text("ocid", most=160), reader.text("id", most=200)
    released_at = reader.moment("date")
    if not ocid:
        reader.issue("ocid", _("The release names no process (ocid)."))
        return ReadRelease(position, "", release_id, released_at, original, None, reader.issues)
    if not release_id:
        reader.issue("id", _("The release has no id; its digest stands for it."))
        release_id = hashlib.sha256(original.encode()).hexdigest()[:32]
    process = reader.process(ocid, released_at)
    return ReadRelease(position, ocid, release_id, released_at, original, process, reader.issues)


class Reader:
    """Reads the columns of one release and remembers what could not be read."""

    def __init__(self, release: dict[str, Any]) -> None:
        self.release = release
        self.issues: list[tuple[str, str]] = []
        self.parties = {
            str(party["id"]): party
            for party in self._list(release.get("parties"), "parties")
            if isinstance(party, dict) and party.get("id") is not None
        }

    def issue(self, path: str, reason: str) -> None:
        self.issues.append((path, reason))

    def _list(self, value: Any, path: str) -> list[Any]:
        if value is None:
            return []
        if not isinstance(value, list):
            self.issue(path, _("Expected a list."))
            return []
        return value

    def _objects(self, value: Any, path: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for index, item in enumerate(self._list(value, path)):
            if isinstance(item, dict):
                yield f"{path}/{index}", item
            else:
                self.issue(f"{path}/{index}", _("Expected an object."))

    def _find(self, path: str, start: Any = None) -> Any:
        value = self.release if start is None else start
        for name in path.split("/"):
            if not isinstance(value, dict):
                return None
            value = value.get(name)
        return value

    def text(self, path: str, *, most: int = 500, start: Any = None, at: str = "") -> str:
        value = self._find(path, start)
        if value is None:
            return ""
        if isinstance(value, dict | list):
            self.issue(f"{at}{path}", _("Expected text."))
            return ""
        text = str(value).replace("\x00", "")
        if len(text) > most:
            self.issue(f"{at}{path}", _("Longer than %(most)s characters: shortened here.") % {"most": most})
        return text[:most]

    def moment(self, path: str, *, start: Any = None, at: str = "") -> datetime.datetime | None:
        value = self._find(path, start)
        if value in (None, ""):
            return None
        try:
            if day := parse_date(str(value)):
                return datetime.datetime.combine(day, datetime.time(), datetime.UTC)
            moment = parse_datetime(str(value))
        except ValueError:
            moment = None
        if moment is None:
            self.issue(f"{at}{path}", _("“%(value)s” is not a date.") % {"value": str(value)[:40]})
            return None
        return moment if moment.tzinfo else moment.replace(tzinfo=clock.SHANGHAI)

    def amount(self, path: str, *, start: Any = None, at: str = "") -> ReadAmount:
        value = self._find(path, start)
        if value is None:
            return ReadAmount()
        if not isinstance(value, dict):
            self.issue(f"{at}{path}", _("Expected an amount with a currency."))
            return ReadAmount()
        number, currency = value.get("amount"), str(value.get("currency") or "").upper()
        if number is None:
            return ReadAmount()
        if len(currency) != 3 or not currency.isalpha():
            self.issue(f"{at}{path}/currency", _("An amount without a currency is not money."))
            return ReadAmount()
        try:
            minor = Decimal(str(number)).scaleb(DIGITS.get(currency, 2))
            whole = minor.to_integral_value()
        except InvalidOperation:
            self.issue(f"{at}{path}/amount", _("“%(value)s” is not a number.") % {"value": str(number)[:40]})
            return ReadAmount()
        if abs(whole) > LARGEST:
            self.issue(f"{at}{path}/amount", _("“%(value)s” is too large.") % {"value": str(number)[:40]})
            return ReadAmount()
        if whole != minor:
            self.issue(f"{at}{path}/amount", _("More decimals than the currency has: rounded here."))
        return ReadAmount(int(whole), currency)

    def organisation(self, value: Any, path: str) -> str:
        """The name of an organisation, inline or by reference to the parties."""
        if value is None:
            return ""
        if not isinstance(value, dict):
            self.issue(path, _("Expected an organisation."))
            return ""
        party = self.parties.get(str(value.get("id")), {})
        identifier = value.get("identifier") if isinstance(value.get("identifier"), dict) else {}
        name = value.get("name") or party.get("name") or value.get("legalName") or identifier.get("legalName")
        if not name:
            self.issue(path, _("The organisation has no name, here or among the parties."))
            return str(value.get("id") or "")[:300]
        return str(name).replace("\x00", "")[:300]

    def process(self, ocid: str, released_at: datetime.datetime | None) -> ReadProcess:
        tender = self._find("tender")
        if tender is not None and not isinstance(tender, dict):
            self.issue("tender", _("Expected an object."))
        tender = tender if isinstance(tender, dict) else {}
        awards = [self.award(award, path) for path, award in self._objects(self._find("awards"), "awards")]
        contracts = [self.contract(one, path) for path, one in self._objects(self._find("contracts"), "contracts")]
        return ReadProcess(
            ocid=ocid,
            stage=_stage(tender, awards, contracts),
            title=self.text("tender/title") or self.text("title"),
            description=self.text("tender/description", most=20_000) or self.text("description", most=20_000),
            language=self.text("language", most=12),
            buyer=self.organisation(self._find("buyer") or tender.get("procuringEntity"), "buyer"),
            status=self.text("tender/status", most=60),
            method=self.text("tender/procurementMethod", most=60),
            method_details=self.text("tender/procurementMethodDetails", most=300),
            category=self.text("tender/classification/description", most=300)
            or self.text("tender/mainProcurementCategory", most=300),
            released_at=released_at,
            bids_due_at=self.moment("tender/tenderPeriod/endDate"),
            url=self._notice(),
            value=self.amount("tender/value"),
            awards=awards,
            contracts=contracts,
        )

    def _notice(self) -> str:
        """The address of the first document that is a page for people."""
        for section in ("tender/documents", "planning/documents"):
            for _path, document in self._objects(self._find(section), section):
                url = str(document.get("url") or "")
                if url.startswith(("http://", "https://")):
                    return url[:1000]
        for path, award in self._objects(self._find("awards"), "awards"):
            for _path, document in self._objects(award.get("documents"), f"{path}/documents"):
                url = str(document.get("url") or "")
                if url.startswith(("http://", "https://")):
                    return url[:1000]
        return ""

    def award(self, award: dict[str, Any], path: str) -> ReadAward:
        at = f"{path}/"
        suppliers = [
            self.organisation(supplier, where)
            for where, supplier in self._objects(award.get("suppliers"), f"{path}/suppliers")
        ]
        return ReadAward(
            award_id=self.text("id", most=200, start=award, at=at),
            title=self.text("title", start=award, at=at),
            status=self.text("status", most=60, start=award, at=at),
            suppliers="\n".join(name for name in suppliers if name),
            awarded_at=self.moment("date", start=award, at=at),
            value=self.amount("value", start=award, at=at),
        )

    def contract(self, contract: dict[str, Any], path: str) -> ReadContract:
        at = f"{path}/"
        where = f"{path}/implementation/transactions"
        return ReadContract(
            contract_id=self.text("id", most=200, start=contract, at=at),
            award_id=self.text("awardID", most=200, start=contract, at=at),
            title=self.text("title", start=contract, at=at),
            status=self.text("status", most=60, start=contract, at=at),
            signed_at=self.moment("dateSigned", start=contract, at=at),
            starts_at=self.moment("period/startDate", start=contract, at=at),
            ends_at=self.moment("period/endDate", start=contract, at=at),
            value=self.amount("value", start=contract, at=at),
            transactions=[
                self.transaction(one, place)
                for place, one in self._objects(self._find("implementation/transactions", contract), where)
            ],
        )

    def transaction(self, transaction: dict[str, Any], path: str) -> ReadTransaction:
        """OCDS 1.1 says value, payer, payee; 1.0 said amount, providerOrganization, receiverOrganization."""
        value = "value" if transaction.get("value") is not None else "amount"
        payer = "payer" if "payer" in transaction else "providerOrganization"
        payee = "payee" if "payee" in transaction else "receiverOrganization"
        return ReadTransaction(
            transaction_id=self.text("id", most=200, start=transaction, at=f"{path}/"),
            paid_at=self.moment("date", start=transaction, at=f"{path}/"),
            value=self.amount(value, start=transaction, at=f"{path}/"),
            payer=self.organisation(transaction.get(payer), f"{path}/{payer}"),
            payee=self.organisation(transaction.get(payee), f"{path}/{payee}"),
        )


def _stage(tender: dict[str, Any], awards: list[ReadAward], contracts: list[ReadContract]) -> str:
    if any(contract.transactions for contract in contracts):
        return "implementation"
    if contracts:
        return "contract"
    if awards:
        return "award"
    return "planning" if not tender or tender.get("status") in ("planning", "planned") else "tender"
