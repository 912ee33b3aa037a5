"""The draw: from a seed and a pool to an order, so that anyone with both gets the same order.

Order the pool's ids by SHA-256 of "seed:id" in hex; the first are the panel.
docs/decisions/0005-panel-draw.md shows it in one line of shell.
"""

import hashlib
from collections.abc import Iterable

from django.db.models import Q, QuerySet

from marketplace.pages import clock
from marketplace.parties.models import Membership, Role, User
from marketplace.rules.calendar import add_months

from .consortia import members_by_lead
from .models import Envelope, ExpertTie, Tender
from .rulebook import rule_for

MONTHS_A_YEAR = 12
GONE = [Envelope.State.REPLACED, Envelope.State.WITHDRAWN]


def library(tender: Tender, *, by_speciality: bool = False, by_region: bool = False) -> QuerySet[User]:
    """The experts who could be asked. Who has no entry of specialities or region is asked for everything."""
    experts = User.objects.filter(is_active=True, memberships__role=Role.EXPERT, memberships__ended_at=None)
    if by_speciality:
        wanted = tender.lots.values("category")
        experts = experts.filter(Q(expertise__specialities=None) | Q(expertise__specialities__in=wanted))
    if by_region:
        city = tender.bureau.region.code[:4]
        experts = experts.filter(Q(expertise__region=None) | Q(expertise__region__code__startswith=city))
    return experts.distinct().order_by("pk")


def ties_of(tender: Tender, experts: QuerySet[User]) -> dict[User, str]:
    """Who is kept out of the draw, and why: staff of the buyer or a bidder within three years, a declared tie, a hand
    in this tender (REG 9; REG 39). Who bids as a member of a consortium is a bidder. A fixed number of statements."""
    since = add_months(clock.today(), -MONTHS_A_YEAR * int(rule_for(tender, "tender.conflict_years").value or 0))
    leads = list(tender.envelopes.exclude(state__in=GONE).values_list("supplier_id", flat=True))
    together = members_by_lead(tender)
    involved = [tender.bureau_id, *leads, *(member.pk for lead in leads for member in together[lead])]
    causes: dict = {}
    memberships = Membership.objects.filter(organisation__in=involved, user__in=experts).exclude(role=Role.EXPERT)
    recent = memberships.filter(Q(ended_at=None) | Q(ended_at__date__gt=since))
    for user_id, organisation_id in recent.values_list("user_id", "organisation_id"):
        causes.setdefault(user_id, "own_unit" if organisation_id == tender.bureau_id else "employed")
    declared = ExpertTie.objects.filter(organisation__in=involved, user__in=experts)
    for user_id, kind in declared.filter(Q(ended_on=None) | Q(ended_on__gt=since)).values_list("user_id", "kind"):
        causes.setdefault(user_id, kind)
    for user_id in (tender.drafted_by_id, tender.submitted_by_id, tender.approved_by_id):
        if user_id:
            causes.setdefault(user_id, "runs_tender")
    return {expert: causes[expert.pk] for expert in experts if expert.pk in causes}


def draw(seed: str, pool: Iterable[str]) -> list[str]:
    """The pool in the order of the draw."""
    return sorted(pool, key=lambda pk: hashlib.sha256(f"{seed}:{pk}".encode()).hexdigest())
