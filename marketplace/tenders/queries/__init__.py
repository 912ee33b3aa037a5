"""What the screens of tenders read."""

from .challenges import Suspension, ban_of, signing_suspended
from .desk import desk_links, waiting_for
from .public import public_tender, public_tenders, tender_timeline

__all__ = [
    "Suspension",
    "ban_of",
    "desk_links",
    "public_tender",
    "public_tenders",
    "signing_suspended",
    "tender_timeline",
    "waiting_for",
]
