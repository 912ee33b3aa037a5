"""What the provider tells between deliveries: service records from a file, a report each month, subcontractors."""

import datetime
import hashlib
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from contracts import notices, policies, recordfile
from contracts import visits as checked_in
from contracts.models import Contract, Deliverable, MonthlyReport, RecordImport, ServiceRecord, Subcontract
from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User
from marketplace.rules.queries import resolve

from .locking import locked, locked_deliverable, need_force, need_words


@transaction.atomic
def read_records(deliverable: Deliverable, file: Any, *, by: User) -> RecordImport:
    """Read a file of service records and keep it unapplied, each row with what is wrong with it.

    Raises ValidationError: "not_in_force", "suspended", "state" when the instalment is reported, and on "file"
    "unreadable", "columns", "empty", "applied" when the same file was applied before.
    """
    deliverable = locked_deliverable(deliverable)
    authorise(policies.may_report, by, deliverable)
    need_force(deliverable.contract)
    if not can_proceed(deliverable.deliver):
        raise ValidationError(_("This instalment has been reported already."), code="state")
    content = file.read()
    name = str(getattr(file, "name", "") or "records").rsplit("/", 1)[-1][-120:]
    digest = hashlib.sha256(content).hexdigest()
    if deliverable.imports.filter(sha256=digest, state=RecordImport.State.APPLIED).exists():
        raise ValidationError({"file": ValidationError(_("This file was applied before."), code="applied")})
    contract = deliverable.contract
    rows = recordfile.read(content, name, first=contract.starts_on, last=min(contract.ends_on, clock.today()))
    source = RecordImport.objects.create(
        deliverable=deliverable, file_name=name, sha256=digest, rows=rows, read_by=by, read_at=clock.now()
    )
    record("records.read", source, by=by, organisation=contract.supplier, contract=contract.number, rows=len(rows))
    return source


@transaction.atomic
def gather_visits(deliverable: Deliverable, *, by: User) -> RecordImport:
    """Bring in what carers checked in and out of in the instalment's period, to be looked at like a file.

    Raises ValidationError as `read_records` does, and "no_visits".
    """
    deliverable = locked_deliverable(deliverable)
    authorise(policies.may_report, by, deliverable)
    content = checked_in.as_table(deliverable)
    if not content:
        raise ValidationError(_("No finished visit of this period is on record."), code="no_visits")
    first, last = checked_in.period_of(deliverable)
    return read_records(deliverable, ContentFile(content, name=f"签到记录 {first} 至 {last}.csv"), by=by)


@transaction.atomic
def apply_records(source: RecordImport, *, by: User) -> RecordImport:
    """Every row becomes a record, or none. Raises ValidationError: "state", "faulty_rows"."""
    deliverable = locked_deliverable(source.deliverable)
    authorise(policies.may_report, by, deliverable)
    source = RecordImport.objects.select_for_update().get(pk=source.pk)
    if not can_proceed(source.apply) or not can_proceed(deliverable.deliver):
        raise ValidationError(_("This file was applied or discarded already."), code="state")
    if any(row["problems"] for row in source.rows):
        raise ValidationError(_("Some rows are wrong: nothing was applied."), code="faulty_rows")
    ServiceRecord.objects.bulk_create(
        [
            ServiceRecord(
                deliverable=deliverable,
                source=source,
                day=datetime.date.fromisoformat(row["day"]),
                service=row["service"],
                place=row["place"],
                quantity=int(row["quantity"]),
                people=int(row["people"] or 0),
                note=row["note"],
            )
            for row in source.rows
        ]
    )
    source.apply()
    source.applied_at = clock.now()
    source.save(update_fields=["state", "applied_at"])
    record(
        "records.applied", source, by=by, organisation=deliverable.contract.supplier,
        contract=deliverable.contract.number, rows=len(source.rows), sha256=source.sha256,
    )  # fmt: skip
    return source


@transaction.atomic
def discard_records(source: RecordImport, *, by: User) -> RecordImport:
    """It was the wrong file; one that was applied goes with its records, until the instalment is reported.

    Raises ValidationError(code="state").
    """
    deliverable = locked_deliverable(source.deliverable)
    authorise(policies.may_report, by, deliverable)
    source = RecordImport.objects.select_for_update().get(pk=source.pk)
    if not can_proceed(source.discard):
        raise ValidationError(_("This file was applied or discarded already."), code="state")
    source.discard()
    source.save(update_fields=["state"])
    record("records.discarded", source, by=by, organisation=deliverable.contract.supplier, sha256=source.sha256)
    return source


@transaction.atomic
def report_month(
    contract: Contract,
    month: datetime.date,
    *,
    people: int,
    visits: int,
    summary: str,
    complaints: int = 0,
    incidents: int = 0,
    by: User,
) -> MonthlyReport:
    """Tell the buyer how one month went. Raises ValidationError: "not_in_force", "suspended", by field "month"
    (outside the term, or not over), "twice", "no_note"."""
    contract = locked(contract)
    authorise(policies.may_tell, by, contract)
    need_force(contract)
    month = month.replace(day=1)
    if not contract.starts_on.replace(day=1) <= month <= min(contract.ends_on, clock.today()):
        raise ValidationError({"month": ValidationError(_("The contract does not cover this month."), code="month")})
    if contract.monthly_reports.filter(month=month).exists():
        raise ValidationError({"month": ValidationError(_("This month has its report."), code="twice")})
    summary = need_words(summary, _("Say how the month went."), field="summary", code="no_note")
    report = MonthlyReport.objects.create(
        contract=contract,
        month=month,
        people=people,
        visits=visits,
        complaints=complaints,
        incidents=incidents,
        summary=summary,
        reported_by=by,
        reported_at=clock.now(),
    )
    record(
        "contract.month_reported", contract, by=by, organisation=contract.supplier,
        number=contract.number, month=month.isoformat()[:7], people=people, visits=visits,
    )  # fmt: skip
    transaction.on_commit(partial(notices.tell_month.enqueue, str(report.pk)))
    return report


@transaction.atomic
def ask_subcontract(contract: Contract, *, name: str, uscc: str, part: str, amount: int, by: User) -> Subcontract:
    """Ask the buyer to let another do a part. The whole can't be passed on: that is assignment (REG 72).

    Raises ValidationError: "state", by field "no_name", "no_part", "assignment", "self" for the supplier itself.
    """
    contract = locked(contract)
    authorise(policies.may_tell, by, contract)
    if contract.state not in Contract.STANDING_STATES:
        raise ValidationError(_("The contract is not in force."), code="state")
    name = need_words(name, _("Name the subcontractor."), field="name", code="no_name")
    part = need_words(part, _("Say which part."), field="part", code="no_part")
    if fault := _assignment(contract, amount):
        raise ValidationError({"amount": fault})
    if uscc.strip() in (contract.supplier.uscc, contract.buyer.uscc):
        raise ValidationError({"uscc": ValidationError(_("This is a side of the contract."), code="self")})
    subcontract = Subcontract.objects.create(
        contract=contract, name=name, uscc=uscc.strip(), part=part, amount=amount, asked_by=by, asked_at=clock.now()
    )
    record("subcontract.requested", subcontract, by=by, organisation=contract.supplier, number=contract.number,
           amount=amount)  # fmt: skip
    transaction.on_commit(partial(notices.tell_subcontract.enqueue, str(subcontract.pk)))
    return subcontract


def _assignment(contract: Contract, amount: int) -> ValidationError | None:
    """What is wrong when so many fen, with what was consented to before, would pass the whole on (REG 72)."""
    consented = contract.subcontracts.filter(state=Subcontract.State.CONSENTED)
    if amount + sum(consented.values_list("amount", flat=True)) < contract.amount:
        return None
    rule = resolve("contract.transfer", on=contract.awarded_on, region=contract.buyer.region)
    return ValidationError(
        _("A contract can't be passed on as a whole: assignment is punished (%(source)s)."),
        code="assignment",
        params={"source": rule.citation},
    )


@transaction.atomic
def decide_subcontract(subcontract: Subcontract, *, consent: bool, answer: str = "", by: User) -> Subcontract:
    """The buyer consents, or refuses with a reason (GPL 48).

    Raises ValidationError: "state", "ended" once the contract is over, "assignment" when together with the others the
    whole would be passed on, by field "no_reason".
    """
    contract = locked(subcontract.contract)
    subcontract = Subcontract.objects.select_for_update().get(pk=subcontract.pk)
    subcontract.contract = contract
    authorise(policies.may_consent, by, subcontract)
    if not can_proceed(subcontract.consent):
        raise ValidationError(_("It has been decided already."), code="state")
    if consent:
        if contract.state not in Contract.STANDING_STATES:
            raise ValidationError(_("The contract is not in force."), code="ended")
        if fault := _assignment(contract, subcontract.amount):
            raise fault
        subcontract.consent()
    else:
        answer = need_words(answer, _("Say why."), field="answer")
        subcontract.refuse()
    subcontract.answer, subcontract.decided_by, subcontract.decided_at = answer.strip(), by, clock.now()
    subcontract.save(update_fields=["state", "answer", "decided_by", "decided_at"])
    record(
        "subcontract.approved" if consent else "subcontract.refused",
        subcontract, by=by, organisation=contract.buyer, number=contract.number,
    )  # fmt: skip
    transaction.on_commit(partial(notices.tell_subcontract_decided.enqueue, str(subcontract.pk)))
    return subcontract
