"""Orders to pay, the accounts they go to, the files that carry them, the bank's answers."""

from .accounts import PayeeAccount
from .answers import BankAnswer
from .orders import PaymentAttempt, PaymentBatch, PaymentOrder

__all__ = ["BankAnswer", "PayeeAccount", "PaymentAttempt", "PaymentBatch", "PaymentOrder"]
