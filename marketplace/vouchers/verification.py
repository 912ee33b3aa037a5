"""The vouchers' subledger held against the ledger's control accounts."""

from collections.abc import Iterator
from itertools import islice

from django.db import connection
from django.db.models import F, Sum

from marketplace.audit.models import Entry
from marketplace.ledger.models import Account, BudgetLine
from marketplace.ledger.queries import balance
from marketplace.pages.money import format_yuan

from .models import Issue, Programme, Redemption, Reversal, SettlementLine, Voucher

# A wallet's counter against the transfers that moved it: the first hundred that disagree are named.
SPENT = """
SELECT v.resident_id, v.month, v.programme_id, v.spent, COALESCE(f.fen, 0)
FROM vouchers_voucher v LEFT JOIN (
    SELECT resident_id, month, programme_id, SUM(fen) AS fen FROM (
        SELECT resident_id, month, programme_id, amount AS fen FROM vouchers_redemption
        UNION ALL SELECT resident_id, month, programme_id, -amount FROM vouchers_reversal
    ) moves GROUP BY resident_id, month, programme_id
) f ON f.resident_id = v.resident_id AND f.month = v.month AND f.programme_id = v.programme_id
WHERE v.spent <> COALESCE(f.fen, 0) LIMIT 100
"""
# What a wallet keeps back against the holds that stand.
HELD = """
SELECT v.resident_id, v.month, v.programme_id, v.held, COALESCE(h.fen, 0)
FROM vouchers_voucher v LEFT JOIN (
    SELECT resident_id, month, programme_id, SUM(amount) AS fen FROM vouchers_hold WHERE state = 'held'
    GROUP BY resident_id, month, programme_id
) h ON h.resident_id = v.resident_id AND h.month = v.month AND h.programme_id = v.programme_id
WHERE v.held <> COALESCE(h.fen, 0) LIMIT 100
"""
STRAYS = """
SELECT v.resident_id, v.month FROM vouchers_voucher v
WHERE NOT EXISTS (SELECT 1 FROM residents_resident r WHERE r.id = v.resident_id) LIMIT 100
"""
ORPHANS = """
SELECT r.id FROM vouchers_redemption r LEFT JOIN vouchers_voucher v
  ON v.resident_id = r.resident_id AND v.month = r.month AND v.programme_id = r.programme_id
WHERE v.resident_id IS NULL LIMIT 100
"""


def check_vouchers() -> Iterator[str]:
    """One sentence for each thing that does not agree."""
    with connection.cursor() as cursor:
        cursor.execute(SPENT)
        for resident, month, programme, spent, moved in cursor.fetchall():
            yield (
                f"vouchers: wallet {resident} {str(month)[:7]} {programme} says {format_yuan(spent)} spent, "
                f"its redemptions come to {format_yuan(int(moved))}"
            )
        cursor.execute(HELD)
        for resident, month, programme, held, standing in cursor.fetchall():
            yield (
                f"vouchers: wallet {resident} {str(month)[:7]} {programme} says {format_yuan(held)} held, "
                f"its holds come to {format_yuan(int(standing))}"
            )
        cursor.execute(STRAYS)
        for resident, month in cursor.fetchall():
            yield f"vouchers: wallet {resident} {str(month)[:7]} belongs to nobody in the register"
        cursor.execute(ORPHANS)
        for (redemption,) in cursor.fetchall():
            yield f"vouchers: redemption {redemption} has no wallet"
    yield from _unrecorded()
    yield from _issues()
    yield from _control_accounts()


CHUNK = 1_000


def _unrecorded() -> Iterator[str]:
    """Each row was said in the audit trail, whose entries carry an HMAC and are sealed.

    Wallet, redemption and settlement agree with each other when whoever owns the database writes all three: the trail
    is what can't be written along. A forged entry is named by `verify_audit`.
    """
    for model, event, key in ((Redemption, "voucher.redeemed", "id"), (Reversal, "voucher.reversed", "redemption_id")):
        table, count = model._meta.db_table, 0
        rows = model._base_manager.order_by().values_list(key, "amount").iterator(chunk_size=CHUNK)
        while chunk := list(islice(rows, CHUNK)):
            count += len(chunk)
            said = dict(
                Entry.objects.filter(
                    event=event,
                    subject_type=Redemption._meta.label_lower,
                    subject_id__in=[str(pk) for pk, _amount in chunk],
                ).values_list("subject_id", "detail__amount")
            )
            for pk, amount in chunk:
                if said.get(str(pk)) != amount:
                    told = "never happened by" if str(pk) not in said else "has another amount in"
                    yield f"vouchers: {table} {pk} of {format_yuan(amount)} {told} the audit trail"
        if (happened := Entry.objects.filter(event=event).count()) > count:
            yield f"vouchers: {happened - count} of {happened} rows of {table} are gone that the audit trail tells of"


def _issues() -> Iterator[str]:
    issued = {
        (row["programme"], row["month"]): row["fen"]
        for row in Issue.objects.order_by().values("programme", "month").annotate(fen=Sum("amount"))
    }
    granted = {
        (row["programme"], row["month"]): row["fen"]
        for row in Voucher.objects.order_by().values("programme", "month").annotate(fen=Sum("granted"))
    }
    for programme, month in sorted(issued.keys() | granted.keys(), key=str):
        one, other = issued.get((programme, month), 0), granted.get((programme, month), 0)
        if one != other:
            yield (
                f"vouchers: {programme} {month:%Y-%m} issued {format_yuan(one)}, "
                f"its wallets were granted {format_yuan(other)}"
            )


def _control_accounts() -> Iterator[str]:
    """Outstanding on a line = granted − expired − settled, over the programmes of the line and its predecessors."""
    expected: dict[BudgetLine, int] = {}
    for programme in Programme.objects.select_related("budget_line"):
        wallets = Voucher.objects.filter(programme=programme).aggregate(fen=Sum(F("granted") - F("expired")))["fen"]
        settled = SettlementLine.objects.filter(programme=programme, settlement__state="ordered").aggregate(
            fen=Sum("amount")
        )["fen"]
        line = programme.budget_line.current()
        expected[line] = expected.get(line, 0) + (wallets or 0) - (settled or 0)
    for line, fen in expected.items():
        posted = balance(Account.of(Account.Kind.VOUCHERS, line=line))
        if posted != fen:
            yield (
                f"vouchers: line {line.code} has {format_yuan(posted)} of vouchers outstanding in the ledger, "
                f"the wallets come to {format_yuan(fen)}"
            )
