"""Programmes, the month's wallets, what was paid from them, the cards that open them, and the settlement."""

<<<<<<< HEAD
from .bookings import Booking, Opening, Waiting
from .cards import Card
from .devices import CardLook, CounterDevice, OfflineEntry, OfflineLimit
from .holds import Hold
from .programmes import Issue, Programme
=======
from .applications import Appeal, Application
from .cards import Card
from .changes import ProgrammeChange
from .programmes import Issue, Programme, Tier
>>>>>>> 6ce9230 (The register by file in pieces: read in the background, staged encrypted, applied by one INSERT … SELECT; entitlement is one query)
from .settlements import Settlement, SettlementLine
from .visits import CallBack, CallBackDraw, FraudCase, HospitalStay, Visit
from .wallets import Redemption, Reversal, Voucher

__all__ = [
<<<<<<< HEAD
    "Booking",
    "CallBack",
    "CallBackDraw",
=======
    "Appeal",
    "Application",
>>>>>>> 6ce9230 (The register by file in pieces: read in the background, staged encrypted, applied by one INSERT … SELECT; entitlement is one query)
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
<<<<<<< HEAD
    "Visit",
=======
    "Tier",
>>>>>>> 6ce9230 (The register by file in pieces: read in the background, staged encrypted, applied by one INSERT … SELECT; entitlement is one query)
    "Voucher",
    "Waiting",
]
