"""Every change of where money goes and whether it went."""

from marketplace.payments.channels.stripe_gateway import is_on as stripe_is_on

from .accounts import approve_account, refuse_account, request_account
from .answers import apply_bank_answer, discard_bank_answer, import_bank_answer, read_bank_answer
from .batches import BANK_FILES, download_bank_file, send_payments
from .carrying import carry_out_batch, finish_what_was_begun
from .due import run_due_payments
from .incoming import (
    ask_donation,
    ask_own_part,
    confirm_incoming,
    expire_incoming,
    offer_donations,
    open_at_stripe,
    takes_stripe,
)
from .interest import add_interest, agree_interest, claim_interest, order_interest_again, refuse_interest
from .orders import approve_payment, cancel_payment, order_payment, requeue_payment
from .outcomes import Outcome, settle_tries
from .printing import print_order
from .refunds import finish_refunds, refund_incoming, refund_payment
from .statements import explain_line, import_statement
from .stripe_accounts import make_at_stripe, request_stripe_account
from .stripe_books import explain_reconciliation, reconcile_last_night, reconcile_stripe
from .webhooks import handle_events_left, receive_webhook

__all__ = [
    "BANK_FILES",
    "Outcome",
    "add_interest",
    "agree_interest",
    "apply_bank_answer",
    "approve_account",
    "approve_payment",
    "ask_donation",
    "ask_own_part",
    "cancel_payment",
    "carry_out_batch",
    "claim_interest",
    "confirm_incoming",
    "discard_bank_answer",
    "download_bank_file",
    "expire_incoming",
    "explain_line",
    "explain_reconciliation",
    "finish_refunds",
    "finish_what_was_begun",
    "handle_events_left",
    "import_bank_answer",
    "import_statement",
    "make_at_stripe",
    "offer_donations",
    "open_at_stripe",
    "order_interest_again",
    "order_payment",
    "print_order",
    "read_bank_answer",
    "receive_webhook",
    "reconcile_last_night",
    "reconcile_stripe",
    "refund_incoming",
    "refund_payment",
    "refuse_account",
    "refuse_interest",
    "request_account",
    "request_stripe_account",
    "requeue_payment",
    "run_due_payments",
    "send_payments",
    "settle_tries",
    "stripe_is_on",
    "takes_stripe",
]
