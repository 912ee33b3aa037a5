"""The second pair of eyes: approving publishes, numbers, and makes the key."""

from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.ledger.models import BudgetLine
from marketplace.pages import clock
from marketplace.parties.actions import next_number
from marketplace.parties.models import User

from .. import checks, notices, ocds, policies, sealing
from ..indexing import index_tender
from ..methods import WhoMayBid, method_of
from ..models import CustodianKey, Tender
from ..rulebook import day_of, rule_for
from .numbering import prefix_of


def _locked(tender: Tender) -> Tender:
    return Tender.objects.select_for_update(of=("self",)).select_related("bureau__region").get(pk=tender.pk)


@transaction.atomic
def return_tender(tender: Tender, *, reason: str, by: User) -> Tender:
    """Send it back to the drafter with what should change."""
    tender = _locked(tender)
    authorise(policies.may_approve, by, tender)
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say what should change."), code="reason_missing")})
    tender.send_back()
    tender.return_reason = reason
    tender.save(update_fields=["state", "return_reason"])
    record("tender.returned", tender, by=by, organisation=tender.bureau, reason=reason)
    transaction.on_commit(partial(notices.tell_returned.enqueue, str(tender.pk)))
    return tender


@transaction.atomic
def approve_tender(tender: Tender, *, by: User) -> Tender:
    """Publish: give the number, make the key pair and split it among the custodians, tell the world.

    The private key is never stored: it lives in this call, and afterwards only as three shares, each sealed to one
    custodian's own public key. Raises ValidationError when something no longer holds (a deadline grown too short).
    """
    tender = _locked(tender)
    authorise(policies.may_approve, by, tender)
    if tender.budget_line_id:  # two approvals on one line take turns: splitting is judged on their sum
        BudgetLine.objects.select_for_update().get(pk=tender.budget_line_id)
    if faults := checks.faults(tender):
        raise ValidationError([fault.error for fault in faults])
    now = clock.now()
    year = now.astimezone(clock.SHANGHAI).year
    prefix = prefix_of(tender.bureau)

    custodians = list(tender.custodians.select_for_update().order_by("position"))
    keys = {
        key.user_id: key
        for key in CustodianKey.objects.filter(user__in=[c.user_id for c in custodians], retired_at=None)
    }
    tender.public_key, shares = sealing.make_tender_key()
    for custodian, share in zip(custodians, shares, strict=True):
        custodian.key = keys[custodian.user_id]
        custodian.sealed_share = sealing.seal_to(bytes(custodian.key.public_key), share)
        custodian.save(update_fields=["key", "sealed_share"])

    tender.number = f"{prefix}-{year}-{next_number(tender.bureau, 'tender', year):04d}"
    tender.approved_by, tender.published_at = by, now
    tender.body_minutes = int(rule_for(tender, "tender.body_period", on=day_of(now)).value or 0)
    tender.publish()
    tender.save(update_fields=["state", "number", "approved_by", "published_at", "public_key", "body_minutes"])
    record("tender.published", tender, by=by, organisation=tender.bureau, number=tender.number, ceiling=tender.ceiling)
    index_tender(tender)
    ocds.release_tender(tender, at=now, by=by)
    transaction.on_commit(partial(notices.tell_published.enqueue, str(tender.pk)))
    if method_of(tender).who_may_bid != WhoMayBid.ANYONE:
        transaction.on_commit(partial(notices.tell_invited.enqueue, str(tender.pk)))
    return tender


@transaction.atomic
def cancel_tender(tender: Tender, *, reason: str, by: User) -> Tender:
    """Give the task up (GPL 36 item 4). Envelopes that were handed in stay sealed for ever."""
    tender = _locked(tender)
    authorise(policies.may_cancel, by, tender)
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say why."), code="reason_missing")})
    now = clock.now()
    for lot in tender.lots.select_for_update().undecided():
        lot.cancel()
        lot.fail_reason = reason
        lot.save(update_fields=["state", "fail_reason"])
    tender.cancel()
    tender.end_reason, tender.finished_at = reason, now
    tender.save(update_fields=["state", "end_reason", "finished_at"])
    record("tender.cancelled", tender, by=by, organisation=tender.bureau, reason=reason)
    if tender.is_public:
        index_tender(tender)
        ocds.release_end(tender, at=now, by=by)
        transaction.on_commit(partial(notices.tell_ended.enqueue, str(tender.pk)))
    return tender
