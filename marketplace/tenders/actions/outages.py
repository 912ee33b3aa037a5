"""The platform was down: two people decide, every deadline that it hit moves by the same time, all are told."""

import datetime
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User
from marketplace.rules.queries import resolve

from .. import amendmentrelease, bidnotices, policies
from ..indexing import index_tender
from ..models import Amendment, Lot, Outage, Tender
from ..queries.outages import Hit, Kind, deadlines_hit
from .amending import next_amendment_number
from .locking import locked_tender

REOPENED = ("too_few_envelopes",)


@transaction.atomic
def propose_outage(
    began_at: datetime.datetime, ended_at: datetime.datetime, minutes: int, cause: str, *, by: User
) -> Outage:
    """Write down an interruption and by how many minutes deadlines shall move; a second person decides."""
    authorise(policies.may_propose_outage, by)
    if ended_at <= began_at or ended_at > clock.now():
        raise ValidationError(
            {"ended_at": ValidationError(_("It ended after it began, and not in the future."), code="order")}
        )
    if not cause.strip():
        raise ValidationError({"cause": ValidationError(_("Say what happened."), code="required")})
    margin = resolve("tender.outage_margin")
    least = int((ended_at - began_at).total_seconds() + 59) // 60 + int(margin.value or 0)
    if minutes < least:
        raise ValidationError(
            {
                "minutes": ValidationError(
                    _("Deadlines move by the outage and a margin, here at least %(least)s minutes (%(source)s)."),
                    code="too_short",
                    params={"least": least, "source": margin.citation},
                )
            }
        )
    outage = Outage.objects.create(
        began_at=began_at, ended_at=ended_at, minutes=minutes, cause=cause.strip(), proposed_by=by
    )
    record("outage.proposed", outage, by=by, minutes=minutes)
    return outage


@transaction.atomic
def drop_outage(outage: Outage, *, by: User) -> Outage:
    """No deadline moves."""
    authorise(policies.may_propose_outage, by)
    outage = Outage.objects.select_for_update().get(pk=outage.pk)
    outage.drop()
    outage.save(update_fields=["state"])
    record("outage.dropped", outage, by=by)
    return outage


@transaction.atomic
def decide_outage(outage: Outage, *, by: User) -> list[Hit]:
    """The second person agrees: each deadline that fell into the outage moves by the same minutes.

    What the clock has closed meanwhile, and nobody has opened or judged, is open again. Returns what has moved.
    """
    outage = Outage.objects.select_for_update().get(pk=outage.pk)
    authorise(policies.may_decide_outage, by, outage)
    now = clock.now()
    outage.decide()
    outage.decided_by, outage.decided_at = by, now
    outage.save(update_fields=["state", "decided_by", "decided_at"])
    hits = deadlines_hit(outage)
    tenders = {pk: locked_tender(pk) for pk in dict.fromkeys(hit.tender.pk for hit in hits)}
    for hit in hits:
        if hit.kind == Kind.BIDS:
            _extend_bids(tenders[hit.tender.pk], outage, now, by)
        else:
            _extend(hit, tenders[hit.tender.pk], outage, by)
    numbers = [tender.number for tender in tenders.values()]
    record("outage.decided", outage, by=by, minutes=outage.minutes, tenders=numbers)
    return hits


def _extend(hit: Hit, tender: Tender, outage: Outage, by: User) -> None:
    """More time for what follows the bids. Who runs against it is told."""
    longer = datetime.timedelta(minutes=outage.minutes)
    if hit.kind == Kind.FILES:
        tender.body_minutes += outage.minutes
        tender.save(update_fields=["body_minutes"])
    else:
        row = type(hit.subject).objects.select_for_update(of=("self",)).get(pk=hit.subject.pk)
        if hit.kind == Kind.ORDER:
            row.quotes_due_at = hit.due + longer
            row.save(update_fields=["quotes_due_at"])
        elif hit.kind == Kind.QUOTES:
            row.extend()
            row.due_at = hit.due + longer
            row.save(update_fields=["state", "due_at"])
        else:
            row.extend()
            row.answer_due_at = hit.due + longer
            row.save(update_fields=["state", "answer_due_at"])
    record("outage.extended", hit.subject, by=by, organisation=tender.bureau, what=hit.kind, minutes=outage.minutes)
    due, told = (hit.due + longer).isoformat(), [str(supplier) for supplier in hit.suppliers]
    letter = partial(bidnotices.tell_extended.enqueue, str(outage.pk), str(tender.pk), str(hit.kind), due, told)
    transaction.on_commit(letter)


def _extend_bids(tender: Tender, outage: Outage, now: datetime.datetime, by: User) -> None:
    before = tender.bids_due_at
    tender.bids_due_at = before + datetime.timedelta(minutes=outage.minutes)
    fields = ["bids_due_at"]
    if tender.state in (Tender.State.CLOSED, Tender.State.FAILED):
        for lot in tender.lots.select_for_update().filter(state=Lot.State.FAILED, fail_code__in=REOPENED):
            lot.reopen()
            lot.fail_code, lot.fail_params = "", {}
            lot.save(update_fields=["state", "fail_code", "fail_params"])
        tender.reopen()
        tender.closed_at = tender.finished_at = None
        tender.end_code, tender.end_params = "", {}
        fields += ["state", "closed_at", "finished_at", "end_code", "end_params"]
    tender.save(update_fields=fields)
    amendment = Amendment(
        tender=tender,
        number=next_amendment_number(tender),
        weight=Amendment.Weight.MINOR,
        reason=outage.cause,
        changes=[
            {
                "part": "tender",
                "id": str(tender.pk),
                "of": "",
                "field": "bids_due_at",
                "before": before.astimezone(datetime.UTC).isoformat(),
                "after": tender.bids_due_at.astimezone(datetime.UTC).isoformat(),
            }
        ],
        due_before=before,
        due_after=tender.bids_due_at,
        due_rule=resolve("tender.outage_margin").source,
        proposed_by=outage.proposed_by,
        published_by=by,
        published_at=now,
    )
    amendment.publish()
    amendment.save()
    record("tender.extended", tender, by=by, organisation=tender.bureau, minutes=outage.minutes)
    index_tender(tender)
    amendmentrelease.release_amendment(tender, at=now, by=by)
    transaction.on_commit(partial(bidnotices.tell_amended.enqueue, str(amendment.pk)))
