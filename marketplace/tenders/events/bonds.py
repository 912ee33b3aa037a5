"""Bid bonds go back within the rule's days after the result (REG 33)."""

import datetime
from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from ..models import BidBond, Tender
from ..rulebook import day_of, rule_for
from .registry import Event, tells, watches

RETURN_BONDS = "tender.return_bonds"


@watches
def decided_with_bonds(now: datetime.datetime) -> Iterable[Tender]:
    """Decided tenders that still keep somebody's bond."""
    return (
        Tender.objects.filter(finished_at__lte=now, bonds__in=BidBond.objects.standing().free())
        .select_related("bureau__region")
        .distinct()
    )


@tells(Tender)
def bonds_back(tender: Tender) -> Iterable[Event]:
    """The worker gives them back as soon as the tender is decided; the rule says until when at the latest."""
    if tender.finished_at is None or not tender.bid_bond:
        return
    if BidBond.objects.standing().free().filter(tender=tender).exists():
        start = day_of(tender.finished_at)
        rule = rule_for(tender, "tender.bid_bond_refund", on=start)
        yield Event(tender, RETURN_BONDS, tender.finished_at, _("Bid bonds are given back"), rule, start, tender.method)
