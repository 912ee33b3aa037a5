"""Clarifications; and amendments, proposed by one officer and published by another."""

import datetime
import hashlib
from collections.abc import Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User
from marketplace.rules.calendar import due_date, is_working_day

from .. import amendmentrelease, bidnotices, checks, policies
from ..indexing import index_tender
from ..models import Amendment, Criterion, Lot, Tender, TenderDocument
from ..rulebook import rule_for
from .questions import refuse_over

TENDER_FIELDS = ("about", "contact_name", "contact_phone", "documents_until", "questions_until", "bids_due_at")
LOT_FIELDS = ("title", "description", "ceiling", "term_months", "long_term_reason")
CRITERION_FIELDS = ("name", "guidance", "weight")


def _locked(tender: Tender) -> Tender:
    return Tender.objects.select_for_update(of=("self",)).select_related("bureau__region").get(pk=tender.pk)


@transaction.atomic
def publish_clarification(tender: Tender, text: str, *, by: User) -> Amendment:
    """Explain the tender file to all without changing it. The deadline stays."""
    tender = _locked(tender)
    authorise(policies.may_manage, by, tender)
    refuse_over(tender)
    if not text.strip():
        raise ValidationError({"text": ValidationError(_("Write what you explain."), code="required")})
    now = clock.now()
    amendment = Amendment(
        tender=tender,
        number=next_amendment_number(tender),
        weight=Amendment.Weight.CLARIFICATION,
        reason=text.strip(),
        proposed_by=by,
        published_by=by,
        published_at=now,
    )
    amendment.publish()
    amendment.save()
    record("amendment.clarified", amendment, by=by, organisation=tender.bureau, tender=tender.number)
    amendmentrelease.release_amendment(tender, at=now, by=by)
    transaction.on_commit(partial(bidnotices.tell_amended.enqueue, str(amendment.pk)))
    return amendment


def next_amendment_number(tender: Tender) -> int:
    """The caller holds the tender's lock."""
    return (tender.amendments.aggregate(last=Max("number"))["last"] or 0) + 1


@transaction.atomic
def propose_amendment(
    tender: Tender,
    weight: str,
    reason: str,
    *,
    by: User,
    about: Mapping[str, Any] | None = None,
    lots: Mapping[Lot, Mapping[str, Any]] | None = None,
    criteria: Mapping[Criterion, Mapping[str, Any]] | None = None,
    file: UploadedFile | None = None,
    file_title: str = "",
) -> Amendment:
    """Write down what shall change; a second officer publishes it. Only what differs is kept.

    `about` takes TENDER_FIELDS, each lot LOT_FIELDS, each criterion CRITERION_FIELDS. Raises ValidationError
    `nothing_changed`, `is_material`, `fixed`, and what the checks of drafting raise.
    """
    tender = _locked(tender)
    authorise(policies.may_manage, by, tender)
    refuse_over(tender)
    if not reason.strip():
        raise ValidationError({"reason": ValidationError(_("Say why."), code="reason_missing")})
    changes = _differences(tender, about or {}, lots or {}, criteria or {})
    if not changes and file is None:
        raise ValidationError(_("Nothing is different. To explain, publish a clarification."), code="nothing_changed")
    amendment = Amendment(tender=tender, weight=weight, reason=reason.strip(), changes=changes, proposed_by=by)
    if file is not None:
        amendment.file_title, amendment.file_name = file_title or _("Tender file, amended"), (file.name or "")[:200]
        amendment.file_type = file.content_type or "application/octet-stream"
        amendment.file.save(amendment.file_name, File(file), save=False)
    _refuse_weight(tender, amendment)
    _apply(tender, amendment)  # in memory, to be checked now and not only when it is published
    _check(tender, amendment)
    amendment.save()
    record("amendment.proposed", amendment, by=by, organisation=tender.bureau, tender=tender.number, weight=weight)
    transaction.on_commit(partial(bidnotices.tell_amendment_proposed.enqueue, str(amendment.pk)))
    return amendment


@transaction.atomic
def publish_amendment(amendment: Amendment, *, by: User) -> Amendment:
    """The second officer agrees: the tender changes, the deadline moves by the rule, every bidder is told."""
    tender = _locked(amendment.tender)
    amendment = tender.amendments.select_for_update().get(pk=amendment.pk)
    authorise(policies.may_publish_amendment, by, amendment)
    refuse_over(tender)
    now = clock.now()
    amendment.due_before = tender.bids_due_at
    touched = _apply(tender, amendment)
    _check(tender, amendment)
    _move_deadline(tender, amendment, now)
    for row in [*touched, tender]:
        row.save()
    if amendment.file:
        _attach_file(tender, amendment, now)
    amendment.due_after = tender.bids_due_at
    amendment.number = next_amendment_number(tender)
    amendment.published_by, amendment.published_at = by, now
    amendment.publish()
    amendment.save()
    record(
        "amendment.published",
        amendment,
        by=by,
        organisation=tender.bureau,
        tender=tender.number,
        weight=amendment.weight,
        number=amendment.number,
        due_before=amendment.due_before.isoformat(),
        due_after=amendment.due_after.isoformat(),
    )
    index_tender(tender)
    amendmentrelease.release_amendment(tender, at=now, by=by)
    transaction.on_commit(partial(bidnotices.tell_amended.enqueue, str(amendment.pk)))
    return amendment


@transaction.atomic
def drop_amendment(amendment: Amendment, *, by: User) -> Amendment:
    """Nothing of it is published."""
    tender = _locked(amendment.tender)
    authorise(policies.may_manage, by, tender)
    amendment = tender.amendments.select_for_update().get(pk=amendment.pk)
    amendment.drop()
    amendment.save(update_fields=["state"])
    record("amendment.dropped", amendment, by=by, organisation=tender.bureau, tender=tender.number)
    return amendment


def _attach_file(tender: Tender, amendment: Amendment, now: datetime.datetime) -> None:
    """The new file is the next version of the current one of that title, or a document of its own."""
    earlier = tender.documents.current().filter(title=amendment.file_title).first()
    if earlier:
        earlier.superseded_at = now
        earlier.save(update_fields=["superseded_at"])
    with amendment.file.open("rb") as stored:
        sha256 = hashlib.file_digest(stored, "sha256").hexdigest()
    TenderDocument.objects.create(
        tender=tender,
        title=amendment.file_title,
        name=amendment.file_name,
        file=amendment.file.name,
        content_type=amendment.file_type,
        size=amendment.file.size,
        sha256=sha256,
        version=earlier.version + 1 if earlier else 1,
        replaces=earlier,
        uploaded_by=amendment.proposed_by,
    )


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat()
    if isinstance(value, datetime.date):
        return value.isoformat()
    return format(value.normalize(), "f") if isinstance(value, Decimal) else value


def _differences(
    tender: Tender,
    about: Mapping[str, Any],
    lots: Mapping[Lot, Mapping[str, Any]],
    criteria: Mapping[Criterion, Mapping[str, Any]],
) -> list[dict[str, Any]]:
    groups: list[tuple[str, Any, str, Mapping[str, Any], tuple[str, ...]]] = [
        ("tender", tender, "", about, TENDER_FIELDS)
    ]
    for lot, wanted in lots.items():
        lot = tender.lots.get(pk=lot.pk)
        groups.append(("lot", lot, f"{lot.position}. {lot.title}", wanted, LOT_FIELDS))
    for criterion, wanted in criteria.items():
        criterion = tender.criteria.get(pk=criterion.pk)
        groups.append(("criterion", criterion, criterion.name, wanted, CRITERION_FIELDS))
    changes = []
    for part, thing, name, wanted, allowed in groups:
        is_qualification = part == "criterion" and thing.part == Criterion.Part.QUALIFICATION
        for field, after in wanted.items():
            before = getattr(thing, field)
            if _plain(before) == _plain(after):
                continue
            if field not in allowed or is_qualification:
                rule = rule_for(tender, "tender.amendment_limits")
                raise ValidationError(
                    _(
                        "Neither what is bought nor the qualifications may be changed in a published tender "
                        "(%(source)s): end it and begin again."
                    ),
                    code="fixed",
                    params={"source": rule.citation},
                )
            changes.append(
                {
                    "part": part,
                    "id": str(thing.pk),
                    "of": name,
                    "field": field,
                    "before": _plain(before),
                    "after": _plain(after),
                }
            )
    return changes


def _refuse_weight(tender: Tender, amendment: Amendment) -> None:
    """What bears on how bids are written is material, whatever the officer calls it (REG 31)."""
    rule = rule_for(tender, "tender.amendment_limits")
    material = set((rule.data or {}).get("material", []))
    touched = {row["field"] for row in amendment.changes} | {row["part"] for row in amendment.changes}
    if amendment.file:
        touched.add("file")
    if amendment.weight == Amendment.Weight.MINOR and touched & material:
        raise ValidationError(
            {
                "weight": ValidationError(
                    _(
                        "This bears on how bids are written, so it is a material change and bidders get the full time "
                        "(%(source)s)."
                    ),
                    code="is_material",
                    params={"source": rule_for(tender, "tender.change_period").citation},
                )
            }
        )


def _typed(thing: Any, field: str, value: Any) -> Any:
    if field in ("bids_due_at", "questions_until"):
        return parse_datetime(value)
    if field == "documents_until":
        return parse_date(value)
    return Decimal(value) if field == "weight" else value


def _apply(tender: Tender, amendment: Amendment) -> list[Any]:
    """Put the new values on the tender, its lots and criteria, in memory. Raises `moved_on` when a value has since
    become another."""
    touched: dict[str, Any] = {}
    things = {"tender": None, "lot": tender.lots.select_for_update(), "criterion": tender.criteria.select_for_update()}
    for row in amendment.changes:
        rows = things[row["part"]]
        thing: Any = tender if rows is None else touched.get(row["id"]) or rows.get(pk=row["id"])
        if _plain(getattr(thing, row["field"])) != row["before"]:
            raise ValidationError(
                _("“%(field)s” has changed since this was proposed: propose it again."),
                code="moved_on",
                params={"field": row["field"]},
            )
        setattr(thing, row["field"], _typed(thing, row["field"], row["after"]))
        if rows is not None:
            touched[row["id"]] = thing
            if row["part"] == "lot":
                thing.tender = tender
    amendment.touched = list(touched.values())
    return amendment.touched


def _check(tender: Tender, amendment: Amendment) -> None:
    now = clock.now()
    for thing in amendment.touched:
        if isinstance(thing, Lot):
            checks.refuse_lot(thing)
    changed = {thing.pk: thing for thing in amendment.touched if isinstance(thing, Criterion)}
    if any(row["field"] == "weight" for row in amendment.changes):
        scored = [changed.get(criterion.pk, criterion) for criterion in tender.criteria.scored()]
        checks.refuse_weights(tender, [(criterion.part, criterion.weight) for criterion in scored])
    before = next((row["before"] for row in amendment.changes if row["field"] == "bids_due_at"), None)
    if before and tender.bids_due_at < parse_datetime(before):
        raise ValidationError(
            {
                "bids_due_at": ValidationError(
                    _("A deadline may be extended, never brought forward (Order 87, Article 27)."), code="earlier"
                )
            }
        )
    if tender.bids_due_at <= now:
        raise ValidationError({"bids_due_at": ValidationError(_("The deadline lies in the past."), code="past")})
    if tender.documents_until and tender.documents_until > tender.bids_due_at.astimezone(clock.SHANGHAI).date():
        raise ValidationError({"documents_until": ValidationError(_("This is after the bids are due."), code="order")})
    if tender.questions_until and tender.questions_until > tender.bids_due_at:
        raise ValidationError(
            {"questions_until": ValidationError(_("Questions end before the bids are due."), code="order")}
        )


def earliest_deadline(tender: Tender, now: datetime.datetime) -> tuple[datetime.datetime, str]:
    """After a material change today bids may be due at the earliest then, and the source of the rule (REG 31)."""
    rule = rule_for(tender, "tender.change_period", on=now.astimezone(clock.SHANGHAI).date())
    day = due_date(now.astimezone(clock.SHANGHAI).date(), rule)
    while not is_working_day(day):
        day += datetime.timedelta(days=1)
    at = tender.bids_due_at.astimezone(clock.SHANGHAI)
    return clock.at_hour(day, at.hour, at.minute), rule.source


def _move_deadline(tender: Tender, amendment: Amendment, now: datetime.datetime) -> None:
    if amendment.weight != Amendment.Weight.MATERIAL:
        return
    earliest, source = earliest_deadline(tender, now)
    if tender.bids_due_at.astimezone(clock.SHANGHAI).date() < earliest.astimezone(clock.SHANGHAI).date():
        tender.bids_due_at, amendment.due_rule = earliest, source
