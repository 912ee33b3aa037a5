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
from .sheets import AddScorerPage, EvidenceFile, MySheets, ScorecardPage
from .sheetsync import RemoveFile, SheetFiles, SheetState, SheetSync, SheetWorker
from .work import ConcludePage, EngagementDesk, PlanPage, PublishPage, ReplyPage, StartPage, WorkPage

__all__ = [
    "AddScorerPage",
    "AppealPage",
    "AssignPage",
    "ConcludePage",
    "ConfirmDonePage",
    "DecidePage",
    "DemandPage",
    "EngagementDesk",
    "EngagementPage",
    "EvidenceFile",
    "LodgePage",
    "ModeratePage",
    "MySheets",
    "PlanActionPage",
    "PlanPage",
    "ProofFile",
    "PublishPage",
    "PublishedList",
    "RectificationPage",
    "RemoveFile",
    "ReplyPage",
    "ReportDonePage",
    "ReportFile",
    "ReturnDonePage",
    "ScorecardPage",
    "SettlePage",
    "SheetFiles",
    "SheetState",
    "SheetSync",
    "SheetWorker",
    "StartPage",
    "WorkPage",
]
