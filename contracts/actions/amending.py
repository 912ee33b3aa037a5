"""Supplements and renewals: drafted by the buyer, signed by both on a paper of their own, then the ledger follows."""

import datetime
from collections.abc import Sequence
from functools import partial
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from contracts import checks, documents, notices, ocds, policies
from contracts.models import Amendment, AmendmentLine, Contract, Deliverable
from marketplace.audit.actions import authorise, record
from marketplace.ledger.actions import commit_budget, release_commitment
from marketplace.ledger.models import BudgetLine
from marketplace.pages import clock
from marketplace.papers.actions import sign_paper
from marketplace.parties.models import User

from .locking import locked, locked_amendment, need_words


def _need_standing(contract: Contract) -> None:
    if contract.state not in (Contract.State.SIGNED, Contract.State.IN_FORCE):
        raise ValidationError(_("Only a contract in force can be changed."), code="state")
    if contract.amendments.pending().exists():
        raise ValidationError(_("Another change of this contract is on its way."), code="pending")


@transaction.atomic
def draft_amendment(
    contract: Contract,
    *,
    reason_code: str,
    reason: str,
    text: str = "",
    quantities: Sequence[tuple[Deliverable, int]] = (),
    added: Sequence[dict[str, Any]] = (),
    ends_on: datetime.date | None = None,
    by: User,
) -> Amendment:
    """Draft a supplement. `quantities`: instalments with how many units more (or fewer, negative) at the price that
    was agreed; `added`: new instalments (title, quantity, unit, amount in fen, due_on, kind).

    Raises ValidationError: "state", "pending" while another is on its way, "agreement", "no_reason", "no_change",
    "decided" for an instalment that is delivered, "quantity" when nothing would be left of one, "due_outside",
    "over_supplement" beyond the share of GPL 49, and of the new last day "past", "shorter", "term_too_long".
    """
    contract = locked(contract)
    authorise(policies.may_draft_amendment, by, contract)
    _need_standing(contract)
    if not contract.is_service:
        raise ValidationError(_("An agreement has no amount to change: end it and agree anew."), code="agreement")
    reason = need_words(reason, _("Say why."))
    last_day = ends_on or contract.ends_on
    if ends_on:
        _check_last_day(contract, ends_on)
    lines = [*_changed_lines(contract, quantities), *_added_lines(contract, added, last_day)]
    if not lines and not text.strip() and not ends_on:
        raise ValidationError(_("Nothing would change."), code="no_change")
    change = sum(line.amount for line in lines)
    checks.refuse_over_supplement(contract, change)

    amendment = Amendment.objects.create(
        contract=contract,
        position=contract.amendments.count() + 1,
        reason_code=reason_code,
        reason=reason,
        text=text.strip(),
        change=change,
        ends_on=ends_on,
        drafted_by=by,
        drafted_at=clock.now(),
    )
    for number, line in enumerate(lines, start=1):
        line.amendment, line.position = amendment, number
    AmendmentLine.objects.bulk_create(lines)
    record(
        "amendment.drafted", amendment, by=by, organisation=contract.buyer,
        number=amendment.number, reason=reason_code, change=change,
    )  # fmt: skip
    return amendment


def _check_last_day(contract: Contract, ends_on: datetime.date) -> None:
    """Raises ValidationError on "ends_on": "past", "shorter" while an instalment is due after it, "term_too_long"."""
    if ends_on < clock.today():
        raise ValidationError({"ends_on": ValidationError(_("This day has passed."), code="past")})
    last = contract.deliverables.standing().order_by("due_on").last()
    if ends_on < contract.starts_on or (last and ends_on < last.due_on):
        raise ValidationError(
            {
                "ends_on": ValidationError(
                    _("Something is still due after this day: end the contract early instead."), code="shorter"
                )
            }
        )
    checks.refuse_longer_than_allowed(contract, ends_on)


def _changed_lines(contract: Contract, quantities: Sequence[tuple[Deliverable, int]]) -> list[AmendmentLine]:
    lines = []
    for named, more in quantities:
        deliverable = contract.deliverables.select_for_update().get(pk=named.pk)
        if deliverable.state != Deliverable.State.PLANNED:
            raise ValidationError(
                _("%(title)s has been delivered: it can't be changed."),
                code="decided",
                params={"title": deliverable.title},
            )
        if deliverable.quantity + more < 1:
            raise ValidationError(
                _("%(title)s: nothing would be left of it."), code="quantity", params={"title": deliverable.title}
            )
        lines.append(
            AmendmentLine(
                deliverable=deliverable,
                title=deliverable.title,
                kind=deliverable.kind,
                quantity=more,
                unit=deliverable.unit,
                amount=deliverable.amount * more // deliverable.quantity,
                due_on=deliverable.due_on,
            )
        )
    return lines


def _added_lines(contract: Contract, added: Sequence[dict[str, Any]], last_day: datetime.date) -> list[AmendmentLine]:
    if any(not contract.starts_on <= row["due_on"] <= last_day for row in added):
        raise ValidationError(_("Every instalment must be due within the contract's term."), code="due_outside")
    return [AmendmentLine(**row) for row in added]


@transaction.atomic
def draft_renewal(contract: Contract, line: BudgetLine, *, reason: str = "", by: User) -> Amendment:
    """Draft the renewal of a contract of several years for its next year, on that year's budget line.

    Raises ValidationError: "state", "pending", "not_renewable", "over" when its whole term is assured,
    "not_evaluated" while no evaluation of the assured year is published, "grade_too_low", "line" for another
    bureau's or a closed line.
    """
    contract = locked(contract)
    authorise(policies.may_draft_amendment, by, contract)
    _need_standing(contract)
    if not contract.is_renewable or contract.assured_until is None:
        raise ValidationError(_("This contract is not renewed year by year."), code="not_renewable")
    if contract.assured_until >= contract.ends_on:
        raise ValidationError(_("Its whole term is assured already."), code="over")
    note = checks.evaluation_for_renewal(contract)
    if line.bureau_id != contract.buyer_id or line.closed_at is not None:
        raise ValidationError({"line": ValidationError(_("Choose an open budget line of the buyer."), code="line")})
    until, _total = checks.next_renewal(contract)
    amendment = Amendment.objects.create(
        contract=contract,
        position=contract.amendments.count() + 1,
        kind=Amendment.Kind.RENEWAL,
        reason_code=Amendment.Reason.EVALUATED,
        reason=reason.strip() or documents.renewal_reason(note),
        line=line,
        assured_until=until,
        drafted_by=by,
        drafted_at=clock.now(),
    )
    record(
        "amendment.drafted", amendment, by=by, organisation=contract.buyer,
        number=amendment.number, renewal=True, assured_until=until.isoformat(), grade=note.grade,
    )  # fmt: skip
    return amendment


@transaction.atomic
def send_amendment(amendment: Amendment, *, by: User) -> Amendment:
    """Print the supplement and ask the supplier to sign. Raises ValidationError(code="not_draft")."""
    amendment = locked_amendment(amendment)
    authorise(policies.may_send_amendment, by, amendment)
    if not can_proceed(amendment.send):
        raise ValidationError(_("It has been sent already."), code="not_draft")
    amendment.send()
    amendment.sent_at = clock.now()
    amendment.paper = documents.print_amendment(amendment, by=by)
    amendment.save(update_fields=["state", "sent_at", "paper"])
    record("amendment.sent", amendment, by=by, organisation=amendment.contract.buyer, number=amendment.number)
    transaction.on_commit(partial(notices.tell_amendment_sent.enqueue, str(amendment.pk)))
    return amendment


@transaction.atomic
def sign_amendment(amendment: Amendment, *, by: User) -> Amendment:
    """Sign for the side whose turn it is. With the buyer's signature it holds, and the ledger follows.

    Raises ValidationError: "not_for_signature", "state" when the contract has ended meanwhile, "decided" when an
    instalment was delivered meanwhile, "over_supplement", "budget_short".
    """
    amendment = locked_amendment(amendment)
    contract = amendment.contract
    organisation = policies.amendment_signer(by, amendment)
    if organisation is None and not policies.signing_side(amendment):
        authorise(policies.is_side, by, contract)
        raise ValidationError(_("It is not waiting for a signature."), code="not_for_signature")
    authorise(policies.may_sign_amendment, by, amendment)
    if contract.state not in (Contract.State.SIGNED, Contract.State.IN_FORCE):
        raise ValidationError(_("Only a contract in force can be changed."), code="state")

    sign_paper(
        amendment.paper, signer=by, organisation=organisation, reason=f"签订 {amendment.number}",
        place=documents.seal_place(contract, organisation), by=by,
    )  # fmt: skip
    record(
        "amendment.signed", amendment, by=by, organisation=organisation, number=amendment.number,
        change=amendment.change,
    )  # fmt: skip
    if amendment.state == Amendment.State.SENT:
        signed = set(amendment.paper.signatures.values_list("organisation", flat=True))
        if all(organisation.pk in signed for organisation in policies.suppliers_of(contract)):
            amendment.take_supplier_signature()
            amendment.save(update_fields=["state"])
            transaction.on_commit(partial(notices.tell_amendment_half_signed.enqueue, str(amendment.pk)))
        return amendment

    amendment.take_buyer_signature()
    amendment.signed_at = clock.now()
    amendment.save(update_fields=["state", "signed_at"])
    if amendment.is_renewal:
        _renew(amendment, by)
    else:
        _change(amendment, by)
    ocds.release_amendment(amendment, by=by)
    transaction.on_commit(partial(notices.tell_amendment_signed.enqueue, str(amendment.pk)))
    return amendment


def _change(amendment: Amendment, by: User) -> None:
    """The instalments change, then the ledger by the difference."""
    contract = amendment.contract
    checks.refuse_over_supplement(contract, amendment.change, besides=amendment)
    position = contract.deliverables.order_by("position").last().position
    moved: dict[BudgetLine, int] = {}
    for line in amendment.lines.order_by("position"):
        if line.deliverable_id:
            deliverable = contract.deliverables.select_for_update().get(pk=line.deliverable_id)
            if deliverable.state != Deliverable.State.PLANNED:
                raise ValidationError(
                    _("%(title)s has been delivered: it can't be changed."),
                    code="decided",
                    params={"title": deliverable.title},
                )
            deliverable.quantity += line.quantity
            deliverable.amount += line.amount
            deliverable.save(update_fields=["quantity", "amount"])
            deliverable.contract = contract
            _count(moved, deliverable, line.amount)
            continue
        position += 1
        deliverable = Deliverable(
            contract=contract, position=position, kind=line.kind, title=line.title, quantity=line.quantity,
            unit=line.unit, amount=line.amount, due_on=line.due_on,
        )  # fmt: skip
        deliverable.is_committed = not deliverable.waits_for_renewal
        deliverable.line = None if contract.assured_until is None else _latest_line(contract)
        deliverable.save(force_insert=True)
        _count(moved, deliverable, line.amount)
    contract.amount += amendment.change
    contract.ends_on = amendment.ends_on or contract.ends_on
    contract.save(update_fields=["amount", "ends_on"])
    for budget_line, fen in sorted(moved.items(), key=lambda pair: pair[0].pk):
        _move(amendment, budget_line, fen, by)


def _count(moved: dict[BudgetLine, int], deliverable: Deliverable, fen: int) -> None:
    if deliverable.is_committed:
        moved[deliverable.budget_line] = moved.get(deliverable.budget_line, 0) + fen


def _latest_line(contract: Contract) -> BudgetLine | None:
    """The line of the newest renewal pays what is added now; None: the contract's own."""
    renewal = contract.amendments.signed().filter(kind=Amendment.Kind.RENEWAL).order_by("position").last()
    return renewal.line if renewal else None


def _renew(amendment: Amendment, by: User) -> None:
    """The next year is assured, its instalments' money is committed on the year's line."""
    contract = amendment.contract
    contract.assured_until = amendment.assured_until
    contract.save(update_fields=["assured_until"])
    fresh = contract.deliverables.assured_by(contract).filter(is_committed=False, state=Deliverable.State.PLANNED)
    total = sum(fresh.values_list("amount", flat=True))
    fresh.update(is_committed=True, line=amendment.line)
    _move(amendment, amendment.line, total, by)


def _move(amendment: Amendment, line: BudgetLine, fen: int, by: User) -> None:
    key, reference = f"amendment/{amendment.pk}/{line.pk}", amendment.number
    if fen > 0:
        commit_budget(line, fen, key=f"{key}/commit", reference=reference, by=by)
    elif fen < 0:
        release_commitment(line, -fen, key=f"{key}/release", reference=reference, by=by)


@transaction.atomic
def refuse_amendment(amendment: Amendment, *, reason: str, by: User) -> Amendment:
    """Either side does not want it, or the officer takes it back. Raises ValidationError: "state", "no_reason"."""
    amendment = locked_amendment(amendment)
    authorise(policies.may_refuse_amendment, by, amendment)
    if not can_proceed(amendment.refuse):
        raise ValidationError(_("It has been decided already."), code="state")
    reason = need_words(reason, _("Say why."))
    amendment.refuse()
    amendment.refusal = reason
    amendment.save(update_fields=["state", "refusal"])
    record("amendment.refused", amendment, by=by, organisation=amendment.contract.buyer, number=amendment.number)
    transaction.on_commit(partial(notices.tell_amendment_refused.enqueue, str(amendment.pk)))
    return amendment
