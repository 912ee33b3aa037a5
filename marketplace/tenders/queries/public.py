"""What anyone reads of tenders."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Count, Prefetch, Q, QuerySet
from django.http import Http404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from marketplace.pages import clock
from marketplace.pages.dates import written_day
from marketplace.parties.models import User
from marketplace.rules.calendar import due_date
from marketplace.rules.models import Rule
from marketplace.rules.queries import UnknownRule
from marketplace.search.queries import matching_ids

from ..events import get_events
from ..forms.public import TenderFilter
from ..indexing import KIND
from ..methods import method_of
from ..models import Bid, Criterion, Envelope, Lot, Tender, TenderDocument
from ..rulebook import day_of_publication, documents_rule, rule_for

STANDING = ~Q(envelopes__state__in=[Envelope.State.REPLACED, Envelope.State.WITHDRAWN])


def public_tenders() -> QuerySet[Tender]:
    """Everything published, newest first, with what a row shows. Three statements."""
    return Tender.objects.public().listed().order_by("-published_at", "-id")


def filtered(rows: QuerySet[Tender], typed: Mapping[str, str]) -> QuerySet[Tender]:
    """What of the tenders the filters let through. `typed` as in the address of the list; what can't be read is left
    out, so that a search kept for years still runs when a place is renamed."""
    form = TenderFilter(typed)
    form.is_valid()
    wanted = form.cleaned_data
    if words := wanted.get("q"):
        rows = rows.filter(Q(pk__in=matching_ids(words, KIND)) | Q(number__iexact=words.strip()))
    if category := wanted.get("category"):
        rows = rows.filter(pk__in=Lot.objects.filter(category=category).values("tender"))
    if region := wanted.get("region"):
        within = Lot.objects.filter(place__code__startswith=region.prefix).values("tender")
        rows = rows.filter(Q(pk__in=within) | Q(region__code__startswith=region.prefix))
    if state := wanted.get("state"):
        rows = rows.filter(state=state)
    if since := wanted.get("since"):
        rows = rows.filter(published_at__gte=clock.at_hour(since, 0))
    if until := wanted.get("until"):
        rows = rows.filter(published_at__lte=clock.at_hour(until, 23, 59))
    return rows


def calendar_tenders() -> QuerySet[Tender]:
    """Those whose deadlines a calendar still shows: open ones, and what was due in the last month."""
    month_ago = clock.now() - datetime.timedelta(days=31)
    return Tender.objects.public().filter(bids_due_at__gte=month_ago).select_related("bureau").order_by("bids_due_at")


def public_tender(number: str, user: User | None = None) -> Tender:
    """One published tender with everything its page shows, in a fixed number of statements. Raises Http404."""
    tender = (
        Tender.objects.public()
        .select_related("bureau__region", "region", "budget_line__fund", "again", "opening", "consultation")
        .prefetch_related(
            "lots__category",
            "lots__place",
            "lots__premises__rooms",
            "lots__premises__inventory",
            Prefetch("lots__bids", Bid.objects.select_related("supplier").order_by("rank", "amount")),
            "lots__awards__supplier",
            Prefetch("criteria", Criterion.objects.select_related("standard__standard")),
            Prefetch("documents", TenderDocument.objects.published()),
            "custodians__user",
        )
        .annotate(bidder_count=Count("envelopes", filter=STANDING))
        .filter(number=number)
        .first()
    )
    if tender is None:
        raise Http404
    return tender


@dataclass(frozen=True)
class TimelineEvent:
    """One line of a tender's timeline, as components/timeline.html draws it."""

    title: str
    at: datetime.datetime | None = None
    when: str = ""
    text: str = ""
    url: str = ""
    tone: str = "quiet"
    by: str = ""


def tender_timeline(tender: Tender) -> list[TimelineEvent]:
    """What happened and what comes, with the rule behind each date."""
    now = clock.now()
    start = day_of_publication(tender)
    events = []
    if tender.published_at:
        events.append(TimelineEvent(pgettext("notice", "Published"), tender.published_at, tone="good"))
    if tender.documents_until:
        events.append(
            TimelineEvent(
                _("Documents available until"),
                when=written_day(tender.documents_until),
                at=clock.at_hour(tender.documents_until, 23, 59),
                url=why_url(tender, documents_rule(tender).key),
                text=_why(tender, documents_rule(tender).key, start),
            )
        )
    if tender.questions_until:
        events.append(TimelineEvent(_("Questions until"), tender.questions_until))
    if tender.bids_due_at:
        events.append(
            TimelineEvent(
                _("Bids due"),
                tender.bids_due_at,
                tone="active" if tender.state == Tender.State.PUBLISHED and tender.bids_due_at > now else "quiet",
                url=why_url(tender, "tender.bid_period"),
                text=_why(tender, "tender.bid_period", start),
            )
        )
    if opening := getattr(tender, "opening", None):
        events.append(
            TimelineEvent(
                _("Bids opened"), opening.opened_at, url=reverse("tenders:opening", args=[tender.number]), tone="good"
            )
        )
    if tender.finished_at:
        ending: dict[str, tuple[str, str]] = {
            Tender.State.AWARDED: (str(method_of(tender).outcome), "good"),
            Tender.State.FAILED: (_("Failed"), "bad"),
            Tender.State.CANCELLED: (_("Cancelled"), "bad"),
        }
        title, tone = ending[tender.state]
        events.append(TimelineEvent(title, tender.finished_at, text=tender.why_ended, tone=tone))
    known = {"tender.close", "tender.documents_end", "tender.questions_end"}
    for event in get_events(tender) if tender.is_public else []:
        if event.name not in known:
            events.append(
                TimelineEvent(
                    str(event.title),
                    event.due,
                    tone="active" if event.due >= now else "warn" if event.is_owed else "quiet",
                    url=event.why_url or event.url,
                    text=_rule_text(event.rule) if event.rule else "",
                )
            )
    return sorted(events, key=lambda event: event.at or now)


def _rule_text(rule: Rule) -> str:
    return _("%(name)s, %(value)s %(unit)s (%(source)s)") % {
        "name": rule.name,
        "value": rule.number,
        "unit": rule.get_unit_display(),
        "source": rule.citation,
    }


def why_url(tender: Tender, key: str) -> str:
    """The page that answers “why this date?”."""
    return reverse("rules:why", args=[key])


def _why(tender: Tender, key: str, start: datetime.date) -> str:
    try:
        rule = rule_for(tender, key, on=start)
    except UnknownRule:
        return ""
    return _("At least until %(due)s: %(name)s, %(value)s %(unit)s (%(source)s)") % {
        "due": written_day(due_date(start, rule)),
        "name": rule.name,
        "value": rule.number,
        "unit": rule.get_unit_display(),
        "source": rule.citation,
    }
