"""What of tenders waits for a person, and where their work is."""

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _

from marketplace.pages import clock
from marketplace.pages.desk import DeskGroup, DeskLink, WaitingItem
from marketplace.parties.models import Organisation, Role, User
from marketplace.parties.policies import has_role

from .. import policies
from ..models import BidDraft, CallOff, Custodian, CustodianKey, Envelope, Lot, Panellist, Tender
from .casedesk import case_links, cases_waiting


def waiting_for(user: User, organisation: Organisation | None) -> list[WaitingItem]:
    """Only what this person may act on."""
    return [
        *cases_waiting(user, organisation),
        *_for_buyers(user, organisation),
        *_for_custodians(user),
        *_for_experts(user),
        *_for_bidders(user, organisation),
    ]


def _for_buyers(user: User, organisation: Organisation | None) -> list[WaitingItem]:
    if organisation is None or organisation.kind != Organisation.Kind.BUREAU:
        return []
    items = []
    tenders = Tender.objects.filter(bureau=organisation)
    if has_role(user, organisation, Role.APPROVER):
        for tender in tenders.filter(state=Tender.State.PENDING_APPROVAL).exclude(
            Q(drafted_by=user) | Q(submitted_by=user)
        ):
            items.append(WaitingItem(_("Approve the tender “%(title)s”") % {"title": tender}, tender.get_desk_url()))
    if has_role(user, organisation, Role.OFFICER):
        for tender in tenders.filter(state=Tender.State.DRAFT, drafted_by=user):
            text = _("Finish the draft “%(title)s”")
            if tender.return_reason:
                text = _("Change the draft “%(title)s”: it was returned")
            items.append(WaitingItem(text % {"title": tender}, tender.get_desk_url(), tone="warn"))
    if has_role(user, organisation, Role.OFFICER, Role.APPROVER):
        for tender in tenders.filter(state=Tender.State.EVALUATING, panel=None):
            items.append(
                WaitingItem(_("Draw the panel for %(number)s") % {"number": tender.number}, tender.get_desk_url())
            )
        items += _orders_to_confirm(organisation)
        for lot in Lot.objects.filter(tender__in=tenders, state=Lot.State.RANKED).select_related("tender"):
            items.append(
                WaitingItem(
                    _("Decide on the award of “%(lot)s” (%(number)s)")
                    % {"lot": lot.title, "number": lot.tender.number},
                    lot.tender.get_desk_url(),
                )
            )
    return items


def _orders_to_confirm(bureau: Organisation) -> list[WaitingItem]:
    rows = CallOff.objects.filter(lot__tender__bureau=bureau)
    chosen = rows.filter(state=CallOff.State.REQUESTED)
    quoted = rows.filter(state=CallOff.State.ASKING, quotes_due_at__lte=clock.now())
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


def _orders_to_answer(supplier: Organisation) -> list[WaitingItem]:
    rows = CallOff.objects.filter(supplier=supplier, state=CallOff.State.ORDERED)
    asked = CallOff.objects.filter(
        state=CallOff.State.ASKING, quotes_due_at__gt=clock.now(), lot__admissions__supplier=supplier
    ).exclude(quotes__supplier=supplier)
    return [
        *(
            WaitingItem(_("Accept or decline the order %(number)s") % {"number": one.number}, one.get_absolute_url())
            for one in rows
        ),
        *(
            WaitingItem(
                _("Quote for the order %(number)s") % {"number": one.number},
                one.get_absolute_url(),
                due=one.quotes_due_at,
            )
            for one in asked
        ),
    ]


def _for_custodians(user: User) -> list[WaitingItem]:
    if not policies.may_hold_key(user):
        return []
    items = []
    if not CustodianKey.objects.filter(user=user, retired_at=None).exists():
        items.append(WaitingItem(_("Set your custodian's passphrase"), reverse("tenders:passphrase"), tone="warn"))
    now = clock.now()
    due = Custodian.objects.filter(
        Q(tender__state=Tender.State.CLOSED) | Q(tender__state=Tender.State.PUBLISHED, tender__bids_due_at__lte=now),
        user=user,
    ).filter(Q(waits_until=None) | Q(waits_until__lte=now))
    for custodian in due.select_related("tender"):
        items.append(
            WaitingItem(
                _("Open the bids for %(number)s with your passphrase") % {"number": custodian.tender.number},
                reverse("tenders:opening", args=[custodian.tender.number]),
                due=custodian.tender.bids_due_at,
            )
        )
    return items


def _for_experts(user: User) -> list[WaitingItem]:
    seats = Panellist.objects.filter(
        user=user,
        state__in=[Panellist.State.APPOINTED, Panellist.State.DECLARED],
        panel__tender__state=Tender.State.EVALUATING,
    ).select_related("panel__tender")
    return [
        WaitingItem(
            _("Score the bids for %(number)s “%(title)s”")
            % {"number": seat.panel.tender.number, "title": seat.panel.tender},
            reverse("tenders:assignment", args=[seat.pk]),
        )
        for seat in seats
    ]


def _for_bidders(user: User, organisation: Organisation | None) -> list[WaitingItem]:
    if not policies.may_bid(user, organisation):
        return []
    drafts = BidDraft.objects.filter(
        supplier=organisation, tender__state=Tender.State.PUBLISHED, tender__bids_due_at__gt=clock.now()
    ).select_related("tender")
    return _orders_to_answer(organisation) + [
        WaitingItem(
            _("Finish and seal your bid for %(number)s “%(title)s”")
            % {"number": draft.tender.number, "title": draft.tender},
            reverse("tenders:bid", args=[draft.tender.number]),
            due=draft.tender.bids_due_at,
        )
        for draft in drafts
    ]


def desk_links(user: User, organisation: Organisation | None) -> list[DeskLink]:
    """Where this person works on tenders."""
    links = case_links(user, organisation)
    if organisation is not None and has_role(user, organisation, Role.OFFICER, Role.APPROVER):
        links.append(
            DeskLink(
                _("Procurement desk"),
                reverse("tenders:procurement"),
                _("Drafts, approvals, openings, evaluations and awards"),
                group=DeskGroup.PROCUREMENT,
            )
        )
        links.append(
            DeskLink(
                _("Procurement plan"),
                reverse("tenders:plan"),
                _("What is planned, and which intentions are out"),
                group=DeskGroup.PROCUREMENT,
            )
        )
        links.append(
            DeskLink(
                _("Library of experts"),
                reverse("tenders:experts"),
                _("Who is drawn for what, and where"),
                group=DeskGroup.PROCUREMENT,
            )
        )
    if CallOff.objects.visible_to(user).exists():
        links.append(
            DeskLink(
                _("Orders under frameworks"),
                reverse("tenders:call_offs"),
                _("Given, asked for, accepted"),
                group=DeskGroup.PROCUREMENT,
            )
        )
    if has_role(user, organisation, Role.CUSTODIAN):
        links.append(
            DeskLink(
                _("Custodian's passphrase"),
                reverse("tenders:passphrase"),
                _("Your share of the tenders' keys"),
                group=DeskGroup.PROCUREMENT,
            )
        )
    if Panellist.objects.filter(user=user).exists():
        links.append(
            DeskLink(
                _("Panels"),
                reverse("tenders:assignments"),
                _("Bids that you score or have scored"),
                group=DeskGroup.PROCUREMENT,
            )
        )
    if policies.may_bid(user, organisation):
        open_now = Tender.objects.open(clock.now()).count()
        links.append(
            DeskLink(
                _("Opportunities"),
                reverse("tenders:opportunities"),
                _("%(count)s tenders take bids now") % {"count": open_now},
                group=DeskGroup.PROCUREMENT,
            )
        )
        handed_in = Envelope.objects.filter(supplier=organisation).standing().count()
        links.append(
            DeskLink(
                _("My bids"),
                reverse("tenders:my_bids"),
                _("%(count)s sealed") % {"count": handed_in},
                group=DeskGroup.PROCUREMENT,
            )
        )
    return links
