"""The screens of finance officers, payees and payers."""

from .accounts import AccountPage, Accounts, ApproveAccount, RefuseAccount, RequestAccount
from .bank import AnswerPage, Answers, Batches, BatchFile, BatchPage, Discard, Send
from .bonds import Bonds
from .incoming import Donate, IncomingList, IncomingPage, OfferDonations, RefundIncoming
from .orders import Approve, Cancel, OrderPage, PrintOrder, Queue, QueueExport, RefundOrder, Requeue
from .statements import LinePage, Reconciliation, StatementPage
from .stripe import ConnectStripe, Events, ExplainReconciliation, OnboardAtStripe, Reconciliations, Webhook

__all__ = [
    "AccountPage",
    "Accounts",
    "AnswerPage",
    "Answers",
    "Approve",
    "ApproveAccount",
    "BatchFile",
    "BatchPage",
    "Batches",
    "Bonds",
    "Cancel",
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
    "OrderPage",
    "PrintOrder",
    "Queue",
    "QueueExport",
    "Reconciliation",
    "Reconciliations",
    "RefundIncoming",
    "RefundOrder",
    "RefuseAccount",
    "RequestAccount",
    "Requeue",
    "Send",
    "StatementPage",
    "Webhook",
]
