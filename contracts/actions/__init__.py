"""Every change of a contract. Lock order: contract, then its deliverables by place, then the ledger's rows."""

from .clock import run_due_contracts
from .delivery import accept_delivery, publish_payments, reject_delivery, report_delivery
from .drafting import (
    change_clause,
    change_terms,
    draft_contract,
    draft_provider_agreement,
    send_for_signature,
    set_deliverables,
)
from .ending import close_contract, terminate_contract
from .signing import begin_contract, begin_due_contracts, refuse_contract, sign_contract

__all__ = [
    "accept_delivery",
    "begin_contract",
    "begin_due_contracts",
    "change_clause",
    "change_terms",
    "close_contract",
    "draft_contract",
    "draft_provider_agreement",
    "publish_payments",
    "refuse_contract",
    "reject_delivery",
    "report_delivery",
    "run_due_contracts",
    "send_for_signature",
    "set_deliverables",
    "sign_contract",
    "terminate_contract",
]
