"""Every change of where money goes and whether it went."""

from .orders import approve_payment, cancel_payment, order_payment, requeue_payment

__all__ = ["approve_payment", "cancel_payment", "order_payment", "requeue_payment"]
