"""Subsidies: asked for by the hub, granted by a bureau, accounted for, and paid as all public money is paid."""

import hashlib
from functools import partial

from django.core.exceptions import ValidationError
from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from incubator import notices, policies
from incubator.models import Application, Subsidy
from marketplace.audit.actions import authorise, record
from marketplace.ledger.actions import accrue_payable, commit_budget, release_commitment
from marketplace.ledger.models import BudgetLine
from marketplace.pages import clock
from marketplace.pages.money import format_yuan
from marketplace.parties.actions import next_number
from marketplace.parties.models import Organisation, User
from marketplace.payments.actions import order_payment
from marketplace.tenders.actions.numbering import prefix_of


def _locked(subsidy: Subsidy) -> Subsidy:
    return (
        Subsidy.objects.select_for_update(of=("self",))
        .select_related("bureau__region", "line__fund", "application__organisation", "application__cohort__hub")
        .get(pk=subsidy.pk)
    )


def _need(text: str, field: str, message: str, code: str) -> str:
    if not text.strip():
        raise ValidationError({field: ValidationError(message, code=code)})
    return text.strip()


@transaction.atomic
def ask_subsidy(
    application: Application, *, bureau: Organisation, kind: str, purpose: str, amount: int, by: User
) -> Subsidy:
    """The hub asks a bureau for so many fen.

    Raises ValidationError: "not_admitted", by field "bureau", "no_purpose".
    """
    application = (
        Application.objects.select_for_update(of=("self",))
        .select_related("cohort__hub", "organisation")
        .get(pk=application.pk)
    )
    authorise(policies.may_decide, by, application)
    if application.state != Application.State.ADMITTED:
        raise ValidationError(_("Subsidies are for organisations that are in."), code="not_admitted")
    if bureau.kind != Organisation.Kind.BUREAU:
        raise ValidationError({"bureau": ValidationError(_("A bureau pays subsidies."), code="bureau")})
    purpose = _need(purpose, "purpose", _("Say what it is for."), "no_purpose")
    year = clock.today().year
    subsidy = Subsidy.objects.create(
        number=f"FB{prefix_of(bureau)}-{year}-{next_number(bureau, 'subsidy', year):04d}",
        application=application,
        bureau=bureau,
        kind=kind,
        purpose=purpose,
        amount=amount,
        asked_by=by,
        asked_at=clock.now(),
    )
    record("subsidy.asked", subsidy, by=by, organisation=application.cohort.hub, number=subsidy.number, amount=amount)
    transaction.on_commit(partial(notices.tell_subsidy_asked.enqueue, str(subsidy.pk)))
    return subsidy


@transaction.atomic
def grant_subsidy(subsidy: Subsidy, line: BudgetLine, *, by: User) -> Subsidy:
    """The bureau agrees: its line promises the money. Raises ValidationError: "state", "line", "budget_short"."""
    subsidy = _locked(subsidy)
    authorise(policies.may_grant, by, subsidy)
    if not can_proceed(subsidy.grant):
        raise ValidationError(_("This subsidy has been decided already."), code="state")
    if line.bureau_id != subsidy.bureau_id or line.closed_at is not None:
        raise ValidationError({"line": ValidationError(_("Choose an open budget line of the bureau."), code="line")})
    subsidy.grant()
    subsidy.line, subsidy.decided_by, subsidy.decided_at = line, by, clock.now()
    subsidy.save(update_fields=["state", "line", "decided_by", "decided_at"])
    commit_budget(line, subsidy.amount, key=f"subsidy/{subsidy.pk}/commit", reference=subsidy.number, by=by)
    record("subsidy.granted", subsidy, by=by, organisation=subsidy.bureau, number=subsidy.number, amount=subsidy.amount)
    transaction.on_commit(partial(notices.tell_subsidy_decided.enqueue, str(subsidy.pk)))
    return subsidy


@transaction.atomic
def refuse_subsidy(subsidy: Subsidy, *, reason: str, by: User) -> Subsidy:
    """Asked for: the bureau does not pay. Granted: it withdraws, and its line has the money back.

    Raises ValidationError: "state" once payment is ordered, "no_reason".
    """
    subsidy = _locked(subsidy)
    authorise(policies.may_grant, by, subsidy)
    if not (can_proceed(subsidy.refuse) or can_proceed(subsidy.withdraw)):
        raise ValidationError(_("This subsidy has been decided already."), code="state")
    subsidy.reason = _need(reason, "reason", _("Give the reason."), "no_reason")
    subsidy.decided_by, subsidy.decided_at = by, clock.now()
    if can_proceed(subsidy.refuse):
        subsidy.refuse()
        event = "subsidy.refused"
    else:
        subsidy.withdraw()
        event = "subsidy.withdrawn"
        release_commitment(
            subsidy.line, subsidy.amount, key=f"subsidy/{subsidy.pk}/withdraw", reference=subsidy.number, by=by
        )
    subsidy.save(update_fields=["state", "reason", "decided_by", "decided_at"])
    record(event, subsidy, by=by, organisation=subsidy.bureau, number=subsidy.number)
    transaction.on_commit(partial(notices.tell_subsidy_decided.enqueue, str(subsidy.pk)))
    return subsidy


@transaction.atomic
def claim_subsidy(subsidy: Subsidy, *, spent: int, account: str, file: File | None, by: User) -> Subsidy:
    """The organisation shows what it spent, fen, with receipts.

    Raises ValidationError: "state", by field "amount", "no_account", "no_file".
    """
    subsidy = _locked(subsidy)
    authorise(policies.may_claim, by, subsidy)
    if not can_proceed(subsidy.claim):
        raise ValidationError(_("Nothing is to be accounted for."), code="state")
    if spent <= 0:
        raise ValidationError({"spent": ValidationError(_("The amount must be more than zero."), code="amount")})
    subsidy.account = _need(account, "account", _("Say what it was spent on."), "no_account")
    if file is None:
        raise ValidationError({"file": ValidationError(_("Add the receipts."), code="no_file")})
    subsidy.claim()
    subsidy.spent, subsidy.claimed_at, subsidy.reason = spent, clock.now(), ""
    file.seek(0)
    subsidy.sha256 = hashlib.sha256(file.read()).hexdigest()
    file.seek(0)
    subsidy.file_name = (file.name or "").rsplit("/", 1)[-1][-120:]
    subsidy.file.save(subsidy.file_name, file, save=False)
    subsidy.save(update_fields=["state", "spent", "claimed_at", "reason", "account", "sha256", "file", "file_name"])
    record(
        "subsidy.claimed", subsidy, by=by, organisation=subsidy.application.organisation, number=subsidy.number,
        spent=spent, sha256=subsidy.sha256,
    )  # fmt: skip
    transaction.on_commit(partial(notices.tell_subsidy_claimed.enqueue, str(subsidy.pk)))
    return subsidy


@transaction.atomic
def send_back_claim(subsidy: Subsidy, *, reason: str, by: User) -> Subsidy:
    """The receipts don't show it: the organisation accounts again. Raises ValidationError: "state", "no_reason"."""
    subsidy = _locked(subsidy)
    authorise(policies.may_grant, by, subsidy)
    if not can_proceed(subsidy.send_back):
        raise ValidationError(_("Nothing waits to be checked."), code="state")
    subsidy.reason = _need(reason, "reason", _("Say what must be put right."), "no_reason")
    subsidy.send_back()
    subsidy.save(update_fields=["state", "reason"])
    record("subsidy.sent_back", subsidy, by=by, organisation=subsidy.bureau, number=subsidy.number)
    transaction.on_commit(partial(notices.tell_subsidy_decided.enqueue, str(subsidy.pk)))
    return subsidy


@transaction.atomic
def order_subsidy(subsidy: Subsidy, *, amount: int | None = None, by: User) -> Subsidy:
    """The receipts hold: what was spent, at most what was granted, is owed and ordered; the rest goes back.

    `amount`, fen: less than that, by the bureau's finding. Another officer approves the payment. Raises
    ValidationError: "state", by field "amount".
    """
    subsidy = _locked(subsidy)
    authorise(policies.may_grant, by, subsidy)
    if not can_proceed(subsidy.order):
        raise ValidationError(_("Nothing waits to be checked."), code="state")
    most = min(subsidy.spent, subsidy.amount)
    due = most if amount is None else amount
    if not 0 < due <= most:
        raise ValidationError(
            {
                "amount": ValidationError(
                    _("At most ¥%(most)s: what was spent, within what was granted."),
                    code="amount",
                    params={"most": format_yuan(most)},
                )
            }
        )
    subsidy.order()
    subsidy.due, subsidy.ordered_at = due, clock.now()
    subsidy.save(update_fields=["state", "due", "ordered_at"])
    payee, key = subsidy.application.organisation, f"subsidy/{subsidy.pk}"
    if subsidy.amount > due:
        release_commitment(subsidy.line, subsidy.amount - due, key=f"{key}/release", reference=subsidy.number, by=by)
    accrue_payable(subsidy.line, payee, due, key=f"{key}/accrue", reference=subsidy.number, by=by)
    order_payment(
        payee, due, purpose=f"{subsidy.number} {subsidy.purpose}", reference=subsidy.number, key=f"{key}/pay",
        line=subsidy.line, by=by, bears_interest=False,
    )  # fmt: skip
    record("subsidy.ordered", subsidy, by=by, organisation=subsidy.bureau, number=subsidy.number, amount=due)
    transaction.on_commit(partial(notices.tell_subsidy_decided.enqueue, str(subsidy.pk)))
    return subsidy
