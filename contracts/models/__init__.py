"""Contracts, their clauses, and what is delivered, accepted and paid under them."""

from .amendment import Amendment, AmendmentLine, Subcontract
from .assurance import Bond, EvaluationNote, Forfeiture, PriceItem, Termination
from .contract import Clause, Contract, Signing
from .deliverable import Acceptance, Deliverable, DeliveryReport
from .library import Template, TemplateClause
from .premises import InventoryItem, Premises
from .records import MonthlyReport, RecordImport, ServiceRecord
from .sides import ContractAward, ContractMember

__all__ = [
    "Acceptance",
    "Amendment",
    "AmendmentLine",
    "Bond",
    "Clause",
    "Contract",
    "ContractAward",
    "ContractMember",
    "Deliverable",
    "DeliveryReport",
    "EvaluationNote",
    "Forfeiture",
    "InventoryItem",
    "MonthlyReport",
    "Premises",
    "PriceItem",
    "RecordImport",
    "ServiceRecord",
    "Signing",
    "Subcontract",
    "Template",
    "TemplateClause",
    "Termination",
]
