"""States of tenders, lots, bids and seats as badges."""

import datetime
from decimal import Decimal
from typing import Any

from django import template
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.safestring import SafeString

from marketplace.pages.templatetags.pages import badge
from marketplace.tenders import methods, tones
from marketplace.tenders.methods import method_of
from marketplace.tenders.models import (
    Award,
    Bid,
    BidBond,
    CallOff,
    Challenge,
    Complaint,
    Envelope,
    Lot,
    MethodChange,
    Outage,
    Panel,
    Panellist,
    Partner,
    PriceReview,
    Query,
    QuoteRound,
    Tender,
)

register = template.Library()
TONES = {
    Tender: tones.TENDER,
    Lot: tones.LOT,
    Bid: tones.BID,
    Envelope: tones.BID,
    Panel: tones.PANEL,
    Panellist: tones.SEAT,
    CallOff: tones.CALL_OFF,
    Partner: tones.PARTNER,
    BidBond: tones.BOND,
    Outage: tones.OUTAGE,
    PriceReview: tones.PRICE,
    QuoteRound: tones.ROUND,
    Award: tones.AWARD,
    MethodChange: tones.METHOD_CHANGE,
    Query: tones.QUERY,
    Challenge: tones.CHALLENGE,
    Complaint: tones.COMPLAINT,
}


@register.simple_tag
def state_badge(thing: Any) -> SafeString:
    """The state by word, shape and colour. A decided tender says it in the word of its method: 中标, 成交, 入围."""
    return badge(state_label(thing), TONES[type(thing)].get(thing.state, "quiet"))


@register.filter
def state_label(thing) -> str:
    """The state in words."""
    tender = thing.tender if isinstance(thing, Lot) else thing
    if isinstance(tender, Tender) and thing.state == "awarded":
        return str(method_of(tender).outcome)
    if isinstance(thing, Bid):
        return methods.in_words_of(thing.lot.tender, thing.get_state_display())
    return thing.get_state_display()


@register.filter
def in_words_of(phrase, tender) -> str:
    """中标（成交） as this tender's method has it."""
    return methods.in_words_of(tender, phrase)


@register.filter
def points(value) -> str:
    """Points without needless noughts: 30, 27.5, 27.35."""
    return "—" if value is None else format(value.normalize(), "f")


@register.filter
def as_moment(value: str | None) -> datetime.datetime | None:
    """A moment as an amendment keeps it."""
    return parse_datetime(value) if value else None


@register.filter
def as_day(value: str | None) -> datetime.date | None:
    """A day as an amendment keeps it."""
    return parse_date(value) if value else None


@register.filter
def weight_tone(weight: str) -> str:
    """The tone of an amendment's weight."""
    return tones.AMENDMENT[weight]


@register.filter
def plain_points(value: str) -> str:
    """Points of a level, which are kept as text."""
    return points(Decimal(value))
