"""The list that treasuries key in or load: one payment a row, UTF-8 with a mark so that spreadsheets read it."""

import csv
import io

from marketplace.payments.models import PaymentBatch

HEADER = ["序号", "端到端号", "收款人", "收款账号", "开户行", "联行号", "金额(元)", "用途", "付款单号", "结果", "原因"]


def treasury_csv(batch: PaymentBatch) -> bytes:
    """The batch as CSV: the same bytes each time. The last two columns are for the bank's answer.

    Account numbers carry a leading tab so that no spreadsheet turns them into floating-point numbers.
    """
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEADER)
    attempts = batch.attempts.select_related("order__payee", "account").order_by("order__number", "pk")
    for number, attempt in enumerate(attempts, 1):
        order, account = attempt.order, attempt.account
        writer.writerow(
            [
                number,
                attempt.end_to_end_id,
                neutral(account.account_name),
                f"\t{account.number}",
                neutral(account.bank),
                f"\t{account.bank_code}" if account.bank_code else "",
                f"{order.amount // 100}.{order.amount % 100:02d}",
                neutral(order.purpose),
                order.number,
                "",
                "",
            ]
        )
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def neutral(text: str) -> str:
    """A cell that no spreadsheet runs as a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text
