"""Programmes, the month's wallets, what was paid from them, the cards that open them, and the settlement."""

from .bookings import Booking, Opening, Waiting
from .cards import Card
from .devices import CardLook, CounterDevice, OfflineEntry, OfflineLimit
from .holds import Hold
from .programmes import Issue, Programme
from .settlements import Settlement, SettlementLine
from .visits import CallBack, CallBackDraw, FraudCase, HospitalStay, Visit
from .wallets import Redemption, Reversal, Voucher

__all__ = [
    "Booking",
    "CallBack",
    "CallBackDraw",
    "Card",
    "CardLook",
    "CounterDevice",
    "FraudCase",
    "Hold",
    "HospitalStay",
    "Issue",
    "OfflineEntry",
    "OfflineLimit",
    "Opening",
    "Programme",
    "Redemption",
    "Reversal",
    "Settlement",
    "SettlementLine",
    "Visit",
    "Voucher",
    "Waiting",
]
