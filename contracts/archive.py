"""The file of one contract (合同档案) as one ZIP: every paper, report, invoice and posting, with a list of digests.

Procurement files are kept for the years of rule `tender.records_period` (GPL 42) and may be electronic (REG 46). No
verb deletes a contract; rows and files that it rests on are protected by their foreign keys.
"""

import csv
import hashlib
import io
import tempfile
import zipfile
from collections.abc import Iterator
from typing import IO, Any

from django.db.models import Q
from django.utils import translation

from marketplace.ledger.models import Transfer
from marketplace.pages import clock
from marketplace.pages.money import format_yuan
from marketplace.papers.models import Paper
from marketplace.payments.models import INTEREST_PREFIX

from .models import Contract, DeliveryReport

LIST = "目录.csv"


def write_archive(contract: Contract) -> IO[bytes]:
    """The ZIP, to be read from its start. What is missing from the store stands in the list as missing (缺失)."""
    target = tempfile.SpooledTemporaryFile(max_size=16 * 1024 * 1024)  # noqa: SIM115 - the answer closes it
    listed: list[tuple[str, str, str]] = []
    # Chinese whoever takes it: the same archive for all.
    with translation.override("zh-hans"), zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, what, stored in _files(contract):
            content = _read(stored)
            listed.append((name, what, hashlib.sha256(content).hexdigest() if content is not None else "缺失"))
            if content is not None:
                archive.writestr(name, content)
        archive.writestr(LIST, _table([("文件", "内容", "SHA-256"), *listed]))
        archive.writestr("资金流水.csv", _table(_postings(contract)))
    target.seek(0)
    return target


def _files(contract: Contract) -> Iterator[tuple[str, str, Any]]:
    papers: list[tuple[str, Paper | None]] = [("合同", contract.paper), ("结算单", contract.statement)]
    papers += [(str(amendment.get_kind_display()), amendment.paper) for amendment in contract.amendments.all()]
    for number, (what, paper) in enumerate((pair for pair in papers if pair[1]), start=1):
        yield f"1-文书/{number:02d}-{what}-{paper.code}.pdf", f"{what}（{paper.code}）", paper.file
    reports = DeliveryReport.objects.filter(deliverable__contract=contract).select_related("deliverable")
    for number, report in enumerate(reports.order_by("deliverable__position", "reported_at"), start=1):
        title = f"第 {report.deliverable.position} 期"
        if report.file:
            yield f"2-交付/{number:03d}-{_plain(report.file_name)}", f"{title}交付证明", report.file
        if report.invoice_file:
            yield (
                f"3-发票/{number:03d}-{_plain(report.invoice_name)}",
                f"{title}发票 {report.invoice_number}",
                (report.invoice_file),
            )


def _plain(name: str) -> str:
    """No folder, no way out of the archive."""
    return name.replace("\\", "/").rsplit("/", 1)[-1].lstrip(".") or "file"


def _read(stored: Any) -> bytes | None:
    try:
        with stored.open("rb") as file:
            return file.read()
    except OSError:
        return None


def _postings(contract: Contract) -> list[tuple[Any, ...]]:
    number = contract.number  # its own, of an instalment or the bond, of a supplement, of interest
    of_contract = Q(reference=number)
    for start in (f"{number}/", f"{number}-B", f"{INTEREST_PREFIX}{number}/"):
        of_contract |= Q(reference__startswith=start)
    transfers = Transfer.objects.filter(of_contract).select_related("debit__organisation", "credit__organisation")
    return [("时间", "类型", "贷方", "借方", "金额（元）", "编号"), *(
        (
            transfer.posted_at.astimezone(clock.SHANGHAI).isoformat(timespec="seconds"),
            transfer.get_code_display(),
            transfer.credit.words,
            transfer.debit.words,
            format_yuan(transfer.amount).replace(",", ""),
            transfer.reference,
        )
        for transfer in transfers.order_by("posted_at", "pk")
    )]  # fmt: skip


def _table(rows: list[tuple[Any, ...]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8-sig")
