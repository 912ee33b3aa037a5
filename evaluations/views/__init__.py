"""The screens of evaluations: what is published, the desk, the sheets."""

from .public import EngagementPage, PublishedList, ReportFile
from .rectifications import (
    ConfirmDonePage,
    DemandPage,
    PlanActionPage,
    ProofFile,
    RectificationPage,
    ReportDonePage,
    ReturnDonePage,
)
from .second import AppealPage, AssignPage, DecidePage, LodgePage, ModeratePage, SettlePage
from .sheets import ScorecardPage
from .work import ConcludePage, EngagementDesk, PlanPage, PublishPage, ReplyPage, StartPage, WorkPage

__all__ = [
    "AppealPage",
    "AssignPage",
    "ConcludePage",
    "ConfirmDonePage",
    "DecidePage",
    "DemandPage",
    "EngagementDesk",
    "EngagementPage",
    "LodgePage",
    "ModeratePage",
    "PlanActionPage",
    "PlanPage",
    "ProofFile",
    "PublishPage",
    "PublishedList",
    "RectificationPage",
    "ReplyPage",
    "ReportDonePage",
    "ReportFile",
    "ReturnDonePage",
    "ScorecardPage",
    "SettlePage",
    "StartPage",
    "WorkPage",
]
