"""Reading what the bank answers: camt.054 notifications, or the treasury's CSV with its last columns filled in."""

import csv
import io
import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from lxml import etree

from marketplace.payments.models import BankAnswer

LARGEST = 5 * 1024 * 1024
PAID_WORDS = {"成功", "已付", "已支付", "交易成功", "paid", "success", "ok", "accp", "acsc"}
FAILED_WORDS = {"失败", "退回", "退票", "交易失败", "failed", "returned", "rejected", "rjct"}
COLUMNS = {
    "end_to_end_id": {"端到端号", "end_to_end_id", "endtoendid", "end to end id"},
    "amount": {"金额", "金额(元)", "金额（元）", "amount"},
    "outcome": {"结果", "状态", "result", "status"},
    "cause": {"原因", "失败原因", "退回原因", "reason", "cause"},
    "bank_reference": {"银行流水号", "流水号", "bank_reference", "reference"},
}


class UnreadableAnswer(ValidationError):
    """The file as a whole can't be read; a row that can't is an AnswerRow with a fault."""


@dataclass(frozen=True)
class AnswerRow:
    """One row of the answer as it was read. `number` counts from 1 (CSV: the line in the file); amount in fen."""

    number: int
    end_to_end_id: str = ""
    amount: int | None = None
    is_paid: bool | None = None
    cause: str = ""
    bank_reference: str = ""
    fault: str = ""


def read_answer(content: bytes) -> tuple[str, list[AnswerRow]]:
    """(format, rows). Raises UnreadableAnswer, worded for the officer."""
    if len(content) > LARGEST:
        raise UnreadableAnswer(_("The file is larger than 5 MB: this is not a bank answer."), code="too_large")
    if not content.strip():
        raise UnreadableAnswer(_("The file is empty."), code="empty")
    start = content.lstrip(b"\xef\xbb\xbf \r\n\t")
    if start.startswith(b"<"):
        return BankAnswer.Format.CAMT_054, _read_camt054(start)
    return BankAnswer.Format.CSV, _read_csv(content)


def fen_of(text: str, *, may_be_nought: bool = False) -> int | None:
    """Yuan as banks write them, in fen; None when that can't be read."""
    try:
        fen = Decimal(re.sub(r"[,，¥￥\s]", "", text)) * 100
    except InvalidOperation:
        return None
    return int(fen) if fen.is_finite() and fen == fen.to_integral_value() and (fen > 0 or may_be_nought) else None


def _read_camt054(content: bytes) -> list[AnswerRow]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise UnreadableAnswer(_("This is not a readable XML file."), code="unreadable") from None
    if not etree.QName(root).namespace or "camt.054" not in etree.QName(root).namespace:
        raise UnreadableAnswer(
            _("This XML is not a camt.054 notification: ask the bank for camt.054, or use the CSV."), code="unreadable"
        )
    rows = []
    for entry in root.iterfind(".//{*}Ntfctn/{*}Ntry"):
        for details in entry.iterfind("{*}NtryDtls/{*}TxDtls"):
            rows.append(_transaction(len(rows) + 1, entry, details))
    if not rows:
        raise UnreadableAnswer(_("The notification has no transactions in it."), code="empty")
    return rows


def text_of(element: etree._Element, *paths: str) -> str:
    """The first of the paths that says something."""
    for path in paths:
        found = element.findtext("/".join(f"{{*}}{name}" for name in path.split("/")))
        if found and found.strip():
            return found.strip()
    return ""


def _transaction(number: int, entry: etree._Element, details: etree._Element) -> AnswerRow:
    """A debit without return information went through; anything that names a return or a reversal did not."""
    end_to_end_id = text_of(details, "Refs/EndToEndId")
    amount_text = text_of(details, "Amt", "AmtDtls/TxAmt/Amt", "AmtDtls/InstdAmt/Amt") or text_of(entry, "Amt")
    direction = text_of(details, "CdtDbtInd") or text_of(entry, "CdtDbtInd")
    returned = details.find("{*}RtrInf") is not None or text_of(entry, "RvslInd") == "true" or direction == "CRDT"
    reason = " ".join(
        filter(None, (text_of(details, "RtrInf/Rsn/Cd", "RtrInf/Rsn/Prtry"), text_of(details, "RtrInf/AddtlInf")))
    )
    amount, fault = fen_of(amount_text), ""
    currency = next(
        (found.get("Ccy") for found in (details.find("{*}Amt"), entry.find("{*}Amt")) if found is not None), "CNY"
    )
    if not end_to_end_id:
        fault = _("The row has no end-to-end id.")
    elif amount is None:
        fault = _("The amount %(text)s can't be read.") % {"text": amount_text or "—"}
    elif currency != "CNY":
        fault = _("The amount is in %(currency)s, not in CNY.") % {"currency": currency}
    elif direction not in ("CRDT", "DBIT"):
        fault = _("The row does not say whether the money went or came.")
    return AnswerRow(
        number=number,
        end_to_end_id=end_to_end_id,
        amount=amount,
        is_paid=not returned,
        cause=(reason or _("Sent back by the bank"))[:300] if returned else "",
        bank_reference=(text_of(details, "Refs/AcctSvcrRef") or text_of(entry, "AcctSvcrRef"))[:64],
        fault=fault,
    )


def decode(content: bytes) -> str:
    """Raises UnreadableAnswer(code="unreadable")."""
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise UnreadableAnswer(_("The file is neither UTF-8 nor GB 18030 text."), code="unreadable")


def _read_csv(content: bytes) -> list[AnswerRow]:
    text = decode(content)
    if "\0" in text:
        raise UnreadableAnswer(_("This is neither CSV nor XML."), code="unreadable")
    reader = csv.reader(io.StringIO(text, newline=""))
    try:
        lines = [(reader.line_num, [cell.strip().lstrip("'") for cell in line]) for line in reader]
    except csv.Error:
        raise UnreadableAnswer(_("This is neither CSV nor XML."), code="unreadable") from None
    header = [cell.lower() for cell in lines[0][1]] if lines else []
    places = {
        name: next((place for place, cell in enumerate(header) if cell in words), None)
        for name, words in COLUMNS.items()
    }
    missing = [name for name in ("end_to_end_id", "amount", "outcome") if places[name] is None]
    if missing:
        raise UnreadableAnswer(
            _("The first row must name the columns 端到端号 (end_to_end_id), 金额 (amount) and 结果 (result)."),
            code="columns",
        )
    rows = [
        _csv_row(number, {name: _cell(cells, place) for name, place in places.items()})
        for number, cells in lines[1:]
        if any(cells)
    ]
    if not rows:
        raise UnreadableAnswer(_("The file has no rows."), code="empty")
    return rows


def _cell(cells: list[str], place: int | None) -> str:
    return cells[place] if place is not None and place < len(cells) else ""


def _csv_row(number: int, cells: dict[str, str]) -> AnswerRow:
    amount, outcome, fault = fen_of(cells["amount"]), cells["outcome"].lower(), ""
    is_paid = True if outcome in PAID_WORDS else False if outcome in FAILED_WORDS else None
    if not cells["end_to_end_id"]:
        fault = _("The row has no end-to-end id.")
    elif amount is None:
        fault = _("The amount %(text)s can't be read.") % {"text": cells["amount"] or "—"}
    elif is_paid is None:
        fault = _("The result %(text)s is neither 成功 (paid) nor 失败 (failed).") % {"text": cells["outcome"] or "—"}
    elif is_paid is False and not cells["cause"]:
        fault = _("A failed row needs a cause.")
    return AnswerRow(
        number=number,
        end_to_end_id=cells["end_to_end_id"],
        amount=amount,
        is_paid=is_paid,
        cause=cells["cause"][:300] if is_paid is False else "",
        bank_reference=cells["bank_reference"][:64],
        fault=fault,
    )
