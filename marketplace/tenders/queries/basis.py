"""On what a tender stands: plan, intention, residents, catalogue, method, invitations. For notice, desk and paper."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from marketplace.pages.dates import written_day

from ..checks.method import GROUNDS
from ..checks.planning import catalogue_items
from ..checks.terms import compares_prices
from ..invitations import commitment
from ..methods import Ending, WhoMayBid, method_of
from ..models import Intention, Invitation, InvitationDraw, SingleSourceNotice, Tender
from ..pricing import formula_of, pricings_of


@dataclass(frozen=True)
class Fact:
    """One line: a label, its words, and where it can be read in full."""

    label: str
    text: str
    url: str = ""


def basis_of(tender: Tender) -> list[Fact]:
    """What the public may know before the opening. A fixed number of statements."""
    method = method_of(tender)
    facts = [Fact(_("Method"), tender.get_method_display())]
    if tender.method_ground:
        facts.append(Fact(_("Ground of the method"), str(GROUNDS.get(tender.method_ground, tender.method_ground))))
    if tender.method_reason:
        facts.append(Fact(_("Facts behind the ground"), tender.method_reason))
    if tender.approval_number:
        day = written_day(tender.approval_date) if tender.approval_date else ""
        facts.append(Fact(_("Approved by the finance department"), f"{tender.approval_number} {day}".strip()))
    facts += _terms_facts(tender)
    if method.ending == Ending.ADMISSION:
        facts.append(Fact(_("How orders are given"), tender.get_second_stage_display()))
    facts += _plan_facts(tender)
    if tender.catalogue_code:
        name = dict(catalogue_items(tender)).get(tender.catalogue_code, "")
        facts.append(Fact(_("Guidance catalogue"), f"{tender.catalogue_code} {name}".strip()))
    if method.who_may_bid == WhoMayBid.ONE:
        notice = SingleSourceNotice.objects.filter(tender=tender).select_related("supplier").first()
        named = Invitation.objects.filter(tender=tender).select_related("supplier").first()
        if named:
            facts.append(
                Fact(
                    _("Single source"),
                    str(named.supplier),
                    reverse("tenders:notice", args=[notice.pk]) if notice else "",
                )
            )
    return facts


def _terms_facts(tender: Tender) -> list[Fact]:
    """What the file says about comparing prices and about challenges."""
    facts = []
    if pricings_of(tender)[0]:
        facts.append(Fact(_("How the price counts"), str(dict(Tender.Pricing.choices)[formula_of(tender)])))
    if compares_prices(tender):
        if tender.small_discount:
            percent = format(tender.small_discount.normalize(), "f")
            text = _("%(percent)s percent off their price, in the comparison only") % {"percent": percent}
            facts.append(Fact(_("Small and micro enterprises"), text))
        if tender.abnormal_percent:
            text = _("Below %(percent)s percent of what the rule compares with") % {"percent": tender.abnormal_percent}
            facts.append(Fact(_("Low prices are asked about"), text))
    if tender.challenges_once:
        facts.append(Fact(_("Challenges"), _("All of one step at once, within its time (Order 94, Article 10)")))
    return facts


def _plan_facts(tender: Tender) -> list[Fact]:
    facts = []
    intention = Intention.objects.filter(plan_line=tender.plan_line_id).first() if tender.plan_line_id else None
    if intention:
        facts.append(Fact(_("Procurement intention"), intention.number, intention.get_absolute_url()))
    elif tender.no_intention_reason:
        facts.append(Fact(_("No intention, because"), tender.no_intention_reason))
    if asked := tender.consultation:
        facts.append(Fact(_("Residents were asked"), asked.local_title, asked.get_absolute_url()))
    if tender.consultation_note:
        facts.append(Fact(_("Residents were heard"), tender.consultation_note))
    return facts


def invitations_of(tender: Tender) -> dict[str, Any]:
    """The draw of an invited tender: before the opening only the fingerprint of its seed, since who may bid must not
    be known to the bidders; afterwards seed, list and outcome, so that anyone can run it again."""
    held = InvitationDraw.objects.filter(tender=tender).first()
    if held is None:
        return {}
    is_open = tender.state in (Tender.State.EVALUATING, Tender.State.AWARDED) or hasattr(tender, "opening")
    invited = list(tender.invitations.select_related("supplier")) if is_open else []
    return {
        "label": pgettext("tender", "Invited suppliers"),
        "commitment": commitment(held.seed),
        "wanted": held.wanted,
        "pool_size": len(held.pool),
        "drawn_at": held.drawn_at,
        "is_open": is_open,
        "seed": held.seed if is_open else "",
        "pool": held.pool if is_open else [],
        "invited": invited,
    }
