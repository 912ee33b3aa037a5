"""States of tenders, lots, bids and seats as badges."""

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString

from marketplace.tenders import tones
from marketplace.tenders.models import Bid, Envelope, Lot, Panellist, Tender

register = template.Library()
TONES = {Tender: tones.TENDER, Lot: tones.LOT, Bid: tones.BID, Envelope: tones.BID, Panellist: tones.SEAT}


@register.simple_tag
def state_badge(thing: Tender | Lot | Bid | Envelope | Panellist) -> SafeString:
    """The state by word, shape and colour."""
    return render_to_string(
        "pages/badge.html", {"label": thing.get_state_display(), "tone": TONES[type(thing)][thing.state]}
    )


@register.filter
def points(value) -> str:
    """Points without needless noughts: 30, 27.5, 27.35."""
    return "—" if value is None else format(value.normalize(), "f")
