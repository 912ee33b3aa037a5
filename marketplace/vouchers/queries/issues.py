"""Where the issue of a month stands, programme by programme."""

import datetime
from dataclasses import dataclass

from django.db.models import Sum

from marketplace.parties.models import Organisation
from marketplace.vouchers.entitlement import terms_of, without_voucher
from marketplace.vouchers.models import Programme, Voucher


@dataclass(frozen=True)
class IssueState:
    """`served` have theirs; `waiting` are entitled and have none yet; `needed` fen would be committed for them."""

    programme: Programme
    served: int
    granted: int
    waiting: int
    needed: int

    @property
    def available(self) -> int:
        return self.programme.budget_line.available

    @property
    def is_short(self) -> bool:
        return self.needed > self.available

    @property
    def may_run(self) -> bool:
        return self.waiting > 0 and not self.is_short


def issue_states(bureau: Organisation, month: datetime.date) -> list[IssueState]:
    """Four statements a programme."""
    states = []
    programmes = Programme.objects.running_in(month).filter(bureau=bureau).select_related("region", "budget_line")
    for programme in programmes.prefetch_related("tiers"):
        terms = terms_of(programme)
        amount = "granted" if terms.carries_over else "grant"
        rows = without_voucher(terms, month)
        vouchers = Voucher.objects.filter(programme=programme, month=month)
        states.append(
            IssueState(
                programme=programme,
                served=vouchers.count(),
                granted=vouchers.aggregate(fen=Sum("granted"))["fen"] or 0,
                waiting=rows.count(),
                needed=rows.aggregate(fen=Sum(amount))["fen"] or 0,
            )
        )
    return states
