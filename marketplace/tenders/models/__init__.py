"""The tables of a tender, from the plan to the order."""

from .award import Award, Bid
from .bid import BidDraft, BidDraftFile, Envelope, EnvelopeFile
from .custody import Custodian, CustodianKey, NumberPrefix, Opening
from .framework import Admission, CallOff, CallOffQuote
from .invitation import (
    Invitation,
    InvitationDraw,
    Objection,
    PriceAgreement,
    QualifiedSupplier,
    SingleSourceNotice,
)
from .lot import Criterion, Lot
from .panel import Panel, Panellist, Score, Scorecard
from .planning import DemandSurvey, Intention, PlanLine, SurveyAnswer, SurveyQuestion
from .premises import InventoryItem, Premises, Room
from .tender import Tender, TenderDocument, TypedPage

__all__ = [
    "Admission",
    "Award",
    "Bid",
    "BidDraft",
    "BidDraftFile",
    "CallOff",
    "CallOffQuote",
    "Criterion",
    "Custodian",
    "CustodianKey",
    "DemandSurvey",
    "Envelope",
    "EnvelopeFile",
    "Intention",
    "InventoryItem",
    "Invitation",
    "InvitationDraw",
    "Lot",
    "NumberPrefix",
    "Objection",
    "Opening",
    "Panel",
    "Panellist",
    "PlanLine",
    "Premises",
    "PriceAgreement",
    "QualifiedSupplier",
    "Room",
    "Score",
    "Scorecard",
    "SingleSourceNotice",
    "SurveyAnswer",
    "SurveyQuestion",
    "Tender",
    "TenderDocument",
    "TypedPage",
]
