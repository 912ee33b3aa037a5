"""Every change in a consultation."""

from .answering import answer_by_sheet, answer_openly, answer_signed_in, enter_at_desk, type_in_sheet
from .concluding import conclude_consultation, hold_back_remark, report_results, show_remark
from .drafting import QuestionRow, change_consultation, draft_consultation, publish_consultation
from .sheets import find_sheet, make_run_file, print_sheets
from .standards import adopt_after_consultation

__all__ = [
    "QuestionRow",
    "adopt_after_consultation",
    "answer_by_sheet",
    "answer_openly",
    "answer_signed_in",
    "change_consultation",
    "conclude_consultation",
    "draft_consultation",
    "enter_at_desk",
    "find_sheet",
    "hold_back_remark",
    "make_run_file",
    "print_sheets",
    "publish_consultation",
    "report_results",
    "show_remark",
    "type_in_sheet",
]
