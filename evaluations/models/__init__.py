"""Frameworks of indicators, engagements of evaluators, the scorers' sheets, and what came of them afterwards; rounds in
which many organisations are rated 1A to 5A."""

from .conduct import ConductEntry
from .engagement import Engagement
from .fieldwork import Draw, FieldStep
from .framework import Framework, Indicator
from .frameworkdraft import FrameworkDraft
from .measurement import Measurement
from .moderation import Appeal, AppealLeaf, Moderation
from .rectification import Rectification
from .rounds import RatingApplication, RatingRound
from .roundsheets import Certificate, RatingMark, RatingObjection, RatingSheet
from .scorecard import Mark, Scorecard
from .sheet import Evidence, SheetEntry

__all__ = [
    "Appeal",
    "AppealLeaf",
    "Certificate",
    "ConductEntry",
    "Draw",
    "Engagement",
    "Evidence",
    "FieldStep",
    "Framework",
    "FrameworkDraft",
    "Indicator",
    "Mark",
    "Measurement",
    "Moderation",
    "RatingApplication",
    "RatingMark",
    "RatingObjection",
    "RatingRound",
    "RatingSheet",
    "Rectification",
    "Scorecard",
    "SheetEntry",
]
