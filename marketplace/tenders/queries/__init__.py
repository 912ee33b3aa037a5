"""What the screens of tenders read."""

from .challenges import Suspension, ban_of, signing_suspended
from .desk import desk_links
from .public import public_tender, public_tenders, tender_timeline
from .waiting import waiting_for

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
