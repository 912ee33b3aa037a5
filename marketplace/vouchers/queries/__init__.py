"""What the voucher screens read."""

from .bookings import bookings_of, openings_of, waiting_of
from .cases import (
    calls_for,
    case_facts,
    cases_for,
    draws_for,
    last_month,
    letters_to_print,
    people_to_remind,
    redemption_of,
)
from .choice import kinds_for, offers_for, open_times, programmes_of
from .counter import (
    CardView,
    card_view,
    find_redemption,
    paid_lately,
    payable_services,
    redemptions_of_day,
    share_of,
    totals,
)
from .desk import desk_links, has_vouchers_to_see, waiting_for
from .devices import (
    devices_of,
    offline_conflicts,
    offline_decided,
    offline_entries,
    offline_risks,
    offline_terms,
)
from .helpline import helpline_of
from .programmes import month_figures, programme_figures
from .takings import takings
from .wallets import balance_of, history_of, wallets_now

__all__ = [
    "CardView",
    "balance_of",
    "bookings_of",
    "calls_for",
    "card_view",
    "case_facts",
    "cases_for",
    "desk_links",
    "devices_of",
    "draws_for",
    "find_redemption",
    "has_vouchers_to_see",
    "helpline_of",
    "history_of",
    "kinds_for",
    "last_month",
    "letters_to_print",
    "month_figures",
    "offers_for",
    "offline_conflicts",
    "offline_decided",
    "offline_entries",
    "offline_risks",
    "offline_terms",
    "open_times",
    "openings_of",
    "paid_lately",
    "payable_services",
    "people_to_remind",
    "programme_figures",
    "programmes_of",
    "redemption_of",
    "redemptions_of_day",
    "share_of",
    "takings",
    "totals",
    "waiting_for",
    "waiting_of",
    "wallets_now",
]
