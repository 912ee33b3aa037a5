"""What of evaluations, queries, challenges and complaints waits for a person."""

from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.pages.desk import DeskGroup, DeskLink, WaitingItem
from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role

from .. import policies
from ..models import Bid, Challenge, Complaint, MethodChange, Panel, Panellist, PriceReview, Query, QuoteRound


def cases_waiting(user: User, organisation: Organisation | None) -> list[WaitingItem]:
    """For the supplier, the buyer, the finance department and the member of a panel."""
    items = _for_members(user)
    if organisation is None:
        return items
    if policies.may_answer_for(user, organisation):
        items += _for_suppliers(organisation)
    if has_role(user, organisation, Role.OFFICER, Role.APPROVER):
        items += _for_offices(organisation)
    return items


def case_links(user: User, organisation: Organisation | None) -> list[DeskLink]:
    """The finance department's desk; an expert's ties."""
    links = []
    if (
        organisation is not None
        and organisation.kind == Organisation.Kind.FINANCE
        and has_role(user, organisation, Role.OFFICER, Role.APPROVER)
    ):
        text = _("What suppliers complain of, with its dates")
        links.append(DeskLink(_("Complaints"), reverse("tenders:complaints"), text, group=DeskGroup.PROCUREMENT))
        text = _("What bureaus ask for after a failed procurement")
        links.append(
            DeskLink(_("Changes of method"), reverse("tenders:method_changes"), text, group=DeskGroup.PROCUREMENT)
        )
    if policies.is_expert(user):
        text = _("Organisations for which you are not drawn")
        links.append(DeskLink(_("My ties"), reverse("tenders:expert_ties"), text, group=DeskGroup.PROCUREMENT))
    return links


def _for_members(user: User) -> list[WaitingItem]:
    seats = Panellist.objects.filter(
        user=user, state=Panellist.State.SUBMITTED, confirmed_at=None, panel__state=Panel.State.RANKED
    ).select_related("panel__tender")
    return [
        WaitingItem(
            _("Sign the evaluation report of %(number)s") % {"number": seat.panel.tender.number},
            reverse("tenders:confirm_report", args=[seat.pk]),
        )
        for seat in seats
    ]


def _for_suppliers(organisation: Organisation) -> list[WaitingItem]:
    items = []
    for review in PriceReview.objects.filter(bid__supplier=organisation, state=PriceReview.State.ASKED).select_related(
        "bid__lot__tender"
    ):
        text = _("Explain your price for %(number)s") % {"number": review.bid.lot.tender.number}
        url = reverse("tenders:explain_price", args=[review.pk])
        items.append(WaitingItem(text, url, due=review.answer_due_at, tone="warn"))
    rounds = QuoteRound.objects.filter(
        state=QuoteRound.State.OPEN, lot__bids__supplier=organisation, lot__bids__state=Bid.State.OPENED
    ).exclude(quotes__bid__supplier=organisation)
    for round in rounds.select_related("lot__tender"):
        text = _("Give your final quote for “%(lot)s” (%(number)s)") % {
            "lot": round.lot.title,
            "number": round.lot.tender.number,
        }
        items.append(WaitingItem(text, reverse("tenders:quote", args=[round.pk]), due=round.due_at))
    return items


def _for_offices(organisation: Organisation) -> list[WaitingItem]:
    items = []
    if organisation.kind == Organisation.Kind.FINANCE:
        for complaint in Complaint.objects.filter(
            reviewer=organisation, state__in=[Complaint.State.FILED, Complaint.State.ACCEPTED]
        ).select_related("challenge"):
            due = complaint.check_due_at if complaint.state == Complaint.State.FILED else complaint.decision_due_at
            text = _("Complaint on %(number)s") % {"number": complaint.challenge.number}
            items.append(WaitingItem(text, complaint.challenge.get_absolute_url(), due=due))
        for change in MethodChange.objects.filter(
            reviewer=organisation, state=MethodChange.State.PROPOSED
        ).select_related("tender"):
            text = _("Decide on another method for “%(title)s”") % {"title": change.tender}
            items.append(WaitingItem(text, change.get_absolute_url()))
        return items
    for challenge in Challenge.objects.waiting().filter(tender__bureau=organisation):
        text = _("Reply to challenge %(number)s") % {"number": challenge.number}
        items.append(WaitingItem(text, challenge.get_absolute_url(), due=challenge.reply_due_at, tone="warn"))
    for query in Query.objects.filter(tender__bureau=organisation, state=Query.State.ASKED).select_related("tender"):
        text = _("Answer a query about %(number)s") % {"number": query.tender.number}
        items.append(WaitingItem(text, reverse("tenders:answer_query", args=[query.pk]), due=query.reply_due_at))
    return items
