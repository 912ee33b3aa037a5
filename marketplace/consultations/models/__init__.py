"""Residents are asked what they want: the questions, the paper sheets, who has answered, and what was said."""

from .answers import Answer, Participation, Remark, Reply
from .consultation import Consultation, Outcome, Question
from .sheets import Sheet, SheetRun, tidy_sheet_number

__all__ = [
    "Answer",
    "Consultation",
    "Outcome",
    "Participation",
    "Question",
    "Remark",
    "Reply",
    "Sheet",
    "SheetRun",
    "tidy_sheet_number",
]
