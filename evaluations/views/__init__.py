"""The screens of evaluations: what is published, the desk, the sheets."""

from .public import EngagementPage, PublishedList, ReportFile
from .second import AppealPage, AssignPage, DecidePage, LodgePage, ModeratePage, SettlePage
from .sheets import ScorecardPage
from .work import ConcludePage, EngagementDesk, PlanPage, PublishPage, ReplyPage, StartPage, WorkPage

__all__ = [
    "AppealPage",
    "AssignPage",
    "ConcludePage",
    "DecidePage",
    "EngagementDesk",
    "EngagementPage",
    "LodgePage",
    "ModeratePage",
    "PlanPage",
    "PublishPage",
    "PublishedList",
    "ReplyPage",
    "ReportFile",
    "ScorecardPage",
    "SettlePage",
    "StartPage",
    "WorkPage",
]
