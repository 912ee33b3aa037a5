"""The screens of finance officers and payees."""

from .accounts import AccountPage, Accounts, ApproveAccount, RefuseAccount, RequestAccount
from .bank import AnswerPage, Answers, Batches, BatchFile, BatchPage, Discard, Send
from .orders import Approve, Cancel, OrderPage, Queue, QueueExport, Requeue

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
    "Cancel",
    "Discard",
    "OrderPage",
    "Queue",
    "QueueExport",
    "RefuseAccount",
    "RequestAccount",
    "Requeue",
    "Send",
]
