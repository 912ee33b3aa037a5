"""Frameworks, engagements, scorecards, what came of them; rounds that rate many 1A to 5A; feedback, grievances."""

from .conduct import ConductEntry
from .engagement import Engagement
from .feedback import Feedback
from .fieldwork import Draw, FieldStep
from .framework import Framework, Indicator
from .frameworkdraft import FrameworkDraft
from .hotline import Grievance, GrievanceStep, Hearing
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
    "Feedback",
    "FieldStep",
    "Framework",
    "FrameworkDraft",
    "Grievance",
    "GrievanceStep",
    "Hearing",
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
