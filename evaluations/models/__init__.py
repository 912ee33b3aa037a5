"""Frameworks of indicators, engagements of evaluators, the scorers' sheets, and what came of them afterwards."""

from .engagement import Engagement
from .framework import Framework, Indicator
from .moderation import Appeal, AppealLeaf, Moderation
from .rectification import Rectification
from .scorecard import Mark, Scorecard
from .sheet import Evidence, SheetEntry

__all__ = [
    "Appeal",
    "AppealLeaf",
    "Engagement",
    "Evidence",
    "Framework",
    "Indicator",
    "Mark",
    "Moderation",
    "Rectification",
    "Scorecard",
    "SheetEntry",
]
