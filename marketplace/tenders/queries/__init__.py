"""What the screens of tenders read."""

from .desk import desk_links, waiting_for
from .public import public_tender, public_tenders, tender_timeline

__all__ = ["desk_links", "public_tender", "public_tenders", "tender_timeline", "waiting_for"]
