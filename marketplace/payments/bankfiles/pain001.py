"""ISO 20022 customer credit transfer initiation, pain.001.001.09, in CNY.

Chinese accounts have no IBAN: they go into `Othr/Id`. Agents are named by their 12-digit clearing code (联行号) under
the external clearing system code CNAPS, and always by name.
"""

from functools import cache
from pathlib import Path

import sepaxml
from lxml import etree

from marketplace.pages import clock
from marketplace.payments.models import PayeeAccount, PaymentBatch

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"
SCHEMA_FILE = Path(sepaxml.__file__).parent / "schemas" / "pain.001.001.09.xsd"


@cache
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(SCHEMA_FILE))


def schema_faults(content: bytes) -> list[str]:
    """Where the file departs from the published schema; empty when it is valid."""
    schema = _schema()
    if schema.validate(etree.fromstring(content)):
        return []
    return [f"{fault.line}: {fault.message}" for fault in schema.error_log]


def _yuan(fen: int) -> str:
    return f"{fen // 100}.{fen % 100:02d}"


def _add(parent: etree._Element, path: str, text: str | None = None) -> etree._Element:
    """Append elements along the path; the last gets the text."""
    for name in path.split("/"):
        parent = etree.SubElement(parent, f"{{{NAMESPACE}}}{name}")
    if text is not None:
        parent.text = text
    return parent


def _agent(parent: etree._Element, name: str, account: PayeeAccount) -> None:
    institution = _add(parent, f"{name}/FinInstnId")
    if account.bank_code:
        member = _add(institution, "ClrSysMmbId")
        _add(member, "ClrSysId/Cd", "CNAPS")
        _add(member, "MmbId", account.bank_code)
    _add(institution, "Nm", account.bank[:140])


def _account(parent: etree._Element, name: str, account: PayeeAccount) -> None:
    element = _add(parent, name)
    _add(element, "Id/Othr/Id", account.number)
    _add(element, "Ccy", "CNY")


def pain001(batch: PaymentBatch) -> bytes:
    """The batch as a file: the same bytes each time."""
    root = etree.Element(f"{{{NAMESPACE}}}Document", nsmap={None: NAMESPACE})
    initiation = _add(root, "CstmrCdtTrfInitn")
    header = _add(initiation, "GrpHdr")
    _add(header, "MsgId", batch.message_id)
    _add(header, "CreDtTm", batch.made_at.astimezone(clock.SHANGHAI).isoformat(timespec="seconds"))
    _add(header, "NbOfTxs", str(batch.count))
    _add(header, "CtrlSum", _yuan(batch.total))
    initiator = _add(header, "InitgPty")
    _add(initiator, "Nm", batch.bureau.name)
    _add(initiator, "Id/OrgId/Othr/Id", batch.bureau.uscc)

    block = _add(initiation, "PmtInf")
    _add(block, "PmtInfId", batch.number)
    _add(block, "PmtMtd", "TRF")
    _add(block, "NbOfTxs", str(batch.count))
    _add(block, "CtrlSum", _yuan(batch.total))
    _add(block, "ReqdExctnDt/Dt", batch.pay_on.isoformat())
    debtor = _add(block, "Dbtr")
    _add(debtor, "Nm", batch.account.account_name)
    _add(debtor, "Id/OrgId/Othr/Id", batch.bureau.uscc)
    _account(block, "DbtrAcct", batch.account)
    _agent(block, "DbtrAgt", batch.account)

    for attempt in batch.attempts.select_related("order__payee", "account").order_by("order__number", "pk"):
        order = attempt.order
        transfer = _add(block, "CdtTrfTxInf")
        identification = _add(transfer, "PmtId")
        _add(identification, "InstrId", order.number)
        _add(identification, "EndToEndId", attempt.end_to_end_id)
        amount = _add(transfer, "Amt/InstdAmt", _yuan(order.amount))
        amount.set("Ccy", "CNY")
        _agent(transfer, "CdtrAgt", attempt.account)
        creditor = _add(transfer, "Cdtr")
        _add(creditor, "Nm", attempt.account.account_name)
        _add(creditor, "Id/OrgId/Othr/Id", order.payee.uscc)
        _account(transfer, "CdtrAcct", attempt.account)
        _add(transfer, "RmtInf/Ustrd", f"{order.number} {order.purpose}"[:140])
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
