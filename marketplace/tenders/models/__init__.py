"""The tables of a tender, from draft to award."""

from .award import Award, Bid
from .bid import BidDraft, BidDraftFile, Envelope, EnvelopeFile
from .custody import Custodian, CustodianKey, NumberPrefix, Opening
from .lot import Criterion, Lot
from .panel import Panel, Panellist, Score, Scorecard
from .tender import Tender, TenderDocument

__all__ = [
    "Award",
    "Bid",
    "BidDraft",
    "BidDraftFile",
    "Criterion",
    "Custodian",
    "CustodianKey",
    "Envelope",
    "EnvelopeFile",
    "Lot",
    "NumberPrefix",
    "Opening",
    "Panel",
    "Panellist",
    "Score",
    "Scorecard",
    "Tender",
    "TenderDocument",
]
