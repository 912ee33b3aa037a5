"""Every change of a contract. Lock order: contract, then its deliverables by place, then the ledger's rows."""

from .amending import draft_amendment, draft_renewal, refuse_amendment, send_amendment, sign_amendment
from .assurance import file_contract, note_evaluation, resume_contract, suspend_contract
from .bonds import forfeit, hand_over, receive_bond, return_bond
from .clock import publish_payments, run_due_contracts
from .delivery import (
    accept_delivery,
    attach_invoice,
    deem_accepted,
    order_again,
    reject_delivery,
    report_delivery,
)
from .drafting import discard_draft, draft_contract, draft_from_call_off, draft_provider_agreement
from .ending import answer_notice, close_contract, give_notice, terminate_contract, withdraw_notice
from .library import (
    change_template_clause,
    load_shipped_templates,
    put_template_in_use,
    write_template_version,
)
from .premises import give_back_premises, hand_over_premises, take_back_premises, take_over_premises
from .records import (
    apply_records,
    ask_subcontract,
    decide_subcontract,
    discard_records,
    gather_visits,
    read_records,
    report_month,
)
from .signing import begin_contract, begin_due_contracts, refuse_contract, sign_contract
from .terms import (
    change_clause,
    change_conditions,
    change_terms,
    lay_out_instalments,
    name_members,
    send_for_signature,
    set_deliverables,
    set_premises,
    set_prices,
)

__all__ = [
    "accept_delivery",
    "answer_notice",
    "apply_records",
    "ask_subcontract",
    "attach_invoice",
    "begin_contract",
    "begin_due_contracts",
    "change_clause",
    "change_conditions",
    "change_template_clause",
    "change_terms",
    "close_contract",
    "decide_subcontract",
    "deem_accepted",
    "discard_draft",
    "discard_records",
    "draft_amendment",
    "draft_contract",
    "draft_from_call_off",
    "draft_provider_agreement",
    "draft_renewal",
    "file_contract",
    "forfeit",
    "gather_visits",
    "give_back_premises",
    "give_notice",
    "hand_over",
    "hand_over_premises",
    "lay_out_instalments",
    "load_shipped_templates",
    "name_members",
    "note_evaluation",
    "order_again",
    "publish_payments",
    "put_template_in_use",
    "read_records",
    "receive_bond",
    "refuse_amendment",
    "refuse_contract",
    "reject_delivery",
    "report_delivery",
    "report_month",
    "resume_contract",
    "return_bond",
    "run_due_contracts",
    "send_amendment",
    "send_for_signature",
    "set_deliverables",
    "set_premises",
    "set_prices",
    "sign_amendment",
    "sign_contract",
    "suspend_contract",
    "take_back_premises",
    "take_over_premises",
    "terminate_contract",
    "withdraw_notice",
    "write_template_version",
]
