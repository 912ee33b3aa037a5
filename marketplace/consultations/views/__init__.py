"""Pages of consultations: the public's, the desk's, and what is written down there."""

from .after import Adopt, Conclude, HoldBack, Remarks, Report, ShowRemark
from .asking import Change, Desk, Desks, New, Publish
from .entering import Enter, Print, SheetsFile, TypeIn
from .public import ConsultationList, ConsultationPage, HaveSheet, ResultsFile, SheetPage, Thanks

__all__ = [
    "Adopt",
    "Change",
    "Conclude",
    "ConsultationList",
    "ConsultationPage",
    "Desk",
    "Desks",
    "Enter",
    "HaveSheet",
    "HoldBack",
    "New",
    "Print",
    "Publish",
    "Remarks",
    "Report",
    "ResultsFile",
    "SheetPage",
    "SheetsFile",
    "ShowRemark",
    "Thanks",
    "TypeIn",
]
