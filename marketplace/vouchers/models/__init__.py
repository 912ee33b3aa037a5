"""Programmes, the month's wallets, what was paid from them, the cards that open them, and the settlement."""

from .applications import Appeal, Application
from .bookings import Booking, Opening, Waiting
from .cards import Card
from .changes import ProgrammeChange
from .devices import CardLook, CounterDevice, OfflineEntry, OfflineLimit
from .holds import Hold
from .programmes import Issue, Programme, Tier
from .settlements import Settlement, SettlementLine
from .visits import CallBack, CallBackDraw, FraudCase, HospitalStay, Visit
from .wallets import Redemption, Reversal, Voucher

__all__ = [
    "Appeal",
    "Application",
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
    "ProgrammeChange",
    "Redemption",
    "Reversal",
    "Settlement",
    "SettlementLine",
    "Tier",
    "Visit",
    "Voucher",
    "Waiting",
]
