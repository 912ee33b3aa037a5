"""The screens of finance officers, payees and payers."""

from .accounts import AccountPage, Accounts, ApproveAccount, RefuseAccount, RequestAccount
from .bank import AnswerPage, Answers, Batches, BatchFile, BatchPage, Discard, Send
from .bonds import Bonds
from .incoming import Donate, IncomingList, IncomingPage, OfferDonations, RefundIncoming
from .interest import AddInterest, AgreeInterest, ClaimInterest, OrderInterestAgain, RefuseInterest
from .orders import Approve, Cancel, OrderPage, PrintOrder, Queue, QueueExport, RefundOrder, Requeue
from .statements import LinePage, Reconciliation, StatementPage
from .stripe import ConnectStripe, Events, ExplainReconciliation, OnboardAtStripe, Reconciliations, Webhook

__all__ = [
    "AccountPage",
    "Accounts",
    "AddInterest",
    "AgreeInterest",
    "AnswerPage",
    "Answers",
    "Approve",
    "ApproveAccount",
    "BatchFile",
    "BatchPage",
    "Batches",
    "Bonds",
    "Cancel",
    "ClaimInterest",
    "ConnectStripe",
    "Discard",
    "Donate",
    "Events",
    "ExplainReconciliation",
    "IncomingList",
    "IncomingPage",
    "LinePage",
    "OfferDonations",
    "OnboardAtStripe",
    "OrderInterestAgain",
    "OrderPage",
    "PrintOrder",
    "Queue",
    "QueueExport",
    "Reconciliation",
    "Reconciliations",
    "RefundIncoming",
    "RefundOrder",
    "RefuseAccount",
    "RefuseInterest",
    "RequestAccount",
    "Requeue",
    "Send",
    "StatementPage",
    "Webhook",
]
