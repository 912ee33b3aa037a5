"""Everything the ledger claims, re-summed from the transfers alone, and held against seals and subledgers."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db.models import Sum

from marketplace.audit.canonical import column_names
from marketplace.audit.heads import Head
from marketplace.audit.verification import verify_stream
from marketplace.pages.money import format_yuan

from .models import Account, BudgetLine, Fund, Transfer
from .verification import registered_checks

STREAM = "ledger"
OF_LINE = (Account.Kind.AVAILABLE, Account.Kind.COMMITMENT, Account.Kind.VOUCHERS)
CHUNK = 2_000


@dataclass
class Report:
    """How much was read, and what is wrong, the first first."""

    counts: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def is_sound(self) -> bool:
        return not self.faults


def verify(heads: list[Head] | None = None, *, at_most: int = 1) -> Report:
    """Read everything again. Stops after `at_most` faults."""
    report = Report()
    steps: list[Callable[[], Iterable[str]]] = [
        lambda: _transfers(report),
        lambda: _seals(report, heads or []),
        lambda: _accounts(report),
        lambda: _counters(report),
        *(lambda name=name, fn=fn: (f"{name}: {fault}" for fault in fn()) for name, fn in registered_checks().items()),
    ]
    for step in steps:
        report.faults.extend(islice(step(), at_most - len(report.faults)))
        if len(report.faults) >= at_most:
            return report
    report.counts["subledgers"] = len(registered_checks())
    return report


def _transfers(report: Report) -> Iterator[str]:
    """Each row carries an HMAC over all its columns: a change shows even before it is sealed."""
    accounts = set(Account.objects.values_list("pk", flat=True))
    report.counts["transfers"] = 0
    columns = column_names(Transfer)
    keys = Transfer._base_manager.order_by("posted_at", "id").values_list("pk", flat=True).iterator(CHUNK)
    while chunk := list(islice(keys, CHUNK)):
        rows = _rows(chunk, columns)
        for key in chunk:
            report.counts["transfers"] += 1
            name, row = f"ledger_transfer {key}", rows.get(key)
            if row is None:
                yield f"{name}: the row can't be read any more"
            elif row["debit_id"] not in accounts or row["credit_id"] not in accounts:
                yield f"{name}: one of its accounts does not exist"
            elif Transfer(**row).true_digest() != row["digest"]:
                yield f"{name}: the row was changed, or not written by Minfu"


def _rows(keys: list, columns: list[str]) -> dict[Any, dict]:
    """The rows by key; those that can't be read are missing."""
    try:
        return {row["id"]: row for row in Transfer._base_manager.filter(pk__in=keys).values(*columns)}
    except (ValueError, TypeError):
        if len(keys) == 1:
            return {}
        half = len(keys) // 2
        return _rows(keys[:half], columns) | _rows(keys[half:], columns)


def _seals(report: Report, heads: list[Head]) -> Iterator[str]:
    sealed = verify_stream(STREAM, heads)
    report.counts["batches"] = sealed.batches.get(STREAM, 0)
    report.counts["unsealed"] = sealed.unsealed.get(STREAM, 0)
    yield from map(str, sealed.faults)


def _accounts(report: Report) -> Iterator[str]:
    report.counts["accounts"] = 0
    for account in Account.objects.order_by("created_at", "pk").iterator(CHUNK):
        report.counts["accounts"] += 1
        if account.code != account.true_code:
            yield f"ledger_account {account.pk}: its owner was changed: it is {account.true_code}, not {account.code}"


def _counters(report: Report) -> Iterator[str]:
    """Counters equal the sums of transfers; no account that is owed or kept is below nought; every fund adds up."""
    held: dict[Any, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    owed: dict[Any, int] = defaultdict(int)
    drawn: dict[Any, int] = defaultdict(int)
    flows = (
        Transfer.objects.order_by()
        .values_list("debit__kind", "debit__line", "debit__fund", "credit__kind", "credit__line", "credit__fund")
        .annotate(Sum("amount"))
    )
    for debit, debit_line, debit_fund, credit, credit_line, credit_fund, amount in flows:
        for kind, line, fund, signed in (
            (credit, credit_line, credit_fund, amount),
            (debit, debit_line, debit_fund, -amount),
        ):
            if kind in OF_LINE:
                held[line][kind] += signed
            elif kind == Account.Kind.PAYABLE:
                owed[line] += signed
            elif kind == Account.Kind.TREASURY:
                drawn[fund] -= signed
            if kind in OF_LINE and debit_line != credit_line:
                held[line]["appropriated"] += signed
        if debit in OF_LINE and credit == Account.Kind.PAYABLE:
            held[debit_line]["spent"] += amount
        if debit == Account.Kind.PAYABLE and credit in OF_LINE:
            held[credit_line]["spent"] -= amount
    spoken_for: dict[Any, int] = defaultdict(int)
    report.counts["budget lines"] = 0
    for line in BudgetLine.objects.order_by("created_at", "pk").iterator(CHUNK):
        report.counts["budget lines"] += 1
        sums = held[line.pk]
        spoken_for[line.fund_id] += sum(sums[kind] for kind in OF_LINE) + owed[line.pk]
        true = {
            "appropriated": sums["appropriated"],
            "committed": sums[Account.Kind.COMMITMENT] + sums[Account.Kind.VOUCHERS],
            "outstanding": sums[Account.Kind.VOUCHERS],
            "spent": sums["spent"],
        }
        for name, fen in true.items():
            if getattr(line, name) != fen:
                yield (
                    f"ledger_budgetline {line.pk} ({line}): {name} says {format_yuan(getattr(line, name))}, "
                    f"its transfers sum to {format_yuan(fen)}"
                )
        if owed[line.pk] < 0:
            yield f"ledger_budgetline {line.pk} ({line}): {format_yuan(-owed[line.pk])} more was paid than owed"
    report.counts["funds"] = 0
    for fund in Fund.objects.order_by("code"):
        report.counts["funds"] += 1
        if drawn[fund.pk] != spoken_for[fund.pk]:
            yield (
                f"ledger_fund {fund.pk} ({fund.code}): its treasury holds {format_yuan(drawn[fund.pk])}, "
                f"its lines speak for {format_yuan(spoken_for[fund.pk])}"
            )
