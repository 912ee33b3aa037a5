"""What happens by the clock: the deadline passes. And what ends a tender without an award."""

import datetime
import uuid
from functools import partial

from django.core.files.storage import default_storage
from django.db import transaction

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User

from .. import notices, ocds, policies
from ..events import when_due
from ..events.tender import CLOSE
from ..indexing import index_tender
from ..models import BidDraft, Envelope, Lot, PromisedFile, Tender
from ..queries.amendments import unconfirmed_envelopes
from ..rulebook import fewest_suppliers
from .biddrafts import destroy_draft


@when_due(CLOSE)
@transaction.atomic
def close_tender(tender: Tender, *, by: User) -> Tender:
    """The deadline is past: drafts are destroyed; with too few envelopes the tender fails and none is opened."""
    tender = Tender.objects.select_for_update(of=("self",)).select_related("bureau__region").get(pk=tender.pk)
    authorise(policies.may_run_the_clock, by, tender)
    now = clock.now()
    if tender.state == Tender.State.PUBLISHED and tender.bids_due_at <= now:
        close_locked(tender, at=now, by=by)
    return tender


def close_locked(tender: Tender, *, at: datetime.datetime, by: User) -> None:
    """The caller holds the tender's lock and knows that it is due."""
    for draft in BidDraft.objects.filter(tender=tender):
        destroy_draft(draft)
    # One that lapses for want of a confirmation does not count.
    lapsing = unconfirmed_envelopes(tender).values("pk")
    envelopes, fewest = tender.envelopes.standing().exclude(pk__in=lapsing).count(), fewest_suppliers(tender)
    tender.closed_at = at
    if envelopes < fewest:
        tender.save(update_fields=["closed_at"])
        fail_locked(tender, "too_few_envelopes", at=at, by=by, there=envelopes, needed=fewest)
        return
    tender.close()
    tender.save(update_fields=["state", "closed_at"])
    record("tender.closed", tender, by=by, organisation=tender.bureau, envelopes=envelopes)
    index_tender(tender)
    transaction.on_commit(partial(notices.tell_closed.enqueue, str(tender.pk)))


def sweep_orphans(tender_pk: uuid.UUID) -> None:
    """Destroy sealed files that no row names: of bids whose worker died, or that were refused, in the last minute."""
    try:
        _folders, names = default_storage.listdir(f"sealed/{tender_pk}")
    except FileNotFoundError:
        return
    promised = PromisedFile.objects.filter(envelope__tender=tender_pk)
    known = {
        name.rpartition("/")[2]
        for rows in (Envelope.objects.filter(tender=tender_pk), promised)
        for name in rows.values_list("file", flat=True)
    }
    for name in set(names) - known:
        default_storage.delete(f"sealed/{tender_pk}/{name}")


def fail_lot(lot: Lot, code: str, *, by: User, **figures: int) -> None:
    """废标 of one lot, for one of reasons.REASONS. The caller holds the lock and has decided."""
    lot.fail()
    lot.fail_code, lot.fail_params = code, figures
    lot.save(update_fields=["state", "fail_code", "fail_params"])
    record("lot.failed", lot, by=by, organisation=lot.tender.bureau, code=code, **figures)


def fail_locked(tender: Tender, code: str, *, at: datetime.datetime, by: User, **figures: int) -> None:
    """废标: every lot that is still undecided fails, and the tender with them (GPL 36, told to all by GPL 37)."""
    for lot in tender.lots.select_for_update().undecided():
        fail_lot(lot, code, by=by, **figures)
    tender.fail()
    tender.end_code, tender.end_params, tender.finished_at = code, figures, at
    tender.save(update_fields=["state", "end_code", "end_params", "finished_at"])
    record("tender.failed", tender, by=by, organisation=tender.bureau, code=code, **figures)
    index_tender(tender)
    ocds.release_end(tender, at=at, by=by)
    transaction.on_commit(partial(sweep_orphans, tender.pk))
    transaction.on_commit(partial(notices.tell_ended.enqueue, str(tender.pk)))
