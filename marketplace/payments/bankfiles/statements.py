"""Reading the bank's statement: camt.053, or a CSV as online banks give it."""

import csv
import datetime
import io
import re
from dataclasses import dataclass, field

from django.utils.translation import gettext as _
from lxml import etree

from marketplace.payments.models import BankStatement, StatementLine

from .answers import LARGEST, UnreadableAnswer, decode, fen_of, text_of

Direction = StatementLine.Direction
COLUMNS = {
    "booked_on": {"记账日期", "交易日期", "入账日期", "日期", "booked_on", "date"},
    "direction": {"借贷", "借贷标志", "收支", "direction"},
    "amount": {"金额", "金额(元)", "金额（元）", "交易金额", "amount"},
    "out": {"支出", "支出金额", "借方发生额", "借方金额", "debit"},
    "into": {"收入", "收入金额", "贷方发生额", "贷方金额", "credit"},
    "end_to_end_id": {"端到端号", "end_to_end_id", "endtoendid", "end to end id"},
    "bank_reference": {"银行流水号", "流水号", "交易流水号", "bank_reference", "reference"},
    "counterparty": {"对方户名", "对方名称", "counterparty"},
    "text": {"摘要", "附言", "用途", "text", "remittance"},
}
OUT_WORDS = {"借", "支", "支出", "d", "dbit", "debit"}
IN_WORDS = {"贷", "收", "收入", "c", "crdt", "credit"}


@dataclass(frozen=True)
class Booking:
    """One booked line; amount in fen."""

    position: int
    booked_on: datetime.date
    direction: str
    amount: int
    end_to_end_id: str = ""
    bank_reference: str = ""
    counterparty: str = ""
    text: str = ""


@dataclass
class ReadStatement:
    format: str
    bookings: list[Booking] = field(default_factory=list)
    accounts: set[str] = field(default_factory=set)  # numbers that the file names as the account's own
    opening: int | None = None
    closing: int | None = None
    from_on: datetime.date | None = None
    to_on: datetime.date | None = None


def read_statement(content: bytes) -> ReadStatement:
    """Raises UnreadableAnswer, worded for the officer; a statement is read whole or not at all."""
    if len(content) > LARGEST:
        raise UnreadableAnswer(_("The file is larger than 5 MB: this is not a bank statement."), code="too_large")
    if not content.strip():
        raise UnreadableAnswer(_("The file is empty."), code="empty")
    start = content.lstrip(b"\xef\xbb\xbf \r\n\t")
    found = _read_camt053(start) if start.startswith(b"<") else _read_csv(content)
    if not found.bookings:
        raise UnreadableAnswer(_("The statement has no booked lines in it."), code="empty")
    days = [booking.booked_on for booking in found.bookings]
    found.from_on, found.to_on = found.from_on or min(days), found.to_on or max(days)
    if found.opening is not None and found.closing is not None:
        moved = sum(b.amount if b.direction == Direction.CREDIT else -b.amount for b in found.bookings)
        if found.opening + moved != found.closing:
            raise UnreadableAnswer(
                _("The lines do not lead from the opening to the closing balance: a part of the file is missing."),
                code="balance",
            )
    return found


def _read_camt053(content: bytes) -> ReadStatement:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise UnreadableAnswer(_("This is not a readable XML file."), code="unreadable") from None
    if "camt.053" not in (etree.QName(root).namespace or ""):
        raise UnreadableAnswer(
            _("This XML is not a camt.053 statement: ask the bank for camt.053, or use the CSV."), code="unreadable"
        )
    statements = list(root.iterfind(".//{*}Stmt"))
    if len(statements) != 1:
        raise UnreadableAnswer(_("The file must hold one statement of one account."), code="unreadable")
    (statement,) = statements
    found = ReadStatement(BankStatement.Format.CAMT_053)
    found.accounts = {number for path in ("Acct/Id/Othr/Id", "Acct/Id/IBAN") if (number := text_of(statement, path))}
    found.from_on = _day(text_of(statement, "FrToDt/FrDtTm"))
    found.to_on = _day(text_of(statement, "FrToDt/ToDtTm"))
    for balance in statement.iterfind("{*}Bal"):
        amount = fen_of(text_of(balance, "Amt"), may_be_nought=True)
        signed = -amount if amount and text_of(balance, "CdtDbtInd") == "DBIT" else amount
        kind = text_of(balance, "Tp/CdOrPrtry/Cd")
        if kind in ("OPBD", "PRCD"):
            found.opening = signed
        elif kind == "CLBD":
            found.closing = signed
    for entry in statement.iterfind("{*}Ntry"):
        if (text_of(entry, "Sts/Cd", "Sts") or "BOOK") == "BOOK":
            for details in entry.findall("{*}NtryDtls/{*}TxDtls") or [None]:
                found.bookings.append(_booking(len(found.bookings) + 1, entry, details))
    return found


def _booking(position: int, entry: etree._Element, details: etree._Element | None) -> Booking:
    inner = entry if details is None else details
    direction = text_of(inner, "CdtDbtInd") or text_of(entry, "CdtDbtInd")
    amount = fen_of(text_of(inner, "Amt", "AmtDtls/TxAmt/Amt") or text_of(entry, "Amt"))
    booked_on = _day(text_of(entry, "BookgDt/Dt", "BookgDt/DtTm", "ValDt/Dt"))
    currencies = {found.get("Ccy") for element in (inner, entry) for found in element.findall("{*}Amt")}
    if amount is None or booked_on is None or direction not in ("DBIT", "CRDT") or currencies - {"CNY"}:
        raise UnreadableAnswer(
            _("Line %(number)s of the statement can't be read.") % {"number": position}, code="unreadable"
        )
    other = "Cdtr" if direction == "DBIT" else "Dbtr"
    end_to_end_id = text_of(inner, "Refs/EndToEndId")
    return Booking(
        position=position,
        booked_on=booked_on,
        direction=Direction.DEBIT if direction == "DBIT" else Direction.CREDIT,
        amount=amount,
        end_to_end_id="" if end_to_end_id == "NOTPROVIDED" else end_to_end_id[:35],
        bank_reference=(text_of(inner, "Refs/AcctSvcrRef") or text_of(entry, "AcctSvcrRef"))[:64],
        counterparty=text_of(inner, f"RltdPties/{other}/Pty/Nm", f"RltdPties/{other}/Nm")[:140],
        text=(text_of(inner, "RmtInf/Ustrd", "RtrInf/AddtlInf") or text_of(entry, "AddtlNtryInf"))[:300],
    )


def _day(text: str) -> datetime.date | None:
    if not (found := re.fullmatch(r"(\d{4})[-/.年]?(\d{1,2})[-/.月]?(\d{1,2})日?(?:[T ].*)?", text.strip())):
        return None
    try:
        return datetime.date(*map(int, found.groups()))
    except ValueError:
        return None


def _read_csv(content: bytes) -> ReadStatement:
    text = decode(content)
    if "\0" in text:
        raise UnreadableAnswer(_("This is neither CSV nor XML."), code="unreadable")
    try:
        rows = [[cell.strip().lstrip("'\t") for cell in row] for row in csv.reader(io.StringIO(text, newline=""))]
    except csv.Error:
        raise UnreadableAnswer(_("This is neither CSV nor XML."), code="unreadable") from None
    header = [cell.lower() for cell in rows[0]] if rows else []
    places = {
        name: next((place for place, cell in enumerate(header) if cell in words), None)
        for name, words in COLUMNS.items()
    }
    has_amount = places["amount"] is not None and places["direction"] is not None
    if places["booked_on"] is None or not (has_amount or (places["out"] is not None and places["into"] is not None)):
        raise UnreadableAnswer(
            _("The first row must name the columns 记账日期, and either 借贷 and 金额 or 支出金额 and 收入金额."),
            code="columns",
        )
    found = ReadStatement(BankStatement.Format.CSV)
    for number, row in enumerate(rows[1:], start=2):
        if any(row):
            cells = {
                name: row[place] if place is not None and place < len(row) else "" for name, place in places.items()
            }
            found.bookings.append(_csv_booking(number, cells))
    return found


def _csv_booking(number: int, cells: dict[str, str]) -> Booking:
    word = cells["direction"].lower()
    direction = Direction.DEBIT if word in OUT_WORDS else Direction.CREDIT if word in IN_WORDS else None
    amount = fen_of(cells["amount"])
    if direction is None:
        out, into = fen_of(cells["out"]), fen_of(cells["into"])
        if (out is None) is not (into is None):
            direction = Direction.DEBIT if out else Direction.CREDIT
            amount = out or into
    booked_on = _day(cells["booked_on"])
    if direction is None or amount is None or booked_on is None:
        raise UnreadableAnswer(
            _("Line %(number)s of the statement can't be read.") % {"number": number}, code="unreadable"
        )
    return Booking(
        position=number,
        booked_on=booked_on,
        direction=direction,
        amount=amount,
        end_to_end_id=cells["end_to_end_id"][:35],
        bank_reference=cells["bank_reference"][:64],
        counterparty=cells["counterparty"][:140],
        text=cells["text"][:300],
    )
