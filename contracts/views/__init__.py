"""The screens of contracts: the public register and page, and the pages on which the two sides work."""

from .delivery import AcceptPage, EvidenceFile, RejectPage, ReportPage
from .drafting import AdmitPage, ClausePage, DraftPage, InstalmentsPage, TermsPage
from .register import ContractDesk, ContractPage, ContractPaper, ContractRegister
from .signing import BeginPage, ClosePage, EndPage, RefusePage, SendPage, SignPage

__all__ = [
    "AcceptPage",
    "AdmitPage",
    "BeginPage",
    "ClausePage",
    "ClosePage",
    "ContractDesk",
    "ContractPage",
    "ContractPaper",
    "ContractRegister",
    "DraftPage",
    "EndPage",
    "EvidenceFile",
    "InstalmentsPage",
    "RefusePage",
    "RejectPage",
    "ReportPage",
    "SendPage",
    "SignPage",
    "TermsPage",
]
