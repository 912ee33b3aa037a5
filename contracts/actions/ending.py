"""How a contract ends: all delivered and paid, or before its time. Its last paper is the final statement."""

import datetime
from collections.abc import Mapping
from functools import partial

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _
from django_fsm import can_proceed

from contracts import checks, documents, notices, ocds, policies
from contracts.models import Bond, Contract, Deliverable, Signing, Termination
from contracts.money import money_of
from marketplace.audit.actions import authorise, record
from marketplace.pages import clock
from marketplace.parties.models import User
from marketplace.rules.calendar import due_date
from marketplace.rules.queries import resolve

from .bonds import refuse_while_premises_are_out, release_bond_of
from .delivery import settle_part
from .locking import locked, need_words
from .stopping import stop_for_good


@transaction.atomic
def close_contract(contract: Contract, *, by: User) -> Contract:
    """Close when all is accepted and paid: the statement is printed, the bond goes back, the archive begins.

    What a renewal never assured is dropped. Raises ValidationError: "state", "pending" for a change on its way,
    "noticed" while notice of an early end stands, "undelivered", "unpaid", "interest" while late-payment interest is
    to be decided or paid, "premises_out" while the supplier has the premises, "not_over".
    """
    contract = locked(contract)
    authorise(policies.may_end, by, contract)
    if not can_proceed(contract.close):
        raise ValidationError(_("Only a contract in force can be closed."), code="state")
    if contract.amendments.pending().exists():
        raise ValidationError(_("Another change of this contract is on its way."), code="pending")
    if contract.terminations.filter(state=Termination.State.NOTICED).exists():
        raise ValidationError(_("Notice of an early end stands: settle it, or have it taken back."), code="noticed")
    standing = list(contract.deliverables.standing().select_for_update().order_by("position"))
    if fault := checks.unfinished(contract, money_of(contract)):
        raise fault
    refuse_while_premises_are_out(contract)

    for deliverable in standing:  # what a renewal never assured
        deliverable.contract = contract
        settle_part(deliverable, 0, note="", by=by)
    contract.close()
    _give_bonds_back(contract, by)
    _end(contract, by)
    record("contract.closed", contract, by=by, organisation=contract.buyer, number=contract.number)
    return contract


def _give_bonds_back(contract: Contract, by: User) -> None:
    """Raises ValidationError(code="premises_out")."""
    refuse_while_premises_are_out(contract)
    for bond in contract.bonds.select_for_update().filter(state=Bond.State.HELD):
        release_bond_of(bond, contract, by=by)


def _end(contract: Contract, by: User, reason: str = "") -> None:
    """The last things, the same for both ends: moment, archive, statement, open data, those concerned are told."""
    contract.ended_at = clock.now()
    contract.reason = reason or contract.reason
    keep = resolve("tender.records_period", on=clock.today(), region=contract.buyer.region)
    contract.archive_until = due_date(clock.today(), keep)
    contract.save(update_fields=["state", "ended_at", "reason", "archive_until"])
    if contract.is_service:
        contract.statement = documents.print_statement(contract, by=by)
        contract.save(update_fields=["statement"])
        ocds.release_end(contract, by=by)
    transaction.on_commit(partial(notices.tell_ended.enqueue, str(contract.pk)))


@transaction.atomic
def give_notice(
    contract: Contract, *, ground: str, reason: str, effective_on: datetime.date | None = None, by: User
) -> Termination:
    """One side says that it wants to end the contract early; the other may answer, the buyer settles.

    Raises ValidationError: "state", "noticed" when notice stands, by field "no_reason", "past".
    """
    contract = locked(contract)
    authorise(policies.may_give_notice, by, contract)
    if not can_proceed(contract.terminate):
        raise ValidationError(_("Only a signed contract can be ended."), code="state")
    if contract.terminations.filter(state=Termination.State.NOTICED).exists():
        raise ValidationError(_("Notice has been given already."), code="noticed")
    reason = need_words(reason, _("Give the reason."))
    effective_on = effective_on or clock.today()
    if effective_on < clock.today():
        raise ValidationError({"effective_on": ValidationError(_("This day has passed."), code="past")})

    notice = Termination.objects.create(
        contract=contract,
        side=policies.notice_side(by, contract),
        ground=ground,
        reason=reason,
        effective_on=effective_on,
        noticed_by=by,
        noticed_at=clock.now(),
    )
    organisation = contract.buyer if notice.side == Signing.Side.BUYER else contract.supplier
    record(
        "contract.notice_given", contract, by=by, organisation=organisation,
        number=contract.number, side=notice.side, ground=ground,
    )  # fmt: skip
    transaction.on_commit(partial(notices.tell_notice.enqueue, str(notice.pk)))
    return notice


def _locked_notice(notice: Termination) -> Termination:
    contract = locked(Contract(pk=notice.contract_id))
    notice = Termination.objects.select_for_update().get(pk=notice.pk)
    notice.contract = contract
    if notice.state != Termination.State.NOTICED:
        raise ValidationError(_("This notice has been decided already."), code="state")
    return notice


@transaction.atomic
def answer_notice(notice: Termination, *, answer: str, by: User) -> Termination:
    """The other side says what it makes of the notice. Raises ValidationError: "state", "no_answer"."""
    notice = _locked_notice(notice)
    authorise(policies.may_answer_notice, by, notice)
    notice.answer = need_words(answer, _("Write your answer."), field="answer", code="no_answer")
    notice.answered_at = clock.now()
    notice.save(update_fields=["answer", "answered_at"])
    record("contract.notice_answered", notice.contract, by=by, number=notice.contract.number)
    return notice


@transaction.atomic
def withdraw_notice(notice: Termination, *, by: User) -> Termination:
    """The side that gave notice goes on after all. Raises ValidationError(code="state")."""
    notice = _locked_notice(notice)
    authorise(policies.may_withdraw_notice, by, notice)
    notice.withdraw()
    notice.save(update_fields=["state"])
    record("contract.notice_withdrawn", notice.contract, by=by, number=notice.contract.number)
    return notice


@transaction.atomic
def terminate_contract(
    contract: Contract,
    *,
    reason: str = "",
    ground: str = Termination.Ground.AGREEMENT,
    delivered: Mapping[int, int] | None = None,
    returns_bond: bool = False,
    by: User,
) -> Contract:
    """End it before its time and settle: `delivered` (instalment's place → units) is owed at the agreed price, the
    rest goes back to the budget line; what runs under it stops. `returns_bond`: the bond goes back with it; else it
    stays held until it is given back or forfeited.

    The buyer settles, on its own notice or the supplier's, whose reason then stands. Raises ValidationError: "state",
    "too_early" before the last day of service that the notice names, "no_reason", "undecided" while a delivery waits
    for the buyer's finding, "quantity", and "premises_out" when the bond is to go back while the supplier has the
    premises.
    """
    contract = locked(contract)
    authorise(policies.may_end, by, contract)
    if not can_proceed(contract.terminate):
        raise ValidationError(_("Only a signed contract can be ended."), code="state")
    notice = contract.terminations.select_for_update().filter(state=Termination.State.NOTICED).first()
    if notice and clock.today() < notice.effective_on:
        raise ValidationError(
            _("By the notice the service goes on until %(day)s: settle then, or have the notice taken back."),
            code="too_early",
            params={"day": notice.effective_on.isoformat()},
        )
    reason = reason.strip() or (notice.reason if notice else "")
    reason = need_words(reason, _("Give the reason."))
    standing = list(
        contract.deliverables.standing().select_related("line").select_for_update(of=("self",)).order_by("position")
    )
    if any(deliverable.state == Deliverable.State.DELIVERED for deliverable in standing):
        raise ValidationError(_("A delivery waits to be accepted or sent back: decide it first."), code="undecided")

    if notice is None:
        notice = Termination(
            contract=contract, side=Signing.Side.BUYER, ground=ground, reason=reason, effective_on=clock.today(),
            noticed_by=by, noticed_at=clock.now(),
        )  # fmt: skip
    notice.settle()
    notice.settled_at = clock.now()
    notice.save()
    for amendment in contract.amendments.pending():
        amendment.refuse()
        amendment.refusal = "合同提前终止"
        amendment.save(update_fields=["state", "refusal"])
    for deliverable in standing:
        deliverable.contract = contract
        settle_part(deliverable, (delivered or {}).get(deliverable.position, 0), note="提前终止结算：已交付部分", by=by)
    contract.terminate()
    if returns_bond:
        _give_bonds_back(contract, by)
    _end(contract, by, reason)
    stop_for_good(contract, by=by)
    record(
        "contract.terminated", contract, by=by, organisation=contract.buyer,
        number=contract.number, ground=notice.ground, side=notice.side,
    )  # fmt: skip
    return contract
