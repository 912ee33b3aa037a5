"""Contracts held against the ledger: what each says is committed, owed and held is what the transfers come to."""

import re
from collections import defaultdict
from collections.abc import Iterator

from django.db.models import F, Q, Sum

from marketplace.ledger.models import Transfer
from marketplace.pages.money import format_yuan
from marketplace.payments.models import INTEREST_PREFIX, InterestClaim, PaymentOrder, Refund

from .models import Acceptance, Bond, Contract, Deliverable

Code = Transfer.Code
NUMBER = re.compile(r"(HT[^/]+?)(?:-B\d+)?(?:/(?:\d+|bond))?")
COMMITTED = {Code.COMMITTED: 1, Code.RELEASED: -1, Code.ACCRUED: -1, Code.ACCRUAL_REVERSED: 1}
OWED = {Code.ACCRUED: 1, Code.ACCRUAL_REVERSED: -1, Code.PAID: -1, Code.RETURNED: 1}
BONDS = {Code.BOND_HELD: 1, Code.BOND_RELEASED: -1, Code.BOND_FORFEITED: -1}


def faults(contract: Contract | None = None) -> Iterator[str]:
    """One sentence for each contract whose money is not what the ledger says; of one contract, or of all."""
    said, booked = _said(contract), _booked(contract)
    for number in sorted(set(said) | set(booked)):
        for what in ("committed", "owed", "bond", "interest"):
            ours, ledgers = said[number][what], booked[number][what]
            if ours != ledgers:
                yield (
                    f"contracts: {number} says {format_yuan(ours)} {what}, its transfers come to {format_yuan(ledgers)}"
                )


def _said(contract: Contract | None) -> dict[str, dict[str, int]]:
    """By contract's number, from its instalments, findings, payments, refunds and bonds. Eight statements."""
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    only = Q() if contract is None else Q(contract=contract)
    committed = Deliverable.objects.standing().filter(only, is_committed=True, contract__signed_at__isnull=False)
    for number, fen in committed.order_by().values_list("contract__number").annotate(Sum("amount")):
        sums[number]["committed"] += fen
    accepted = Acceptance.objects.filter(is_accepted=True)
    if contract is not None:
        accepted = accepted.filter(report__deliverable__contract=contract)
    by_number = accepted.order_by().values_list("report__deliverable__contract__number")
    for number, fen in by_number.annotate(Sum("accepted_amount")):
        sums[number]["owed"] += fen
    prefix = "HT" if contract is None else f"{contract.number}/"
    paid = PaymentOrder.objects.filter(state=PaymentOrder.State.PAID, reference__startswith=prefix)
    for reference, fen in paid.order_by().values_list("reference").annotate(fen=Sum(F("amount") - F("refunded"))):
        sums[_number(reference)]["owed"] -= fen
    back = Refund.objects.filter(state=Refund.State.DONE, is_still_owed=False, order__reference__startswith=prefix)
    for reference, fen in back.order_by().values_list("order__reference").annotate(Sum("amount")):
        sums[_number(reference)]["owed"] -= fen
    claims = InterestClaim.objects.filter(state=InterestClaim.State.AGREED, order__reference__startswith=prefix)
    for reference, fen in claims.order_by().values_list("order__reference").annotate(Sum("amount")):
        sums[_number(reference)]["interest"] += fen
    interest = Q(state=PaymentOrder.State.PAID, claim__order__reference__startswith=prefix)
    of_interest = PaymentOrder.objects.filter(interest).order_by().values_list("claim__order__reference")
    for reference, fen in of_interest.annotate(fen=Sum(F("amount") - F("refunded"))):
        sums[_number(reference)]["interest"] -= fen
    back = Refund.objects.filter(
        state=Refund.State.DONE, is_still_owed=False, order__claim__order__reference__startswith=prefix
    )
    for reference, fen in back.order_by().values_list("order__claim__order__reference").annotate(Sum("amount")):
        sums[_number(reference)]["interest"] -= fen
    held = Bond.objects.filter(only, state=Bond.State.HELD, form=Bond.Form.TRANSFER)
    for number, fen in held.order_by().values_list("contract__number").annotate(fen=Sum(F("amount") - F("kept"))):
        sums[number]["bond"] += fen
    return sums


def _booked(contract: Contract | None) -> dict[str, dict[str, int]]:
    """By contract's number, from the transfers. One statement."""
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    transfers = Transfer.objects.filter(code__in={*COMMITTED, *OWED, *BONDS})
    number = "HT" if contract is None else contract.number
    for reference, code, fen in (
        transfers.filter(Q(reference__startswith=number) | Q(reference__startswith=f"{INTEREST_PREFIX}{number}"))
        .order_by()
        .values_list("reference", "code")
        .annotate(Sum("amount"))
    ):
        key = _number(reference)
        if not key or (contract is not None and key != number):
            continue
        if reference.startswith(INTEREST_PREFIX):
            sums[key]["interest"] += OWED.get(code, 0) * fen
            continue
        sums[key]["committed"] += COMMITTED.get(code, 0) * fen
        sums[key]["owed"] += OWED.get(code, 0) * fen
        sums[key]["bond"] += BONDS.get(code, 0) * fen
    return sums


def _number(reference: str) -> str:
    match = NUMBER.fullmatch(reference.removeprefix(INTEREST_PREFIX))
    return match[1] if match else ""
