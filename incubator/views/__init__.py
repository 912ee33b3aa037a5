"""The screens of the incubator: the public calls, the manager's desk, the young organisation's page."""

from .desk import (
    AdmitPage,
    ApplicationPage,
    BeginPage,
    CheckPage,
    CohortDesk,
    DraftPage,
    FinishPage,
    GraduatePage,
    LeavePage,
    ManagePage,
    MatchesPage,
    PublishPage,
    RefusePage,
)
from .public import ApplyPage, CallList, CallPage, MinePage

__all__ = [
    "AdmitPage",
    "ApplicationPage",
    "ApplyPage",
    "BeginPage",
    "CallList",
    "CallPage",
    "CheckPage",
    "CohortDesk",
    "DraftPage",
    "FinishPage",
    "GraduatePage",
    "LeavePage",
    "ManagePage",
    "MatchesPage",
    "MinePage",
    "PublishPage",
    "RefusePage",
]
