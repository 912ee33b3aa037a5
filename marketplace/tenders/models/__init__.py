"""The tables of a tender, from the plan to the order."""

from .again import MethodChange
from .amendment import Amendment, BidConfirmation, Question
from .award import Award, Bid, QualificationCheck
from .bid import BidDraft, BidDraftFile, Envelope, EnvelopeFile, PromisedFile
from .bidder import BidBond, Designer, Partner, Tie
from .casefiles import CaseFile
from .challenges import BidBan, Challenge, ChallengeMatter, Complaint, ComplaintPause, Effect, Query, Step
from .custody import Custodian, CustodianKey, NumberPrefix, Opening
from .due import EventRun
from .experts import Expert, ExpertChange, ExpertTie
from .framework import Admission, CallOff, CallOffQuote
from .invitation import Invitation, InvitationDraw, Objection, PriceAgreement, QualifiedSupplier, SingleSourceNotice
from .lot import Criterion, Lot
from .outage import Outage
from .panel import Moderation, Panel, Panellist, Score, Scorecard
from .planning import Intention, PlanLine
from .premises import InventoryItem, Premises, Room
from .prices import PriceReview, PriceVote, Quote, QuoteRound
from .searches import SavedSearch
from .tender import Tender, TenderDocument, TypedPage

__all__ = [
    "Admission",
    "Amendment",
    "Award",
    "Bid",
    "BidBan",
    "BidBond",
    "BidConfirmation",
    "BidDraft",
    "BidDraftFile",
    "CallOff",
    "CallOffQuote",
    "CaseFile",
    "Challenge",
    "ChallengeMatter",
    "Complaint",
    "ComplaintPause",
    "Criterion",
    "Custodian",
    "CustodianKey",
    "Designer",
    "Effect",
    "Envelope",
    "EnvelopeFile",
    "EventRun",
    "Expert",
    "ExpertChange",
    "ExpertTie",
    "Intention",
    "InventoryItem",
    "Invitation",
    "InvitationDraw",
    "Lot",
    "MethodChange",
    "Moderation",
    "NumberPrefix",
    "Objection",
    "Opening",
    "Outage",
    "Panel",
    "Panellist",
    "Partner",
    "PlanLine",
    "Premises",
    "PriceAgreement",
    "PriceReview",
    "PriceVote",
    "PromisedFile",
    "QualificationCheck",
    "QualifiedSupplier",
    "Query",
    "Question",
    "Quote",
    "QuoteRound",
    "Room",
    "SavedSearch",
    "Score",
    "Scorecard",
    "SingleSourceNotice",
    "Step",
    "Tender",
    "TenderDocument",
    "Tie",
    "TypedPage",
]
