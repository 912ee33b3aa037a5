"""Programmes, the month's wallets, what was paid from them, the cards that open them, and the settlement."""

from .cards import Card
from .programmes import Issue, Programme
from .settlements import Settlement, SettlementLine
from .wallets import Redemption, Reversal, Voucher

__all__ = [
    "Card",
    "Issue",
    "Programme",
    "Redemption",
    "Reversal",
    "Settlement",
    "SettlementLine",
    "Voucher",
]
