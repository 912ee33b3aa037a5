"""What the voucher screens read."""

from .counter import CardView, card_view, find_redemption, payable_services, redemptions_of_day, totals
from .desk import desk_links, has_vouchers_to_see, waiting_for
from .devices import (
    devices_of,
    offline_conflicts,
    offline_decided,
    offline_entries,
    offline_risks,
    offline_terms,
)
from .programmes import month_figures, programme_figures
from .wallets import balance_of, history_of, wallets_now

__all__ = [
    "CardView",
    "balance_of",
    "card_view",
    "desk_links",
    "devices_of",
    "find_redemption",
    "has_vouchers_to_see",
    "history_of",
    "month_figures",
    "offline_conflicts",
    "offline_decided",
    "offline_entries",
    "offline_risks",
    "offline_terms",
    "payable_services",
    "programme_figures",
    "redemptions_of_day",
    "totals",
    "waiting_for",
    "wallets_now",
]
