"""Every change of where money goes and whether it went."""

from .accounts import approve_account, refuse_account, request_account
from .answers import apply_bank_answer, discard_bank_answer, import_bank_answer, read_bank_answer
from .batches import BANK_FILES, download_bank_file, send_payments
from .carrying import carry_out_batch, finish_what_was_begun
from .orders import approve_payment, cancel_payment, order_payment, requeue_payment
from .outcomes import Outcome, settle_tries
from .stripe_accounts import make_at_stripe, request_stripe_account

__all__ = [
    "BANK_FILES",
    "Outcome",
    "apply_bank_answer",
    "approve_account",
    "approve_payment",
    "cancel_payment",
    "carry_out_batch",
    "discard_bank_answer",
    "download_bank_file",
    "finish_what_was_begun",
    "import_bank_answer",
    "make_at_stripe",
    "order_payment",
    "read_bank_answer",
    "refuse_account",
    "request_account",
    "request_stripe_account",
    "requeue_payment",
    "send_payments",
    "settle_tries",
]
