"""What waits for the people of a bureau: its officers, its approvers, its finance people."""

import datetime

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.pages import clock
from marketplace.pages.desk import WaitingItem
from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role

from ...checks.method import to_be_noticed
from ...methods import WITH_AGREEMENT, WITH_FINAL_QUOTE, WITH_PANEL, Ending, in_words_of, method_of
from ...models import (
    Amendment,
    BidBond,
    CallOff,
    Challenge,
    Invitation,
    Lot,
    Objection,
    Panel,
    Panellist,
    PriceAgreement,
    Query,
    Question,
    QuoteRound,
    Tender,
)


def of_bureau(user: User, bureau: Organisation) -> list[WaitingItem]:
    """By role; what has a legal day first."""
    tenders, now, items = Tender.objects.filter(bureau=bureau), clock.now(), []
    is_officer, is_approver = has_role(user, bureau, Role.OFFICER), has_role(user, bureau, Role.APPROVER)
    if is_officer or is_approver:
        items += _said_by_suppliers(tenders)
    if is_approver:
        items += _for_second_eyes(user, tenders) + _single_sources(user, bureau, tenders) + _to_decide(tenders)
    if is_officer:
        items += _drafts(user, tenders)
    if is_officer or is_approver:
        items += _to_evaluate(tenders) + _orders(bureau, now)
    if has_role(user, bureau, Role.FINANCE):
        items += _bonds(tenders, now)
    return items


def _said_by_suppliers(tenders: QuerySet[Tender]) -> list[WaitingItem]:
    """Challenges, queries and questions: each has its day."""
    items = []
    for challenge in Challenge.objects.waiting().filter(tender__in=tenders):
        text = _("Reply to challenge %(number)s") % {"number": challenge.number}
        items.append(WaitingItem(text, challenge.get_absolute_url(), due=challenge.reply_due_at, tone="warn"))
    for query in Query.objects.filter(tender__in=tenders, state=Query.State.ASKED).select_related("tender"):
        text = _("Answer a query about %(number)s") % {"number": query.tender.number}
        items.append(WaitingItem(text, reverse("tenders:answer_query", args=[query.pk]), due=query.reply_due_at))
    asked = Question.objects.filter(tender__in=tenders, tender__state=Tender.State.PUBLISHED, answered_at=None)
    for question in asked.select_related("tender"):
        text = _("Answer a question about the file of %(number)s") % {"number": question.tender.number}
        url = reverse("tenders:answer", args=[question.pk])
        items.append(WaitingItem(text, url, due=question.tender.bids_due_at))
    return items


def _for_second_eyes(user: User, tenders: QuerySet[Tender]) -> list[WaitingItem]:
    """What somebody else of the bureau has prepared."""
    items = []
    drafted = tenders.filter(state=Tender.State.PENDING_APPROVAL).exclude(Q(drafted_by=user) | Q(submitted_by=user))
    for tender in drafted:
        items.append(WaitingItem(_("Approve the tender “%(title)s”") % {"title": tender}, tender.get_desk_url()))
    changes = Amendment.objects.filter(
        tender__in=tenders.filter(state=Tender.State.PUBLISHED), state=Amendment.State.PROPOSED
    ).exclude(proposed_by=user)
    for amendment in changes.select_related("tender"):
        text = _("Publish or drop a change of %(number)s") % {"number": amendment.tender.number}
        url = reverse("tenders:amendment", args=[amendment.pk])
        items.append(WaitingItem(text, url, due=amendment.tender.bids_due_at))
    return items


def _single_sources(user: User, bureau: Organisation, tenders: QuerySet[Tender]) -> list[WaitingItem]:
    """Notices to publish, and what is said against those that stand."""
    items = []
    singles = tenders.filter(state=Tender.State.DRAFT, method=Tender.Method.SINGLE_SOURCE).exclude(drafted_by=user)
    named = Exists(Invitation.objects.filter(tender=OuterRef("pk")))
    for tender in to_be_noticed(singles.filter(named, single_source_notice=None), bureau):
        text = _("Publish the single-source notice of “%(title)s”") % {"title": tender}
        items.append(WaitingItem(text, reverse("tenders:publish_notice", args=[tender.pk])))
    for objection in Objection.objects.filter(notice__tender__in=singles, is_upheld=None).select_related(
        "notice__tender"
    ):
        notice = objection.notice
        text = _("Answer an objection to the single source of “%(title)s”") % {"title": notice.tender}
        url = reverse("tenders:answer_objection", args=[notice.tender_id, objection.pk])
        items.append(WaitingItem(text, url, due=notice.replies_due_at, tone="warn"))
    return items


def _drafts(user: User, tenders: QuerySet[Tender]) -> list[WaitingItem]:
    items = []
    for tender in tenders.filter(state=Tender.State.DRAFT, drafted_by=user):
        text = _("Finish the draft “%(title)s”")
        if tender.return_reason:
            text = _("Change the draft “%(title)s”: it was returned")
        items.append(WaitingItem(text % {"title": tender}, tender.get_desk_url(), tone="warn"))
    return items


def _to_evaluate(tenders: QuerySet[Tender]) -> list[WaitingItem]:
    """Between the opening and the ranking: panel, qualifications, last prices, or the price that is agreed."""
    evaluating = tenders.filter(state=Tender.State.EVALUATING)
    items = [
        WaitingItem(_("Draw the panel for %(number)s") % {"number": tender.number}, tender.get_desk_url())
        for tender in evaluating.filter(panel=None, method__in=WITH_PANEL)
    ]
    gone = [Panellist.State.RECUSED, Panellist.State.DISMISSED]
    scoring = evaluating.filter(panel__state=Panel.State.SCORING)
    for tender in scoring.annotate(seated=Count("panel__members", filter=~Q(panel__members__state__in=gone))):
        if tender.seated < tender.panel_size:
            text = _("Draw for the empty seats on the panel of %(number)s") % {"number": tender.number}
            items.append(WaitingItem(text, reverse("tenders:fill_seats", args=[tender.pk]), tone="warn"))
    lots = Lot.objects.filter(tender__in=evaluating, state=Lot.State.EVALUATING).select_related("tender")
    for lot in lots.filter(qualified_at=None, tender__method__in=WITH_PANEL):
        text = _("Check who is qualified for “%(lot)s” (%(number)s)")
        items.append(WaitingItem(text % _named(lot), reverse("tenders:qualify", args=[lot.pk])))
    last = QuoteRound.objects.filter(Q(is_final=True) | ~Q(state=QuoteRound.State.OPENED), lot=OuterRef("pk"))
    for lot in lots.filter(~Exists(last), tender__method__in=WITH_FINAL_QUOTE).exclude(qualified_at=None):
        text = _("Talk with the suppliers, then call for quotes for “%(lot)s” (%(number)s)")
        items.append(WaitingItem(text % _named(lot), reverse("tenders:call_quotes", args=[lot.pk])))
    agreed = PriceAgreement.objects.filter(bid__lot=OuterRef("pk"))
    for lot in lots.filter(~Exists(agreed), tender__method__in=WITH_AGREEMENT):
        text = _("Agree on the price of “%(lot)s” (%(number)s)")
        items.append(WaitingItem(text % _named(lot), lot.tender.get_desk_url()))
    return items


def _to_decide(tenders: QuerySet[Tender]) -> list[WaitingItem]:
    """Once the panel has signed; a single source has no panel."""
    items = []
    ranked = Lot.objects.filter(
        Q(tender__panel__state=Panel.State.REPORTED) | ~Q(tender__method__in=WITH_PANEL),
        tender__in=tenders,
        state=Lot.State.RANKED,
    )
    for lot in ranked.select_related("tender__panel"):
        text = _("Decide on the award of “%(lot)s” (%(number)s)")
        if method_of(lot.tender).ending == Ending.ADMISSION:
            text = _("Admit the suppliers of “%(lot)s” (%(number)s)")
        text, panel = in_words_of(lot.tender, text), getattr(lot.tender, "panel", None)
        items.append(WaitingItem(text % _named(lot), lot.tender.get_desk_url(), due=panel and panel.decision_due_at))
    return items


def _named(lot: Lot) -> dict[str, str]:
    return {"lot": lot.title, "number": lot.tender.number or ""}


def _orders(bureau: Organisation, now: datetime.datetime) -> list[WaitingItem]:
    rows = CallOff.objects.filter(lot__tender__bureau=bureau)
    chosen = rows.filter(state=CallOff.State.REQUESTED)
    quoted = rows.filter(state=CallOff.State.ASKING, quotes_due_at__lte=now)
    return [
        *(
            WaitingItem(_("Confirm the order %(number)s") % {"number": one.number}, one.get_absolute_url())
            for one in chosen
        ),
        *(
            WaitingItem(_("Read the quotes for %(number)s") % {"number": one.number}, one.get_absolute_url())
            for one in quoted
        ),
    ]


def _bonds(tenders: QuerySet[Tender], now: datetime.datetime) -> list[WaitingItem]:
    """Only after the deadline: before it they would tell who bids (Order 87, Article 28)."""
    undecided = BidBond.objects.filter(tender=OuterRef("pk"), state=BidBond.State.DECLARED)
    waiting = tenders.filter(
        Exists(undecided), state__in=[Tender.State.PUBLISHED, Tender.State.CLOSED], bids_due_at__lte=now
    )
    return [
        WaitingItem(
            _("Say which bid bonds of %(number)s have arrived: the opening waits for it") % {"number": tender.number},
            reverse("tenders:bonds", args=[tender.pk]),
            tone="warn",
        )
        for tender in waiting
    ]
