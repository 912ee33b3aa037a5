"""The screens of evaluations: what is published, the desk, the sheets."""

from .public import EngagementPage, PublishedList, ReportFile
from .sheets import ScorecardPage
from .work import ConcludePage, EngagementDesk, PlanPage, PublishPage, ReplyPage, StartPage, WorkPage

__all__ = [
    "ConcludePage",
    "EngagementDesk",
    "EngagementPage",
    "PlanPage",
    "PublishPage",
    "PublishedList",
    "ReplyPage",
    "ReportFile",
    "ScorecardPage",
    "StartPage",
    "WorkPage",
]
