"""Every change to programmes, wallets, cards and settlements.

Locking: a programme's row is held while its month is issued, expired or settled; a card's row while its PIN is tried;
a wallet by the guarded UPDATE that spends from it. In this order: programme, card, resident, hold, wallet.
"""

from .cards import issue_card, set_pin, unlock_card
from .holds import confirm_hold, expire_holds, hold, release_hold
from .issue import expire_month, issue_month, run_due_months
from .programmes import close_programme, draft_programme, start_programme
from .redeem import redeem
from .reverse import reverse_redemption
from .settle import approve_settlement, cancel_settlement, order_settlement, settle_month

__all__ = [
    "approve_settlement",
    "cancel_settlement",
    "close_programme",
    "confirm_hold",
    "draft_programme",
    "expire_holds",
    "expire_month",
    "hold",
    "issue_card",
    "issue_month",
    "order_settlement",
    "redeem",
    "release_hold",
    "reverse_redemption",
    "run_due_months",
    "set_pin",
    "settle_month",
    "start_programme",
    "unlock_card",
]
