"""Every movement of public money.

Locking rules, the same for all verbs: a budget line's counters change by one guarded UPDATE, which holds the line's row
until the transaction ends; several lines go in order of primary key; what is only summed (a payable, a bond) is
protected by a lock on its account's row while it is drawn down, never while it grows.
"""

from .bonds import forfeit_bond, hand_over_forfeit, hold_bond, release_bond
from .budget import appropriate, open_budget_line, open_fund, withdraw_appropriation
from .commitments import accrue_payable, commit_budget, release_commitment, reverse_accrual
from .payments import PaidOut, post_payment, post_payment_returned, post_payments
from .vouchers import post_vouchers_expired, post_vouchers_issued, post_vouchers_settled
from .years import open_year

__all__ = [
    "PaidOut",
    "accrue_payable",
    "appropriate",
    "commit_budget",
    "forfeit_bond",
    "hand_over_forfeit",
    "hold_bond",
    "open_budget_line",
    "open_fund",
    "open_year",
    "post_payment",
    "post_payment_returned",
    "post_payments",
    "post_vouchers_expired",
    "post_vouchers_issued",
    "post_vouchers_settled",
    "release_bond",
    "release_commitment",
    "reverse_accrual",
    "withdraw_appropriation",
]
