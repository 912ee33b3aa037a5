"""What carries payments, chosen by settings and by the account that each payee is paid to.

Every channel keeps one promise, however often and after whatever crash it is called: a try (PaymentAttempt) is carried
out at most once. The end-to-end id of the try is its name at the channel; who calls again asks for that name first.
"""

from django.conf import settings

from marketplace.payments.models import Channel

from .base import Answer, Carrier, Refused, Unreachable
from .outbox import BankOutbox
from .stripe_transfers import StripeTransfers

__all__ = ["Answer", "Carrier", "Refused", "Unreachable", "carrier_of", "open_channels"]


def open_channels() -> list[Channel]:
    """The channels that are switched on, in the order of the settings."""
    return [Channel(code) for code in settings.PAYMENT_CHANNELS]


def carrier_of(channel: str) -> Carrier | None:
    """What carries a batch of this channel by itself; None where an officer takes the file to the bank."""
    if channel == Channel.STRIPE and Channel.STRIPE in open_channels():
        return StripeTransfers()
    if channel == Channel.BANK_FILE and settings.BANK_OUTBOX_DIR:
        return BankOutbox(settings.BANK_OUTBOX_DIR)
    return None
