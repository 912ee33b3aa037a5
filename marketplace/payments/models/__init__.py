"""Orders to pay, the accounts they go to, what carries them, what banks and Stripe answer, what people pay in."""

from .accounts import Channel, PayeeAccount, payees_of
from .answers import BankAnswer
from .batches import Change, PaymentAttempt, PaymentBatch
from .incoming import DonationOffer, IncomingPayment, IncomingRefund
from .interest import INTEREST_PREFIX, InterestClaim
from .orders import PaymentOrder
from .refunds import Refund
from .statements import BankStatement, StatementLine
from .stripe_events import StripeEvent, StripeReconciliation, WebhookDelivery

__all__ = [
    "INTEREST_PREFIX",
    "BankAnswer",
    "BankStatement",
    "Change",
    "Channel",
    "DonationOffer",
    "IncomingPayment",
    "IncomingRefund",
    "InterestClaim",
    "PayeeAccount",
    "PaymentAttempt",
    "PaymentBatch",
    "PaymentOrder",
    "Refund",
    "StatementLine",
    "StripeEvent",
    "StripeReconciliation",
    "WebhookDelivery",
    "payees_of",
]
