"""What is typed into consultations: by officers, by residents, at the desk."""

from .answering import AnswerForm, EnterForm, SheetNumberForm, TypeInForm
from .asking import AdoptForm, ConsultationForm, OutcomeForm, PrintForm, RemarkForm, ReportForm

__all__ = [
    "AdoptForm",
    "AnswerForm",
    "ConsultationForm",
    "EnterForm",
    "OutcomeForm",
    "PrintForm",
    "RemarkForm",
    "ReportForm",
    "SheetNumberForm",
    "TypeInForm",
]
