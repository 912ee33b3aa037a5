"""Every change of where money goes and whether it went."""

from .accounts import approve_account, refuse_account, request_account
from .answers import apply_bank_answer, discard_bank_answer, import_bank_answer, read_bank_answer
from .batches import BANK_FILES, download_bank_file, send_payments
from .orders import approve_payment, cancel_payment, order_payment, requeue_payment

__all__ = [
    "BANK_FILES",
    "apply_bank_answer",
    "approve_account",
    "approve_payment",
    "cancel_payment",
    "discard_bank_answer",
    "download_bank_file",
    "import_bank_answer",
    "order_payment",
    "read_bank_answer",
    "refuse_account",
    "request_account",
    "requeue_payment",
    "send_payments",
]
